"""Spreads much work over several processes; knows nothing of the library."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Below this many items, starting processes costs more than it saves.
MANY = 1000


def spread(function: Callable[[Item], Result], items: Sequence[Item], workers: int) -> list[Result]:
    """`[function(item) for item in items]`, by `workers` processes where there is much to do.

    The processes are forked, so they see the memory of this one as it is now, and only items and results
    travel; where the system cannot fork, or for one worker, this process does it all.
    """
    if workers < 2 or len(items) < MANY or "fork" not in multiprocessing.get_all_start_methods():
        return [function(item) for item in items]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
        return list(pool.map(function, items, chunksize=max(1, len(items) // (workers * 8))))
