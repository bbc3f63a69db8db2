"""Makes the page that tells whether a citation still holds, and the files it reads; checks nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from build_tools.export.edition import edition_of
from build_tools.model import Case
from build_tools.output import Output
from build_tools.site.frame import Page
from build_tools.site.history_pages import Past
from build_tools.site.parts import Group, Numbering, data_file, json_text
from build_tools.site.templating import DIGEST

VERIFY = "practice/verify.html"
PART = 50  # serial numbers to a file, so that a citation costs one small file


def verify_pages(past: Past) -> Iterator[Page]:
    """The page 核验."""
    yield past.contents.page(
        "verify.html.j2",
        VERIFY,
        "核验引用",
        summary="粘贴引用，核对它引的那一版现在还算不算数。全部在浏览器里完成，不上传。",
        notice=past.history.notice,
        sample=past.contents.followable[0] if past.contents.followable else None,
    )


def verify_files(past: Past) -> Sequence[Output]:
    """Every file the page reads."""
    contents = past.contents
    group = Group("verify", Numbering(PART, [c.id for c in contents.cases]))
    edition = edition_of(contents.library)

    def say(ids: Sequence[str]) -> tuple[Sequence[str], str]:
        cases = (contents.library.case_by_id[case_id] for case_id in ids)
        return [json_text(_entry(past, case)) for case in cases], ""

    parts, _ = group.later_parts(past.words, past.keys, say, contents.memory)
    index = {
        "parts": parts,
        "complete": not past.history.notice,
        "cases": edition.cases,
        "library": [edition.version, edition.digest[:DIGEST]],
        "status": {
            c.value: [c.label, c.definition, c.fact("shape")]
            for c in contents.schemas.case.choices(("status",))
        },
    }
    return (data_file("verify", index), *group.outputs)


def _entry(past: Past, case: Case) -> dict[str, Any]:
    """What the page needs to know of a case; short keys, because there is one for each case."""
    record = case.data.get("status_record")
    entry: dict[str, Any] = {
        "id": case.id,
        "title": case.title,
        "status": case.status,
        "version": case.version,
        "steps": [[change.date, change.label, change.what] for change in past.steps(case)],
    }
    if record:
        entry["record"] = dict(record)
    if case.id in past.history.withheld:
        entry["withheld"] = True
    if not case.tombstone:  # of a case that has left nothing is told, not even whether a text was its own
        entry["digest"] = case.digest[:DIGEST]
        entry["known"] = _known(past, case)
        entry["page"] = past.page_of(case)
    return entry


def _known(past: Past, case: Case) -> dict[str, list[str]]:
    """Version number → the digests that the case had under it, oldest first."""
    found: dict[str, list[str]] = defaultdict(list)
    for version in past.history.of(case):
        if version.case:
            found[str(version.case.version)].append(version.case.digest[:DIGEST])
    return found
