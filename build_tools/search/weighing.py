"""Weighs words: what a token adds by its field and the field's length, and the impact of the sum. Ranks nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from build_tools.grid import ratio, step
from build_tools.search.documents import Document
from build_tools.search.invert import MASK_BITS, TF_UNIT, invert, inverted_parts

if TYPE_CHECKING:
    from build_tools.search.postings import Flat, Numbers

# BM25F (Robertson, Zaragoza, Taylor 2004): field frequencies are weighted and length-normalised, summed, and
# only then saturated: tf~ = Σ_f w_f·tf_f / (1 − b + b·len_f/avg_f), impact = tf~ / (k1 + tf~).
# Both lengths are taken on a coarse grid (build_tools/grid.py), so that neither a word more in one field nor a case
# more in the library changes every weight.
# k1 is on the scale of the schema's weights (running text weighs 1 to 3): 4 here is what 1.2 to 2 is unweighted.
K1 = 4.0
B = 0.75
LEVELS = 90  # impacts are whole numbers 1…90, so that Python and JavaScript add up the same sums
_TF_CAP = 200 * TF_UNIT
# The mean length of each field as a grid point, in the order of the fields' bits.
Lengths = Mapping[str, int]


def impact_of(tf: float) -> int:
    """Saturated and quantised weight of a term frequency (already weighted and normalised)."""
    return max(1, round(LEVELS * tf / (K1 + tf)))


@cache
def _impacts() -> Numbers:
    return np.array([impact_of(units / TF_UNIT) for units in range(_TF_CAP + 1)], dtype=np.uint64)


def lengths_of(means: Mapping[str, float], kind: str) -> Lengths:
    """The mean lengths on the grid; raises ValueError where there are more fields than bits."""
    if len(means) > MASK_BITS:
        raise ValueError(f"more than {MASK_BITS} searchable fields in documents of type {kind}")
    return {name: step(mean) for name, mean in means.items()}


def inverted(members: Sequence[Document], numbers: Sequence[int], lengths: Lengths) -> Flat:
    """The postings of documents with these numbers."""
    return invert(members, numbers, _units(lengths), _bits(lengths), _impacts())


def in_parts(members: Sequence[Document], numbers: Sequence[int], lengths: Lengths) -> Iterator[Flat]:
    """The same, some documents at a time."""
    return inverted_parts(members, numbers, _units(lengths), _bits(lengths), _impacts())


def _bits(lengths: Lengths) -> Mapping[str, int]:
    return {name: 1 << place for place, name in enumerate(lengths)}


def _units(lengths: Lengths) -> Callable[[float, int, str], int]:
    """What one token of a field adds to tf~, by the field's weight, length in characters and name."""
    return lambda weight, length, name: _unit(weight, step(length), lengths[name])


@cache
def _unit(weight: float, length: int, average: int) -> int:
    return max(1, round(TF_UNIT * weight / (1 - B + B * ratio(length, average))))


def average_lengths(members: Sequence[Document]) -> dict[str, float]:
    """Mean length in characters of each field, over the documents that have it."""
    sums: Counter[tuple[str, bool]] = Counter()
    for document in members:
        for part in document.fields:
            sums[part.name, True] += len(part.text)
            sums[part.name, False] += 1
    return means(sums, ([part.name for part in document.fields] for document in members))


def means(sums: Mapping[tuple[str, bool], int], names: Iterable[Iterable[str]]) -> dict[str, float]:
    """The mean lengths by sums of characters (True) and documents (False), in the order in which `names` first occur."""
    missing, order = {name for (name, counted), n in sums.items() if n and not counted}, []
    for some in names:
        if not missing:
            break
        for name in some:
            if name in missing:
                missing.remove(name)
                order.append(name)
    return {name: max(1.0, sums[name, True] / sums[name, False]) for name in order}
