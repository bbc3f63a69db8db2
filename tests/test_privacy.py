"""Detection of personal data: the labelled snippets, the shape of findings, and the list that others reuse."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.privacy import read, scored, snippets
from build_tools.check.rules.privacy import CODES
from build_tools.edit.redact import draft
from build_tools.load import load_library
from build_tools.privacy import KINDS, detect, exposing, patterns
from tests.check_support import CASE, FIXTURES, ROOT, check, patched, write

HALVES = snippets()
SEPARATORS = ["", " ", "-", ".", "·", "—", "\u200b", "\u3000", "_"]
PARTS = (
    "王建国|书记|村民|，|。|138|0013|8000|\u200b|号|路|3栋|501室|浙A|12345|微信|QQ：|@|example.com|姓名：|石桥村|"
    "2019年7月3日|溺水|一三八|①|é|男| |\n"
)
PIECES = st.lists(st.sampled_from(PARTS.split("|")), max_size=12).map("".join)


def test_the_labelled_set_is_large_enough() -> None:
    for kind in KINDS:
        assert sum(len(half[kind]) for half in HALVES.values()) >= 25
    assert sum(len(half["harmless"]) for half in HALVES.values()) >= 120


@pytest.mark.parametrize("half", HALVES)
def test_precision_and_recall_do_not_fall(half: str) -> None:
    score = scored(HALVES[half])
    least = {"half_a": (0.98, 0.98), "half_b": (0.97, 0.96)}[half]
    assert score.precision() >= least[0], "\n".join(score.faults)
    assert score.recall() >= least[1], "\n".join(score.faults)


def test_the_quick_look_hides_nothing_that_the_close_look_finds() -> None:
    for lines in (lines for half in HALVES.values() for lines in half.values()):
        for text in (read(line)[0] for line in lines):
            if any(finding.kind != "identifiable" for finding in detect(text)):
                assert exposing(f"a: b\n{text}\nc: d\n"), text
                assert exposing(text) or "." in text, text


@given(PIECES, st.booleans())
def test_the_quick_look_hides_nothing_in_texts_put_together(text: str, heading: bool) -> None:
    found = [finding for finding in detect(text, heading) if finding.kind != "identifiable"]
    assert not found or "." in text or exposing(text, (text,) if heading else ())


@given(PIECES)
def test_findings_tell_their_own_place_and_never_overlap(text: str) -> None:
    end = 0
    for finding in detect(text, heading=True):
        assert text[finding.start : finding.end] == finding.text != ""
        assert finding.start >= end
        end = finding.end


@given(st.text(max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    for finding in detect(text, heading=True, day=True):
        assert text[finding.start : finding.end] == finding.text


@given(
    st.lists(st.sampled_from(SEPARATORS), min_size=10, max_size=10),
    st.sampled_from(["0123456789", "０１２３４５６７８９", "零一二三四五六七八九"]),
)
def test_no_separator_and_no_kind_of_digit_hides_a_mobile_number(gaps: list[str], digits: str) -> None:
    number = "".join(digit + gap for digit, gap in zip("13800138000", [*gaps, ""], strict=True))
    number = number.translate(str.maketrans("0123456789", digits))
    assert [(f.kind, f.text) for f in detect(f"请打{number}。")] == [("mobile", number)]


def test_what_is_proposed_is_no_finding_itself() -> None:
    for lines in HALVES["half_a"].values():
        for text in (read(line)[0] for line in lines):
            clean = text
            for finding in reversed(detect(text)):
                clean = clean[: finding.start] + finding.proposal + clean[finding.end :]
            assert detect(clean) == (), clean


def test_the_exported_patterns_find_the_plain_forms() -> None:
    exported = json.loads(json.dumps(patterns()))
    plain = {
        "id_card": "11010519491231002X",
        "mobile": "13800138000",
        "landline": "0571-87654321",
        "bank_card": "4111111111111111",
        "plate": "浙A12345",
        "email": "li@example.com",
        "chat": "微信号：wx_abc123",
        "address": "文一西路969号",
    }
    for kind, text in plain.items():
        found = [row for row in exported if row["kind"] == kind and re.search(row["pattern"], text, re.I)]
        assert found and found[0]["name"] == KINDS[kind].name
    # Only what JavaScript reads in the same way.
    assert not [row for row in exported if re.search(r"\(\?[Pai:]*[Pai]|\(\?\(|\\[AZ]", row["pattern"])]


def test_every_kind_has_a_code() -> None:
    assert set(CODES) == set(KINDS)


def test_the_real_library_exposes_nobody() -> None:
    """Each finding here is a leak to mend or a false alarm to teach the rules."""
    library = load_library(ROOT).library
    texts = [(case.path, case.text) for case in library.cases] + [(g.path, g.text) for g in library.guides]
    found = [
        (path, line) for path, text in texts if exposing(text) for line in text.split("\n") if detect(line)
    ]
    assert [(path, f.text) for path, line in found for f in detect(line) if f.severity == "error"] == []


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("docs/说明.md", "# 说明\n\n某人 11010519491231002X。\n", "RC501"),
        ("docs/说明.md", "# 说明\n\n请找 王 建 国 书记。\n", "RC510"),
    ],
)
def test_guidance_is_looked_at_too(library: Path, path: str, text: str, code: str) -> None:
    write(library, path, text)
    assert code in {d.code for d in check(library) if d.path == path}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("村民王梓涵反映。", "error"),
        ("村民卫戟反映。", "warning"),
        ("社区书记罗槿没有报告。", "warning"),
    ],
)
def test_a_name_of_rare_characters_is_a_warning(text: str, found: str) -> None:
    assert [finding.severity for finding in detect(text)] == [found]


ACCIDENT = "background: 柳湾镇石桥村一名儿童溺水身亡，村里此前报修过护栏，一直没有修好。\n"


@pytest.mark.parametrize(("day", "told"), [("2019-07-03", True), ("2019-07", False)])
def test_the_main_date_of_a_case_counts_as_its_day(library: Path, day: str, told: bool) -> None:
    base = (FIXTURES / "base-case.yaml").read_text(encoding="utf-8")
    write(library, CASE, patched(base, f"{ACCIDENT}date:\n  value: {day}\n  basis: decision\n"))
    assert ("RC511" in {d.code for d in check(library)}) is told
    raw = (library / CASE).read_bytes()
    assert bool(draft(raw, CASE).proposals) is told, "redact proposes what check reports"


@pytest.mark.parametrize(
    "trigger",
    [
        "居民拨打 138 0013\n  8000 反映。",
        ">-\n  居民拨打 138\n  0013 8000 反映。",
        '"居民拨打 138\\u200b00138000 反映。"',
        "居民反映。 # 电话 13800138000",
    ],
)
def test_no_way_of_writing_yaml_hides_a_number(library: Path, trigger: str) -> None:
    base = (FIXTURES / "base-case.yaml").read_text(encoding="utf-8")
    write(library, CASE, patched(base, f"trigger: {trigger}\n"))
    assert "RC502" in {d.code for d in check(library)}
    assert draft((library / CASE).read_bytes(), CASE).proposals
