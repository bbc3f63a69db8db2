"""Searching the written index in Chromium, from files: bytes that a first query reads, milliseconds of a warm one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ask_peers import ROUNDS
from benchmarks.tools import MISSING, ROOT

PLAIN = """<!doctype html><html data-root=""><head><meta charset="utf-8"></head>
<body><script src="assets/search/search-core.js"></script></body></html>"""
ASK = "async ([q, f]) => { const t = performance.now(); await RongcuoSearch.search(q, {facts: f}); return performance.now() - t; }"


@dataclass(frozen=True)
class Asked:
    """What the browser showed, a list of one figure a query in each group of queries."""

    cold: Mapping[str, Sequence[float]]  # bytes
    warm: Mapping[str, Sequence[float]]  # milliseconds
    failed: str = ""


def ask(shards: Path, folder: Path, queries: Mapping[str, Sequence[str]]) -> Asked:
    """Ask the index in `shards`; a page is put into `folder`."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return Asked({}, {}, f"{MISSING}（playwright）")
    if not chromium:
        return Asked({}, {}, f"{MISSING}（chromium）")
    shutil.copytree(ROOT / "build_tools/site/assets/search", folder / "assets/search")
    shutil.copytree(shards, folder / "search")
    (folder / "plain.html").write_text(PLAIN, encoding="utf-8")
    address, cold, warm = (folder / "plain.html").as_uri(), {}, {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        for group, texts in queries.items():
            facts = group == "facts"
            cold[group] = [_bytes(browser.new_page(), address, text, facts) for text in texts]
            page.goto(address)
            for text in texts:
                page.evaluate(ASK, [text, facts])
            warm[group] = [float(page.evaluate(ASK, [text, facts])) for _ in range(ROUNDS) for text in texts]
        browser.close()
    return Asked(cold, warm)


def _bytes(page, address: str, text: str, facts: bool) -> float:  # type: ignore[no-untyped-def]  # playwright's Page, loaded late
    """Of all files of the index that a first query reads."""
    read: list[str] = []
    page.on("request", lambda request: read.append(request.url))
    page.goto(address)
    page.evaluate(ASK, [text, facts])
    page.close()
    files = {url for url in read if "/search/" in url and "/assets/" not in url}
    return float(sum(Path(url.removeprefix("file://")).stat().st_size for url in files))
