"""What every published file is made from: one edition, its cases, who publishes it; makes no files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from build_tools.export.changes import Change, changes_of, newest
from build_tools.export.edition import Edition, edition_of
from build_tools.export.moment import moment_of
from build_tools.load import Schemas
from build_tools.load.site_config import SiteConfig, site_of
from build_tools.memory import Digests
from build_tools.model import Case, Library
from build_tools.relate import Relations

TITLE = "容错案例库"
LICENCE, LICENCE_URL = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True)
class Publication:
    """One edition as it is handed out."""

    library: Library
    schemas: Schemas
    cases: tuple[Case, ...]  # newest first
    relations: Relations
    digests: Digests = field(default_factory=Digests, repr=False, compare=False)

    @cached_property
    def edition(self) -> Edition:
        return edition_of(self.library)

    @cached_property
    def site(self) -> SiteConfig:
        return site_of(self.library)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Every change of every case, newest first."""
        return changes_of(self.cases, self.library, self.schemas)

    @cached_property
    def newest(self) -> str:
        """The last day on which any case changed, or an empty text."""
        return newest(self.cases)

    @cached_property
    def moment(self) -> datetime:
        """The moment that built files carry."""
        return moment_of(self.newest)

    @cached_property
    def head(self) -> str:
        """Digest of what any file may say beside cases, rules and terms: schemas, settings, edition, program."""
        edition = self.edition
        return self.digests.of(self.schemas, self.site, edition.name, edition.version)

    @cached_property
    def words(self) -> str:
        """Digest of `head` and all vocabularies: what a file depends on that says terms by their labels."""
        return self.digests.of(self.head, *(v.record.digest for v in self.library.vocabularies))


def publication(
    library: Library,
    schemas: Schemas,
    cases: Sequence[Case],
    relations: Relations,
    digests: Digests | None = None,
) -> Publication:
    """What to publish of an edition; `cases` are all of the library's, newest first."""
    return Publication(library, schemas, tuple(cases), relations, digests or Digests())


def compact(data: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """JSON in UTF-8 without spaces, letters as they are, with a line feed at the end.

    Records have their keys sorted at every level, as the digest of a case has it: the file does not depend on
    the order in which somebody wrote them, and whoever has the record can work out its digest.
    """
    return (_ENCODER.encode(data) + "\n").encode()


def _sorted(record: Mapping[str, Any]) -> dict[str, Any]:
    """A read-only mapping, which only records are made of, as JSON's encoder takes it."""
    return dict(sorted(record.items()))


_ENCODER = json.JSONEncoder(default=_sorted, ensure_ascii=False, separators=(",", ":"), check_circular=False)
