"""What every rule is given: the file under examination and the facts of the whole library."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from build_tools.check.plan import Spot, place_name, texts_of
from build_tools.load import Schema, Schemas
from build_tools.load.lookback import Policy, sound_policy
from build_tools.model import Diagnostic, Library, Pointer, Record

# A comment: what stands behind a hash at the beginning or behind a blank.
COMMENT = re.compile(r"#(?<!\S#)(.*)$", re.MULTILINE)
# Coded words and days. What begins with w, v or q may be the name of a chat service, and is none.
_CODED = re.compile(r"(?![wvq])[a-z]++(?:-(?![wvq])[a-z]++)*+|\d{4}(?:-\d\d){0,2}+")
HEADING = "title"
# Keys whose dates may lie ahead: when something is due, and when a rule enters into or goes out of force.
MAY_LIE_AHEAD = frozenset({"due", "from", "to"})


@dataclass(frozen=True)
class Subject:
    """One file under examination."""

    kind: str  # "case", "rule", "vocabulary", "negative_list" or "toolkit"
    record: Record
    schema: Schema = field(repr=False)
    spots: tuple[Spot, ...] = field(repr=False)

    @cached_property
    def days(self) -> Sequence[Spot]:
        """The well-formed dates of the file."""
        return [spot for spot in self.spots if spot.facts.date and spot.well_formed]

    @cached_property
    def texts(self) -> Sequence[tuple[Pointer, str]]:
        """Every text of the file with its pointer, in file order."""
        return texts_of(self.record.data)

    @cached_property
    def prose(self) -> str:
        """The texts and comments of the file, each on a line, but for coded words and days: what people wrote freely.

        One look at it is far quicker than one at each text, and tells nearly always that there is nothing to find.
        """
        return "\n".join(self._melted[1])

    @property
    def headings(self) -> Sequence[str]:
        """The texts that are headings."""
        return self._melted[2]

    @property
    def document(self) -> Any:
        """What the file holds, as plain lists and dictionaries."""
        return self._melted[0]

    @cached_property
    def _melted(self) -> tuple[Any, list[str], list[str]]:
        free: list[str] = []
        headings: list[str] = []
        document = _melt(self.record.data, free, headings)
        if "#" in self.record.text:
            free += COMMENT.findall(self.record.text)
        return document, free, headings

    def at(self, pointer: Pointer, code: str, message: str, hint: str) -> Diagnostic:
        """A finding at a value."""
        return Diagnostic(self.record.path, self.record.mark(pointer), code, message, hint)

    def at_key(self, pointer: Pointer, code: str, message: str, hint: str) -> Diagnostic:
        """A finding at the key that leads to a value."""
        return Diagnostic(self.record.path, self.record.key_mark(pointer), code, message, hint)

    def name(self, pointer: Pointer) -> str:
        """A place in this file as people say it."""
        return place_name(self.schema, pointer)

    def text(self, *keys: str | int) -> str:
        """The text at a pointer; empty where there is none or another shape."""
        value = self.record.get(*keys)
        return value if isinstance(value, str) else ""

    def items(self, *keys: str | int) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
        """The mappings in the list at a pointer, each with its own pointer; other shapes are passed over."""
        value = self.record.get(*keys)
        for i, item in enumerate(value if isinstance(value, tuple) else ()):
            if isinstance(item, (MappingProxyType, Mapping)):  # the first is what it is, and cheap to tell
                yield (*keys, i), item


def _melt(value: Any, free: list[str], headings: list[str]) -> Any:
    """Plain lists and dictionaries; adds the texts that may be prose to `free`, the headings also to `headings`.

    One walk for both, because every file takes it.
    """
    if isinstance(value, tuple):
        items: list[Any] = []
        for child in value:
            if type(child) is not str:
                child = _melt(child, free, headings)
            elif not (child.isascii() and _is_coded(child)):
                free.append(child)
            items.append(child)
        return items
    if value is None:
        return None
    out: dict[str, Any] = {}
    for key, child in value.items():
        if type(child) is not str:
            child = _melt(child, free, headings)
        elif not (child.isascii() and _is_coded(child)):
            free.append(child)
            if key == HEADING:
                headings.append(child)
        out[key] = child
    return out


@lru_cache(maxsize=8192)
def _is_coded(value: str) -> bool:
    return _CODED.fullmatch(value) is not None


def _stems(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(map(stem_of, paths))


def stem_of(path: str) -> str:
    """As `PurePosixPath.stem` gives it, but quicker for most."""
    name = path.rpartition("/")[2]
    return name[:-5] if len(name) > 5 and name.endswith(".yaml") else PurePosixPath(path).stem


def text_in(item: Mapping[str, Any], key: str) -> str:
    """The text under `key`; empty where there is none or another shape."""
    value = item.get(key)
    return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Context:
    """The whole library as the rules see it; nothing here depends on the file under examination.

    What rules for single files read of it decides when their findings may be remembered: of the cases only what
    `remembered.Remembered` asks for, and of the day only whether a date lies after it.
    """

    library: Library
    schemas: Schemas
    today: date
    reading: tuple[Diagnostic, ...] = ()

    @cached_property
    def broken(self) -> frozenset[str]:
        """Paths of files that have a problem of reading; their ids still count as known."""
        return frozenset(d.path for d in self.reading)

    @cached_property
    def case_files(self) -> Mapping[str, tuple[str, ...]]:
        """Case id -> the files that claim it, in path order."""
        files: dict[str, list[str]] = defaultdict(list)
        for case in self.library.cases:
            files[case.id].append(case.path)
        return {key: tuple(paths) for key, paths in files.items()}

    @cached_property
    def known_cases(self) -> frozenset[str]:
        """Ids that may be referred to: what cases claim and what their files, readable or not, are called."""
        return (
            frozenset(self.case_files)
            | _stems(case.path for case in self.library.cases)
            | _stems(self.broken)
        )

    @cached_property
    def public_cases(self) -> frozenset[str]:
        """Ids of the cases that the public edition shows."""
        return frozenset(case.id for case in self.library.public_cases())

    @cached_property
    def hidden_cases(self) -> frozenset[str]:
        """Ids of the drafts and internal cases, which the public edition must not name."""
        return frozenset(self.case_files) - self.public_cases

    @cached_property
    def known_rules(self) -> frozenset[str]:
        """Rule ids that may be referred to, as `known_cases`."""
        rules = self.library.rules
        return (
            frozenset(rule.id for rule in rules) | _stems(rule.path for rule in rules) | _stems(self.broken)
        )

    @cached_property
    def rule_grades(self) -> Mapping[str, str]:
        """Evidence grade of each rule that states one."""
        return {r.id: g for r in self.library.rules if isinstance(g := r.data.get("grade"), str)}

    @cached_property
    def articles(self) -> Mapping[str, Mapping[str, str]]:
        """Rule id -> article id -> the article's grade (the rule's own where the article has none)."""
        found: dict[str, dict[str, str]] = {}
        for rule in self.library.rules:
            entries = rule.data.get("articles")
            own = self.rule_grades.get(rule.id, "")
            found[rule.id] = {
                text_in(a, "id"): text_in(a, "grade") or own
                for a in (entries if isinstance(entries, tuple) else ())
                if isinstance(a, Mapping)
            }
        return found

    @cached_property
    def policy(self) -> Policy | None:
        """The policy of looking back; None where there is none or its shape is wrong."""
        return sound_policy(self.library.lookback)

    @cached_property
    def term_names(self) -> Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]:
        """List name -> its terms as (id, (label, synonyms…)); "*" holds the terms of all lists."""
        names: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {}
        for v in self.library.vocabularies:
            names[v.name] = tuple((t.id, (t.label, *t.synonyms)) for t in v.terms if t.id)
        return {**names, "*": tuple(entry for entries in names.values() for entry in entries)}

    def term(self, term_id: str) -> str:
        """A term as people read it: `ef-no-approval（未批先行）`."""
        label = self.library.label(term_id)
        return f"{term_id}（{label}）" if label != term_id else term_id
