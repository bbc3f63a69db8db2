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

from build_tools.grid import COARSE, ratio, step
from build_tools.search.postings import CODE_BITS, DOC_SHIFT, Postings

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBOURS = 16
SHARES = 256  # the weights of one document's neighbours add up to about so much
TYPE = "case"  # other documents are too few and too unlike to help one another
LARGEST = 20_000  # documents; beyond that the work grows out of proportion and nothing is smoothed
_DF_SHARE = 0.3  # terms in more than this share of the documents say nothing about likeness …
_WORK = 2_000_000  # … and in a large library the commonest others are left out too: documents · df stays below this
_BLOCK = 512  # documents compared at once, to bound memory
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


def nearest(postings: Postings, first: int, count: int) -> Table:
    """The neighbours of all documents; they are numbered from `first`.

    Likeness is the cosine of the documents' vectors of rarity · impact over pairs of characters and words. A document
    that shares nothing with any other has no neighbours. Rarity is log2(N / df) on a coarse grid, and vectors are
    made of whole numbers, so that sums are exact in any order.
    """
    if not 2 <= count <= LARGEST:
        return no_table()
    vectors = _Vectors(postings, first, count)
    rows = vectors.rows()
    columns = rows.T.tocsr()
    numbers = np.zeros((count, NEIGHBOURS), dtype=np.int32)
    shares = np.zeros((count, NEIGHBOURS), dtype=np.int32)
    for start in range(0, count, _BLOCK):
        alike = (rows[start : start + _BLOCK] @ columns).toarray()
        for number, line in enumerate(alike, start):
            line[number] = 0
            near, scores = _best(line)
            numbers[number, : len(near)], shares[number, : len(near)] = _shares(near, scores)
    return Table(numbers, shares)


class _Vectors:
    """Documents as vectors of whole numbers, of length `_UNIT` but for rounding."""

    def __init__(self, postings: Postings, first: int, count: int) -> None:
        sizes = postings.sizes
        around = ratio(step(count, COARSE), 0, COARSE)  # the number of documents, on the grid
        most = max(2.0, min(_DF_SHARE * around, _WORK / around))
        long = np.ones(len(sizes), dtype=np.bool_)
        words = postings.words
        long[: len(words)] = [len(word) > 1 for word in words]
        long[len(words) :] = (postings.codes[len(words) :] & np.uint64((1 << CODE_BITS) - 1)) > 0
        self.kept = np.flatnonzero(long & (sizes >= 2) & (sizes <= most))
        self.rarity = _rarity(sizes[self.kept], step(count, COARSE))
        self.postings, self.first, self.count = postings, first, count

    def rows(self) -> Any:
        """Documents × terms as a sparse matrix."""
        from scipy import sparse

        postings, sizes = self.postings, self.postings.sizes[self.kept]
        starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
        source = np.repeat(postings.starts[self.kept] - starts[:-1], sizes) + np.arange(starts[-1])
        flat = postings.flat[source]
        numbers = (flat >> np.uint64(DOC_SHIFT)).astype(np.int64) - self.first
        weights = (flat & np.uint64(0xFF)).astype(np.int64) * np.repeat(self.rarity, sizes)
        # Sums of whole numbers below 2^53 are exact in floating point too.
        squares = np.bincount(numbers, weights=(weights * weights).astype(np.float64), minlength=self.count)
        units = np.rint(weights * (_UNIT / np.sqrt(squares))[numbers]).astype(np.int32)
        by_term = sparse.csr_matrix((units, numbers.astype(np.int32), starts), shape=(len(sizes), self.count))
        return by_term.T.tocsr()


def _rarity(sizes: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    distinct, which = np.unique(sizes, return_inverse=True)
    found: NDArray[np.int64] = np.array([max(1, size - step(int(df), COARSE)) for df in distinct], dtype=np.int64)[which]
    return found


def _best(alike: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The best of one row, best first; of equals the earlier document."""
    wanted = min(NEIGHBOURS, len(alike) - 1)
    floor = np.partition(alike, len(alike) - wanted)[len(alike) - wanted]
    near = np.flatnonzero(alike >= max(floor, 1))
    near = near[np.argsort(-alike[near], kind="stable")][:wanted]
    return near, alike[near]


def _shares(near: NDArray[np.int64], scores: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Neighbours by number, weighted in proportion to likeness; those too unlike to count go last, without share."""
    total = max(1, int(scores.sum(dtype=np.int64)))
    shares = (2 * SHARES * scores.astype(np.int64) + total) // (2 * total)  # rounded to whole shares
    order = np.lexsort((near, shares == 0))
    return near[order].astype(np.int32), shares[order].astype(np.int32)
