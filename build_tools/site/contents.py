"""What every page maker gets: the edition's cases and all that was worked out about them; makes no pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property, partial
from itertools import chain
from typing import TypeVar

from jinja2 import Environment

from build_tools.load import Choice, Schemas
from build_tools.load.library import SINGLES
from build_tools.memory import Digests, Memory, Undigestible, digest_of
from build_tools.model import Case, Library
from build_tools.output import Output
from build_tools.relate import Citation, Count, Relations, Statistics, TermUse, relate
from build_tools.relate.links import related_fields
from build_tools.relate.statistics import statistics_of, tally
from build_tools.site.charts import LIMIT, stacked_bars
from build_tools.site.field_table import FieldTable
from build_tools.site.frame import Page
from build_tools.site.narrowed import Reads, Undeclared, coded_fields, narrowed, reads
from build_tools.site.templating import environment, templates_digest

# What is counted for the statistics, beside the codes.
COUNTED = ("status", "kind", "date", "region", "subject", "confidence")
V = TypeVar("V")


@dataclass(frozen=True)
class Contents:
    """The gathered content of one edition; or, narrowed, as much of it as a group of pages may read."""

    library: Library
    schemas: Schemas
    cases: tuple[Case, ...]  # newest first
    table: FieldTable
    env: Environment
    words: str  # digest of all that a template reaches without being given it
    today: date
    memory: Memory
    whole: Contents | None = None  # of what this is the narrowed form
    allowed: Reads | None = None  # then, what may be read of cases

    @cached_property
    def relations(self) -> Relations:
        """What belongs together, over all that the cases say."""
        if self.whole:
            raise Undeclared("一组页面只能用 uses 和 citations，不能用全部关系")
        schema = self.schemas.case
        rests_on = coded_fields(schema) | related_fields(schema)
        seen = digest_of(self.library.edition, self.table.digest(rests_on, False))
        return relate(self.library, self.schemas, self.cases, self.memory, seen)

    @cached_property
    def statistics(self) -> Statistics:
        """The counts of the edition."""
        wanted = reads(self.schemas.case, *COUNTED, coded=True)
        if self.allowed and not (wanted.fields <= self.allowed.fields):
            raise Undeclared("这组页面用了统计数 — 在它的 reads(…) 里加上 COUNTED 和 coded")
        counted = (self.whole or self).value_of(
            "statistics", wanted, lambda narrow: tally(narrow.followable, narrow.schemas.case)
        )
        return statistics_of(counted, self.library, self.schemas)

    @property
    def uses(self) -> Mapping[str, tuple[TermUse, ...]]:
        """The cases on which each term is coded."""
        return self._related.uses

    @property
    def citations(self) -> Mapping[str, tuple[Citation, ...]]:
        """The cases that cite each rule."""
        return self._related.citations

    @cached_property
    def _related(self) -> Relations:
        if self.whole is None:
            return self.relations
        return relate(self.library, self.schemas, self.cases, self.memory)

    def narrowed(self, how: Reads) -> Contents:
        """As much as may be read; cases that read as in the round before are the same objects."""
        if self.whole:
            raise Undeclared("已经限定了能读什么，不能再限定一次")
        if how not in self._narrow:
            digests = self.table.digests(how.fields, how.filled)
            stage = self.memory.stage("narrowed")
            name = digest_of(self.library.edition, how)
            found = narrowed(self.library.cases, digests, how, stage.peek(name) or {})
            stage.put(name, found)
            library = replace(self.library, cases=tuple(found.values()))
            cases = tuple(found[case.id] for case in self.cases)
            self._narrow[how] = replace(self, library=library, cases=cases, whole=self, allowed=how)
        return self._narrow[how]

    @cached_property
    def _narrow(self) -> dict[Reads, Contents]:
        return {}

    def _seen(self, how: Reads) -> str:
        """Digest of all that may be read of the cases, and of their order."""
        return self._order + self.table.digest(how.fields, how.filled)

    @cached_property
    def _order(self) -> str:
        return digest_of([case.id for case in self.cases])

    def group_of(
        self, name: str, how: Reads, make: Callable[[Contents], Iterable[Page]], *depends: object
    ) -> Iterator[Page]:
        """Pages that follow from what they may read of cases, from `depends`, the day and the library's words.

        Where all of these are as before, no case is looked at.
        """
        key = (name, self._seen(how), self.today, *depends)
        return self._known_pages("groups of pages", key, lambda: make(self.narrowed(how)))

    def files_of(
        self, name: str, how: Reads, make: Callable[[Contents], Iterable[Output]], *depends: object
    ) -> Iterator[Output]:
        """As `group_of`, for files."""
        made: dict[str, Output] = {}

        def fill() -> dict[str, Output]:
            if not made:
                made.update((output.path, output) for output in make(self.narrowed(how)))
            return made

        def heads(_: Contents) -> tuple[tuple[str, str], ...]:
            return tuple((output.path, output.key) for output in fill().values())

        for path, key in self.value_of(name, how, heads, *depends):
            yield Output(path, key, partial(lambda path: fill()[path].make(), path), here=True)

    def value_of(self, name: str, how: Reads, make: Callable[[Contents], V], *depends: object) -> V:
        """As `group_of`, for what is plain data."""
        key = self.digests.of(self.words, name, self._seen(how), self.today, *depends)
        found: V = self.memory.stage("groups", kept=True).get(key, lambda: make(self.narrowed(how)))
        return found

    def page(
        self, template: str, path: str, title: str, *, frame: str = "", summary: str = "", **facts: object
    ) -> Page:
        """One template with its facts as a page; `root` leads from the page back to the site's top.

        The page's key is made of the facts. Where these hold something that could be anything (a function, the
        whole library), the page is made at once and its key is what it says.
        """
        try:
            key = self.digests.of(
                self.words, template, path, title, summary, *chain.from_iterable(facts.items())
            )
        except Undigestible:
            body = self.rendered(template, path, facts)
            return Page(path, title, lambda: body, self.digests.of(body, title, summary), summary, frame)
        return Page(path, title, lambda: self.rendered(template, path, facts), key, summary, frame)

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
        key = self.digests.of(self.words, template, path, title, summary, *depends)
        return Page(path, title, lambda: self.rendered(template, path, facts()), key, summary, frame)

    def pages_of(self, depends: tuple[object, ...], make: Callable[[], Iterable[Page]]) -> Iterator[Page]:
        """Pages that follow from `depends` and the library's words; `make` is called only where one is to be made,
        or where what they are called is not known."""
        # Apart where they are part of a group: in rounds that do not make the group nobody asks for them.
        return self._known_pages("pages in groups" if self.whole else "pages", depends, make)

    def _known_pages(
        self, stage: str, depends: tuple[object, ...], make: Callable[[], Iterable[Page]]
    ) -> Iterator[Page]:
        """As `pages_of`; what the pages are called is remembered in a stage of this name."""
        made: dict[str, Page] = {}

        def body(path: str) -> str:
            if not made:
                made.update((page.path, page) for page in make())
            return made[path].body

        def heads() -> tuple[tuple[str, ...], ...]:
            made.update((page.path, page) for page in make())
            return tuple((p.path, p.title, p.key, p.about, p.frame) for p in made.values())

        known = self.memory.stage(stage, kept=True)
        for path, title, key, summary, frame in known.get(self.digests.of(self.words, *depends), heads):
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

    def rendered(self, template: str, path: str, facts: Mapping[str, object]) -> str:
        """One template with its facts, for the page at `path`."""
        return self.env.get_template(template).render(root="../" * path.count("/"), **facts)

    @property
    def digests(self) -> Digests:
        """Digests of what pages are made of, remembered from round to round."""
        return self.memory.digests

    @cached_property
    def followable(self) -> tuple[Case, ...]:
        """Cases with content to show: tombstones (withdrawn, merged) left out."""
        return tuple(c for c in self.cases if not c.tombstone)


def gather(library: Library, schemas: Schemas, today: date, memory: Memory | None = None) -> Contents:
    """Work out everything the pages need; the library is one edition's."""
    memory = memory or Memory()
    words = _words(library, schemas)
    return Contents(
        library,
        schemas,
        newest_first(library.cases),
        FieldTable(library.cases, schemas.case, memory),
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
    return tuple(sorted(by_id, key=lambda c: c.day, reverse=True))
