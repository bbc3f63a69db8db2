"""Posting lists of many terms, and how such lists are joined; weighs nothing.

A term is a word (of letters and digits, or a concept token) or one or two Han characters. Words have their place in
the sorted list of words as code; Han characters have theirs, shifted so far that all codes are in the order of the
terms. One posting is one integer: document number, mask of fields, impact.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.uint64]
    Places: TypeAlias = NDArray[np.int64]
    Digests: TypeAlias = NDArray[np.void]

DOC_SHIFT = 32
CODE_BITS = 18  # of one character: U+323AF is the last one that is read
FIRST_HAN = 0x3007 << CODE_BITS  # no code of a word is so large
DIGEST = 12  # bytes of the digest of one list


class Postings(Mapping[str, memoryview]):
    """Term → its packed postings in document order. Never changed, only replaced.

    `codes` are those of the terms, ascending; `sizes` the numbers of postings of each.
    """

    words: tuple[str, ...]
    codes: Numbers
    sizes: Places

    @abstractmethod
    def gathered(self, places: Places) -> tuple[Numbers, Places]:
        """The postings of the terms at these places one after the other, and where each begins (and, last, ends)."""

    @abstractmethod
    def held_by(self, numbers: Places) -> tuple[Places, Numbers]:
        """All postings of the documents with these ascending numbers, by term: the places of the terms, and they."""

    @cached_property
    def digests(self) -> Digests:
        """A digest of each term and its postings."""
        return list_digests(self, np.arange(len(self)))

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
        return self.gathered(np.array([place]))[0].data

    def size(self, term: str) -> int:
        """Number of postings of a term."""
        place = self.place(term)
        return int(self.sizes[place]) if place >= 0 else 0

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


class Flat(Postings):
    """Posting lists in the process: those of each term begin in `flat` at its `starts` (which has the end, too)."""

    def __init__(self, words: tuple[str, ...], codes: Numbers, starts: Places, flat: Numbers) -> None:
        self.words, self.codes, self.starts, self.flat = words, codes, starts, flat
        self.sizes = np.diff(starts)

    def __getitem__(self, term: str) -> memoryview:
        place = self.place(term)
        if place < 0:
            raise KeyError(term)
        return self.flat.data[self.starts[place] : self.starts[place + 1]]

    def gathered(self, places: Places) -> tuple[Numbers, Places]:
        sizes = self.sizes[places]
        begins = starts(sizes)
        return self.flat[runs(self.starts[places], sizes)], begins

    def held_by(self, numbers: Places) -> tuple[Places, Numbers]:
        wanted = np.isin((self.flat >> np.uint64(DOC_SHIFT)).astype(np.int64), numbers)
        at = np.flatnonzero(wanted)
        return np.searchsorted(self.starts, at, "right") - 1, self.flat[at]


def runs(begins: Places, sizes: Places) -> Places:
    """The numbers `begin`, `begin` + 1 … of runs of these sizes, one after the other."""
    after = starts(sizes)
    found: Places = np.repeat(begins - after[:-1], sizes) + np.arange(after[-1])
    return found


def starts(sizes: Places) -> Places:
    """Where each of some lists begins that stand one after the other, and, last, where they end."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes, dtype=np.int64)))


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


def list_digests(postings: Postings, places: Places) -> Digests:
    """Digests of the terms at these places and their postings."""
    return digests_of(postings.terms_at(places), *postings.gathered(places))


def digests_of(names: Sequence[str], flat: Numbers, begins: Places) -> Digests:
    """Digests of terms and their postings, which stand one after the other."""
    data, blake = flat.data, hashlib.blake2b
    raw = bytearray()
    for name, (begin, end) in zip(names, pairwise(begins.tolist()), strict=True):
        digest = blake(name.encode(), digest_size=DIGEST)
        digest.update(data[begin:end])
        raw += digest.digest()
    return np.frombuffer(bytes(raw), dtype=f"V{DIGEST}")


def empty() -> Flat:
    """No postings at all."""
    none = np.zeros(0, dtype=np.uint64)
    return Flat((), none, np.zeros(1, dtype=np.int64), none)


def joined(parts: Sequence[Flat]) -> Flat:
    """All postings of the parts, each of which holds only documents that come after those of the one before."""
    if len(parts) < 2:
        return parts[0] if parts else empty()
    words, codes, places = united(parts)
    sizes = np.zeros(len(codes), dtype=np.int64)
    for place, part in zip(places, parts, strict=True):
        sizes[place] += part.sizes
    begins = starts(sizes)
    flat, reached = np.empty(begins[-1], dtype=np.uint64), begins[:-1].copy()
    for place, part in zip(places, parts, strict=True):
        flat[runs(reached[place], part.sizes)] = part.flat
        reached[place] += part.sizes
    return Flat(words, codes, begins, flat)


def united(parts: Sequence[Postings]) -> tuple[tuple[str, ...], Numbers, list[Places]]:
    """The words and codes of the terms of all parts, and for the terms of each part their places among all."""
    words = parts[0].words
    known = set(words)
    if not all(known.issuperset(part.words) for part in parts[1:]):
        words = tuple(sorted(known.union(*(part.words for part in parts[1:]))))
    place = {word: number for number, word in enumerate(words)}
    coded = []
    for part in parts:
        codes = part.codes
        if part.words is not words:
            codes = codes.copy()
            codes[: len(part.words)] = [place[word] for word in part.words]
        coded.append(codes)
    codes = np.sort(np.concatenate(coded), kind="stable")  # which is quick for runs that are in order
    codes = codes[np.append(True, codes[1:] != codes[:-1])] if len(codes) else codes
    return words, codes, [np.searchsorted(codes, own) for own in coded]
