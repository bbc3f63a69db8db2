"""Builds the index: terms → postings with quantised weights. Answers no queries and writes no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from build_tools.load import Choice, Schemas
from build_tools.memory import Memory
from build_tools.model import Library
from build_tools.search.concepts import Lexicon, build_lexicon
from build_tools.search.documents import Document
from build_tools.search.invert import CONCEPT as CONCEPT
from build_tools.search.remembered import remembered_segment
from build_tools.search.segment import Segment as Segment
from build_tools.search.segment import Whole as Whole
from build_tools.search.shapes import Facet, coded_lists, facets_of, shape_of
from build_tools.search.weighing import K1 as K1
from build_tools.search.weighing import LEVELS as LEVELS
from build_tools.search.weighing import average_lengths as average_lengths
from build_tools.search.weighing import inverted, lengths_of

_STAGE = "search index"
BRIDGE_FROM = 2.0  # weight of a field whose terms describe the matter


@dataclass(frozen=True)
class Index:
    """Everything a search needs: documents, one segment a type, the lexicon, and words for display."""

    documents: tuple[Document, ...] = field(repr=False)
    segments: Mapping[str, Segment]
    lexicon: Lexicon = field(repr=False)
    bridge: frozenset[int] = field(repr=False)  # numbers of the term documents that may widen a query
    facets: tuple[Facet, ...] = field(repr=False)
    kinds: tuple[Choice, ...] = field(repr=False)
    statuses: tuple[Choice, ...] = field(repr=False)
    titles: Mapping[str, str] = field(repr=False)  # of the fields of cases

    @cached_property
    def matter(self) -> frozenset[str]:
        """Ids of the terms that say what a matter is (not who, where or at which stage)."""
        return frozenset(self.documents[number].id for number in self.bridge)

    @cached_property
    def number(self) -> Mapping[str, int]:
        """Document numbers by id (case, rule and term ids never clash; guides are called by path)."""
        return {document.id: i for i, document in enumerate(self.documents)}


def build_index(
    library: Library, schemas: Schemas, documents: Sequence[Document], memory: Memory | None = None
) -> Index:
    """Index the documents; those of one type must stand together, as `documents()` gives them."""
    segments: dict[str, Segment] = {}
    first = 0
    for kind, group in groupby(documents, key=lambda d: d.type):
        members = tuple(group)
        if kind in segments:
            raise ValueError(f"documents of type {kind} do not stand together")
        segments[kind] = _segment(kind, first, members, memory)
        first += len(members)
    return Index(
        tuple(documents),
        segments,
        build_lexicon(library),
        _bridge(schemas, documents),
        facets_of(schemas.case),
        schemas.case.choices(("kind",)),
        schemas.case.choices(("status",)),
        {name: shape.title for name, shape in shape_of(schemas.case, internal=True).keys.items()},
    )


def _bridge(schemas: Schemas, documents: Sequence[Document]) -> frozenset[int]:
    """Terms of the lists that are coded in the fields that weigh most: what a matter is, not who or where."""
    lists = coded_lists(schemas.case, BRIDGE_FROM)
    return frozenset(
        i
        for i, d in enumerate(documents)
        if d.type == "term" and not lists.isdisjoint(d.facets.get("list", ()))
    )


def _segment(kind: str, first: int, members: tuple[Document, ...], memory: Memory | None) -> Segment:
    """As `build_segment`; what was built before serves again."""
    if memory is None:
        return build_segment(kind, first, members)
    if first == 0 and all(document.brief for document in members):
        return remembered_segment(kind, members, memory)
    stage = memory.stage(_STAGE)
    before: tuple[tuple[Document, ...], Segment] | None = stage.peek(kind)
    if before and before[1].first == first and before[0] == members:
        stage.put(kind, before)
        return before[1]
    segment = build_segment(kind, first, members)
    stage.put(kind, (members, segment))
    return segment


def build_segment(kind: str, first: int, members: Sequence[Document], whole: Whole | None = None) -> Segment:
    """Postings of documents numbered from `first` on; fields that `whole` does not know count as of mean length."""
    found = average_lengths(members)
    if whole:
        found = {name: whole.lengths.get(name, own) for name, own in found.items()}
    lengths = lengths_of(found, kind)
    postings = inverted(members, range(first, first + len(members)), lengths)
    return Segment(kind, first, len(members), tuple(lengths), postings, whole)
