"""Reading: every scalar stays text, every place is known, what cannot be read says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_tools.load import load_library
from build_tools.load.yaml_reader import MAX_DEPTH, _Builder, _plain, _Refused, read_yaml
from build_tools.model import Mark
from tests.check_support import ROOT, write


def _data(text: str):
    parsed = read_yaml(text.encode(), "x.yaml")
    assert parsed.diagnostics == ()
    return parsed.data


def _problems(raw: bytes | str) -> list[tuple[str, int, int]]:
    parsed = read_yaml(raw.encode() if isinstance(raw, str) else raw, "x.yaml")
    return [(d.code, d.mark.line, d.mark.column) for d in parsed.diagnostics]


@pytest.mark.parametrize(
    "value",
    ["010", "12:30", "1e3", "0x1f", "yes", "no", "on", "2016-05-14", "1_000", "true", ".5", "=", "2015"],
)
def test_plain_values_stay_text(value: str) -> None:
    assert _data(f"k: {value}\n") == {"k": value}


@pytest.mark.parametrize("value", ["", "~", "null"])
def test_nothing_is_none_and_a_quoted_nothing_is_text(value: str) -> None:
    assert _data(f"k: {value}\nl: '{value}'\n") == {"k": None, "l": value}


def test_places_count_characters_from_one() -> None:
    parsed = read_yaml("标题: 车棚\n列:\n  - 甲\n  - 乙: 丙\n".encode(), "x.yaml")
    assert parsed.key_marks[("标题",)] == Mark(1, 1)
    assert parsed.marks[("标题",)] == Mark(1, 5)
    assert parsed.marks[("列", 1, "乙")] == Mark(4, 8)


def test_places_after_a_bom_are_where_an_editor_shows_them() -> None:
    assert read_yaml(b"\xef\xbb\xbfid: x\n", "x.yaml").marks[("id",)] == Mark(1, 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c\n", [("RC101", 1, 5)]),
        ("a:\n\tb: c\n", [("RC102", 2, 1)]),
        ("a: 1\nb: 2\na: 3\n", [("RC103", 3, 1)]),
        ("a: &x 1\n", [("RC104", 1, 4)]),
        ("a: *x\n", [("RC104", 1, 4)]),
        ("a: !!python/object:os.system 1\n", [("RC104", 1, 4)]),
        ("<<: {a: 1}\n", [("RC104", 1, 1)]),
        ("a: [1, 2\n", [("RC101", 2, 1)]),
        ("a: 'x\n", [("RC101", 2, 1)]),
        ("---\na: 1\n---\nb: 2\n", [("RC113", 3, 1)]),
        ("", [("RC110", 1, 1)]),
        ("# 只有注释\n", [("RC110", 1, 1)]),
        ("? [a]\n: b\n", [("RC101", 1, 3)]),
        (b"a: \xff\n", [("RC107", 1, 4)]),
        (b"x: y\r\n", [("RC109", 1, 1)]),
        (b"x: \x07\n", [("RC114", 1, 4)]),
    ],
)
def test_what_cannot_be_read_says_where(text: str | bytes, expected: list[tuple[str, int, int]]) -> None:
    assert _problems(text) == expected


def test_nesting_is_refused_at_the_limit_and_bombs_do_no_harm() -> None:
    assert _problems("k: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)) == []
    assert [code for code, _, _ in _problems("k: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH)] == ["RC105"]
    assert [code for code, _, _ in _problems("[" * 200_000)] == ["RC105"]
    assert [code for code, _, _ in _problems("{a: " * 60_000)] == ["RC105"]


def test_size_limit_is_at_256_kilobytes() -> None:
    assert _problems(b"a: b\n#" + b"x" * (256 * 1024 - 6)) == []
    assert [code for code, _, _ in _problems(b"a: b\n#" + b"x" * (256 * 1024 - 5))] == ["RC106"]


TEXTS = st.text(
    alphabet=st.sampled_from("ab:-[]{}#&*!|>'\"\n\t ?,%@`~0\\车\u3000"), max_size=40
) | st.sampled_from(
    [
        "a: |\n  x\n\n  y\n",
        "- a\n- b\n",
        "{a: [b, {c: d}]}",
        '"a\\u4e00": "b"',
        "a: >-\n x\n y\n",
        "---\na: b\n...\n",
    ]
)


@settings(max_examples=600, deadline=None)
@given(text=TEXTS)
def test_the_quick_reading_says_what_the_careful_one_says(text: str) -> None:
    quick = _plain(text)
    if quick is not None:
        builder = _Builder("x", [])
        assert builder.build(text) == quick
        assert builder.found == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("cases/*/*.yaml"))[::20], ids=lambda p: p.stem)
def test_real_files_take_the_quick_way(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert _plain(text) == _Builder("x", []).build(text)


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=80))
def test_reading_never_raises(raw: bytes) -> None:
    parsed = read_yaml(raw, "x.yaml")
    assert parsed.data is not None or parsed.diagnostics


def test_careful_reading_refuses_by_exception_only_inside() -> None:
    with pytest.raises(_Refused):
        _Builder("x", []).build("a: &b c\n")


def test_editors_leftovers_are_passed_over(library: Path) -> None:
    write(library, "cases/2026/.RC-2026-0001.yaml.swp", b"\xff")
    write(library, "cases/2026/RC-2026-0001.yaml~", "x")
    write(library, "cases/.git/config.yaml", "x: [")
    assert load_library(library).diagnostics == ()


def test_link_inside_the_folder_is_read_and_loops_are_reported(library: Path) -> None:
    (library / "cases/2026/loop.yaml").symlink_to("loop.yaml")
    assert [(d.path, d.code) for d in load_library(library).diagnostics] == [
        ("cases/2026/loop.yaml", "RC112")
    ]


def test_a_list_instead_of_a_mapping_is_reported(library: Path) -> None:
    write(library, "cases/2026/RC-2026-0002.yaml", "- a\n")
    loaded = load_library(library)
    assert [(d.path, d.code) for d in loaded.diagnostics] == [("cases/2026/RC-2026-0002.yaml", "RC203")]
    assert [c.id for c in loaded.library.cases] == ["RC-2026-0001"]
