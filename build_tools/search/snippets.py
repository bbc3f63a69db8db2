"""Chooses the passage to show under a result and what to mark in it; knows no index layout.

Whoosh's highlighter is not used: it marks whole tokens by their positions, and with overlapping pairs and
single characters it would mark nearly every character of a Chinese sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from build_tools.search.documents import Document
from build_tools.search.index import Segment
from build_tools.search.query import SETTINGS, Query
from build_tools.search.shown import lines
from build_tools.search.text import normalize

WIDTH = 90  # characters of a snippet
_LEAD = 15  # characters shown before the first mark, where there are that many
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage, the spans to mark in it (start, end), and the title with its spans."""

    text: str
    marks: tuple[Span, ...]
    title_marks: tuple[Span, ...]


def snippet(document: Document, asked: Query, segment: Segment) -> Snippet:
    """The passage of the document that holds most of the query, by the idf of what it holds."""
    needles = _needles(asked, segment)
    best, best_weight = document.summary, -1
    for line in (document.summary, *lines(document)):
        passage, weight = _window(line, needles)
        if weight > best_weight:
            best, best_weight = passage, weight
    return Snippet(best, marks(best, needles), marks(document.title, needles))


def _needles(asked: Query, segment: Segment) -> dict[str, int]:
    """Folded forms worth marking → weight: pairs and words; single characters only in one-character queries.

    Of pasted facts only what is rare enough to tell one case from another.
    """
    words = {t: segment.idf(t) for t in asked.terms if not t.startswith("@") and t in segment.postings}
    least = SETTINGS["mark_facts_from"] if asked.facts else 0
    long = {term: weight for term, weight in words.items() if len(term) > 1 and weight >= least}
    return long or words


def _window(line: str, needles: dict[str, int]) -> tuple[str, int]:
    """The stretch of a line, at most `WIDTH` characters, whose distinct needles weigh most."""
    found = _positions(line, needles)
    if len(line) <= WIDTH or not found:
        return line[:WIDTH], sum(needles[n] for n in {n for _, _, n in found})
    best, best_weight = 0, -1
    for start, _, _ in found:
        weight = sum(
            needles[n] for n in {n for s, e, n in found if start <= s and e <= start + WIDTH - _LEAD}
        )
        if weight > best_weight:
            best, best_weight = start, weight
    begin = max(0, min(best - _LEAD, len(line) - WIDTH))
    cut = line[begin : begin + WIDTH]
    return ("…" if begin else "") + cut + ("…" if begin + WIDTH < len(line) else ""), best_weight


def marks(text: str, needles: dict[str, int]) -> tuple[Span, ...]:
    """Spans of `text` covered by needles, merged where they touch or overlap."""
    merged: list[Span] = []
    for start, end, _ in sorted(_positions(text, needles)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _positions(text: str, needles: Sequence[str] | dict[str, int]) -> list[tuple[int, int, str]]:
    """(start, end, needle) of every occurrence, as positions in the text as written."""
    folded, origin = _fold_with_origin(text)
    found = []
    for needle in needles:
        at = folded.find(needle)
        while at >= 0:
            found.append((origin[at], origin[at + len(needle) - 1] + 1, needle))
            at = folded.find(needle, at + 1)
    return sorted(found)


def _fold_with_origin(text: str) -> tuple[str, list[int]]:
    """Folded text and, for each of its characters, where it stood in the text as written."""
    folded: list[str] = []
    origin: list[int] = []
    for i, character in enumerate(text):
        for c in normalize(character):
            folded.append(c)
            origin.append(i)
    return "".join(folded), origin
