"""Values by stage and content key: live objects while the process lasts, plain data in one SQLite file beyond it.

A key must say everything that a value depends on but the program itself, whose fingerprint the file carries. A
file that is damaged, or that another program, version or machine wrote, is put aside and everything is worked out
anew: remembering may save time and nothing else.
"""

from __future__ import annotations

import marshal
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from build_tools.memory.digest import Digests
from build_tools.memory.identity import fingerprint

V = TypeVar("V")
FILE = "remembered.sqlite3"
# Bytes before a value: CRC-32 of what follows. Against damage, not malice: who can write here can change the code.
_CHECK = 4
# When more than this many times as much is kept as was asked for in this round, the rest is dropped.
_SPARE = 3
_SCHEMA = """
create table if not exists program (fingerprint text not null);
create table if not exists kept (stage text, key text, value blob not null, primary key (stage, key)) without rowid;
"""


class Stage(Generic[V]):
    """What one stage remembers. `kept` values also go to disk and so must be plain data (`marshal` can write them)."""

    def __init__(self, stored: dict[str, bytes] | None) -> None:
        self._stored = stored or {}
        self.kept = stored is not None
        self.live: dict[str, V] = {}
        self.used: set[str] = set()
        self.fresh: set[str] = set()

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
        if value is None and (raw := self._stored.pop(key, None)) is not None:
            value = _unpacked(raw)
            if value is not None:
                self.live[key] = value
        if value is not None:
            self.used.add(key)
        return value

    def put(self, key: str, value: V) -> None:
        """Remember a value; None is no value."""
        self.live[key] = value
        self.used.add(key)
        self.fresh.add(key)

    def drop_idle(self) -> set[str] | None:
        """Forget what this round did not ask for, once that is most of what is known; gives the keys that stay.

        A round that asks for nothing had no need of the stage, and says nothing of what the next one will ask for.
        """
        known = self.live.keys() | self._stored.keys()
        if not self.used or len(known) <= _SPARE * len(self.used):
            return None
        self.live = {key: value for key, value in self.live.items() if key in self.used}
        self._stored = {key: raw for key, raw in self._stored.items() if key in self.used}
        return set(self.used)


class Memory:
    """All stages. With a `folder` the kept ones outlive the process; without, nothing touches the disk."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = folder / FILE if folder else None
        self._stages: dict[str, Stage[Any]] = {}
        self.digests = Digests()

    def stage(self, name: str, kept: bool = False) -> Stage[Any]:
        """The stage of this name; only the first call decides whether it is kept."""
        if name not in self._stages:
            self._stages[name] = Stage(self._read(name) if kept else None)
        return self._stages[name]

    def save(self) -> None:
        """End a round: write what is new, drop what has long been idle. Whatever goes wrong costs only time."""
        try:
            self._save()
        except (sqlite3.Error, OSError, ValueError):
            self._put_aside()
        for stage in self._stages.values():
            stage.used, stage.fresh = set(), set()
        self.digests.next_round()

    def _save(self) -> None:
        idle = {name: stage.drop_idle() for name, stage in self._stages.items()}
        changed = {
            name: stage for name, stage in self._stages.items() if stage.kept and (stage.fresh or idle[name])
        }
        if self._file is None or not changed:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._opened(self._file) as database, database:
            for name, stage in changed.items():
                if (stay := idle[name]) is not None:
                    kept = database.execute("select key from kept where stage = ?", (name,)).fetchall()
                    gone = [(name, key) for (key,) in kept if key not in stay]
                    database.executemany("delete from kept where stage = ? and key = ?", gone)
                rows = ((name, key, _packed(stage.live[key])) for key in stage.fresh & stage.live.keys())
                database.executemany("insert or replace into kept values (?, ?, ?)", rows)

    def _read(self, name: str) -> dict[str, bytes]:
        if self._file is None or not self._file.is_file():
            return {}
        try:
            with self._opened(self._file) as database:
                return dict(database.execute("select key, value from kept where stage = ?", (name,)))
        except (sqlite3.Error, OSError, ValueError):
            self._put_aside()
            return {}

    @contextmanager
    def _opened(self, file: Path) -> Iterator[sqlite3.Connection]:
        """The database, emptied when another program wrote it."""
        with closing(sqlite3.connect(file, timeout=10)) as database:
            database.executescript(_SCHEMA)
            found = database.execute("select fingerprint from program").fetchall()
            if found != [(fingerprint(),)]:
                with database:
                    database.execute("delete from kept")
                    database.execute("delete from program")
                    database.execute("insert into program values (?)", (fingerprint(),))
            yield database

    def _put_aside(self) -> None:
        if self._file is not None:
            for path in self._file.parent.glob(f"{self._file.name}*"):
                with suppress(OSError):  # where nothing may be written, nothing is remembered
                    path.unlink(missing_ok=True)


def _packed(value: Any) -> bytes:
    raw = marshal.dumps(value)
    return zlib.crc32(raw).to_bytes(_CHECK, "big") + raw


def _unpacked(raw: Any) -> Any:
    """The value, or None where it is damaged."""
    if not isinstance(raw, bytes) or zlib.crc32(raw[_CHECK:]).to_bytes(_CHECK, "big") != raw[:_CHECK]:
        return None
    try:
        return marshal.loads(raw[_CHECK:])
    except (ValueError, EOFError, TypeError):
        return None
