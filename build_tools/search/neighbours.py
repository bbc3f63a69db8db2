"""Finds, for each document, the documents most like it, for ranking; knows no queries and no files.

A matter described in somebody's own words shares few words with some of the cases that fit it, but these cases
share words with one another. Scores are therefore smoothed over the nearest neighbours (score regularisation,
Diaz 2005); the neighbours are worked out once, when the index is built, so that every engine adds up the same
whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from build_tools.grid import ratio, step
from build_tools.search.postings import CODE_BITS, DOC_SHIFT, Postings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from build_tools.search.postings import Places

NEIGHBOURS = 16
SHARES = 256  # the weights of one document's neighbours add up to about so much
TYPE = "case"  # other documents are too few and too unlike to help one another
LARGEST = 20_000  # documents; beyond that the work grows out of proportion and nothing is smoothed
_DF_SHARE = 0.3  # terms in more than this share of the documents say nothing about likeness …
_WORK = 2_000_000  # … and in a large library the commonest others are left out too: documents · df stays below this
_BLOCK = 512  # documents compared at once, to bound memory
_STEPS = 2  # rarity counts in steps of the square root of two: hardly any moves when a document changes
_UNIT = 1 << 14  # length of a vector: sums of two vectors' products stay below 2^31

Neighbours = tuple[tuple[int, int], ...]


def smooth(
    ranked: Sequence[tuple[int, int]],
    scores: Mapping[int, int],
    near: Mapping[int, Neighbours],
    own: int,
    head: int,
) -> list[tuple[int, int]]:
    """Rank anew: `own` times a document's score plus its neighbours' scores by their shares (see `SHARES`).

    Only the first `head` of `ranked` gain from their neighbours, so that the browser need not load all of
    them; whatever follows cannot overtake, as its own score is no higher and nothing is ever taken away.
    """
    out = []
    for place, (number, score) in enumerate(ranked):
        pairs = near.get(number, ()) if place < head else ()
        out.append((number, own * score + sum(share * scores.get(other, 0) for other, share in pairs)))
    return sorted(out, key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True, eq=False)
class Table:
    """For each document of a segment, counted from its first, its neighbours' numbers, ascending, and their shares.

    Where a document has fewer than others, the shares at the end are 0.
    """

    numbers: NDArray[np.int32]
    shares: NDArray[np.int32]

    def of(self, number: int) -> Neighbours:
        """(number, share) of each neighbour of a document."""
        pairs = zip(self.numbers[number].tolist(), self.shares[number].tolist(), strict=True)
        return tuple(pair for pair in pairs if pair[1])


def no_table() -> Table:
    """The table of documents that have no neighbours."""
    none = np.zeros((0, NEIGHBOURS), dtype=np.int32)
    return Table(none, none)


@dataclass(frozen=True, eq=False)
class Lists:
    """For each document, counted from the first, the documents most like it and how like, best first; and the squared
    length of its vector before that is scaled. Where a list is shorter than others, its end is 0."""

    numbers: NDArray[np.int32]
    scores: NDArray[np.int32]
    squares: NDArray[np.float64]


def nearest(vectors: Vectors) -> Lists:
    """The lists of all documents.

    Likeness is the cosine of the documents' vectors of rarity · impact over pairs of characters and words. A document
    that shares nothing with any other has an empty list. Rarity is log2(N / df) on a coarse grid, and vectors are
    made of whole numbers, so that sums are exact in any order.
    """
    count = vectors.count
    rows, squares = vectors.rows()
    columns = rows.T.tocsr()
    none = np.zeros((count, NEIGHBOURS), dtype=np.int32)
    lists = Lists(none, none.copy(), squares)
    for start in range(0, count, _BLOCK):
        alike = (rows[start : start + _BLOCK] @ columns).toarray()
        for number, line in enumerate(alike, start):
            put_best(lists, number, line)
    return lists


def put_best(lists: Lists, number: int, alike: NDArray[np.int32]) -> None:
    """Put in the list of one document by its likeness to all; of equals the earlier document."""
    alike[number] = 0
    wanted = min(NEIGHBOURS, len(alike) - 1)
    if not wanted:  # the only document
        return
    floor = np.partition(alike, len(alike) - wanted)[len(alike) - wanted]
    near = np.flatnonzero(alike >= max(floor, 1))
    near = near[np.argsort(-alike[near], kind="stable")][:wanted]
    lists.numbers[number], lists.scores[number] = 0, 0
    lists.numbers[number, : len(near)], lists.scores[number, : len(near)] = near, alike[near]


def table_of(lists: Lists) -> Table:
    """Neighbours by number, weighted in proportion to likeness; those too unlike to count go last, without share."""
    scores = lists.scores.astype(np.int64)
    total = np.maximum(scores.sum(axis=1), 1)[:, None]
    shares = (2 * SHARES * scores + total) // (2 * total)  # rounded to whole shares
    order = np.lexsort((lists.numbers, shares == 0), axis=1)
    numbers = np.where(shares > 0, lists.numbers, 0)
    return Table(
        np.take_along_axis(numbers, order, axis=1).astype(np.int32),
        np.take_along_axis(shares, order, axis=1).astype(np.int32),
    )


class Vectors:
    """Documents as vectors of whole numbers, of length `_UNIT` but for rounding."""

    def __init__(self, postings: Postings, first: int, count: int) -> None:
        words = postings.words
        self._long = np.ones(len(postings), dtype=np.bool_)
        self._long[: len(words)] = [len(word) > 1 for word in words]
        self._long[len(words) :] = (postings.codes[len(words) :] & np.uint64((1 << CODE_BITS) - 1)) > 0
        self.postings, self.first, self.count = postings, first, count
        self.rarity = self.rarity_of(postings.sizes)

    def rarity_of(self, sizes: Places) -> Places:
        """Rarity of each term, when so many documents hold it; 0 for those that say nothing about likeness."""
        size = step(self.count, _STEPS)
        around = ratio(size, 0, _STEPS)  # the number of documents, on the grid
        most = max(2.0, min(_DF_SHARE * around, _WORK / around))
        telling = self._long & (sizes >= 2) & (sizes <= most)
        return np.where(telling, _rarity(int(most), size)[np.where(telling, sizes, 0)], 0)

    def rows(self) -> tuple[Any, NDArray[np.float64]]:
        """Documents × terms as a sparse matrix, and the squared length of each row before it was scaled."""
        from scipy import sparse

        kept = np.flatnonzero(self.rarity)
        numbers, weights, starts = self.held(kept)
        # Sums of whole numbers below 2^53 are exact in floating point too.
        products = (weights * weights).astype(np.float64)
        squares: NDArray[np.float64] = np.bincount(numbers, weights=products, minlength=self.count)  # type: ignore[assignment]
        by_term = sparse.csr_matrix(
            (units(weights, squares[numbers]), numbers.astype(np.int32), starts),
            shape=(len(kept), self.count),
        )
        return by_term.T.tocsr(), squares

    def held(self, terms: Places) -> tuple[Places, Places, Places]:
        """Of all postings of some terms the documents and the weights, and where those of each term begin."""
        flat, starts = self.postings.gathered(terms)
        numbers = (flat >> np.uint64(DOC_SHIFT)).astype(np.int64) - self.first
        rarity = np.repeat(self.rarity[terms], np.diff(starts))
        return numbers, (flat & np.uint64(0xFF)).astype(np.int64) * rarity, starts

    def own(self, numbers: Places) -> tuple[Places, Places, Places]:
        """Of all postings of some documents, by ascending number, the documents, the weights and the terms."""
        terms, flat = self.postings.held_by(numbers + self.first)
        kept = self.rarity[terms] > 0
        terms, flat = terms[kept], flat[kept]
        owners = (flat >> np.uint64(DOC_SHIFT)).astype(np.int64) - self.first
        return owners, (flat & np.uint64(0xFF)).astype(np.int64) * self.rarity[terms], terms


def units(weights: Places, squares: NDArray[np.float64]) -> NDArray[np.int32]:
    """Weights scaled by the length of the vectors in which they stand."""
    return np.rint(weights * (_UNIT / np.sqrt(np.maximum(squares, 1.0)))).astype(np.int32)


def _rarity(most: int, size: int) -> Places:
    """Rarity by the number of documents that hold a term, up to so many."""
    return np.array([max(1, size - step(df, _STEPS)) for df in range(most + 1)], dtype=np.int64)
