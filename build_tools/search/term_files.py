"""Spreads the terms of a segment over files, says which files changed, and writes what is in one; names no files.

A file's key is made of what its text is made of, so that nothing need be encoded to know whether it changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from build_tools.grid import ratio, step
from build_tools.search.digits import encode_masks, encode_postings
from build_tools.search.index import Segment
from build_tools.search.invert import CONCEPT, IMPACT_BITS, MASK_BITS
from build_tools.search.postings import CODE_BITS, DOC_SHIFT, Postings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from build_tools.search.postings import Numbers, Places

# Size of a file that is aimed at. Small, because a query needs one file a term, from all over the index: at 10,000
# cases bigger files would make a pasted description load megabytes.
SHARD_BYTES = 4_000
MASK_DIGITS = 4  # six bits each: as many as a posting's field mask holds
_TERM_BYTES, _POSTING_BYTES = 8, 3  # about what an entry takes, without and with each of its postings
_AT_ONCE = 64  # files encoded at once, where all are


def spread(term: str) -> int:
    """FNV-1a, 32 bits, over UTF-16 code units as a browser sees them: says in which file a term lies."""
    value = 0x811C9DC5
    for unit in memoryview(term.encode("utf-16-le")).cast("H"):
        value = (value ^ unit) * 0x01000193 & 0xFFFFFFFF
    return value


def spread_all(postings: Postings) -> NDArray[np.uint32]:
    """`spread` of every term, in order."""
    han = postings.codes[len(postings.words) :]
    first, second = han >> np.uint64(CODE_BITS), han & np.uint64((1 << CODE_BITS) - 1)
    value = np.full(len(han), 0x811C9DC5, dtype=np.uint32)
    for point in (first, second):
        pair = point > 0xFFFF
        for some, unit in (
            (pair, 0xD800 + ((point - np.uint64(0x10000)) >> np.uint64(10))),
            (point > 0, np.where(pair, 0xDC00 + (point & np.uint64(0x3FF)), point)),
        ):
            mixed = (value ^ (unit & np.uint64(0xFFFF)).astype(np.uint32)) * np.uint32(0x01000193)
            value = np.where(some, mixed, value)
    words = np.fromiter(map(spread, postings.words), dtype=np.uint32, count=len(postings.words))
    return np.concatenate((words, value))


@dataclass(frozen=True, eq=False)
class Group:
    """Some terms of a segment and the files they are spread over; `masks` where these hold fields, not weights."""

    segment: Segment
    places: Places  # of the terms, among all of the segment
    count: int  # files
    file_of: Places  # for each of `places`
    masks: bool = False
    few: bool = False  # only single files are asked for

    @cached_property
    def _order(self) -> tuple[Places, Places]:
        """Places of the terms file by file, and where the terms of each file begin (and, last, end)."""
        order = np.argsort(self.file_of, kind="stable")
        begins = np.searchsorted(self.file_of[order], np.arange(self.count + 1))
        return self.places[order], begins

    def keys(self, files: Sequence[int]) -> list[str]:
        """For each of these files a digest of what it is made of."""
        order, begins = self._order
        chosen = [order[begins[file] : begins[file + 1]] for file in files]
        places = np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)
        flat, starts = self._gathered(places)
        flat = (
            flat >> np.uint64(IMPACT_BITS) & np.uint64((1 << MASK_BITS) - 1)
            if self.masks
            else flat & ~_FIELDS
        )
        sizes = np.diff(starts)
        facts = sizes if self.masks else sizes << 32 | self._idf(sizes)
        names = self._names(places)
        out, at = [], 0
        for some in chosen:
            end = at + len(some)
            digest = hashlib.sha256("\t".join(names[at:end]).encode())
            digest.update(facts[at:end].tobytes())
            digest.update(flat[starts[at] : starts[end]].tobytes())
            out.append(digest.hexdigest())
            at = end
        return out

    def _gathered(self, places: Places) -> tuple[Numbers, Places]:
        """The postings of some terms one after the other, numbered from the segment's first, and where each begins."""
        postings = self.segment.postings
        sizes = postings.sizes[places]
        starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
        source = np.repeat(postings.starts[places] - starts[:-1], sizes) + np.arange(starts[-1])
        return postings.flat[source] - np.uint64(self.segment.first << DOC_SHIFT), starts

    def _idf(self, sizes: Places) -> Places:
        distinct, which = np.unique(sizes, return_inverse=True)
        found: Places = np.array([self.segment.idf_of(int(df)) for df in distinct], dtype=np.int64)[which]
        return found

    def _names(self, places: Places) -> list[str]:
        return self.segment.postings.terms_at(places)

    def text(self, file: int) -> str:
        """What stands in a file: term, idf and postings, or term and masks, of each of its terms in order."""
        if self.few:
            return self._texts(file, file + 1)[0]
        block = file // _AT_ONCE * _AT_ONCE
        if self._last.get("block") != block:
            self._last.update(block=block, texts=self._texts(block, min(self.count, block + _AT_ONCE)))
        texts: list[str] = self._last["texts"]  # type: ignore[assignment]
        return texts[file - block]

    @cached_property
    def _last(self) -> dict[str, object]:
        return {}

    def _texts(self, first: int, last: int) -> list[str]:
        order, begins = self._order
        places = order[begins[first] : begins[last]]
        flat, starts = self._gathered(places)
        lists = [flat[a:b].data for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)]
        names = self._names(places)
        if self.masks:
            encoded = encode_masks(lists, MASK_DIGITS, IMPACT_BITS)
            entries = [f"{name}\t{text}" for name, text in zip(names, encoded, strict=True)]
        else:
            idf = self._idf(np.diff(starts)).tolist()
            coded = zip(names, idf, encode_postings(lists, 0), strict=True)
            entries = [f"{name}\t{weight}\t{text}" for name, weight, text in coded]
        bounds = (begins[first : last + 1] - begins[first]).tolist()
        return ["\t".join(entries[a:b]) for a, b in pairwise(bounds)]


_FIELDS = np.uint64((1 << MASK_BITS) - 1 << IMPACT_BITS)


def file_count(terms: int, postings: int) -> int:
    """How many files so many terms with so many postings are spread over: on a coarse grid, so that it rarely changes."""
    size = (_TERM_BYTES * terms + _POSTING_BYTES * postings) / SHARD_BYTES
    return max(1, round(ratio(step(size), 0)))


def groups_of(segment: Segment, sections: bool) -> dict[str, Group]:
    """Single characters (few, long lists) apart from all other terms; and, for `sections`, the fields of each word."""
    postings = segment.postings
    single, concept = _kinds(postings)
    hashes = spread_all(postings)
    groups = {"u": (single, False), "b": (~single, False)}
    if sections:
        groups["at"] = (~concept, True)
    found = {}
    for name, (chosen, masks) in groups.items():
        places = np.flatnonzero(chosen)
        count = file_count(len(places), int(postings.sizes[places].sum()))
        found[name] = Group(
            segment, places, count, (hashes[places] % np.uint32(count)).astype(np.int64), masks
        )
    return found


def _kinds(postings: Postings) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For each term whether it is one character, and whether it is a concept."""
    words = postings.words
    han = postings.codes[len(words) :]
    none = np.zeros(len(han), dtype=np.bool_)
    single = np.array([len(word) == 1 for word in words], dtype=np.bool_)
    concept = np.array([word.startswith(CONCEPT) for word in words], dtype=np.bool_)
    alone = (han & np.uint64((1 << CODE_BITS) - 1)) == 0
    return np.concatenate((single, alone)), np.concatenate((concept, none))


@dataclass(frozen=True)
class Keyed:
    """The keys of a group's files, and which segment they are of."""

    mark: object
    size: int
    keys: tuple[str, ...]


def keyed(group: Group, before: Keyed | None) -> tuple[Group, Keyed]:
    """The keys of all files of a group; those that cannot have changed are taken from the round before."""
    segment = group.segment
    same = before is not None and before.size == segment.size and len(before.keys) == group.count
    if before is not None and same and before.mark is segment.mark:
        return _few(group), before
    since = segment.since
    if before is None or not same or since is None or since.mark is not before.mark:
        return group, Keyed(segment.mark, segment.size, tuple(group.keys(range(group.count))))
    touched = sorted({spread(term) % group.count for term in since.terms})
    keys = list(before.keys)
    for file, key in zip(touched, group.keys(touched), strict=True):
        keys[file] = key
    return _few(group), Keyed(segment.mark, segment.size, tuple(keys))


def _few(group: Group) -> Group:
    return Group(group.segment, group.places, group.count, group.file_of, group.masks, True)
