"""Checking as a whole: one run reports everything, in order, on any content; and the real library is clean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from build_tools.check import run_checks
from build_tools.check.manual import load_manual
from build_tools.check.rules import outcomes
from build_tools.load import load_library
from build_tools.model import Library, Record
from tests.check_support import (
    CASE,
    FIXTURES,
    ROOT,
    SCHEMAS,
    TODAY,
    check,
    lines,
    make_library,
    patched,
    write,
)

BASE = (FIXTURES / "base-case.yaml").read_text(encoding="utf-8")
RULE = (FIXTURES / "base-rule.yaml").read_text(encoding="utf-8")
REAL = load_library(ROOT)
FOUND = run_checks(REAL, SCHEMAS, TODAY)


def _records(library: Library) -> list[Record]:
    return [*library.cases, *library.rules, *(v.record for v in library.vocabularies)]


@pytest.mark.parametrize("path", [r.path for r in _records(REAL.library)])
def test_real_file_has_no_errors(path: str) -> None:
    assert [str(d) for d in FOUND if d.path == path and d.severity == "error"] == []


def test_real_library_has_no_errors_outside_its_records() -> None:
    known = {r.path for r in _records(REAL.library)}
    assert [str(d) for d in FOUND if d.path not in known and d.severity == "error"] == []


def _bad_case(number: int, fragment: str) -> tuple[str, str]:
    own = f"RC-2026-{number:04d}"
    return f"cases/2026/{own}.yaml", patched(
        BASE, f"id: {own}\n{fragment}" if "id:" not in fragment else fragment
    )


# Every kind of bad input the issue names, and the code that must report it.
BAD_CASES = [
    ("RC101", "title: 社区: 书记"),
    ("RC102", "subject:\n\tdescription: 某人"),
    ("RC103", "trigger: 甲\ntrigger: 乙"),
    ("RC201", "titel: 车棚"),
    ("RC303", "error_factors:\n  - term: ef-nonsense\n    origin: source"),
    ("RC203", "keywords: 车棚"),
    ("RC401", "date:\n  value: 2025-02-30\n  basis: event"),
    ("RC402", "changes:\n  - date: 2025-01-01\n    type: created\n    what: 入库。\n    by: 组"),
    ("RC403", "date:\n  value: 2096-01\n  basis: event"),
    ("RC206", f"title: {'长' * 31}"),
    ("RC304", "relations:\n  - type: followed\n    target: RC-2020-0001"),
    ("RC305", "error_factors:\n  - term: ef-no-approval\n    rules:\n      - N-99\n    origin: source"),
    ("RC306", "error_factors:\n  - term: ef-no-approval\n    rules:\n      - N-90#99\n    origin: source"),
    ("RC404", "# 没有 sources"),
    ("RC405", "sources:\n  - publisher: 报\n    title: 题\n    url: javascript:alert(1)\n    kind: media"),
    ("RC506", "trigger: 村民李大强反映。"),
    ("RC501", "trigger: 证号11010519491231002X。"),
    ("RC502", "trigger: 电话１３８ ００１３ ８０００。"),
    ("RC503", "trigger: 电话0571-87654321。"),
    ("RC504", "trigger: 轿车浙A12345。"),
    ("RC505", "trigger: 卡号6222020000000000000。"),
    ("RC104", "trigger: &a 居民"),
    ("RC105", f"keywords: {'[' * 40}{']' * 40}"),
    ("RC209", "trigger:"),
    ("RC204", "status: 发布了"),
    ("RC205", "entered: 2026/3/2"),
    ("RC110", None),
]


def test_one_run_reports_every_bad_file(library: Path) -> None:
    """All bad inputs in one folder: each file gets its own code, and no file hides another."""
    expected: dict[str, str] = {}
    for number, (code, fragment) in enumerate(BAD_CASES, 100):
        path, text = _bad_case(number, fragment or "")
        write(library, path, text if fragment is not None else "")
        expected[path] = code
    good = BASE.replace("RC-2026-0001", "RC-2026-0900")
    for path, content, code in (
        ("cases/2026/RC-2026-0900.yaml", good + "# " + "长" * 90_000 + "\n", "RC106"),
        ("cases/2026/RC-2026-0901.yaml", good.encode("gbk"), "RC107"),
        ("cases/2026/RC-2026-0902.yaml", b"\xef\xbb\xbf" + good.replace("0900", "0902").encode(), "RC108"),
        (
            "cases/2026/RC-2026-0903.yaml",
            good.replace("0900", "0903").replace("\n", "\r\n").encode(),
            "RC109",
        ),
        ("cases/2026/附件.pdf", b"%PDF", "RC111"),
        ("cases/2026/RC-2026-0905.yaml", good.replace("0900", "0906"), "RC301"),
        ("cases/2026/copy/RC-2026-0001.yaml", BASE, "RC302"),
        (
            "cases/2026/RC-2026-0907.yaml",
            good.replace("0900", "0907") + "relations:\n  - type: followed\n    target: RC-2026-0907\n",
            "RC307",
        ),
        (
            "cases/2026/RC-2026-0908.yaml",
            good.replace("0900", "0908").replace("车棚\n", "车\x07棚\n", 1),
            "RC114",
        ),
    ):
        write(library, path, content)
        expected[path] = code
    (library / "cases/2026/RC-2026-0904.yaml").symlink_to("/etc/hostname")
    expected["cases/2026/RC-2026-0904.yaml"] = "RC112"
    found = check(library)
    codes = {path: {d.code for d in found if d.path == path} for path in expected}
    assert {path: code for path, code in expected.items() if code not in codes[path]} == {}
    assert list(found) == sorted(found, key=lambda d: d.sort_key)


def test_findings_point_at_the_place(library: Path) -> None:
    write(library, CASE, patched(BASE, "kind: tolerate"))
    assert [(d.code, d.mark.line, d.mark.column) for d in check(library)] == [("RC204", 5, 7)]


def test_all_faults_of_one_file_are_reported_together(library: Path) -> None:
    write(
        library,
        CASE,
        patched(BASE, "kind: x\ntrigger: 打13800138000。\nentered: 2026-13-01\nzzz: 1\n# 没有 error"),
    )
    assert {d.code for d in check(library)} == {"RC201", "RC202", "RC204", "RC401", "RC502"}


@pytest.mark.parametrize(
    ("fragment", "hint"),
    [
        ("kind: 容错", "是不是 tolerated（容错免责减责）"),
        ("关键词:\n  - 车棚\n# 没有 keywords", "是不是 keywords（关键词）"),
        ("error_factors:\n  - term: ef-no-aproval\n    origin: source", "是不是 ef-no-approval（未批先行）"),
        ("error_factors:\n  - term: 先上车后补票\n    origin: source", "是不是 ef-no-approval（未批先行）"),
        ("error_factors:\n  - term: ca-legacy\n    origin: source", "它是词表“错误成因”里的词"),
        ("region:\n  province: 浙江", "是不是 浙江省"),
        ("relations:\n  - type: followed\n    target: RC-2026-0010", "是不是 RC-2026-0001"),
    ],
)
def test_did_you_mean(library: Path, fragment: str, hint: str) -> None:
    write(library, CASE, patched(BASE, fragment))
    assert hint in "\n".join(lines(library))


def test_reference_to_an_unreadable_file_is_not_a_second_fault(library: Path) -> None:
    write(library, "cases/2026/RC-2026-0002.yaml", "id: [")
    write(library, CASE, patched(BASE, "relations:\n  - type: followed\n    target: RC-2026-0002"))
    assert {d.code for d in check(library)} == {"RC101"}


def test_broken_vocabulary_is_one_fault_not_one_for_each_word(library: Path) -> None:
    write(library, "schema/vocabulary/error_factors.yaml", "list: [")
    assert {(d.path, d.code) for d in check(library)} == {("schema/vocabulary/error_factors.yaml", "RC101")}


def test_future_day_of_something_due_is_allowed(library: Path) -> None:
    review = """reviews:
  - date: 2026-06-01
    trigger: lt-schedule
    reviewer: 某区纪委监委
    independence: 与原承办人无关。
    findings:
      - lf-maintain
    obligations:
      - kind: update
        text: 更新条目。
        due: 2099-01-01
    disclosure: public
"""
    write(library, CASE, patched(BASE, review))
    assert lines(library) == []


def test_guides_are_checked_and_code_in_them_is_not_a_reference(library: Path) -> None:
    write(library, "docs/a.md", "# 写法\n\n用 `[[编号]]`。\n\n```\n[[X]]\n```\n\n[[ef-no-aproval]]\n")
    assert lines(library) == [
        "docs/a.md:9:1: RC310 短代码 [[ef-no-aproval]] 找不到对应的案例、规则、条目或词 — 是不是 [[ef-no-approval]]？"
    ]


def test_guides_may_not_refer_to_what_readers_cannot_see(library: Path) -> None:
    write(library, CASE, patched(BASE, "status: draft"))
    assert [d.code for d in check(library)] == ["RC310"]


def test_guide_with_broken_bytes_is_reported(library: Path) -> None:
    write(library, "docs/b.md", "# 坏".encode("gbk"))
    assert [(d.path, d.code) for d in check(library)] == [("docs/b.md", "RC107")]


def test_every_outcome_word_has_its_place_among_the_kinds() -> None:
    """A new outcome word must be sorted in, or RC406 and RC414 would misjudge the cases that use it."""
    groups = (
        outcomes.TOLERANT,
        outcomes.CLEARED,
        outcomes.UNDONE,
        outcomes.FILED,
        outcomes.PUNISHED,
        outcomes.UNKNOWN,
        outcomes.NEUTRAL,
    )
    words = {t.id for t in REAL.library.vocabulary["outcomes"].terms}
    assert words == frozenset().union(*groups)
    assert set(outcomes.EXPECTED) == {c.value for c in SCHEMAS.case.choices(("kind",))}


# Below: whatever the content, checking reports and never raises.

VALUES = st.recursive(
    st.none()
    | st.text(max_size=12)
    | st.sampled_from(
        [
            "2026-02-30",
            "RC-2026-0001",
            "N-90#1",
            "ef-no-approval",
            "13800138000",
            "published",
            "D-01",
            "http://[",
            "张建国书记",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=6) | st.sampled_from(["id", "term", "date", "ref"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, Mapping):
        return [at, *(p for k, v in value.items() for p in _places(v, (*at, k)))]
    return (
        [at, *(p for i, v in enumerate(value) for p in _places(v, (*at, i)))]
        if isinstance(value, list)
        else [at]
    )


def _garbled(draw: st.DrawFn, text: str) -> str:
    data = yaml.safe_load(text)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from(_places(data)[1:] or [()]))
        if not place:
            break
        target = data
        for step in place[:-1]:
            target = target[step]
        target[place[-1]] = draw(VALUES)
    return yaml.dump(data, allow_unicode=True, sort_keys=False, Dumper=yaml.CSafeDumper)


@st.composite
def garbled_files(draw: st.DrawFn) -> dict[str, str]:
    words = (ROOT / "schema/vocabulary/supervision.yaml").read_text(encoding="utf-8")
    return {
        CASE: _garbled(draw, BASE),
        "rules/N-90.yaml": _garbled(draw, RULE),
        "schema/vocabulary/supervision.yaml": _garbled(draw, words),
    }


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_library(tmp_path_factory.mktemp("garbled") / "库")


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(files=garbled_files())
def test_content_of_any_shape_is_reported_and_never_raises(playground: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        write(playground, path, text)
    known = {page.code for page in load_manual()}
    for found in check(playground):
        assert found.code in known and found.message and found.mark.line >= 1


@settings(max_examples=120, deadline=None)
@given(
    position=st.integers(0, len(BASE)),
    cut=st.integers(0, 30),
    extra=st.text(max_size=8)
    | st.sampled_from(["\t", ": ", "- ", "{", "\n\n", "'", "&a", "*a", "!!x ", "#"]),
)
def test_damaged_text_is_reported_and_never_raises(
    playground: Path, position: int, cut: int, extra: str
) -> None:
    text = BASE[:position] + extra + BASE[position + cut :]
    write(playground, CASE, text.encode("utf-8", "surrogatepass"))
    check(playground)


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=200))
def test_bytes_of_any_kind_are_reported_and_never_raise(playground: Path, raw: bytes) -> None:
    write(playground, CASE, raw)
    assert check(playground)


def test_many_files_spread_over_processes_give_the_same_report(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("build_tools.check.spread.MANY", 2)
    for number in range(100, 108):
        write(library, *_bad_case(number, "kind: x\ntrigger: 打13800138000。"))
    loaded = load_library(library)
    assert run_checks(loaded, SCHEMAS, TODAY, workers=2) == run_checks(loaded, SCHEMAS, TODAY)


def test_schemas_and_json_agree_on_what_is_read() -> None:
    """The sharpened schema only adds demands: what it accepts, the published schema accepts as well."""
    import jsonschema_rs

    plain = jsonschema_rs.Draft202012Validator(json.loads(json.dumps(SCHEMAS.case.document)))
    assert plain.is_valid(yaml.load(BASE, Loader=yaml.BaseLoader))
