"""Finds which cases are alike by what is coded on them, and says in which terms; reads no prose.

The test of a 类案 follows the search rules for similar cases (fact, point at issue, basis): sharing facts
without sharing a point at issue only makes a reference of fact (参考事实).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import chain
from typing import Any

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


# Id of another case, cosine (0 to 1), type.
Near = tuple[str, float, str]
# Number of another case in the order of ids, score, place in TYPES.
_Alike = tuple[int, float, int]
LIMIT = 4  # of each type


@dataclass(frozen=True)
class Alike:
    """Which cases were found alike in one round: all lists in the order of ids."""

    ids: tuple[str, ...]
    digests: tuple[str, ...]  # empty for a case that has none
    weights: Mapping[Key, int]
    apart: frozenset[frozenset[str]]
    found: tuple[tuple[_Alike, ...], ...]
    seen: str = ""  # a digest of all that this rests on, if there is one

    def of(self, name: str) -> tuple[Near, ...]:
        """What is like the case of this id, best first."""
        number = self.names.get(name)
        if number is None:
            return ()
        return tuple([(self.ids[n], score, TYPES[kind]) for n, score, kind in self.found[number]])

    @cached_property
    def names(self) -> Mapping[str, int]:
        """Id → number."""
        return {name: number for number, name in enumerate(self.ids)}

    def packed(self) -> tuple[Any, ...]:
        """The round as plain data."""
        apart = tuple(sorted(tuple(sorted(pair)) for pair in self.apart))
        return self.ids, self.digests, tuple(self.weights.items()), apart, self.found, self.seen

    @classmethod
    def unpacked(cls, packed: tuple[Any, ...]) -> Alike:
        """The round again."""
        ids, digests, weights, apart, found, seen = packed
        return cls(ids, digests, dict(weights), frozenset(map(frozenset, apart)), found, seen)


def similar_cases(
    cases: Sequence[Case], schema: Schema, limit: int = LIMIT, apart: Collection[frozenset[str]] = ()
) -> Mapping[str, tuple[Likeness, ...]]:
    """For each case id the cases most alike, at most `limit` of each type, best first; ties by smaller id.

    Pairs of ids in `apart` are passed over, and the next best takes the place.
    """
    alike = alike_cases(cases, schema, limit, apart)
    return Likenesses(alike, {case.id: case for case in cases}, schema)


def known_alike(schema: Schema, memory: Memory | None, seen: str, limit: int = LIMIT) -> Alike | None:
    """What an earlier round found that saw the same; reads nothing of any case."""
    last = _last(schema, memory, limit)
    return last if last and seen and last.seen == seen else None


def alike_cases(
    cases: Sequence[Case],
    schema: Schema,
    limit: int = LIMIT,
    apart: Collection[frozenset[str]] = (),
    memory: Memory | None = None,
    seen: str = "",
) -> Alike:
    """As `similar_cases`, by ids. With a `memory` only cases whose own codes or neighbours changed are compared anew."""
    ordered = sorted(cases, key=lambda case: case.id)  # so that the first of equals has the smaller id
    coded = [codes_of(case, schema) for case in ordered]
    weights = _hundredths(coded, schema)
    sides = [schema.choice(("kind",), case.kind).fact("adverse") for case in ordered]
    table = CodeTable([tuple(codes) for codes in coded], weights, _roles(schema), sides)
    ids = tuple(case.id for case in ordered)
    this = Alike(ids, tuple(case.digest for case in ordered), weights, frozenset(apart), (), seen)
    before = _last(schema, memory, limit)
    rows = _touched(before, this, coded, table, limit) if before else None
    place = {name: number for number, name in enumerate(ids)}
    found = _carried(before if rows is not None else None, place)
    chosen = range(len(ids)) if rows is None else rows
    best = table.best(limit, MIN_SCORE, _parted(this.apart, place), rows)
    for number, alike in zip(chosen, best, strict=True):
        found[number] = tuple(alike)
    this = replace(this, found=tuple(found))
    if memory:
        memory.stage(STAGE, kept=True).put(_way(schema, limit), this.packed())
    return this


STAGE = "alike"


def _way(schema: Schema, limit: int) -> str:
    return f"{limit} {schema.digest}"


def _last(schema: Schema, memory: Memory | None, limit: int) -> Alike | None:
    """What the round before found."""
    packed = memory.stage(STAGE, kept=True).peek(_way(schema, limit)) if memory else None
    return Alike.unpacked(packed) if packed is not None else None


def _parted(apart: Collection[frozenset[str]], place: Mapping[str, int]) -> Mapping[int, list[int]]:
    """For each case the numbers of those that a reader set apart from it."""
    parted: dict[int, list[int]] = defaultdict(list)
    for pair in apart:
        places = [place[name] for name in pair if name in place]
        if len(places) > 1:
            parted[places[0]].append(places[1])
            parted[places[1]].append(places[0])
    return parted


def _carried(before: Alike | None, place: Mapping[str, int]) -> list[tuple[_Alike, ...]]:
    """What was found in the round before, by the numbers of this one; without cases that have left."""
    if before is None:
        return [()] * len(place)
    if len(place) == len(before.ids) and all(map(place.__contains__, before.ids)):
        return list(before.found)
    moved = [place.get(name, -1) for name in before.ids]
    found: list[tuple[_Alike, ...]] = [()] * len(place)
    for number, alike in zip(moved, before.found, strict=True):
        if number >= 0:
            found[number] = tuple((moved[n], score, kind) for n, score, kind in alike if moved[n] >= 0)
    return found


class Likenesses(Mapping[str, tuple[Likeness, ...]]):
    """What was found alike, by case id and in words; made when first asked for."""

    def __init__(self, alike: Alike, cases: Mapping[str, Case], schema: Schema) -> None:
        self.alike, self._cases, self._schema = alike, cases, schema

    def __getitem__(self, name: str) -> tuple[Likeness, ...]:
        mine = codes_of(self._cases[name], self._schema)
        found = []
        for other, score, kind in self.alike.of(name):
            case = self._cases[other]
            codes = codes_of(case, self._schema)
            found.append(Likeness(case, score, tuple(mine[k] for k in mine if k in codes), kind))
        return tuple(found)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._cases if name in self.alike.names)

    def __len__(self) -> int:
        return len(self.alike.ids)


def _touched(
    before: Alike, this: Alike, coded: Sequence[Mapping[Key, Coded]], table: CodeTable, limit: int
) -> list[int] | None:
    """Numbers of the cases whose likenesses may differ from the round before; None where these are too many.

    They are those that changed themselves (or hold a code whose weight did), those that were like one of these,
    and those to which one of these is now as like as the last in their list.
    """
    heavier = {key for key, weight in this.weights.items() if before.weights.get(key) != weight}
    parted = {name for pair in before.apart ^ this.apart for name in pair}
    known = dict(zip(before.ids, before.digests, strict=True))
    own = {
        name
        for name, digest, codes in zip(this.ids, this.digests, coded, strict=True)
        if not digest
        or known.get(name) != digest
        or name in parted
        or (heavier and not heavier.isdisjoint(codes))
    }
    gone = own | (known.keys() - set(this.ids))
    if len(gone) * _FEW > len(this.ids):
        return None
    place = {name: number for number, name in enumerate(this.ids)}
    rows = {place[name] for name in own}
    lost = {number for number, name in enumerate(before.ids) if name in gone}
    rows |= {
        place[name]
        for name, alike in zip(before.ids, before.found, strict=True)
        if name in place and lost and not lost.isdisjoint([n for n, _, _ in alike])
    }
    lists = dict(zip(before.ids, before.found, strict=True))
    changed = np.array(sorted(place[name] for name in own), dtype=np.int64)
    if len(changed):
        least = np.array([_least(lists.get(name, ()), limit) for name in this.ids]).reshape(-1, len(TYPES))
        everyone = np.arange(len(this.ids))
        for row, scores, both in zip(changed.tolist(), *table.compared(changed), strict=True):
            reached = scores >= least[everyone, table.types(row, everyone, both)]
            rows.update(np.flatnonzero(reached).tolist())
    return sorted(rows)


def _least(alike: Sequence[_Alike], limit: int) -> list[float]:
    """For each type the score from which on a case comes into a list."""
    found, counts = [MIN_SCORE] * len(TYPES), [0] * len(TYPES)
    for _, score, kind in alike:  # best first
        counts[kind] += 1
        if counts[kind] == limit:
            found[kind] = score
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
    return {_key(c.field, c.term, c.state): c for c in used}


@cache
def _key(*code: str) -> Key:
    """One of the codes that come over and over, as one object."""
    field, term, state = code
    return field, term, state


def _roles(schema: Schema) -> dict[str, str]:
    """What a field stands for when cases are compared: a fact, a point at issue, or neither."""
    return {
        name: str(node["x-similar"].get("role", ""))
        for name, node in schema.properties.items()
        if "x-similar" in node
    }
