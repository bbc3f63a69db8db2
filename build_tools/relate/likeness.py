"""Finds which cases are alike by what is coded on them, and says in which terms; reads no prose.

The test of a 类案 follows the search rules for similar cases (fact, point at issue, basis): sharing facts
without sharing a point at issue only makes a reference of fact (参考事实).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from build_tools.load import Schema
from build_tools.model import Case
from build_tools.relate.code_table import CodeTable
from build_tools.relate.code_table import Key as Key
from build_tools.relate.coding import Coded, coded_items

# Below this the pair shares only what half the library shares.
MIN_SCORE = 0.12

SAME_POINT, OTHER_OUTCOME, FACTS_ONLY = "same_point", "other_outcome", "facts_only"
TYPES = (SAME_POINT, OTHER_OUTCOME, FACTS_ONLY)  # as `CodeTable` counts them


@dataclass(frozen=True, slots=True)
class Likeness:
    """How one case resembles another: cosine over weighted codes (0 to 1), the shared codes, and the type.

    `same_point`: a fact and a point at issue are shared, so it counts as 类案. `other_outcome`: the same facts
    were judged the other way. `facts_only`: facts without the point at issue (参考事实).
    """

    case: Case
    score: float
    shared: tuple[Coded, ...]
    type: str


def similar_cases(
    cases: Sequence[Case], schema: Schema, limit: int = 4, apart: Collection[frozenset[str]] = ()
) -> Mapping[str, tuple[Likeness, ...]]:
    """For each case id the cases most alike, at most `limit` of each type, best first; ties by smaller id.

    Weight of a code: the field's `x-similar` weight times ln(1 + N / df). Candidates come from the
    postings of the codes, so a code costs as much as it is common. Pairs of ids in `apart` are passed over, and
    the next best takes the place.
    """
    ordered = sorted(cases, key=lambda case: case.id)  # so that the first of equals has the smaller id
    coded = {case.id: codes_of(case, schema) for case in ordered}
    weights = code_weights(coded, schema)
    sides = [schema.choice(("kind",), case.kind).fact("adverse") for case in ordered]
    table = CodeTable([coded[case.id] for case in ordered], weights, _roles(schema), sides)
    place = {case.id: number for number, case in enumerate(ordered)}
    parted: dict[int, list[int]] = defaultdict(list)
    for pair in apart:
        places = [place[name] for name in pair if name in place]
        if len(places) > 1:
            parted[places[0]].append(places[1])
            parted[places[1]].append(places[0])
    found: dict[str, tuple[Likeness, ...]] = {}
    for case, alike in zip(ordered, table.best(limit, MIN_SCORE, parted), strict=True):
        mine = coded[case.id]
        found[case.id] = tuple(
            Likeness(
                other := ordered[n], score, tuple(mine[k] for k in mine if k in coded[other.id]), TYPES[t]
            )
            for n, score, t in alike
        )
    return {case.id: found[case.id] for case in cases}


def code_weights(coded: Mapping[str, Mapping[Key, Coded]], schema: Schema) -> dict[Key, float]:
    """Weight of every code: the field's `x-similar` weight times ln(1 + N / df) over the `coded` cases (by id)."""
    frequency = Counter(key for codes in coded.values() for key in codes)
    return {
        key: float(schema.properties[key[0]]["x-similar"]["weight"]) * math.log(1 + len(coded) / n)
        for key, n in frequency.items()
    }


def codes_of(case: Case, schema: Schema) -> dict[Key, Coded]:
    """The codes of a case that count for likeness, by (field, term, state)."""
    used = (c for c in coded_items(case, schema) if "x-similar" in schema.properties[c.field])
    return {(c.field, c.term, c.state): c for c in used}


def _roles(schema: Schema) -> dict[str, str]:
    """What a field stands for when cases are compared: a fact, a point at issue, or neither."""
    return {
        name: str(node["x-similar"].get("role", ""))
        for name, node in schema.properties.items()
        if "x-similar" in node
    }
