"""`python -m benchmarks.browser_scale --site DIR`: a built site in Chromium, on a fast and on a slow machine and line.

Measured are the first query of a visitor who has nothing yet (from opening the search page to the first cards:
seconds, bytes, files, JavaScript heap), further queries on the same page (ranking, and what the first ten cards show),
and the first view of main pages. Slow means the processor throttled four times and, over http, 1.6 Mbit/s with 150 ms
latency; nothing is compressed or cached. The budget is design §5: at 10,000 cases at most 400 KB for keywords, 1.5 MB
for a pasted description, 50 ms for nineteen of twenty further queries.

`--index N` first writes into DIR an index of N documents, drawn sentence by sentence from the real cases, with a page
that only searches; there a pasted description is ranked but not compared.
"""

from __future__ import annotations

import argparse
import http.server
import random
import re
import shutil
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from build_tools import search
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.search import Document

ROOT = Path(__file__).resolve().parents[1]
SENTENCE = re.compile(r"[^。；！？\n]+[。；！？\n]?")
WORDS = ("停车", "未批先建", "漏接电话被处分", "集体研究过能免责吗", "没等批复就先开工了", "小金库", "加装电梯",
         "低保分给大家了", "公车", "拿集体的钱先垫", "扶贫项目亏了", "举报不实怎么澄清")  # fmt: skip
PAGES = ("index.html", "search.html", "browse/index.html", "browse/all.html", "terms/index.html", "terms/tc-diligence.html",
         "rules/index.html", "stats.html", "lookback/index.html", "lookback/uneven.html", "browse/as-of.html", "practice/drill.html",
         "practice/selfcheck.html", "practice/verify.html")  # fmt: skip
PLAIN = """<!doctype html><html data-root=""><head><meta charset="utf-8"></head>
<body><script src="assets/search/search-core.js"></script></body></html>"""
ROUNDS = 5
LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
# What the search page does for an answer, without drawing it.
ASK = {
    "words": """async (text) => {
        const engine = window.RongcuoSearch, start = performance.now(), types = (await engine.manifest()).types;
        const all = await Promise.all(types.map((t) => engine.search(text, { type: t.type })));
        const found = all[types.findIndex((t) => t.type === "case")];
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
KINDS = {"words": "keywords", "facts": "pasted description"}


@dataclass(frozen=True)
class Setting:
    """Where the site is read from, and how slow machine and line are."""

    name: str
    address: str
    throttle: int
    slow_line: bool = False


@dataclass(frozen=True)
class First:
    """What one first view cost."""

    seconds: float
    size: int
    index: int  # bytes of it that belong to the search
    files: int
    heap: int


# ---- a large index ------------------------------------------------------------------------------------------------


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


def write_index(site: Path, count: int, seed: int) -> None:
    """A site of nothing but search over `count` made-up documents."""
    schemas = load_schemas(ROOT / "schema")
    library = for_edition(load_library(ROOT).library, schemas)
    real = search.documents(library, schemas)
    cases = [d for d in real if d.type == "case"]
    many = (*enlarge(cases, count, seed), *(d for d in real if d.type != "case"))
    search.write_shards(search.build_index(library, schemas, many), site / "search")
    shutil.copytree(ROOT / "build_tools/site/assets/search", site / "assets/search")
    (site / "plain.html").write_text(PLAIN, encoding="utf-8")


def descriptions(count: int) -> list[str]:
    """Backgrounds of real cases, as an officer would paste them."""
    library = for_edition(load_library(ROOT).library, load_schemas(ROOT / "schema"))
    told = [str(c.data.get("background") or "")[:300] for c in library.cases if c.status == "published"]
    return [text for text in told if len(text) >= 150][:count]


# ---- measuring ----------------------------------------------------------------------------------------------------


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Access lines would bury the table."""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The site over http on a free port of this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(site)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@contextmanager
def visitor(browser: Browser, setting: Setting) -> Iterator[tuple[Page, CDPSession]]:
    """A page of a visitor with an empty cache on that machine and line."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, locale="zh-CN")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": setting.throttle})
    if setting.slow_line:
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", LINE)
    page.set_default_timeout(180_000)
    yield page, session
    context.close()


def first_view(
    browser: Browser, site: Path, setting: Setting, path: str, ask: str = "", text: str = ""
) -> First:
    """Open a page, and ask where there is something to ask, with nothing cached."""
    read: list[str] = []
    with visitor(browser, setting) as (page, session):
        page.on("request", lambda request: read.append(request.url))
        start = time.monotonic()
        page.goto(f"{setting.address}{path}", wait_until="load")
        loaded = time.monotonic()
        if ask and page.locator("#rc-search").count():
            _type(page, ask, text)
            loaded = time.monotonic()
        elif ask:
            page.evaluate(ASK[ask], text)
            loaded = time.monotonic()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(
            500
        )  # what follows the answer, for example counts in the filters, belongs to it
        session.send("HeapProfiler.collectGarbage")
        heap = int(session.send("Runtime.getHeapUsage")["usedSize"])
    asked = {url.removeprefix(setting.address).split("#")[0].split("?")[0] for url in read}
    own = {name: site / unquote(name) for name in asked if (site / unquote(name)).is_file()}
    sizes = {name: path.stat().st_size for name, path in own.items()}
    index = sum(size for name, size in sizes.items() if name.startswith("search/"))
    return First(loaded - start, sum(sizes.values()), index, len(sizes), heap)


def _type(page: Page, ask: str, text: str) -> None:
    """Ask as a visitor does, until the first cards are there."""
    page.wait_for_selector("#rc-search form")
    if ask == "facts":
        page.get_by_role("button", name="粘贴案情", exact=True).click()
        page.locator(".rc-search__area").fill(text)
        page.locator(".rc-search__facts .rc-search__go").click()
    else:
        page.locator(".rc-search__input").fill(text)
    page.wait_for_selector(".rc-card")


def warm(
    browser: Browser, setting: Setting, path: str, ask: str, texts: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Milliseconds of further queries, by the clock and of the processor, both ascending.

    Every text was asked before, so that nothing has to be read. Throttling pauses the page, so the processor's
    time does not show it; but neither does it show what else the machine is doing.
    """
    with visitor(browser, replace(setting, slow_line=False, throttle=1)) as (page, session):
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(f"{setting.address}{path}")
        for text in texts:
            page.evaluate(ASK[ask], text)
        session.send("Emulation.setCPUThrottlingRate", {"rate": setting.throttle})
        clock, processor = [], []
        for text in (*texts,) * ROUNDS:
            before = _busy(session)
            clock.append(float(page.evaluate(ASK[ask], text)))
            processor.append(_busy(session) - before)
    return sorted(clock), sorted(processor)


def _busy(session: CDPSession) -> float:
    """Milliseconds of processor that the page's main thread has had."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(float(m["value"]) for m in metrics if m["name"] == "TaskDuration")


def p95(values: Sequence[float]) -> float:
    """The value that nineteen of twenty do not exceed; `values` ascend."""
    return values[int(0.95 * (len(values) - 1))]


# ---- telling ------------------------------------------------------------------------------------------------------


def query_row(
    browser: Browser, site: Path, setting: Setting, ask: str, texts: Sequence[str], first: int
) -> str:
    """One line of the table for one kind of query."""
    path = "search.html" if (site / "search.html").is_file() else "plain.html"
    found = [first_view(browser, site, setting, path, ask, text) for text in texts[:first]]
    seconds, index = [f.seconds for f in found], [f.index / 1024 for f in found]
    files, heap = statistics.median(f.files for f in found), statistics.median(f.heap for f in found) / 2**20
    size = statistics.median(f.size for f in found) / 1024
    (clock, processor), median = warm(browser, setting, path, ask, texts), statistics.median
    return (
        f"| {KINDS[ask]}, {setting.name} | {median(seconds):.1f} / {max(seconds):.1f} "
        f"| {size:.0f} | {median(index):.0f} / {max(index):.0f} | {files:.0f} | {heap:.1f} "
        f"| {median(clock):.0f} / {p95(clock):.0f} | {median(processor):.0f} / {p95(processor):.0f} |"
    )


def page_row(browser: Browser, site: Path, setting: Setting, path: str) -> str:
    """One line of the table for the first view of a page."""
    one, html = first_view(browser, site, setting, path), (site / path).stat().st_size
    return (
        f"| {path} (HTML {html / 1024:.0f} KB), {setting.name} | {one.seconds:.1f} | {one.size / 1024:.0f} | {one.index / 1024:.0f} "
        f"| {one.files} | {one.heap / 2**20:.1f} | – | – |"
    )


def pages_of(site: Path) -> list[str]:
    """The main pages, and a page of a case of middling size and the heaviest."""
    cases = sorted(site.glob("cases/*.html"), key=lambda path: path.stat().st_size)
    names = [f"cases/{path.name}" for path in (*cases[len(cases) // 2 :][:1], *cases[-1:])]
    return [name for name in (*PAGES, *names) if (site / name).is_file()]


def main() -> None:
    """Measure, print one Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--site", type=Path, required=True, help="folder of a built site")
    parser.add_argument(
        "--index", type=int, default=0, help="write an index of so many documents there first"
    )
    parser.add_argument("--first", type=int, default=4, help="first queries measured of each kind")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.index:
        write_index(options.site, options.index, options.seed)
    texts, site = {"words": WORDS, "facts": descriptions(12)}, options.site.resolve()
    local = f"{site.as_uri()}/"
    with served(site) as http_address, sync_playwright() as playwright:
        settings = (Setting("file", local, 1), Setting("file, CPU 4x slower", local, 4),
                    Setting("slow line, CPU 4x slower", http_address, 4, slow_line=True))  # fmt: skip
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        print(
            "| | first: s, median / max | KB in all | of the index, median / max | files | heap MB | again: ms, p50 | p95 |"
        )
        print("|---|--:|--:|--:|--:|--:|--:|--:|")
        for ask in ASK:
            for setting in settings:
                print(query_row(browser, site, setting, ask, texts[ask], options.first), flush=True)
        for path in pages_of(site):
            print(page_row(browser, site, settings[-1], path), flush=True)


if __name__ == "__main__":
    main()
