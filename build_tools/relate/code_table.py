"""Compares cases by their codes, many at once, with sparse matrices; knows no cases and no texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Key = tuple[str, str, str]  # field, term, state
# Number of another row, cosine (0 to 1), type: 0 fact and point shared, 1 fact on the other side, 2 neither.
Alike = tuple[int, float, int]

_CELLS = 4_000_000  # pairs of rows compared at once, to bound memory
# One whole number tells of a pair the sum of its shared weights, squared, and how many facts and points it shares.
_FACT, _POINT = 1 << 40, 1 << 50
_SUM = _FACT - 1
_WORTH = {"fact": _FACT, "point": _POINT}


class CodeTable:
    """Rows of codes with whole weights, ready to be compared; `roles` says what a code's field stands for.

    All sums are of whole numbers, so that they do not depend on the order in which they are added up.
    """

    def __init__(
        self,
        rows: Sequence[Sequence[Key]],
        weights: Mapping[Key, int],
        roles: Mapping[str, str],
        sides: Sequence[str],
    ) -> None:
        from scipy import sparse

        number = {key: place for place, key in enumerate(weights)}
        indices = np.fromiter(map(number.__getitem__, chain.from_iterable(rows)), dtype=np.int32)
        ends = np.concatenate(([0], np.cumsum([*map(len, rows)], dtype=np.int64))).astype(np.int32)
        shape = (len(rows), len(number))
        squares = np.array([weight**2 for weight in weights.values()], dtype=np.int64)
        worth = squares + np.array([_WORTH.get(roles[key[0]], 0) for key in weights], dtype=np.int64)
        self.left = sparse.csr_matrix((np.ones(len(indices), np.int64), indices, ends), shape=shape)
        self.right = sparse.csr_matrix((worth[indices], indices, ends), shape=shape).T.tocsr()
        held = np.concatenate(([0], np.cumsum(squares[indices])))
        self.norms = np.sqrt((held[ends[1:]] - held[ends[:-1]]).astype(np.float64))
        self.sides = np.unique(np.array(sides, dtype=str), return_inverse=True)[1]

    def compared(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Of these rows with all rows the cosines, and whole numbers that tell what facts and points they share."""
        both = (self.left[rows] @ self.right).toarray()
        with np.errstate(invalid="ignore"):  # a row without codes is like no other
            scores = (both & _SUM) / (self.norms[rows, None] * self.norms)
        return scores, both

    def types(self, row: int, others: NDArray[np.int64], both: NDArray[np.int64]) -> NDArray[np.int64]:
        """The types of pairs of one row with others."""
        fact, point = (both & (_POINT - _FACT)) > 0, both >= _POINT
        across = fact & (self.sides[others] != self.sides[row])
        return np.where(across, 1, np.where(fact & point, 0, 2))

    def best(
        self, limit: int, least: float, apart: Mapping[int, Sequence[int]], rows: Sequence[int] | None = None
    ) -> Iterator[list[Alike]]:
        """For each row (of `rows`) the rows most alike, at most `limit` of each type, best first; ties by smaller number.

        Only those with a cosine of at least `least` and none that `apart` names for the row.
        """
        wanted = np.arange(len(self.norms)) if rows is None else np.array(rows, dtype=np.int64)
        block = max(1, _CELLS // max(1, len(self.norms)))
        for start in range(0, len(wanted), block):
            some = wanted[start : start + block]
            for row, line, both in zip(some.tolist(), *self.compared(some), strict=True):
                line[[row, *apart.get(row, ())]] = -1.0
                near = np.flatnonzero(line >= least)
                yield _best(near, line[near], self.types(row, near, both[near]), limit)


def _best(near: Any, scores: NDArray[np.float64], types: NDArray[np.int64], limit: int) -> list[Alike]:
    """The best of one row, `limit` of each type; of equals the smaller number."""
    found: list[Alike] = []
    for kind in range(3):
        some = np.flatnonzero(types == kind)
        if len(some) > limit:
            floor = np.partition(scores[some], len(some) - limit)[len(some) - limit]
            some = some[scores[some] >= floor]
        best = some[np.argsort(-scores[some], kind="stable")][:limit]
        found += [(int(near[place]), float(scores[place]), kind) for place in best]
    return sorted(found, key=lambda alike: (-alike[1], alike[0]))
