"""What happened to cases since they were entered, newest first: for the interface and the feeds; renders nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from build_tools.load import Schemas
from build_tools.memory import Memory, Stage
from build_tools.model import Case, Library, Term

# A look-back is no entry of `changes` but changes what is known of a case all the same.
LOOKBACK = "lookback"
# Where a case keeps what was worked out for it; its content never changes.
_CHANGES, _DATES = "_changes", "_dates"
# Of a case: the last day on which it changed, day, type and number of each change, and its fields.
_Dates = tuple[str, tuple[tuple[str, str, int], ...], tuple[str, ...]]


@dataclass(frozen=True)
class _Words:
    """How kinds of changes and what look-backs found are called."""

    types: Mapping[str, str]  # the schema's type of a change → its label
    review: str
    terms: tuple[str, ...]  # digests of the vocabularies that `label_of` reads
    named: Mapping[str, Term] = field(repr=False, compare=False)

    def label_of(self, term: str) -> str:
        return self.named[term].label if term in self.named else term


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a case: on which day, of which type, what, by whom, on what basis.

    The case's content is read only by whoever asks for the last three.
    """

    date: str
    type: str  # a value of the schema's `change_type`, or LOOKBACK
    case: Case
    number: int  # place among the same case's changes of this kind, from 0
    words: _Words = field(repr=False)

    @property
    def label(self) -> str:
        return self.words.review if self.type == LOOKBACK else self.words.types.get(self.type, self.type)

    @property
    def what(self) -> str:
        entry = self._entry
        if self.type != LOOKBACK:
            return str(entry["what"])
        findings = "、".join(map(self.words.label_of, entry["findings"]))
        return "：".join(filter(None, (findings, str(entry.get("note") or ""))))

    @property
    def by(self) -> str:
        return str(self._entry["reviewer" if self.type == LOOKBACK else "by"])

    @property
    def basis(self) -> str:
        if self.type == LOOKBACK:
            return self.words.label_of(str(self._entry["trigger"]))
        return str(self._entry.get("basis") or "")

    @property
    def _entry(self) -> Mapping[str, Any]:
        entry: Mapping[str, Any] = self.case.data["reviews" if self.type == LOOKBACK else "changes"][
            self.number
        ]
        return entry


def changes_of(cases: Iterable[Case], library: Library, schemas: Schemas) -> tuple[Change, ...]:
    """Every change of `cases`, newest first; of one day, the case with the larger id and its later change first."""
    found = chain.from_iterable(changes_by_case(cases, library, schemas).values())
    return tuple(sorted(found, key=_order, reverse=True))


def changes_by_case(
    cases: Iterable[Case], library: Library, schemas: Schemas
) -> dict[str, tuple[Change, ...]]:
    """Case id → its changes, oldest first; the same tuple each time for the same case and words."""
    words = _words(library, schemas)
    return {case.id: _told(case, words) for case in cases}


def _told(case: Case, words: _Words) -> tuple[Change, ...]:
    """Kept at the case itself, which they name: with both in a table of weak keys neither would ever be freed."""
    known: tuple[_Words, tuple[Change, ...]] | None = vars(case).get(_CHANGES)
    if known is None or known[0] is not words:
        _, entries, _ = _dates(case)
        made = [Change(day, kind, case, number, words) for day, kind, number in entries]
        known = vars(case)[_CHANGES] = words, tuple(sorted(made, key=_order))
    return known[1]


def _order(change: Change) -> tuple[str, str, bool, int]:
    return (change.date, change.case.id, change.type != LOOKBACK, change.number)


def recall(cases: Iterable[Case], memory: Memory) -> None:
    """Have on hand when the cases changed, so that nobody reads their content for that."""
    stage: Stage[_Dates] = memory.stage("dates", kept=True)
    for case in cases:
        known = stage.peek(case.digest)  # in every round, so that it is not taken for idle
        if known is None:
            known = _dates(case)
            stage.put(case.digest, known)
        vars(case)[_DATES] = known


def _dates(case: Case) -> _Dates:
    known: _Dates | None = case.__dict__.get(_DATES)
    if known is None:
        known = case.__dict__[_DATES] = _read(case)
    return known


def _read(case: Case) -> _Dates:
    changes, reviews = case.data.get("changes") or (), case.data.get("reviews") or ()
    said = (case.get("status_record", "date"), *(entry.get("date") for entry in (*changes, *reviews)))
    last = str(max((day for day in (case.data.get("entered"), *said) if day), default=""))
    entries = (
        *((str(c["date"]), str(c["type"]), number) for number, c in enumerate(changes)),
        *((str(r["date"]), LOOKBACK, number) for number, r in enumerate(reviews)),
    )
    return last, entries, tuple(case.data.get("fields") or ())


def updated(case: Case) -> str:
    """The last day on which anything of the case changed, `2026-11-22`."""
    return _dates(case)[0]


def fields_of(case: Case) -> tuple[str, ...]:
    """The fields of work in which a case is filed, into whose feeds its changes go."""
    return _dates(case)[2]


def newest(cases: Iterable[Case]) -> str:
    """The last day on which any of `cases` changed, or an empty text."""
    return max(map(updated, cases), default="")


def feeds_of(change: Change, schemas: Schemas) -> tuple[str, ...]:
    """The feeds in which a change is told: `x-feeds` of its type, or of the look-backs."""
    if change.type == LOOKBACK:
        return tuple(schemas.case.properties["reviews"].get("x-feeds", ()))
    return tuple(schemas.case.choice(("changes", 0, "type"), change.type).facts.get("x-feeds", ()))


# The words of the last time, so that the same are the same object.
_last_words: _Words | None = None


def _words(library: Library, schemas: Schemas) -> _Words:
    types = {choice.value: choice.label for choice in schemas.case.choices(("changes", 0, "type"))}
    review = schemas.case.node_at(("reviews", 0)) or {}
    terms = tuple(v.record.digest for v in library.vocabularies)
    global _last_words
    words = _Words(types, str(review.get("title")), terms, library.term_by_id)
    if words != _last_words:
        _last_words = words
    return _last_words
