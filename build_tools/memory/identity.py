"""The fingerprint of the program itself: what is remembered by one program is nothing to another."""

from __future__ import annotations

import hashlib
import re
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
PROJECT = "rongcuo"
# What the package holds that decides about a result: code, templates, rule manuals, word lists.
READ = frozenset({".py", ".j2", ".html", ".md", ".yaml", ".json", ".txt", ".css", ".js", ".typ"})

_NAME = re.compile(r"[A-Za-z0-9._-]+")


@cache
def fingerprint() -> str:
    """SHA-256, hexadecimal, over the package's own files, Python and the versions of what it requires."""
    digest = hashlib.sha256(sys.version.encode())
    for name, version in sorted(_required()):
        digest.update(f"{name}\0{version}\0".encode())
    for path in sorted(HERE.rglob("*")):
        if path.suffix in READ and path.is_file():
            digest.update(f"{path.relative_to(HERE).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _required() -> set[tuple[str, str]]:
    """Name and version of everything that the project needs, directly or through others, as far as installed."""
    found: dict[str, str] = {}
    todo = [PROJECT]
    while todo:
        name = todo.pop()
        try:
            known = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[name] = known.version
        needs = (line for line in known.requires or () if "extra ==" not in line)
        names = (_NAME.match(line) for line in needs)
        todo += [n for match in names if match and (n := match[0].lower()) not in found]
    return set(found.items())
