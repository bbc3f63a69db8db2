"""Quality over the wide judged set: floors that a change must not fall through, and the plain yardstick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest
import yaml

from benchmarks import bm25f
from build_tools.search.query import analyse
from build_tools.search.text import tokens
from tests.search_support import ROOT, quality, ranked_ids, real_index, score

JUDGED: Mapping[str, Any] = yaml.safe_load(
    (ROOT / "tests/search_judged_full.yaml").read_text(encoding="utf-8")
)
GROUPS = ("words", "question", "facts")
FACTS_LENGTH = range(120, 351)
CLEARLY = 0.03  # NDCG@10, mean over all queries; measured: 0.044, twice its standard error is 0.028

# A little under what was measured when they were set; raise them when the ranking gets better. Measured anew when
# the library had grown from 251 to 320 cases: the judged cases compete as before, but words weigh otherwise.
FLOORS = {
    "words": {"recall@5": 0.86, "mrr@10": 0.93, "ndcg@10": 0.88},
    "question": {"recall@5": 0.55, "mrr@10": 0.64, "ndcg@10": 0.61},
    "facts": {"recall@5": 0.50, "mrr@10": 0.78, "ndcg@10": 0.67},
    "": {"recall@5": 0.64, "mrr@10": 0.79, "ndcg@10": 0.72},
}


def of_group(group: str) -> dict[str, Any]:
    chosen = [q for q in JUDGED["queries"] if group in ("", q["group"])]
    return {"pool": JUDGED["pool"], "queries": chosen}


@cache
def gains() -> tuple[float, ...]:
    """NDCG@10 of the production ranking minus that of plain unigram+bigram BM25F, a query each."""
    index = real_index()
    yardstick = bm25f.build([d for d in index.documents if d.type == "case"], tokens)
    first, last = JUDGED["pool"]

    def ndcg(judged: Mapping[str, Any], found: Sequence[str]) -> float:
        return score([i for i in found if first <= i <= last], judged["relevant"])[2]

    ours = [
        ranked_ids(index, analyse(q["text"], index, facts=q.get("facts", False))) for q in JUDGED["queries"]
    ]
    plain = [yardstick.rank(q["text"]) for q in JUDGED["queries"]]
    return tuple(ndcg(q, a) - ndcg(q, b) for q, a, b in zip(JUDGED["queries"], ours, plain, strict=True))


def test_the_set_is_what_it_says() -> None:
    cases = {d.id for d in real_index().documents if d.type == "case"}
    first, last = JUDGED["pool"]
    for query in JUDGED["queries"]:
        assert query["relevant"].keys() <= cases and 2 in query["relevant"].values(), query["text"]
        assert all(first <= i <= last for i in query["relevant"])
        assert set(query["relevant"].values()) <= {1, 2}
        assert (query["group"] == "facts") is bool(query.get("facts"))
        assert query["group"] != "facts" or len(query["text"]) in FACTS_LENGTH, query["text"]
    assert all(len(of_group(group)["queries"]) >= 22 for group in GROUPS)
    assert len({q["text"] for q in JUDGED["queries"]}) == len(JUDGED["queries"])


@pytest.mark.parametrize("group", FLOORS, ids=[group or "all" for group in FLOORS])
def test_quality_does_not_fall(group: str) -> None:
    found = quality(real_index(), of_group(group))
    assert all(found[name] >= floor for name, floor in FLOORS[group].items()), found


def test_ranking_is_clearly_above_plain_bm25f() -> None:
    assert sum(gains()) / len(gains()) >= CLEARLY
