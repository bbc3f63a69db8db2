"""The page that checks citations and the library as of a day, as people use them; built from a scratch repository."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from build_tools.load import for_edition, load_library, load_schemas
from build_tools.site.build import build_site
from build_tools.site.templating import citation
from tests.check_support import patched, write
from tests.git_support import commit

from .conftest import ROOT, TODAY, silent, small_library
from .test_browser import DESK, PHONE, visit

FIRST, SECOND, THIRD = "RC-2026-0001", "RC-2026-0007", "RC-2026-0034"
LEFT, JOINED = "RC-2026-0008", "RC-2026-0009"
RECORD = "status_record:\n  date: 2026-07-01\n  reason: 所依据的办法已经废止。\n  authority: 编辑组\n"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
CREATED = "  - {date: 2026-03-02, type: created, what: 首次入库。, by: 编辑组}\n"
CORRECTED = "  - {date: 2026-06-01, type: correction, what: 按来源原文更正处理内容。, by: 编辑组}\n"


def edit(root: Path, case: str, fragment: str) -> None:
    path = f"cases/2026/{case}.yaml"
    write(root, path, patched((root / path).read_text(encoding="utf-8"), fragment))


def citations(root: Path) -> dict[str, str]:
    """What the pages of the cases would give to cite them now."""
    schemas = load_schemas(root / "schema")
    library = for_edition(load_library(root).library, schemas)
    return {case.id: citation(case, library, schemas) for case in library.cases}


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A site after four commits, and how its cases were to be cited at the first of them."""
    root = small_library(tmp_path_factory.mktemp("核验") / "库")
    for case in (FIRST, SECOND, THIRD):
        edit(root, case, f"entered: 2026-03-02\nchanges:\n{CREATED}")
    for case in (LEFT, JOINED):
        shutil.copy(root / f"cases/2026/{FIRST}.yaml", root / f"cases/2026/{case}.yaml")
        edit(root, case, f"id: {case}\nsummary: 社区干部先行组织翻修车棚，手续后补，核查后免予问责，{case}。")
    edit(root, FIRST, "aftermath: 结果<b>还没有</b>。")
    commit(root, "2026-03-02")
    cited = citations(root)
    edit(root, SECOND, "circumstances: 写法改过一次的情势。")
    commit(root, "2026-04-02")
    edit(root, FIRST, f"aftermath: 后来又升任。\nchanges:\n{CREATED}{CORRECTED}")
    commit(root, "2026-06-01")
    edit(root, THIRD, f"status: superseded\n{RECORD}")
    edit(root, LEFT, f"status: withdrawn\n{RECORD}")
    edit(root, JOINED, f"status: merged\n{RECORD}  successor: {FIRST}")
    commit(root, "2026-07-02")
    build_site(root, root / "site", TODAY, silent)
    return root / "site", cited


def verdicts(page: Page, site: Path, text: str) -> list[tuple[str, str]]:
    """Heading and text of each answer of the page to pasted citations."""
    page.goto(f"{site.as_uri()}/practice/verify.html")
    page.wait_for_selector("#rc-verify:not([hidden])")
    page.fill("#rc-cited", text)
    page.click("#rc-verify button")
    page.wait_for_selector("#rc-verified > *")
    return [(b.locator("h3").inner_text(), b.inner_text()) for b in page.locator(".rc-verified").all()]


@pytest.mark.browser
def test_each_citation_is_told_what_became_of_it(past: tuple[Path, dict[str, str]], browser: Browser) -> None:
    site, cited = past
    current = re.search(
        r'id="rc-citation">([^<]+)<', (site / f"cases/{FIRST}.html").read_text(encoding="utf-8")
    )
    assert current
    spoiled = re.sub("摘要 .{4}", "摘要 ffff", cited[FIRST])
    with visit(browser) as (page, troubles):
        found = verdicts(
            page,
            site,
            "\n".join(
                [
                    unescape(current[1]),
                    cited[FIRST],
                    cited[SECOND],
                    cited[THIRD],
                    spoiled,
                    cited[FIRST].replace("第1版", "第9版"),
                    cited[FIRST].replace("第1版", "第2版"),
                    "RC-2026-0999 第1版 摘要 0123456789ab",
                    f"见 {SECOND} <img src=x onerror=alert(1)>",
                ]
            ),
        )
        assert troubles == []
    assert [heading for heading, _ in found] == [
        "现行有效",
        "引用之后有变更",
        "引用之后文字有修订",
        "不再参照",
        "摘要对不上",
        "版次比本站的新",
        "版次与摘要对不上",
        "没有这个编号",
        "引文不全",
    ]
    assert "按来源原文更正处理内容" in found[1][1] and "摘要与当时的文字一致" in found[1][1]
    assert "所依据的办法已经废止" in found[3][1] and "摘要与较早的文字一致" in found[3][1]


@pytest.mark.browser
def test_what_has_left_says_so_and_tells_no_more(past: tuple[Path, dict[str, str]], browser: Browser) -> None:
    site, cited = past
    with visit(browser) as (page, troubles):
        found = verdicts(page, site, f"（{cited[LEFT].replace('RC-', 'ＲＣ－')}）和\n{cited[JOINED]}")
        assert troubles == []
    assert [heading for heading, _ in found] == ["已撤下", f"已并入 {FIRST}"]
    assert not (site / f"versions/{LEFT}.html").exists()
    data = "".join(p.read_text(encoding="utf-8") for p in (site / "data/verify").glob("*.js"))
    digests = {case: text.rpartition("摘要 ")[2][:12] for case, text in cited.items()}
    # Not even whether a text was its own is told of a case that has left.
    assert [case for case, digest in digests.items() if digest not in data] == [LEFT, JOINED]


@pytest.mark.browser
def test_the_library_as_of_a_day(past: tuple[Path, dict[str, str]], browser: Browser) -> None:
    site, _ = past
    with visit(browser) as (page, troubles):
        page.goto(f"{site.as_uri()}/browse/as-of.html")
        rows = {}
        for day in ("2026-03-01", "2026-05-31", "2026-06-01", "2026-07-01"):
            page.fill("#rc-day", day)
            page.click("#rc-as-of button")
            page.wait_for_selector(f"#rc-as-of-found h2:has-text('{int(day[5:7])}月{int(day[8:])}日')")
            table = page.locator("#rc-as-of-found tbody tr").all_inner_texts()
            rows[day] = [re.sub(r"\s+", " ", row) for row in table]
        assert troubles == []
    assert rows["2026-03-01"] == []
    assert all("已发布 第 1 版" in row for row in rows["2026-05-31"]) and len(rows["2026-05-31"]) == 5
    assert ["第 2 版" in row for row in rows["2026-06-01"]] == [True, False, False, False, False]
    states = [re.search("已发布|不再参照|已撤下|已并入", row) for row in rows["2026-07-01"]]
    assert [s and s[0] for s in states] == ["已发布", "已发布", "已撤下", "已并入", "不再参照"]


def test_rules_in_force_are_told_by_day(past: tuple[Path, dict[str, str]]) -> None:
    text = (past[0] / "data/as-of.js").read_text(encoding="utf-8")
    data: Any = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    rules = {rule[0]: rule[2:] for rule in data["rules"]}
    library = load_library(ROOT).library
    dated = [r for r in library.rules if r.get("force", "to")]
    assert all(len(rules[r.id][1]) == 10 for r in dated) and len(rules) == len(library.rules)


def test_pages_of_versions_show_differences_and_earlier_words(past: tuple[Path, dict[str, str]]) -> None:
    site, _ = past
    html = (site / f"versions/{FIRST}.html").read_text(encoding="utf-8")
    assert "结果&lt;b&gt;还没有&lt;/b&gt;。" in html and "<b>还没有" not in html
    assert html.count("<h2 id=") == 2 and "入库时的写法" in html
    case = (site / f"cases/{FIRST}.html").read_text(encoding="utf-8")
    assert "按来源原文更正处理内容" in case and f"versions/{FIRST}.html" in case
    assert "一步" not in html  # what was said when committing stays out


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_of_the_past_are_accessible(
    past: tuple[Path, dict[str, str]], browser: Browser, size: Any
) -> None:
    site, cited = past
    with visit(browser, size) as (page, _):
        verdicts(page, site, "\n".join(cited.values()))
        for name in ("", f"versions/{FIRST}.html", "browse/as-of.html"):
            if name:
                page.goto(f"{site.as_uri()}/{name}")
                page.wait_for_timeout(200)
            found = Axe().run(page, options=RULES).response["violations"]
            assert [(v["id"], [n["html"][:160] for n in v["nodes"]][:3]) for v in found] == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
