"""Numbers as printable characters: the batch encoders agree with writing one number after the other."""

from __future__ import annotations

from array import array
from itertools import accumulate, pairwise
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from build_tools.search import digits
from build_tools.search.digits import DIGITS, LAST, encode_masks, encode_number, encode_postings

FIRST = 7
POSTINGS = st.lists(
    st.tuples(st.integers(FIRST, 5_000_000), st.integers(0, 2**24 - 1), st.integers(1, 90)),
    min_size=1,
    max_size=12,
    unique_by=lambda posting: posting[0],
)


def packed(postings: list[tuple[int, int, int]]) -> array[int]:
    return array("Q", [n << 32 | mask << 8 | impact for n, mask, impact in sorted(postings)])


@settings(max_examples=60, deadline=None)
@given(st.lists(POSTINGS, min_size=1, max_size=6), st.sampled_from((1, 10, 1000)))
def test_batches_say_what_single_numbers_say(lists: list[list[tuple[int, int, int]]], at_once: int) -> None:
    held = [packed(postings) for postings in lists]
    numbers = [[FIRST, *(posting >> 32 for posting in one)] for one in held]
    expected = [
        "".join(
            encode_number(b - a) + DIGITS[posting & 0xFF]
            for (a, b), posting in zip(pairwise(row), one, strict=True)
        )
        for row, one in zip(numbers, held, strict=True)
    ]
    flat = np.array([posting for one in held for posting in one], dtype=np.uint64)
    bounds = np.array([*accumulate(map(len, held), initial=0)])
    masks = ["".join(encode_number(p >> 8 + 6 * d & LAST - 1) for p in one for d in range(4)) for one in held]
    with patch.object(digits, "_AT_ONCE", at_once):
        assert list(encode_postings(flat, bounds, FIRST)) == expected
        assert list(encode_masks(flat, bounds, 4, 8)) == masks


def test_nothing_to_encode_gives_nothing() -> None:
    flat, bounds = np.zeros(0, dtype=np.uint64), np.zeros(1, dtype=np.int64)
    assert list(encode_postings(flat, bounds, 0)) == []
    assert list(encode_masks(flat, bounds, 4, 8)) == []
