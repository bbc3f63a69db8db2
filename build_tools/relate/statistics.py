"""Counts the library for the statistics page and the home page; draws nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from build_tools.load import Schema, Schemas
from build_tools.memory.weak import once_per_content
from build_tools.model import Case, Library
from build_tools.relate.coding import coded_items

_Carried = tuple[str, str, str]
Tally = tuple[tuple[_Carried, int], ...]
# Dimensions that are no field of codes; no field of the schema begins with a space.
_KIND, _YEAR, _PROVINCE, _LEVEL, _GRADE = " kind", " year", " province", " level", " grade"


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
    return statistics_of(tally(cases, schemas.case), library, schemas)


def tally(cases: Iterable[Case], schema: Schema) -> Tally:
    """What the cases carry, and how many of them carry it; plain data."""
    found: Counter[_Carried] = Counter()
    for case in cases:
        found.update(carried(case.coded, schema))
    return tuple(found.items())


def statistics_of(counted: Tally, library: Library, schemas: Schemas) -> Statistics:
    """The counts, with their labels and in order."""
    kinds = {c.value: c.label for c in schemas.case.choices(("kind",))}
    found: dict[str, dict[str, dict[str, int]]] = {}
    order = {kind: place for place, kind in enumerate(kinds)}
    # By kind in the schema's order, so that what is counted does not depend on which case came first.
    for (dimension, value, kind), n in sorted(counted, key=lambda i: (order.get(i[0][2], len(order)), i[0])):
        found.setdefault(dimension, {}).setdefault(value, {})[kind] = n
    labels = {term.id: term.label for term in library.term_by_id.values()}
    grades = {c.value: c.label for c in schemas.case.choices(("confidence", "grade"))}
    years = _counts(found.get(_YEAR, {}), {})
    return Statistics(
        total=sum(n for (dimension, _, _), n in counted if dimension == _KIND),
        kinds=_all_counts(found.get(_KIND, {}), kinds),
        years=tuple(sorted(years, key=lambda n: n.value)),
        provinces=_counts(found.get(_PROVINCE, {}), {}),
        levels=_counts(found.get(_LEVEL, {}), labels),
        confidence=_all_counts(found.get(_GRADE, {}), grades),
        terms={name: _counts(found[name], labels) for name in schemas.case.properties if name in found},
    )


@lru_cache(maxsize=1 << 16)
def _one(*carried: str) -> _Carried:
    """What many cases carry, as one object."""
    dimension, value, kind = carried
    return dimension, value, kind


@once_per_content(tuple, lambda _case, packed: tuple(_one(*found) for found in packed))
def carried(case: Case, schema: Schema) -> tuple[_Carried, ...]:
    """What a case carries, once each: dimension, value, and the case's own kind."""
    facts = {
        _KIND: case.kind,
        _YEAR: case.year,
        _PROVINCE: case.get("region", "province"),
        _LEVEL: case.get("subject", "level"),
        _GRADE: case.get("confidence", "grade"),
    }
    plain = [(name, str(value)) for name, value in facts.items() if value or name in (_KIND, _GRADE)]
    codes = dict.fromkeys((c.field, c.term) for c in coded_items(case, schema))
    return tuple(_one(*found, case.kind) for found in (*plain, *codes))


def province_of(case: Case, schema: Schema) -> str:
    """The province of a case, or an empty string."""
    return next((value for name, value, _ in carried(case.coded, schema) if name == _PROVINCE), "")


def _all_counts(found: Mapping[str, Mapping[str, int]], labels: Mapping[str, str]) -> tuple[Count, ...]:
    """Every value of a closed list in its own order, those that do not occur too; then what no list knows."""
    values = dict.fromkeys((*labels, *sorted(found)))
    return tuple(_count(value, labels, found.get(value, {})) for value in values)


def _counts(found: Mapping[str, Mapping[str, int]], labels: Mapping[str, str]) -> tuple[Count, ...]:
    counts = (_count(value, labels, by_kind) for value, by_kind in found.items())
    return tuple(sorted(counts, key=lambda c: (-c.total, c.label, c.value)))


def _count(value: str, labels: Mapping[str, str], by_kind: Mapping[str, int]) -> Count:
    return Count(value, labels.get(value, value), sum(by_kind.values()), dict(by_kind))
