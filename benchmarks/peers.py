"""`python -m benchmarks.peers`: our search beside others, over the same cases and the same judged queries.

The others live in an environment of their own, made when it is not there (benchmarks/tools.py). What cannot be run is
named with the reason, never guessed. Prints one Markdown table of mean figures; for speed see `python -m benchmarks`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks import bm25f, peer_sites, tools
from build_tools.search import Document, Index
from build_tools.search.index import CONCEPT
from build_tools.search.query import analyse
from build_tools.search.text import tokens
from tests.search_support import ROOT, ranked_ids, real_index, score

Judged = Mapping[str, Any]
Answers = list[list[str]]
GROUPS = {"words": "关键词", "question": "大白话", "facts": "粘贴案情", "": "全部"}
CUT = (
    "import json, sys, jieba; jieba.setLogLevel(60); "
    "json.dump([jieba.lcut(t.lower()) for t in json.load(sys.stdin)], sys.stdout)"
)


def ours(index: Index, queries: Sequence[Judged], *, concepts: bool = True) -> Answers:
    """Production analysis and ranking, with the vocabulary's terms or on the words alone."""
    found = []
    for judged in queries:
        asked = analyse(judged["text"], index, facts=judged.get("facts", False))
        if not concepts:
            words = {term: weight for term, weight in asked.terms.items() if not term.startswith(CONCEPT)}
            asked = dataclasses.replace(asked, terms=words)
        found.append(ranked_ids(index, asked))
    return found


def plain(documents: Sequence[Document], queries: Sequence[Judged]) -> Answers:
    """BM25F over single characters and bigrams."""
    yardstick = bm25f.build(documents, tokens)
    return [yardstick.rank(judged["text"]) for judged in queries]


def jieba(python: Path, documents: Sequence[Document], queries: Sequence[Judged]) -> Answers:
    """The same BM25F over words cut by jieba."""
    texts = sorted({f.text for d in documents for f in d.fields} | {q["text"] for q in queries})
    done = subprocess.run(
        [str(python), "-W", "ignore", "-c", CUT],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"jieba: {done.stderr.strip()[-300:]}")
    words = {
        text: [w for w in cut if any(map(str.isalnum, w))]
        for text, cut in zip(texts, json.loads(done.stdout), strict=True)
    }
    yardstick = bm25f.build(documents, words.__getitem__)
    return [yardstick.rank(judged["text"]) for judged in queries]


def rankings(judgements: Judged, python: Path, folder: Path) -> dict[str, Answers | str]:
    """Name of each search → ids for each query, or why it did not run."""
    index, queries = real_index(), judgements["queries"]
    first, last = judgements["pool"]
    documents = [d for d in index.documents if d.type == "case" and first <= d.id <= last]
    texts = [judged["text"] for judged in queries]
    runs: dict[str, Callable[[], Answers]] = {
        "本库": lambda: ours(index, queries),
        "本库，不用词表": lambda: ours(index, queries, concepts=False),
        "单字加双字 BM25F": lambda: plain(documents, queries),
        "jieba 分词 BM25F": lambda: jieba(python, documents, queries),
        "Material 自带检索": lambda: peer_sites.material(python, folder / "material", documents, texts),
        "Pagefind": lambda: peer_sites.pagefind(python, folder / "pagefind", documents, texts),
    }
    found: dict[str, Answers | str] = {}
    for name, run in runs.items():
        try:
            found[name] = run()
        except Exception as error:  # whatever keeps a peer from running belongs in the table
            found[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return found


def figures(judgements: Judged, answers: Answers, group: str) -> tuple[float, float, float, float]:
    """Mean NDCG@10, MRR@10, recall@5 and share of queries without any result; all queries if `group` is empty."""
    first, last = judgements["pool"]
    rows = []
    for judged, found in zip(judgements["queries"], answers, strict=True):
        if group in ("", judged["group"]):
            recall, mrr, ndcg = score([i for i in found if first <= i <= last], judged["relevant"])
            rows.append((ndcg, mrr, recall, 0.0 if found else 1.0))
    ndcg, mrr, recall, empty = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return ndcg, mrr, recall, empty


def table(judgements: Judged, found: Mapping[str, Answers | str]) -> str:
    """Markdown: a block of rows a group of queries."""
    lines = ["| 查询 | 检索 | nDCG@10 | MRR@10 | Recall@5 | 一条也没有 |", "|---|---|---:|---:|---:|---:|"]
    for group, label in GROUPS.items():
        for name, answers in found.items():
            if isinstance(answers, str):
                lines.append(f"| {label} | {name} | 没有运行：{answers} | | | |")
                continue
            ndcg, mrr, recall, empty = figures(judgements, answers, group)
            lines.append(f"| {label} | {name} | {ndcg:.3f} | {mrr:.3f} | {recall:.3f} | {empty:.0%} |")
    return "\n".join(lines)


def main() -> None:
    """Rank with every search, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--judged", type=Path, default=ROOT / "tests/search_judged_full.yaml", help="judged queries"
    )
    options = parser.parse_args()
    judgements = yaml.safe_load(options.judged.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        print(table(judgements, rankings(judgements, tools.install().python, Path(folder))))


if __name__ == "__main__":
    main()
