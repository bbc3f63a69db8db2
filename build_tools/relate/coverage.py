"""Measures how well the library covers its own vocabulary and fields; judges no single case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from build_tools.load import Schemas
from build_tools.memory.weak import once_per_content
from build_tools.model import Case, Library, Term
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
    above = {t.id: [a.id for a in v.ancestors(t.id)] for v in library.vocabularies for t in v.terms}
    by_term: Counter[str] = Counter()
    for case in cases:
        coded = {c.term for c in coded_items(case, schemas.case)}
        by_term.update(coded.union(*(above.get(term, ()) for term in coded)))
    unused = {
        v.name: tuple(t for t in v.terms if not by_term[t.id])
        for v in library.vocabularies
        if v.name not in NOT_ON_CASES
    }
    shapes = [_shape(case.coded) for case in cases]
    filled = Counter(name for names, _ in shapes for name in names)
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
        dict(sorted(Counter(sources for _, sources in shapes).items())),
        tuple(c for c in library.cases if c.status == "draft"),
    )


@once_per_content(tuple, lambda _case, packed: packed)
def _shape(case: Case) -> tuple[tuple[str, ...], int]:
    """The fields that hold something, and the number of sources."""
    filled = tuple(key for key, value in case.data.items() if value)
    return filled, len(case.data.get("sources") or ())
