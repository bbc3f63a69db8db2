"""Measures how well the library covers its own vocabulary and fields; judges no single case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from build_tools.load import Schemas
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
    by_term: Counter[str] = Counter()
    for case in cases:
        by_term.update({t for c in coded_items(case, schemas.case) for t in _with_broader(library, c.term)})
    unused = {
        v.name: tuple(t for t in v.terms if not by_term[t.id])
        for v in library.vocabularies
        if v.name not in NOT_ON_CASES
    }
    fields = tuple(
        FieldFill(name, str(node.get("title", name)), sum(1 for c in cases if c.data.get(name)))
        for name, node in schemas.case.properties.items()
        if node.get("x-disclosure") != "internal"
    )
    return Coverage(
        len(cases),
        dict(by_term),
        {name: terms for name, terms in unused.items() if terms},
        fields,
        dict(sorted(Counter(len(c.data.get("sources") or ()) for c in cases).items())),
        tuple(c for c in library.cases if c.status == "draft"),
    )


def _with_broader(library: Library, term_id: str) -> list[str]:
    term = library.term_by_id.get(term_id)
    if term is None:
        return [term_id]
    return [term_id, *(t.id for t in library.vocabulary[term.list].ancestors(term_id))]
