"""Search in Chromium: on a fast and on a slow machine, from files and over a slow line.

`python -m benchmarks.browser --site DIR` measures a built site as visitors meet it: the first query of one who has
nothing yet (from opening the search page to the first cards: seconds, bytes, files, memory of scripts), further
queries, and the first view of main pages. `make bench` calls `ask`, which measures a bare index of each size in the
same way; there is no page to draw, and pasted facts are ranked but not compared.

Slow means the processor throttled four times and, over http, 1.6 Mbit/s with 150 ms latency; nothing is compressed or
cached. The queries are those of the judged set. Knows no budgets.
"""

from __future__ import annotations

import argparse
import http.server
import shutil
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from benchmarks.ask_peers import ROUNDS
from benchmarks.tools import MISSING, ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

BARE = """<!doctype html><html data-root=""><head><meta charset="utf-8"></head>
<body><script src="assets/search/search-core.js"></script></body></html>"""
PAGES = ("index.html", "search.html", "browse/index.html", "browse/all.html", "terms/tc-diligence.html", "rules/index.html",
         "stats.html", "lookback/index.html", "lookback/uneven.html", "browse/as-of.html", "practice/drill.html",
         "practice/selfcheck.html", "practice/verify.html")  # fmt: skip
LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
GROUPS = {"words": "词语", "facts": "案情"}
FEW = 4  # first queries of each kind in the slow settings
PATIENCE = 180_000  # milliseconds
# Files of the index that were asked for after the first card stood; in the order in which the page did it.
AFTER = """
    window.askedAfter = [];
    let stands = false;
    const see = (node) => {
        if (node.nodeType !== 1) return;
        if (!stands) stands = node.matches(".rc-card") || node.querySelector(".rc-card") !== null;
        else if (node.localName === "script" && node.dataset.shard) window.askedAfter.push(node.src);
    };
    new MutationObserver((records) => records.forEach((record) => record.addedNodes.forEach(see)))
        .observe(document, { childList: true, subtree: true });"""
# What the search page does for an answer, without drawing it: the ranking, and what the first ten cards show.
ANSWER = {
    "words": """async (text) => {
        const engine = window.RongcuoSearch, start = performance.now(), found = await engine.search(text);
        const heads = await engine.heads(found.ranked.slice(0, 10).map((pair) => pair[0]));
        await Promise.all(heads.map((head) => engine.describe(found, head)));
        return performance.now() - start; }""",
    "facts": """async (text) => {
        const engine = window.RongcuoSearch, start = performance.now();
        if (!window.RongcuoMatter) { await engine.search(text, { facts: true }); return performance.now() - start; }
        const matter = await RongcuoMatter.fromFacts(text), found = await RongcuoPrecedents.find(matter);
        for (const group of Object.values(found.groups)) {
          const heads = await engine.heads(group.slice(0, 10).map((p) => p.number));
          await Promise.all(heads.map((head) => engine.describe(matter.found, head)));
        }
        return performance.now() - start; }""",
}


@dataclass(frozen=True)
class Setting:
    """How slow machine and line are."""

    name: str
    throttle: int = 1
    slow_line: bool = False


QUICK = Setting("本机读文件")
SETTINGS = (QUICK, Setting("处理器慢四倍", 4), Setting("处理器慢四倍、慢线路", 4, slow_line=True))


@dataclass(frozen=True)
class First:
    """What one first view or query cost."""

    seconds: float
    answer: int  # bytes of the index read until the answer stood
    index: int  # … and in all, with what follows the answer
    size: int  # bytes of everything read
    files: int
    heap: int  # bytes of scripts


@dataclass(frozen=True)
class Shown:
    """What one group of queries cost in one setting."""

    setting: str
    group: str
    first: Sequence[First]
    again: Sequence[float]  # milliseconds of further queries


@dataclass(frozen=True)
class Asked:
    """Everything that the browser showed, or why it showed nothing."""

    shown: Sequence[Shown]
    failed: str = ""


def ask(shards: Path, folder: Path, queries: Mapping[str, Sequence[str]]) -> Asked:
    """Ask the index in `shards` in every setting; a page is put into `folder`."""
    chromium = shutil.which("chromium")
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return Asked((), f"{MISSING}（playwright）")
    if not chromium:
        return Asked((), f"{MISSING}（chromium）")
    shutil.copytree(ROOT / "build_tools/site/assets/search", folder / "assets/search")
    shutil.copytree(shards, folder / "search")
    (folder / "bare.html").write_text(BARE, encoding="utf-8")
    with opened(folder) as site:
        return Asked(list(site.shown("bare.html", queries, FEW)))


@contextmanager
def opened(folder: Path) -> Iterator[Site]:
    """A browser, and the site in `folder` over http as well as from files."""
    from playwright.sync_api import sync_playwright

    handler = partial(_Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield Site(folder.absolute(), f"http://127.0.0.1:{server.server_port}/", browser)
        browser.close()
    server.shutdown()


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Access lines would bury the table."""


@dataclass(frozen=True)
class Site:
    """A site in a folder, and a browser to look at it with."""

    folder: Path
    http: str
    browser: Browser

    def shown(self, path: str, queries: Mapping[str, Sequence[str]], few: int) -> Iterator[Shown]:
        """Every group of queries in every setting; first ones all from files, only `few` in the slow settings."""
        for group, texts in queries.items():
            for setting in SETTINGS:
                some = texts if setting is QUICK else texts[:few]
                first = [self.first(setting, path, group, text) for text in some]
                yield Shown(setting.name, group, first, self.again(setting, path, group, texts))

    def address(self, setting: Setting) -> str:
        """Where the site begins in that setting; ends with a slash."""
        return self.http if setting.slow_line else f"{self.folder.as_uri()}/"

    @contextmanager
    def visitor(self, setting: Setting) -> Iterator[tuple[Page, CDPSession]]:
        """A page of a visitor with an empty cache on that machine and line."""
        context = self.browser.new_context(viewport={"width": 1200, "height": 900}, locale="zh-CN")
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": setting.throttle})
        if setting.slow_line:
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", LINE)
        page.set_default_timeout(PATIENCE)
        yield page, session
        context.close()

    def first(self, setting: Setting, path: str, group: str = "", text: str = "") -> First:
        """Open a page with nothing cached, and ask where there is something to ask."""
        read: list[str] = []
        with self.visitor(setting) as (page, session):
            page.on("request", lambda request: read.append(request.url))
            page.add_init_script(AFTER)
            start = time.monotonic()
            page.goto(self.address(setting) + path, wait_until="load")
            if group and page.locator("#rc-search").count():
                _type(page, group, text)
            elif group:
                page.evaluate(ANSWER[group], text)
            seconds = time.monotonic() - start
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(
                500
            )  # what follows the answer, for example how many there are of other types
            session.send("HeapProfiler.collectGarbage")
            heap = int(session.send("Runtime.getHeapUsage")["usedSize"])
            after = self._sizes(setting, page.evaluate("window.askedAfter"))
        sizes = self._sizes(setting, read)
        index = _index(sizes)
        return First(seconds, index - _index(after), index, sum(sizes.values()), len(sizes), heap)

    def _sizes(self, setting: Setting, read: Sequence[str]) -> dict[str, int]:
        """Path and size of the files of the site among the addresses asked for."""
        begin = self.address(setting)
        names = {unquote(url.removeprefix(begin).split("#")[0].split("?")[0]) for url in read}
        return {name: (self.folder / name).stat().st_size for name in names if (self.folder / name).is_file()}

    def again(self, setting: Setting, path: str, group: str, texts: Sequence[str]) -> list[float]:
        """Milliseconds of further queries; each was asked before, so that nothing has to be read."""
        with self.visitor(replace(setting, throttle=1, slow_line=False)) as (page, session):
            page.goto(self.address(QUICK) + path)
            page.wait_for_function("window.RongcuoSearch")
            for text in texts:
                page.evaluate(ANSWER[group], text)
            session.send("Emulation.setCPUThrottlingRate", {"rate": setting.throttle})
            return [float(page.evaluate(ANSWER[group], text)) for _ in range(ROUNDS) for text in texts]


def _index(sizes: Mapping[str, int]) -> int:
    return sum(size for name, size in sizes.items() if name.startswith("search/"))


def _type(page: Page, group: str, text: str) -> None:
    """Ask as a visitor does, until the first cards are there."""
    page.wait_for_selector("#rc-search form")
    if group == "facts":
        page.get_by_role("button", name="粘贴案情", exact=True).click()
        page.locator(".rc-search__area").fill(text)
        page.locator(".rc-search__facts .rc-search__go").click()
    else:
        page.locator(".rc-search__input").fill(text)
    page.wait_for_selector(".rc-card")


def p95(values: Sequence[float]) -> float:
    """The value that nineteen of twenty do not exceed."""
    return sorted(values)[max(0, -(-19 * len(values) // 20) - 1)]


# ---- telling ------------------------------------------------------------------------------------------------------

HEAD = (
    "第一次，秒（中位数 / 最多） | 索引，KB（中位数 / p95 / 最多） | 连同随后读的 | 文件 | 脚本内存，MB | 再查，毫秒（p50 / p95）",
    "---:|---:|---:|---:|---:|---:",
)


def cells(shown: Shown) -> str:
    """The figures of one group in one setting, as cells under HEAD."""
    seconds, answer = [f.seconds for f in shown.first], [f.answer / 1024 for f in shown.first]
    median = statistics.median
    return " | ".join(
        (
            f"{median(seconds):.1f} / {max(seconds):.1f}",
            f"{median(answer):.0f} / {p95(answer):.0f} / {max(answer):.0f}",
            f"{median([f.index for f in shown.first]) / 1024:.0f}",
            f"{median([f.files for f in shown.first]):.0f}",
            f"{median([f.heap for f in shown.first]) / 2**20:.1f}",
            f"{median(shown.again):.0f} / {p95(shown.again):.0f}",
        )
    )


def main_pages(folder: Path) -> list[str]:
    """The main pages, and a page of a case of middling size and the heaviest."""
    cases = sorted((path.stat().st_size, path.name) for path in (folder / "cases").glob("RC-*.html"))
    names = [f"cases/{name}" for _, name in (*cases[len(cases) // 2 :][:1], *cases[-1:])]
    return [name for name in (*PAGES, *names) if (folder / name).is_file()]


def main() -> None:
    """Measure, print two Markdown tables."""
    from benchmarks.queries import judged_queries

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--site", type=Path, required=True, help="folder of a built site")
    parser.add_argument("--few", type=int, default=FEW, help="first queries of each kind in slow settings")
    asked = parser.parse_args()
    with opened(asked.site) as site:
        print(f"| 检索 | {HEAD[0]} |\n|---|{HEAD[1]}|")
        for shown in site.shown("search.html", judged_queries(), asked.few):
            print(f"| {GROUPS[shown.group]}，{shown.setting} | {cells(shown)} |", flush=True)
        print(
            f"\n| 网页，{SETTINGS[-1].name} | HTML，KB | 秒 | 全部，KB | 文件 | 脚本内存，MB |\n|---|---:|---:|---:|---:|---:|"
        )
        for path in main_pages(site.folder):
            one, html = site.first(SETTINGS[-1], path), (site.folder / path).stat().st_size
            row = (html / 1024, one.seconds, one.size / 1024, one.files, one.heap / 2**20)
            print(f"| {path} | {' | '.join(f'{v:.1f}' for v in row)} |", flush=True)


if __name__ == "__main__":
    main()
