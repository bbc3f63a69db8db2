"""The one SQLite file behind the memory: rows by stage and key; knows nothing of what the values mean.

A file that is damaged, or that another program, version or machine wrote, is put aside: nothing here raises for it.
"""

from __future__ import annotations

import marshal
import os
import sqlite3
import zlib
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from build_tools.memory.identity import fingerprint

R = TypeVar("R")
FILE = "remembered.sqlite3"
# Bytes before a value: CRC-32 of what follows. Against damage, not malice: who can write here can change the code.
_CHECK = 4
_SCHEMA = """
create table if not exists program (fingerprint text not null);
create table if not exists kept (stage text, key text, value blob not null, primary key (stage, key));
"""
_TROUBLE = (sqlite3.Error, OSError, ValueError)


class Rows:
    """The file in a folder; without a folder there is none, and nothing is ever found or written."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / FILE if folder else None
        self._open: tuple[int, sqlite3.Connection] | None = None

    def first(self, stage: str, most: int) -> dict[str, bytes]:
        """Rows of a stage, at most so many."""
        query = "select key, value from kept where stage = ? limit ?"
        return self._asked(lambda database: dict(database.execute(query, (stage, most)))) or {}

    def row(self, stage: str, key: str) -> bytes | None:
        """One row of a stage."""
        query = "select value from kept where stage = ? and key = ?"
        found = self._asked(lambda database: database.execute(query, (stage, key)).fetchone())
        return found[0] if found else None

    def count(self, stage: str) -> int:
        """How many rows a stage has."""
        query = "select count(*) from kept where stage = ?"
        found = self._asked(lambda database: database.execute(query, (stage,)).fetchone())
        return found[0] if found else 0

    def write(self, stage: str, rows: Iterable[tuple[str, bytes]]) -> bool:
        """Write rows of a stage; False where that is not possible."""
        values = ((stage, key, raw) for key, raw in rows)
        return self._changed(
            lambda database: database.executemany("insert or replace into kept values (?, ?, ?)", values)
        )

    def keep_only(self, stage: str, stay: Container[str]) -> bool:
        """Delete the rows of a stage but those with these keys; False where that is not possible."""

        def drop(database: sqlite3.Connection) -> None:
            kept = database.execute("select key from kept where stage = ?", (stage,)).fetchall()
            gone = [(stage, key) for (key,) in kept if key not in stay]
            database.executemany("delete from kept where stage = ? and key = ?", gone)

        return self._changed(drop)

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is written meanwhile is written at once, which is quicker; nothing of it where that fails."""
        database = None
        try:
            database = self._connected(True)
            if database is not None:
                database.execute("begin")
            yield
            if database is not None and database.in_transaction:
                database.commit()
        except _TROUBLE:
            self.put_aside()
        except BaseException:
            if database is not None:
                database.rollback()
            raise

    def close(self) -> None:
        """Let go of the file until it is asked for again."""
        if self._open is not None and self._open[0] == os.getpid():
            self._open[1].close()
        self._open = None

    def put_aside(self) -> None:
        """Begin anew with no file."""
        self.close()
        if self._file is not None:
            for path in self._file.parent.glob(f"{self._file.name}*"):
                with suppress(OSError):  # where nothing may be written, nothing is remembered
                    path.unlink(missing_ok=True)

    def _asked(self, ask: Callable[[sqlite3.Connection], R]) -> R | None:
        try:
            database = self._connected()
            return None if database is None else ask(database)
        except _TROUBLE:
            self.put_aside()
            return None

    def _changed(self, change: Callable[[sqlite3.Connection], object]) -> bool:
        try:
            database = self._connected(True)
            if database is None:
                return False
            if database.in_transaction:
                change(database)
            else:
                with database:
                    change(database)
        except _TROUBLE:
            self.put_aside()
            return False
        return True

    def _connected(self, create: bool = False) -> sqlite3.Connection | None:
        """A connection that stays open for this round and this process; a forked one opens its own.

        None without a folder, and for reading where there is no file yet.
        """
        if self._open is None or self._open[0] != os.getpid():
            if self._file is None or not (create or self._file.is_file()):
                return None
            self._open = (os.getpid(), _connect(self._file))
        return self._open[1]


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


def packed(value: Any) -> bytes:
    """The value as bytes; raises TypeError where it is no plain data, which is a mistake in the program."""
    try:
        raw = marshal.dumps(value)
    except ValueError as error:
        raise TypeError(f"{type(value).__name__} cannot be kept on disk") from error
    return zlib.crc32(raw).to_bytes(_CHECK, "big") + raw


def unpacked(raw: Any) -> Any:
    """The value, or None where it is damaged."""
    if not isinstance(raw, bytes) or zlib.crc32(raw[_CHECK:]).to_bytes(_CHECK, "big") != raw[:_CHECK]:
        return None
    try:
        return marshal.loads(raw[_CHECK:])
    except (ValueError, EOFError, TypeError):
        return None
