"""`rongcuo redact`: what was agreed to is replaced, nothing else moves, and nothing is ever half done."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from build_tools.cli import main
from build_tools.edit.redact import applied, draft
from build_tools.load.yaml_reader import read_yaml
from tests.check_support import FIXTURES

CASE = """# 联系人电话 13800138000
title: "村民李大强反映车棚"   # 引号和这条注释都要留着
background: |
  2019年7月3日，柳湾镇石桥村一名儿童溺水身亡。
  电话 138 0013 8000。
trigger: >-
  居民拨打
  0571-87654321 反映
escaped: "\\u0031\\u0033800138000 打"
list:
  - 'it''s 张建国书记'
  - url: https://example.org/13800138000
"""
SECRETS = ["13800138000", "李大强", "石桥", "138 0013", "0571", "张建国", "u0031"]


def run(*arguments: str | Path, answers: str = "") -> Result:
    return CliRunner().invoke(main, ["redact", *map(str, arguments)], input=answers)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "案例.yaml"
    path.write_text(CASE, encoding="utf-8")
    return path


def test_everything_is_replaced_and_the_layout_stays(case: Path) -> None:
    assert run(case, "--yes").exit_code == 0
    text = case.read_text(encoding="utf-8")
    address = "https://example.org/13800138000"
    assert not [secret for secret in SECRETS if secret in text.replace(address, "")]
    assert text.splitlines()[:5] == [
        "# 联系人电话 〔手机号略〕",
        'title: "村民李某某反映车棚"   # 引号和这条注释都要留着',
        "background: |",
        "  2019年7月3日，某镇某村一名儿童溺水身亡。",
        "  电话 〔手机号略〕。",
    ]
    assert text.splitlines()[6:] == [
        "  居民拨打",
        "  〔电话略〕 反映",
        "escaped: 〔手机号略〕 打",
        "list:",
        "  - 'it''s 张某某书记'",
        f"  - url: {address}",
    ]
    assert run(case).exit_code == 0, "a second look finds nothing"


def test_each_finding_is_asked_for_and_a_no_is_kept(case: Path) -> None:
    result = run(case, answers="n\ny\nn\nq\n")
    text = case.read_text(encoding="utf-8")
    assert result.exit_code == 1
    assert text == CASE.replace("李大强", "李某某")
    assert "替换了 1 处，留下 6 处" in result.output


def test_all_takes_the_rest_of_the_file(case: Path) -> None:
    result = run(case, answers="n\na\n")
    assert result.exit_code == 1
    text = case.read_text(encoding="utf-8")
    assert text.startswith("# 联系人电话 13800138000\n")
    assert "李大强" not in text and "张建国" not in text


def test_dry_run_shows_and_changes_nothing(case: Path) -> None:
    result = run(case, "--dry-run")
    assert result.exit_code == 1
    assert "村民【李大强】反映车棚… → 李某某" in result.output
    assert case.read_text(encoding="utf-8") == CASE


def test_breaking_off_leaves_the_file_as_it_is(case: Path) -> None:
    assert run(case, answers="y\ny\n").exit_code == 1  # the answers end before the questions
    assert case.read_text(encoding="utf-8") == CASE
    assert os.listdir(case.parent) == [case.name]


def test_line_ends_and_marks_of_plain_text_stay(tmp_path: Path) -> None:
    path = tmp_path / "笔录.txt"
    path.write_bytes("\ufeff村民李大强说。\r\n电话13800138000\r\n".encode())
    path.chmod(0o640)
    assert run(path, "--yes").exit_code == 0
    assert path.read_bytes() == "\ufeff村民李某某说。\r\n电话〔手机号略〕\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_behind_a_link_the_file_is_changed(tmp_path: Path, case: Path) -> None:
    link = tmp_path / "链接.yaml"
    link.symlink_to(case)
    run(link, "--yes")
    assert link.is_symlink() and "李大强" not in case.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("甲.txt", "张建国书记".encode("gbk"), "UTF-8"),
        ("乙.yaml", b"a: [\n", "YAML 读不出来"),
        ("丙.txt", b"a\0b", "不是文字文件"),
    ],
)
def test_what_cannot_be_read_is_said_and_left(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path, good = tmp_path / name, tmp_path / "好.md"
    path.write_bytes(content)
    good.write_text("张建国书记说。", encoding="utf-8")
    result = run(path, good, "--yes")
    assert result.exit_code == 1 and said in result.output
    assert path.read_bytes() == content
    assert good.read_text(encoding="utf-8") == "张某某书记说。", "one bad file does not stop the others"


def test_a_failed_write_leaves_the_old_file(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run(case, "--yes").exit_code == 1
    assert case.read_text(encoding="utf-8") == CASE
    assert os.listdir(case.parent) == [case.name]


def test_the_terminal_is_not_steered_by_a_file(tmp_path: Path) -> None:
    path = tmp_path / "坏.txt"
    path.write_text("\x1b[2J村民李大强[bold]说\u202e。", encoding="utf-8")
    output = run(path, "--dry-run").output
    assert "\x1b" not in output and "\u202e" not in output and "[bold]" in output


def test_a_clean_case_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "净.yaml"
    path.write_bytes((FIXTURES / "base-case.yaml").read_bytes())
    assert run(path, "--yes").exit_code == 0
    assert path.read_bytes() == (FIXTURES / "base-case.yaml").read_bytes()


WORDS = st.lists(
    st.sampled_from(
        [
            "村民李大强说",
            "13800138000",
            "1 3800138000",
            "，",
            ": ",
            " #",
            "'",
            '"',
            "\n",
            "- ",
            "\\",
            "某",
            "\u200b",
            "a ",
        ]
    ),
    min_size=1,
    max_size=8,
).map("".join)


@settings(max_examples=60)
@given(WORDS, WORDS)
def test_only_what_was_agreed_to_changes(first: str, second: str) -> None:
    text = f"a: {json.dumps(first)}\nb:\n  - {json.dumps(second)}  # 注\n"  # with escapes
    before = read_yaml(text.encode(), "")
    plan = draft(text.encode(), "x.yaml")
    after = read_yaml(applied(plan, plan.proposals).encode(), "").data
    wanted = {(): first, 0: second}
    for (key, value), got in zip(wanted.items(), (after["a"], after["b"][0]), strict=True):
        pieces = [p.finding for p in plan.proposals if p.piece.pointer == (("b", 0) if key == 0 else ("a",))]
        for finding in reversed(pieces):
            value = value[: finding.start] + finding.proposal + value[finding.end :]
        assert got == value
    assert before.data is not None
