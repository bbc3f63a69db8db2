"""What identifies the library that answered: edition, version, number of cases, digest; reads no files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from build_tools import __version__
from build_tools.model import Library

# Where a library keeps what identifies it; it never changes.
_KEPT = "_edition"


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a library; `digest` is hexadecimal SHA-256."""

    name: str  # "public" or "internal"
    version: str
    cases: int
    digest: str


def edition_of(library: Library) -> Edition:
    """The digest is taken over the digests of all cases of the edition, sorted by id and joined by line feeds."""
    known: Edition | None = vars(library).get(_KEPT)
    if known is None:
        cases = sorted(library.cases, key=lambda case: case.id)
        digest = hashlib.sha256("\n".join([case.digest for case in cases]).encode()).hexdigest()
        known = vars(library)[_KEPT] = Edition(library.edition, __version__, len(cases), digest)
    return known
