"""The search page as officers use it: explanations, groups, comparison and the report of similar cases."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from docx import Document
from playwright.sync_api import Browser, Page, expect

from build_tools.export.comparison import compare
from build_tools.export.matter import matter_from_facts
from build_tools.export.precedents import GROUPS, Findings, find_precedents
from build_tools.export.report import Entry, Note, Report, build_report
from build_tools.search import search
from build_tools.search.text import normalize
from tests.search_site import definition, quiet_page, write_site
from tests.search_support import JUDGEMENTS, MATTERS, real_index, real_library

pytestmark = pytest.mark.browser
FACTS = str(JUDGEMENTS["queries"][-1]["text"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with quiet_page(browser) as opened:
        yield opened


def open_page(page: Page, folder: Path, tail: str = "") -> None:
    page.goto("about:blank")
    page.goto((folder / "search.html").as_uri() + tail)


def ask(page: Page, script: str, argument: Any) -> Any:
    return json.loads(
        page.evaluate(f"async a => JSON.stringify(await ({script})(JSON.parse(a)))", json.dumps(argument))
    )


def paste(page: Page, folder: Path, facts: str = FACTS) -> None:
    open_page(page, folder)
    page.get_by_role("button", name="粘贴案情").click()
    page.locator(".rc-search__area").fill(facts)
    page.get_by_role("button", name="找类案").click()
    expect(page.locator('[data-group="facts_only"]')).to_be_attached()


@cache
def findings(facts: str) -> Findings:
    library, schemas = real_library()
    matter = matter_from_facts(facts, library, schemas, real_index(), definition())
    return find_precedents(matter, library, schemas, real_index(), definition(), date.today())


def matters() -> list[str]:
    judged = [str(query["text"]) for query in JUDGEMENTS["queries"] if query.get("facts")]
    library, _ = real_library()
    return [
        *judged,
        *MATTERS,
        *(f"{case.get('background')}{case.get('error')}" for case in library.cases[::16]),
    ]


# ---- the same test of a 类案 on both sides ---------------------------------------------------------------------------


def test_facts_are_read_alike_on_the_page_and_on_the_command_line(page: Page, folder: Path) -> None:
    open_page(page, folder)
    script = """async t => { const m = await RongcuoMatter.fromFacts(t), o = {};
        for (const f of Object.keys(m.signs)) o[f] = m.signs[f].map(s => [s.term, s.how, s.denied]).sort();
        return [o, [...m.points].sort(), m.rules, m.unknown, [...m.recommended].sort()]; }"""
    for facts in matters():
        mine = findings(facts).matter
        signs = {f: sorted([s.term, s.how, s.denied] for s in found) for f, found in mine.signs.items()}
        expected = [
            signs,
            sorted(mine.points),
            list(mine.rules),
            list(mine.unknown_rules),
            sorted(mine.recommended),
        ]
        assert ask(page, script, facts) == expected, facts[:30]


def test_groups_spread_and_order_are_those_of_the_report_command(page: Page, folder: Path) -> None:
    open_page(page, folder)
    script = """async t => { const m = await RongcuoMatter.fromFacts(t), f = await RongcuoPrecedents.find(m), o = {};
        for (const g of RongcuoPrecedents.GROUPS) { const ps = f.groups[g].slice(0, 10), r = [];
            const hs = await RongcuoSearch.heads(ps.map(p => p.number));
            for (const [i, p] of ps.entries()) r.push((await RongcuoExplain.rows(m, hs[i], p)).reason);
            o[g] = [f.groups[g].length, hs.map(h => h.id), r]; }
        return [o, f.spread.map(s => [s.kind.value, s.count, Object.fromEntries(s.outcomes)]),
            f.steps.map(s => [s.step.id, s.on_point, s.adverse])]; }"""
    for facts in matters():
        mine = findings(facts)
        groups = {
            g: [
                mine.totals[g],
                [p.case.id for p in mine.groups[g]],
                [p.comparison.reason for p in mine.groups[g]],
            ]
            for g in GROUPS
        }
        spread = [[s.kind, s.count, dict(s.outcomes)] for s in mine.spread]
        steps = [
            [s.id, *(list(mine.by_step.get((g, s.id), (0, 0))) for g in GROUPS[:2])]
            for s in definition().steps
        ]
        assert ask(page, script, facts) == [groups, spread, steps], facts[:30]


def test_comparisons_are_those_of_the_report_command(page: Page, folder: Path) -> None:
    open_page(page, folder)
    library, schemas = real_library()
    script = """async ([t, numbers]) => { const m = await RongcuoMatter.fromFacts(t), k = await RongcuoMatter.data(), o = [];
        for (const n of numbers) { const e = await RongcuoPrecedents.elements(n),
            c = RongcuoPrecedents.compare(k, m, e.coded, e.rules);
            o.push([c.shared, c.onlyHere, c.onlyThere, c.rules]); } return o; }"""
    for facts in matters()[:12]:
        mine, expected, numbers = findings(facts), [], []
        for p in [p for group in mine.groups.values() for p in group]:
            c = compare(mine.matter, p.case, library, schemas, definition())
            shared = {
                f: [{"here": s.here, "there": s.there, "state": s.state} for s in i]
                for f, i in c.shared.items()
            }
            sides = [
                {f: [list(pair) for pair in pairs] for f, pairs in s.items()}
                for s in (c.only_here, c.only_there)
            ]
            expected.append([shared, *sides, list(c.rules)])
            numbers.append(real_index().number[p.case.id])
        assert ask(page, script, [facts, numbers]) == expected, facts[:30]


# ---- explanations ----------------------------------------------------------------------------------------------------


def test_pasted_facts_show_all_groups_and_leave_no_trace(page: Page, folder: Path) -> None:
    paste(page, folder)
    mine = findings(FACTS)
    for group in GROUPS:
        part = page.locator(f'[data-group="{group}"]')
        expect(part.locator("h2")).to_contain_text(definition().text("groups", group, "label"))
        expect(part.locator(".rc-card__link")).to_have_text([p.case.title for p in mine.groups[group]])
    assert page.url.endswith("#mode=facts")
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, history.state, document.cookie])")
    assert kept == json.dumps([{}, {}, None, ""]).replace(" ", "")


def test_the_first_three_explanations_stand_open_and_say_why(page: Page, folder: Path) -> None:
    facts = next(text for text in matters() if len(findings(text).groups["on_point"]) > 1)
    paste(page, folder, facts)
    boxes = page.locator(".rc-card .rc-why")
    expect(page.locator(".rc-card .rc-why[open] .rc-why__body")).to_have_count(3)
    first = findings(facts).groups["on_point"][0]
    expect(boxes.first).to_contain_text(first.comparison.reason)
    library, _ = real_library()
    for term in first.comparison.shared["error_factors"]:
        expect(boxes.first).to_contain_text(library.label(term.there))
    for side in first.comparison.only_there.values():
        expect(boxes.first).to_contain_text(library.label(side[0][0]))
    expect(boxes.first).to_contain_text(library.label(first.case.get("outcome", "terms", 0)))
    for word in first.words[:1]:
        expect(boxes.first).to_contain_text(word[:4])


def test_an_explanation_opens_by_keyboard_for_a_query_in_words(page: Page, folder: Path) -> None:
    open_page(page, folder, "#q=没等批复就先开工了")
    summary = page.locator(".rc-card .rc-why summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".rc-card .rc-why").first).to_contain_text("未批先行")
    expect(page.locator(".rc-card .rc-why__body").first).to_contain_text("该案有、本案未写")


def test_the_spread_is_drawn_with_numbers(page: Page, folder: Path) -> None:
    facts = next(text for text in matters() if findings(text).spread)
    paste(page, folder, facts)
    rows = page.locator(".rc-outcomes__row")
    shares = findings(facts).spread
    expect(rows).to_have_count(len(shares))
    for n, share in enumerate(shares):
        expect(rows.nth(n).locator(".rc-outcomes__count")).to_have_text(f"{share.count} 件")
        assert rows.nth(n).locator(".rc-outcomes__bar").bounding_box()["width"] > 20  # type: ignore[index]


def test_facts_too_long_are_refused(page: Page, folder: Path) -> None:
    open_page(page, folder, "#mode=facts")
    page.locator(".rc-search__area").fill("停车" * 10001)
    page.get_by_role("button", name="找类案").click()
    expect(page.locator(".rc-search__status")).to_contain_text("超过 20000 字")


# ---- comparison ------------------------------------------------------------------------------------------------------


def choose(page: Page, count: int) -> None:
    for n in range(count):
        page.locator(".rc-compare__choice input").nth(n).check()


def test_chosen_cases_stand_side_by_side_with_differences_marked(page: Page, folder: Path) -> None:
    open_page(page, folder, "#q=停车")
    choose(page, 1)
    expect(page.get_by_role("button", name="比较所选")).to_be_disabled()
    choose(page, 3)
    page.get_by_role("button", name="比较所选").click()
    dialog = page.get_by_role("dialog", name="案例比较")
    heads = dialog.locator("thead a")
    expect(heads).to_have_text(page.locator(".rc-card__link").all_inner_texts()[:3])
    library, _ = real_library()
    by_title = {case.title: case for case in library.cases}
    cases = [by_title[title] for title in heads.all_inner_texts()]
    row = dialog.locator("tbody tr", has=page.get_by_role("rowheader", name="错误要素", exact=True))
    terms = [[library.label(item["term"]) for item in case.get("error_factors")] for case in cases]
    for n, expected in enumerate(terms):
        assert row.locator("td").nth(n).inner_text().split("\n") == expected
    everywhere = set(terms[0]).intersection(*terms[1:])
    marked = set(row.locator("mark").all_inner_texts())
    assert marked == {label for one in terms for label in one} - everywhere
    verdict = "相同" if len({tuple(sorted(t)) for t in terms}) == 1 else "部分相同" if everywhere else "不同"
    expect(row.locator("td").last).to_have_text(verdict)


def test_comparing_works_by_keyboard_and_gives_the_focus_back(page: Page, folder: Path) -> None:
    open_page(page, folder, "#q=停车")
    for n in range(2):
        page.locator(".rc-compare__choice input").nth(n).focus()
        page.keyboard.press("Space")
    expect(page.locator(".rc-compare__said")).to_contain_text("已选 2 件")
    page.get_by_role("button", name="比较所选").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator("table")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="比较所选")).to_be_focused()
    page.get_by_role("button", name="取消选择").click()
    expect(page.locator(".rc-compare__choice input:checked")).to_have_count(0)


def test_at_most_four_cases_are_compared(page: Page, folder: Path) -> None:
    open_page(page, folder, "#q=停车")
    choose(page, 4)
    page.locator(".rc-compare__choice input").nth(4).click()
    expect(page.locator(".rc-compare__choice input").nth(4)).not_to_be_checked()
    expect(page.locator(".rc-compare__said")).to_contain_text("最多选 4 件")


# ---- the report ------------------------------------------------------------------------------------------------------


def blocks(report: Report) -> list[dict[str, Any]]:
    """The report of the command line in the shape of the page's blocks."""
    out: list[dict[str, Any]] = [{"title": report.title}]
    for part in report.parts:
        out.append({"heading": part.heading})
        for block in part.blocks:
            if isinstance(block, Note):
                out.append({"note": block.text})
            elif isinstance(block, Entry):
                out.append({"label": block.label, "value": block.value})
            else:
                out.append({"subheading": block.title})
                rows = [dict(row) for row in block.rows]
                out.append({"rows": rows} if rows else {"text": block.empty})
    out.append({"note": report.notice})
    if report.attachment[1]:
        out += [{"heading": report.attachment[0], "breakBefore": True}, {"text": report.attachment[1]}]
    return out


def test_the_report_is_that_of_the_command_line(page: Page, folder: Path) -> None:
    open_page(page, folder)
    library, schemas = real_library()
    script = """async t => { const m = await RongcuoMatter.fromFacts(t);
        const r = await RongcuoReport.build(await RongcuoPrecedents.find(m), { by: "甲", case_name: "乙" });
        for (const b of r.blocks) delete b.columns;
        return [r.header, r.footer, r.blocks]; }"""
    for facts in [*matters()[:6], "本街道有个项目。" * 150]:
        mine = build_report(
            findings(facts), library, schemas, definition(), date.today(), by="甲", case_name="乙"
        )
        header, footer, found = ask(page, script, facts.strip())
        assert [header, footer] == [mine.header, mine.footer]
        assert without_words(found) == without_words(blocks(mine)), facts[:30]


def without_words(found: list[dict[str, Any]]) -> str:
    """The shared words are cut from the stored text, which on the page lacks the shortest lines."""
    label = definition().text("labels", "words")
    return re.sub(rf"(\\n)?{label}：(“[^”]*”、?)+", "", json.dumps(found, ensure_ascii=False, sort_keys=True))


HOSTILE_FACTS = "居委会没等业主表决就收停车费<w:t>&\"'\x08\ufffe</w:document> 😀]]>，公示也没有做。"


def report_of(page: Page, folder: Path, facts: str = FACTS) -> None:
    paste(page, folder, facts)
    page.get_by_role("button", name="类案检索报告").click()
    expect(page.locator(".rc-report__title")).to_have_text(definition().text("title"))


def downloaded(page: Page, tmp_path: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载 Word 文件").click()
    path = tmp_path / "report.docx"
    waiting.value.save_as(path)
    assert re.fullmatch(r"类案检索报告-\d{4}-\d\d-\d\d\.docx", waiting.value.suggested_filename)
    return path


def test_the_word_file_is_sound_and_holds_the_eight_parts(page: Page, folder: Path, tmp_path: Path) -> None:
    report_of(page, folder)
    page.get_by_label("检索人").fill("某街道纪工委")
    path = downloaded(page, tmp_path)
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        for name in package.namelist():
            ElementTree.fromstring(package.read(name))
    document = Document(str(path))
    headings = [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 1"]
    assert headings[:8] == [part["heading"] for part in definition().data["parts"]]
    said = "\n".join(p.text for p in document.paragraphs)
    assert "某街道纪工委" in said and definition().text("notice") in said and FACTS.strip()[:40] in said
    cells = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    for group in GROUPS:
        for precedent in findings(FACTS).groups[group]:
            assert precedent.case.id in cells


def test_hostile_facts_stay_text_in_the_report(page: Page, folder: Path, tmp_path: Path) -> None:
    report_of(page, folder, HOSTILE_FACTS)
    said = "\n".join(p.text for p in Document(str(downloaded(page, tmp_path))).paragraphs)
    assert "收停车费<w:t>&\"'</w:document> 😀]]>，公示" in said
    assert page.locator("#rc-search w\\:t").count() == 0


def test_the_report_leaves_no_trace_and_leads_back(page: Page, folder: Path) -> None:
    report_of(page, folder)
    assert (
        page.url.endswith("#mode=facts") and page.evaluate("localStorage.length + sessionStorage.length") == 0
    )
    expect(page.get_by_role("button", name="返回结果")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator('[data-group="on_point"]')).to_be_visible()


def test_only_the_report_is_printed(page: Page, folder: Path) -> None:
    report_of(page, folder)
    page.emulate_media(media="print")
    expect(page.locator(".rc-report__paper")).to_be_visible()
    for hidden in (".rc-search__area", ".rc-facets", ".rc-report__field", ".rc-report .rc-search__buttons"):
        expect(page.locator(hidden).first).to_be_hidden()


@pytest.mark.skipif(
    not shutil.which("soffice"), reason="LibreOffice（soffice）没有安装，未核对 Word 文件能否打开"
)
def test_libreoffice_opens_the_word_file(page: Page, folder: Path, tmp_path: Path) -> None:
    report_of(page, folder)
    path = downloaded(page, tmp_path)
    command = [
        "soffice",
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        "txt:Text",
        "--outdir",
    ]
    subprocess.run([*command, str(tmp_path), str(path)], check=True, capture_output=True, timeout=180)
    text = (tmp_path / "report.txt").read_text(encoding="utf-8", errors="replace")
    for part in definition().data["parts"]:
        assert part["heading"] in text


# ---- how a query may be written --------------------------------------------------------------------------------------


def shown(page: Page) -> list[str]:
    """Titles of all results, after asking for every page of them."""
    expect(page.locator(".rc-search__status")).to_contain_text(
        "件案例" if page.locator(".rc-search__part").count() else "条"
    )
    while page.locator(".rc-search__more").count():
        before = page.locator(".rc-card").count()
        page.locator(".rc-search__more").click()
        expect(page.locator(".rc-card")).not_to_have_count(before)
    return page.locator(".rc-card__link").all_inner_texts()


def holders(phrase: str) -> set[str]:
    """Titles of the cases in whose indexed text the neighbouring characters of a phrase stand together."""
    pairs = [a + b for a, b in pairwise(phrase)]
    cases = [document for document in real_index().documents if document.type == "case"]
    texts = {d.title: "\n".join(normalize(f.text) for f in d.fields) for d in cases}
    return {title for title, text in texts.items() if all(pair in text for pair in pairs)}


def test_a_phrase_must_stand_in_every_result(page: Page, folder: Path) -> None:
    open_page(page, folder, "#q=“集体研究” 停车")
    expect(page.locator(".rc-card").first).to_be_visible()
    found = shown(page)
    assert found and set(found) <= holders("集体研究")
    expect(page.locator(".rc-search__read")).to_contain_text("必须有“集体研究”")


def test_an_excluded_word_stands_in_no_result(page: Page, folder: Path) -> None:
    open_page(page, folder, "#q=停车 -收费")
    expect(page.locator(".rc-card").first).to_be_visible()
    plain = {h.document.title for h in search(real_index(), "停车", limit=None).hits}
    assert set(shown(page)) == plain - holders("收费")
    assert plain & holders("收费")


def test_a_field_limits_the_results(page: Page, folder: Path) -> None:
    open_page(page, folder)
    facet = next(facet for facet in real_index().facets if facet.name == "fields")
    page.locator(".rc-search__input").fill(f"{facet.title}：停车")
    expect(page.locator(".rc-search__read")).to_contain_text("领域限于“停车”")
    expect(page.locator(".rc-card").first).to_be_visible()
    values = [
        i for i, label in real_index().lexicon.labels.items() if i.startswith("fd-") and "停车" in label
    ]
    expected = {
        h.document.title for h in search(real_index(), "", filters={"fields": values}, limit=None).hits
    }
    assert expected <= set(shown(page))
    page.locator(".rc-search__input").fill("领域:没有这个领域")
    expect(page.locator(".rc-search__read")).to_contain_text("领域里没有“没有这个领域”")
    expect(page.locator(".rc-empty")).to_contain_text("没有找到合适的案例")


def test_a_search_in_one_field_finds_only_cases_with_the_words_there(page: Page, folder: Path) -> None:
    open_page(page, folder, "#q=公示")
    expect(page.locator(".rc-card").first).to_be_visible()
    page.get_by_label("只在").select_option(label="案例启示")
    expect(page).to_have_url(re.compile("part=lessons"))
    expected = {
        d.title
        for d in real_index().documents
        if d.type == "case" and any(f.name == "lessons" and "公示" in normalize(f.text) for f in d.fields)
    }
    expect(page.locator(".rc-search__status")).to_contain_text(f"找到 {len(expected)} 条案例")
    assert set(shown(page)) == expected


def test_years_limit_the_results_and_are_in_the_address(page: Page, folder: Path) -> None:
    open_page(page, folder, "#q=停车&from=2018&to=2020")
    expect(page.locator(".rc-card").first).to_be_visible()
    hits = [h.document for h in search(real_index(), "停车", limit=None).hits]
    assert shown(page) == [d.title for d in hits if "2018" <= d.date[:4] <= "2020"]
    page.get_by_label("到哪一年").fill("2019")
    page.get_by_label("到哪一年").press("Enter")
    expect(page).to_have_url(re.compile("from=2018&to=2019$"))
    assert shown(page) == [d.title for d in hits if "2018" <= d.date[:4] <= "2019"]
    page.get_by_label("到哪一年").fill("abcd")
    page.get_by_label("到哪一年").press("Enter")
    expect(page).to_have_url(re.compile("from=2018$"))


def test_recent_queries_are_kept_only_where_asked_and_never_facts(page: Page, folder: Path) -> None:
    open_page(page, folder)
    box = page.locator(".rc-search__input")
    box.fill("停车")
    box.press("Enter")
    assert page.evaluate("localStorage.length") == 0
    page.locator(".rc-help summary").click()
    page.get_by_label("记住最近").check()
    for words in ("小金库", "停车", "小金库", FACTS[:60]):
        box.fill(words)
        box.press("Enter")
    page.get_by_role("button", name="粘贴案情").click()
    page.locator(".rc-search__area").fill(FACTS)
    page.get_by_role("button", name="找类案").click()
    expect(page.locator('[data-group="adverse"]')).to_be_attached()
    assert page.evaluate("Object.values(localStorage)") == ['["小金库","停车"]']
    page.get_by_role("button", name="关键词").click()
    assert page.locator("#rc-recent option").evaluate_all("all => all.map(o => o.value)") == [
        "小金库",
        "停车",
    ]
    page.get_by_role("button", name="清除记下的检索词").click()
    assert page.evaluate("Object.values(localStorage)") == ["[]"]
    page.get_by_label("记住最近").uncheck()
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize(
    "text", ['"', "“”", "-", "- -", '"-"', "领域:", ":停车", "-领域:停车", '-"' + "停" * 90 + '"', "a:b:c"]
)
def test_broken_syntax_is_harmless(page: Page, folder: Path, text: str) -> None:
    open_page(page, folder)
    page.locator(".rc-search__input").fill(text)
    page.locator(".rc-search__input").press("Enter")
    expect(page.locator(".rc-search__status")).to_have_text(re.compile("找到|没有找到|共收"))
    expect(page.locator(".rc-search__status")).not_to_contain_text("出错")


# ---- for everybody ---------------------------------------------------------------------------------------------------


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


@pytest.fixture
def audited(browser: Browser) -> Iterator[Page]:
    """A page that may complain: axe injects styles, which the page's policy refuses."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, locale="zh-CN")
    yield context.new_page()
    context.close()


def test_results_are_accessible_and_fit_a_phone(audited: Page, folder: Path) -> None:
    page = audited
    paste(page, folder)
    expect(page.locator(".rc-why[open] .rc-why__body")).to_have_count(3)
    assert violations(page) == []
    page.set_viewport_size({"width": 375, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.set_viewport_size({"width": 1200, "height": 900})
    choose(page, 2)
    page.get_by_role("button", name="比较所选").click()
    expect(page.get_by_role("dialog").locator("table")).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 375, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.keyboard.press("Escape")
    page.get_by_role("button", name="类案检索报告").click()
    expect(page.locator(".rc-report__title")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert violations(page) == []
