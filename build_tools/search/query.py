"""What a query asks for: weighted index terms from words or from pasted facts; mirrored in `search-core.js`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from build_tools.search.concepts import Lexicon
from build_tools.search.index import CONCEPT, Segment
from build_tools.search.text import folded_tokens, normalize

# The browser receives these numbers and patterns in the manifest: they are written down only here.
# Tuned on tests/search_judgements.yaml; see benchmarks for the collections they were checked on.
SETTINGS: Mapping[str, int] = {
    "facts_from": 120,  # characters; a longer query is treated as pasted facts
    "max_facts": 2000,  # characters that are read of pasted facts
    "max_words": 400,  # characters that are read of a query in words
    "max_repeats": 8,  # a token counts at most so often
    "word": 4,  # weight of a token of the text
    "concept": 8,  # weight of a vocabulary term named in a query in words
    "concept_facts": 4,  # the same in pasted facts
    "coverage": 20,  # added to every impact: rewards documents that hold more of the query (BM25+, Lv & Zhai 2011)
    "coverage_facts": 0,
    "common_from": 1000,  # documents; in a larger library pasted facts pass over terms that stand in …
    "common_share": 5,  # … more than one document in so many
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
    "[某×*○□]+",
    "被告人|公诉机关|经审理查明|本院认为|上述事实|被申请人|申请人|当事人|据了解|经查|另查明|以下简称",
)
_noise = tuple(re.compile(pattern) for pattern in NOISE)


@dataclass(frozen=True, slots=True)
class Query:
    """An analysed query: index terms with their weights, the concepts it names, and how it was read."""

    text: str
    folded: str
    facts: bool
    terms: Mapping[str, int]
    concepts: tuple[str, ...]

    @property
    def coverage(self) -> int:
        return SETTINGS["coverage_facts" if self.facts else "coverage"]


def analyse(text: str, lexicon: Lexicon, *, facts: bool = False) -> Query:
    """Read a query in words, or pasted facts (asked for, or longer than `facts_from` characters)."""
    folded = normalize(text[: SETTINGS["max_facts"] * 2]).strip()
    facts = facts or len(folded) > SETTINGS["facts_from"]
    folded = folded[: SETTINGS["max_facts" if facts else "max_words"]]
    if facts:
        for pattern in _noise:
            folded = pattern.sub(" ", folded)
    counts = Counter(folded_tokens(folded))
    terms = {term: SETTINGS["word"] * min(n, SETTINGS["max_repeats"]) for term, n in counts.items()}
    concepts = lexicon.find(folded)
    weight = SETTINGS["concept_facts" if facts else "concept"]
    terms.update((CONCEPT + concept, weight) for concept in concepts if weight)
    return Query(text, folded, facts, terms, concepts)


def applicable(query: Query, segment: Segment) -> dict[str, int]:
    """The terms of a query that count in a segment: those it holds, in large ones without the commonest."""
    limit = segment.count + 1
    if query.facts and segment.count > SETTINGS["common_from"]:
        limit = segment.count // SETTINGS["common_share"]
    return {term: w for term, w in query.terms.items() if 0 < len(segment.postings.get(term, ())) <= limit}
