"""What the pages that work in the browser load: it does not grow with the library, and an edit changes little of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from build_tools.history import edition_history, read_archive
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.load.lookback import policy_of
from build_tools.lookback.due import due
from build_tools.site import drill_data, history_pages, lookback_pages, selfcheck_data, verify_pages
from build_tools.site.contents import Contents, gather
from build_tools.site.history_pages import Past, history_files
from build_tools.site.history_pages import history_pages as pages_of_the_past
from build_tools.site.parts import Group, Numbering
from build_tools.site.practice_pages import practice_files, practice_pages
from build_tools.site.verify_pages import verify_files

from .conftest import ROOT, TODAY, small_library
from .test_browser import visit

SMALL, LARGE = 60, 180
ASSETS = ROOT / "build_tools/site/assets"
BARE = '<!doctype html><html lang="zh-CN" data-root="../"><head><meta charset="utf-8"></head><body>BODY</body></html>'
# A part that is listed costs its mark and a comma, and where days are counted a day; a set or code a digit a case.
LISTED = 40


def made_up(root: Path, count: int) -> Path:
    """A library of copies of the fixture's cases; every copy says its own number, so that all differ."""
    small_library(root)
    for name in ("selfcheck.yaml", "drill.yaml", "lookback.yaml"):
        shutil.copy(ROOT / "schema" / name, root / "schema" / name)
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "cases/2026").glob("*.yaml"))]
    for number in range(101, 101 + count):
        text = re.sub(r"^id: .*", f"id: RC-2026-{number:04d}", texts[number % 3], count=1, flags=re.MULTILINE)
        text = re.sub(r"^title: .*", f"title: 第{number}件", text, count=1, flags=re.MULTILINE)
        (root / f"cases/2026/RC-2026-{number:04d}.yaml").write_text(text, encoding="utf-8")
    return root


def contents_of(root: Path) -> tuple[Contents, Past]:
    schemas = load_schemas(root / "schema")
    loaded = load_library(root).library
    library = for_edition(loaded, schemas)
    contents = gather(library, schemas, TODAY)
    return contents, Past(contents, edition_history(read_archive(root, loaded), loaded, library, schemas))


def data_files(root: Path) -> dict[str, str]:
    return texts(*contents_of(root))


def texts(contents: Contents, past: Past) -> dict[str, str]:
    made = (*practice_files(contents), *history_files(past), *verify_files(past))
    return {output.path: output.make().decode() for output in made}


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("大小")
    return made_up(folder / "small", SMALL), made_up(folder / "large", LARGE)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (drill_data, "PART"),
        (history_pages, "PART"),
        (verify_pages, "PART"),
        (selfcheck_data, "HEADS"),
    ):
        monkeypatch.setattr(module, name, 10)
    monkeypatch.setattr(selfcheck_data, "CODED", 2)


def family(path: str) -> str:
    """Files of one kind: marks and numbers of parts left out."""
    return re.sub(r"(\d{4}-)?\d+(?=-[0-9a-f]{8}\.js)|(?<=-)[0-9a-f]{8}(?=\.js)", "#", path)


def largest(files: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for path, text in files.items():
        found[family(path)] = max(found.get(family(path), 0), len(text.encode()))
    return found


def test_no_file_that_a_page_loads_grows_with_the_library(
    libraries: tuple[Path, Path], small_parts: None
) -> None:
    small, large = (data_files(root) for root in libraries)
    before, after = largest(small), largest(large)
    assert before.keys() == after.keys() and len(large) > len(small) + 20
    more = LARGE - SMALL
    for name, size in after.items():
        if name.startswith("data/") and name.count("/") == 1:  # says which parts there are
            allowed = before[name] + more / 10 * LISTED
        elif "/set-" in name or "/code-" in name:  # a digit a case
            allowed = before[name] + more * 2
        else:
            allowed = before[name] * 1.1 + 50
        assert size <= allowed, name


def test_an_edited_case_changes_its_own_parts_only(
    libraries: tuple[Path, Path], small_parts: None, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(libraries[0], tmp_path / "库"))
    before = data_files(root)
    path = root / "cases/2026/RC-2026-0131.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("第131件", "改过的第131件"), encoding="utf-8")
    after = data_files(root)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    gone = sorted(family(path) for path in changed - after.keys())
    assert gone == [
        "data/as-of/#-#.js",
        "data/drill/answers-#-#.js",
        "data/precedents/heads-#-#.js",
        "data/verify/#-#.js",
    ]
    lists = {path for path in changed if path in before and path in after}
    assert lists == {"data/as-of.js", "data/drill.js", "data/precedents.js", "data/verify.js"}


def test_numbers_stay_where_they_are_and_tell_cases_apart() -> None:
    few = Numbering(10, ["RC-2026-0003", "RC-2026-0012", "RC-2025-0001"])
    more = Numbering(10, ["RC-2026-0003", "RC-2026-0012", "RC-2025-0001", "RC-2026-0013", "RC-2026-0099"])
    assert all(more.number[name] == number for name, number in few.number.items())
    assert few.number == {"RC-2025-0001": 0, "RC-2026-0003": 10, "RC-2026-0012": 20}
    twins = Numbering(1, ["RC-2026-0001", "RC-2026-00001", "RC-2026-0002"])
    assert twins.room == 2 and len(set(twins.number.values())) == 3
    group = Group("x", few)
    told = group.parts({"RC-2026-0012": '"甲"'})
    assert [marks.count(",") for marks in told["marks"].values()] == [0, 1]
    assert told["marks"]["2025"] == "" and told["marks"]["2026"].startswith(",")
    assert [json.loads(t[t.index(",") + 1 : t.rindex(")")]) for t in group.files.values()] == [[[0, "甲"]]]


# ---- in the browser ----------------------------------------------------------------------------------------------


@pytest.fixture
def site(libraries: tuple[Path, Path], small_parts: None, tmp_path: Path) -> Path:
    """The pages of the larger library without their frames; “某日的库” shows ten rows at a time."""
    contents, past = contents_of(libraries[1])
    shutil.copytree(ASSETS, tmp_path / "assets")
    script = tmp_path / "assets/verify/as-of.js"
    script.write_text(
        script.read_text(encoding="utf-8").replace("SHOWN = 200;", "SHOWN = 10;"), encoding="utf-8"
    )
    pages = [*practice_pages(contents), *verify_pages.verify_pages(past)]
    pages += [page for page in pages_of_the_past(past) if page.path == history_pages.AS_OF]
    files = {page.path: BARE.replace("BODY", page.body) for page in pages}
    for name, text in {**files, **texts(contents, past)}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def reading(page: Page) -> list[str]:
    """Names of the data files the page asks for from now on, without their marks."""
    asked: list[str] = []
    page.on(
        "request", lambda r: asked.append(family(r.url.split("/data/")[-1])) if "/data/" in r.url else None
    )
    return asked


@pytest.mark.browser
def test_a_day_is_shown_part_by_part(site: Path, browser: Browser) -> None:
    with visit(browser) as (page, troubles):
        asked = reading(page)
        page.goto(f"{site.as_uri()}/browse/as-of.html")
        page.wait_for_selector("#rc-as-of-found tbody tr")
        rows = page.locator("#rc-as-of-found tbody tr")
        assert rows.count() == 10 and asked.count("as-of/#-#.js") <= 3
        assert f"库里有 {LARGE + 3} 件" in page.locator("#rc-as-of-found h2").first.inner_text()
        for _ in range(LARGE // 10):
            before = rows.count()
            page.click("#rc-as-of-found .rc-button")
            page.wait_for_function(
                "n => document.querySelectorAll('#rc-as-of-found tbody tr').length > n", arg=before
            )
        ids = page.locator("#rc-as-of-found tbody th").all_inner_texts()
        assert len(ids) == LARGE + 3 and ids == sorted(ids)
        assert page.locator("#rc-as-of-found .rc-button").count() == 0
        page.fill("#rc-day", "2001-01-01")
        page.click("#rc-as-of button")
        page.wait_for_selector("#rc-as-of-found .rc-empty")
        assert troubles == []


@pytest.mark.browser
def test_a_citation_costs_one_part(site: Path, browser: Browser) -> None:
    with visit(browser) as (page, troubles):
        page.goto(f"{site.as_uri()}/practice/verify.html")
        page.wait_for_selector("#rc-verify:not([hidden])")
        asked = reading(page)
        for text, files in (
            ("RC-2026-0131 第1版", 1),
            ("RC-2026-0132、RC-2026-0155、RC-2026-0999、RC-1999-0001", 1),
        ):
            page.fill("#rc-cited", text)
            page.click("#rc-verify button")
            page.wait_for_selector(f"#rc-verified h2:has-text('共 {text.count('RC-')} 条')")
            assert len(asked) == files
            asked.clear()
        found = page.locator(".rc-verified").all_inner_texts()
        assert ["没有这个编号" in text for text in found] == [False, False, True, True]
        assert "第155件" in found[1] and troubles == []


@pytest.mark.browser
def test_an_exercise_costs_its_set_and_one_part(site: Path, browser: Browser) -> None:
    with visit(browser) as (page, troubles):
        page.goto(f"{site.as_uri()}/practice/drill.html")
        page.wait_for_selector('input[name="set"]')
        asked = reading(page)
        page.get_by_role("button", name="开始", exact=True).click()
        page.wait_for_selector(".rc-facts")
        assert sorted(asked) == ["drill/facts-#-#.js", "drill/set-all-#.js"]
        total = int(re.findall(r"共 (\d+) 题", page.locator("h2").first.inner_text())[0])
        assert total > SMALL
        for number in range(2, 12):
            page.get_by_role("button", name="跳过这一题").click()
            page.wait_for_selector(f"h2:has-text('第 {number} 题')")
        assert set(asked) == {"drill/facts-#-#.js", "drill/set-all-#.js"}
        assert asked.count("drill/set-all-#.js") == 1 and len(asked) <= 12
        assert troubles == []


def test_uneven_pairs_and_calendars_are_spread_over_files(
    libraries: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    contents, _ = contents_of(libraries[0])
    monkeypatch.setattr(lookback_pages, "PAIRS", 2)
    pages = {p.path: p.body for p in lookback_pages.lookback_pages(contents, ()) if "/uneven" in p.path}
    shown = [len(re.findall('class="rc-pair"', body)) for body in pages.values()]
    assert all(count <= 2 for count in shown)
    assert len(pages) == max(1, -(-sum(shown) // 2))
    desk = next(
        p.body for p in lookback_pages.lookback_pages(contents, ()) if p.path == "lookback/index.html"
    )
    files = {f.path: f.make() for f in lookback_pages.lookback_files(contents)}
    linked = set(re.findall(r'href="\.\./(lookback/due[^"]*\.ics)"', desk))
    assert linked and linked == files.keys()
    whole = sum(
        content.count(b"BEGIN:VEVENT") for name, content in files.items() if name != "lookback/due.ics"
    )
    library = contents.library
    assert library.lookback
    assert (
        whole == len(due(library, policy_of(library.lookback), contents.today, lookback_pages.YEAR)) > SMALL
    )
    assert files["lookback/due.ics"].count(b"BEGIN:VEVENT") <= whole
