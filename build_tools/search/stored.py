"""Postings whose lists stay on disk, in rows of some terms each, and what has changed since they were written.

Only the names of the terms, how many documents hold each, and a digest of each list are in the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

import numpy as np

from build_tools.search.postings import (
    DIGEST,
    DOC_SHIFT,
    Flat,
    Postings,
    digests_of,
    list_digests,
    runs,
    starts,
    united,
)
from build_tools.search.spreading import file_count, kinds, spread_all

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from build_tools.search.postings import Digests, Numbers, Places

_LOW = np.uint64((1 << DOC_SHIFT) - 1)
_DOC = np.uint64(DOC_SHIFT)
_AT_ONCE = 2_000_000  # postings that are put in rows at once, to bound memory
_HELD = 32_000_000  # bytes of rows that are held for the next who asks

# The row of this number; None where it is lost.
Read = Callable[[int], bytes | None]
Write = Callable[[int, bytes], None]
# What is written of the terms: words (one a line), codes, sizes, digests, rows.
Raw = tuple[str, bytes, bytes, bytes, bytes]


class Lost(Exception):
    """A row is not there any more, or damaged."""


class Stored(Postings):
    """The lists as they were written. `rows` says in which row each term stands."""

    def __init__(self, raw: Raw, read: Read) -> None:
        words, codes, sizes, digests, rows = raw
        self.words = tuple(words.split("\n")) if words else ()
        self.codes = np.frombuffer(codes, dtype=np.uint64)
        self.sizes = np.frombuffer(sizes, dtype=np.int32).astype(np.int64)
        self.rows = np.frombuffer(rows, dtype=np.int32)
        self._digests, self._read = digests, read
        self._held: dict[int, Numbers] = {}
        self._room = _HELD

    @cached_property
    def digests(self) -> Digests:
        return np.frombuffer(self._digests, dtype=f"V{DIGEST}")

    @cached_property
    def _begins(self) -> tuple[Places, Places]:
        """Where each term's list begins in its row, and how long each row is."""
        order = np.argsort(self.rows, kind="stable")
        ends = np.cumsum(self.sizes[order])
        lengths = np.bincount(self.rows, weights=self.sizes).astype(np.int64)
        begins = np.empty(len(order), dtype=np.int64)
        begins[order] = ends - self.sizes[order] - starts(lengths)[self.rows[order]]
        return begins, lengths

    def gathered(self, places: Places) -> tuple[Numbers, Places]:
        """See `Postings`; raises Lost."""
        sizes = self.sizes[places]
        after = starts(sizes)
        out = np.empty(after[-1], dtype=np.uint64)
        within, rows = self._begins[0][places], self.rows[places]
        order = np.argsort(rows, kind="stable")
        facts = zip(*(part[order].tolist() for part in (rows, within, sizes, after[:-1])), strict=True)
        now, flat = -1, out
        for row, begin, size, target in facts:
            if row != now:
                now, flat = row, self._row(row)
            out[target : target + size] = flat[begin : begin + size]
        return out, after

    def held_by(self, numbers: Places) -> tuple[Places, Numbers]:
        raise NotImplementedError  # would read everything

    def _row(self, row: int) -> Numbers:
        found = self._held.get(row)
        if found is None:
            raw = self._read(row)
            if raw is None or len(raw) != 8 * self._begins[1][row]:
                raise Lost
            found = np.frombuffer(raw, dtype=np.uint64)
            self._room -= len(raw)
            if self._room < 0:
                self._held, self._room = {}, _HELD - len(raw)
            self._held[row] = found
        return found


@dataclass(frozen=True)
class Change:
    """What became of stored documents.

    `numbers` gives for each the number it has now, ascending, or −1 where it has gone or is another; `edited` are the
    numbers of those that have come. `gone` are the postings of those that went, by their old numbers, `fresh` of
    those that came, by their new ones.
    """

    numbers: Places
    edited: Sequence[int]
    gone: Flat
    fresh: Flat

    @cached_property
    def renumbered(self) -> bool:
        """Whether any document that stayed has another number."""
        stays = self.numbers >= 0
        return bool((self.numbers[stays] != np.flatnonzero(stays)).any())

    @cached_property
    def nothing(self) -> bool:
        """Whether all documents are there as they were, and no other."""
        gone = bool((self.numbers < 0).any())
        return not (gone or self.renumbered or self.edited or len(self.gone) or len(self.fresh))


class Amended(Postings):
    """Stored lists with a change. `of` gives the postings of documents with these numbers, worked out anew."""

    def __init__(self, base: Stored, change: Change, of: Callable[[Sequence[int]], Flat], count: int) -> None:
        self.base, self.change, self._of, self.count = base, change, of, count
        self._whole: Flat | None = None
        # Of the terms: places among those of the base, where they differ; which have fresh lists; which are not as before.
        self._source: NDArray[np.int32] | None = None
        self._fresh = self._touched = np.zeros(0, dtype=np.int64)
        self.words, self.codes, self.sizes = base.words, base.codes, base.sizes
        if len(change.gone) or len(change.fresh):
            self._amend(base, change)

    def _amend(self, base: Stored, change: Change) -> None:
        parts: list[Postings] = [base, change.gone, change.fresh]
        words, codes, (ours, gone, fresh) = united(parts)
        sizes = np.zeros(len(codes), dtype=np.int64)
        sizes[ours] = base.sizes
        sizes[gone] -= change.gone.sizes
        sizes[fresh] += change.fresh.sizes
        held = sizes > 0
        source = np.full(len(codes), -1, dtype=np.int32)
        source[ours] = np.arange(len(ours))
        place = np.cumsum(held) - 1  # of each term among those that are held
        differ = _differ(change, gone, fresh)
        self._source, self._fresh, self._touched = source[held], place[fresh], place[differ[held[differ]]]
        self.sizes, self.codes = sizes[held], codes[held]
        stay = held[: len(words)].tolist()
        self.words = tuple(word for word, stays in zip(words, stay, strict=True) if stays)
        self.codes[: len(self.words)] = np.arange(len(self.words), dtype=np.uint64)

    @cached_property
    def digests(self) -> Digests:
        """See `Postings`; but for what has changed they are those of the stored lists."""
        if self.change.renumbered:
            return list_digests(self, np.arange(len(self)))
        if self._source is None:
            return self.base.digests
        digests = self.base.digests[np.maximum(self._source, 0)]
        digests[self._touched] = list_digests(self, self._touched)
        return digests

    def gathered(self, places: Places) -> tuple[Numbers, Places]:
        if self._whole is None:
            try:
                return self._gathered(places)
            except Lost:  # a disk may lose anything: that costs time and nothing else
                self._whole = self._of(range(self.count))
        return self._whole.gathered(places)

    def _gathered(self, places: Places) -> tuple[Numbers, Places]:
        if self._source is None and self.change.nothing:
            return self.base.gathered(places)
        known = places if self._source is None else self._source[places].astype(np.int64)
        here = np.flatnonzero(known >= 0)
        flat, after = self.base.gathered(known[here])
        owners = np.repeat(here, np.diff(after))
        now = self.change.numbers[(flat >> _DOC).astype(np.int64)]
        stays = now >= 0
        if not stays.all():
            flat, owners, now = flat[stays], owners[stays], now[stays]
        if self.change.renumbered:
            flat = now.astype(np.uint64) << _DOC | flat & _LOW
        at = np.minimum(np.searchsorted(self._fresh, places), max(0, len(self._fresh) - 1))
        there = np.flatnonzero(self._fresh[at] == places) if len(self._fresh) else at[:0]
        if len(there):
            more, after = self.change.fresh.gathered(at[there])
            flat, owners = _merged(flat, owners, more, np.repeat(there, np.diff(after)))
        return flat, starts(np.bincount(owners, minlength=len(places)))

    def held_by(self, numbers: Places) -> tuple[Places, Numbers]:
        found = self._of(numbers.tolist())
        _, _, (_, places) = united([self, found])
        return np.repeat(places, found.sizes), found.flat


def differing(one: Postings, other: Postings) -> set[str] | None:
    """The terms whose lists may differ; None where all may."""
    if not isinstance(one, Amended) or not isinstance(other, Amended) or one.base is not other.base:
        return None
    if one.change.renumbered or other.change.renumbered:
        return None
    return {
        term for change in (one.change, other.change) for part in (change.gone, change.fresh) for term in part
    }


def _places(places: Places, count: int) -> Places:
    """The other way round: for each of so many which of `places` it is, or −1."""
    found = np.full(count, -1, dtype=np.int64)
    found[places] = np.arange(len(places))
    return found


def _differ(change: Change, gone: Places, fresh: Places) -> Places:
    """The places of the terms whose lost and fresh postings differ, given the places of those of either part."""
    terms = np.concatenate((np.repeat(gone, change.gone.sizes), np.repeat(fresh, change.fresh.sizes)))
    flat = np.concatenate((change.gone.flat, change.fresh.flat))
    order = np.lexsort((flat, terms))
    terms, flat = terms[order], flat[order]
    same = (terms[1:] == terms[:-1]) & (flat[1:] == flat[:-1])
    alone = np.ones(len(terms), dtype=np.bool_)
    alone[1:] &= ~same
    alone[:-1] &= ~same
    found: Places = np.unique(terms[alone])
    return found


def _merged(flat: Numbers, owners: Places, more: Numbers, others: Places) -> tuple[Numbers, Places]:
    """Two runs of lists, each list of which belongs to an owner, with the lists of one owner made one."""

    def keys(own: Places, part: Numbers) -> Numbers:
        return own.astype(np.uint64) << _DOC | part >> _DOC

    at = np.searchsorted(keys(owners, flat), keys(others, more))
    return np.insert(flat, at, more), np.insert(owners, at, others)


class Spilled(Postings):
    """Lists in parts, each of which holds only documents after those of the one before; the lists in a scratch file."""

    def __init__(self, parts: Iterator[Flat]) -> None:
        self._file: IO[bytes] = TemporaryFile()
        self._parts: list[Flat] = []
        nothing = np.zeros(0, dtype=np.uint64)
        for part in parts:
            part.flat.tofile(self._file)
            self._parts.append(Flat(part.words, part.codes, part.starts, nothing))
        self._file.flush()
        self.words, self.codes, self._places = united(self._parts)
        self.sizes = np.zeros(len(self.codes), dtype=np.int64)
        for place, part in zip(self._places, self._parts, strict=True):
            self.sizes[place] += part.sizes

    def gathered(self, places: Places) -> tuple[Numbers, Places]:
        wanted = _places(places, len(self))
        after = starts(self.sizes[places])
        out, reached, offset = np.empty(after[-1], dtype=np.uint64), after[:-1].copy(), 0
        for place, part in zip(self._places, self._parts, strict=True):
            mine = np.flatnonzero(wanted[place] >= 0)
            into, sizes = wanted[place[mine]], part.sizes[mine]
            self._file.seek(offset)
            flat = np.fromfile(self._file, dtype=np.uint64, count=int(part.starts[-1]))
            out[runs(reached[into], sizes)] = flat[runs(part.starts[mine], sizes)]
            reached[into] += sizes
            offset += 8 * len(flat)
        return out, after

    def held_by(self, numbers: Places) -> tuple[Places, Numbers]:
        raise NotImplementedError  # nobody asks before they are stored


def stored(source: Postings, write: Write) -> Raw:
    """Write the lists of a source in rows; gives what is to be kept of the terms.

    The terms in a row are those of one file of the browser's index, as it is at this size.
    """
    rows = _rows(source)
    order = np.argsort(rows, kind="stable")
    digests = np.zeros(len(order), dtype=f"V{DIGEST}")
    first = starts(np.bincount(rows))  # of each row, among the terms in the order of rows
    before = starts(np.bincount(rows, weights=source.sizes).astype(np.int64))  # postings in the rows before
    begin = 0
    while begin < len(first) - 1:
        end = max(begin + 1, int(np.searchsorted(before, before[begin] + _AT_ONCE, "right")) - 1)
        places = order[first[begin] : first[end]]
        flat, after = source.gathered(places)
        digests[places] = digests_of(source.terms_at(places), flat, after)
        bounds = after[first[begin : end + 1] - first[begin]].tolist()
        for row, (a, b) in enumerate(pairwise(bounds), begin):
            write(row, flat[a:b].tobytes())
        begin = end
    return (
        "\n".join(source.words),
        source.codes.tobytes(),
        source.sizes.astype(np.int32).tobytes(),
        digests.tobytes(),
        rows.astype(np.int32).tobytes(),
    )


def _rows(source: Postings) -> Places:
    """The row of each term: the files of single characters, then those of all others."""
    single, _ = kinds(source)
    hashes, rows, before = spread_all(source), np.zeros(len(source), dtype=np.int64), 0
    for chosen in (single, ~single):
        places = np.flatnonzero(chosen)
        count = file_count(len(places), int(source.sizes[places].sum()))
        rows[places] = before + hashes[places] % np.uint32(count)
        before += count
    return rows
