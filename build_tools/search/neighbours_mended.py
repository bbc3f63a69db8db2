"""Brings the lists of neighbours up to date when few documents changed; what a neighbour is stands in `neighbours.py`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from build_tools.search.neighbours import NEIGHBOURS, Lists, Vectors, put_best, units
from build_tools.search.postings import DOC_SHIFT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from build_tools.search.postings import Places

_FEW = 16  # when more than one document in so many changed, all lists are made anew


def mended_lists(lists: Lists, new: Vectors, edited: Places, sizes: Places) -> Lists | None:
    """The lists of `new`, made out of those before some documents were edited; None where too much changed.

    `sizes` are those that the lists of postings had then. A list in which no changed document stood or comes to stand
    is as it was. Another is as it was but for the changed documents, unless its end falls behind what it was: then
    others may come in, and it is made anew.
    """
    changed = _changed(new, edited, sizes)
    if len(changed) * _FEW > new.count:
        return None
    out = Lists(lists.numbers.copy(), lists.scores.copy(), lists.squares.copy())
    forward = _forward(new, changed)
    for number, (own, _) in zip(changed.tolist(), forward, strict=True):
        out.squares[number] = float((own * own).sum())
    alike = np.array([_alike(new, out, n, *row) for n, row in zip(changed.tolist(), forward, strict=True)])
    for number, line in zip(changed.tolist(), alike, strict=True):
        put_best(out, number, line.copy())
    anew = np.array(list(_merged(lists, out, changed, alike)), dtype=np.int64)
    for number, row in zip(anew.tolist(), _forward(new, anew), strict=True):
        put_best(out, number, _alike(new, out, number, *row))
    return out


def _changed(new: Vectors, edited: Places, sizes: Places) -> Places:
    """The documents whose vectors may differ: they were edited, or hold a term of another rarity."""
    other = np.flatnonzero(new.rarity_of(sizes) != new.rarity)
    flat, _ = new.postings.gathered(other)
    holding = (flat >> np.uint64(DOC_SHIFT)).astype(np.int64) - new.first
    return np.unique(np.concatenate((edited, holding)))


def _forward(vectors: Vectors, numbers: Places) -> list[tuple[Places, Places]]:
    """The weights of some documents, and the terms whose they are."""
    if not len(numbers):
        return []
    owners, weights, terms = vectors.own(numbers)
    order = np.argsort(owners, kind="stable")
    bounds = np.searchsorted(owners[order], np.append(numbers, vectors.count))
    parts = [order[a:b] for a, b in pairwise(bounds)]
    return [(weights[part], terms[part]) for part in parts]


def _alike(vectors: Vectors, lists: Lists, number: int, own: Places, terms: Places) -> NDArray[np.int32]:
    """The likeness of one document to all."""
    mine = units(own, np.full(len(own), lists.squares[number])).astype(np.float64)
    numbers, weights, starts = vectors.held(terms)
    theirs = units(weights, lists.squares[numbers])
    sums = np.bincount(numbers, weights=theirs * np.repeat(mine, np.diff(starts)), minlength=vectors.count)
    line: NDArray[np.int32] = sums.astype(np.int32)
    line[number] = 0
    return line


def _merged(old: Lists, out: Lists, changed: Places, alike: NDArray[np.int32]) -> Iterator[int]:
    """Put the changed documents into the lists of the others; gives those that must be made anew."""
    is_changed = np.zeros(len(old.squares), dtype=np.bool_)
    is_changed[changed] = True
    reached = (is_changed[old.numbers] & (old.scores > 0)).any(axis=1)
    if len(changed):
        reached |= (alike >= np.maximum(old.scores[:, -1], 1)).any(axis=0)
    reached &= ~is_changed
    for number in np.flatnonzero(reached).tolist():
        held = zip(old.numbers[number].tolist(), old.scores[number].tolist(), strict=True)
        pairs = [(-score, n) for n, score in held if score and not is_changed[n]]
        pairs += [(-int(s), n) for s, n in zip(alike[:, number].tolist(), changed.tolist(), strict=True) if s]
        pairs = sorted(pairs)[:NEIGHBOURS]
        last = (-int(old.scores[number, -1]), int(old.numbers[number, -1]))
        full = last[0] < 0
        if full and (len(pairs) < NEIGHBOURS or pairs[-1] > last):
            yield number
            continue
        out.numbers[number], out.scores[number] = 0, 0
        out.numbers[number, : len(pairs)] = [n for _, n in pairs]
        out.scores[number, : len(pairs)] = [-score for score, _ in pairs]
