"""Textbook BM25F over the library's own documents, as a yardstick; shares no code with the production ranking."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from build_tools.search import Document

Tokenize = Callable[[str], list[str]]
K1 = 1.2
B = 0.75


@dataclass(frozen=True)
class Bm25f:
    """Term → {document id: saturated frequency}, for one way of cutting text into tokens."""

    tokenize: Tokenize
    count: int
    postings: dict[str, dict[str, float]] = field(repr=False)

    def rank(self, text: str) -> list[str]:
        """Ids of the documents that hold any token, best first; equal scores in order of id.

        Score = Σ qtf · ln(1 + (N − df + ½)/(df + ½)) · tf~/(k1 + tf~), Robertson, Zaragoza and Taylor 2004.
        """
        scores: dict[str, float] = {}
        for token, times in Counter(self.tokenize(text)).items():
            found = self.postings.get(token, {})
            idf = math.log(1 + (self.count - len(found) + 0.5) / (len(found) + 0.5))
            for name, saturated in found.items():
                scores[name] = scores.get(name, 0.0) + times * idf * saturated
        return sorted(scores, key=lambda name: (-scores[name], name))


def build(documents: Sequence[Document], tokenize: Tokenize) -> Bm25f:
    """Index the fields of the documents with the weights the schema gives them.

    tf~ = Σ_f w_f·tf_f/(1 − b + b·len_f/avg_f), lengths in tokens; weights are scaled to a mean of one, so that the
    usual k1 fits them.
    """
    cut = [(d.id, [(f.name, f.weight, Counter(tokenize(f.text))) for f in d.fields]) for d in documents]
    lengths: dict[str, list[int]] = {}
    weights: list[float] = []
    for _, parts in cut:
        for name, weight, counts in parts:
            lengths.setdefault(name, []).append(counts.total())
            weights.append(weight)
    average = {name: max(1.0, sum(found) / len(found)) for name, found in lengths.items()}
    scale = sum(weights) / max(1, len(weights))
    postings: dict[str, dict[str, float]] = {}
    for document, parts in cut:
        summed: dict[str, float] = {}
        for name, weight, counts in parts:
            unit = weight / scale / (1 - B + B * counts.total() / average[name])
            for token, times in counts.items():
                summed[token] = summed.get(token, 0.0) + unit * times
        for token, frequency in summed.items():
            postings.setdefault(token, {})[document] = frequency / (K1 + frequency)
    return Bm25f(tokenize, len(cut), postings)
