"""The manual's pages are tests: each wrong example is reported exactly as its page says, each right one not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from build_tools.check.manual import FAMILIES, load_manual
from tests.check_support import ROOT, check, example

PAGES = load_manual()
HEADINGS = ["是什么", "为什么", "错误写法", "正确写法", "怎样改"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_wrong_example_is_reported_as_the_page_says(page, library: Path) -> None:
    wrong = example(page.body, "错误写法")
    found = wrong.findings(library)
    assert [str(d) for d in found] == list(wrong.expected)
    assert page.code in {d.code for d in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_right_example_is_clean(page, library: Path) -> None:
    right = example(page.body, "正确写法")
    assert right.files
    assert right.findings(library) == ()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_page_has_all_sections_with_text(page) -> None:
    sections = re.split(r"^## (.+)\n", page.body, flags=re.MULTILINE)
    assert sections[1::2] == HEADINGS
    assert all(text.strip() for text in sections[2::2])
    assert page.title and page.family == FAMILIES[page.code[2]]


def test_every_code_in_the_program_has_a_page_and_the_other_way_round() -> None:
    sources = (p for room in ("check", "load", "edit") for p in (ROOT / "build_tools" / room).rglob("*.py"))
    emitted = {code for p in sources for code in re.findall(r'"(RC\d{3})"', p.read_text(encoding="utf-8"))}
    assert emitted == {page.code for page in PAGES}


def test_severity_comes_from_the_page(library: Path) -> None:
    warned = next(page for page in PAGES if page.code == "RC407")
    for file in example(warned.body, "错误写法").files:
        file.put(library)
    assert [d.severity for d in check(library)] == ["warning"]
