"""A file that is to be written: where it goes, what it depends on, how its bytes are made; writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """A file of the site. Two outputs with the same path and key have the same bytes.

    `path` is relative to the site with forward slashes. `key` is a hexadecimal digest of everything that the bytes
    depend on, but for the program itself. `make` may be called later, once, or never.
    """

    path: str
    key: str
    make: Callable[[], bytes]
    here: bool = False  # to be made by this process and no other, because it remembers something


def ready(path: str, content: bytes) -> Output:
    """An output whose bytes are there already."""
    return Output(path, hashlib.sha256(content).hexdigest(), lambda: content)
