"""The search page as officers use it: explanations, groups, comparison and the report of similar cases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from build_tools.export.comparison import compare
from build_tools.export.matter import matter_from_facts
from build_tools.export.precedents import GROUPS, Findings, find_precedents
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
    return json.loads(page.evaluate(f"async a => JSON.stringify(await ({script})(JSON.parse(a)))", json.dumps(argument)))


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
    return [*judged, *MATTERS, *(f"{case.get('background')}{case.get('error')}" for case in library.cases[::4])]


# ---- the same test of a 类案 on both sides ---------------------------------------------------------------------------


def test_facts_are_read_alike_on_the_page_and_on_the_command_line(page: Page, folder: Path) -> None:
    open_page(page, folder)
    script = """async t => { const m = await RongcuoMatter.fromFacts(t), o = {};
        for (const f of Object.keys(m.signs)) o[f] = m.signs[f].map(s => [s.term, s.how, s.denied]).sort();
        return [o, [...m.points].sort(), m.rules, m.unknown, [...m.recommended].sort()]; }"""
    for facts in matters():
        mine = findings(facts).matter
        signs = {f: sorted([s.term, s.how, s.denied] for s in found) for f, found in mine.signs.items()}
        expected = [signs, sorted(mine.points), list(mine.rules), list(mine.unknown_rules), sorted(mine.recommended)]
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
            g: [mine.totals[g], [p.case.id for p in mine.groups[g]], [p.comparison.reason for p in mine.groups[g]]]
            for g in GROUPS
        }
        spread = [[s.kind, s.count, dict(s.outcomes)] for s in mine.spread]
        steps = [
            [s.id, *(list(mine.by_step.get((g, s.id), (0, 0))) for g in GROUPS[:2])] for s in definition().steps
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
            shared = {f: [{"here": s.here, "there": s.there, "state": s.state} for s in i] for f, i in c.shared.items()}
            sides = [{f: [list(pair) for pair in pairs] for f, pairs in s.items()} for s in (c.only_here, c.only_there)]
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
    rows = page.locator(".rc-spread__row")
    shares = findings(facts).spread
    expect(rows).to_have_count(len(shares))
    for n, share in enumerate(shares):
        expect(rows.nth(n).locator(".rc-spread__count")).to_have_text(f"{share.count} 件")
        assert rows.nth(n).locator(".rc-spread__bar").bounding_box()["width"] > 20  # type: ignore[index]


def test_facts_too_long_are_refused(page: Page, folder: Path) -> None:
    open_page(page, folder, "#mode=facts")
    page.locator(".rc-search__area").fill("停车" * 10001)
    page.get_by_role("button", name="找类案").click()
    expect(page.locator(".rc-search__status")).to_contain_text("超过 20000 字")


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


def test_results_are_accessible_and_fit_a_phone(page: Page, folder: Path) -> None:
    paste(page, folder)
    expect(page.locator(".rc-why[open] .rc-why__body")).to_have_count(3)
    assert violations(page) == []
    page.set_viewport_size({"width": 375, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
