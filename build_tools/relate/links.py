"""Turns references between records into both-way links; renders nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

from build_tools.load import Schema, Schemas
from build_tools.memory import Memory, PerObject, per_object
from build_tools.memory.weak import once_per_content
from build_tools.model import Case, Library
from build_tools.relate.coding import Coded, cited_rules, coded_items
from build_tools.relate.likeness import Alike, Likeness, Likenesses, Near, alike_cases, known_alike

# The relation by which a reader says that two cases that look alike are not.
NOT_SIMILAR = "not_similar"
SHARING = 3  # cases that cite the same article are named at most
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class TermUse:
    """A case on which a term is coded, and how."""

    case: Case
    coded: Coded


@dataclass(frozen=True, slots=True)
class Citation:
    """A case that cites a rule: which article (or an empty string) and in which field."""

    case: Case
    article: str
    field: str


@dataclass(frozen=True, slots=True)
class Link:
    """A relation read from one side: its label, the other case and the editor's note."""

    type: str
    label: str
    case: Case
    note: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What a case's page says of other cases, by their ids; plain data."""

    links: tuple[tuple[str, str, str], ...]  # type, note, id
    similar: tuple[Near, ...]
    same_rule: tuple[tuple[str, str], ...]  # rule reference, id

    def names(self) -> Iterator[str]:
        """The ids of the others."""
        yield from (link[2] for link in self.links)
        yield from (near[0] for near in self.similar)
        yield from (shared[1] for shared in self.same_rule)


class Relations:
    """Everything the pages need to know about what belongs together; each part is worked out when first asked for.

    `seen` is a digest of all that this rests on, if there is one; what a `memory` holds of an earlier round that saw
    the same is not worked out again.
    """

    def __init__(
        self,
        library: Library,
        schemas: Schemas,
        cases: Sequence[Case],
        memory: Memory | None,
        seen: str,
    ) -> None:
        self._library, self._schemas, self._cases = library, schemas, cases
        self._memory, self._seen = memory, seen
        self._by_id = {case.id: case for case in cases}

    @cached_property
    def uses(self) -> Mapping[str, tuple[TermUse, ...]]:
        """Term → the cases on which it is coded."""
        return self._as_before("uses", _uses(self._cases, self._schemas, self._memory))

    @cached_property
    def citations(self) -> Mapping[str, tuple[Citation, ...]]:
        """Rule → the cases that cite it."""
        return self._as_before("citations", _citations(self._cases, self._schemas, self._memory))

    @cached_property
    def links(self) -> Mapping[str, tuple[Link, ...]]:
        """Case id → its relations with others, from either side."""
        return _links(self._schemas, self._cases)

    @cached_property
    def similar(self) -> Mapping[str, tuple[Likeness, ...]]:
        """Case id → the cases most like it."""
        return Likenesses(self._alike, self._by_id, self._schemas.case)

    def same_rule(self, case: Case) -> tuple[tuple[str, Case], ...]:
        """(rule reference, other case) for cases that cite an article this case cites, newest first."""
        return tuple((reference, self._by_id[name]) for reference, name in self._same_rule.get(case.id, ()))

    @cached_property
    def cited(self) -> Mapping[str, tuple[tuple[str, str, str], ...]]:
        """Rule → (case id, article, field) for each citation; plain data, which no case is read for."""
        found: Mapping[str, tuple[tuple[str, str, str], ...]] = self._kept("cited", self._find_cited)
        return found

    def beside(self, case: Case) -> Beside:
        """What the page of a case says of others."""
        name = case.id
        return Beside(self._plain_links.get(name, ()), self._alike.of(name), self._same_rule.get(name, ()))

    def _as_before(self, name: str, found: Mapping[str, Found]) -> Mapping[str, Found]:
        """What was found; where it is as in the round before, the same objects."""
        if self._memory is None:
            return found
        stage = self._memory.stage("relations")
        key = f"{name} {self._library.edition}"
        kept = _as_before(stage.peek(key), found)
        stage.put(key, kept)
        return kept

    @cached_property
    def _alike(self) -> Alike:
        known = known_alike(self._schemas.case, self._memory, self._seen)
        if known is not None:
            return known
        followable = [c for c in self._cases if c.status in ("published", "superseded", "overturned")]
        apart = pairs_apart(self._cases)
        return alike_cases(followable, self._schemas.case, apart=apart, memory=self._memory, seen=self._seen)

    @cached_property
    def _same_rule(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        found: Mapping[str, tuple[tuple[str, str], ...]] = self._kept("same rule", self._find_same_rule)
        return found

    @cached_property
    def _plain_links(self) -> Mapping[str, tuple[tuple[str, str, str], ...]]:
        found: Mapping[str, tuple[tuple[str, str, str], ...]] = self._kept("links", self._find_links)
        return found

    def _kept(self, name: str, make: Callable[[], Any]) -> Any:
        """Plain data as an earlier round found it, if it saw the same."""
        if self._memory is None or not self._seen:
            return make()
        return self._memory.stage(name, kept=True).get(f"{self._schemas.case.digest} {self._seen}", make)

    def _find_links(self) -> dict[str, tuple[tuple[str, str, str], ...]]:
        return {
            name: tuple((link.type, link.note, link.case.id) for link in found)
            for name, found in self.links.items()
        }

    def _find_cited(self) -> dict[str, tuple[tuple[str, str, str], ...]]:
        return {
            rule: tuple((c.case.id, c.article, c.field) for c in citations)
            for rule, citations in self.citations.items()
        }

    def _find_same_rule(self) -> dict[str, tuple[tuple[str, str], ...]]:
        found = ((case.id, self._sharing(case)) for case in self._cases)
        return {name: shared for name, shared in found if shared}

    def _sharing(self, case: Case) -> tuple[tuple[str, str], ...]:
        listed = {name for name, _, _ in self._alike.of(case.id)} | {case.id}
        own = frozenset(self._cited.get(case.id, ()))
        found: dict[str, Case] = {}
        for reference in own:
            others = (c for c in self._citing[reference] if c.id not in listed)
            found.update((other.id, other) for other in islice(others, SHARING))
        newest = sorted(found.values(), key=_by_year, reverse=True)[:SHARING]
        return tuple((next(r for r in self._cited[other.id] if r in own), other.id) for other in newest)

    @cached_property
    def _cited(self) -> Mapping[str, tuple[str, ...]]:
        """Case id → the articles it cites (N-03#17), rule by rule."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for rule, citations in self.citations.items():
            for cited in citations:
                if cited.article:
                    found[cited.case.id][f"{rule}#{cited.article}"] = None
        return {name: tuple(references) for name, references in found.items()}

    @cached_property
    def _citing(self) -> Mapping[str, Sequence[Case]]:
        """Article → the cases that cite it, newest first."""
        found: dict[str, dict[str, Case]] = defaultdict(dict)
        for rule, citations in self.citations.items():
            for cited in citations:
                if cited.article:
                    found[f"{rule}#{cited.article}"][cited.case.id] = cited.case
        return {name: sorted(cases.values(), key=_by_year, reverse=True) for name, cases in found.items()}


def _by_year(case: Case) -> tuple[str, str]:
    return (case.year, case.id)


def related_fields(schema: Schema) -> frozenset[str]:
    """The top-level fields of a case that its relations rest on, beside those that hold codes or references."""
    return frozenset({"status", "kind", "date", "relations"} & schema.properties.keys())


def relate(
    library: Library,
    schemas: Schemas,
    cases: Sequence[Case],
    memory: Memory | None = None,
    seen: str = "",
) -> Relations:
    """Connect `cases` (those of the edition) with terms, rules and each other.

    `seen` stands for all that the relations rest on: the edition, the order of the cases, their codes and
    references, and `related_fields`. With a `memory` whatever is as in the round before is the same object.
    """
    return Relations(library, schemas, cases, memory, seen)


def _as_before(last: Mapping[str, Found] | None, found: Mapping[str, Found]) -> Mapping[str, Found]:
    """What was found, by the objects of the round before where they are equal."""
    if last is None:
        return found
    return {
        key: old if (old := last.get(key)) is not None and old == value else value
        for key, value in found.items()
    }


def pairs_apart(cases: Iterable[Case], types: Collection[str] = (NOT_SIMILAR,)) -> frozenset[frozenset[str]]:
    """Pairs of ids between which a reader set a relation of these types (found not alike, unless told otherwise).

    Which of the two files says so does not matter.
    """
    return frozenset(
        frozenset((case.id, target)) for case in cases for kind, target, _ in _named(case) if kind in types
    )


@once_per_content(tuple, lambda _case, packed: packed)
def _named(case: Case) -> tuple[tuple[str, str, str], ...]:
    """What a case itself says of others: (type, id, note)."""
    return tuple(
        (str(relation.get("type")), str(relation.get("target")), str(relation.get("note") or ""))
        for relation in case.data.get("relations") or ()
    )


def _uses(
    cases: Sequence[Case], schemas: Schemas, memory: Memory | None
) -> Mapping[str, tuple[TermUse, ...]]:
    known: PerObject[Case, list[TermUse]] = per_object(memory, "uses", schemas.case.digest)
    uses: dict[str, list[TermUse]] = defaultdict(list)
    for case in cases:
        for use in known.get(case, lambda case: [TermUse(case, c) for c in coded_items(case, schemas.case)]):
            uses[use.coded.term].append(use)
    return {term: tuple(found) for term, found in uses.items()}


def _citations(
    cases: Sequence[Case], schemas: Schemas, memory: Memory | None
) -> Mapping[str, tuple[Citation, ...]]:
    known: PerObject[Case, list[tuple[str, Citation]]] = per_object(memory, "citations", schemas.case.digest)
    citations: dict[str, list[Citation]] = defaultdict(list)
    for case in cases:
        for rule, cited in known.get(case, lambda case: list(_cited(case, schemas))):
            citations[rule].append(cited)
    return {rule: tuple(found) for rule, found in citations.items()}


def _cited(case: Case, schemas: Schemas) -> Iterator[tuple[str, Citation]]:
    for name, reference in cited_rules(case, schemas.case):
        rule, _, article = reference.partition("#")
        yield rule, Citation(case, article, name)


def _links(schemas: Schemas, cases: Sequence[Case]) -> Mapping[str, tuple[Link, ...]]:
    types = {c.value: c for c in schemas.case.choices(("relations", 0, "type"))}
    shown = {case.id: case for case in cases}
    links: dict[str, dict[tuple[str, str], Link]] = defaultdict(dict)
    for case in cases:
        for said, name, note in _named(case):
            kind, target = types.get(said), shown.get(name)
            if kind is None or target is None:
                continue
            links[case.id][kind.value, target.id] = Link(kind.value, kind.label, target, note)
            inverse = kind.fact("inverse")
            links[target.id].setdefault(
                (inverse, case.id), Link(inverse, kind.fact("inverse-title"), case, note)
            )
    return {cid: tuple(found.values()) for cid, found in links.items()}
