"""The 案例填报 page: says what `check` says, writes what `fmt` leaves alone, keeps and sends nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from build_tools.check import run_checks
from build_tools.edit.compose import compose
from build_tools.edit.layout import laid_out
from build_tools.load import Loaded, for_edition, load_library
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import Case
from build_tools.site.entry_data import entry_data
from build_tools.site.frame import harden
from build_tools.site.parts import data_script
from tests.check_support import FIXTURES, ROOT, SCHEMAS
from tests.test_forms import ANY, TRAPS, plain

ASSETS = ROOT / "build_tools/site/assets"
TODAY = date(2026, 11, 22)
LOADED = load_library(ROOT)
# What the findings depend on, without what takes time to check.
FEW = replace(LOADED.library, guides=(), toolkits=())
LIBRARY = for_edition(LOADED.library, SCHEMAS, "public")
# What the page looks for; privacy, other cases and agreement between fields are left to the command.
CODES = {
    "RC202", "RC204", "RC205", "RC206", "RC207", "RC208", "RC209", "RC210",
    "RC303", "RC305", "RC306", "RC308", "RC401", "RC403", "RC405",
}  # fmt: skip
SCRIPTS = ("practice/practice.js", "entry/entry-yaml.js", "entry/entry-check.js", "entry/entry-page.js")


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page's scripts and data under the site's content policy, opened as a file."""
    site = tmp_path_factory.mktemp("entry")
    for name in SCRIPTS:
        target = site / "assets" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ASSETS / name).read_bytes())
    (site / "data").mkdir()
    (site / "data/entry.js").write_text(data_script("entry", entry_data(LIBRARY, SCHEMAS)), encoding="utf-8")
    scripts = "".join(f'<script defer src="../assets/{name}"></script>' for name in SCRIPTS)
    html = f'<html lang="zh"><head><meta charset="utf-8"></head><body><div id="rc-entry"></div>{scripts}</body></html>'
    (site / "manual").mkdir()
    (site / "manual/fill.html").write_text(harden(html, 1), encoding="utf-8")
    tab = browser.new_page(viewport={"width": 1100, "height": 900})
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    tab.goto((site / "manual/fill.html").as_uri())
    tab.wait_for_selector("html[data-entry=ready]")
    yield tab
    tab.close()
    assert problems == []


def frozen(value: Any) -> Any:
    """The value as the loader gives it."""
    if isinstance(value, list):
        return tuple(map(frozen, value))
    return MappingProxyType({k: frozen(v) for k, v in value.items()}) if isinstance(value, dict) else value


def program_says(records: list[dict[str, Any]]) -> list[set[tuple[str, str, str]]]:
    """What the program finds in records: (code, message, hint), of the codes that the page looks for."""
    paths = [f"cases/2026/RC-2026-{7000 + number}.yaml" for number in range(len(records))]
    cases = [Case(path, frozen(data), {}, {}, "") for path, data in zip(paths, records, strict=True)]
    said: dict[str, set[tuple[str, str, str]]] = {path: set() for path in paths}
    for found in run_checks(Loaded(replace(FEW, cases=tuple(cases)), ()), SCHEMAS, TODAY):
        if found.path in said and found.code in CODES:
            said[found.path].add((found.code, found.message, found.hint))
    return list(said.values())


def page_says(page: Page, records: list[dict[str, Any]]) -> list[set[tuple[str, str, str]]]:
    found = page.evaluate(
        """async ([records, today]) => {
             const model = await RongcuoPractice.load("entry"), check = RongcuoCheck.checker(model);
             return records.map((r) => check(r, today).map((f) => [f.code, f.message, f.hint]));
           }""",
        [records, TODAY.isoformat()],
    )
    return [{tuple(one) for one in each} for each in found]


WHOLE = plain(
    read_yaml((FIXTURES / "base-case.yaml").read_bytes().replace(b"N-90#1", b"N-03#17"), "").data
) | {"status": "draft"}
WORDS = [t.label for v in LIBRARY.vocabularies for t in v.terms][::9]
NEARLY = (
    [word[:-1] for word in WORDS]
    + [word + "了" for word in WORDS[::2]]
    + [t.id + "x" for t in LIBRARY.vocabularies[3].terms]
)
SYNONYMS = [s for v in LIBRARY.vocabularies for t in v.terms for s in t.synonyms][::17]
DATES = [
    "2015-13",
    "2015-02-30",
    "1899",
    "2999",
    "2026-11-23",
    "2015年",
    "15",
    "2015-3-8",
    "0000-00-00",
    "2024-02-29",
]
RULES = ["N-03#99", "N-03", "N-99", "n-03", "L-04#xiangshan", "N-03＃17", "N-031", "X-03", "L-99#1", "N-01a"]
URLS = [
    "example.org", "ftp://a.cn", "http://a", "http://用户@a.cn/", "https://a.cn:99999/", "https://a.cn/有 空格",
    "https://中国政府网.中国/x", "javascript:alert(1)", "http://[::1]/", "https://a.cn:8080/x?y#z", "https://a..cn", "//a.cn",
    "HTTPS://A.CN", "https:a.cn", "https://a.cn\\@b.cn", "https://a.cn:x/", "https://" + "长" * 70 + ".cn",
]  # fmt: skip


def leaves(
    node: Mapping[str, Any], at: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Mapping[str, Any]]]:
    """Every place of a text that the form asks for, with its schema; lists by their first item."""
    node = SCHEMAS.case.resolve(node)
    if not at or at[0] not in ("id", "status", "entered", "status_record", "reviews", "changes"):
        if "properties" in node:
            for key, child in node["properties"].items():
                yield from leaves(child, (*at, key))
        elif "items" in node:
            yield from leaves(node["items"], (*at, 0))
        else:
            yield at, node


def with_value(at: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The whole case with one value put in its place."""
    data = json.loads(json.dumps(WHOLE))
    place: Any = data
    for step, following in zip(at, (*at[1:], None), strict=True):
        last = following is None
        if isinstance(step, int) and isinstance(place, list) and not place:
            place.append({} if isinstance(following, str) else [])
        if last:
            place[step] = value
        elif isinstance(place, dict):
            place = place.setdefault(step, [] if isinstance(following, int) else {})
        else:
            place = place[step]
    order = list(SCHEMAS.case.properties)
    return dict(sorted(data.items(), key=lambda item: order.index(item[0])))


def bad_records() -> list[dict[str, Any]]:
    """Thousands of wrong values, each in the place where somebody could type it."""
    made = []
    for at, node in leaves(SCHEMAS.case.document):
        most = node.get("maxLength", 30)
        tries = ["x", "字" * (most + 1), "𠮷" * most, "=1+1"]
        if node.get("x-date"):
            tries += DATES
        elif node.get("x-url"):
            tries += URLS
        elif node.get("x-reference") == "rule":
            tries += RULES
        elif node.get("x-vocabulary"):
            tries += WORDS[::4] + NEARLY[::3] + SYNONYMS[::2]
        elif "oneOf" in node or "enum" in node:
            tries += ["容错", "met", "公开 ", "浙江", "来源", "kep", "未触", "Public"]
        made += [with_value(at, value) for value in tries]
    for key in WHOLE:
        if key not in ("id", "status", "entered"):
            made.append({k: v for k, v in WHOLE.items() if k != key})
    for key, value in WHOLE.items():
        if isinstance(value, list) and key != "changes":
            made += [{**WHOLE, key: []}, {**WHOLE, key: value * 25}]
        elif isinstance(value, dict):
            made += [
                {**WHOLE, key: {}},
                *({**WHOLE, key: {k: v for k, v in value.items() if k != gone}} for gone in value),
            ]
    return made


def test_the_page_says_what_check_says(page: Page) -> None:
    records = bad_records()
    ours, theirs = program_says(records), page_says(page, records)
    assert len(records) > 800 and {code for found in ours for code, _, _ in found} == CODES - {"RC209"}
    for data, expected, said in zip(records, ours, theirs, strict=True):
        assert said == expected, data


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.sampled_from(NEARLY + SYNONYMS + list(TRAPS)) | ANY.map(str.strip).filter(bool),
        min_size=8,
        max_size=8,
    )
)
def test_the_page_suggests_what_check_suggests(page: Page, texts: list[str]) -> None:
    places = [
        ("fields", 0),
        ("kind",),
        ("subject", "role"),
        ("error_factors", 0, "term"),
        ("region", "province"),
    ]
    records = [with_value(at, text) for text in texts for at in places]
    assert page_says(page, records) == program_says(records)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.sampled_from(TRAPS)
        | ANY.map(str.strip).filter(bool)
        | st.from_regex(r"\A[-+.:0-9a-zA-Z_~#\[\]{}'\"!&*%@`=<>|?, ]{1,12}\Z"),
        min_size=30,
        max_size=30,
    )
)
def test_the_page_writes_what_fmt_leaves_alone(page: Page, texts: list[str]) -> None:
    texts = [t.strip() for t in texts if t.strip()]
    written = page.evaluate(
        "texts => texts.map((t) => RongcuoYaml.write({title: t, keywords: [t], sources: [{title: t}]}))",
        texts,
    )
    for text, whole in zip(texts, written, strict=True):
        own = [*compose("title", text), *compose("keywords", [text]), *compose("sources", [{"title": text}])]
        assert whole == "\n".join(own) + "\n"
    back = page.evaluate("all => all.map((t) => RongcuoYaml.read(t).title)", written)
    assert back == texts


def test_every_real_case_is_read_and_written_again_unchanged(page: Page) -> None:
    parsed = [case for case in LOADED.library.cases if case.status == "published"]
    texts = ["".join(line for line in c.text.splitlines(True) if not line.startswith("#")) for c in parsed]
    read = page.evaluate("texts => texts.map((t) => RongcuoYaml.read(t))", texts)
    assert read == [plain(case.data) for case in parsed]
    assert page.evaluate("all => all.map((r) => RongcuoYaml.write(r))", read) == texts
    filled = page.evaluate("all => all.map((r) => [RongcuoEntry.fill(r), RongcuoEntry.record()])", read[::40])
    asked = [{k: v for k, v in data.items() if k != "internal"} for data in read[::40]]
    assert [one[0] for one in filled] == [[] for _ in filled]
    assert [one[1] for one in filled] == asked


@pytest.mark.parametrize(
    "text",
    ["a: [1]", "a: &x b", "a: 'b'", "a: b\na: c", "- a", "a:\n  b: c\n    d: e", "__proto__: x", "a: >\n  b"],
)
def test_a_file_of_another_layout_is_refused_with_its_line(page: Page, text: str) -> None:
    said = page.evaluate(
        "t => { try { return JSON.stringify(RongcuoYaml.read(t)); } catch (e) { return e.message; } }", text
    )
    assert "行读不了" in said


def test_somebody_fills_in_a_case_and_downloads_a_valid_file(page: Page, tmp_path: Path) -> None:
    page.evaluate("RongcuoEntry.fill({})")
    title = page.get_by_label("标题 ＊", exact=True).first
    title.fill("短")
    page.get_by_text("RC207 title（标题）只有 1 个字，至少要 4 个字 — 写完整").first.wait_for()
    title.fill("社区书记: 先修车棚后补手续")
    page.get_by_text("RC207").first.wait_for(state="detached")
    page.get_by_role("button", name="检查并下载").click()
    page.get_by_text("RC202 缺少键 kind（类型）").first.wait_for()
    page.evaluate("data => RongcuoEntry.fill(data)", WHOLE)
    page.get_by_text("检查通过，可以下载。").wait_for()
    factors = page.locator("fieldset", has=page.locator("legend", has_text="错误要素"))
    factors.get_by_role("button", name="添一行").click()
    factors.get_by_label("要素 ＊").last.fill("工作推进滞后")
    factors.get_by_label("出处性质 ＊").last.select_option("来源载明")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="检查并下载").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    text = path.read_text(encoding="utf-8")
    data = plain(read_yaml(text.encode(), "").data)
    assert data["error_factors"][-1] == {"term": "ef-progress-lag", "origin": "source"}
    assert laid_out(text.encode(), "", SCHEMAS.case).text == text
    assert program_says([data]) == [set()]
    kept = page.evaluate(
        "[localStorage.length, sessionStorage.length, document.cookie, location.hash, location.search]"
    )
    assert kept == [0, 0, "", "", ""]


def test_hostile_words_show_as_words(page: Page) -> None:
    page.evaluate("window.pwned = 0")
    hostile = '<img src=x onerror="window.pwned=1">"><script>window.pwned=1</script>'
    page.evaluate(
        "t => RongcuoEntry.fill({title: t, kind: t, keywords: [t], error_factors: [{term: t, note: t}]})",
        hostile,
    )
    page.get_by_role("button", name="检查并下载").click()
    page.wait_for_timeout(300)
    assert page.evaluate("window.pwned") == 0
    assert page.locator("#rc-entry img, #rc-entry script").count() == 0


def test_the_public_page_asks_nothing_internal() -> None:
    asked = {
        part["path"][0] for section in entry_data(LIBRARY, SCHEMAS)["sections"] for part in section["parts"]
    }
    assert "internal" not in asked and "title" in asked
    everything = entry_data(for_edition(LOADED.library, SCHEMAS, "internal"), SCHEMAS)
    assert "internal" in {part["path"][0] for section in everything["sections"] for part in section["parts"]}
