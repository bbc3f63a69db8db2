"""Cuts the cases of a large library into volumes by serial number, one file each; makes no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from build_tools.model import Case

WHOLE = 1_000  # a library of at most so many cases is one volume
MOST = 500  # serial numbers to a volume of a larger one


@dataclass(frozen=True)
class Volume:
    """Some cases, newest first, and what their files' names end with; nothing where they are all there are."""

    name: str  # "2026-0001-0500"
    cases: tuple[Case, ...]

    def file(self, stem: str, suffix: str) -> str:
        """`cases.csv`, or `cases-2026-0001-0500.csv`."""
        return f"{stem}-{self.name}{suffix}" if self.name else f"{stem}{suffix}"


def volumes(cases: Sequence[Case]) -> tuple[Volume, ...]:
    """One volume while there are at most WHOLE cases; else one for every MOST serial numbers of a year.

    An edited or added case changes one volume: which one a case is in follows from its number alone. Volumes
    are in the order of their numbers, cases in the order given.
    """
    if len(cases) <= WHOLE:
        return (Volume("", tuple(cases)),)
    found: dict[tuple[str, int], list[Case]] = {}
    for case in cases:
        _, year, serial = case.id.split("-")
        found.setdefault((year, (int(serial) - 1) // MOST), []).append(case)
    return tuple(
        Volume(f"{year}-{place * MOST + 1:04d}-{(place + 1) * MOST:04d}", tuple(held))
        for (year, place), held in sorted(found.items())
    )
