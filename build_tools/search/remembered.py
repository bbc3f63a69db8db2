"""The segment of cases from one build to the next: written as a whole now and then, and amended in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from build_tools.memory import Memory, Stage
from build_tools.search import neighbours
from build_tools.search.documents import Document
from build_tools.search.neighbours_mended import mended_lists
from build_tools.search.postings import Flat, Postings, empty, united
from build_tools.search.segment import Segment
from build_tools.search.shelf import length_sums
from build_tools.search.stored import Amended, Change, Raw, Spilled, Stored, stored
from build_tools.search.weighing import Lengths, in_parts, inverted, lengths_of, means

if TYPE_CHECKING:
    from build_tools.search.postings import Places

# So many edited cases, and one in so many, but not more than so many, are carried along before all is written anew.
_FEW, _ONE_IN, _MOST = 8, 100, 100
_MENDABLE = 4  # when more than one document in so many is new, all are inverted anew
_KEY = 24  # characters

Fields = tuple[tuple[str, int], ...]


def remembered_segment(kind: str, members: Sequence[Document], memory: Memory) -> Segment:
    """The segment of documents of which only the briefs are known, numbered from 0 on."""
    desk = _Desk(kind, members, memory)
    live: Stage[tuple[tuple[str, ...], Segment]] = memory.stage("search segment")
    before = live.peek(desk.place)
    if not before or before[0] != desk.keys:
        before = (desk.keys, desk.segment())
    live.put(desk.place, before)
    desk.keep()
    return before[1]


class _Desk:
    """The cases of one round, and what is remembered of those before."""

    def __init__(self, kind: str, members: Sequence[Document], memory: Memory) -> None:
        source = members[0].source
        assert source
        self.kind, self.members, self.source = kind, members, source
        self.place = f"{source.way} {kind}"
        self.state: Stage[tuple[Any, ...]] = memory.stage("search state", kept=True)
        self.rows: Stage[bytes] = memory.stage("search rows", kept=True, held=False)
        self.bases: Stage[tuple[Raw, Stored]] = memory.stage("search terms")
        self.keys = tuple(document.key for document in members)
        names = (document.brief.names.split("\t") for document in members if document.brief)
        self.lengths: Lengths = lengths_of(means(length_sums(members), names), kind)
        self.fields: Fields = tuple(self.lengths.items())

    def segment(self) -> Segment:
        """The segment, from as little as possible."""
        _, known, keys, _ = self._state()
        change = self._change(keys) if known == self.fields else None
        if change:
            postings = self._amended(change)
        else:
            parts = in_parts(self.members, range(len(self.members)), self.lengths)
            postings = self._written(Spilled(parts))
        few = change is not None and not change.renumbered
        fields = tuple(self.lengths)
        return Segment(self.kind, 0, len(self.members), fields, postings, likeness=self._lists, few=few)

    def keep(self) -> None:
        """Say that what was written is still needed."""
        letter, _, _, raw = self._state()
        rows = np.frombuffer(raw[-1], dtype=np.int32)
        self.rows.used.update(self._row(letter, row) for row in range(int(rows.max(initial=-1)) + 1))
        self.state.peek(self._near)

    def _state(self) -> tuple[str, Fields, str, Raw]:
        """What was last written: its letter, for which fields and cases (their keys), and of which terms."""
        return self.state.peek(self.place) or ("b", (), "", ("", b"", b"", b"", b""))

    @property
    def _near(self) -> str:
        return f"{self.place} near"

    def _row(self, letter: str, row: int) -> str:
        return f"{self.place} {letter}{row}"

    def _base(self) -> Stored:
        letter, _, _, raw = self._state()
        held = self.bases.peek(self.place)
        if held is None or held[0] is not raw:
            held = (raw, Stored(raw, lambda row: self.rows.peek(self._row(letter, row))))
        self.bases.put(self.place, held)
        return held[1]

    def _amended(self, change: Change) -> Amended:
        """What was last written with what has changed since."""
        amended = Amended(self._base(), change, self._inverted, len(self.members))
        most = max(_FEW, min(_MOST, len(self.members) // _ONE_IN))
        if change.renumbered or len(change.edited) > most or len(self.members) != len(change.numbers):
            return self._written(amended)
        return amended

    def _written(self, source: Postings) -> Amended:
        """Write all lists; those that were written before stay until the round after."""
        letter = "b" if self._state()[0] == "a" else "a"
        raw = stored(source, lambda row, lists: self.rows.put(self._row(letter, row), lists))
        self.state.put(self.place, (letter, self.fields, "".join(self.keys), raw))
        numbers = np.arange(len(self.members))
        return Amended(self._base(), Change(numbers, [], empty(), empty()), self._inverted, len(self.members))

    def _inverted(self, numbers: Sequence[int]) -> Flat:
        return inverted([self.members[number] for number in numbers], numbers, self.lengths)

    def _change(self, joined: str) -> Change | None:
        """What changed since the cases had these keys; None where it is too much, or not known any more."""
        keys = [joined[at : at + _KEY] for at in range(0, len(joined), _KEY)]
        place = {key: number for number, key in enumerate(keys)}
        numbers, fresh, last = np.full(len(keys), -1, dtype=np.int64), [], -1
        for number, key in enumerate(self.keys):
            held = place.get(key, -1)
            if held < 0:
                fresh.append(number)
            elif held < last:
                return None  # what was there has another order now
            else:
                numbers[held], last = number, held
        lost = np.flatnonzero(numbers < 0).tolist()
        if max(len(fresh), len(lost)) * _MENDABLE > len(self.members):
            return None
        gone = [self.source.read(keys[number]) for number in lost]
        known = [document for document in gone if document]
        if len(known) < len(gone) or not {f.name for d in known for f in d.fields} <= self.lengths.keys():
            return None
        return Change(numbers, fresh, inverted(known, lost, self.lengths), self._inverted(fresh))

    def _lists(self, vectors: neighbours.Vectors) -> neighbours.Lists:
        """The documents most like each, out of those of the round before."""
        fields, keys, *raw = self.state.peek(self._near) or ((), "")
        change = (
            self._change(keys) if fields == self.fields and len(keys) == _KEY * len(self.members) else None
        )
        lists = None
        if change and not change.renumbered:
            before = _lists_of(raw)
            if not change.edited:
                return before
            sizes = _sizes_before(vectors.postings, change)
            lists = mended_lists(before, vectors, np.array(change.edited), sizes)
        lists = lists or neighbours.nearest(vectors)
        found = (lists.numbers.tobytes(), lists.scores.tobytes(), lists.squares.tobytes())
        self.state.put(self._near, (self.fields, "".join(self.keys), *found))
        return lists


def _lists_of(raw: Sequence[bytes]) -> neighbours.Lists:
    numbers, scores = (
        np.frombuffer(part, dtype=np.int32).reshape(-1, neighbours.NEIGHBOURS) for part in raw[:2]
    )
    return neighbours.Lists(numbers, scores, np.frombuffer(raw[2], dtype=np.float64))


def _sizes_before(now: Postings, change: Change) -> Places:
    """How many documents held each term before a change."""
    _, codes, (ours, gone, fresh) = united([now, change.gone, change.fresh])
    sizes = np.zeros(len(codes), dtype=np.int64)
    sizes[ours] = now.sizes
    sizes[gone] += change.gone.sizes
    sizes[fresh] -= change.fresh.sizes
    found: Places = sizes[ours]
    return found
