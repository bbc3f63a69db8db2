"""`python -m benchmarks.browser_scale`: searching a large library in Chromium: bytes of a first query, time of a warm one.

Cases are made by drawing each field's sentences from all real cases, so lengths and words are real; sentences
repeat, which makes long posting lists and many near ties, a little worse than life. The budget is design §5:
at 10,000 cases at most 400 KB cold for keywords, 1.5 MB for a pasted description, 50 ms for nineteen of
twenty warm queries.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from build_tools import search
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.search import Document

ROOT = Path(__file__).resolve().parents[1]
SENTENCE = re.compile(r"[^。；！？\n]+[。；！？\n]?")
WORDS = ("停车", "未批先建", "漏接电话被处分", "集体研究过能免责吗", "没等批复就先开工了", "小金库", "加装电梯",
         "低保分给大家了", "公车", "拿集体的钱先垫", "扶贫项目亏了", "举报不实怎么澄清")  # fmt: skip
PLAIN = """<!doctype html><html data-root=""><head><meta charset="utf-8"></head>
<body><script src="assets/search/search-core.js"></script></body></html>"""
ASK = "async ([q, f]) => { const t = performance.now(); await RongcuoSearch.search(q, {facts: f}); return performance.now() - t; }"


def enlarge(cases: Sequence[Document], count: int, seed: int) -> Iterator[Document]:
    """`count` documents made of the cases' own sentences, field by field."""
    dice = random.Random(seed)
    pool = {f.name: [s for d in cases for g in d.fields if g.name == f.name for s in SENTENCE.findall(g.text)]
            for d in cases for f in d.fields}  # fmt: skip
    for number in range(count):
        base = dice.choice(cases)
        fields = tuple(
            replace(f, text="".join(dice.choices(pool[f.name], k=max(1, len(SENTENCE.findall(f.text))))))
            for f in base.fields
        )
        name = f"RC-2026-{number + 1:05d}"
        yield replace(base, id=name, url=f"cases/{name}.html", fields=fields)


def cold_bytes(page: Page, address: str, text: str, facts: bool) -> int:
    """Bytes of all files of the index that a first query reads."""
    read: list[str] = []
    page.on("request", lambda request: read.append(request.url))
    page.goto(address)
    page.evaluate(ASK, [text, facts])
    page.close()
    return sum(
        Path(u.removeprefix("file://")).stat().st_size
        for u in set(read)
        if "/search/" in u and "assets" not in u
    )


def main() -> None:
    """Build, measure, print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    schemas = load_schemas(ROOT / "schema")
    library = for_edition(load_library(ROOT).library, schemas)
    real = search.documents(library, schemas)
    cases = [d for d in real if d.type == "case"]
    many = (*enlarge(cases, options.cases, options.seed), *(d for d in real if d.type != "case"))
    facts = [next(f.text for f in d.fields if f.name == "background")[:300] for d in cases[:12]]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Path(folder)
        search.write_shards(search.build_index(library, schemas, many), site / "search")
        shutil.copytree(ROOT / "build_tools/site/assets/search", site / "assets/search")
        (site / "plain.html").write_text(PLAIN, encoding="utf-8")
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page, address = chromium.new_page(), (site / "plain.html").as_uri()
        print(
            f"{options.cases} cases{'':<14}{'cold KB median':>15}{'cold KB max':>13}{'warm ms median':>16}{'warm ms p95':>13}"
        )
        for name, texts, pasted in (("keywords, questions", WORDS, False), ("pasted facts", facts, True)):
            cold = [cold_bytes(chromium.new_page(), address, text, pasted) / 1024 for text in texts]
            page.goto(address)
            for text in texts:
                page.evaluate(ASK, [text, pasted])
            warm = sorted(page.evaluate(ASK, [text, pasted]) for _ in range(5) for text in texts)
            p95 = warm[int(0.95 * (len(warm) - 1))]
            print(
                f"{name:<25}{statistics.median(cold):>15.0f}{max(cold):>13.0f}{statistics.median(warm):>16.1f}{p95:>13.1f}"
            )


if __name__ == "__main__":
    main()
