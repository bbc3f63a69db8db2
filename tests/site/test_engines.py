"""The library outlives the engine it is built with: each engine gives the same pages, search and guidance."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from build_tools.cli.site import command
from build_tools.memory import Memory
from build_tools.site import build
from build_tools.site.engines import DEFAULT, ENGINES, engine_named
from build_tools.site.frame import FrameError

from .conftest import ROOT, TODAY, silent, small_library
from .test_browser import PHONE, visit

OTHERS = [name for name in ENGINES if name != DEFAULT]
CASE = "cases/RC-2026-0007.html"
GUIDE = "guide/collective.html"
# Names the engines' own files, which may differ, and the list of sums over all files, which then differs too.
FRAME_FILES = re.compile(r"assets/(javascripts|stylesheets|images)/|manifest(\.json$|/files/)|SHA256SUMS$")
GUIDANCE = """---
description: 集体定了也要看谁提过不同意见
---
# 集体研究 & “免责”

见 [[RC-2026-0001]]、[怎么认定](six-elements.md)[^1]。

!!! warning "当心"
    违规的事集体定了照样追责。

## 对照

| 情形 | 结果 |
|---|---|
| 提过不同意见 | 减免 |

[^1]: 编者归纳。
"""
Sites = Callable[[str], Path]


def need(engine: str) -> None:
    """Skip where the engine is not installed; the library does not need more than one."""
    if importlib.util.find_spec(ENGINES[engine].package) is None:
        pytest.skip(f"{engine} is not installed (pip install -e '.[engines]')")


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Builds one small library with the engine asked for, once each, and gives the site's folder."""
    root = small_library(tmp_path_factory.mktemp("引擎") / "库")
    (root / "docs/guide/collective.md").write_text(GUIDANCE, encoding="utf-8")

    memory = Memory()  # Word and Excel forms, most of a small build, are made once

    @cache
    def site(engine: str) -> Path:
        build.build_site(root, root / engine, TODAY, silent, engine=engine, memory=memory)
        return root / engine

    def ready(engine: str) -> Path:
        need(engine)
        return site(engine)

    return ready


def main(site: Path, name: str) -> str:
    """What a page says: the content of its article, without the frame around it."""
    html = (site / name).read_text(encoding="utf-8")
    body = html[html.index("<article") : html.rindex("</article>")].partition(">")[2]
    return body.replace('<a id="__skip" tabindex="-1"></a>', "").strip()


def pages(site: Path) -> list[str]:
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))


@pytest.mark.parametrize("engine", OTHERS)
def test_every_page_says_the_same_to_the_byte(sites: Sites, engine: str) -> None:
    usual, other = sites(DEFAULT), sites(engine)
    assert pages(other) == pages(usual)
    assert [name for name in pages(usual) if main(other, name) != main(usual, name)] == []
    assert 'id="rc-citation"' in main(other, CASE)
    assert "照样追责" in main(other, GUIDE)


@pytest.mark.parametrize("engine", OTHERS)
def test_search_data_and_downloads_are_the_same_files(sites: Sites, engine: str) -> None:
    def files(site: Path) -> dict[str, bytes]:
        names = {p.relative_to(site).as_posix(): p for p in site.rglob("*") if p.is_file()}
        return {n: p.read_bytes() for n, p in names.items() if n[-5:] != ".html" and not FRAME_FILES.match(n)}

    usual, other = files(sites(DEFAULT)), files(sites(engine))
    assert any(name.startswith("search/") for name in usual)
    assert sorted(other) == sorted(usual)
    assert [name for name in usual if other[name] != usual[name]] == []


@pytest.mark.parametrize("engine", ENGINES)
def test_every_page_has_its_policy_and_nothing_foreign(sites: Sites, engine: str) -> None:
    site = sites(engine)
    for name in pages(site):
        html = (site / name).read_text(encoding="utf-8")
        assert html.count('http-equiv="Content-Security-Policy"') == 1, name
        assert "RCFRAME" not in html, name
        assert re.findall(r'(?:<link[^>]+href|src)="(?:https?:)?//[^"]*', html) == [], name


def look_around(page: Page, root: str) -> None:
    """Walk through the site as a visitor does: home, case, guidance, and search from the header's box."""
    page.goto(root + "index.html")
    expect(page).to_have_title("容错案例库")
    expect(page.locator(".rc-hero__input")).to_be_visible()
    page.goto(root + CASE)
    title = page.locator("h1").inner_text()
    expect(page).to_have_title(re.compile(f"^{re.escape(title)}.* · 容错案例库$"))
    assert {"背景", "错误要素", "处理结果"} <= set(page.locator("h2").all_inner_texts())
    expect(page.locator("#rc-citation")).to_contain_text("容错案例库 RC-2026-0007")
    page.goto(root + GUIDE)
    expect(page).to_have_title("集体研究 & “免责” · 容错案例库")
    expect(page.locator("h1")).to_contain_text("集体研究 & “免责”")
    expect(page.locator(".admonition.warning")).to_contain_text("照样追责")
    page.locator("article a", has_text="怎么认定").click()
    page.wait_for_url("**/guide/six-elements.html")
    page.fill(".rc-box__input", "未批先占")
    page.press(".rc-box__input", "Enter")
    page.wait_for_url("**/search.html*")
    expect(page.locator("#rc-search")).to_contain_text(title)


@pytest.mark.browser
@pytest.mark.parametrize("engine", ENGINES)
def test_a_visitor_finds_everything_without_trouble(sites: Sites, browser: Browser, engine: str) -> None:
    root = f"{sites(engine).as_uri()}/"
    with visit(browser) as (page, troubles):
        look_around(page, root)
        assert page.locator("[data-md-component=search]").count() == 0, "the theme's own search is in the way"
        assert troubles == []


@pytest.mark.browser
@pytest.mark.parametrize("engine", ENGINES)
def test_on_a_phone_pages_fit_the_menu_opens_and_the_scheme_stays(
    sites: Sites, browser: Browser, engine: str
) -> None:
    with visit(browser, PHONE, "dark") as (page, troubles):
        page.goto(f"{sites(engine).as_uri()}/index.html")
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
        page.locator("[data-md-component=palette] label:visible").click()
        for name in ("index.html", CASE, GUIDE, "search.html?q=未批先占"):
            page.goto(f"{sites(engine).as_uri()}/{name}")
            expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "default")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], name
        page.click(".rc-menu")
        expect(page.locator(".md-sidebar--primary")).to_be_in_viewport()
        assert troubles == []


def tiny(folder: Path, menu: str = "") -> tuple[Path, Path, Path]:
    """A library of one page in our frame: its root, its Markdown, and where to render it."""
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[0]
    (folder / "mkdocs.yml").write_text(f"{settings}\n{menu}", encoding="utf-8")
    (folder / "docs").mkdir()
    (folder / "docs/index.md").write_text("# 首页\n", encoding="utf-8")
    return folder, folder / "docs", folder / "frame"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_mark_of_an_edition_is_in_the_frame(tmp_path: Path, engine: str) -> None:
    need(engine)
    ENGINES[engine].render(*tiny(tmp_path), "内部版 · 不得外传")
    assert "内部版 · 不得外传" in (tmp_path / "frame/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_menu_line_that_leads_nowhere_is_refused(tmp_path: Path, engine: str) -> None:
    need(engine)
    with pytest.raises(FrameError, match=r"nowhere\.md"):
        ENGINES[engine].render(*tiny(tmp_path, "nav: [index.md, nowhere.md]"), "")


@pytest.mark.parametrize("engine", ENGINES)
def test_settings_that_are_no_yaml_are_refused_with_their_place(tmp_path: Path, engine: str) -> None:
    need(engine)
    folders = tiny(tmp_path, "nav: [index.md\nlast: []\n")
    line = (tmp_path / "mkdocs.yml").read_text(encoding="utf-8").splitlines().index("last: []") + 1
    with pytest.raises(FrameError, match=rf"^mkdocs\.yml:{line}:5 不合 YAML 的格式"):
        ENGINES[engine].render(*folders, "")


def test_a_missing_engine_says_what_to_install(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None if name == "zensical" else name)
    result = CliRunner().invoke(command, ["--root", str(library), "--engine", "zensical"])
    assert result.exit_code == 1
    said = result.output.replace("\n", "")
    assert "排版引擎 zensical 没有安装" in said and "pip install -e '.[engines]'" in said
    assert not (library / "site").exists()


def test_an_unknown_engine_is_told_the_known_ones() -> None:
    with pytest.raises(FrameError, match="没有名为 hugo 的排版引擎 — 可用的有 " + "、".join(ENGINES)):
        engine_named("hugo")


def test_what_an_engine_complains_of_is_passed_on(tmp_path: Path) -> None:
    need("zensical")
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("theme:\n  name: material\n", encoding="utf-8")
    with pytest.raises(FrameError, match="site_name"):
        ENGINES["zensical"].render(tmp_path, tmp_path / "docs", tmp_path / "frame", "")
