"""What one stage remembers by content key: in the process alone, or also on disk; decides nothing for others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from build_tools.memory.rows import Rows, packed, unpacked

V = TypeVar("V")
# When more than this many times as much is kept as was asked for in this round, the rest is dropped.
_SPARE = 3
# So many values of a stage wait at most to be written, where they are not held in the process.
_WAITING = 500


class Asked:
    """Keys that were asked for. By their hash alone, which is much smaller: two with one hash count as one.

    `every`: all keys count as asked for, and none is noted.
    """

    def __init__(self, every: bool = False) -> None:
        self.every = every
        self._hashes: set[int] = set()

    def add(self, key: str) -> None:
        """Note a key."""
        if not self.every:
            self._hashes.add(hash(key))

    def update(self, keys: Iterable[str]) -> None:
        """Note several."""
        if not self.every:
            self._hashes.update(map(hash, keys))

    def join(self, other: Asked) -> None:
        """Note what the other has noted."""
        self.every = self.every or other.every
        self._hashes |= other._hashes

    def __contains__(self, key: object) -> bool:
        return self.every or hash(key) in self._hashes

    def __len__(self) -> int:
        return len(self._hashes)


class Stage(Generic[V]):
    """What one stage remembers, as long as the process lasts."""

    kept = False

    def __init__(self) -> None:
        self.live: dict[str, V] = {}
        # What begins with nothing knows in its first round nothing but what was asked for.
        self.used = Asked(every=True)
        self._earlier = Asked()

    def get(self, key: str, make: Callable[[], V]) -> V:
        """The value for a key, worked out by `make` when it is not known."""
        value = self.peek(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def peek(self, key: str) -> V | None:
        """The value for a key, or None; counts as use when there is one."""
        value = self.live.get(key)
        if value is not None:
            self.used.add(key)
        return value

    def put(self, key: str, value: V) -> None:
        """Remember a value; None is no value."""
        self.live[key] = value
        self.used.add(key)

    def still(self) -> None:
        """Say that what the rounds before asked for is still of use, though this one need not ask again."""
        self.used.join(self._earlier)

    def next_round(self) -> None:
        """Begin anew to note what is asked for."""
        self._earlier, self.used = self.used, Asked()

    def save(self) -> None:
        """End a round: forget what it did not ask for, once that is most of what is known.

        A round that asks for nothing had no need of the stage, and says nothing of what the next one will ask for.
        """
        if self.used and self._known() > _SPARE * len(self.used):
            self._drop()

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not self._known()

    def _known(self) -> int:
        return len(self.live)

    def _drop(self) -> None:
        self.live = {key: value for key, value in self.live.items() if key in self.used}


class Kept(Stage[V]):
    """A stage that also goes to disk. Its values must be plain data (`marshal` can write them).

    At most so many values are held in the process, the others in the file alone: these come back as equal values,
    not as the same ones. With a `most` of 0 all that was ever asked for counts as used, because who holds such a
    value need not ask again.
    """

    kept = True

    def __init__(self, name: str, rows: Rows, most: int) -> None:
        super().__init__()
        self._name, self._rows, self._most = name, rows, most
        self._stored = rows.first(name, most) if most else {}
        # Whether the file may have rows that are neither live nor stored here.
        self._beyond = len(self._stored) == most
        self.used = Asked(every=not (self._stored or rows.count(name)))
        self._fresh: set[str] = set()
        self._waiting: dict[str, bytes] = {}

    def peek(self, key: str) -> V | None:
        """The value for a key, or None; counts as use when there is one."""
        value = self.live.get(key)
        if value is None:
            value = self._found(key)
        if value is not None:
            self.used.add(key)
        return value

    def put(self, key: str, value: V) -> None:
        """Remember a value; None is no value. Raises TypeError for one that is no plain data."""
        self.used.add(key)
        if key in self.live or self._room():
            self.live[key] = value
            self._fresh.add(key)
            return
        self._waiting[key] = packed(value)
        self._beyond = True
        if len(self._waiting) % _WAITING == 0:
            self._flush()

    def next_round(self) -> None:
        """Begin anew to note what is asked for."""
        if self._most:
            super().next_round()

    def save(self) -> None:
        """End a round: write what is new, drop what has long been idle."""
        self._flush()
        if self._fresh:
            self._rows.write(self._name, ((key, packed(self.live[key])) for key in self._fresh))
            self._fresh = set()
        super().save()

    def _found(self, key: str) -> V | None:
        raw = self._stored.pop(key, None)
        held = raw is not None
        if raw is None and self._beyond:
            raw = self._waiting.get(key) or self._rows.row(self._name, key)
            held = self._room()
        value: V | None = None if raw is None else unpacked(raw)
        if value is not None and held:
            self.live[key] = value
        return value

    def _room(self) -> bool:
        return len(self.live) + len(self._stored) < self._most

    def _flush(self) -> None:
        """Write what waits; what cannot be written goes on waiting."""
        if self._waiting and self._rows.write(self._name, self._waiting.items()):
            self._waiting = {}

    def _known(self) -> int:
        held = len(self.live) + len(self._stored)
        return max(held, self._rows.count(self._name)) if self._beyond else held

    def _drop(self) -> None:
        super()._drop()
        self._stored = {key: raw for key, raw in self._stored.items() if key in self.used}
        self._rows.keep_only(self._name, self.used)
