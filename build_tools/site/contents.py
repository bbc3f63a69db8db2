"""What every page maker gets: the edition's cases and all that was worked out about them; makes no pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jinja2 import Environment

from build_tools.load import Schemas
from build_tools.model import Case, Library
from build_tools.relate import Relations, Statistics, count_library, relate
from build_tools.site.frame import Page
from build_tools.site.templating import environment


@dataclass(frozen=True)
class Contents:
    """The gathered content of one edition."""

    library: Library
    schemas: Schemas
    cases: tuple[Case, ...]  # newest first
    relations: Relations
    statistics: Statistics
    env: Environment
    today: date

    def page(
        self, template: str, path: str, title: str, *, frame: str = "", summary: str = "", **facts: object
    ) -> Page:
        """Render one template into a page; `root` leads from the page back to the site's top."""
        root = "../" * path.count("/")
        body = self.env.get_template(template).render(root=root, **facts)
        return Page(path, title, body, summary, frame)

    @property
    def followable(self) -> tuple[Case, ...]:
        """Cases with content to show: tombstones (withdrawn, merged) left out."""
        return tuple(c for c in self.cases if not c.tombstone)


def gather(library: Library, schemas: Schemas, today: date) -> Contents:
    """Work out everything the pages need; the library is one edition's."""
    cases = newest_first(library.cases)
    live = tuple(c for c in cases if not c.tombstone)
    return Contents(
        library,
        schemas,
        cases,
        relate(library, schemas, cases),
        count_library(library, schemas, live),
        environment(library, schemas),
        today,
    )


def newest_first(cases: Sequence[Case]) -> tuple[Case, ...]:
    """By main date from new to old; equal dates by id, smaller first."""
    by_id = sorted(cases, key=lambda c: c.id)
    return tuple(sorted(by_id, key=lambda c: str(c.get("date", "value") or ""), reverse=True))
