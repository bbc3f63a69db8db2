"""What identifies the library that answered: version, number of public cases, digest; reads no files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from build_tools import __version__
from build_tools.model import Library


@dataclass(frozen=True, slots=True)
class Edition:
    """The public edition of a library; `digest` is hexadecimal SHA-256."""

    version: str
    cases: int
    digest: str


def edition_of(library: Library) -> Edition:
    """The digest is taken over the digests of all public case files, sorted by id and joined by line feeds."""
    cases = sorted(library.public_cases(), key=lambda case: case.id)
    joined = "\n".join(case.digest for case in cases)
    return Edition(__version__, len(cases), hashlib.sha256(joined.encode()).hexdigest())
