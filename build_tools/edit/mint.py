"""Finds the next free case id; an id that was ever used or named is not free."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from build_tools.model import Library

CASE_ID = re.compile(r"RC-(\d{4})-(\d{4,6})")


def next_id(library: Library, root: Path, year: int) -> str:
    """The id after the highest serial of `year` that files, texts or the Git history mention."""
    taken = [
        int(serial)
        for text in _mentions(library, root)
        for y, serial in CASE_ID.findall(text)
        if int(y) == year
    ]
    return f"RC-{year}-{max(taken, default=0) + 1:04d}"


def _mentions(library: Library, root: Path) -> Iterator[str]:
    yield from (path.name for path in (root / "cases").rglob("*"))
    yield from (case.text for case in library.cases)
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
