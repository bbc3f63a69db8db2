"""Builds the index in memory: terms → postings with quantised weights. Answers no queries and writes no files."""

from __future__ import annotations

import math
from array import array
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import groupby

from build_tools.load import Choice, Schemas
from build_tools.model import Library
from build_tools.search import neighbours
from build_tools.search.concepts import Lexicon, build_lexicon
from build_tools.search.documents import Document
from build_tools.search.shapes import Facet, coded_lists, facets_of
from build_tools.search.text import tokens

# BM25F (Robertson, Zaragoza, Taylor 2004): field frequencies are weighted and length-normalised, summed, and
# only then saturated: tf~ = Σ_f w_f·tf_f / (1 − b + b·len_f/avg_f), impact = tf~ / (k1 + tf~).
# k1 is on the scale of the schema's weights (running text weighs 1 to 3): 4 here is what 1.2 to 2 is unweighted.
K1 = 4.0
B = 0.75
LEVELS = 90  # impacts are whole numbers 1…90, so that Python and JavaScript add up the same sums
IDF_SCALE = 100  # inverse document frequencies are whole hundredths
_TF_UNIT = 64  # tf~ is counted in 1/64
_TF_CAP = 200 * _TF_UNIT
BRIDGE_FROM = 2.0  # weight of a field whose terms describe the matter
CONCEPT = "@"  # first character of a concept token; no token of text begins with it

# One posting is one integer: document number, fields in which the term stands, impact.
_IMPACT_BITS = 8
_MASK_BITS = 24
_DOC_SHIFT = _IMPACT_BITS + _MASK_BITS


def impact_of(tf: float) -> int:
    """Saturated and quantised weight of a term frequency (already weighted and normalised)."""
    return max(1, round(LEVELS * tf / (K1 + tf)))


_IMPACTS = [impact_of(units / _TF_UNIT) for units in range(_TF_CAP + 1)]


@dataclass(frozen=True)
class Whole:
    """Statistics of a collection of which a segment holds only a part (what a cluster found): number of documents,
    document frequencies as far as they are known, mean lengths of the fields in characters."""

    count: int
    frequencies: Mapping[str, int] = field(repr=False)
    lengths: Mapping[str, float] = field(repr=False)


@dataclass(frozen=True)
class Segment:
    """The documents of one type with their own statistics, so that no type dilutes another's ranking.

    `postings` maps a term to packed integers in document order; `first` is the number of the first document.
    `whole` is given where the documents are only a part of the collection: its statistics count then.
    """

    type: str
    first: int
    count: int
    fields: tuple[str, ...]
    postings: Mapping[str, Sequence[int]] = field(repr=False)
    whole: Whole | None = None

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

    def pairs(self, term: str) -> Iterator[tuple[int, int]]:
        """(document number, impact) of a term."""
        for packed in self.postings.get(term, ()):
            yield packed >> _DOC_SHIFT, packed & 0xFF

    def scores(self, terms: Mapping[str, int]) -> dict[int, int]:
        """Document number → Σ weight · idf · impact over the given terms."""
        found: dict[int, int] = {}
        for term, weight in terms.items():
            factor = weight * self.idf(term)
            for docnum, impact in self.pairs(term):
                found[docnum] = found.get(docnum, 0) + factor * impact
        return found

    @cached_property
    def near(self) -> Mapping[int, neighbours.Neighbours]:
        """For each document, by number, the documents most like it; empty where scores are not smoothed."""
        if self.type != neighbours.TYPE or self.size > neighbours.LARGEST:
            return {}
        return neighbours.nearest(
            self.postings, {t: self.idf(t) for t in self.postings}, self.first, self.count
        )

    def docs(self, term: str) -> list[int]:
        return [packed >> _DOC_SHIFT for packed in self.postings.get(term, ())]

    def impacts(self, term: str) -> list[int]:
        return [packed & 0xFF for packed in self.postings.get(term, ())]

    def fields_of(self, term: str, docnum: int) -> tuple[str, ...]:
        """Names of the fields of a document in which a term stands (concept tokens stand in none)."""
        for packed in self.postings.get(term, ()):
            if packed >> _DOC_SHIFT == docnum:
                mask = packed >> _IMPACT_BITS & (1 << _MASK_BITS) - 1
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


def build_index(library: Library, schemas: Schemas, documents: Sequence[Document]) -> Index:
    """Index the documents; those of one type must stand together, as `documents()` gives them."""
    segments: dict[str, Segment] = {}
    first = 0
    for kind, group in groupby(documents, key=lambda d: d.type):
        members = tuple(group)
        if kind in segments:
            raise ValueError(f"documents of type {kind} do not stand together")
        segments[kind] = build_segment(kind, first, members)
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


def build_segment(kind: str, first: int, members: Sequence[Document], whole: Whole | None = None) -> Segment:
    """Postings of documents numbered from `first` on; fields that `whole` does not know count as of mean length."""
    averages = average_lengths(members)
    if whole:
        averages = {name: whole.lengths.get(name, own) for name, own in averages.items()}
    if len(averages) > _MASK_BITS:
        raise ValueError(f"more than {_MASK_BITS} searchable fields in documents of type {kind}")
    bits = {name: 1 << i for i, name in enumerate(averages)}
    postings = _Postings()
    for docnum, document in enumerate(members, first):
        summed = _weigh(document, averages, bits)
        # One pass in C a document: this loop is most of the time of an index of ten thousand cases.
        deque(
            map(array.append, map(postings.__getitem__, summed), _packed(docnum, summed.values())), maxlen=0
        )
    return Segment(kind, first, len(members), tuple(averages), dict(postings), whole)


class _Postings(dict[str, "array[int]"]):
    """Posting lists that come into being when first asked for."""

    def __missing__(self, term: str) -> array[int]:
        self[term] = fresh = array("Q")
        return fresh


def _packed(docnum: int, sums: Collection[int]) -> list[int]:
    base, mask, top = docnum << _DOC_SHIFT, (1 << _MASK_BITS) - 1, _TF_CAP << _MASK_BITS
    if max(sums, default=0) >= top:
        sums = [min(s, top | s & mask) for s in sums]
    return [base | (s & mask) << _IMPACT_BITS | _IMPACTS[s >> _MASK_BITS] for s in sums]


def average_lengths(members: Sequence[Document]) -> dict[str, float]:
    """Mean length in characters of each field, over the documents that have it."""
    totals: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for document in members:
        for part in document.fields:
            totals[part.name] += len(part.text)
            counts[part.name] += 1
    return {name: max(1.0, totals[name] / counts[name]) for name in counts}


def _weigh(document: Document, averages: Mapping[str, float], bits: Mapping[str, int]) -> dict[str, int]:
    """Term → tf~ in units above the field mask, in one integer: one addition a term and field."""
    summed: dict[str, int] = {}
    for part in document.fields:
        norm = 1 - B + B * len(part.text) / averages[part.name]
        unit = max(1, round(_TF_UNIT * part.weight / norm)) << _MASK_BITS
        bit = bits[part.name]
        counted = {term: count * unit + bit for term, count in Counter(tokens(part.text)).items()}
        for term in summed.keys() & counted.keys():
            counted[term] += summed[term]
        summed.update(counted)
    for concept, weight in document.concepts.items():
        summed[CONCEPT + concept] = round(_TF_UNIT * weight) << _MASK_BITS
    return summed
