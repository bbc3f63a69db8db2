"""Builds the index in memory: terms → postings with quantised weights. Answers no queries and writes no files."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from build_tools.grid import ratio, step
from build_tools.load import Choice, Schemas
from build_tools.memory import Memory
from build_tools.model import Library
from build_tools.search import neighbours
from build_tools.search.concepts import Lexicon, build_lexicon
from build_tools.search.documents import Document
from build_tools.search.invert import CONCEPT as CONCEPT
from build_tools.search.invert import IMPACT_BITS, MASK_BITS, TF_UNIT, invert
from build_tools.search.neighbours_mended import mended_lists
from build_tools.search.postings import DOC_SHIFT, Postings, mended
from build_tools.search.shapes import Facet, coded_lists, facets_of

if TYPE_CHECKING:
    from build_tools.search.postings import Numbers

# BM25F (Robertson, Zaragoza, Taylor 2004): field frequencies are weighted and length-normalised, summed, and
# only then saturated: tf~ = Σ_f w_f·tf_f / (1 − b + b·len_f/avg_f), impact = tf~ / (k1 + tf~).
# Both lengths are taken on a coarse grid (build_tools/grid.py), so that neither a word more in one field nor a case
# more in the library changes every weight.
# k1 is on the scale of the schema's weights (running text weighs 1 to 3): 4 here is what 1.2 to 2 is unweighted.
K1 = 4.0
B = 0.75
LEVELS = 90  # impacts are whole numbers 1…90, so that Python and JavaScript add up the same sums
IDF_SCALE = 100  # inverse document frequencies are whole hundredths
_TF_CAP = 200 * TF_UNIT
_STAGE = "search index"
_MENDABLE = 4  # when more than one document in so many is new, all are counted anew
BRIDGE_FROM = 2.0  # weight of a field whose terms describe the matter


def impact_of(tf: float) -> int:
    """Saturated and quantised weight of a term frequency (already weighted and normalised)."""
    return max(1, round(LEVELS * tf / (K1 + tf)))


@cache
def _impacts() -> Numbers:
    return np.array([impact_of(units / TF_UNIT) for units in range(_TF_CAP + 1)], dtype=np.uint64)


@dataclass(frozen=True)
class Whole:
    """Statistics of a collection of which a segment holds only a part (what a cluster found): number of documents,
    document frequencies as far as they are known, mean lengths of the fields in characters."""

    count: int
    frequencies: Mapping[str, int] = field(repr=False)
    lengths: Mapping[str, float] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Since:
    """The segment (by its mark) from which another was mended, and the terms whose postings are not the same."""

    mark: object
    terms: frozenset[str]


@dataclass(slots=True)
class Before:
    """Whose neighbours were last found, and which these were: the one thing that a segment changes."""

    mark: object = None
    vectors: neighbours.Vectors | None = None
    lists: neighbours.Lists | None = None


@dataclass(frozen=True)
class Segment:
    """The documents of one type with their own statistics, so that no type dilutes another's ranking.

    `postings` maps a term to packed integers in document order; `first` is the number of the first document.
    `whole` is given where the documents are only a part of the collection: its statistics count then.
    `since` tells, where the segment was mended from another, from which and which terms differ.
    """

    type: str
    first: int
    count: int
    fields: tuple[str, ...]
    postings: Postings = field(repr=False)
    whole: Whole | None = None
    mark: object = field(default_factory=object, repr=False, compare=False)
    since: Since | None = field(default=None, repr=False, compare=False)
    before: Before | None = field(default=None, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Number of documents in the whole collection."""
        return self.whole.count if self.whole else self.count

    def frequency(self, term: str) -> int:
        """Number of documents in the whole collection that hold a term."""
        held = len(self.postings.get(term, ()))
        return min(self.size, max(held, self.whole.frequencies.get(term, 0))) if self.whole else held

    def idf(self, term: str) -> int:
        """Robertson–Sparck Jones idf as in Lucene, ln(1 + (N − df + ½)/(df + ½)), in hundredths, at least 1."""
        return _idf(self.size, self.frequency(term))

    def idf_of(self, frequency: int) -> int:
        """The same by the number of documents that hold a term."""
        return _idf(self.size, frequency)

    def pairs(self, term: str) -> Iterator[tuple[int, int]]:
        """(document number, impact) of a term."""
        for packed in self.postings.get(term, ()):
            yield packed >> DOC_SHIFT, packed & 0xFF

    def scores(self, terms: Mapping[str, int]) -> dict[int, int]:
        """Document number → Σ weight · idf · impact over the given terms."""
        found: dict[int, int] = {}
        for term, weight in terms.items():
            factor = weight * self.idf(term)
            for docnum, impact in self.pairs(term):
                found[docnum] = found.get(docnum, 0) + factor * impact
        return found

    @cached_property
    def table(self) -> neighbours.Table:
        """The documents most like each; empty where scores are not smoothed."""
        if self.type != neighbours.TYPE or not 2 <= self.size <= neighbours.LARGEST:
            return neighbours.no_table()
        vectors, before, lists = neighbours.Vectors(self.postings, self.first, self.count), self.before, None
        if before and before.lists and before.vectors and self.since and self.since.mark is before.mark:
            if before.vectors.count == self.count:
                lists = mended_lists(before.vectors, before.lists, vectors, self.since.terms)
        if lists is None:
            lists = neighbours.nearest(vectors)
        if before:
            before.mark, before.vectors, before.lists = self.mark, vectors, lists
        return neighbours.table_of(lists)

    @cached_property
    def near(self) -> Mapping[int, neighbours.Neighbours]:
        """For each document, by number, the documents most like it and their shares."""
        table, first = self.table, self.first
        return {
            first + number: tuple((first + other, share) for other, share in table.of(number))
            for number in range(len(table.numbers))
        }

    def docs(self, term: str) -> list[int]:
        return [packed >> DOC_SHIFT for packed in self.postings.get(term, ())]

    def impacts(self, term: str) -> list[int]:
        return [packed & 0xFF for packed in self.postings.get(term, ())]

    def fields_of(self, term: str, docnum: int) -> tuple[str, ...]:
        """Names of the fields of a document in which a term stands (concept tokens stand in none)."""
        for packed in self.postings.get(term, ()):
            if packed >> DOC_SHIFT == docnum:
                mask = packed >> IMPACT_BITS & (1 << MASK_BITS) - 1
                return tuple(name for bit, name in enumerate(self.fields) if mask >> bit & 1)
        return ()


@cache
def _idf(size: int, df: int) -> int:
    return max(1, round(IDF_SCALE * math.log(1 + (size - df + 0.5) / (df + 0.5))))


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
        segments[kind] = build_segment(kind, first, members, memory=memory)
        first += len(members)
    return Index(
        tuple(documents),
        segments,
        build_lexicon(library),
        _bridge(schemas, documents),
        facets_of(schemas.case),
        schemas.case.choices(("kind",)),
        schemas.case.choices(("status",)),
    )


def _bridge(schemas: Schemas, documents: Sequence[Document]) -> frozenset[int]:
    """Terms of the lists that are coded in the fields that weigh most: what a matter is, not who or where."""
    lists = coded_lists(schemas.case, BRIDGE_FROM)
    return frozenset(
        i
        for i, d in enumerate(documents)
        if d.type == "term" and not lists.isdisjoint(d.facets.get("list", ()))
    )


@dataclass(frozen=True, slots=True)
class _Round:
    """What the segment of one type was made of in the round before."""

    members: tuple[Document, ...]
    lengths: tuple[tuple[str, int], ...]
    sums: Counter[tuple[str, bool]]
    segment: Segment


def build_segment(
    kind: str,
    first: int,
    members: Sequence[Document],
    whole: Whole | None = None,
    memory: Memory | None = None,
) -> Segment:
    """Postings of documents numbered from `first` on; fields that `whole` does not know count as of mean length."""
    stage = memory.stage(_STAGE) if memory and not whole else None
    before: _Round | None = stage.peek(kind) if stage else None
    sums = _sums_since(before, members) if before else _sums(members)
    averages = _averages(members, sums)
    lengths = {name: step(whole.lengths.get(name, own) if whole else own) for name, own in averages.items()}
    if len(lengths) > MASK_BITS:
        raise ValueError(f"more than {MASK_BITS} searchable fields in documents of type {kind}")
    segment = None
    if before and before.lengths == tuple(lengths.items()):
        segment = _mended(before, first, members, lengths)
    if segment is None:
        postings = _inverted(members, range(first, first + len(members)), lengths)
        held = Before() if stage else None
        segment = Segment(kind, first, len(members), tuple(lengths), postings, whole, before=held)
    if stage:
        stage.put(kind, _Round(tuple(members), tuple(lengths.items()), sums, segment))
    return segment


def _inverted(members: Sequence[Document], numbers: Sequence[int], lengths: Mapping[str, int]) -> Postings:
    bits = {name: 1 << place for place, name in enumerate(lengths)}
    return invert(members, numbers, _units(lengths), bits, _impacts())


def _units(lengths: Mapping[str, int]) -> Callable[[float, int, str], int]:
    """What one token of a field adds to tf~, by the field's weight, length in characters and name."""
    return lambda weight, length, name: _unit(weight, step(length), lengths[name])


@cache
def _unit(weight: float, length: int, average: int) -> int:
    return max(1, round(TF_UNIT * weight / (1 - B + B * ratio(length, average))))


def _mended(
    before: _Round, first: int, members: Sequence[Document], lengths: Mapping[str, int]
) -> Segment | None:
    """The segment of the round before with what has changed since; None where that is too much."""
    old = before.segment
    place = {id(document): number for number, document in enumerate(before.members)}
    numbers = np.full(old.count, -1, dtype=np.int64)
    fresh, last = [], -1
    for number, document in enumerate(members, first):
        held = place.get(id(document), -1)
        if held < 0:
            fresh.append(number)
        elif held < last:
            return None  # what was there has another order now
        else:
            numbers[held], last = number, held
    if len(fresh) * _MENDABLE > len(members):
        return None
    if not fresh and len(members) == old.count and first == old.first:
        return old
    added = _inverted([members[number - first] for number in fresh], fresh, lengths)
    postings, differing = mended(old.postings, old.first, numbers, added)
    since = None if differing is None else Since(old.mark, differing)
    return Segment(old.type, first, len(members), old.fields, postings, since=since, before=old.before)


def average_lengths(members: Sequence[Document]) -> dict[str, float]:
    """Mean length in characters of each field, over the documents that have it."""
    return _averages(members, _sums(members))


def _sums(members: Iterable[Document]) -> Counter[tuple[str, bool]]:
    """By field how many characters there are (True) and how many documents have it (False)."""
    sums: Counter[tuple[str, bool]] = Counter()
    for document in members:
        for part in document.fields:
            sums[part.name, True] += len(part.text)
            sums[part.name, False] += 1
    return sums


def _averages(members: Sequence[Document], sums: Mapping[tuple[str, bool], int]) -> dict[str, float]:
    """The mean lengths, in the order in which the fields first occur."""
    missing, order = {name for (name, counted), n in sums.items() if n and not counted}, []
    for document in members:
        if not missing:
            break
        for part in document.fields:
            if part.name in missing:
                missing.remove(part.name)
                order.append(part.name)
    return {name: max(1.0, sums[name, True] / sums[name, False]) for name in order}


def _sums_since(before: _Round, members: Sequence[Document]) -> Counter[tuple[str, bool]]:
    """The sums of the round before with what has changed since."""
    old, new = {id(d): d for d in before.members}, {id(d): d for d in members}
    sums = before.sums.copy()
    sums.subtract(_sums(old[number] for number in old.keys() - new.keys()))
    sums.update(_sums(new[number] for number in new.keys() - old.keys()))
    return sums
