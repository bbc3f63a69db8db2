"""Turns references between records into both-way links; renders nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TypeVar

from build_tools.load import Schemas
from build_tools.memory import Memory, PerObject, per_object
from build_tools.model import Case, Library
from build_tools.relate.coding import Coded, cited_rules, coded_items
from build_tools.relate.likeness import Likeness, similar_cases

# The relation by which a reader says that two cases that look alike are not.
NOT_SIMILAR = "not_similar"
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


@dataclass(frozen=True)
class Relations:
    """Everything the pages need to know about what belongs together."""

    uses: Mapping[str, tuple[TermUse, ...]]
    citations: Mapping[str, tuple[Citation, ...]]
    links: Mapping[str, tuple[Link, ...]]
    similar: Mapping[str, tuple[Likeness, ...]]
    # What `same_rule` said in the round before: what it says again is the same object.
    said: dict[tuple[str, int], tuple[tuple[str, Case], ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def same_rule(self, case: Case, limit: int = 3) -> tuple[tuple[str, Case], ...]:
        """(rule reference, other case) for cases that cite an article this case cites, newest first."""
        found, last = self._same_rule(case, limit), self.said.get((case.id, limit))
        if last != found:
            last = self.said[case.id, limit] = found
        return last

    def _same_rule(self, case: Case, limit: int) -> tuple[tuple[str, Case], ...]:
        listed = {item.case.id for item in self.similar.get(case.id, ())} | {case.id}
        own = frozenset(self._cited.get(case.id, ()))
        found: dict[str, Case] = {}
        for reference in own:
            others = (c for c in self._citing[reference] if c.id not in listed)
            found.update((other.id, other) for other in islice(others, limit))
        newest = sorted(found.values(), key=_by_year, reverse=True)[:limit]
        return tuple((next(r for r in self._cited[other.id] if r in own), other) for other in newest)

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


def relate(
    library: Library, schemas: Schemas, cases: Sequence[Case], memory: Memory | None = None
) -> Relations:
    """Connect `cases` (those of the edition) with terms, rules and each other.

    With a `memory` whatever is as in the round before is the same object.
    """
    followable = [c for c in cases if c.status in ("published", "superseded", "overturned")]
    stage = memory.stage("relations") if memory else None
    last: Relations | None = stage.peek(library.edition) if stage else None
    found = Relations(
        _as_before(last.uses if last else None, _uses(cases, schemas, memory)),
        _as_before(last.citations if last else None, _citations(cases, schemas, memory)),
        _as_before(last.links if last else None, _links(library, schemas, cases)),
        similar_cases(followable, schemas.case, apart=pairs_apart(cases), memory=memory),
        last.said if last else {},
    )
    if stage:
        stage.put(library.edition, found)
    return found


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
        frozenset((case.id, str(relation.get("target"))))
        for case in cases
        for relation in case.data.get("relations") or ()
        if relation.get("type") in types
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


def _links(library: Library, schemas: Schemas, cases: Sequence[Case]) -> Mapping[str, tuple[Link, ...]]:
    types = {c.value: c for c in schemas.case.choices(("relations", 0, "type"))}
    shown = {case.id: case for case in cases}
    links: dict[str, dict[tuple[str, str], Link]] = defaultdict(dict)
    for case in cases:
        for relation in case.data.get("relations") or ():
            kind, target = types.get(str(relation.get("type"))), shown.get(str(relation.get("target")))
            if kind is None or target is None:
                continue
            note = str(relation.get("note") or "")
            links[case.id][kind.value, target.id] = Link(kind.value, kind.label, target, note)
            inverse = kind.fact("inverse")
            links[target.id].setdefault(
                (inverse, case.id), Link(inverse, kind.fact("inverse-title"), case, note)
            )
    return {cid: tuple(found.values()) for cid, found in links.items()}
