"""Compares all cases by their codes at once, block by block, with sparse matrices; knows no cases and no texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Key = tuple[str, str, str]  # field, term, state
# Number of another row, cosine (0 to 1), type: 0 fact and point shared, 1 fact on the other side, 2 neither.
Alike = tuple[int, float, int]

_CELLS = 4_000_000  # pairs of rows compared at once, to bound memory
_FACT, _POINT = "fact", "point"


class CodeTable:
    """Rows of weighted codes, ready to be compared; `roles` says what a code's field stands for."""

    def __init__(
        self,
        rows: Sequence[Iterable[Key]],
        weights: Mapping[Key, float],
        roles: Mapping[str, str],
        sides: Sequence[str],
    ) -> None:
        import numpy as np

        self.number = {key: number for number, key in enumerate(weights)}
        codes = [[self.number[key] for key in row] for row in rows]
        weighed = np.array([weight**2 for weight in weights.values()], dtype=np.float64)
        self.norms = np.sqrt([sum(weights[key] ** 2 for key in row) for row in rows])
        self.sides = np.unique(np.array(sides, dtype=str), return_inverse=True)[1]
        # A row keeps the order of its codes, in which its scores are added up: its indices must not be sorted.
        self.left = self._matrix(codes, np.ones(len(weights)))
        self.right = self._matrix(codes, weighed).T.tocsr()
        self.role = {
            role: self._matrix(codes, np.array([roles[key[0]] == role for key in weights], dtype=np.float32))
            for role in (_FACT, _POINT)
        }
        for matrix in self.role.values():
            matrix.eliminate_zeros()

    def _matrix(self, codes: Sequence[Sequence[int]], values: NDArray[Any]) -> Any:
        import numpy as np
        from scipy import sparse

        indices = np.fromiter(chain.from_iterable(codes), dtype=np.int32)
        ends = np.cumsum([0, *map(len, codes)], dtype=np.int32)
        return sparse.csr_matrix((values[indices], indices, ends), shape=(len(codes), len(values)))

    def best(self, limit: int, least: float, apart: Mapping[int, Sequence[int]]) -> Iterator[list[Alike]]:
        """For each row the rows most alike, at most `limit` of each type, best first; ties by smaller number.

        Only those with a cosine of at least `least` and none that `apart` names for the row.
        """
        import numpy as np

        across = {role: matrix.T.tocsr() for role, matrix in self.role.items()}
        block = max(1, _CELLS // max(1, len(self.norms)))
        for start in range(0, len(self.norms), block):
            rows = slice(start, start + block)
            scores = (self.left[rows] @ self.right).toarray()
            with np.errstate(invalid="ignore"):  # a row without codes is like no other
                scores /= self.norms[rows, None] * self.norms
            shared = {role: (m[rows] @ across[role]).toarray() > 0 for role, m in self.role.items()}
            for number, line in enumerate(scores, start):
                line[[number, *apart.get(number, ())]] = -1.0
                fact, point = (shared[role][number - start] for role in (_FACT, _POINT))
                across_side = fact & (self.sides != self.sides[number])
                types = np.where(across_side, 1, np.where(fact & point, 0, 2))
                yield _best(line, types, limit, least)


def _best(scores: NDArray[np.float64], types: NDArray[np.int64], limit: int, least: float) -> list[Alike]:
    """The best of one row, `limit` of each type; of equals the smaller number."""
    import numpy as np

    near = np.flatnonzero(scores >= least)
    found: list[Alike] = []
    for kind in range(3):
        some = near[types[near] == kind]
        if len(some) > limit:
            floor = np.partition(scores[some], len(some) - limit)[len(some) - limit]
            some = some[scores[some] >= floor]
        best = some[np.argsort(-scores[some], kind="stable")][:limit]
        found += [(int(number), float(scores[number]), kind) for number in best]
    return sorted(found, key=lambda alike: (-alike[1], alike[0]))
