"""One case as it stands in the book: opening and sections in the order of the case page; no layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from build_tools.export.book.blocks import STRONG, Block, Facts, Notice, clean, run
from build_tools.export.book.sections import SECTIONS
from build_tools.export.book.source import Source, adverse_mark
from build_tools.model import Case
from build_tools.site.templating import follow, place, spoken_date

# The head opens the entry and the summary stands under it; neither has a heading of its own.
OPENING = frozenset({"head", "summary"})


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an entry under its heading."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A case in the book. `mark` is ▲ or △ for adverse cases, `tab` the place of its kind among all kinds."""

    key: str
    id: str
    title: str
    mark: str
    kind: str
    kind_label: str
    tab: int
    status: str
    in_force: bool
    fields: str
    meta: str
    summary: str
    date: str
    opening: tuple[Block, ...]
    sections: tuple[Section, ...]


def entry(case: Case, source: Source) -> Entry:
    """A case that has content, as the book shows it."""
    data, schema = case.data, source.schemas.case
    kind = schema.choice(("kind",), case.kind)
    kinds = [c.value for c in schema.choices(("kind",))]
    sections = (_section(s["id"], str(s["title"]), case, source) for s in schema.document["x-sections"])
    return Entry(
        key=source.keys[case.id],
        id=clean(case.id),
        title=clean(case.title),
        mark=adverse_mark(case, source.schemas),
        kind=clean(kind.fact("short") or kind.label),
        kind_label=clean(kind.label),
        tab=kinds.index(case.kind) if case.kind in kinds else len(kinds),
        status=clean(schema.choice(("status",), case.status).label),
        in_force=case.status == "published",
        fields="、".join(clean(source.library.label(str(f))) for f in data.get("fields") or ()),
        meta=_meta(case, source),
        summary=clean(data.get("summary") or ""),
        date=spoken_date(clean(case.get("date", "value") or "")),
        opening=_opening(case, source),
        sections=tuple(s for s in sections if s is not None),
    )


def _meta(case: Case, source: Source) -> str:
    value, basis = case.get("date", "value"), case.get("date", "basis")
    basis_label = source.choice("date", "basis", value=basis).label
    when = f"{spoken_date(value)}（{basis_label}）" if value else "日期未载"
    level = case.get("subject", "level")
    parts = (
        place(case) or "地区未载",
        when,
        str(case.get("subject", "description") or ""),
        source.library.label(str(level)) if level else "",
        str(source.choice("disclosure", value=case.disclosure).label) if case.disclosure != "public" else "",
    )
    return "　".join(clean(part) for part in parts if part)


def _opening(case: Case, source: Source) -> tuple[Block, ...]:
    """A warning for what is no longer in force, and whether the case may be followed."""
    grade = source.choice("confidence", "grade", value=case.get("confidence", "grade"))
    rows = (
        ("能不能参照", (run(follow(case, source.schemas)),)),
        (source.title("confidence"), (run(f"{grade.label}：{grade.definition}"),)),
    )
    return (*_status(case, source), Facts(rows))


def _status(case: Case, source: Source) -> tuple[Block, ...]:
    if case.status == "published":
        return ()
    status = source.choice("status", value=case.status)
    record: Mapping[str, Any] = case.get("status_record") or {}
    said = [run(f"{status.label}：", STRONG), run(status.definition)]
    if record:
        day = spoken_date(record.get("date") or "")
        said.append(run(f"{day}，{record.get('authority', '')}：{record.get('reason', '')}"))
    for key in ("before", "after", "successor"):
        if record.get(key):
            said.append(run(f"　{source.title('status_record', key)}：{record[key]}"))
    return (Notice(tuple(said)),)


def _section(id: str, title: str, case: Case, source: Source) -> Section | None:
    """A section of the schema, or None where it opens the entry or this edition has nothing to show in it."""
    if id in OPENING:
        return None
    blocks = SECTIONS[id](case, source)
    return Section(id, clean(title), blocks) if blocks else None
