"""A site of nothing but search, for the browser tests of the search page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, Page

from build_tools.export.definition import Definition, load_definition
from build_tools.export.page_data import page_data
from build_tools.search import write_shards
from tests.search_support import ROOT, real_index, real_library

ASSETS = ROOT / "build_tools/site/assets"
TEMPLATE = ROOT / "build_tools/site/templates/search.html.j2"
PAGE = """<!doctype html><html lang="zh-CN" data-root=""><head><meta charset="utf-8"><title>检索</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'self'; style-src 'self'">
<link rel="stylesheet" href="assets/rongcuo.css"><link rel="stylesheet" href="assets/search/search.css"></head>
<body class="md-typeset"><form class="rc-box" role="search" action="search.html">
<input class="rc-box__input" type="search" name="q" aria-label="站内检索"><button type="submit">检索</button></form>
<main><h1>检索</h1>BODY</main><script src="assets/search/search-box.js"></script>SCRIPTS</body></html>"""
CORE = '<script src="assets/search/search-core.js"></script>'


@cache
def definition() -> Definition:
    return load_definition(ROOT)


def page_scripts() -> str:
    """The script tags of the page, as its template lists them."""
    [names] = re.findall(r"for name in \(([^)]*)\)", TEMPLATE.read_text(encoding="utf-8"))
    found = re.findall(r'"([a-z]+)"', names)
    return "".join(f'<script defer src="assets/search/search-{name}.js"></script>' for name in found)


def write_site(root: Path) -> Path:
    """Assets, shards, a page with the search page, one with the engine alone, and one with the box alone."""
    library, schemas = real_library()
    shutil.copytree(ASSETS, root / "assets")
    write_shards(real_index(), root / "search", page_data(library, schemas, real_index(), definition()))
    pages = (("search", '<div id="rc-search"></div>', page_scripts()), ("plain", "", CORE), ("box", "", ""))
    for name, body, scripts in pages:
        html = PAGE.replace("SCRIPTS", scripts).replace("BODY", body)
        (root / f"{name}.html").write_text(html, encoding="utf-8")
    return root


@contextmanager
def quiet_page(browser: Browser) -> Iterator[Page]:
    """A fresh profile that fails on any script error, refused resource or request to the network."""
    context = browser.new_context(
        viewport={"width": 1200, "height": 900}, locale="zh-CN", accept_downloads=True
    )
    opened, troubles = context.new_page(), []  # type: ignore[var-annotated]
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    opened.on(
        "request",
        lambda asked: None if asked.url.startswith(("file:", "blob:")) else troubles.append(asked.url),
    )
    yield opened
    context.close()
    assert troubles == []
