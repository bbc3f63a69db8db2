"""Turns documents into postings, many at once: the same tokens as `text.tokens`, counted with NumPy. Ranks nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from build_tools.search.documents import Document
from build_tools.search.postings import CODE_BITS, DOC_SHIFT, Flat, empty, joined
from build_tools.search.text import HAN, MAX_WORD, WORD, normalize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from build_tools.search.postings import Numbers

CONCEPT = "@"  # first character of a concept token; no token of text begins with it
IMPACT_BITS = 8
MASK_BITS = 24
TF_UNIT = 64  # weighted frequencies are counted in 1/64
_BATCH = 1000  # documents counted at once, to bound memory
_PART_BITS = 28
_BETWEEN = "\n"  # folded text has no such character
_words = re.compile(f"[{WORD}]+(?:-[{WORD}]+)*")


@cache
def _han() -> NDArray[np.bool_]:
    """For each code point whether it is a Han character that is read."""
    table = np.zeros(0x110000, dtype=np.bool_)
    for first, last in re.findall("(.)(?:-(.))?", HAN):
        table[ord(first) : ord(last or first) + 1] = True
    return table


def invert(
    members: Sequence[Document],
    numbers: Sequence[int],
    units: Callable[[float, int, str], int],
    bits: Mapping[str, int],
    impacts: Numbers,
) -> Flat:
    """Postings of documents with these ascending numbers.

    `units` gives the weight of one token of a field by the field's weight, length and name; `bits` the field's bit;
    `impacts` the impact by summed weight, the last of them for whatever is larger.
    """
    return joined(list(inverted_parts(members, numbers, units, bits, impacts)))


def inverted_parts(
    members: Sequence[Document],
    numbers: Sequence[int],
    units: Callable[[float, int, str], int],
    bits: Mapping[str, int],
    impacts: Numbers,
) -> Iterator[Flat]:
    """The same in parts, one after the other."""
    for start in range(0, len(members), _BATCH):
        some = slice(start, start + _BATCH)
        yield _Batch([d.whole for d in members[some]], units, bits).postings(numbers[some], impacts)


class _Batch:
    """The tokens of some documents. A part is one field of one document, or one of its concepts."""

    def __init__(
        self, members: Sequence[Document], units: Callable[[float, int, str], int], bits: Mapping[str, int]
    ) -> None:
        texts: list[str] = []
        self.owners: list[int] = []
        self.values: list[int] = []
        for place, document in enumerate(members):
            for part in document.fields:
                texts.append(normalize(part.text))
                self.owners.append(place)
                self.values.append(
                    units(part.weight, len(part.text), part.name) << MASK_BITS | bits[part.name]
                )
        self.whole = _BETWEEN.join(texts)
        lengths = np.fromiter((len(text) + 1 for text in texts), dtype=np.int64, count=len(texts))
        self.part_at = np.repeat(np.arange(len(texts)), lengths)
        self.concepts = [
            (place, CONCEPT + concept, weight)
            for place, document in enumerate(members)
            for concept, weight in document.concepts.items()
        ]

    def postings(self, numbers: Sequence[int], impacts: Numbers) -> Flat:
        """The postings of these documents."""
        words, keys = self._keys()
        if not len(keys):
            return empty()
        keys.sort()
        first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        counts = np.diff(first, append=len(keys)).astype(np.uint64)
        keys = keys[first]
        codes, parts = (
            keys >> np.uint64(_PART_BITS),
            (keys & np.uint64((1 << _PART_BITS) - 1)).astype(np.int64),
        )
        owners = np.array(self.owners, dtype=np.int64)[parts]
        values = np.array(self.values, dtype=np.uint64)[parts]
        mask = np.uint64((1 << MASK_BITS) - 1)
        sums = (values & ~mask) * counts + (values & mask)
        begins = np.flatnonzero(
            np.concatenate(([True], (codes[1:] != codes[:-1]) | (owners[1:] != owners[:-1])))
        )
        sums, codes, owners = np.add.reduceat(sums, begins), codes[begins], owners[begins]
        weights = np.minimum(sums >> np.uint64(MASK_BITS), np.uint64(len(impacts) - 1))
        named = np.asarray(numbers, dtype=np.uint64)[owners]
        flat = (
            named << np.uint64(DOC_SHIFT)
            | (sums & mask) << np.uint64(IMPACT_BITS)
            | impacts[weights.astype(np.int64)]
        )
        terms = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
        return Flat(words, codes[terms], np.append(terms, len(codes)), flat)

    def _keys(self) -> tuple[tuple[str, ...], Numbers]:
        """All words in order, and one number for each token: the code of its term above its part."""
        points = np.frombuffer(self.whole.encode("utf-32-le"), dtype=np.uint32)
        han = _han()[points]
        single, pair = np.flatnonzero(han), np.flatnonzero(han[:-1] & han[1:])
        points, parts = points.astype(np.uint64), self.part_at.astype(np.uint64)
        shift, room = np.uint64(CODE_BITS), np.uint64(_PART_BITS)
        words, found, places = self._word_tokens()
        return words, np.concatenate(
            (
                points[single] << shift + room | parts[single],
                (points[pair] << shift | points[pair + 1]) << room | parts[pair],
                found << room | places,
            )
        )

    def _word_tokens(self) -> tuple[tuple[str, ...], Numbers, Numbers]:
        """All words in order; for each token of a word or concept its place in them, and its part."""
        tokens: list[str] = []
        parts: list[int] = []
        for match in _words.finditer(self.whole):
            word, part = match[0], self.part_at[match.start()]
            pieces = [word, *word.split("-")] if "-" in word else [word]
            tokens += [piece[:MAX_WORD] for piece in pieces]
            parts += [part] * len(pieces)
        for place, concept, weight in self.concepts:
            tokens.append(concept)
            parts.append(len(self.owners))
            self.owners.append(place)
            self.values.append(round(TF_UNIT * weight) << MASK_BITS)
        words = sorted(set(tokens))
        place_of = {word: place for place, word in enumerate(words)}
        found = np.fromiter(map(place_of.__getitem__, tokens), dtype=np.uint64, count=len(tokens))
        return tuple(words), found, np.array(parts, dtype=np.uint64)
