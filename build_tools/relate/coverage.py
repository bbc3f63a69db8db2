"""Measures how well the library covers its own vocabulary and fields; judges no single case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from build_tools.load import Schema, Schemas
from build_tools.memory.weak import once_per_record
from build_tools.model import Case, Library, Term, Vocabulary
from build_tools.relate.coding import coded_items

# Lists that are coded on look-back records or name readers of the library, not matters.
NOT_ON_CASES = frozenset({"lookback_findings", "lookback_triggers", "supervision"})


@dataclass(frozen=True, slots=True)
class FieldFill:
    """How many cases carry a top-level field."""

    name: str
    title: str
    filled: int


@dataclass(frozen=True)
class Coverage:
    """The report: numbers of cases by term, terms without a case, filled fields, sources and confidence."""

    cases: int
    by_term: Mapping[str, int]
    unused: Mapping[str, tuple[Term, ...]]  # by vocabulary name
    fields: tuple[FieldFill, ...]
    sources: Mapping[int, int]  # number of sources -> number of cases
    drafts: tuple[Case, ...]


def cover(library: Library, schemas: Schemas, cases: Sequence[Case]) -> Coverage:
    """Count over `cases`; a narrower term also counts for its broader ones."""
    by_term: Counter[str] = Counter()
    for case in cases:
        by_term.update(_terms(case, schemas.case, library.vocabularies))
    unused = {
        v.name: tuple(t for t in v.terms if not by_term[t.id])
        for v in library.vocabularies
        if v.name not in NOT_ON_CASES
    }
    filled: Counter[str] = Counter()
    for case in cases:
        filled.update(_filled(case))
    fields = tuple(
        FieldFill(name, str(node.get("title", name)), filled[name])
        for name, node in schemas.case.properties.items()
        if node.get("x-disclosure") != "internal"
    )
    return Coverage(
        len(cases),
        dict(sorted(by_term.items())),
        {name: terms for name, terms in unused.items() if terms},
        fields,
        dict(sorted(Counter(len(c.data.get("sources") or ()) for c in cases).items())),
        tuple(c for c in library.cases if c.status == "draft"),
    )


@once_per_record
def _filled(case: Case) -> frozenset[str]:
    """The fields that hold something."""
    return frozenset(key for key, value in case.data.items() if value)


@once_per_record
def _terms(case: Case, schema: Schema, vocabularies: tuple[Vocabulary, ...]) -> frozenset[str]:
    """The terms coded on a case and those above them."""
    coded = frozenset(c.term for c in coded_items(case, schema))
    above = (a.id for v in vocabularies for name in coded & v.by_id.keys() for a in v.ancestors(name))
    return coded | frozenset(above)
