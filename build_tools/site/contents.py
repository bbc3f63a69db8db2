"""What every page maker gets: the edition's cases and all that was worked out about them; makes no pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from itertools import chain

from jinja2 import Environment

from build_tools.load import Choice, Schemas
from build_tools.load.library import SINGLES
from build_tools.memory import Digests, Memory, Undigestible, digest_of
from build_tools.model import Case, Library
from build_tools.output import Output
from build_tools.relate import Count, Relations, Statistics, count_library, relate
from build_tools.site.charts import LIMIT, stacked_bars
from build_tools.site.frame import Page
from build_tools.site.templating import environment, templates_digest


@dataclass(frozen=True)
class Contents:
    """The gathered content of one edition."""

    library: Library
    schemas: Schemas
    cases: tuple[Case, ...]  # newest first
    relations: Relations
    statistics: Statistics
    env: Environment
    words: str  # digest of all that a template reaches without being given it
    today: date
    memory: Memory

    def page(
        self, template: str, path: str, title: str, *, frame: str = "", summary: str = "", **facts: object
    ) -> Page:
        """One template with its facts as a page; `root` leads from the page back to the site's top.

        The page's key is made of the facts. Where these hold something that could be anything (a function, the
        whole library), the page is made at once and its key is what it says.
        """
        try:
            key = self.digests.of(self.words, template, path, *chain.from_iterable(facts.items()))
        except Undigestible:
            body = self._rendered(template, path, facts)
            return Page(path, title, lambda: body, self.digests.of(body), summary, frame)
        return Page(path, title, lambda: self._rendered(template, path, facts), key, summary, frame)

    def page_of(
        self,
        template: str,
        path: str,
        title: str,
        depends: tuple[object, ...],
        facts: Callable[[], Mapping[str, object]],
        *,
        frame: str = "",
        summary: str = "",
    ) -> Page:
        """As `page`, for the many: the facts are worked out only if the page is made. They must follow from
        `depends` and the library's words alone."""
        key = self.digests.of(self.words, template, path, *depends)
        return Page(path, title, lambda: self._rendered(template, path, facts()), key, summary, frame)

    def pages_of(self, depends: tuple[object, ...], make: Callable[[], Iterable[Page]]) -> Iterator[Page]:
        """Pages that follow from `depends` and the library's words; `make` is called only where one is to be made,
        or where what they are called is not known."""
        made: dict[str, Page] = {}

        def body(path: str) -> str:
            if not made:
                made.update((page.path, page) for page in make())
            return made[path].body

        def heads() -> tuple[tuple[str, ...], ...]:
            made.update((page.path, page) for page in make())
            return tuple((p.path, p.title, p.key, p.summary, p.frame) for p in made.values())

        stage = self.memory.stage("pages", kept=True)
        for path, title, key, summary, frame in stage.get(self.digests.of(self.words, *depends), heads):
            yield Page(path, title, partial(body, path), key, summary, frame)

    def slow_file(self, path: str, depends: tuple[object, ...], make: Callable[[], bytes]) -> Output:
        """A file that follows from `depends` and the library's words alone, and is slow to make: its bytes are kept."""
        key = self.digests.of(self.words, path, *depends)
        return Output(path, key, lambda: self.memory.stage("slow files", kept=True).get(key, make), here=True)

    def plot(self, counts: Sequence[Count], kinds: Sequence[Choice], title: str) -> str:
        """Bars for the first counts, as `stacked_bars` draws them; drawn once for the same counts."""
        key = digest_of([c for c in counts if c.total][:LIMIT], kinds, title)
        drawn: str = self.memory.stage("plots", kept=True).get(
            key, lambda: stacked_bars(counts, kinds, title)
        )
        return drawn

    def _rendered(self, template: str, path: str, facts: Mapping[str, object]) -> str:
        return self.env.get_template(template).render(root="../" * path.count("/"), **facts)

    @property
    def digests(self) -> Digests:
        """Digests of what pages are made of, remembered from round to round."""
        return self.memory.digests

    @property
    def followable(self) -> tuple[Case, ...]:
        """Cases with content to show: tombstones (withdrawn, merged) left out."""
        return tuple(c for c in self.cases if not c.tombstone)


def gather(library: Library, schemas: Schemas, today: date, memory: Memory | None = None) -> Contents:
    """Work out everything the pages need; the library is one edition's."""
    memory = memory or Memory()
    cases = newest_first(library.cases)
    live = tuple(c for c in cases if not c.tombstone)
    words = _words(library, schemas)
    return Contents(
        library,
        schemas,
        cases,
        relate(library, schemas, cases, memory),
        count_library(library, schemas, live, memory),
        # Templates read nothing of the library but its words, so the environment lasts as long as these.
        memory.stage("templates").get(words, lambda: environment(library, schemas)),
        words,
        today,
        memory,
    )


def _words(library: Library, schemas: Schemas) -> str:
    """Digest of what templates reach without being given it: themselves, schemas, rules, vocabularies, settings."""
    lists = [v.record.digest for v in library.vocabularies]
    rules = [record.digest for record in (*library.rules, *library.toolkits)]
    singles = [record and record.digest for record in (getattr(library, name) for name in SINGLES)]
    documents = [getattr(schemas, field.name).document for field in fields(schemas)]
    return digest_of(templates_digest(), library.edition, lists, rules, singles, documents)


def newest_first(cases: Sequence[Case]) -> tuple[Case, ...]:
    """By main date from new to old; equal dates by id, smaller first."""
    by_id = sorted(cases, key=lambda c: c.id)
    return tuple(sorted(by_id, key=lambda c: str(c.get("date", "value") or ""), reverse=True))
