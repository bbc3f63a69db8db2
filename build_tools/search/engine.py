"""Answers queries over the index with Whoosh: reader, weighting, filters, results. Prints nothing.

Whoosh supplies query classes, matchers, filtering, collecting and sorting; the postings and their weights
are ours, read through its `IndexReader` interface, so that the command line and the browser rank alike.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from build_tools.search.documents import TYPES, Document
from build_tools.search.index import CONCEPT, Index, Segment
from build_tools.search.neighbours import smooth
from build_tools.search.query import SETTINGS, Query, analyse, applicable, bonus_of
from build_tools.search.snippets import Snippet, snippet

with warnings.catch_warnings():
    # Whoosh 2.7.4 spells some regular expressions in a way newer Pythons complain about.
    warnings.simplefilter("ignore")
    from whoosh import fields, matching, query, reading, scoring, searching

# Whoosh's default union costs seconds above 5,000 documents.
query.Or.matcher_type = query.Or.ARRAY_MATCHER

Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: the document, its score (comparable within one query and type only) and why it was found."""

    document: Document
    score: int
    concepts: tuple[str, ...]  # terms of the query that say what a matter is and are coded on the document
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Results:
    """Hits of one type, how many there are in all, and the query as it was understood."""

    query: Query
    type: str
    total: int
    hits: tuple[Hit, ...]


class _Reader(reading.IndexReader):  # type: ignore[misc]
    """Shows our postings to Whoosh: a field a type of document, and `facet:<name>` for each facet."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._facets = _facet_postings(index)
        names = [*index.segments, *{name for name, _ in self._facets}]
        self.schema = fields.Schema(**{name: fields.ID() for name in names})

    def _docs(self, field: str, text: bytes) -> list[int]:
        segment = self.index.segments.get(field)
        word = text.decode()
        return segment.docs(word) if segment else self._facets.get((field, word), [])

    def __contains__(self, term: tuple[str, str | bytes]) -> bool:
        field, text = term
        return bool(self._docs(field, text if isinstance(text, bytes) else text.encode()))

    def indexed_field_names(self) -> list[str]:
        return list(self.schema.names())

    def all_terms(self) -> Iterator[tuple[str, bytes]]:
        for name, segment in sorted(self.index.segments.items()):
            yield from ((name, term.encode()) for term in sorted(segment.postings))
        yield from ((name, value.encode()) for name, value in sorted(self._facets))

    def postings(self, fieldname: str, text: bytes, scorer: Any = None) -> Any:
        segment = self.index.segments.get(fieldname)
        weights = segment.impacts(text.decode()) if segment else None
        return matching.ListMatcher(
            self._docs(fieldname, text), weights, scorer=scorer, term=(fieldname, text)
        )

    def term_info(self, fieldname: str, text: bytes) -> Any:
        docs = self._docs(fieldname, text)
        if not docs:
            raise reading.TermNotFound((fieldname, text))
        return reading.TermInfo(len(docs), len(docs), 1, 1, 1, docs[0], docs[-1])

    def doc_frequency(self, fieldname: str, text: str | bytes) -> int:
        return len(self._docs(fieldname, text if isinstance(text, bytes) else text.encode()))

    frequency = doc_frequency

    def doc_count_all(self) -> int:
        return len(self.index.documents)

    doc_count = doc_count_all

    def has_deletions(self) -> bool:
        return False

    def is_deleted(self, docnum: int) -> bool:
        return False

    def stored_fields(self, docnum: int) -> dict[str, str]:
        return {"id": self.index.documents[docnum].id}

    def has_vector(self, docnum: int, fieldname: str) -> bool:
        return False

    def vector(self, docnum: int, fieldname: str, format_: Any = None) -> Any:
        raise KeyError(fieldname)

    def field_length(self, fieldname: str) -> int:
        return self.doc_count_all()

    def min_field_length(self, fieldname: str) -> int:
        return 1

    def max_field_length(self, fieldname: str) -> int:
        return 1

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return 1


def _facet_postings(index: Index) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for number, document in enumerate(index.documents):
        for name, values in document.facets.items():
            for value in values:
                found.setdefault((f"facet:{name}", value), []).append(number)
    return found


class _Impacts(scoring.WeightingModel):  # type: ignore[misc]
    """Weight of a posting = idf of the term · (impact + bonus, for words), all whole numbers."""

    def __init__(self, segments: Mapping[str, Segment], bonus: int) -> None:
        self.segments, self.bonus = segments, bonus

    def scorer(self, searcher: Any, fieldname: str, text: bytes, qf: int = 1) -> Any:
        segment, word = self.segments.get(fieldname), text.decode()
        return _ImpactScorer(
            segment.idf(word) if segment else 0, 0 if word.startswith(CONCEPT) else self.bonus
        )


class _ImpactScorer(scoring.BaseScorer):  # type: ignore[misc]
    def __init__(self, idf: int, bonus: int) -> None:
        self.idf, self.bonus = idf, bonus

    def score(self, matcher: Any) -> float:
        return float(self.idf * (matcher.weight() + self.bonus))


@lru_cache(maxsize=8)
def _searcher(holder: _Same, bonus: int) -> Any:
    return searching.Searcher(_Reader(holder.index), weighting=_Impacts(holder.index.segments, bonus))


@dataclass(frozen=True, eq=False)
class _Same:
    """Makes an index a cache key by identity."""

    index: Index

    def __hash__(self) -> int:
        return id(self.index)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.index is self.index


def search(
    index: Index,
    text: str,
    *,
    type: str = "case",
    facts: bool = False,
    filters: Filters | None = None,
    adverse: bool | None = None,
    limit: int | None = 20,
) -> Results:
    """Rank the documents of one type (a key of `TYPES`) for words or pasted facts.

    `filters`: facet name → accepted values; values of one facet are alternatives, facets all have to hold.
    `adverse` True keeps only cases of kinds marked adverse (held accountable, or corrected later), False only
    the others. An empty query with filters lists what passes them, in document order. Raises KeyError for a type that
    does not exist; an unknown facet or value just finds nothing.
    """
    TYPES[type]
    asked = analyse(text, index, facts=facts)
    ranked = rank(index, asked, type, filters or {})
    if adverse is not None:
        ranked = [pair for pair in ranked if is_adverse(index, index.documents[pair[0]]) is adverse]
    hits = tuple(_hit(index, asked, type, number, score) for number, score in ranked[:limit])
    return Results(asked, type, len(ranked), hits)


def is_adverse(index: Index, document: Document) -> bool:
    """Whether a case warns rather than encourages, by the `x-adverse` of its kind (both sides count as a warning)."""
    warning = {kind.value for kind in index.kinds if kind.fact("adverse") not in ("", "no")}
    return not warning.isdisjoint(document.facets.get("kind", ()))


def rank(index: Index, asked: Query, type: str, filters: Filters) -> list[tuple[int, int]]:
    """(document number, score) of the matches worth showing, best first; equal scores in document order.

    What counts as worth showing is measured against the best match before filtering, so that a filter only
    ever takes results away.
    """
    segment = index.segments.get(type)
    if segment is None:
        return []
    searcher = _searcher(_Same(index), bonus_of(asked, segment))
    passed = _passed(searcher, filters) if filters else None
    if not asked.text.strip():
        last = segment.first + segment.count
        return [(number, 0) for number in sorted(passed or ()) if segment.first <= number < last]
    terms = [
        query.Term(type, term, boost=float(weight)) for term, weight in applicable(asked, segment).items()
    ]
    if not terms:
        return []
    found = [(number, int(score)) for score, number in searcher.search(query.Or(terms), limit=None).top_n]
    best = found[0][1]
    kept = [pair for pair in found if pair[1] * 100 >= best * SETTINGS["keep_percent"]]
    manner = "facts" if asked.facts else "words"
    kept = smooth(kept, dict(found), segment.near, SETTINGS[f"own_{manner}"], SETTINGS[f"near_{manner}"])
    return [pair for pair in kept if passed is None or pair[0] in passed]


def _passed(searcher: Any, filters: Filters) -> set[int]:
    """Numbers of the documents that pass: any value of each facet, and every facet."""
    parts = [
        query.Or([query.Term(f"facet:{name}", value) for value in values]) for name, values in filters.items()
    ]
    return set(searcher.docs_for_query(query.And(parts)))


def similar(index: Index, case_id: str, limit: int = 6) -> tuple[Hit, ...]:
    """Cases most like a case, by its own words and coded terms; raises KeyError for an unknown id."""
    number = index.number[case_id]
    document = index.documents[number]
    words = "\n".join(part.text for part in document.fields if part.name != "id")
    asked = analyse(words, index, facts=True)
    concepts = tuple(document.concepts)
    terms = {**asked.terms, **{CONCEPT + c: max(1, round(2 * w)) for c, w in document.concepts.items()}}
    asked = Query(words, asked.folded, True, terms, concepts, ())
    ranked = [pair for pair in rank(index, asked, document.type, {}) if pair[0] != number]
    return tuple(_hit(index, asked, document.type, other, score) for other, score in ranked[:limit])


def _hit(index: Index, asked: Query, type: str, number: int, score: int) -> Hit:
    document = index.documents[number]
    named = dict.fromkeys((*asked.concepts, *asked.bridged))
    shared = tuple(c for c in named if c in document.concepts and c in index.matter)
    return Hit(document, score, shared, snippet(document, asked, index.segments[type]))
