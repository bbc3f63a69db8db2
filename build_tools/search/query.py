"""What a query asks for: weighted index terms from words or from pasted facts; mirrored in `search-core.js`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from build_tools.search import neighbours
from build_tools.search.index import CONCEPT, LEVELS, Index, Segment
from build_tools.search.text import folded_tokens, normalize

# The browser receives these numbers and patterns in the manifest: they are written down only here.
# Tuned on tests/search_judgements.yaml.
SETTINGS: dict[str, int] = {
    "facts_from": 120,  # characters; a longer query is treated as pasted facts
    "max_facts": 2000,  # characters that are read of pasted facts
    "max_words": 400,  # characters that are read of a query in words
    "max_repeats": 8,  # a token counts at most so often
    "word": 4,  # weight of a token of the text
    "concept": 4,  # weight of a vocabulary term named in a query in words
    "concept_facts": 2,  # the same in pasted facts
    "bridge": 24,  # weight of a vocabulary term that reads exactly like the query; in proportion below that
    "bridge_terms": 2,  # at most so many terms widen a query …
    "bridge_percent": 75,  # … and only those that score at least this share of the best one
    "levels": LEVELS,  # highest impact
    "cover": 10,  # in a larger library, added to the impact of a query's words: holding more of them counts more
    "near_facts": 100,  # so many of the first results of pasted facts gain from the scores of documents like them,
    "near_words": 50,  # and so many of a query in words
    "own_facts": neighbours.SHARES,  # a result's own score counts as much as its neighbours' mean for pasted facts,
    "own_words": 4 * neighbours.SHARES,  # and four times as much for a query in words
    "keep_percent": 20,  # results below this share of the best score are noise of single characters and left out
    "mark_facts_from": 180,  # idf in hundredths; commoner words of pasted facts are not marked in results
    "common_from": 3000,  # documents; a larger library rewards coverage, and queries pass over terms that stand in …
    "common_share": 2,  # … more than one document in so many,
    "common_share_facts": 4,  # pasted facts over more: they have enough words without
}

# Dates, times, amounts, numbers, plates, masks and boilerplate say nothing about likeness of facts.
# Only syntax that Python and JavaScript read alike; applied to folded text in this order.
NOISE: tuple[str, ...] = (
    "[0-9]{2,4}年(?:[0-9]{1,2}月)?(?:[0-9]{1,2}[日号])?",
    "[0-9]{1,2}月(?:[0-9]{1,2}[日号])?",
    "[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}",
    "[0-9]{1,2}[时点:][0-9]{0,2}分?许?",
    "[0-9][0-9,.]*[余多]?[百千万亿]*(?:元|块钱|人民币)",
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z][·.]?[0-9a-z*×]{5,6}",
    "[0-9][0-9,.]*",
    "[×*○□]+",
    "被告人|公诉机关|经审理查明|本院认为|上述事实|被申请人|申请人|当事人|据了解|经查|另查明|以下简称",
)
_noise = tuple(re.compile(pattern) for pattern in NOISE)


@dataclass(frozen=True, slots=True)
class Query:
    """An analysed query: index terms with their weights and how it was read.

    `concepts` are the vocabulary terms it names, `bridged` those it only resembles (lay wording).
    """

    text: str
    folded: str
    facts: bool
    terms: Mapping[str, int]
    concepts: tuple[str, ...]
    bridged: tuple[str, ...]


def analyse(text: str, index: Index, *, facts: bool = False) -> Query:
    """Read a query in words, or pasted facts (asked for, or longer than `facts_from` characters)."""
    folded = normalize(text[: 2 * SETTINGS["max_facts"]]).strip()
    facts = facts or len(folded) > SETTINGS["facts_from"]
    folded = folded[: SETTINGS["max_facts" if facts else "max_words"]]
    if facts:
        for pattern in _noise:
            folded = pattern.sub(" ", folded)
    counts = Counter(folded_tokens(folded))
    words = {term: SETTINGS["word"] * min(n, SETTINGS["max_repeats"]) for term, n in counts.items()}
    concepts = index.lexicon.find(folded)
    weight = SETTINGS["concept_facts" if facts else "concept"]
    weights = dict.fromkeys(concepts, weight)
    bridged = {} if facts else _bridge(words, index)
    for concept, other in bridged.items():
        weights[concept] = max(other, weights.get(concept, 0))
    terms = {**words, **{CONCEPT + concept: w for concept, w in weights.items()}}
    return Query(text, folded, facts, terms, concepts, tuple(c for c in bridged if c not in concepts))


def _bridge(words: Mapping[str, int], index: Index) -> dict[str, int]:
    """Vocabulary terms whose label, synonyms and definition read most like the query, with their weights.

    Lay wording rarely contains a synonym whole; ranking the vocabulary's own entries first and then asking
    for what is coded with the best of them closes that gap (two-step retrieval over the vocabulary).
    """
    segment = index.segments.get("term")
    if segment is None:
        return {}
    ranked = sorted((-score, n) for n, score in segment.scores(words).items() if n in index.bridge)
    best = -ranked[0][0] if ranked else 0
    # What an entry would score that held every known word of the query as strongly as can be.
    most = LEVELS * sum(
        weight * segment.idf(word) for word, weight in words.items() if word in segment.postings
    )
    return {
        index.documents[n].id: SETTINGS["bridge"] * -score // most
        for score, n in ranked[: SETTINGS["bridge_terms"]]
        if -score * 100 >= best * SETTINGS["bridge_percent"] and SETTINGS["bridge"] * -score >= most
    }


def is_common(segment: Segment, term: str, facts: bool) -> bool:
    """Whether a term stands in so much of a large library that it is passed over.

    It would say next to nothing there, and its posting list would be the longest to load in the browser.
    """
    share = SETTINGS["common_share_facts" if facts else "common_share"]
    return segment.size > SETTINGS["common_from"] and segment.frequency(term) * share > segment.size


def common_from(segment: Segment, facts: bool) -> list[str]:
    """Every term of a segment that `is_common`."""
    if segment.size <= SETTINGS["common_from"]:
        return []
    share = SETTINGS["common_share_facts" if facts else "common_share"]
    return segment.postings.terms_at(np.flatnonzero(segment.postings.sizes * share > segment.size))


def bonus_of(query: Query, segment: Segment) -> int:
    """What is added to the impact of a word: a reward for holding many words of a query, in a large library.

    Measured on 55,000 short texts it helps questions; among a few hundred cases whose fields weigh differently it
    does harm, and pasted facts have no use for it (docs/manual/ranking.md).
    """
    return SETTINGS["cover"] if segment.size > SETTINGS["common_from"] and not query.facts else 0


def applicable(query: Query, segment: Segment) -> dict[str, int]:
    """The terms of a query that count in a segment, with their weights."""
    return {
        term: weight
        for term, weight in query.terms.items()
        if term in segment.postings and not is_common(segment, term, query.facts)
    }
