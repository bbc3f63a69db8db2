"""`python -m benchmarks.retrieval`: the product's analysis and ranking over any collection of texts, as a run file.

The corpus holds one {"id", "title", "text"} a line, the queries one {"id", "text"}; `.gz` is unpacked. Written is
`query id TAB document id TAB score`, best first. Three engines rank, and they rank alike: `whoosh` is the command
line's, `browser` the site's own script in Chromium over the written shards, `batch` sums the same postings with NumPy.
Queries of more than 120 characters are treated as pasted facts, as everywhere in the product.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from build_tools.search import Document, Field, Index, write_shards
from build_tools.search.concepts import Lexicon
from build_tools.search.engine import rank
from build_tools.search.index import CONCEPT, build_segment
from build_tools.search.neighbours import Neighbours
from build_tools.search.query import SETTINGS, analyse, applicable, bonus_of

ASSETS = Path(__file__).resolve().parents[1] / "build_tools/site/assets"
TYPE = "case"
# On the scale of the schema's weights, on which the saturation k1 is set: running text counts like a case's summary.
WEIGHTS = {"title": 1.0, "text": 3.0}
PAGE = '<!doctype html><html data-root=""><meta charset="utf-8"><title>-</title><script src="assets/search/search-core.js"></script></html>'
ASK = (
    "async ([texts, limit]) => { const out = []; for (const text of texts) "
    "out.push((await RongcuoSearch.search(text)).ranked.slice(0, limit)); return out; }"
)
AT_ONCE = 20  # queries handed to the browser in one call

Ranking = list[tuple[int, int]]


def read(path: Path) -> Iterator[Mapping[str, Any]]:
    """Lines of JSON; raises OSError or ValueError for what cannot be read."""
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def index_of(corpus: Iterable[Mapping[str, Any]]) -> Index:
    """An index of one type of document, with neither vocabulary nor facets."""
    documents = tuple(_document(row) for row in corpus)
    segments = {TYPE: build_segment(TYPE, 0, documents)} if documents else {}
    titles = {name: name for name in WEIGHTS}
    return Index(documents, segments, Lexicon({}, {}), frozenset(), (), (), (), titles)


def _document(row: Mapping[str, Any]) -> Document:
    texts = {name: str(row.get(name) or "") for name in WEIGHTS}
    fields = tuple(Field(name, name, WEIGHTS[name], text) for name, text in texts.items() if text)
    return Document(str(row["id"]), TYPE, texts["title"], "", fields)


def by_whoosh(index: Index, texts: Iterable[str], limit: int) -> Iterator[Ranking]:
    """The command line's engine."""
    for text in texts:
        yield rank(index, analyse(text, index), TYPE, {})[:limit]


def by_batch(index: Index, texts: Iterable[str], limit: int) -> Iterator[Ranking]:
    """Sums over the postings as NumPy arrays; a term's arrays are made once."""
    segment = index.segments.get(TYPE)
    held: dict[str, tuple[Any, Any]] = {}
    for text in texts:
        if segment is None:
            yield []
            continue
        asked = analyse(text, index)
        sums = np.zeros(segment.count, dtype=np.int64)
        for term, weight in applicable(asked, segment).items():
            if term not in held:
                held[term] = np.array(segment.docs(term)) - segment.first, np.array(segment.impacts(term))
            numbers, impacts = held[term]
            sums[numbers] += (
                weight
                * segment.idf(term)
                * (impacts + (0 if term.startswith(CONCEPT) else bonus_of(asked, segment)))
            )
        order = np.argsort(-sums, kind="stable")
        kept = order[(sums[order] > 0) & (sums[order] * 100 >= sums[order[0]] * SETTINGS["keep_percent"])]
        scores = _smoothed(sums, kept, segment.near, "facts" if asked.facts else "words")
        kept = kept[np.lexsort((kept, -scores[kept]))][:limit]
        yield [(int(n) + segment.first, int(scores[n])) for n in kept]


def _smoothed(sums: Any, kept: Any, near: Mapping[int, Neighbours], manner: str) -> Any:
    out = SETTINGS[f"own_{manner}"] * sums
    for number in kept[: SETTINGS[f"near_{manner}"]]:
        out[number] += sum(share * int(sums[other]) for other, share in near.get(int(number), ()))
    return out


def by_browser(index: Index, texts: Iterable[str], limit: int) -> Iterator[Ranking]:
    """The site's script in Chromium, from files."""
    from playwright.sync_api import sync_playwright

    asked = list(texts)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        shutil.copytree(ASSETS / "search", root / "assets/search")
        write_shards(index, root / "search")
        (root / "page.html").write_text(PAGE, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto((root / "page.html").as_uri())
        for start in range(0, len(asked), AT_ONCE):
            for ranked in page.evaluate(ASK, [asked[start : start + AT_ONCE], limit]):
                yield [(int(number), int(score)) for number, score in ranked]
        browser.close()


ENGINES: Mapping[str, Callable[[Index, Iterable[str], int], Iterator[Ranking]]] = {
    "batch": by_batch,
    "whoosh": by_whoosh,
    "browser": by_browser,
}


def main(arguments: list[str] | None = None) -> None:
    """Read, index, rank, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--engine", choices=list(ENGINES), default="batch")
    parser.add_argument("--limit", type=int, default=100, help="documents a query")
    parser.add_argument("--field", default="text", help="the key of a query that holds its words")
    asked = parser.parse_args(arguments)
    index = index_of(read(asked.corpus))
    queries = list(read(asked.queries))
    texts = [str(query.get(asked.field) or "") for query in queries]
    with asked.out.open("w", encoding="utf-8", newline="\n") as out:
        for query, ranked in zip(queries, ENGINES[asked.engine](index, texts, asked.limit), strict=True):
            out.writelines(
                f"{query['id']}\t{index.documents[number].id}\t{score}\n" for number, score in ranked
            )


if __name__ == "__main__":
    main()
