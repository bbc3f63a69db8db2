"""Finds which cases are alike by what is coded on them, and says in which terms; reads no prose.

The test of a 类案 follows the search rules for similar cases (fact, point at issue, basis): sharing facts
without sharing a point at issue only makes a reference of fact (参考事实).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

import numpy as np

from build_tools.grid import COARSE, ratio, step
from build_tools.load import Schema
from build_tools.memory import Memory
from build_tools.memory.weak import once_per_record
from build_tools.model import Case
from build_tools.relate.code_table import CodeTable
from build_tools.relate.code_table import Key as Key
from build_tools.relate.coding import Coded, coded_items

# Below this the pair shares only what half the library shares.
MIN_SCORE = 0.12

SAME_POINT, OTHER_OUTCOME, FACTS_ONLY = "same_point", "other_outcome", "facts_only"
_FEW = 8  # when more than one case in so many changed, all are compared anew
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


@dataclass(frozen=True, slots=True)
class _Round:
    """What the cases of the round before were like, by id."""

    cases: Mapping[str, Case]
    weights: Mapping[Key, int]
    apart: frozenset[frozenset[str]]
    found: Mapping[str, tuple[Likeness, ...]]


def similar_cases(
    cases: Sequence[Case],
    schema: Schema,
    limit: int = 4,
    apart: Collection[frozenset[str]] = (),
    memory: Memory | None = None,
) -> Mapping[str, tuple[Likeness, ...]]:
    """For each case id the cases most alike, at most `limit` of each type, best first; ties by smaller id.

    Pairs of ids in `apart` are passed over, and the next best takes the place. With a `memory` only cases whose
    own codes or neighbours changed are compared anew, and all others keep the very tuples of the round before.
    """
    ordered = sorted(cases, key=lambda case: case.id)  # so that the first of equals has the smaller id
    coded = [codes_of(case, schema) for case in ordered]
    weights = _hundredths(coded, schema)
    sides = [schema.choice(("kind",), case.kind).fact("adverse") for case in ordered]
    table = CodeTable([tuple(codes) for codes in coded], weights, _roles(schema), sides)
    place = {case.id: number for number, case in enumerate(ordered)}
    parted: dict[int, list[int]] = defaultdict(list)
    for pair in apart:
        places = [place[name] for name in pair if name in place]
        if len(places) > 1:
            parted[places[0]].append(places[1])
            parted[places[1]].append(places[0])
    stage = memory.stage("similar cases") if memory else None
    name = f"{limit} {schema.digest}"
    before: _Round | None = stage.peek(name) if stage else None
    this = _Round({c.id: c for c in ordered}, weights, frozenset(apart), {})
    rows = _touched(before, this, coded, table, limit) if before else None
    found = dict(before.found) if before and rows is not None else {}
    chosen = range(len(ordered)) if rows is None else rows
    for number, alike in zip(chosen, table.best(limit, MIN_SCORE, parted, rows), strict=True):
        mine = coded[number]
        fresh = tuple(
            Likeness(ordered[n], score, tuple(mine[k] for k in mine if k in coded[n]), TYPES[t])
            for n, score, t in alike
        )
        case_id = ordered[number].id
        old = before.found.get(case_id) if before else None
        found[case_id] = old if old == fresh else fresh
    if stage:
        stage.put(name, replace(this, found={case.id: found[case.id] for case in ordered}))
    return {case.id: found[case.id] for case in cases}


def _touched(
    before: _Round, this: _Round, coded: Sequence[Mapping[Key, Coded]], table: CodeTable, limit: int
) -> list[int] | None:
    """Numbers of the cases whose likenesses may differ from the round before; None where these are too many.

    They are those that changed themselves (or hold a code whose weight did), those that were like one of these,
    and those to which one of these is now as like as the last in their list.
    """
    ids = list(this.cases)
    heavier = {key for key, weight in this.weights.items() if before.weights.get(key) != weight}
    parted = {name for pair in before.apart ^ this.apart for name in pair}
    own = {
        name
        for name, codes in zip(ids, coded, strict=True)
        if before.cases.get(name) is not this.cases[name] or name in parted or not heavier.isdisjoint(codes)
    }
    gone = own | (before.cases.keys() - this.cases.keys())
    if len(gone) * _FEW > len(ids):
        return None
    place = {name: number for number, name in enumerate(ids)}
    rows = {place[name] for name in own}
    rows |= {
        place[name]
        for name, alike in before.found.items()
        if name in place and any(item.case.id in gone for item in alike)
    }
    least = np.array([_least(before.found.get(name, ()), limit) for name in ids]).reshape(-1, len(TYPES))
    changed = np.array(sorted(place[name] for name in own), dtype=np.int64)
    if len(changed):
        everyone = np.arange(len(ids))
        for row, scores, both in zip(changed.tolist(), *table.compared(changed), strict=True):
            reached = scores >= least[everyone, table.types(row, everyone, both)]
            rows.update(np.flatnonzero(reached).tolist())
    return sorted(rows)


def _least(alike: Sequence[Likeness], limit: int) -> list[float]:
    """For each type the score from which on a case comes into a list."""
    found = []
    for kind in TYPES:
        scores = [item.score for item in alike if item.type == kind]
        found.append(MIN_SCORE if len(scores) < limit else scores[-1])
    return found


def code_weights(coded: Mapping[str, Mapping[Key, Coded]], schema: Schema) -> dict[Key, float]:
    """Weight of every code over the `coded` cases (by id): the field's `x-similar` weight times ln(1 + N / df).

    N / df is taken on a coarse grid and the weight in whole hundredths, so that hardly any weight changes when a
    case does, and sums of weights are exact.
    """
    return {key: weight / 100 for key, weight in _hundredths(coded.values(), schema).items()}


def _hundredths(coded: Iterable[Mapping[Key, Coded]], schema: Schema) -> dict[Key, int]:
    every = list(coded)
    frequency = Counter(chain.from_iterable(every))
    size = step(len(every), COARSE)
    fields = {
        name: float(node["x-similar"]["weight"])
        for name, node in schema.properties.items()
        if "x-similar" in node
    }
    return {key: _weight(fields[key[0]], max(0, size - step(n, COARSE))) for key, n in frequency.items()}


@cache
def _weight(field: float, rarity: int) -> int:
    return max(1, round(100 * field * math.log(1 + ratio(rarity, 0, COARSE))))


@once_per_record
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
