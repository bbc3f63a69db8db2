"""Builds the cases as a Material site and as a Pagefind site and asks both in Chromium over loopback HTTP.

Nothing of the project's own search is in these sites: a page is a case's title and the text of its searched fields.
"""

from __future__ import annotations

import html
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

from build_tools.search import Document

# What the theme's own page script does, without the page: the worker gets the index once and then every query.
MATERIAL = """async ([worker, queries]) => {
  const index = await (await fetch("search/search_index.json")).json();
  const runner = new Worker(worker);
  const ask = (message) => new Promise((done) => {
    runner.onmessage = (event) => done(event.data);
    runner.postMessage(message);
  });
  await ask({ type: 0, data: { ...index, options: { suggest: false } } });
  const found = [];
  for (const query of queries) {
    const answer = await ask({ type: 2, data: query });
    found.push(answer.data.items.map((group) => group[0].location));
  }
  return found;
}"""
PAGEFIND = """async ([queries, limit]) => {
  const pagefind = await import("/pagefind/pagefind.js");
  await pagefind.init();
  const found = [];
  for (const query of queries) {
    const { results } = await pagefind.search(query);
    found.push((await Promise.all(results.slice(0, limit).map((r) => r.data()))).map((page) => page.url));
  }
  return found;
}"""
CONFIG = """site_name: 案例
theme: {name: material, language: zh, font: false}
plugins: [search]
use_directory_urls: false
"""


def material(
    python: Path, folder: Path, documents: Sequence[Document], queries: Sequence[str]
) -> list[list[str]]:
    """Ids for each query by the search built into Material for MkDocs (lunr, words cut by jieba at build time)."""
    pages = folder / "docs"
    pages.mkdir(parents=True)
    (folder / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
    for document in documents:
        text = "\n\n".join(html.escape(f.text) for f in document.fields if f.name != "title")
        page = f"# {html.escape(document.title)}\n\n{text}\n"
        (pages / f"{document.id}.md").write_text(page, encoding="utf-8")
    (pages / "index.md").write_text("---\nsearch:\n  exclude: true\n---\n# 案例\n", encoding="utf-8")
    _run([str(python), "-m", "mkdocs", "build", "-q"], folder)
    [worker] = (folder / "site/assets/javascripts/workers").glob("search.*.min.js")
    asked = [worker.relative_to(folder / "site").as_posix(), list(queries)]
    return _ids(_in_browser(folder / "site", MATERIAL, asked))


def pagefind(
    python: Path, folder: Path, documents: Sequence[Document], queries: Sequence[str]
) -> list[list[str]]:
    """Ids for each query by Pagefind with its extended (Chinese) word cutting; the first fifty of each."""
    folder.mkdir(parents=True)
    for document in documents:
        text = "".join(f"<p>{html.escape(f.text)}</p>" for f in document.fields if f.name != "title")
        title = html.escape(document.title)
        page = (
            f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title></head>'
            f"<body><main data-pagefind-body><h1>{title}</h1>{text}</main></body></html>"
        )
        (folder / f"{document.id}.html").write_text(page, encoding="utf-8")
    (folder / "index.html").write_text("<!doctype html><title>-</title>", encoding="utf-8")
    _run([str(python), "-m", "pagefind", "--site", "."], folder)
    return _ids(_in_browser(folder, PAGEFIND, [list(queries), 50]))


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])}: {(done.stderr or done.stdout).strip()[-300:]}")


def _ids(found: Sequence[Sequence[str]]) -> list[list[str]]:
    """Page addresses → case ids; a page found by several of its sections counts once."""
    return [list(dict.fromkeys(Path(url.split("#")[0]).stem for url in urls)) for urls in found]


def _in_browser(root: Path, script: str, argument: Sequence[object]) -> list[list[str]]:
    with _served(root) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{address}/index.html")
        found: list[list[str]] = json.loads(json.dumps(page.evaluate(script, argument)))
        browser.close()
    return found


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def _served(root: Path) -> Iterator[str]:
    """The folder on a free port of the loopback interface."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
