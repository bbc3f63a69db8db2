"""Writes whole numbers as printable characters, one by one or millions at once; knows nothing of what they count."""

from __future__ import annotations

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


def encode_postings(flat: NDArray[np.uint64], bounds: NDArray[np.int64], first: int) -> Iterator[str]:
    """For each list of packed postings the gaps between document numbers (from `first`) and impacts, alternately.

    The lists, none of them empty, stand one after the other; `bounds` says where each begins and the last one ends.
    """
    import numpy as np

    for some, starts, _ in _batches(flat, bounds):
        numbers = (some >> np.uint64(32)).astype(np.int64)
        gaps = np.diff(numbers, prepend=first)
        gaps[starts] = numbers[starts] - first
        impacts = _table()[(some & np.uint64(0xFF)).astype(np.int64)]
        rows = np.column_stack((_digits(gaps), impacts))
        width = np.count_nonzero(rows, axis=1)
        text = rows[rows > 0].tobytes().decode("ascii")
        yield from _cut(text, np.add.reduceat(width, starts).tolist())


def encode_masks(
    flat: NDArray[np.uint64], bounds: NDArray[np.int64], digits: int, shift: int
) -> Iterator[str]:
    """For each list of packed postings their masks, which begin at bit `shift`: `digits` characters of six bits."""
    import numpy as np

    for some, _, lengths in _batches(flat, bounds):
        masks = (some >> np.uint64(shift)).astype(np.int64)
        rows = np.column_stack([_table()[masks >> 6 * digit & LAST - 1] for digit in range(digits)])
        yield from _cut(rows.tobytes().decode("ascii"), (lengths * digits).tolist())


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


def _batches(
    flat: NDArray[np.uint64], bounds: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]]:
    """Some of the lists at once, where each of them begins, and their lengths."""
    import numpy as np

    begin = 0
    while begin < len(bounds) - 1:
        last = int(np.searchsorted(bounds, bounds[begin] + _AT_ONCE, "right")) - 1
        end = max(begin + 1, last)
        here = bounds[begin : end + 1]
        yield flat[here[0] : here[-1]], here[:-1] - here[0], np.diff(here)
        begin = end


def _cut(text: str, lengths: Sequence[int]) -> Iterator[str]:
    return (text[start:end] for start, end in pairwise(accumulate(lengths, initial=0)))
