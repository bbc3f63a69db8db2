"""Spreads the terms of a segment over files, says which files changed, and writes what is in one; names no files.

A file's key is made of what its text is made of, so that nothing need be encoded to know whether it changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from build_tools.search.digits import encode_masks, encode_postings
from build_tools.search.invert import IMPACT_BITS
from build_tools.search.postings import DIGEST, DOC_SHIFT, runs, starts
from build_tools.search.segment import Segment
from build_tools.search.spreading import file_count, kinds, spread_all

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from build_tools.search.postings import Places

MASK_DIGITS = 4  # six bits each: as many as a posting's field mask holds
# So many files are encoded at once, where all are; and of those with masks, each of which holds lists from all over
# the stored rows, as many as have so many postings.
_AT_ONCE, _POSTINGS = 128, 1_000_000
_IDF_BYTES = 8


@dataclass(frozen=True, eq=False)
class Group:
    """Some terms of a segment and the files they are spread over; `masks` where these hold fields, not weights."""

    segment: Segment
    places: NDArray[np.int32]  # of the terms, among all of the segment, file by file
    begins: Places  # where the terms of each file begin (and, last, end)
    masks: bool = False

    @property
    def count(self) -> int:
        """How many files there are."""
        return len(self.begins) - 1

    def keys(self) -> list[str]:
        """For each file a digest of what it is made of."""
        return self._keys(self.places.astype(np.int64), self.begins)

    def keys_since(self, keys: Sequence[str], touched: Iterable[int]) -> list[str]:
        """The keys out of those before, when only the lists of terms that `touched` (see `spread`) may differ."""
        out = list(keys)
        files = np.unique(np.fromiter(touched, dtype=np.int64) % self.count)
        sizes = self.begins[files + 1] - self.begins[files]
        some = self._keys(self.places[runs(self.begins[files], sizes)].astype(np.int64), starts(sizes))
        for file, key in zip(files.tolist(), some, strict=True):
            out[file] = key
        return out

    def _keys(self, places: Places, begins: Places) -> list[str]:
        postings = self.segment.postings
        digests = postings.digests[places].tobytes()
        idf = b"" if self.masks else self._idf(postings.sizes[places]).tobytes()
        out, blake = [], hashlib.blake2b
        for begin, end in pairwise(begins.tolist()):
            digest = blake(digests[DIGEST * begin : DIGEST * end], digest_size=20)
            digest.update(idf[_IDF_BYTES * begin : _IDF_BYTES * end])
            out.append(digest.hexdigest())
        return out

    def _idf(self, sizes: Places) -> Places:
        distinct, which = np.unique(sizes, return_inverse=True)
        found: Places = np.array([self.segment.idf_of(int(df)) for df in distinct], dtype=np.int64)[which]
        return found

    def text(self, file: int) -> str:
        """What stands in a file: term, idf and postings, or term and masks, of each of its terms in order."""
        if self.segment.few:
            return self._texts(file, file + 1)[0]
        first, texts = self._last.get("block", (0, ()))
        if not first <= file < first + len(texts):
            first, texts = file, self._texts(file, self._end(file))
            self._last["block"] = first, texts
        return texts[file - first]

    def _end(self, file: int) -> int:
        """The file before which those end that are encoded together with this one."""
        end = file + _AT_ONCE
        if self.masks:
            end = max(end, int(np.searchsorted(self._before, self._before[file] + _POSTINGS, "right")) - 1)
        return min(self.count, end)

    @cached_property
    def _before(self) -> Places:
        """How many postings stand in the files before each, and in all."""
        found: Places = starts(self.segment.postings.sizes[self.places])[self.begins]
        return found

    @cached_property
    def _last(self) -> dict[str, tuple[int, Sequence[str]]]:
        return {}

    def _texts(self, first: int, last: int) -> list[str]:
        places = self.places[self.begins[first] : self.begins[last]].astype(np.int64)
        postings = self.segment.postings
        flat, bounds = postings.gathered(places)
        flat = flat - np.uint64(self.segment.first << DOC_SHIFT)
        names = postings.terms_at(places)
        if self.masks:
            encoded = encode_masks(flat, bounds, MASK_DIGITS, IMPACT_BITS)
            entries = [f"{name}\t{text}" for name, text in zip(names, encoded, strict=True)]
        else:
            idf = self._idf(np.diff(bounds)).tolist()
            coded = zip(names, idf, encode_postings(flat, bounds, 0), strict=True)
            entries = [f"{name}\t{weight}\t{text}" for name, weight, text in coded]
        files = (self.begins[first : last + 1] - self.begins[first]).tolist()
        return ["\t".join(entries[a:b]) for a, b in pairwise(files)]


def groups_of(segment: Segment, sections: bool) -> dict[str, Group]:
    """Single characters (few, long lists) apart from all other terms; and, for `sections`, the fields of each word."""
    postings = segment.postings
    single, concept = kinds(postings)
    hashes = spread_all(postings)
    groups = {"u": (single, False), "b": (~single, False)}
    if sections:
        groups["at"] = (~concept, True)
    found = {}
    for name, (chosen, masks) in groups.items():
        places = np.flatnonzero(chosen)
        count = file_count(len(places), int(postings.sizes[places].sum()))
        files = hashes[places] % np.uint32(count)
        files = files.astype(np.uint16) if count <= 0xFFFF else files  # which are sorted in no time
        order = np.argsort(files, kind="stable")
        begins = np.searchsorted(files[order], np.arange(count + 1, dtype=np.uint32))
        found[name] = Group(segment, places[order].astype(np.int32), begins, masks)
    return found
