"""What identifies the library that answered: edition, version, number of cases, digest; reads no files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from build_tools import __version__
from build_tools.model import Library


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a library; `digest` is hexadecimal SHA-256."""

    name: str  # "public" or "internal"
    version: str
    cases: int
    digest: str


def edition_of(library: Library) -> Edition:
    """The digest is taken over the digests of all cases of the edition, sorted by id and joined by line feeds."""
    cases = sorted(library.cases, key=lambda case: case.id)
    joined = "\n".join(case.digest for case in cases)
    return Edition(library.edition, __version__, len(cases), hashlib.sha256(joined.encode()).hexdigest())
