"""Makes the pages of the past: what each case said at each version, and the library as of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from build_tools.export.changes import LOOKBACK, Change, changes_of
from build_tools.history import History, Version
from build_tools.history.as_of import spans
from build_tools.history.wording import Said, Speaker
from build_tools.model import Case
from build_tools.site.contents import Contents
from build_tools.site.frame import Page
from build_tools.site.practice_pages import data_script
from build_tools.site.timeline import Event, Teller, version_path

VERSION_FRAME = "versions/version-frame.html"
AS_OF = "browse/as-of.html"
WHOLE = 20  # so many of the latest versions of a case are given in full


@dataclass(frozen=True)
class Past:
    """What is known of the past of an edition's cases."""

    contents: Contents
    history: History

    @cached_property
    def changes(self) -> Mapping[str, tuple[Change, ...]]:
        """Entries of changes and look-backs by case, oldest first."""
        found: dict[str, list[Change]] = defaultdict(list)
        for change in reversed(changes_of(self.contents.cases, self.contents.library, self.contents.schemas)):
            found[change.case.id].append(change)
        return {name: tuple(changes) for name, changes in found.items()}

    @cached_property
    def _teller(self) -> Teller:
        return Teller(self.contents.library, self.contents.schemas)

    def steps(self, case: Case) -> tuple[Change, ...]:
        """The entries that made a new version each, oldest first: the first of them made version 2."""
        entries = case.data.get("changes") or ()
        return tuple(
            c
            for c in self.changes.get(case.id, ())
            if c.type == LOOKBACK or case.opens_version(entries[c.number])
        )

    def events(self, case: Case) -> tuple[Event, ...]:
        """The case's timeline, oldest first."""
        return self._teller.events(case, self.history.of(case), self.changes.get(case.id, ()))

    def page_of(self, case: Case) -> str:
        """Where the case's versions are told; empty where there is only one."""
        return version_path(case) if len(self.history.of(case)) > 1 else ""


@dataclass(frozen=True, slots=True)
class Told:
    """One version ready to be shown: its place among the versions, what changed, and all it said."""

    number: int
    version: Version
    said: tuple[Said, ...]
    lines: tuple[tuple[str, str], ...]


def history_pages(past: Past) -> Iterator[Page]:
    """A page for each case that said something else before, and the library as of a day."""
    contents = past.contents
    for case in contents.cases:
        if path := past.page_of(case):
            yield contents.page(
                "versions.html.j2",
                path,
                f"{case.title}（{case.id}）的各版",
                frame=VERSION_FRAME,
                case=case,
                told=_told(past, past.history.of(case)),
                withheld=case.id in past.history.withheld,
                notice=past.history.notice,
            )
    yield contents.page(
        "as_of.html.j2",
        AS_OF,
        "某日的库",
        summary="选一个日期，看那一天库里有哪些案例、各是什么状态和版次，哪些规则正在施行。",
        notice=past.history.notice,
        today=contents.today.isoformat(),
    )


def _told(past: Past, versions: Sequence[Version]) -> tuple[Told, ...]:
    """Newest first; numbers count the versions that can be read."""
    speaker = Speaker(past.contents.library, past.contents.schemas.case)
    out: list[Told] = []
    last: Case | None = None
    number = 0
    for place, version in enumerate(versions):
        said: tuple[Said, ...] = ()
        lines: tuple[tuple[str, str], ...] = ()
        if version.case:
            number += 1
            said = speaker.say(version.changes, last.data, version.case.data) if last else ()
            # What it says now is the case's own page.
            whole = len(versions) - WHOLE - 1 <= place < len(versions) - 1
            lines = tuple(speaker.lines(version.case.data)) if whole else ()
            last = version.case
        out.append(Told(number if version.case else 0, version, said, lines))
    return tuple(reversed(out))


def history_files(past: Past) -> Mapping[str, str]:
    """Path below the site → content of what the page “某日的库” reads."""
    contents = past.contents
    case_schema = contents.schemas.case
    cases = [
        [
            case.id,
            case.title,
            case.kind,
            bool(past.page_of(case)),
            [[s.date, s.status, s.version] for s in spans(case, past.history, _days(past, case))],
        ]
        for case in sorted(contents.cases, key=lambda c: c.id)
    ]
    rules = [
        [rule.id, rule.short, str(rule.get("force", "from") or ""), _end(str(rule.get("force", "to") or ""))]
        for rule in sorted(contents.library.rules, key=lambda r: r.id)
    ]
    labels = {
        name: {c.value: [c.fact("short") or c.label, c.fact("shape")] for c in case_schema.choices((name,))}
        for name in ("kind", "status")
    }
    return {"data/as-of.js": data_script("as-of", {**labels, "cases": cases, "rules": rules})}


def _days(past: Past, case: Case) -> list[str]:
    return [change.date for change in past.steps(case)]


def _end(day: str) -> str:
    """The last day that a date of a year or a month can mean; an empty one stays empty."""
    return f"{day}-12-31" if len(day) == 4 else f"{day}-31" if len(day) == 7 else day
