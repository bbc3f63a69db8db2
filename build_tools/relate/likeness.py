"""Finds which cases are alike by what is coded on them, and says in which terms; reads no prose.

The test of a 类案 follows the search rules for similar cases (fact, point at issue, basis): sharing facts
without sharing a point at issue only makes a reference of fact (参考事实).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from build_tools.load import Schema
from build_tools.model import Case
from build_tools.relate.coding import Coded, coded_items

# Below this the pair shares only what half the library shares.
MIN_SCORE = 0.12

SAME_POINT, OTHER_OUTCOME, FACTS_ONLY = "same_point", "other_outcome", "facts_only"


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


Key = tuple[str, str, str]


def similar_cases(
    cases: Sequence[Case], schema: Schema, limit: int = 4, apart: Collection[frozenset[str]] = ()
) -> Mapping[str, tuple[Likeness, ...]]:
    """For each case id the cases most alike, at most `limit` of each type, best first; ties by smaller id.

    Weight of a code: the field's `x-similar` weight times ln(1 + N / df). Candidates come from the
    postings of the codes, so no pair without a shared code is ever looked at. Pairs of ids in `apart` are
    passed over, and the next best takes the place.
    """
    coded = {case.id: codes_of(case, schema) for case in cases}
    weights = code_weights(coded, schema)
    norms = {cid: math.sqrt(sum(weights[k] ** 2 for k in codes)) for cid, codes in coded.items()}
    postings: dict[Key, list[str]] = defaultdict(list)
    for cid, codes in coded.items():
        for key in codes:
            postings[key].append(cid)
    by_id = {case.id: case for case in cases}
    roles, sides = (
        _roles(schema),
        {case.id: schema.choice(("kind",), case.kind).fact("adverse") for case in cases},
    )
    out = {}
    for case in cases:
        scores: dict[str, float] = defaultdict(float)
        for key in coded[case.id]:
            for other in postings[key]:
                scores[other] += weights[key] ** 2
        scores.pop(case.id, None)
        ranked = sorted(
            ((s / (norms[case.id] * norms[o]), o) for o, s in scores.items() if {case.id, o} not in apart),
            key=lambda p: (-p[0], p[1]),
        )
        mine = coded[case.id]
        alike = (
            _likeness(
                by_id[o], score, [mine[k] for k in mine if k in coded[o]], roles, sides[case.id] == sides[o]
            )
            for score, o in ranked
            if score >= MIN_SCORE
        )
        out[case.id] = _best_of_each(alike, limit)
    return out


def _best_of_each(ranked: Iterable[Likeness], limit: int) -> tuple[Likeness, ...]:
    kept: Counter[str] = Counter()
    out = []
    for item in ranked:
        kept[item.type] += 1
        if kept[item.type] <= limit:
            out.append(item)
        if all(kept[kind] >= limit for kind in (SAME_POINT, OTHER_OUTCOME, FACTS_ONLY)):
            break
    return tuple(out)


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


def _likeness(
    other: Case, score: float, shared: Sequence[Coded], roles: Mapping[str, str], same_side: bool
) -> Likeness:
    held = {roles[code.field] for code in shared}
    if "fact" in held and not same_side:
        return Likeness(other, score, tuple(shared), OTHER_OUTCOME)
    kind = SAME_POINT if {"fact", "point"} <= held else FACTS_ONLY
    return Likeness(other, score, tuple(shared), kind)
