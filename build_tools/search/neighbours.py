"""Finds, for each document, the documents most like it, for ranking; knows no queries and no files.

A matter described in somebody's own words shares few words with some of the cases that fit it, but these cases
share words with one another. Scores are therefore smoothed over the nearest neighbours (score regularisation,
Diaz 2005); the neighbours are worked out once, when the index is built, so that every engine adds up the same
whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEIGHBOURS = 16
SHARES = 256  # the weights of one document's neighbours add up to about so much
TYPE = "case"  # other documents are too few and too unlike to help one another
LARGEST = 20_000  # documents; beyond that the work grows out of proportion and nothing is smoothed
_DF_SHARE = 0.3  # terms in more than this share of the documents say nothing about likeness …
_WORK = 2_000_000  # … and in a large library the commonest others are left out too: documents · df stays below this
_BLOCK = 512  # documents compared at once, to bound memory

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


def nearest(
    postings: Mapping[str, Sequence[int]], idf: Mapping[str, int], first: int, count: int
) -> dict[int, Neighbours]:
    """For each document, by number, (number of a neighbour, share of `SHARES`); documents are numbered from `first`.

    Likeness is the cosine of the documents' vectors of idf · impact over pairs of characters and words. A document
    that shares nothing with any other has no neighbours.
    """
    import numpy as np

    if not 2 <= count <= LARGEST:
        return {}
    rows = _unit_rows(postings, idf, first, count)
    columns = rows.T.tocsr()
    out: dict[int, Neighbours] = {}
    for start in range(0, count, _BLOCK):
        alike = (rows[start : start + _BLOCK] @ columns).toarray()
        alike[np.arange(len(alike)), np.arange(start, start + len(alike))] = 0.0
        out.update((first + start + i, _shares(line, first)) for i, line in enumerate(alike))
    return out


def _unit_rows(postings: Mapping[str, Sequence[int]], idf: Mapping[str, int], first: int, count: int) -> Any:
    """Documents × terms as a sparse matrix with rows of length one."""
    import numpy as np
    from scipy import sparse

    most = min(_DF_SHARE * count, _WORK / count)
    kept = [t for t, p in postings.items() if len(t) > 1 and 2 <= len(p) <= max(2, most)]
    packed = [np.asarray(postings[t], dtype=np.uint64) for t in kept]
    lengths = [len(p) for p in packed]
    flat = np.concatenate(packed) if packed else np.zeros(0, dtype=np.uint64)
    weights = (flat & np.uint64(0xFF)).astype(np.float32) * np.repeat(
        np.array([idf[t] for t in kept], np.float32), lengths
    )
    numbers = (flat >> np.uint64(32)).astype(np.int64) - first
    squares = np.bincount(numbers, weights=np.square(weights, dtype=np.float64), minlength=count)
    weights /= np.sqrt(squares)[numbers]
    terms = np.repeat(np.arange(len(kept)), lengths)
    return sparse.csr_matrix((weights, (numbers, terms)), shape=(count, len(kept)), dtype=np.float32)


def _shares(alike: NDArray[np.float32], first: int) -> Neighbours:
    """The best of one row, weighted in proportion to likeness; of equals the earlier document."""
    import numpy as np

    wanted = min(NEIGHBOURS, len(alike) - 1)
    floor = np.partition(alike, len(alike) - wanted)[len(alike) - wanted]
    near = np.flatnonzero(alike >= max(floor, np.float32(1e-6)))
    near = near[np.argsort(-alike[near], kind="stable")][:wanted]
    total = float(alike[near].sum()) or 1.0
    pairs = ((int(n) + first, round(SHARES * float(alike[n]) / total)) for n in sorted(near))
    return tuple(pair for pair in pairs if pair[1])
