"""Bounds how many records hold their content in the process; what is let go is read again when asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from weakref import ref

from build_tools.model import Record

if TYPE_CHECKING:
    from build_tools.memory.stage import Stage

# So many records hold their content at once; of a made-up library of 10,000 cases that is all of them.
MOST = 12_000


class Holding:
    """The records that hold content, longest held first."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        # By the number of the object, which may since be another's.
        self._held: dict[int, tuple[ref[Record], Callable[[Record], None] | None]] = {}

    def took(self, record: Record, before: Callable[[Record], None] | None = None) -> None:
        """Note that a record holds content now; `before` is called with it before it is let go for others."""
        self._held[id(record)] = (ref(record), before)
        while len(self._held) > self.most:
            oldest, last = self._held.pop(next(iter(self._held)))
            found = oldest()
            if found is not None:
                if last is not None:
                    last(found)
                found.let_go()

    def let_go(self, record: Record) -> None:
        """Let a record go that is not needed any more."""
        record.let_go()
        self._held.pop(id(record), None)


class Shelf:
    """Content of records by their digest, on disk; written only when it has to make room."""

    def __init__(self, stage: Stage[Any]) -> None:
        self._stage = stage
        self._written: set[str] = set()
        self._process = os.getpid()

    def put(self, record: Record) -> None:
        """Write the content of a record; a forked process leaves that to the one that it came from."""
        if record.digest not in self._written and os.getpid() == self._process and "data" in vars(record):
            self._written.add(record.digest)
            self._stage.put(record.digest, _melted(record.data))

    def get(self, digest: str) -> Mapping[str, Any] | None:
        """The content that was written, now or earlier; or None."""
        content: Mapping[str, Any] | None = _frozen(self._stage.peek(digest))
        return content


def _melted(value: Any) -> Any:
    """Content as `marshal` can write it."""
    if isinstance(value, Mapping):
        return {key: child if type(child) is str else _melted(child) for key, child in value.items()}
    if isinstance(value, tuple):
        return tuple([child if type(child) is str else _melted(child) for child in value])
    return value


def _frozen(value: Any) -> Any:
    if type(value) is dict:
        return MappingProxyType(
            {key: child if type(child) is str else _frozen(child) for key, child in value.items()}
        )
    if type(value) is tuple:
        return tuple([child if type(child) is str else _frozen(child) for child in value])
    return value
