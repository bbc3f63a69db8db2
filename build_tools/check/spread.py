"""Spreads much work over several processes; knows nothing of the library."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Below this many items, starting processes costs more than it saves.
MANY = 1000
# After so many items others take over: whatever a process touches of the memory it was forked with becomes its own.
_AT_ONCE = 20_000


def spread(function: Callable[[Item], Result], items: Sequence[Item], workers: int) -> list[Result]:
    """`[function(item) for item in items]`, by `workers` processes where there is much to do.

    The processes are forked, so they see the memory of this one as it is now, and only items and results
    travel; where the system cannot fork, or for one worker, this process does it all.
    """
    if len(items) < MANY or not can_spread(workers):
        return [function(item) for item in items]
    done: list[Result] = []
    for start in range(0, len(items), _AT_ONCE):
        done += _spread(function, items[start : start + _AT_ONCE], workers)
    return done


def _spread(function: Callable[[Item], Result], items: Sequence[Item], workers: int) -> list[Result]:
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=fork, initializer=_end_with_parent) as pool:
        return list(pool.map(function, items, chunksize=max(1, len(items) // (workers * 32))))


def can_spread(workers: int) -> bool:
    """Whether `spread` can do much work by several processes."""
    return workers > 1 and "fork" in multiprocessing.get_all_start_methods()


def _end_with_parent() -> None:
    """A killed parent cannot end its helpers, and they would hold its locks and its port for ever."""
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os._exit(1)
