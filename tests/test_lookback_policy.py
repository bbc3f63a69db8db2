"""The policy: no shape of it stops the check, what does not hold together is reported, edits touch nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from build_tools.check import run_checks
from build_tools.edit.amend import amended
from build_tools.load import load_library, load_schemas
from build_tools.load.yaml_reader import read_yaml
from tests.check_support import FIXTURES, ROOT, SCHEMAS, TODAY, check, lines, write
from tests.lookback_support import POLICY, case_text, with_policy

SMALL = (FIXTURES / "base-lookback.yaml").read_text(encoding="utf-8")
JUNK: list[Any] = [None, "", "gone", "0", [], {}, ["x", None], {"status": ["a"]}, [[{}]], [{"id": {}}]]


@pytest.fixture
def desk(library: Path) -> Path:
    return with_policy(library)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    if isinstance(value, dict):
        found += [p for key, child in value.items() for p in places(child, (*at, key))]
    elif isinstance(value, list):
        found += [p for i, child in enumerate(value) for p in places(child, (*at, i))]
    return found


PLACES = places(YAML(typ="safe").load(SMALL))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), st.sampled_from(JUNK))
def test_no_shape_of_the_policy_stops_the_check(desk: Path, place: tuple[Any, ...], junk: Any) -> None:
    data = YAML(typ="safe").load(SMALL)
    holder = data
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = junk
    with (desk / POLICY).open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(data, file)
    assert all(d.severity in ("error", "warning") for d in check(desk))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  - id: lenient", "  - id: tolerated", "tolerated 前面已经写过"),
        ("    value: lenient", "    value: lenint", "案例里没有“lenint”这个值"),
        (
            "    field: kind\n    value: lenient",
            "    field: status\n    value: draft",
            "没有周期：lenient（从宽处理）",
        ),
        ("    field: kind\n    value: lenient", "    field: title\n    value: lenient", "“title”"),
        ("      - background\n", "      - backgrund\n", "“backgrund”"),
        ("    status: overturned", "    status: gone", "“gone”"),
        ("      - supplement", "      - mend", "“mend”"),
        ("  - kind: update", "  - kind: updat", "没有写全，缺 update（更新条目）"),
        ("    origin: source\n    rules:\n      - N-90#1\n", "    origin: source\n", "没有列依据"),
        ("      - N-90#1", "      - N-90#9", "没有条目 9"),
        ("      - lf-vary\n    origin", "      - lf-vry\n    origin", "是不是 lf-vary"),
    ],
)
def test_what_does_not_hold_together_is_reported(desk: Path, old: str, new: str, said: str) -> None:
    assert SMALL.count(old) and lines(desk) == []
    write(desk, POLICY, SMALL.replace(old, new, 1))
    assert any(said in line for line in lines(desk)), lines(desk)


def test_the_real_policy_covers_every_finding_of_the_vocabulary() -> None:
    library = load_library(ROOT).library
    assert library.lookback
    named = {entry["term"] for entry in library.lookback.data["findings"]}
    assert named == {term.id for term in library.vocabulary["lookback_findings"].terms}
    assert not [
        d for d in run_checks(load_library(ROOT), load_schemas(ROOT / "schema"), TODAY) if d.path == POLICY
    ]


def test_amending_real_cases_changes_the_named_keys_only() -> None:
    """Every thirtieth case of the library: comments and all other lines stay as they were."""
    for case in load_library(ROOT).library.cases[::30]:

        def change(content: Any) -> None:
            content["status"] = "overturned"
            content.setdefault("reviews", []).append({"date": "2026-11-22", "note": "= 说明：# 不是注释"})

        result = amended(case.text.encode(), case.path, SCHEMAS.case, ("status", "reviews"), change)
        assert result.text is not None
        after: Mapping[str, Any] = read_yaml(result.text.encode(), case.path).data
        assert after["reviews"][-1]["note"] == "= 说明：# 不是注释"
        assert {**after, "status": 0, "reviews": 0} == {**case.data, "status": 0, "reviews": 0}
        kept = [line for line in case.text.splitlines() if not line.startswith("status:")]
        written = iter(result.text.splitlines())
        assert all(line in written for line in kept)  # all there, in their order


def test_an_edit_elsewhere_is_refused(desk: Path) -> None:
    raw = case_text(desk).encode()

    def change(content: Any) -> None:
        content["title"] = "别的"

    result = amended(raw, "x.yaml", SCHEMAS.case, ("status",), change)
    assert result.text is None and "别的栏目" in result.diagnostics[0].message
