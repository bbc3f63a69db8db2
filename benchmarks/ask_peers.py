"""Run by the peers' own Python, without this project: `ask_peers.py TOOL DOCUMENTS QUERIES FOLDER` prints figures.

Indexes {"id", "title", "text"} lines, asks every query three times, the first of them unmeasured. All words of a
query are alternatives (asking for all of them finds nothing for a sentence), twenty best with their titles.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

BEST = 20
ROUNDS = 2
Ask = Callable[[str], list[Any]]
Rows = Sequence[dict[str, str]]
_HAN = re.compile(r"[\u4e00-\u9fff]+|[0-9a-z]+")


def grams(text: str) -> list[str]:
    """Single Chinese characters and overlapping pairs, and other words, as our index has them."""
    out: list[str] = []
    for run in _HAN.findall(text.lower()):
        if run[0] < "\u4e00":
            out.append(run)
        else:
            out += [*run, *(run[i : i + 2] for i in range(len(run) - 1))]
    return out


def whoosh(rows: Rows, folder: Path) -> Ask:
    """Whoosh over words cut by jieba."""
    import jieba
    from jieba.analyse import ChineseAnalyzer
    from whoosh import fields, index, qparser, query

    jieba.setLogLevel(logging.ERROR)
    jieba.initialize()
    # Not the default, which takes seconds for a long query above five thousand documents.
    query.Or.matcher_type = query.Or.ARRAY_MATCHER
    analyzer = ChineseAnalyzer()
    schema = fields.Schema(
        id=fields.ID(stored=True), title=fields.TEXT(analyzer, stored=True), text=fields.TEXT(analyzer)
    )
    made = index.create_in(folder, schema)
    writer = made.writer(limitmb=256)
    for row in rows:
        writer.add_document(**row)
    writer.commit()
    searcher = made.searcher()
    parser = qparser.MultifieldParser(["title", "text"], schema, group=qparser.OrGroup)
    parser.remove_plugin_class(qparser.WildcardPlugin)
    return lambda text: [hit["title"] for hit in searcher.search(parser.parse(text), limit=BEST)]


def fts5(rows: Rows, folder: Path) -> Ask:
    """SQLite's full-text index over characters and pairs."""
    store = sqlite3.connect(folder / "fts5.sqlite3")
    store.execute("create virtual table cases using fts5(title, text, name unindexed, tokenize='unicode61')")
    cut = ((" ".join(grams(r["title"])), " ".join(grams(r["text"])), r["title"]) for r in rows)
    store.executemany("insert into cases values (?, ?, ?)", cut)
    store.execute("insert into cases(cases) values ('optimize')")
    store.commit()
    asked = "select name from cases where cases match ? order by bm25(cases, 3.0, 1.0) limit ?"

    def ask(text: str) -> list[Any]:
        words = " OR ".join(f'"{word}"' for word in dict.fromkeys(grams(text)))
        return store.execute(asked, (words, BEST)).fetchall()

    return ask


def tantivy(rows: Rows, folder: Path) -> Ask:
    """Tantivy over characters and pairs, one thread."""
    import tantivy as engine

    builder = engine.SchemaBuilder()
    builder.add_text_field("name", stored=True, tokenizer_name="raw")
    for field in ("title", "text"):
        builder.add_text_field(field, stored=False, tokenizer_name="whitespace")
    schema = builder.build()
    made = engine.Index(schema, path=str(folder))
    writer = made.writer(heap_size=128_000_000, num_threads=1)
    for row in rows:
        cut = {field: " ".join(grams(row[field])) for field in ("title", "text")}
        writer.add_document(engine.Document(name=row["title"], **cut))
    writer.commit()
    writer.wait_merging_threads()
    made.reload()
    searcher = made.searcher()

    def ask(text: str) -> list[Any]:
        words = dict.fromkeys(grams(text))
        parts = [
            (engine.Occur.Should, engine.Query.term_query(schema, field, word, index_option="freq"))
            for field in ("title", "text")
            for word in words
        ]
        found = searcher.search(engine.Query.boolean_query(parts), BEST)
        return [searcher.doc(place)["name"] for _, place in found.hits]

    return ask


def timed(ask: Callable[[str], object], texts: Sequence[str]) -> Iterator[float]:
    """Milliseconds of each query, warm."""
    if not any([ask(text) for text in texts]):
        sys.exit("nothing found at all: the figures would mean nothing")
    for _ in range(ROUNDS):
        for text in texts:
            started = time.perf_counter()
            ask(text)
            yield 1000 * (time.perf_counter() - started)


def main() -> None:
    """Index, ask, print."""
    tool, documents, asked, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
    rows = [json.loads(line) for line in documents.read_text(encoding="utf-8").splitlines()]
    queries = json.loads(asked.read_text(encoding="utf-8"))
    started = time.process_time()
    ask = {"whoosh": whoosh, "fts5": fts5, "tantivy": tantivy}[tool](rows, folder)
    index = time.process_time() - started
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    times = {group: list(timed(ask, texts)) for group, texts in queries.items()}
    print(json.dumps({"index": index, "size": size, "ms": times}))


if __name__ == "__main__":
    main()
