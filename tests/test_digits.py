"""Numbers as printable characters: the batch encoders agree with writing one number after the other."""

from __future__ import annotations

from array import array
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

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
@given(st.lists(POSTINGS, min_size=1, max_size=6))
def test_batches_say_what_single_numbers_say(lists: list[list[tuple[int, int, int]]]) -> None:
    held = [packed(postings) for postings in lists]
    numbers = [[FIRST, *(posting >> 32 for posting in one)] for one in held]
    expected = [
        "".join(
            encode_number(b - a) + DIGITS[posting & 0xFF]
            for (a, b), posting in zip(pairwise(row), one, strict=True)
        )
        for row, one in zip(numbers, held, strict=True)
    ]
    assert list(encode_postings(held, FIRST)) == expected
    masks = ["".join(encode_number(p >> 8 + 6 * d & LAST - 1) for p in one for d in range(4)) for one in held]
    assert list(encode_masks(held, 4, 8)) == masks


def test_nothing_to_encode_gives_nothing() -> None:
    assert list(encode_postings([], 0)) == []
    assert list(encode_masks([], 4, 8)) == []
