"""A segment of the index, the documents of one type: term statistics, weights of terms, likeness. Builds nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from build_tools.search import neighbours
from build_tools.search.invert import IMPACT_BITS, MASK_BITS
from build_tools.search.postings import DOC_SHIFT, Postings

IDF_SCALE = 100  # inverse document frequencies are whole hundredths


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
    `likeness` gives the lists of neighbours where there is a shorter way to them than from nothing; `few` says that
    hardly any file of it will be asked for, because it is much as it was.
    """

    type: str
    first: int
    count: int
    fields: tuple[str, ...]
    postings: Postings = field(repr=False)
    whole: Whole | None = None
    likeness: Callable[[neighbours.Vectors], neighbours.Lists] = field(
        default=neighbours.nearest, repr=False, compare=False
    )
    few: bool = field(default=False, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Number of documents in the whole collection."""
        return self.whole.count if self.whole else self.count

    def frequency(self, term: str) -> int:
        """Number of documents in the whole collection that hold a term."""
        held = self.postings.size(term)
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
        return neighbours.table_of(self.likeness(neighbours.Vectors(self.postings, self.first, self.count)))

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
