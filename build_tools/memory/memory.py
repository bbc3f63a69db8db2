"""Values by stage and content key: live objects while the process lasts, plain data in one SQLite file beyond it.

A key must say everything that a value depends on but the program itself, whose fingerprint the file carries. A
file that is damaged, or that another program, version or machine wrote, is put aside and everything is worked out
anew: remembering may save time and nothing else.
"""

from __future__ import annotations

import marshal
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from build_tools.memory.digest import Digests
from build_tools.memory.holding import Holding, Shelf
from build_tools.memory.identity import fingerprint

V = TypeVar("V")
FILE = "remembered.sqlite3"
# Bytes before a value: CRC-32 of what follows. Against damage, not malice: who can write here can change the code.
_CHECK = 4
# When more than this many times as much is kept as was asked for in this round, the rest is dropped.
_SPARE = 3
# So many values of a stage that is not held in the process wait at most to be written.
_WAITING = 500
_SCHEMA = """
create table if not exists program (fingerprint text not null);
create table if not exists kept (stage text, key text, value blob not null, primary key (stage, key));
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

    def next_round(self) -> None:
        """Begin anew to note what is asked for."""
        self.used, self.fresh = set(), set()

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


class _Loose(Stage[V]):
    """A kept stage whose values are not held in the process: for much that is seldom asked for.

    Gives equal values, not the same ones. `read` and `write` deal in rows of the file.
    """

    def __init__(
        self, read: Callable[[str], bytes | None], write: Callable[[Mapping[str, bytes]], bool]
    ) -> None:
        super().__init__({})
        self._read, self._write = read, write
        self._waiting: dict[str, bytes] = {}

    def peek(self, key: str) -> V | None:
        """The value for a key, or None; counts as use when there is one."""
        raw = self._waiting.get(key) or self._read(key)
        value: V | None = None if raw is None else _unpacked(raw)
        if value is not None:
            self.used.add(key)
        return value

    def put(self, key: str, value: V) -> None:
        """Remember a value; None is no value."""
        self._waiting[key] = _packed(value)
        self.used.add(key)
        if len(self._waiting) % _WAITING == 0:
            self.flush()

    def next_round(self) -> None:
        """Nothing is forgotten of what was asked for."""

    def flush(self) -> None:
        """Write what waits; what cannot be written goes on waiting."""
        if self._waiting and self._write(self._waiting):
            self._waiting = {}


class Memory:
    """All stages. With a `folder` the kept ones outlive the process; without, nothing touches the disk."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = folder / FILE if folder else None
        self._stages: dict[str, Stage[Any]] = {}
        self._open: tuple[int, sqlite3.Connection] | None = None
        self.digests = Digests()
        self.holding = Holding()
        self.shelf = Shelf(self.stage("contents", kept=True, held=False))

    def stage(self, name: str, kept: bool = False, held: bool = True) -> Stage[Any]:
        """The stage of this name; only the first call decides whether it is kept, and held in the process."""
        if name not in self._stages:
            if kept and not held:
                self._stages[name] = _Loose(partial(self._row, name), partial(self._rows, name))
            else:
                self._stages[name] = Stage(self._read(name) if kept else None)
        return self._stages[name]

    def save(self) -> None:
        """End a round: write what is new, drop what has long been idle. Whatever goes wrong costs only time."""
        try:
            self._save()
        except (sqlite3.Error, OSError, ValueError):
            self._put_aside()
        self._close()
        for stage in self._stages.values():
            stage.next_round()
        self.digests.next_round()

    def _save(self) -> None:
        loose = {
            name: stage for name, stage in self._stages.items() if isinstance(stage, _Loose) and stage.used
        }
        for waiting in loose.values():
            waiting.flush()
        idle = {name: stage.drop_idle() for name, stage in self._stages.items()}
        changed = {
            name: stage for name, stage in self._stages.items() if stage.kept and (stage.fresh or idle[name])
        }
        if self._file is None or not (changed or loose):
            return
        database = self._connected(True)
        assert database is not None
        with database:
            for name, asked in loose.items():
                self._drop_rows(database, name, asked.used)
            for name, stage in changed.items():
                if (stay := idle[name]) is not None:
                    _keep_only(database, name, stay)
                fresh = stage.fresh & stage.live.keys()
                _write_rows(database, name, ((key, _packed(stage.live[key])) for key in fresh))

    @staticmethod
    def _drop_rows(database: sqlite3.Connection, name: str, used: set[str]) -> None:
        """As `Stage.drop_idle`, for rows that are not in the process."""
        ((known,),) = database.execute("select count(*) from kept where stage = ?", (name,))
        if known > _SPARE * len(used):
            _keep_only(database, name, used)

    def _read(self, name: str) -> dict[str, bytes]:
        """All rows of a stage."""
        try:
            database = self._connected()
            if database is None:
                return {}
            return dict(database.execute("select key, value from kept where stage = ?", (name,)))
        except (sqlite3.Error, OSError, ValueError):
            self._put_aside()
            return {}

    def _row(self, name: str, key: str) -> bytes | None:
        """One row of a stage."""
        try:
            database = self._connected()
            query = "select value from kept where stage = ? and key = ?"
            found = database.execute(query, (name, key)).fetchone() if database else None
        except (sqlite3.Error, OSError, ValueError):
            self._put_aside()
            return None
        return found[0] if found else None

    def _rows(self, name: str, rows: Mapping[str, bytes]) -> bool:
        """Write rows of a stage; False where that is not possible."""
        try:
            database = self._connected(True)
            if database is None:
                return False
            with database:
                _write_rows(database, name, rows.items())
        except (sqlite3.Error, OSError, ValueError):
            self._put_aside()
            return False
        return True

    def _connected(self, create: bool = False) -> sqlite3.Connection | None:
        """A connection that stays open for this round and this process; a forked one opens its own.

        None without a folder, and for reading where there is no file yet.
        """
        if self._open is None or self._open[0] != os.getpid():
            if self._file is None or not (create or self._file.is_file()):
                return None
            self._open = (os.getpid(), self._connect(self._file))
        return self._open[1]

    def _close(self) -> None:
        if self._open is not None and self._open[0] == os.getpid():
            self._open[1].close()
        self._open = None

    @staticmethod
    def _connect(file: Path) -> sqlite3.Connection:
        """The database, emptied when another program wrote it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(file, timeout=10, check_same_thread=False)
        try:
            database.executescript(_SCHEMA)
            found = database.execute("select fingerprint from program").fetchall()
            if found != [(fingerprint(),)]:
                with database:
                    database.execute("delete from kept")
                    database.execute("delete from program")
                    database.execute("insert into program values (?)", (fingerprint(),))
        except BaseException:
            database.close()
            raise
        return database

    def _put_aside(self) -> None:
        self._close()
        if self._file is not None:
            for path in self._file.parent.glob(f"{self._file.name}*"):
                with suppress(OSError):  # where nothing may be written, nothing is remembered
                    path.unlink(missing_ok=True)


def _write_rows(database: sqlite3.Connection, name: str, rows: Iterable[tuple[str, bytes]]) -> None:
    values = ((name, key, raw) for key, raw in rows)
    database.executemany("insert or replace into kept values (?, ?, ?)", values)


def _keep_only(database: sqlite3.Connection, name: str, stay: set[str]) -> None:
    """Delete the rows of a stage but those with these keys."""
    kept = database.execute("select key from kept where stage = ?", (name,)).fetchall()
    gone = [(name, key) for (key,) in kept if key not in stay]
    database.executemany("delete from kept where stage = ? and key = ?", gone)


def _packed(value: Any) -> bytes:
    """The value as bytes; raises TypeError where it is no plain data, which is a mistake in the program."""
    try:
        raw = marshal.dumps(value)
    except ValueError as error:
        raise TypeError(f"{type(value).__name__} cannot be kept on disk") from error
    return zlib.crc32(raw).to_bytes(_CHECK, "big") + raw


def _unpacked(raw: Any) -> Any:
    """The value, or None where it is damaged."""
    if not isinstance(raw, bytes) or zlib.crc32(raw[_CHECK:]).to_bytes(_CHECK, "big") != raw[:_CHECK]:
        return None
    try:
        return marshal.loads(raw[_CHECK:])
    except (ValueError, EOFError, TypeError):
        return None
