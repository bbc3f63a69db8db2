"""Search in headless Chromium from a folder: the same order as Whoosh, and the boxes and pages as people use them."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page, expect

from build_tools.search import TYPES, search
from build_tools.search.shards import checksum
from build_tools.search.text import tokens
from tests.search_site import quiet_page, write_site
from tests.search_support import queries, real_index
from tests.test_search import HOSTILE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with quiet_page(browser) as opened:
        yield opened


def open_page(page: Page, folder: Path, name: str = "search.html", tail: str = "") -> None:
    page.goto("about:blank")
    page.goto((folder / name).as_uri() + tail)


def watched(page: Page) -> list[str]:
    """Files of the site that the page reads from now on."""
    read: list[str] = []
    page.on("request", lambda asked: read.append(re.sub(r"^.*?/(?=(assets|search)/)", "", asked.url)))
    return read


def lists_in(read: list[str]) -> set[str]:
    """The filters whose lists are among the files read."""
    return {found[1] for name in read if (found := re.search(r"/facet-(\w+)\.js", name))}


def ask(page: Page, script: str, argument: Any) -> Any:
    """Run an async arrow function with one argument as JSON, so that lone surrogates survive."""
    return json.loads(
        page.evaluate(f"async a => JSON.stringify(await ({script})(JSON.parse(a)))", json.dumps(argument))
    )


# ---- the same engine ------------------------------------------------------------------------------------------------


def test_tokens_are_the_same_over_the_library_and_random_unicode(page: Page, folder: Path) -> None:
    open_page(page, folder, "plain.html")
    texts = [part.text for document in real_index().documents for part in document.fields]
    dice = random.Random(7)
    blocks = ((0x20, 0x110000), (0x20, 0x3000), (0x20, 0xD800), (0x4E00, 0xA000), (0xF900, 0x10000))
    for _ in range(4000):
        codes = [dice.randrange(*dice.choice(blocks)) for _ in range(40)]
        texts.append("".join(chr(c) for c in codes if not 0xD800 <= c < 0xE000))
    script = (
        "async ts => { const o = []; for (const t of ts) o.push(await RongcuoSearch.tokens(t)); return o; }"
    )
    for start in range(0, len(texts), 2000):
        part = texts[start : start + 2000]
        assert ask(page, script, part) == [tokens(text) for text in part]


def test_browser_and_whoosh_give_the_same_order(page: Page, folder: Path) -> None:
    open_page(page, folder, "plain.html")
    index, asked = real_index(), queries()
    assert len(asked) >= 300
    script = (
        "async ([q, f, t]) => { const r = await RongcuoSearch.search(q, {facts: f, type: t}); "
        "return [r.query.facts, r.query.concepts, r.query.bridged, r.ranked.length, r.ranked.slice(0, 10)]; }"
    )
    for text, facts in asked:
        for kind in TYPES:
            mine = search(index, text, facts=facts, type=kind, limit=10)
            top = [[index.number[hit.document.id], hit.score] for hit in mine.hits]
            expected = [
                mine.query.facts,
                list(mine.query.concepts),
                list(mine.query.bridged),
                mine.total,
                top,
            ]
            assert ask(page, script, [text, facts, kind]) == expected, (text[:30], kind)


def test_filters_give_the_same_cases(page: Page, folder: Path) -> None:
    open_page(page, folder, "plain.html")
    index = real_index()
    script = "async ([q, f]) => (await RongcuoSearch.search(q, {filters: f})).ranked.map(p => p[0])"
    for filters in (
        {"kind": ["contrast", "lenient"]},
        {"fields": ["fd-parking"], "kind": ["clarified"]},
        {"year": ["2020"]},
    ):
        for text in ("停车", "", "没等批复就先开工了"):
            found = search(index, text, filters=filters, limit=None)
            assert ask(page, script, [text, filters]) == [index.number[h.document.id] for h in found.hits]


def test_snippets_marks_and_reasons_are_the_same(page: Page, folder: Path) -> None:
    open_page(page, folder, "plain.html")
    index = real_index()
    script = """async ([q, f]) => { const r = await RongcuoSearch.search(q, {facts: f}), o = [];
        for (const h of await RongcuoSearch.heads(r.ranked.slice(0, 3).map(p => p[0]))) {
            const d = await RongcuoSearch.describe(r, h);
            o.push([h.id, h.title, h.url, d.text, d.marks, d.titleMarks, RongcuoSearch.reasons(r, h.number)]);
        } return o; }"""
    for text, facts in queries()[:60]:
        mine = [
            [
                h.document.id,
                h.document.title,
                h.document.url,
                h.snippet.text,
                [list(m) for m in h.snippet.marks],
                [list(m) for m in h.snippet.title_marks],
                list(dict.fromkeys(index.lexicon.labels[c] for c in h.concepts)),
            ]
            for h in search(index, text, facts=facts, limit=3).hits
        ]
        assert ask(page, script, [text, facts]) == mine, text[:30]


@pytest.mark.parametrize("facts", [False, True])
def test_hostile_queries_are_answered_in_the_browser(page: Page, folder: Path, facts: bool) -> None:
    open_page(page, folder, "plain.html")
    script = "async ([q, f]) => (await RongcuoSearch.search(q, {facts: f})).ranked.length"
    for text in HOSTILE:
        if "\ud800" not in text:  # Chromium pairs lone surrogates that stand together, Python does not
            assert ask(page, script, [text, facts]) == search(real_index(), text, facts=facts).total
    assert ask(page, script, ["\ud800", facts]) == 0


# ---- damage ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def broken(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "site"))


@pytest.mark.parametrize("damage", ["missing", "cut", "altered", "swapped"])
def test_a_damaged_file_is_reported_in_chinese(browser: Browser, broken: Path, damage: str) -> None:
    for path in broken.glob("search/*/case-b-*.js"):
        text = path.read_text(encoding="utf-8")
        if damage == "missing":
            path.unlink()
        elif damage == "swapped":  # sound, but not the file that was asked for
            shutil.copy(path.with_name("lexicon.js"), path)
        else:
            path.write_text(
                text[:-40] if damage == "cut" else text.replace('"case', '"case', 1)[:-30] + "x" + text[-29:]
            )
    page = browser.new_page()
    open_page(page, broken, tail="#q=停车")
    expect(page.locator(".rc-search__results")).to_contain_text("检索数据没有读到")
    page.close()


def test_without_the_index_the_page_says_so(browser: Browser, broken: Path) -> None:
    shutil.rmtree(broken / "search")
    page = browser.new_page()
    open_page(page, broken)
    expect(page.locator("#rc-search")).to_contain_text("核对网站文件夹是否完整")
    page.close()


def test_a_page_that_stayed_open_over_a_rebuild_takes_up_the_new_index(
    browser: Browser, broken: Path
) -> None:
    page = browser.new_page()
    open_page(page, broken, "plain.html")
    script = "async q => (await RongcuoSearch.search(q)).ranked.length"
    assert ask(page, script, "停车")
    [build] = [path for path in (broken / "search").iterdir() if path.is_dir()]
    manifest = broken / "search/manifest.js"
    name, _, rest = manifest.read_text(encoding="utf-8").removeprefix("rongcuoShard(").partition(",")
    content = json.loads(rest.partition(",")[2].removesuffix(");\n")).replace(build.name, "newnewnewnew")
    manifest.write_text(f"rongcuoShard({name},{checksum(content)},{json.dumps(content)});\n")
    build.rename(build.with_name("newnewnewnew"))
    assert ask(page, script, "小金库") == search(real_index(), "小金库").total
    page.close()


# ---- the box in the header ------------------------------------------------------------------------------------------


def test_suggestions_come_in_groups_while_typing(page: Page, folder: Path) -> None:
    open_page(page, folder, "box.html")
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.fill("事前报备")
    groups = page.locator(".rc-box__group")
    expect(groups).to_have_count(4)
    assert [groups.nth(i).get_attribute("aria-label") for i in range(4)] == list(TYPES.values())
    expect(box).to_have_attribute("aria-expanded", "true")
    first = search(real_index(), "事前报备").hits[0].document
    expect(page.get_by_role("option").first).to_contain_text(first.title)


def test_the_engine_is_read_when_somebody_goes_into_a_box(page: Page, folder: Path) -> None:
    read = watched(page)
    open_page(page, folder, "box.html")
    page.wait_for_load_state("networkidle")
    assert not [name for name in read if "search-core" in name or name.startswith("search/")]
    page.get_by_role("combobox").focus()
    page.wait_for_function("window.RongcuoSearch")
    assert "assets/search/search-core.js" in read


def test_the_box_works_by_keyboard(page: Page, folder: Path) -> None:
    open_page(page, folder, "box.html")
    box = page.get_by_role("combobox")
    box.fill("停车")
    expect(page.get_by_role("option").first).to_be_visible()
    box.press("ArrowDown")
    box.press("ArrowDown")
    active = page.locator('[role="option"][aria-selected="true"]')
    expect(active).to_have_count(1)
    assert box.get_attribute("aria-activedescendant") == active.get_attribute("id")
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    box.press("Enter")
    page.wait_for_url("**/search.html#q=*")
    assert unquote(page.url).endswith("search.html#q=停车")
    expect(page.locator(".rc-card").first).to_be_visible()


def test_enter_on_a_suggestion_goes_to_it(page: Page, folder: Path) -> None:
    (folder / "terms").mkdir(exist_ok=True)
    (folder / "cases").mkdir(exist_ok=True)
    hit = search(real_index(), "漏接电话").hits[0].document
    (folder / hit.url).write_text("<!doctype html><title>到了</title>", encoding="utf-8")
    open_page(page, folder, "box.html")
    page.get_by_role("combobox").fill("漏接电话")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_title("到了")


# ---- the search page ------------------------------------------------------------------------------------------------


def status(page: Page) -> str:
    return page.locator(".rc-search__status").inner_text()


def test_typing_searches_and_the_address_can_be_shared(page: Page, folder: Path) -> None:
    open_page(page, folder)
    page.locator(".rc-search__input").fill("没等批复就先开工了")
    expect(page.locator(".rc-card").first).to_be_visible()
    shown = page.locator(".rc-card__link").all_inner_texts()
    assert shown == [h.document.title for h in search(real_index(), "没等批复就先开工了", limit=10).hits]
    expect(page.locator(".rc-search__read")).to_contain_text("未批先行")
    expect(page.locator(".rc-card__why").first).to_contain_text("命中要素：未批先行")
    assert page.locator("mark.rc-mark").count()
    address = page.url
    other = page.context.new_page()
    other.goto(address)
    expect(other.locator(".rc-card__link").first).to_have_text(shown[0])
    other.close()


def test_facets_combine_and_their_counts_hold(page: Page, folder: Path) -> None:
    open_page(page, folder, tail="#q=停车")
    kinds = page.locator('.rc-facet[data-facet="kind"]')
    expect(kinds.locator("input").first).to_be_visible()
    expected = int(
        kinds.locator("li", has=page.locator('input[value="contrast"]')).locator(".rc-count").inner_text()
    )
    kinds.locator('input[value="contrast"]').check()
    expect(page.locator(".rc-chip", has_text="类型：对照")).to_be_visible()
    filters = {"kind": ["contrast"]}
    assert expected == search(real_index(), "停车", filters=filters).total
    assert status(page).startswith(f"找到 {expected} 条案例")
    assert unquote(page.url).endswith("#q=停车&kind=contrast")
    kinds.locator('input[value="clarified"]').check()
    filters["kind"].append("clarified")
    total = search(real_index(), "停车", filters=filters).total
    expect(page.locator(".rc-search__status")).to_contain_text(f"找到 {total} 条案例")
    page.go_back()
    expect(page.locator(".rc-search__status")).to_contain_text(f"找到 {expected} 条案例")
    page.get_by_role("button", name="去掉筛选 类型：对照").click()
    expect(page.locator(".rc-search__status")).to_contain_text(
        f"找到 {search(real_index(), '停车').total} 条案例"
    )


def test_the_list_of_a_filter_is_read_when_somebody_opens_it(page: Page, folder: Path) -> None:
    read = watched(page)
    open_page(page, folder, tail="#q=停车")
    expect(page.locator(".rc-card").first).to_be_visible()
    expect(page.locator('.rc-facet[data-facet="kind"] input').first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert lists_in(read) == {"kind"}
    title = page.locator('.rc-facet[data-facet="outcome"] summary')
    title.focus()
    page.keyboard.press("Enter")
    boxes = page.locator('.rc-facet[data-facet="outcome"] input')
    expect(boxes.first).to_be_visible()
    assert lists_in(read) == {"kind", "outcome"}
    value = boxes.first.input_value()
    total = search(real_index(), "停车", filters={"outcome": [value]}).total
    boxes.first.check()
    expect(page.locator(".rc-search__status")).to_contain_text(f"找到 {total} 条案例")


def test_a_filter_in_the_address_stands_open(page: Page, folder: Path) -> None:
    read, value = watched(page), next(iter(real_index().documents[0].facets["error_factors"]))
    open_page(page, folder, tail=f"#q=停车&error_factors={value}")
    expect(page.locator(f'.rc-facet[data-facet="error_factors"] input[value="{value}"]')).to_be_checked()
    total = search(real_index(), "停车", filters={"error_factors": [value]}).total
    expect(page.locator(".rc-search__status")).to_contain_text(
        f"找到 {total} 条案例" if total else "没有找到"
    )
    assert lists_in(read) == {"kind", "error_factors"}


def test_results_stand_although_the_numbers_of_other_types_cannot_be_read(
    browser: Browser, broken: Path
) -> None:
    [build] = [path for path in (broken / "search").iterdir() if path.is_dir()]
    for path in (*build.glob("guide-*"), *build.glob("rule-*")):
        path.unlink()
    page = browser.new_page()
    open_page(page, broken, tail="#q=停车")
    expect(page.locator(".rc-card").first).to_be_visible()
    expect(page.locator(".rc-search__status")).to_contain_text("找到")
    page.close()


def test_facets_alone_browse_all_cases(page: Page, folder: Path) -> None:
    open_page(page, folder, tail="#kind=preclearance")
    total = search(real_index(), "", filters={"kind": ["preclearance"]}).total
    expect(page.locator(".rc-search__status")).to_contain_text(f"找到 {total} 条案例")


def test_results_can_be_sorted_by_date(page: Page, folder: Path) -> None:
    open_page(page, folder, tail="#q=停车&sort=date")
    expect(page.locator(".rc-card").first).to_be_visible()
    index = real_index()
    found = [h.document for h in search(index, "停车", limit=None).hits]
    newest = sorted(found, key=lambda d: index.number[d.id])
    newest.sort(key=lambda d: d.date, reverse=True)
    assert page.locator(".rc-card__link").all_inner_texts() == [d.title for d in newest[:10]]


def test_more_results_follow_on_demand(page: Page, folder: Path) -> None:
    open_page(page, folder, tail="#q=集体研究过能免责吗")
    total = search(real_index(), "集体研究过能免责吗").total
    assert total > 10
    expect(page.locator(".rc-card")).to_have_count(10)
    page.locator(".rc-search__more").click()
    expect(page.locator(".rc-card")).to_have_count(min(30, total))


def test_nothing_found_says_what_to_try(page: Page, folder: Path) -> None:
    open_page(page, folder, tail="#q=qqzzxx")
    expect(page.locator(".rc-empty")).to_contain_text("没有找到合适的案例")
    page.locator(".rc-empty").get_by_role("button", name="粘贴案情").click()
    expect(page.locator(".rc-search__area")).to_be_focused()


def test_keys_move_between_box_and_results(page: Page, folder: Path) -> None:
    open_page(page, folder, tail="#q=停车")
    expect(page.locator(".rc-card").first).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator(".rc-search__input")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".rc-card__link").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".rc-search__input")).to_be_focused()


def test_types_switch_and_count(page: Page, folder: Path) -> None:
    open_page(page, folder, tail="#q=事前报备")
    for kind, label in TYPES.items():
        button = page.locator(".rc-search__type", has_text=label)
        expect(button.locator(".rc-count")).to_have_text(
            str(search(real_index(), "事前报备", type=kind).total)
        )
    page.locator(".rc-search__type", has_text="规则").click()
    expect(page.locator(".rc-card__link").first).to_have_text(
        search(real_index(), "事前报备", type="rule").hits[0].document.title
    )
    assert "type=rule" in page.url
    expect(page.locator(".rc-facets")).to_be_hidden()


def test_markup_in_the_address_is_only_text(page: Page, folder: Path) -> None:
    open_page(page, folder, tail="#q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E停车&kind=<script>&sort=%00")
    expect(page.locator(".rc-card").first).to_be_visible()
    assert page.locator("#rc-search img, #rc-search script").count() == 0


def test_the_page_fits_a_phone(page: Page, folder: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    open_page(page, folder, tail="#q=停车")
    expect(page.locator(".rc-card").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator(".rc-facet").first).to_be_hidden()
    page.locator(".rc-facets__title").click()
    page.locator('.rc-facet[data-facet="kind"] summary').click()
    small = page.evaluate(
        "Array.from(document.querySelectorAll('#rc-search button, #rc-search input:not([type=checkbox]), #rc-search select,"
        " #rc-search summary, .rc-facet__value')).filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)"
        ".map(e => e.className)"
    )
    assert small == []
