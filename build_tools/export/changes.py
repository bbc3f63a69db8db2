"""What happened to cases since they were entered, newest first: for the interface and the feeds; renders nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from build_tools.load import Schemas
from build_tools.model import Case, Library

# A look-back is no entry of `changes` but changes what is known of a case all the same.
LOOKBACK = "lookback"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a case: on which day, of which type, what, by whom, on what basis."""

    date: str
    type: str  # a value of the schema's `change_type`, or LOOKBACK
    label: str
    case: Case
    number: int  # place among the same case's changes of this kind, from 0
    what: str
    by: str
    basis: str = ""


def changes_of(cases: Iterable[Case], library: Library, schemas: Schemas) -> tuple[Change, ...]:
    """Every change of `cases`, newest first; of one day, the case with the larger id and its later change first."""
    found = [
        change for case in cases for change in (*_changes(case, schemas), *_reviews(case, library, schemas))
    ]
    return tuple(sorted(found, key=lambda c: (c.date, c.case.id, c.type != LOOKBACK, c.number), reverse=True))


def updated(case: Case) -> str:
    """The last day on which anything of the case changed, `2026-11-22`."""
    entries = (*(case.data.get("changes") or ()), *(case.data.get("reviews") or ()))
    said = (case.get("status_record", "date"), *(entry.get("date") for entry in entries))
    return str(max((day for day in (case.data.get("entered"), *said) if day), default=""))


def newest(cases: Iterable[Case]) -> str:
    """The last day on which any of `cases` changed, or an empty text."""
    return max(map(updated, cases), default="")


def feeds_of(change: Change, schemas: Schemas) -> tuple[str, ...]:
    """The feeds in which a change is told: `x-feeds` of its type, or of the look-backs."""
    if change.type == LOOKBACK:
        return tuple(schemas.case.properties["reviews"].get("x-feeds", ()))
    return tuple(schemas.case.choice(("changes", 0, "type"), change.type).facts.get("x-feeds", ()))


def _changes(case: Case, schemas: Schemas) -> Iterator[Change]:
    for number, entry in enumerate(case.data.get("changes") or ()):
        kind = str(entry["type"])
        label = schemas.case.choice(("changes", 0, "type"), kind).label
        yield Change(
            entry["date"], kind, label, case, number, entry["what"], entry["by"], entry.get("basis") or ""
        )


def _reviews(case: Case, library: Library, schemas: Schemas) -> Iterator[Change]:
    label = schemas.case.node_at(("reviews", 0)) or {}
    for number, review in enumerate(case.data.get("reviews") or ()):
        findings = "、".join(map(library.label, review["findings"]))
        what = "：".join(filter(None, (findings, str(review.get("note") or ""))))
        basis = library.label(str(review["trigger"]))
        yield Change(
            review["date"], LOOKBACK, str(label.get("title")), case, number, what, review["reviewer"], basis
        )
