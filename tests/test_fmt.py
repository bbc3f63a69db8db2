"""`rongcuo fmt`: one layout, the same data, every comment, and nothing touched that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from build_tools.cli import main
from build_tools.edit.layout import laid_out
from build_tools.edit.write import replace_file
from build_tools.load import Schema
from build_tools.load.yaml_reader import read_yaml
from tests.check_support import CASE, FIXTURES, ROOT, SCHEMAS, write

MODEL = ROOT / "cases/2026/RC-2026-0001.yaml"

MESSY = """# yaml-language-server: $schema=../../schema/case.schema.json

# 顶上的注释
title: '车棚'   # 行尾注释
id:    RC-2026-0001\x20\x20
background: |
  第一行
  # 不是注释
  第二行
# 类型的注释
kind: tolerated
fields: [fd-community,  fd-project]  # 领域
date: {basis: decision, value: 2017}
summary: >-
  折叠
  的文字
error_factors:
    # 第一项前
    - origin: source
      # 词的注释
      term: ef-no-approval  # 词后
      rules:
      - N-03#17
    - {origin: editor, term: ef-no-filing}
trigger:
keywords:
- 车棚
- "yes"
- 𠮷野😀
- 'it''s'
- 12:30
- 010
- "- 开头"
- "有 #号"
zzz: 不认识的键
# 结尾注释
"""

NEAT = """# yaml-language-server: $schema=../../schema/case.schema.json

# 顶上的注释
id: RC-2026-0001
title: 车棚  # 行尾注释
# 类型的注释
kind: tolerated
fields:  # 领域
  - fd-community
  - fd-project
date:
  value: "2017"
  basis: decision
trigger:
keywords:
  - 车棚
  - "yes"
  - 𠮷野😀
  - it's
  - "12:30"
  - "010"
  - "- 开头"
  - "有 #号"
summary: 折叠 的文字
background: |
  第一行
  # 不是注释
  第二行
error_factors:
    # 第一项前
    # 词的注释
  - term: ef-no-approval  # 词后
    rules:
      - N-03#17
    origin: source
  - term: ef-no-filing
    origin: editor
zzz: 不认识的键
# 结尾注释
"""


def lay_out(text: str, schema: Schema = SCHEMAS.case) -> str | None:
    return laid_out(text.encode(), "x.yaml", schema).text


def run(library: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["fmt", "--root", str(library), *arguments])


def test_layout_of_a_messy_file() -> None:
    assert lay_out(MESSY) == NEAT


def test_bom_and_windows_line_ends_are_mended() -> None:
    raw = b"\xef\xbb\xbf" + (FIXTURES / "base-case.yaml").read_bytes().replace(b"\n", b"\r\n")
    assert laid_out(raw, "x.yaml", SCHEMAS.case).text == (FIXTURES / "base-case.yaml").read_text(
        encoding="utf-8"
    )


def _schema_for(path: Path) -> Schema:
    return (
        SCHEMAS.rule
        if path.parent.name == "rules"
        else SCHEMAS.vocabulary
        if path.parent.name == "vocabulary"
        else SCHEMAS.case
    )


REAL = [
    *sorted(ROOT.glob("cases/*/*.yaml")),
    *sorted(ROOT.glob("rules/*.yaml")),
    *sorted(ROOT.glob("schema/vocabulary/*.yaml")),
]


@pytest.mark.parametrize("path", REAL, ids=lambda p: p.stem)
def test_real_files_keep_their_data_and_a_second_run_changes_nothing(path: Path) -> None:
    once = lay_out(path.read_text(encoding="utf-8"), _schema_for(path))
    assert once is not None
    assert read_yaml(once.encode(), "").data == read_yaml(path.read_bytes(), "").data
    assert lay_out(once, _schema_for(path)) == once


def test_model_file_is_in_the_layout() -> None:
    text = MODEL.read_text(encoding="utf-8")
    assert lay_out(text) == text


TEXT = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(" \n:#-'\"[]{}&*!|>%@`,?"),
    max_size=20,
)
DATA = st.dictionaries(
    TEXT.filter(lambda t: "\n" not in t and t != "<<")
    | st.sampled_from(["id", "title", "date", "error_factors"]),
    st.recursive(
        TEXT | st.none(),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3)
            | st.dictionaries(
                st.sampled_from(["term", "note", "origin", "甲"]), inner, min_size=1, max_size=3
            )
        ),
        max_leaves=8,
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=250, deadline=None)
@given(data=DATA, flow=st.sampled_from([None, True, False]))
def test_any_data_survives_and_the_layout_is_stable(data: dict[str, object], flow: bool | None) -> None:
    text = yaml.dump(data, allow_unicode=True, default_flow_style=flow, sort_keys=False)
    before = read_yaml(text.encode(), "")
    once = lay_out(text)
    if once is None:
        return  # refusing is allowed; changing is not
    assert read_yaml(once.encode(), "").data == before.data
    assert lay_out(once) == once


COMMENTED = st.lists(
    st.sampled_from(
        [
            "# 甲",
            "    # 乙",
            "  # 丙",
            "",
            "kind: tolerated",
            "id: x",
            "fields:",
            "  - a",
            "  - b",
            "date:",
            "  basis: event  # 丁",
            "  value: 2017",
            "title: 题 # 戊",
        ]
    ),
    max_size=12,
)


@settings(max_examples=250, deadline=None)
@given(rows=COMMENTED)
def test_every_comment_survives(rows: list[str]) -> None:
    text = "\n".join(rows) + "\n"
    once = lay_out(text)
    if once is not None:
        assert sorted(c for c in once if c in "甲乙丙丁戊") == sorted(c for c in text if c in "甲乙丙丁戊")
        assert lay_out(once) == once


def test_command_rewrites_and_then_has_nothing_to_do(library: Path) -> None:
    target = write(library, CASE, MESSY)
    os.chmod(target, 0o640)
    first = run(library)
    assert first.exit_code == 0 and CASE in first.output
    assert target.read_text(encoding="utf-8") == NEAT
    assert target.stat().st_mode & 0o777 == 0o640
    assert run(library, "--check").exit_code == 0
    assert sorted(p.name for p in target.parent.iterdir()) == ["RC-2026-0001.yaml"]


def test_check_lists_and_leaves_alone(library: Path) -> None:
    target = write(library, CASE, MESSY)
    done = run(library, "--check")
    assert done.exit_code == 1 and done.output.splitlines()[0] == CASE
    assert target.read_text(encoding="utf-8") == MESSY


def test_paths_limit_what_is_rewritten(library: Path) -> None:
    target = write(library, CASE, MESSY)
    run(library, str(library / "rules"))
    assert target.read_text(encoding="utf-8") == MESSY


@pytest.mark.parametrize("raw", [b"a: [", b"a: 1\na: 2\n", b"\xff", b"a: &x 1\n", b""])
def test_what_cannot_be_read_is_reported_and_untouched(library: Path, raw: bytes) -> None:
    bad = write(library, "cases/2026/RC-2026-0002.yaml", raw)
    messy = write(library, CASE, MESSY)
    done = run(library)
    assert done.exit_code == 1
    assert "cases/2026/RC-2026-0002.yaml:" in done.output and "没有动" in done.output
    assert bad.read_bytes() == raw
    assert messy.read_text(encoding="utf-8") == NEAT, "one bad file must not stop the others"


def test_failed_replacing_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write(tmp_path, "a.yaml", "old\n")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        replace_file(target, "new\n")
    assert target.read_text(encoding="utf-8") == "old\n"
    assert [p.name for p in tmp_path.iterdir()] == ["a.yaml"]
