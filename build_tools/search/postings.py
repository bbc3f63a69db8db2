"""Posting lists of many terms in a few flat arrays, and how such lists are joined and mended; weighs nothing.

A term is a word (of letters and digits, or a concept token) or one or two Han characters. Words have their place in
the sorted list of words as code; Han characters have theirs, shifted so far that all codes are in the order of the
terms. One posting is one integer: document number, mask of fields, impact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.uint64]
    Places: TypeAlias = NDArray[np.int64]

DOC_SHIFT = 32
CODE_BITS = 18  # of one character: U+323AF is the last one that is read
FIRST_HAN = 0x3007 << CODE_BITS  # no code of a word is so large
_LOW = np.uint64((1 << DOC_SHIFT) - 1)
_DOC = np.uint64(DOC_SHIFT)


@dataclass(frozen=True, eq=False)
class Postings(Mapping[str, memoryview]):
    """Term → its packed postings in document order. Never changed, only replaced.

    `codes` are those of the terms, ascending, `starts` where the postings of each begin in `flat` (and, last, their
    end).
    """

    words: tuple[str, ...] = field(repr=False)
    codes: Numbers = field(repr=False)
    starts: Places = field(repr=False)
    flat: Numbers = field(repr=False)

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str]:
        return iter(self.terms)

    def __contains__(self, term: object) -> bool:
        return isinstance(term, str) and self.place(term) >= 0

    def __getitem__(self, term: str) -> memoryview:
        place = self.place(term)
        if place < 0:
            raise KeyError(term)
        return self.flat.data[self.starts[place] : self.starts[place + 1]]

    def place(self, term: str) -> int:
        """The place of a term among all, or −1."""
        if not term or term[0] < "\u3007":
            place = bisect_left(self.words, term)
            return place if place < len(self.words) and self.words[place] == term else -1
        if len(term) > 2:
            return -1
        code = np.uint64(han_code(term))
        place = int(np.searchsorted(self.codes, code))
        return place if place < len(self.codes) and self.codes[place] == code else -1

    @cached_property
    def terms(self) -> list[str]:
        """All terms in order."""
        return [*self.words, *han_terms(self.codes[len(self.words) :])]

    def terms_at(self, places: Places) -> list[str]:
        """The terms at these ascending or other places."""
        names = np.empty(len(places), dtype=object)
        word = places < len(self.words)
        names[word] = [self.words[place] for place in places[word].tolist()]
        names[~word] = han_terms(self.codes[places[~word]])
        found: list[str] = names.tolist()
        return found

    @cached_property
    def sizes(self) -> Places:
        """Number of postings of each term."""
        return np.diff(self.starts)


def han_code(term: str) -> int:
    """The code of one or two Han characters."""
    return ord(term[0]) << CODE_BITS | (ord(term[1]) if len(term) > 1 else 0)


def han_terms(codes: Numbers) -> list[str]:
    """The terms of codes of Han characters."""
    pairs = np.empty((len(codes), 2), dtype=np.uint32)
    pairs[:, 0] = codes >> np.uint64(CODE_BITS)
    pairs[:, 1] = codes & np.uint64((1 << CODE_BITS) - 1)
    found: list[str] = pairs.view("<U2").ravel().tolist()
    return found


def empty() -> Postings:
    """No postings at all."""
    none = np.zeros(0, dtype=np.uint64)
    return Postings((), none, np.zeros(1, dtype=np.int64), none)


def joined(parts: Sequence[Postings]) -> Postings:
    """All postings of the parts, each of which holds only documents that come after those of the one before."""
    if len(parts) < 2:
        return parts[0] if parts else empty()
    words, coded = _common(parts)
    codes = np.unique(np.concatenate(coded))
    places = [np.searchsorted(codes, own) for own in coded]
    sizes = np.zeros(len(codes), dtype=np.int64)
    for place, part in zip(places, parts, strict=True):
        sizes[place] += part.sizes
    starts = _starts(sizes)
    flat, reached = np.empty(starts[-1], dtype=np.uint64), starts[:-1].copy()
    for place, part in zip(places, parts, strict=True):
        target = np.repeat(reached[place] - part.starts[:-1], part.sizes)
        target += np.arange(len(part.flat))
        flat[target] = part.flat
        reached[place] += part.sizes
    return Postings(words, codes, starts, flat)


def _common(parts: Sequence[Postings]) -> tuple[tuple[str, ...], list[Numbers]]:
    """The words of all parts, and the codes of each with its words counted among all."""
    words = parts[0].words
    if any(part.words != words for part in parts):
        words = tuple(sorted(set().union(*(part.words for part in parts))))
    place = {word: number for number, word in enumerate(words)}
    coded = []
    for part in parts:
        codes = part.codes.copy()
        codes[: len(part.words)] = [place[word] for word in part.words]
        coded.append(codes)
    return words, coded


def _starts(sizes: Places) -> Places:
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))


def mended(
    old: Postings, first: int, numbers: Places, fresh: Postings
) -> tuple[Postings, frozenset[str] | None]:
    """`old` with its documents numbered anew and those of `fresh` put in; and the terms whose lists differ.

    `numbers` gives for each old document (from number `first` on) its new number, ascending, or −1 where it has
    gone. Where any document has another number than before, all lists differ: None.
    """
    held = (old.flat >> _DOC).astype(np.int64) - first
    gone = np.flatnonzero((numbers < 0)[held])
    gone_of = np.searchsorted(old.starts, gone, "right") - 1
    lost = old.flat[gone]
    flat, sizes = np.delete(old.flat, gone), old.sizes - np.bincount(gone_of, minlength=len(old))
    stay = numbers < 0
    stay |= numbers == np.arange(first, first + len(numbers))
    same = bool(stay.all())
    if not same:
        flat = numbers[np.delete(held, gone)].astype(np.uint64) << _DOC | flat & _LOW
    kept = Postings(old.words, old.codes, _starts(sizes), flat)
    whole = _inserted(kept, fresh)
    return whole, _differing(old, gone_of, lost, fresh) if same else None


def _inserted(old: Postings, fresh: Postings) -> Postings:
    """Both together, without terms that have no postings."""
    words, (ours, theirs) = _common((old, fresh))
    at = np.searchsorted(ours, theirs)
    new = at == len(ours)
    new[~new] = ours[at[~new]] != theirs[~new]
    codes, sizes = np.insert(ours, at[new], theirs[new]), np.insert(old.sizes, at[new], 0)
    before = _starts(sizes)
    places = np.searchsorted(codes, theirs)
    at = np.empty(len(fresh.flat), dtype=np.int64)
    flat = old.flat
    for place, start, end in zip(
        places.tolist(), fresh.starts[:-1].tolist(), fresh.starts[1:].tolist(), strict=True
    ):
        begin = before[place]
        at[start:end] = begin + np.searchsorted(flat[begin : before[place + 1]], fresh.flat[start:end])
    flat = np.insert(flat, at, fresh.flat)
    sizes[places] += fresh.sizes
    held = sizes > 0
    if held.all():
        return Postings(words, codes, _starts(sizes), flat)
    kept = held[: len(words)].tolist()
    left = tuple(word for word, stays in zip(words, kept, strict=True) if stays)
    codes = codes[held]
    codes[: len(left)] = np.arange(len(left), dtype=np.uint64)
    return Postings(left, codes, _starts(sizes[held]), flat)


def _differing(old: Postings, gone_of: Places, lost: Numbers, fresh: Postings) -> frozenset[str]:
    """Terms whose lost and fresh postings are not the same ones."""
    before = set(zip(old.terms_at(gone_of), lost.tolist(), strict=True))
    after = set(
        zip(
            np.repeat(np.array(fresh.terms, dtype=object), fresh.sizes).tolist(),
            fresh.flat.tolist(),
            strict=True,
        )
    )
    return frozenset(term for term, _ in before ^ after)
