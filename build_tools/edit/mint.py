"""Finds the next free case id; an id that was ever used or named is not free."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from build_tools.model import Library

CASE_ID = re.compile(r"RC-(\d{4})-(\d{4,6})")


# Serials of a body's own cases; the library itself stays below, so that the two never meet.
OWN_FROM = 900_000


def next_id(library: Library, root: Path, year: int, *, own: bool = False) -> str:
    """The id after the highest serial of `year` that files, texts or the Git history mention.

    `own` asks for one from the range that bodies use for cases outside the library's own folder.
    """
    taken = [
        int(serial)
        for text in _mentions(library, root)
        for y, serial in CASE_ID.findall(text)
        if int(y) == year and own == (int(serial) >= OWN_FROM)
    ]
    return f"RC-{year}-{max(taken, default=OWN_FROM if own else 0) + 1:04d}"


def _mentions(library: Library, root: Path) -> Iterator[str]:
    yield from (path.name for path in (root / "cases").rglob("*"))
    for case in library.cases:
        yield from (case.path, case.text)
    yield _history(root)


def _history(root: Path) -> str:
    """Names of all case files ever added or deleted; empty where there is no Git or no history."""
    command = [
        "git",
        "-C",
        str(root),
        "log",
        "--all",
        "--name-only",
        "--diff-filter=ADR",
        "--format=",
        "--",
        "cases",
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
