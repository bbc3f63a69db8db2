"""Long lists are spread over pages, nothing on them is lost, and no page grows with the library."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from build_tools.load import for_edition, load_library, load_schemas
from build_tools.memory import Memory
from build_tools.site import case_pages, word_pages
from build_tools.site.contents import Contents, gather
from build_tools.site.templating import PAGER_ALL, pager_numbers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def contents() -> Contents:
    schemas = load_schemas(ROOT / "schema")
    return gather(for_edition(load_library(ROOT).library, schemas), schemas, date(2026, 11, 22))


def test_a_rule_cited_often_names_the_newest_and_leads_to_all(
    contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_pages, "NEWEST", 1)
    for module in (word_pages, case_pages):
        monkeypatch.setattr(module, "PAGE_SIZE", 5)
    pages = {page.path: page.body for page in word_pages.rule_pages(replace(contents, memory=Memory()))}
    assert any(re.fullmatch(r"rules/[NL]-\d+[a-z]?-3\.html", path) for path in pages)
    for rule in contents.library.rules:
        stated = {"", *(a["id"] for a in rule.data.get("articles") or () if a.get("grade") != "unverified")}
        cited = contents.relations.citations.get(rule.id, ())
        wanted = {c.case.id for c in cited if c.article in stated} if rule.verified else set()
        shown = "".join(body for path, body in pages.items() if re.match(rf"rules/{rule.id}[.-]", path))
        assert all(f"cases/{case_id}.html" in shown for case_id in wanted)
        for page, anchor in re.findall(r'href="([NL]-[^"#]+)#(c-[^"]+)"', pages[f"rules/{rule.id}.html"]):
            assert f'id="{anchor}"' in pages[f"rules/{page}"]


def test_a_rule_cited_seldom_has_one_page(contents: Contents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_pages, "NEWEST", 10_000)
    assert not [
        p.path for p in word_pages.rule_pages(replace(contents, memory=Memory())) if p.path.count("-") > 1
    ]


@pytest.mark.parametrize(("count", "number"), [(13, 1), (13, 13), (100, 50), (1000, 3), (1000, 997)])
def test_a_pager_offers_both_ends_and_what_is_near(count: int, number: int) -> None:
    offered = pager_numbers(count, number)
    assert len(offered) <= PAGER_ALL + 1
    assert {1, count, number, min(count, number + 1), max(1, number - 1)} <= set(offered)
    for place in (n for n, offer in enumerate(offered) if not offer):
        assert offered[place + 1] - offered[place - 1] > 1
    assert [n for n in offered if n] == sorted({n for n in offered if n})


def test_a_short_pager_offers_every_page() -> None:
    assert pager_numbers(PAGER_ALL, 5) == list(range(1, PAGER_ALL + 1))
