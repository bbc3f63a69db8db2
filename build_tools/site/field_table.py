"""What each top-level field of each case says, as digests: remembered by the case's digest, so nothing is read anew."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Collection, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from build_tools.load import Schema
from build_tools.memory import Memory, Stage, digest_of
from build_tools.memory.digest import plain
from build_tools.model import Case

# Bytes of a field's digest and of the mark before a row that tells by which fields it was made.
_SIZE, _MARK = 8, 8
_ABSENT = bytes(_SIZE)
# The first bit of a digest: the field holds something.
_FILLED = 0x80


class FieldTable:
    """One row a case, in the order given; one column a field, in the order of the schema."""

    def __init__(self, cases: Sequence[Case], schema: Schema, memory: Memory) -> None:
        self.cases = cases
        self.columns = {name: place for place, name in enumerate(schema.properties)}
        mark = bytes.fromhex(digest_of(*self.columns))[:_MARK]
        stage: Stage[bytes] = memory.stage("fields of cases", kept=True)
        self._rows = [self._known(case, mark, stage) for case in cases]

    def _known(self, case: Case, mark: bytes, stage: Stage[bytes]) -> bytes:
        row = stage.peek(case.digest) if case.digest else None
        if row is None or row[:_MARK] != mark:
            row = mark + self._row(case)
            if case.digest:
                stage.put(case.digest, row)
        return row

    def _row(self, case: Case) -> bytes:
        """The digests of all fields."""
        data = case.data
        return b"".join([_digest(data[name]) if name in data else _ABSENT for name in self.columns])

    def digest(self, fields: Collection[str], filled: bool) -> str:
        """Digest of what these fields say in all cases; with `filled` also of which of the others hold something."""
        said = hashlib.blake2b(self._ids, digest_size=20)
        said.update("\n".join(sorted(fields)).encode())
        said.update(self._narrow(fields, filled))
        return said.hexdigest()

    def digests(self, fields: Collection[str], filled: bool) -> list[bytes]:
        """The same of each case by itself, 20 bytes each."""
        raw = self._narrow(fields, filled)
        size = len(raw) // max(1, len(self.cases))
        make = partial(hashlib.blake2b, digest_size=20)
        return [make(raw[at : at + size]).digest() for at in range(0, len(raw), size)] if raw else []

    def _narrow(self, fields: Collection[str], filled: bool) -> bytes:
        columns = sorted(self.columns[name] for name in fields if name in self.columns)
        chosen = self._table[:, columns].reshape(len(self.cases), len(columns) * _SIZE)
        if filled:
            chosen = np.concatenate([chosen, self._table[:, :, 0] & _FILLED], axis=1)
        return chosen.tobytes()

    @cached_property
    def _table(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """By case, field, and place in the digest."""
        raw = b"".join([row[_MARK:] for row in self._rows])
        return np.frombuffer(raw, np.uint8).reshape(len(self._rows), len(self.columns), _SIZE)

    @cached_property
    def _ids(self) -> bytes:
        return "\n".join([case.id for case in self.cases]).encode()


def _digest(value: Any) -> bytes:
    raw = b"s" + value.encode() if type(value) is str else marshal.dumps(plain(value), 2)
    found = hashlib.blake2b(raw, digest_size=_SIZE).digest()
    first = found[0] | _FILLED if value else found[0] & ~_FILLED
    return bytes((first,)) + found[1:]
