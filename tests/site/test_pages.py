"""What the written pages must hold, read as files."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from build_tools.load import for_edition, load_library, load_schemas
from build_tools.site.link_check import broken_links

ROOT = Path(__file__).resolve().parents[2]
LOADED = load_library(ROOT)
SCHEMAS = load_schemas(ROOT / "schema")
PUBLIC = for_edition(LOADED.library, SCHEMAS)
CASES = [c for c in PUBLIC.cases if not c.tombstone]
# Said on the page in other words: codes by their labels, dates in Chinese, state keys by marks.
SPOKEN_OTHERWISE = ("x-vocabulary", "x-reference", "x-date", "oneOf", "enum")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def spoken(html: str) -> str:
    """The text of a page as a reader gets it, without white space."""
    html = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.S)
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", "", html)))


def test_no_link_leads_nowhere(site: Path) -> None:
    pages = {p.relative_to(site).as_posix(): read(p) for p in site.rglob("*.html")}
    files = {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()}
    assert list(broken_links(pages, files)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_case_page_says_everything_the_case_says(site: Path, case) -> None:
    html = read(site / f"cases/{case.id}.html")
    text = spoken(html)
    shown = {c.id for c in CASES}
    for pointer, value, node in SCHEMAS.case.walk(case.data):
        if (
            pointer[:1] == ("relations",)
            and len(pointer) > 1
            and case.get(*pointer[:2], "target") not in shown
        ):
            continue  # the other case is a draft or internal, so the link is not shown
        if (
            not isinstance(value, str)
            or any(key in node for key in SPOKEN_OTHERWISE)
            or pointer[0] == "internal"
        ):
            continue
        expected = re.sub(r"\s+", "", value)
        assert expected in text or expected in re.sub(r"\s+", "", unescape(html)), pointer
    for pointer, value, node in SCHEMAS.case.walk(case.data):
        if "x-vocabulary" in node:
            assert LOADED.library.label(value) in text, pointer


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_case_page_shows_terms_by_label_never_by_code(site: Path, case) -> None:
    text = spoken(read(site / f"cases/{case.id}.html"))
    assert not re.search(r"\b(?:ef|ca|re|fd|oc|st|db|lv|bd|ds|tc|ex|ro)-[a-z]{3,}", text)


def test_what_the_source_does_not_say_is_said_to_be_absent(site: Path) -> None:
    silent = next(c for c in CASES if not c.get("outcome", "reasons"))
    assert "来源未载处理理由。" in spoken(read(site / f"cases/{silent.id}.html"))


def test_editors_inferences_are_marked(site: Path) -> None:
    case = CASES[0]
    marked = sum(v == "editor" for p, v, _ in SCHEMAS.case.walk(case.data) if p and p[-1] == "origin")
    html = read(site / f"cases/{case.id}.html")
    assert marked and html.count('class="rc-origin"') == marked


def test_unverified_rules_are_marked_wherever_they_stand(site: Path) -> None:
    rule = next(r for r in LOADED.library.rules if not r.verified)
    html = read(site / f"rules/{rule.id}.html")
    assert "没有见到这部规则的文本，以下内容只是线索，不得作为依据引用" in html
    for rule in LOADED.library.rules:
        for article in rule.data.get("articles") or ():
            if article.get("grade") == "unverified":
                page = read(site / f"rules/{rule.id}.html")
                stated = page.split('id="unverified"')[0]
                assert unescape(article["text"]) not in unescape(stated), (rule.id, article["id"])
                for term in article.get("terms") or ():
                    assert article["text"] not in unescape(read(site / f"terms/{term}.html"))


def test_every_page_has_one_heading_a_title_and_a_language(site: Path) -> None:
    for path in site.rglob("*.html"):
        html = read(path)
        assert len(re.findall(r"<h1[ >]", re.sub(r"<!--.*?-->", "", html, flags=re.S))) == 1, path
        assert re.search(r"<title>[^<]+</title>", html) and 'lang="zh-CN"' in html, path
        assert "RCFRAME" not in html, path


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    fetched = re.compile(
        r"""<(?:script|img|link|iframe|source|video|audio)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//"""
    )
    for path in site.rglob("*"):
        if path.suffix == ".html":
            assert not fetched.search(read(path)), path
        if path.suffix == ".css":
            assert not re.search(r"url\(['\"]?(?:https?:)?//|@import", read(path)), path


def test_our_pages_carry_no_inline_script_or_handler(site: Path) -> None:
    for path in site.rglob("cases/*.html"):
        body = read(path).split('class="md-content__inner', 1)[1].split("</article>")[0]
        # Structured data is no script: browsers never run an element of this type.
        body = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", body)
        assert "<script" not in body and not re.search(r"\son[a-z]+=", body), path


def test_case_page_weighs_little(site: Path) -> None:
    heaviest = max((site / "cases").glob("*.html"), key=lambda p: p.stat().st_size)
    assert heaviest.stat().st_size <= 60 * 1024, heaviest


def test_browsing_without_scripts_reaches_every_case(site: Path) -> None:
    for folder, needed in (("browse", "kind-"), ("browse", "year-"), ("terms", "fd-")):
        reached = "".join(read(p) for p in (site / folder).glob(f"{needed}*.html"))
        missing = [
            c.id for c in CASES if f"cases/{c.id}.html" not in reached and (needed != "year-" or c.year)
        ]
        assert missing == []
