"""Draws a stratified sample that anybody can draw again; knows nothing of how a draw is recorded.

No generator of random numbers is involved: within a stratum the cases are ordered by SHA-256 of seed and id, and
the first ones are taken. The same seed over the same population therefore always gives the same sample.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil

from build_tools.load.lookback import Policy, steps
from build_tools.lookback.dates import day_of
from build_tools.model import Case, Library

# States from which cases are drawn: everything that readers still see with its content.
DRAWN = ("published", "superseded", "overturned")


@dataclass(frozen=True, slots=True)
class Stratum:
    """One layer: the values that define it, its cases in order of id, and how many are drawn."""

    values: tuple[str, ...]
    ids: tuple[str, ...]
    share: int


@dataclass(frozen=True, slots=True)
class Draw:
    """A sample with all that is needed to draw it again."""

    date: str
    seed: str
    rate: int | None  # percent of each stratum; None where a size was asked for
    size: int | None
    least: int
    strata: tuple[str, ...]  # fields of the case, as `confidence.grade`
    layers: tuple[Stratum, ...]
    digest: str  # SHA-256 of the population, hexadecimal
    chosen: tuple[str, ...]


def sample(
    library: Library,
    policy: Policy,
    as_of: date,
    seed: str,
    *,
    rate: int | None = None,
    size: int | None = None,
    strata: Sequence[str] | None = None,
) -> Draw:
    """Draw from the cases entered up to `as_of`; `rate` (percent) and `size` exclude each other.

    Raises ValueError where both are given.
    """
    if rate is not None and size is not None:
        raise ValueError("rate and size")
    fields = tuple(strata) if strata is not None else policy.sampling.strata
    rate = policy.sampling.rate if rate is None and size is None else rate
    layers = _layers(population(library, as_of), fields)
    return drawn(as_of.isoformat(), seed, rate, size, policy.sampling.least, fields, layers)


def drawn(
    day: str,
    seed: str,
    rate: int | None,
    size: int | None,
    least: int,
    fields: tuple[str, ...],
    layers: Mapping[tuple[str, ...], tuple[str, ...]],
) -> Draw:
    """The draw from given layers; this alone decides what is chosen, for drawing and for verifying."""
    counts = {values: len(ids) for values, ids in layers.items()}
    shares = _by_rate(counts, rate, least) if rate is not None else _by_size(counts, size or 0, least)
    whole = tuple(Stratum(values, layers[values], shares[values]) for values in sorted(layers))
    chosen = [case_id for layer in whole for case_id in _ordered(layer.ids, seed)[: layer.share]]
    return Draw(day, seed, rate, size, least, fields, whole, _digest(whole), tuple(sorted(chosen)))


def population(library: Library, as_of: date) -> list[Case]:
    """The cases that are drawn from: entered by then, with content that readers see."""
    entered = ((case, day_of(case.data.get("entered"))) for case in library.cases if case.status in DRAWN)
    return [case for case, day in entered if day is not None and day <= as_of]


def _layers(cases: Sequence[Case], fields: Sequence[str]) -> dict[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for case in cases:
        found[values_of(case, fields)].append(case.id)
    return {values: tuple(sorted(ids)) for values, ids in found.items()}


def values_of(case: Case, fields: Sequence[str]) -> tuple[str, ...]:
    """What a case has in the fields that define its stratum; empty where it has nothing."""
    found = (case.get(*steps(field)) for field in fields)
    return tuple(value if isinstance(value, str) else "" for value in found)


def _ordered(ids: Sequence[str], seed: str) -> list[str]:
    return sorted(ids, key=lambda case_id: hashlib.sha256(f"{seed}\n{case_id}".encode()).hexdigest())


def _by_rate(counts: Mapping[tuple[str, ...], int], rate: int, least: int) -> dict[tuple[str, ...], int]:
    return {values: min(n, max(least, ceil(Fraction(n * rate, 100)))) for values, n in counts.items()}


def _by_size(counts: Mapping[tuple[str, ...], int], size: int, least: int) -> dict[tuple[str, ...], int]:
    """Shares that add up to `size` (or to all there is): the least of each, then each to the one furthest short."""
    total = sum(counts.values())
    size = min(size, total)
    least = least if size >= least * len(counts) else 0
    shares = {values: min(n, least) for values, n in counts.items()}
    for _ in range(size - sum(shares.values())):
        wanted = {v: Fraction(n * size, total) - shares[v] for v, n in counts.items() if shares[v] < n}
        shares[min(wanted, key=lambda v: (-wanted[v], v))] += 1
    return shares


def _digest(layers: Sequence[Stratum]) -> str:
    """SHA-256 over one line a case: its id and the values of its stratum, separated by tabs, in order of id."""
    lines = sorted("\t".join((case_id, *layer.values)) + "\n" for layer in layers for case_id in layer.ids)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
