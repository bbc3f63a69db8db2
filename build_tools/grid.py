"""A coarse logarithmic grid for counts and lengths of a collection; knows nothing of what they count.

Where a mean or a frequency of the whole collection enters stored numbers, every edit would change all of them.
On the grid such a statistic moves rarely, and when it moves it is the same for everybody.
"""

from __future__ import annotations

from functools import cache
from math import log2

FINE = 8  # steps between a value and its double: grid points are 9 % apart
COARSE = 4  # 19 % apart


@cache
def step(value: float, per_doubling: int = FINE) -> int:
    """The number of the grid point nearest to a value; whatever is below 1 counts as 1."""
    return round(per_doubling * log2(value)) if value > 1 else 0


def ratio(above: int, below: int, per_doubling: int = FINE) -> float:
    """How many times the value at one grid point is that at another."""
    return float(2 ** ((above - below) / per_doubling))
