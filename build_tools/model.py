"""The nouns of the library as frozen dataclasses; no I/O and no judgement lives here.

Field names of cases, rules and terms are *not* repeated here: they are defined once in
``schema/*.json`` and records carry their content as a read-only mapping (`Record.data`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from operator import is_
from pathlib import PurePosixPath
from sys import intern
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:  # which itself knows the nouns
    from build_tools.memory import Memory

# The way to a value inside a record: mapping keys and list positions, outermost first.
Pointer = tuple[str | int, ...]


def thawed(value: Any) -> Any:
    """A record's read-only content as dictionaries and lists of its own."""
    if isinstance(value, Mapping):
        return {key: thawed(child) for key, child in value.items()}
    return [thawed(child) for child in value] if isinstance(value, tuple | list) else value


def early_of(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """What of a record's content may be known early; None where it has another shape than that."""
    early = {key: thawed(data[key]) for key in EARLY if key in data}
    texts = (
        value if isinstance(value, str) else text
        for value in early.values()
        for text in (value.values() if isinstance(value, dict) else (value,))
    )
    return early if all(text is None or isinstance(text, str) for text in texts) else None


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; line and column count from 1, columns in characters."""

    line: int
    column: int


START = Mark(1, 1)

# Top-level values of a case that may be known before its content is read: texts, or mappings of texts.
EARLY = ("id", "title", "kind", "status", "disclosure", "date")
# What is read of a record when somebody first asks for it.
_CONTENT = ("data", "marks", "key_marks", "text")

# Types of entries in `changes` that leave the content as it was: the entry itself and the editors' second reading.
NO_NEW_VERSION = frozenset({"created", "review"})
# The type of the entry that a look-back writes beside itself when its findings change the status.
STATUS_CHANGE = "status"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: where, which rule, what is wrong and what to do about it."""

    path: str
    mark: Mark
    code: str
    message: str
    hint: str = ""
    severity: str = "error"  # "error" or "warning"

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order of reports: by file, then place, then code."""
        return (self.path, self.mark.line, self.mark.column, self.code, self.message)

    def __str__(self) -> str:
        tail = f" — {self.hint}" if self.hint else ""
        return f"{self.path}:{self.mark.line}:{self.mark.column}: {self.code} {self.message}{tail}"


@dataclass(frozen=True, eq=False)
class Record:
    """A loaded file: its read-only content and the place of every key and item in it.

    Two records are equal only when they are the same object, so that what is known of one can be kept by it.

    `data` is made of `MappingProxyType`, tuples, text and None (an empty value). `marks` gives the place
    of each value by pointer, `key_marks` the place of each mapping key. A record made by `later` reads its content
    when somebody first asks for it, and again when it was let go meanwhile.
    """

    path: str
    data: Mapping[str, Any]
    marks: Mapping[Pointer, Mark] = field(repr=False)
    key_marks: Mapping[Pointer, Mark] = field(repr=False)
    text: str = field(repr=False)
    digest: str = ""  # SHA-256 of the file's bytes, hexadecimal

    @classmethod
    def later(
        cls,
        path: str,
        digest: str,
        early: Mapping[str, Any],
        read: Callable[[Self], Mapping[str, Any]],
        content: Mapping[str, Any] | None = None,
        notes: Memory | None = None,
    ) -> Self:
        """A record of which only some top-level values are known before `read` gives data, places and text.

        `content` is what `read` would give, where that is known already; `notes` is where to keep what is worked
        out of the content.
        """
        record = cls.__new__(cls)
        record.__dict__.update(
            content or {}, path=path, digest=digest, _early=early, _read=read, _notes=notes
        )
        return record

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:  # asked only for what is not there
            read = self.__dict__.get("_read") if name in _CONTENT else None
            if read is None:
                raise AttributeError(name)
            self.__dict__.update(read(self))
            return self.__dict__[name]

    def let_go(self) -> None:
        """Forget the content, where it can be read again."""
        if "_read" in self.__dict__:
            for name in _CONTENT:
                self.__dict__.pop(name, None)

    def top(self, name: str) -> Any:
        """The value of a top-level key, without reading the content where it is known early."""
        early = self.__dict__.get("_early")
        return self.data.get(name) if early is None or name not in EARLY else early.get(name)

    @property
    def early(self) -> Mapping[str, Any] | None:
        """What is known of the content without its being read; None for a record that holds all of it."""
        early: Mapping[str, Any] | None = self.__dict__.get("_early")
        return early

    @property
    def notes(self) -> Memory | None:
        """Where what is worked out of the content can be kept by its digest, if anywhere."""
        notes: Memory | None = self.__dict__.get("_notes")
        return notes

    @property
    def coded(self) -> Self:
        """The record that its codes are read of: itself, but for one that is a part of another."""
        return self

    def mark(self, pointer: Pointer) -> Mark:
        """The place of the value at `pointer`, or of its nearest enclosing value that exists."""
        while pointer not in self.marks:
            if not pointer:
                return START
            pointer = pointer[:-1]
        return self.marks[pointer]

    def key_mark(self, pointer: Pointer) -> Mark:
        """The place of the key that leads to `pointer`; falls back to the value's place."""
        return self.key_marks.get(pointer) or self.mark(pointer)

    @cached_property
    def id(self) -> str:
        """The identifier the file claims, or its name without the suffix when it claims none."""
        value = self.top("id")
        # Others name it over and over; as one object for all it takes little room, also when it comes from disk.
        return intern(value if type(value) is str else PurePosixPath(self.path).stem)

    def get(self, *keys: str | int) -> Any:
        """The value at a pointer, or None where any step is missing."""
        value: Any = self.data
        for key in keys:
            if isinstance(key, int):
                if not isinstance(value, tuple) or key >= len(value):
                    return None
                value = value[key]
            elif isinstance(value, (MappingProxyType, Mapping)):  # the first is what it is, and cheap to tell
                value = value.get(key)
            else:
                return None
        return value


class Case(Record):
    """One precedent (`cases/<year>/<id>.yaml`)."""

    @cached_property
    def title(self) -> str:
        return str(self.top("title") or self.id)

    @cached_property
    def kind(self) -> str:
        return str(self.top("kind") or "")

    @cached_property
    def status(self) -> str:
        return str(self.top("status") or "")

    @cached_property
    def tombstone(self) -> bool:
        """True where the case has left and only its page remains."""
        return self.status in ("withdrawn", "merged")

    @cached_property
    def disclosure(self) -> str:
        return str(self.top("disclosure") or "")

    @cached_property
    def day(self) -> str:
        """The main date as far as it is known (2024, 2024-05, 2024-05-01), or an empty string."""
        date = self.top("date")
        return str(date.get("value") or "") if isinstance(date, Mapping) else ""

    @cached_property
    def year(self) -> str:
        """Four digits of the main date, or an empty string."""
        return self.day[:4]

    @cached_property
    def version(self) -> int:
        """Version number: one for the entry itself and one more for each later change of content or look-back."""
        later = [c for c in self.data.get("changes") or () if self.opens_version(c)]
        return 1 + len(later) + len(self.data.get("reviews") or ())

    def opens_version(self, change: Mapping[str, Any]) -> bool:
        """Whether an entry of `changes` made a version of its own.

        The entry itself and the editors' own second reading before release (type `review`) make none. A change
        of status on the day of a look-back is what that look-back came to, and the two are one version; where
        an edition leaves the look-back out, the change of status makes it, so that all editions count alike.
        """
        kind, day = change.get("type"), change.get("date")
        reviews = self.data.get("reviews") or ()
        return kind not in NO_NEW_VERSION and not (
            kind == STATUS_CHANGE and any(review.get("date") == day for review in reviews)
        )


class Rule(Record):
    """One norm that cases cite (`rules/<id>.yaml`)."""

    @property
    def title(self) -> str:
        return str(self.data.get("title") or self.id)

    @property
    def short(self) -> str:
        return str(self.data.get("short") or self.title)

    @property
    def verified(self) -> bool:
        """False where the whole text is 未核实 and so may not be shown as fact."""
        return self.data.get("grade") != "unverified"

    def article(self, key: str) -> Mapping[str, Any] | None:
        """The article with this id, or None."""
        return next((a for a in self.data.get("articles") or () if a.get("id") == key), None)


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a controlled vocabulary."""

    id: str
    list: str
    label: str
    definition: str
    synonyms: tuple[str, ...] = ()
    broader: str = ""
    check: str = ""
    basis: str = ""
    proposed: bool = False
    severity: str = ""  # "0" to "9" for outcomes that have a place on the scale


@dataclass(frozen=True)
class Vocabulary:
    """One controlled list, in the file's own order."""

    name: str
    title: str
    prefix: str
    description: str
    terms: tuple[Term, ...]
    record: Record = field(repr=False)

    @cached_property
    def by_id(self) -> Mapping[str, Term]:
        return {term.id: term for term in self.terms}

    def narrower(self, term_id: str) -> tuple[Term, ...]:
        """The terms directly below `term_id`; an empty id gives the top of the tree."""
        return tuple(t for t in self.terms if t.broader == term_id)

    def and_below(self, term: Term) -> tuple[str, ...]:
        """Ids of a term and of every narrower one, however deep."""
        return (term.id, *(t.id for t in self.terms if term in self.ancestors(t.id)))

    def ancestors(self, term_id: str) -> tuple[Term, ...]:
        """Broader terms of `term_id`, nearest first; stops at a cycle instead of looping."""
        found: list[Term] = []
        term = self.by_id.get(term_id)
        while term and term.broader and (term := self.by_id.get(term.broader)) and term not in found:
            found.append(term)
        return tuple(found)


@dataclass(frozen=True)
class Guide:
    """A guidance page written by hand in Markdown (`docs/**.md`)."""

    path: str  # relative to the docs folder, for example "指引/先看这页.md"
    title: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Library:
    """Everything that was read, before anything is judged."""

    cases: tuple[Case, ...]
    rules: tuple[Rule, ...]
    vocabularies: tuple[Vocabulary, ...]
    guides: tuple[Guide, ...] = ()
    negative_list: Record | None = None  # schema/negative-list.yaml; None where it could not be read
    toolkits: tuple[Record, ...] = ()  # schema/toolkits/*.yaml, the printable forms
    selfcheck: Record | None = None  # schema/selfcheck.yaml, questions of the self-check
    drill: Record | None = None  # schema/drill.yaml, settings of the case drill
    lookback: Record | None = None  # schema/lookback.yaml, the policy of looking back
    site: Record | None = None  # schema/site.yaml, who publishes the site
    edition: str = (
        ""  # "public" or "internal" once pruned to an edition (build_tools.load.edition); empty as read
    )

    def same(self, other: Library) -> bool:
        """True where both hold the same objects."""

        def alike(one: Any, two: Any) -> bool:
            if isinstance(one, tuple) and isinstance(two, tuple):
                return len(one) == len(two) and all(map(is_, one, two))
            return one is two or (isinstance(one, str) and one == two)

        return all(alike(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    @cached_property
    def case_by_id(self) -> Mapping[str, Case]:
        return {case.id: case for case in self.cases}

    @cached_property
    def rule_by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def vocabulary(self) -> Mapping[str, Vocabulary]:
        """Vocabularies by list name, for example `error_factors`."""
        return {v.name: v for v in self.vocabularies}

    @cached_property
    def term_by_id(self) -> Mapping[str, Term]:
        """All terms of all lists; prefixes keep the ids apart."""
        return {term.id: term for v in self.vocabularies for term in v.terms}

    def label(self, term_id: str) -> str:
        """The label of a term, or the id itself where it is unknown."""
        term = self.term_by_id.get(term_id)
        return term.label if term else term_id

    def public_cases(self) -> Iterator[Case]:
        """Cases that the public edition shows: published or once published, and not internal."""
        return (c for c in self.cases if c.disclosure == "public" and c.status != "draft")
