"""`rongcuo explain`: the same manual that the site shows."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from build_tools.check.manual import load_manual
from build_tools.cli import main


def run(*arguments: str):
    return CliRunner().invoke(main, ["explain", *arguments])


@pytest.mark.parametrize("asked", ["RC303", "rc303", "303", " RC303 "])
def test_page_is_shown_with_its_sections_and_examples(asked: str) -> None:
    done = run(asked)
    page = next(p for p in load_manual() if p.code == "RC303")
    assert done.exit_code == 0
    for part in (
        page.code,
        page.title,
        "是什么",
        "为什么",
        "错误写法",
        "正确写法",
        "怎样改",
        "term: 未批先建",
        "term: ef-no-approval",
    ):
        assert part in done.output


def test_without_a_code_all_codes_are_listed_by_family() -> None:
    done = run()
    assert done.exit_code == 0
    assert all(
        f"{p.code}  {'错误' if p.severity == 'error' else '警告'}  {p.title}" in done.output
        for p in load_manual()
    )
    assert [f for f in ("RC1xx 读取", "RC5xx 个人信息", "RC7xx 规则") if f not in done.output] == []


def test_unknown_code_names_the_nearest() -> None:
    done = run("RC3O3")
    assert done.exit_code == 2
    assert "是不是 RC303" in done.output
