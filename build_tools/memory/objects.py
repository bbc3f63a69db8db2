"""What was worked out for single objects, kept from round to round as long as every round asks for it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from build_tools.memory.holding import MOST
from build_tools.memory.memory import Memory

K = TypeVar("K")
V = TypeVar("V")


class PerObject(Generic[K, V]):
    """Values by the identity of an object, which is kept beside its value so that no other can take its place."""

    def __init__(self, last: dict[int, tuple[K, V]] | None = None, most: int = MOST) -> None:
        """At most so many values are held, others are worked out whenever they are asked for."""
        self._last, self._most = last or {}, most
        self.now: dict[int, tuple[K, V]] = {}

    def get(self, item: K, make: Callable[[K], V]) -> V:
        """The value for an object, worked out by `make` when the round before did not know it."""
        number = id(item)
        found = self.now.get(number) or self._last.get(number)
        if found is None:
            found = (item, make(item))
        if len(self.now) < self._most:
            self.now[number] = found
        return found[1]


def per_object(memory: Memory | None, name: str, way: str) -> PerObject[K, V]:
    """A new round of what is known by object under this name; `way` says all else that the values depend on."""
    if memory is None:
        return PerObject()
    stage = memory.stage(name)
    last: PerObject[K, V] | None = stage.peek(way)
    fresh: PerObject[K, V] = PerObject(last.now if last else None, memory.most)
    stage.put(way, fresh)
    return fresh
