"""`rongcuo search` as people and programs use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from build_tools.cli import main
from tests.search_support import ROOT


def run(*args: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["search", "--root", str(ROOT), *args], input=text)


def found(*args: str, text: str | bytes | None = None) -> dict[str, Any]:
    result = run(*args, "--format", "json", text=text)
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.output)
    return data


def test_json_says_what_was_asked_found_and_why() -> None:
    data = found("没等批复就先开工了", "--limit", "3")
    assert data["schema_version"] == 1 and data["query"]["text"] == "没等批复就先开工了"
    assert data["query"]["read_as"] == ["未批先行"]
    assert len(data["results"]) == 3 <= data["total"]
    first = data["results"][0]
    assert first["url"] == f"cases/{first['id']}.html" and first["kind"] and first["status"] == "published"
    assert {"id": "ef-no-approval", "label": "未批先行"} in first["concepts"]
    assert all(0 <= a < b <= len(first["snippet"]["text"]) for a, b in first["snippet"]["marks"])


def test_the_table_shows_id_kind_title_and_place() -> None:
    result = run("漏接电话", "--limit", "1")
    assert result.exit_code == 0
    assert "RC-2026-0034" in result.output and "[纠正]" in result.output and "广东" not in result.output


@pytest.mark.parametrize(
    ("option", "value", "facet", "ids"),
    [
        ("--kind", "对照", "kind", {"contrast"}),
        ("--kind", "追责对照", "kind", {"contrast"}),
        ("--kind", "contrast,lenient", "kind", {"contrast", "lenient"}),
    ],
)
def test_labels_and_ids_are_both_understood(option: str, value: str, facet: str, ids: set[str]) -> None:
    data = found(option, value, "--limit", "500")
    assert {one[facet] for one in data["results"]} == ids


def test_facets_and_years_combine() -> None:
    data = found("--field", "停车与充电", "--year", "2019..2023", "--limit", "100")
    assert data["results"]
    assert all("2019" <= one["date"][:4] <= "2023" for one in data["results"])
    assert found("--province", "浙江")["total"] == found("--province", "浙江省")["total"] > 0
    assert found("停车", "--year", "1901")["total"] == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["停车", "--kind", "容措"], "是不是“容错”"),
        (["停车", "--outcome", "免与问责"], "是不是“免予问责”（oc-exempt-accountability）"),
        (["停车", "--factor", "ef-no-aproval"], "ef-no-approval"),
        (["停车", "--year", "去年"], "看不懂“去年”"),
        ([], "没有要找的内容"),
        (["--facts", "no-such-file"], "读不出 no-such-file"),
        (["停车", "--type", "rule", "--kind", "容错"], "筛选只对案例有用"),
    ],
)
def test_wrong_use_is_explained_in_chinese(args: list[str], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert said in result.output


def test_nothing_found_is_no_error_and_says_what_to_try() -> None:
    result = run("qqzzxx")
    assert result.exit_code == 0 and "没有找到" in result.output and "--facts" in result.output


def test_facts_from_standard_input_show_both_sides(tmp_path: Path) -> None:
    facts = "社区经费紧张，书记与居委会主任商量后向辖区三家企业收取赞助费，用于敬老节活动。"
    data = found("--facts", "-", "--limit", "5", text=facts)
    assert data["query"]["facts"] is True
    sides = {one["adverse"] for one in data["results"]}
    assert sides == {True, False}
    assert "RC-2026-0070" in [one["id"] for one in data["results"] if one["adverse"]][:2]
    (tmp_path / "facts.txt").write_bytes(facts.encode() + b"\xff\xfe")
    assert "反面对照" in run("--facts", str(tmp_path / "facts.txt")).output


def test_all_types_are_grouped() -> None:
    data = found("事前报备", "--type", "all", "--limit", "2")
    assert [one["type"] for one in data["results"]] == ["case"] * 2 + ["rule"] * 2 + ["term"] * 2 + [
        "guide"
    ] * 2


def test_markup_in_a_query_is_only_text() -> None:
    result = run("[bold]停车[/bold]", "[/]")
    assert result.exit_code == 0 and result.exception is None
