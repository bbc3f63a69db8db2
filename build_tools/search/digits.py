"""Writes whole numbers as printable characters, one by one or millions at once; knows nothing of what they count."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# One printable ASCII character a digit, without the quotation mark and the backslash: 91 digits.
DIGITS = "".join(chr(code) for code in range(0x23, 0x7F) if code != 0x5C)
LAST = 64  # digits 0…63 end a number, 64…90 (27 of them) go before
_MORE = len(DIGITS) - LAST
_AT_ONCE = 1_000_000  # postings encoded at once, to bound memory


def encode_number(value: int) -> str:
    """A whole number ≥ 0 in the fewest characters; small numbers take one."""
    out = DIGITS[value % LAST]
    value //= LAST
    while value:
        value -= 1
        out = DIGITS[LAST + value % _MORE] + out
        value //= _MORE
    return out


def gaps(numbers: Iterable[int]) -> str:
    """Ascending numbers, each as what it lies behind the one before (the first: behind 0)."""
    out, before = [], 0
    for number in numbers:
        out.append(encode_number(number - before))
        before = number
    return "".join(out)


def encode_postings(lists: Sequence[Sequence[int]], first: int) -> Iterator[str]:
    """For each list of packed postings the gaps between document numbers (from `first`) and impacts, alternately."""
    import numpy as np

    for flat, lengths in _batches(lists):
        numbers = (flat >> np.uint64(32)).astype(np.int64)
        gaps = np.diff(numbers, prepend=first)
        starts = np.cumsum([0, *lengths[:-1]])
        gaps[starts] = numbers[starts] - first
        impacts = _table()[(flat & np.uint64(0xFF)).astype(np.int64)]
        rows = np.column_stack((_digits(gaps), impacts))
        width = np.count_nonzero(rows, axis=1)
        text = rows[rows > 0].tobytes().decode("ascii")
        yield from _cut(text, np.add.reduceat(width, starts).tolist())


def encode_masks(lists: Sequence[Sequence[int]], digits: int, shift: int) -> Iterator[str]:
    """For each list of packed postings their masks, which begin at bit `shift`: `digits` characters of six bits."""
    import numpy as np

    for flat, lengths in _batches(lists):
        masks = (flat >> np.uint64(shift)).astype(np.int64)
        rows = np.column_stack([_table()[masks >> 6 * digit & LAST - 1] for digit in range(digits)])
        yield from _cut(rows.tobytes().decode("ascii"), [length * digits for length in lengths])


def _table() -> NDArray[np.uint8]:
    import numpy as np

    return np.frombuffer(DIGITS.encode("ascii"), dtype=np.uint8)


def _digits(values: NDArray[np.int64]) -> NDArray[np.uint8]:
    """As `encode_number`, a row a number, right-aligned; zero where a number has no digit."""
    import numpy as np

    columns, rest = [_table()[values % LAST]], values // LAST
    while rest.any():
        before = np.where(rest > 0, rest - 1, 0)
        columns.append(np.where(rest > 0, _table()[LAST + before % _MORE], 0).astype(np.uint8))
        rest = before // _MORE
    return np.column_stack(columns[::-1])


def _batches(lists: Sequence[Sequence[int]]) -> Iterator[tuple[NDArray[np.uint64], list[int]]]:
    """Lists that are not empty, one after the other in one array, and their lengths."""
    import numpy as np

    start = size = 0
    for end, entries in enumerate(lists, 1):
        size += len(entries)
        if size >= _AT_ONCE or end == len(lists):
            some = [part if isinstance(part, memoryview) else array("Q", part) for part in lists[start:end]]
            yield np.frombuffer(b"".join(some), dtype=np.uint64), [len(part) for part in some]
            start, size = end, 0


def _cut(text: str, lengths: Sequence[int]) -> Iterator[str]:
    return (text[start:end] for start, end in pairwise(accumulate(lengths, initial=0)))
