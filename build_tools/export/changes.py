"""What happened to cases since they were entered, newest first: for the interface and the feeds; renders nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from build_tools.load import Schemas
from build_tools.model import Case, Library

# A look-back is no entry of `changes` but changes what is known of a case all the same.
LOOKBACK = "lookback"
# Where a case keeps what was worked out for it; its content never changes.
_CHANGES, _UPDATED = "_changes", "_updated"


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


@dataclass(frozen=True)
class _Words:
    """How kinds of changes and what look-backs found are called."""

    types: Mapping[str, str]  # the schema's type of a change → its label
    review: str
    terms: tuple[str, ...]  # digests of the vocabularies that `label` reads


def changes_of(cases: Iterable[Case], library: Library, schemas: Schemas) -> tuple[Change, ...]:
    """Every change of `cases`, newest first; of one day, the case with the larger id and its later change first."""
    found = chain.from_iterable(changes_by_case(cases, library, schemas).values())
    return tuple(sorted(found, key=_order, reverse=True))


def changes_by_case(
    cases: Iterable[Case], library: Library, schemas: Schemas
) -> dict[str, tuple[Change, ...]]:
    """Case id → its changes, oldest first; the same tuple each time for the same case and words."""
    words = _words(library, schemas)
    return {case.id: _told(case, words, library) for case in cases}


def _told(case: Case, words: _Words, library: Library) -> tuple[Change, ...]:
    """Kept at the case itself, which they name: with both in a table of weak keys neither would ever be freed."""
    known: tuple[_Words, tuple[Change, ...]] | None = vars(case).get(_CHANGES)
    if known is None or known[0] != words:
        made = (*_changes(case, words.types), *_reviews(case, words.review, library.label))
        known = vars(case)[_CHANGES] = words, tuple(sorted(made, key=_order))
    return known[1]


def _order(change: Change) -> tuple[str, str, bool, int]:
    return (change.date, change.case.id, change.type != LOOKBACK, change.number)


def updated(case: Case) -> str:
    """The last day on which anything of the case changed, `2026-11-22`."""
    known: str | None = vars(case).get(_UPDATED)
    if known is None:
        entries = (*(case.data.get("changes") or ()), *(case.data.get("reviews") or ()))
        said = (case.get("status_record", "date"), *(entry.get("date") for entry in entries))
        known = str(max((day for day in (case.data.get("entered"), *said) if day), default=""))
        vars(case)[_UPDATED] = known
    return known


def newest(cases: Iterable[Case]) -> str:
    """The last day on which any of `cases` changed, or an empty text."""
    return max(map(updated, cases), default="")


def feeds_of(change: Change, schemas: Schemas) -> tuple[str, ...]:
    """The feeds in which a change is told: `x-feeds` of its type, or of the look-backs."""
    if change.type == LOOKBACK:
        return tuple(schemas.case.properties["reviews"].get("x-feeds", ()))
    return tuple(schemas.case.choice(("changes", 0, "type"), change.type).facts.get("x-feeds", ()))


def _words(library: Library, schemas: Schemas) -> _Words:
    types = {choice.value: choice.label for choice in schemas.case.choices(("changes", 0, "type"))}
    review = schemas.case.node_at(("reviews", 0)) or {}
    terms = tuple(v.record.digest for v in library.vocabularies)
    return _Words(types, str(review.get("title")), terms)


def _changes(case: Case, types: Mapping[str, str]) -> Iterator[Change]:
    for number, entry in enumerate(case.data.get("changes") or ()):
        kind = str(entry["type"])
        basis = entry.get("basis") or ""
        yield Change(
            entry["date"], kind, types.get(kind, kind), case, number, entry["what"], entry["by"], basis
        )


def _reviews(case: Case, title: str, label: Callable[[str], str]) -> Iterator[Change]:
    for number, review in enumerate(case.data.get("reviews") or ()):
        findings = "、".join(map(label, review["findings"]))
        what = "：".join(filter(None, (findings, str(review.get("note") or ""))))
        basis = label(str(review["trigger"]))
        yield Change(review["date"], LOOKBACK, title, case, number, what, review["reviewer"], basis)
