"""Samples: every stratum gets its share, the same seed gives the same cases, and tampering with a record shows."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_tools.load import load_library
from build_tools.load.lookback import policy_of
from build_tools.lookback.draw_record import DrawError, draw_json, draw_of, verify
from build_tools.lookback.sample import DRAWN, Draw, sample
from build_tools.model import Library
from tests.check_support import CASE, ROOT, patched, write
from tests.lookback_support import add_case, case_text, run, with_policy

LIBRARY = load_library(ROOT).library
assert LIBRARY.lookback
POLICY = policy_of(LIBRARY.lookback)
DAY = date(2026, 12, 31)
ALL = {case.id for case in LIBRARY.cases if case.status in DRAWN}


def draw(seed: str = "7", **facts: object) -> Draw:
    return sample(LIBRARY, POLICY, DAY, seed, **facts)  # type: ignore[arg-type]


def test_every_stratum_gives_its_share_of_the_whole_population() -> None:
    found = draw(rate=10)
    assert {case_id for layer in found.layers for case_id in layer.ids} == ALL
    for layer in found.layers:
        assert layer.share == max(1, ceil(len(layer.ids) / 10))
        assert len(set(layer.ids) & set(found.chosen)) == layer.share


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 400), st.text(max_size=8), st.sampled_from([("kind",), ("kind", "confidence.grade"), ()])
)
def test_a_size_is_kept_to_and_the_record_verifies(size: int, seed: str, strata: tuple[str, ...]) -> None:
    found = draw(seed, size=size, strata=strata)
    assert len(found.chosen) == min(size, len(ALL)) and set(found.chosen) <= ALL
    by_size = sorted(found.layers, key=lambda layer: len(layer.ids))
    assert all(a.share <= b.share for a, b in pairwise(by_size) if len(a.ids) < len(b.ids))
    assert size < len(by_size) or all(layer.share for layer in by_size)
    again = draw_of(draw_json(found))
    assert again == found and verify(again, LIBRARY).good


def test_the_same_seed_gives_the_same_cases_and_another_other_ones() -> None:
    assert draw("a").chosen == draw("a").chosen != draw("b").chosen


def test_each_case_is_drawn_about_as_often_as_any_other() -> None:
    counts = dict.fromkeys(ALL, 0)
    for seed in range(200):
        for case_id in draw(str(seed), size=len(ALL) // 4, strata=()).chosen:
            counts[case_id] += 1
    assert min(counts.values()) > 20 and max(counts.values()) < 85  # 50 expected; six deviations either way


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r["chosen"].pop(), "不是这几件"),
        (lambda r: r.update(seed="别的"), "不是这几件"),
        (lambda r: r["population"][0]["ids"].pop(), "摘要对不上"),
        (lambda r: r["population"][0].update(share=99), "件数"),
        (lambda r: r["population"].append(r["population"][0]), "重复"),
    ],
)
def test_a_record_that_was_tampered_with_does_not_verify(change, said: str) -> None:
    record = json.loads(draw_json(draw()))
    change(record)
    verdict = verify(draw_of(json.dumps(record)), LIBRARY)
    assert not verdict.good and any(said in fault for fault in verdict.faults)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "JSON"),
        ("[]", "不是抽样记录"),
        ('{"format": "rongcuo-lookback-sample", "version": 9}', "版本是 9"),
        ('{"format": "rongcuo-lookback-sample", "version": 1}', "缺 "),
        (draw_json(draw()).replace('"rate": 10', '"rate": "10"'), "不认识的写法"),
        (draw_json(draw()).replace('"rate": 10', '"rate": null'), "不认识的写法"),
    ],
)
def test_what_is_no_record_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(DrawError, match=said):
        draw_of(text)


def test_changes_of_the_library_since_are_told_apart_from_faults() -> None:
    found = draw()
    first, second = found.layers[0].ids[0], found.layers[1].ids[0]
    kept = tuple(case for case in LIBRARY.cases if case.id != first)
    missing = verify(found, Library(kept, (), ()))
    assert missing.good and missing.gone == (first,)
    layers = [layer for layer in found.layers if second not in layer.ids]
    left_out = verify(
        Draw(found.date, "7", 10, None, 1, found.strata, tuple(layers), found.digest, found.chosen), LIBRARY
    )
    assert not left_out.good and second in left_out.missed


def test_drawing_and_verifying_on_the_command_line(library: Path, tmp_path: Path) -> None:
    root, record = with_policy(library), tmp_path / "抽样.json"
    for serial in range(2, 12):
        add_case(root, serial, "kind: contrast\n" if serial % 2 else "")
    args = ("--seed", "开会当天定的", "--rate", "20", "--as-of", "2026-11-22")
    result = run(root, "sample", *args, "-o", str(record))
    assert result.exit_code == 0 and "从 11 件里抽 3 件" in result.output
    assert "相符" in run(root, "sample", "--verify", str(record)).output
    write(root, CASE, case_text(root).replace("kind: tolerated", "kind: lenient"))
    assert "分层的字段改过：RC-2026-0001" in run(root, "sample", "--verify", str(record)).output
    gone = "status: withdrawn\nstatus_record: {date: 2026-11-23, reason: 错录, authority: 编辑组}"
    write(root, CASE, patched(case_text(root), gone))
    assert "撤下或并入了别的案例：RC-2026-0001" in run(root, "sample", "--verify", str(record)).output
    data = json.loads(record.read_text(encoding="utf-8"))
    data["chosen"] = data["population"][0]["ids"][:3]
    record.write_text(json.dumps(data), encoding="utf-8")
    spoilt = run(root, "sample", "--verify", str(record))
    assert spoilt.exit_code == 1 and "不符" in spoilt.output
    assert run(root, "sample", "--rate", "5", "--size", "5").exit_code == 2
    assert "不能按“sources”分层" in run(root, "sample", "--strata", "sources").output
