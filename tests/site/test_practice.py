"""The self-check and the drill: what their data hold, and both pages as people work through them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from build_tools.load import for_edition, load_library, load_schemas
from build_tools.load.coded_fields import field_of_list
from build_tools.load.drill import drill_of
from build_tools.load.selfcheck import SelfCheck, selfcheck_of
from build_tools.model import Case
from build_tools.relate.drill import FACTS, GAP, exercises, hidden_words, hide
from build_tools.relate.likeness import code_weights, codes_of
from build_tools.site.build import Built
from build_tools.site.selfcheck_data import NORM, on_grid
from tests.check_support import lines, make_library, write

from .test_browser import DESK, PHONE, visit

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = load_schemas(ROOT / "schema")
LIBRARY = for_edition(load_library(ROOT).library, SCHEMAS)
assert LIBRARY.selfcheck and LIBRARY.drill
CHECK: SelfCheck = selfcheck_of(LIBRARY.selfcheck)
SETTINGS = drill_of(LIBRARY.drill)
QUESTIONS = [q for step in CHECK.steps for q in step.questions]
TITLE = {v.id: v.title for v in CHECK.verdicts}
READY = exercises(LIBRARY.cases, LIBRARY, SCHEMAS, SETTINGS)
WORDS = hidden_words(LIBRARY, SCHEMAS, SETTINGS)


def data(site: Path, name: str) -> Any:
    """The content of a file the pages read, out of the call that registers it."""
    text = (site / "data" / f"{name}.js").read_text(encoding="utf-8")
    return json.loads(text[text.index(",") + 1 : text.rindex(")")])


def drill_parts(site: Path, kind: str) -> list[Any]:
    """All facts or all answers of the drill, in order."""
    marks = data(site, "drill")[kind]["marks"]
    parts = [
        f"{year}-{n}-{mark}"
        for year in sorted(marks)
        for n, mark in enumerate(marks[year].split(","))
        if mark
    ]
    return [entry for part in parts for _, entry in data(site, f"drill/{kind}-{part}")]


# ---- the questions ---------------------------------------------------------------------------------------------


def test_questions_go_from_identity_over_red_lines_to_procedure() -> None:
    assert [s.title for s in CHECK.steps] == ["身份", "红线", "边界", "条件", "程序"]
    red = next(s for s in CHECK.steps if s.title == "红线")
    assert all(any(a.effect == "stop" for a in q.answers) for q in red.questions)
    assert all(any(a.effect in ("ok", "record") for a in q.answers) for q in QUESTIONS)


def test_the_three_boundaries_are_all_asked_about() -> None:
    asked = {c.term for a in CHECK.answers for c in a.codes}
    assert {t.id for t in LIBRARY.vocabulary["boundaries"].terms} <= asked


def test_every_answer_that_hinders_says_why_and_what_to_do() -> None:
    assert [a.text for a in CHECK.answers if a.effect in ("stop", "prefile") and not (a.why and a.todo)] == []


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("term: ex-private-gain", "term: ex-privat-gain", "RC303"),
        ("N-16#15", "N-16#999", "RC306"),
        ("effect: stop", "effect: halt", "RC204"),
        ("state: present", "state: met", "RC612"),
        ("id: gain", "id: duty", "RC612"),
        ("  - id: go\n", "  - id: go\n    when:\n      - ok\n", "RC612"),
    ],
)
def test_check_reports_a_slip_in_the_questions(tmp_path: Path, before: str, after: str, code: str) -> None:
    root = make_library(tmp_path / "库")
    for rule in (ROOT / "rules").glob("*.yaml"):
        write(root, f"rules/{rule.name}", rule.read_bytes())
    text = (ROOT / "schema/selfcheck.yaml").read_text(encoding="utf-8")
    write(root, "schema/selfcheck.yaml", text)
    clean = set(lines(root))
    assert not any(line.startswith("schema/selfcheck.yaml") for line in clean)
    assert before in text
    write(root, "schema/selfcheck.yaml", text.replace(before, after, 1))
    found = [line for line in lines(root) if line not in clean]
    assert any(re.match(rf"schema/selfcheck\.yaml:\d+:\d+: {code} ", line) for line in found), found


# ---- the drill's data ------------------------------------------------------------------------------------------


def test_at_least_forty_cases_qualify_and_every_module_has_some() -> None:
    assert len(READY) >= 40
    assert {m for e in READY for m in e.modules} == {m.id for m in SETTINGS.modules}
    assert len(SETTINGS.modules) == 4
    assert {e.case.kind for e in READY} == {k.value for k in SCHEMAS.case.choices(("kind",))}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("outcome", {"terms": ("oc-exempt",)}),
        ("boundaries", ()),
        ("status", "overturned"),
        ("confidence", {"grade": "low"}),
        ("background", "免予问责。"),
    ],
)
def test_a_case_without_the_detail_does_not_qualify(key: str, value: Any) -> None:
    case = next(e.case for e in READY if e.case.id == "RC-2026-0007")
    changed = {**case.data, key: value}
    if key == "background":
        changed.update(circumstances=value, error=value)
    thin = Case(case.path, changed, case.marks, case.key_marks, case.text)
    assert exercises([case], LIBRARY, SCHEMAS, SETTINGS)
    assert exercises([thin], LIBRARY, SCHEMAS, SETTINGS) == ()


def test_hiding_takes_whole_sentences_and_leaves_one_gap() -> None:
    assert (
        hide("先占地施工。后来受处分。又被问责！群众满意。", ["处分", "问责"])
        == f"先占地施工。{GAP}群众满意。"
    )
    assert hide("受处分。", ["处分"]) == "" and hide("", ["处分"]) == ""


@pytest.mark.parametrize("exercise", READY, ids=lambda e: e.case.id)
def test_facts_do_not_give_the_outcome_away(site: Path, exercise: Any) -> None:
    shown = drill_parts(site, "facts")[READY.index(exercise)]
    facts = "".join(text for _, text in shown["facts"])
    assert [w for w in WORDS if w in facts] == []
    outcome = [LIBRARY.label(t) for t in exercise.case.get("outcome", "terms")]
    assert [label for label in outcome if label in facts] == []
    said = json.dumps(shown, ensure_ascii=False)
    assert exercise.case.id not in said and exercise.case.title not in said
    source = "".join(str(exercise.case.data.get(f) or "") for f in FACTS)
    kept = [s for _, text in shown["facts"][1:] for s in text.split(GAP) if s]
    assert kept and all(s.strip() in source for s in kept)


@pytest.mark.parametrize("exercise", READY, ids=lambda e: e.case.id)
def test_answers_are_what_the_case_says(site: Path, exercise: Any) -> None:
    case, answer = exercise.case, drill_parts(site, "answers")[READY.index(exercise)]
    assert (answer["id"], answer["kind"]) == (case.id, case.kind)
    judged = {t: b["state"] for t, b in answer["judged"]["boundaries"].items()}
    assert judged == {b["term"]: b["verdict"] for b in case.data["boundaries"]}
    assert set(answer["factors"]) == {f["term"] for f in case.data["error_factors"]}
    assert answer["outcome"]["reasons"] == case.get("outcome", "reasons")
    marked = {t for t, b in answer["judged"]["boundaries"].items() if b.get("origin")}
    assert marked == {b["term"] for b in case.data["boundaries"] if b["origin"] == "editor"}


def test_options_hold_the_truth_among_others_of_its_branch() -> None:
    vocabulary = LIBRARY.vocabulary["error_factors"]
    again = exercises(LIBRARY.cases, LIBRARY, SCHEMAS, SETTINGS)
    assert [e.options for e in again] == [e.options for e in READY]
    for exercise in READY:
        true = {f["term"] for f in exercise.case.data["error_factors"]}
        wrong = set(exercise.options) - true
        assert true <= set(exercise.options) and len(wrong) >= 2
        assert len(exercise.options) == max(SETTINGS.options, len(true) + 2)
        related = {a.id for t in true for a in vocabulary.ancestors(t)}
        assert not wrong & related, exercise.case.id
        branches = {vocabulary.by_id[t].broader for t in true}
        assert any(vocabulary.by_id[t].broader in branches for t in wrong), exercise.case.id


def test_no_set_is_named_after_an_outcome(site: Path) -> None:
    index = data(site, "drill")
    assert index["every"]["count"] == len(READY) and len(index["fields"]) >= 5
    for group in index["fields"]:
        assert not any(w in group["label"] for w in WORDS), group["label"]
        assert group["count"] >= SETTINGS.set_min


# ---- the self-check as people use it -----------------------------------------------------------------------------


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The self-check in a fresh profile; anything a visitor must never see fails the test."""
    with visit(browser) as (opened, troubles):
        opened.goto(address + "practice/selfcheck.html")
        opened.wait_for_selector(".rc-question")
        yield opened
        assert troubles == []


def good(question: Any) -> str:
    """The first answer that hinders nothing."""
    return next(a.id for a in question.answers if a.effect in ("ok", "record"))


def answer(page: Page, question: Any, value: str, button: str = "下一题") -> None:
    for box in page.locator(f'input[name="{question.id}"]:checked').all():
        if box.get_attribute("type") == "checkbox" and box.get_attribute("value") != value:
            box.uncheck()
    page.check(f'input[name="{question.id}"][value="{value}"]')
    last = question is QUESTIONS[-1] and button == "下一题"
    page.get_by_role("button", name="看结论" if last else button, exact=True).click()


def walk(page: Page, **chosen: str) -> str:
    """Answer every question (well, where nothing else is chosen) and give the conclusion."""
    for question in QUESTIONS:
        expect(page.locator(".rc-question__text")).to_have_text(question.text)
        answer(page, question, chosen.get(question.id, good(question)))
    return verdict(page)


def verdict(page: Page) -> str:
    return page.locator(".rc-verdict__title").inner_text().removeprefix("结论：")


def test_every_answer_leads_to_the_conclusion_its_effect_asks_for(page: Page) -> None:
    """The whole decision table: each answer, and 不清楚, on each question with all others answered well."""
    expected = {"stop": TITLE["stop"], "prefile": TITLE["ask"], "unknown": TITLE["ask"]}
    assert walk(page) == TITLE["go"]
    for number, question in enumerate(QUESTIONS):
        for value, effect in [*((a.id, a.effect) for a in question.answers), ("?", "unknown")]:
            page.locator(".rc-given .rc-link").nth(number).click()
            answer(page, question, value, "看结论")
            assert verdict(page) == expected.get(effect, TITLE["go"]), (question.id, value)
        page.locator(".rc-given .rc-link").nth(number).click()
        answer(page, question, good(question), "看结论")


def test_a_red_line_outweighs_everything_else(page: Page) -> None:
    assert walk(page, gain="yes", legal="silent", urgent="?") == TITLE["stop"]
    for effect, text in (("stop", "利害关系"), ("prefile", "规定目录"), ("unknown", "没有查清")):
        expect(page.locator(f".rc-reasons--{effect}")).to_contain_text(text)
    expect(page.locator(".rc-reasons--stop li")).to_have_count(1)


def test_after_a_red_line_the_conclusion_can_be_seen_at_once(page: Page) -> None:
    for question in QUESTIONS[:3]:
        answer(page, question, good(question))
    answer(page, QUESTIONS[3], "yes")
    page.get_by_role("button", name="有红线，现在就看结论").click()
    assert verdict(page) == TITLE["stop"]
    expect(page.locator(".rc-reasons--unknown")).to_contain_text("没有答")


def test_a_question_wants_an_answer_and_going_back_keeps_it(page: Page) -> None:
    page.get_by_role("button", name="下一题").click()
    expect(page.get_by_role("alert")).to_contain_text("先选一项")
    page.check('input[value="party"]')
    page.check('input[value="?"]')
    assert not page.is_checked('input[value="party"]'), "不清楚 stands alone"
    page.check('input[value="party"]')
    assert not page.is_checked('input[value="?"]')
    page.get_by_role("button", name="下一题").click()
    page.get_by_role("button", name="上一题").click()
    assert page.is_checked('input[value="party"]')
    page.get_by_role("button", name="重来").click()
    assert not page.is_checked('input[value="party"]')


def test_identity_decides_which_rules_and_time_limits_are_shown(page: Page) -> None:
    walk(page, who="committee")
    mine = page.locator(".rc-identity")
    expect(mine).to_contain_text("《监察法》第五十六条")
    expect(mine).not_to_contain_text("《公务员法》")
    page.locator(".rc-given .rc-link").first.click()
    answer(page, QUESTIONS[0], "party", "看结论")
    row = mine.locator("tr", has_text="党内问责申诉")
    expect(row.locator(".rc-unverified").first).to_have_text("未核实")
    expect(mine.locator("tr", has_text="党纪申诉")).to_have_count(0)
    page.locator(".rc-given .rc-link").first.click()
    answer(page, QUESTIONS[0], "worker", "看结论")
    expect(mine).to_contain_text("期限本库没有核到")


def expected_precedents(terms: dict[str, str]) -> list[str]:
    """Published cases by cosine over all their codes, worked out here from the library itself."""
    schema, fields = SCHEMAS.case, field_of_list(SCHEMAS.case)
    cases = [c for c in LIBRARY.cases if c.status == "published"]
    coded = {c.id: codes_of(c, schema) for c in cases}
    weights = {key: on_grid(weight) for key, weight in code_weights(coded, schema).items()}
    mine = {(fields[LIBRARY.term_by_id[t].list], t, s) for t, s in terms.items()}
    norm = math.sqrt(sum(weights.get(k, 0) ** 2 for k in mine))
    scores = {}
    for cid, codes in coded.items():
        shared = mine & set(codes)
        if any("role" in schema.properties[k[0]]["x-similar"] for k in shared):
            own = round(NORM * math.hypot(*(weights[k] for k in codes))) / NORM
            scores[cid] = sum(weights[k] ** 2 for k in shared) / (own * norm)
    return sorted((c for c in scores if scores[c] >= 0.12), key=lambda c: (-round(scores[c], 6), c))


def test_closest_precedents_share_the_answers_codes_and_adverse_ones_stand_apart(page: Page) -> None:
    chosen = {"special-fund": "yes", "collective": "cover"}
    walk(page, **chosen)
    page.wait_for_selector(".rc-precedents")
    codes = {
        c.term: c.state
        for q in QUESTIONS
        for a in q.answers
        if a.id == chosen.get(q.id, good(q))
        for c in a.codes
    }
    ranked = expected_precedents(codes)
    kinds = {c.id: SCHEMAS.case.choice(("kind",), c.kind).fact("adverse") for c in LIBRARY.cases}
    for number, wanted in enumerate((True, False)):
        part = page.locator(".rc-precedents").nth(number)
        links = [a.get_attribute("href") or "" for a in part.locator("li a").all()]
        assert [Path(h).stem for h in links] == [c for c in ranked if (kinds[c] != "no") == wanted][:5]
    adverse = page.locator(".rc-precedents").first
    expect(adverse).to_contain_text("截留挪用民生专项资金（存在）")


def test_links_of_a_conclusion_lead_somewhere(page: Page, site: Path) -> None:
    walk(page, who="party", legal="against", purchase="split")
    page.wait_for_selector(".rc-precedents")
    links = page.eval_on_selector_all("#rc-selfcheck a", "nodes => nodes.map(n => n.getAttribute('href'))")
    assert len(links) > 10
    for href in links:
        name, _, anchor = href.removeprefix("../").partition("#")
        target = site / name
        assert target.is_file(), href
        if anchor and "=" not in anchor:
            assert f'id="{anchor}"' in target.read_text(encoding="utf-8"), href


def test_keyboard_alone_gets_from_the_first_question_to_the_last(page: Page) -> None:
    page.locator('input[name="who"]').first.focus()
    for question in QUESTIONS:
        if question is not QUESTIONS[0]:
            assert page.evaluate("document.activeElement.textContent") == question.text
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == question.id
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
    assert "结论" in page.evaluate("document.activeElement.textContent")


def test_nothing_is_stored_and_the_address_stays(page: Page, address: str) -> None:
    before = page.evaluate("Object.keys(localStorage)")
    walk(page, who="party", gain="yes")
    page.wait_for_selector(".rc-precedents")
    assert page.evaluate("Object.keys(localStorage)") == before
    assert [k for k in before if not k.endswith("__palette")] == [], "only the theme's colours"
    assert page.evaluate("[sessionStorage.length, document.cookie, history.length]") == [0, "", 2]
    assert page.url == address + "practice/selfcheck.html"
    page.reload()
    expect(page.locator(".rc-question__text")).to_have_text(QUESTIONS[0].text)
    assert page.locator("#rc-selfcheck input:checked").count() == 0


def test_the_conclusion_prints_with_its_reasons_and_answers(page: Page) -> None:
    walk(page, legal="silent")
    page.wait_for_selector(".rc-precedents")
    page.evaluate("() => { window.printed = 0; window.print = () => { window.printed++; }; }")
    page.get_by_role("button", name="打印").click()
    assert page.evaluate("window.printed") == 1
    page.emulate_media(media="print")
    assert page.locator(".rc-practice__buttons").is_hidden()
    for part in (".rc-verdict", ".rc-reasons--prefile", ".rc-given"):
        assert page.locator(part).is_visible()
    assert page.locator(".rc-given .rc-link").first.is_hidden()
    assert page.pdf(format="A4")[:5] == b"%PDF-"


# ---- the drill as people use it ----------------------------------------------------------------------------------


@pytest.fixture
def drill(browser: Browser, address: str) -> Iterator[Page]:
    """The drill in a fresh profile; anything a visitor must never see fails the test."""
    with visit(browser) as (opened, troubles):
        opened.goto(address + "practice/drill.html")
        opened.wait_for_selector('input[name="set"]')
        yield opened
        assert troubles == []


def begin(page: Page, chosen: str = "all", seed: str = "7") -> None:
    page.check(f'input[name="set"][value="{chosen}"]')
    page.fill('input[name="seed"]', seed)
    page.get_by_role("button", name="开始", exact=True).click()
    page.wait_for_selector(".rc-facts")


def skip(page: Page) -> None:
    """On to the next case; back when it is on the page, so that nobody reads the one before."""
    before = page.locator("#rc-drill h2").inner_text()
    page.get_by_role("button", name="跳过这一题").click()
    expect(page.locator("#rc-drill h2")).not_to_have_text(before)


def shown_case(page: Page) -> Case:
    """Which case is on the page, told by its facts; the page itself does not say."""
    facts = page.locator(".rc-facts dd").all_inner_texts()
    return next(e.case for e in READY if [t for _, t in e.facts] == facts[-len(e.facts) :])


def judge(page: Page, boundaries: dict[str, str], kind: str, factors: set[str]) -> None:
    for term, state in boundaries.items():
        page.check(f'input[name="{term}"][value="{state}"]')
    page.check(f'input[name="kind"][value="{kind}"]')
    for factor in factors:
        page.check(f'input[name="factor"][value="{factor}"]')
    page.get_by_role("button", name="判断好了").click()
    page.wait_for_selector(".rc-decision")


def truth(case: Case) -> tuple[dict[str, str], str, set[str]]:
    verdicts = {b["term"]: b["verdict"] for b in case.data["boundaries"]}
    return verdicts, case.kind, {f["term"] for f in case.data["error_factors"]}


def test_right_judgement_gets_all_points_and_the_decision_is_shown(drill: Page) -> None:
    begin(drill)
    for _ in range(3):
        case = shown_case(drill)
        judge(drill, *truth(case))
        expect(drill.locator("#rc-drill h2")).to_have_text("得 10 分（满分 10 分）")
        decision = drill.locator(".rc-decision")
        expect(decision).to_contain_text(case.get("outcome", "reasons"))
        assert decision.locator(f'a[href="../cases/{case.id}.html"]').count() == 1
        for item in case.data["boundaries"]:
            row = drill.locator(".rc-score tr", has_text=LIBRARY.label(item["term"]))
            expect(row).to_contain_text(item["note"])
            expect(row.locator(".rc-origin")).to_have_count(int(item["origin"] == "editor"))
        expect(drill.locator(".rc-facts")).to_contain_text(case.data["background"])
        drill.get_by_role("button", name="下一题").click()
        drill.wait_for_selector('input[name="kind"]')
    drill.get_by_role("button", name="结束，看小结").click()
    expect(drill.locator("#rc-drill")).to_contain_text("做了 3 题，平均 10 分（满分 10 分）")


def test_each_mistake_costs_what_the_page_says(drill: Page) -> None:
    begin(drill)
    case = shown_case(drill)
    verdicts, kind, factors = truth(case)
    wrong = dict.fromkeys(verdicts, "unclear") | {
        t: "kept" if v != "kept" else "crossed" for t, v in verdicts.items()
    }
    exercise = next(e for e in READY if e.case is case)
    extra = next(o for o in exercise.options if o not in factors)
    other = next(
        k.value
        for k in SCHEMAS.case.choices(("kind",))
        if k.fact("adverse") != SCHEMAS.case.choice(("kind",), kind).fact("adverse")
    )
    judge(drill, wrong, other, factors | {extra})
    share = SETTINGS.points["factors"] / len(factors)
    points = round((len(factors) - 1) * share * 10 + 1e-9) / 10
    expect(drill.locator("#rc-drill h2")).to_have_text(f"得 {points:g} 分（满分 10 分）")
    expect(drill.locator(".rc-score")).to_contain_text("多选 1 个")
    drill.get_by_role("button", name="结束，看小结").click()
    expect(drill.locator(".rc-score").last).to_contain_text("处理类型")


def test_same_side_gets_part_of_the_points(drill: Page) -> None:
    begin(drill)
    sides = {k.value: k.fact("adverse") for k in SCHEMAS.case.choices(("kind",))}
    for _ in range(12):
        case = shown_case(drill)
        verdicts, kind, factors = truth(case)
        other = next((k for k in sides if k != kind and sides[k] == sides[kind]), None)
        if other:
            judge(drill, verdicts, other, factors)
            lost = SETTINGS.points["kind"] - SETTINGS.points["kind_side"]
            expect(drill.locator("#rc-drill h2")).to_have_text(f"得 {10 - lost} 分（满分 10 分）")
            return
        skip(drill)
    pytest.fail("no case on a side of several kinds among the first twelve")


def test_the_answer_is_neither_shown_nor_read_before_the_judgement(drill: Page) -> None:
    asked: list[str] = []
    drill.on("request", lambda r: asked.append(r.url))
    begin(drill)
    case = shown_case(drill)
    assert not any("/answers-" in url for url in asked)
    facts = drill.locator(".rc-facts").inner_text()
    assert [w for w in WORDS if w in facts] == []
    body = drill.locator("#rc-drill").inner_html()
    assert case.id not in body and case.title not in body
    drill.get_by_role("button", name="判断好了").click()
    expect(drill.get_by_role("alert")).to_contain_text("还没有选")
    assert not any("/answers-" in url for url in asked)
    judge(drill, *truth(case))
    assert any("/answers-" in url for url in asked)


def test_a_seed_fixes_the_order_and_a_set_its_cases(drill: Page) -> None:
    def first_three(seed: str) -> list[str]:
        drill.reload()
        drill.wait_for_selector('input[name="set"]')
        begin(drill, "crisis", seed)
        ids = []
        for number in range(3):
            expect(drill.locator("#rc-drill h2")).to_contain_text(f"第 {number + 1} 题")
            ids.append(shown_case(drill).id)
            skip(drill)
        return ids

    one, two, again = first_three("1"), first_three("2"), first_three("1")
    assert one == again and one != two
    members = {e.case.id for e in READY if "crisis" in e.modules}
    assert set(one) | set(two) <= members


def test_a_bad_seed_is_explained(drill: Page) -> None:
    drill.fill('input[name="seed"]', "甲")
    drill.get_by_role("button", name="开始", exact=True).click()
    expect(drill.get_by_role("alert")).to_contain_text("一到六位数字")


def test_the_drill_keeps_nothing_and_prints_its_summary(drill: Page, address: str) -> None:
    before = drill.evaluate("Object.keys(localStorage)")
    begin(drill)
    judge(drill, *truth(shown_case(drill)))
    drill.get_by_role("button", name="结束，看小结").click()
    assert drill.evaluate("Object.keys(localStorage)") == before
    assert drill.evaluate("[sessionStorage.length, document.cookie]") == [0, ""]
    assert drill.url == address + "practice/drill.html"
    drill.emulate_media(media="print")
    assert drill.locator(".rc-score").last.is_visible() and drill.locator(".rc-practice__buttons").is_hidden()


# ---- looks, access, hostile content ------------------------------------------------------------------------------


def assert_fits_and_is_accessible(page: Page, size: tuple[int, int]) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    found = Axe().run(page, options=options).response["violations"]
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]][:3]) for v in found] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_view_fits_and_is_accessible(
    browser: Browser, site: Path, size: tuple[int, int], scheme: str
) -> None:
    with visit(browser, size, scheme) as (page, _):  # axe itself asks for style sheets that file:// refuses
        page.goto(f"{site.as_uri()}/practice/selfcheck.html")
        page.wait_for_selector(".rc-question")
        assert_fits_and_is_accessible(page, size)
        walk(page, who="party", gain="yes", legal="silent", urgent="?")
        page.wait_for_selector(".rc-precedents")
        assert_fits_and_is_accessible(page, size)
        page.goto(f"{site.as_uri()}/practice/drill.html")
        page.wait_for_selector('input[name="set"]')
        assert_fits_and_is_accessible(page, size)
        begin(page)
        assert_fits_and_is_accessible(page, size)
        judge(page, *truth(shown_case(page)))
        assert_fits_and_is_accessible(page, size)
        page.get_by_role("button", name="结束，看小结").click()
        assert_fits_and_is_accessible(page, size)


HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\"'&amp;__proto__"


def test_hostile_text_stays_text(
    library: Path, build: Callable[[], tuple[Path, Built]], browser: Browser
) -> None:
    path = library / "cases/2026/RC-2026-0007.yaml"
    text = path.read_text(encoding="utf-8")
    for key in ("background", "error"):
        line = next(row for row in text.splitlines() if row.startswith(f"{key}: "))
        text = text.replace(
            line, f"{key}: {json.dumps(HOSTILE + line.removeprefix(f'{key}: '), ensure_ascii=False)}"
        )
    path.write_text(text, encoding="utf-8")
    questions = library / "schema/selfcheck.yaml"
    said = questions.read_text(encoding="utf-8").replace("你是什么身份？", HOSTILE, 1)
    questions.write_text(
        said.replace(f"text: {HOSTILE}", f"text: {json.dumps(HOSTILE)}", 1), encoding="utf-8"
    )
    site, _ = build()
    with visit(browser) as (page, troubles):
        page.goto(f"{site.as_uri()}/practice/selfcheck.html")
        expect(page.locator(".rc-question__text")).to_have_text(HOSTILE)
        page.goto(f"{site.as_uri()}/practice/drill.html")
        page.wait_for_selector('input[name="set"]')
        begin(page)
        for _ in range(3):
            if HOSTILE in page.locator(".rc-facts").inner_text():
                break
            skip(page)
        expect(page.locator(".rc-facts")).to_contain_text(HOSTILE)
        assert page.locator("#rc-drill img, #rc-drill script").count() == 0
        assert troubles == []


def test_hidden_cases_are_in_no_file_the_pages_read(
    library: Path, build: Callable[[], tuple[Path, Built]]
) -> None:
    path = library / "cases/2026/RC-2026-0007.yaml"
    text = path.read_text(encoding="utf-8")
    assert "disclosure: public" in text
    path.write_text(text.replace("disclosure: public", "disclosure: internal", 1), encoding="utf-8")
    site, _ = build()
    said = "".join(p.read_text(encoding="utf-8") for p in (site / "data").rglob("*.js"))
    assert "RC-2026-0001" in said and "RC-2026-0007" not in said


def test_a_missing_file_is_explained(site: Path, browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page()
    page.route("**/data/selfcheck.js", lambda route: route.abort())
    page.goto(f"{site.as_uri()}/practice/selfcheck.html")
    expect(page.locator("#rc-selfcheck")).to_contain_text("数据没有读到")
    page.close()


def test_without_scripts_the_questions_can_still_be_read(site: Path) -> None:
    """Read from the file: the browser under test parses pages as one with scripts even when it runs none."""
    for name, wanted in (("selfcheck", [q.text for q in QUESTIONS]), ("drill", ["案例浏览"])):
        html = unescape((site / f"practice/{name}.html").read_text(encoding="utf-8"))
        plain = html[html.index("<noscript>") : html.index("</noscript>")]
        assert [text for text in wanted if text not in plain] == []
