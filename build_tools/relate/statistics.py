"""Counts the library for the statistics page and the home page; draws nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from build_tools.load import Schemas
from build_tools.model import Case, Library
from build_tools.relate.coding import coded_items


@dataclass(frozen=True, slots=True)
class Count:
    """A value, its label, the number of cases and their split by kind (kind value → number)."""

    value: str
    label: str
    total: int
    by_kind: Mapping[str, int]


@dataclass(frozen=True)
class Statistics:
    """Counts by dimension; each tuple is sorted by number, then label, unless it has an order of its own."""

    total: int
    kinds: tuple[Count, ...]
    years: tuple[Count, ...]
    provinces: tuple[Count, ...]
    levels: tuple[Count, ...]
    confidence: tuple[Count, ...]
    terms: Mapping[str, tuple[Count, ...]]  # by case field (fields, error_factors, …)


def count_library(library: Library, schemas: Schemas, cases: Sequence[Case]) -> Statistics:
    """Count `cases`; a case counts once for each distinct value it carries."""
    kinds = {c.value: c.label for c in schemas.case.choices(("kind",))}
    grades = {c.value: c.label for c in schemas.case.choices(("confidence", "grade"))}

    def count(
        pairs: Iterable[tuple[str, Case]], labels: Mapping[str, str] | None = None
    ) -> tuple[Count, ...]:
        return _count(pairs, labels or {}, keep_order=labels is not None)

    terms: dict[str, list[tuple[str, Case]]] = {}
    for case in cases:
        for field, term in dict.fromkeys((c.field, c.term) for c in coded_items(case, schemas.case)):
            terms.setdefault(field, []).append((term, case))
    labels = {term.id: term.label for term in library.term_by_id.values()}
    return Statistics(
        total=len(cases),
        kinds=count(((c.kind, c) for c in cases), kinds),
        years=tuple(sorted(count((c.year, c) for c in cases if c.year), key=lambda n: n.value)),
        provinces=count((str(c.get("region", "province")), c) for c in cases if c.get("region", "province")),
        levels=_count(
            ((str(c.get("subject", "level")), c) for c in cases if c.get("subject", "level")), labels
        ),
        confidence=count(((str(c.get("confidence", "grade")), c) for c in cases), grades),
        terms={field: _count(pairs, labels) for field, pairs in terms.items()},
    )


def _count(
    pairs: Iterable[tuple[str, Case]], labels: Mapping[str, str], keep_order: bool = False
) -> tuple[Count, ...]:
    by_value: dict[str, Counter[str]] = {value: Counter() for value in labels} if keep_order else {}
    for value, case in pairs:
        by_value.setdefault(value, Counter())[case.kind] += 1
    counts = [Count(v, labels.get(v, v), n.total(), dict(n)) for v, n in by_value.items()]
    return tuple(counts) if keep_order else tuple(sorted(counts, key=lambda c: (-c.total, c.label)))
