"""Finds which cases are alike by what is coded on them, and says in which terms; reads no prose.

The test of a 类案 follows the search rules for similar cases (fact, point at issue, basis): sharing facts
without sharing a point at issue only makes a reference of fact (参考事实).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from build_tools.load import Schema
from build_tools.model import Case
from build_tools.relate.coding import Coded, coded_items

# Below this the pair shares only what half the library shares.
MIN_SCORE = 0.12


@dataclass(frozen=True, slots=True)
class Likeness:
    """How one case resembles another: cosine over weighted codes (0 to 1), and the shared codes."""

    case: Case
    score: float
    shared: tuple[Coded, ...]
    on_point: bool  # shares a fact and a point at issue, so it counts as 类案
    same_outcome: bool


def similar_cases(
    cases: Sequence[Case], schema: Schema, limit: int = 6
) -> Mapping[str, tuple[Likeness, ...]]:
    """For each case id the cases most alike, best first; ties go to the smaller id.

    Weight of a code: the field's `x-similar` weight times ln(1 + N / df). Candidates come from the
    postings of the codes, so no pair without a shared code is ever looked at.
    """
    coded = {case.id: _codes(case, schema) for case in cases}
    frequency = Counter(key for codes in coded.values() for key in codes)
    weights = {key: _weight(schema, key) * math.log(1 + len(cases) / n) for key, n in frequency.items()}
    norms = {cid: math.sqrt(sum(weights[k] ** 2 for k in codes)) for cid, codes in coded.items()}
    postings: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for cid, codes in coded.items():
        for key in codes:
            postings[key].append(cid)
    by_id = {case.id: case for case in cases}
    out = {}
    for case in cases:
        scores: Counter[str] = Counter()
        for key in coded[case.id]:
            for other in postings[key]:
                scores[other] += weights[key] ** 2  # type: ignore[assignment]
        del scores[case.id]
        ranked = sorted(
            ((s / (norms[case.id] * norms[o]), o) for o, s in scores.items()), key=lambda p: (-p[0], p[1])
        )
        out[case.id] = tuple(
            _likeness(case, by_id[o], score, coded, schema)
            for score, o in ranked[:limit]
            if score >= MIN_SCORE
        )
    return out


def _codes(case: Case, schema: Schema) -> dict[tuple[str, str, str], Coded]:
    used = (c for c in coded_items(case, schema) if "x-similar" in schema.properties[c.field])
    return {(c.field, c.term, c.state): c for c in used}


def _weight(schema: Schema, key: tuple[str, str, str]) -> float:
    return float(schema.properties[key[0]]["x-similar"]["weight"])


def _role(schema: Schema, field: str) -> str:
    return str(schema.properties[field]["x-similar"].get("role", ""))


def _likeness(
    case: Case,
    other: Case,
    score: float,
    coded: Mapping[str, dict[tuple[str, str, str], Coded]],
    schema: Schema,
) -> Likeness:
    shared = tuple(code for key, code in coded[case.id].items() if key in coded[other.id])
    roles = {_role(schema, code.field) for code in shared}
    return Likeness(other, score, shared, {"fact", "point"} <= roles, case.kind == other.kind)
