"""Spreads terms over so many files by their names; knows neither what stands in the files nor how they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from build_tools.grid import ratio, step
from build_tools.search.invert import CONCEPT
from build_tools.search.postings import CODE_BITS, Postings

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Size of a file that is aimed at. Small, because a query needs one file a term, from all over the index: at 10,000
# cases bigger files would make a pasted description load megabytes.
SHARD_BYTES = 4_000
# Smaller still as long as there are few files: those of rules, terms and guidance are read for every query in words.
SMALL_BYTES, FEW = 1_000, 100
_TERM_BYTES, _POSTING_BYTES = 8, 3  # about what an entry takes, without and with each of its postings


def spread(term: str) -> int:
    """FNV-1a, 32 bits, over UTF-16 code units as a browser sees them: says in which file a term lies."""
    value = 0x811C9DC5
    for unit in memoryview(term.encode("utf-16-le")).cast("H"):
        value = (value ^ unit) * 0x01000193 & 0xFFFFFFFF
    return value


def spread_all(postings: Postings) -> NDArray[np.uint32]:
    """`spread` of every term, in order."""
    words = postings.words
    han = postings.codes[len(words) :]
    pairs = np.stack((han >> np.uint64(CODE_BITS), han & np.uint64((1 << CODE_BITS) - 1)), axis=1)
    letters = np.array(words or [""], dtype=np.str_)
    points = letters.view(np.uint32).reshape(len(letters), -1)[: len(words)]
    return np.concatenate((_spread_rows(points), _spread_rows(pairs.astype(np.uint32))))


def _spread_rows(points: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """`spread` of texts, each a row of code points with zeros behind."""
    value = np.full(len(points), 0x811C9DC5, dtype=np.uint32)
    for point in points.T:
        pair = point > 0xFFFF
        for some, unit in (
            (pair, 0xD800 + ((point - np.uint32(0x10000)) >> np.uint32(10))),
            (point > 0, np.where(pair, 0xDC00 + (point & np.uint32(0x3FF)), point)),
        ):
            mixed = (value ^ (unit & np.uint32(0xFFFF)).astype(np.uint32)) * np.uint32(0x01000193)
            value = np.where(some, mixed, value)
    return value


def file_count(terms: int, postings: int) -> int:
    """How many files so many terms with so many postings are spread over: on a coarse grid, so that it rarely changes."""
    size = _TERM_BYTES * terms + _POSTING_BYTES * postings
    files = max(size / SHARD_BYTES, min(size / SMALL_BYTES, FEW))
    return max(1, round(ratio(step(files), 0)))


def kinds(postings: Postings) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For each term whether it is one character, and whether it is a concept."""
    words = postings.words
    han = postings.codes[len(words) :]
    none = np.zeros(len(han), dtype=np.bool_)
    single = np.array([len(word) == 1 for word in words], dtype=np.bool_)
    concept = np.array([word.startswith(CONCEPT) for word in words], dtype=np.bool_)
    alone = (han & np.uint64((1 << CODE_BITS) - 1)) == 0
    return np.concatenate((single, alone)), np.concatenate((concept, none))
