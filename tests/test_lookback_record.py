"""Recording a look-back: from the terminal, from Word, Excel and YAML; what is written, and when nothing is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import docx
import openpyxl
import pytest
from openpyxl.cell import Cell

from build_tools.check.guards import run_guards
from build_tools.edit.layout import laid_out
from build_tools.export.changes import changes_of
from build_tools.history.before import Before
from build_tools.history.wording import Speaker
from build_tools.load import Loaded, for_edition, load_library
from build_tools.load.yaml_reader import read_yaml
from build_tools.lookback.filing import filing_of
from build_tools.lookback.worksheet import ticked, worksheet
from build_tools.lookback.worksheet_xlsx import worksheet_xlsx
from build_tools.model import Library
from build_tools.site.timeline import Teller
from tests.check_support import CASE, SCHEMAS, check, patched, write
from tests.lookback_support import BASE, add_case, case_text, read, review, run, with_policy, words

ID = "RC-2026-0001"
FILED = """\
case: RC-2026-0001
date: 2026-06-01
trigger: 定期回溯
reviewer: 某市纪委监委案件监督管理室
independence: 审查人没有办过原案。
checklist:
  - item: 事实清楚
    answer: 通过
  - item: handling
    answer: fail
    note: 同类的都只是批评教育。
findings: 变更
after: 改为批评教育。
disclosure: 公开
"""
PLAIN = FILED.replace("answer: fail\n    note: 同类的都只是批评教育。", "answer: pass").replace(
    "findings: 变更\nafter: 改为批评教育。\n", "findings:\n  - lf-maintain\n"
)


@pytest.fixture
def desk(library: Path) -> Path:
    root = with_policy(library)
    write(root, CASE, BASE.replace("sources:\n", "# 来源只有一个\nsources:\n"))
    return root


def record(root: Path, form: str, *args: str) -> tuple[int, str]:
    source = write(root.parent, "表.yaml", form)
    result = run(root, "record", ID, "--from", str(source), *args)
    return result.exit_code, result.output


def library_at(root: Path) -> Library:
    return load_library(root).library


def content(root: Path) -> Mapping[str, object]:
    data: Mapping[str, object] = read_yaml(case_text(root).encode(), CASE).data
    return data


def test_a_look_back_that_changes_nothing_is_added_and_all_else_stays(desk: Path) -> None:
    before = case_text(desk)
    code, said = record(desk, PLAIN)
    assert code == 0, said
    after = case_text(desk)
    kept = [line for line in after.splitlines() if line in before.splitlines()]
    assert kept == before.splitlines()  # nothing lost, nothing moved, the comment included
    assert after.startswith(before[: before.index("changes:")])
    found = content(desk)
    assert found["status"] == "published" and "status_record" not in found
    (entry,) = found["reviews"]  # type: ignore[misc]
    assert entry["trigger"] == "lt-schedule" and entry["findings"] == ("lf-maintain",)
    assert "obligations" not in entry and entry["checklist"][0] == {"item": "facts", "answer": "pass"}
    last = found["changes"][-1]  # type: ignore[index]
    assert last["type"] == "review" and last["what"] == "回头看：维持原结论。"
    assert check(desk) == () and laid_out(after.encode(), CASE, SCHEMAS.case).text == after


def test_a_finding_that_changes_the_outcome_sets_the_status_and_keeps_before_and_after(desk: Path) -> None:
    code, said = record(desk, FILED)
    assert code == 0 and "已发布 → 结论已变" in said, said
    found = content(desk)
    assert found["status"] == "overturned"
    assert found["status_record"] == {
        "date": "2026-06-01",
        "reason": "回头看结论：变更。",
        "authority": "某市纪委监委案件监督管理室",
        "before": "免予问责，补办手续。",
        "after": "改为批评教育。",
    }
    (entry,) = found["reviews"]  # type: ignore[misc]
    assert entry["obligations"] == ({"kind": "correct", "text": "变更原处理。", "due": "2026-07-01"},)
    last = found["changes"][-1]  # type: ignore[index]
    assert last["type"] == "status" and "现结论：改为批评教育。" in last["what"]
    assert check(desk) == ()


def test_a_second_change_keeps_what_stood_in_between(desk: Path) -> None:
    record(desk, FILED)
    later = FILED.replace("2026-06-01", "2026-09-01").replace("改为批评教育。", "改为不予追究。")
    assert record(desk, later)[0] == 0
    found = content(desk)
    assert found["status_record"]["before"] == "改为批评教育。"  # type: ignore[index]
    assert len(found["reviews"]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("disclosure", ["公开", "内部"])
def test_a_look_back_that_changes_the_status_is_one_version_in_every_edition(
    desk: Path, disclosure: str
) -> None:
    record(desk, FILED.replace("disclosure: 公开", f"disclosure: {disclosure}"))
    whole = library_at(desk)
    assert [whole.cases[0].version, for_edition(whole, SCHEMAS).cases[0].version] == [2, 2]
    assert [d.code for d in check(desk)] == (["RC427"] if disclosure == "内部" else [])
    record(desk, FILED.replace("2026-06-01", "2026-07-01").replace("改为批评教育。", "改为提醒谈话。"))
    assert library_at(desk).cases[0].version == 3


def test_a_status_changed_on_another_day_is_a_version_of_its_own(desk: Path) -> None:
    record(desk, FILED)
    text = case_text(desk)
    entry = "  - date: 2026-08-01\n    type: status\n    what: 撤下。\n    by: 编辑组\n"
    write(desk, CASE, text.rstrip("\n") + "\n" + entry)
    assert library_at(desk).cases[0].version == 3


@pytest.mark.parametrize("written", ["2026年6月1日", "2026.6.1", "２０２６／６／１"])
def test_a_day_is_read_as_officials_write_it(desk: Path, written: str) -> None:
    code, said = record(desk, PLAIN.replace("date: 2026-06-01", f"date: {written}"))
    assert code == 0, said
    assert content(desk)["reviews"][0]["date"] == "2026-06-01"  # type: ignore[index]


def test_what_happened_is_told_once_on_the_timeline(desk: Path) -> None:
    record(desk, FILED)
    library = library_at(desk)
    (case,) = library.cases
    events = Teller(library, SCHEMAS).events(case, (), changes_of([case], library, SCHEMAS))
    told = [event for event in events if event.date == "2026-06-01"]
    assert [event.kind for event in told] == ["review", "change"]
    assert "现结论：改为批评教育。" in told[1].text and "原因：回头看结论：变更" in told[1].note


def test_items_of_the_checklist_are_told_by_name(desk: Path) -> None:
    record(desk, PLAIN)
    library = library_at(desk)
    lines = dict(Speaker(library, SCHEMAS.case).lines(library.cases[0].data))
    assert "核对项：事实清楚；核对答案：通过" in lines["回头看记录"]


def test_an_internal_look_back_leaves_no_public_trace_of_its_own(desk: Path) -> None:
    record(desk, PLAIN.replace("disclosure: 公开", "disclosure: 内部"))
    found = content(desk)
    assert found["reviews"][0]["disclosure"] == "internal"  # type: ignore[index]
    assert found["changes"][-1]["disclosure"] == "internal"  # type: ignore[index]


def test_own_words_and_days_of_obligations_are_kept_and_the_missing_ones_opened(desk: Path) -> None:
    form = FILED.replace("findings: 变更", "findings: 变更、撤销") + (
        "obligations:\n  - kind: 恢复\n    text: 补发三个月补贴。\n    due: 2026-06-20\n  - kind: 公开\n"
    )
    assert record(desk, form)[0] == 0
    opened = [(o["kind"], o["text"], o["due"]) for o in content(desk)["reviews"][0]["obligations"]]  # type: ignore[index]
    assert opened == [
        ("correct", "变更原处理。", "2026-07-01"),
        ("restore", "补发三个月补贴。", "2026-06-20"),
        ("disclose", "公开说明。", "2026-07-01"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("after: 改为批评教育。\n", "", "没有写“现结论”"),
        ("findings: 变更", "findings: 变動", "结论里没有“变動”"),
        (
            "answer: fail\n    note: 同类的都只是批评教育。",
            "answer: pass",
            "核对单却没有一项“不通过”或“不明”",
        ),
        ("trigger: 定期回溯", "trigger: 定期看", "是不是“定期回溯”"),
        ("  - item: handling\n    answer: fail\n    note: 同类的都只是批评教育。\n", "", "缺 处理恰当"),
        ("    note: 同类的都只是批评教育。\n", "", "没有写理由"),
        ("reviewer: 某市纪委监委案件监督管理室\n", "", "没有填“审查机关”"),
        ("date: 2026-06-01", "date: 六月一日", "看不懂"),
        ("case: RC-2026-0001", "case: RC-2026-0002", "不是 RC-2026-0001 的"),
        ("disclosure: 公开", "disclosure: 公开\nwho: 我", "不认识的栏目“who”"),
        ("date: 2026-06-01", "date: 2026-01-01", "RC402"),  # before the case was entered
        ("findings: 变更", "findings: 变更 维持原结论", "RC423"),
    ],
)
def test_nothing_is_written_where_anything_is_wrong(desk: Path, old: str, new: str, said: str) -> None:
    before = case_text(desk)
    code, output = record(desk, FILED.replace(old, new))
    assert code == 1 and said in output, output
    assert case_text(desk) == before and not list(desk.glob("cases/2026/.*"))


def test_everything_wrong_is_shown_at_once(desk: Path) -> None:
    _, output = record(desk, "case: RC-2026-0001\ntrigger: 无\n")
    assert all(
        word in output for word in ("审查机关", "结论", "日期", "公开范围", "核对单没有答全", "触发里没有")
    )


def test_a_handler_cannot_review_his_own_case(desk: Path) -> None:
    write(desk, CASE, case_text(desk) + "internal:\n  handlers:\n    - 某市纪委监委 案件监督管理室\n")
    before = case_text(desk)
    code, output = record(desk, PLAIN)
    assert code == 1 and "RC426" in output and case_text(desk) == before


def test_nor_the_body_that_decided_it_as_a_whole(desk: Path) -> None:
    name = "某市纪委监委案件监督管理室"
    decided = f"  decided_by:\n    body: db-subdistrict\n    name: {name}\n"
    write(desk, CASE, BASE.replace("outcome:\n", f"outcome:\n{decided}"))
    code, said = record(desk, PLAIN)
    assert code == 1 and "就是作出原决定的机关" in said, said


def test_a_dry_run_writes_nothing(desk: Path) -> None:
    before = case_text(desk)
    code, output = record(desk, FILED, "--dry-run")
    assert code == 0 and "只检查了，没有写" in output and case_text(desk) == before


def test_drafts_and_withdrawn_cases_are_told_apart(desk: Path) -> None:
    write(desk, CASE, BASE.replace("status: published", "status: draft"))
    assert "直接改草稿" in record(desk, FILED)[1]
    gone = "status: withdrawn\nstatus_record:\n  date: 2026-05-01\n  reason: 错录。\n  authority: 编辑组\n"
    write(desk, CASE, patched(BASE, gone))
    assert "不再安排回头看" in record(desk, PLAIN)[1]


def test_an_unknown_case_is_answered_with_the_nearest(desk: Path) -> None:
    result = run(desk, "record", "RC-2026-0010", "--from", str(desk / CASE))
    assert result.exit_code == 2 and "是不是 RC-2026-0001" in result.output


# Worksheets


def fill_word(path: Path, answers: Mapping[str, tuple[str, str]]) -> None:
    document = docx.Document(str(path))
    for table in document.tables:
        for row in table.rows:
            answer = answers.get(row.cells[0].text)
            for cell, text in zip(row.cells[2:], answer or (), strict=False):
                if text.startswith("☑"):
                    run_ = cell.paragraphs[0].runs[0]
                    run_.text = run_.text.replace("□ " + text[1:], "☑ " + text[1:], 1)
                elif text:
                    cell.text = text
    document.save(str(path))


def fill_sheet(path: Path, answers: Mapping[str, tuple[str, str]]) -> None:
    book = openpyxl.load_workbook(path)
    for row in book.active.iter_rows(max_col=4):
        for cell, text in zip(row[2:], answers.get(str(row[0].value), ()), strict=False):
            if text and isinstance(cell, Cell):
                cell.value = text.removeprefix("☑")
    book.save(path)


ANSWERS = {
    "date": ("2026-06-01", ""),
    "trigger": ("☑定期回溯", ""),
    "reviewer": ("某市纪委监委案件监督管理室", ""),
    "independence": ("审查人没有办过原案。", ""),
    "disclosure": ("☑公开", ""),
    "check.facts": ("☑通过", ""),
    "check.handling": ("☑不通过", "=1+1 同类的都只是批评教育。"),
    "findings": ("☑变更", ""),
    "findings.1": ("变更", ""),
    "after": ("改为批评教育。", ""),
    "duty.correct": ("2026-06-15", "变更原处理，送达本人。"),
}


@pytest.mark.parametrize(("suffix", "fill"), [(".docx", fill_word), (".xlsx", fill_sheet)])
def test_a_worksheet_goes_out_pre_filled_and_comes_back(
    desk: Path, tmp_path: Path, suffix: str, fill
) -> None:
    target = tmp_path / f"核对表{suffix}"
    made = run(desk, "worksheet", ID, "-o", str(target))
    assert made.exit_code == 0, made.output
    empty = run(desk, "record", ID, "--from", str(target))
    assert empty.exit_code == 1 and "核对单没有答全，缺 事实清楚、处理恰当" in empty.output
    fill(target, {**ANSWERS, "check.handling": ("☑不通过", "同类的都只是批评教育。")})
    result = run(desk, "record", ID, "--from", str(target))
    assert result.exit_code == 0, result.output
    (entry,) = content(desk)["reviews"]  # type: ignore[misc]
    assert entry["checklist"][1] == {
        "item": "handling",
        "answer": "fail",
        "note": "同类的都只是批评教育。",
    }
    assert entry["obligations"] == (
        {"kind": "correct", "text": "变更原处理，送达本人。", "due": "2026-06-15"},
    )
    assert content(desk)["status"] == "overturned" and check(desk) == ()


def test_a_worksheet_made_before_the_case_changed_says_so(desk: Path, tmp_path: Path) -> None:
    target = tmp_path / "核对表.docx"
    run(desk, "worksheet", ID, "-o", str(target))
    fill_word(
        target,
        {**ANSWERS, "check.handling": ("☑通过", ""), "findings": ("☑维持原结论", ""), "after": ("", "")},
    )
    write(desk, CASE, case_text(desk).replace("漏雨多年", "漏雨三年"))
    result = run(desk, "record", ID, "--from", str(target), "--dry-run")
    assert "领表以后案例改过" in result.output


def test_a_worksheet_shows_what_the_library_knows_and_what_it_lacks(desk: Path) -> None:
    library, _ = read(desk)
    rows = {
        row.marker: row for block in worksheet(library.cases[0], words(desk)).blocks for row in block.rows
    }
    assert any("漏雨多年" in hint for hint in rows["check.facts"].hints)
    assert "结果：免予问责" in rows["check.handling"].hints
    assert "规范写明：《容错办法》第一条" in rows["check.handling"].hints
    assert rows["before"].value == "免予问责，补办手续。"


def test_hostile_text_in_a_worksheet_is_never_a_formula(desk: Path, tmp_path: Path) -> None:
    write(
        desk, CASE, case_text(desk).replace("measures: 免予问责，补办手续。", "measures: '=HYPERLINK(\"x\")'")
    )
    library, _ = read(desk)
    path = tmp_path / "表.xlsx"
    path.write_bytes(worksheet_xlsx(worksheet(library.cases[0], words(desk)), "库"))
    cells = [cell for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row]
    held = [cell for cell in cells if str(cell.value).startswith("=")]
    assert held and all(cell.data_type == "s" and cell.quotePrefix for cell in held)
    assert not any(cell.data_type == "f" for cell in cells)


def test_other_files_are_refused_in_words(desk: Path, tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("别的内容")
    document.save(str(tmp_path / "别的.docx"))
    (tmp_path / "宏.docm").write_bytes(b"PK")
    (tmp_path / "坏.yaml").write_text("a: [", encoding="utf-8")
    for name, said in (("别的.docx", "不是回头看核对表"), ("宏.docm", "带有宏"), ("坏.yaml", "RC101")):
        result = run(desk, "record", ID, "--from", str(tmp_path / name))
        assert result.exit_code == 2 and said in result.output, result.output


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("□ 通过\n☑ 不通过\n□ 不明", ["不通过"]),
        ("□通过 √不通过 □不明", ["不通过"]),
        ("□ 通过\n不通过\n□ 不明", ["不通过"]),  # the box deleted, or a symbol that no reader sees
        ("不通过", ["不通过"]),
        ("□ 通过\n□ 不通过\n□ 不明", []),
        ("☑ 通过\n☑ 不明\n□ 不通过", ["通过", "不明"]),
        ("不太通过", ["不太通过"]),  # left for the reader of words to refuse
        ("", []),
    ],
)
def test_ticks_are_read_as_people_make_them(text: str, wanted: list[str]) -> None:
    assert ticked(text, ("通过", "不通过", "不明")) == wanted


def test_two_ticks_where_one_is_asked_are_a_problem(desk: Path) -> None:
    data = {"checklist": [{"item": "facts", "answer": "通过、不明"}]}
    assert any("“事实清楚”的答案里没有“通过、不明”" in p for p in filing_of(data, words(desk))[1])


# On the terminal

WALK = [
    "2026-06-01",
    "定期回溯",
    "某市纪委监委案件监督管理室",
    "没有办过原案。",
    "1",
    "",
    "不通过",
    "同类从轻。",
]
REST = ["变更", "", "改为批评教育。", "处理偏重。", "", "", "", "1", ""]


def test_walking_through_the_checklist_on_the_terminal(desk: Path) -> None:
    result = run(desk, "record", ID, text="\n".join([*WALK, *REST, "y", ""]))
    assert result.exit_code == 0, result.output
    assert "1/2 事实清楚：有没有依据？" in result.output and "· 背景：某社区的公共车棚" in result.output
    found = content(desk)
    assert found["status"] == "overturned" and check(desk) == ()
    assert found["status_record"]["reason"] == "处理偏重。"  # type: ignore[index]
    assert not (desk / ".lookback" / f"{ID}.json").exists()


def test_a_walk_that_was_broken_off_goes_on_where_it_stopped(desk: Path) -> None:
    before = case_text(desk)
    broken = run(desk, "record", ID, text="\n".join(WALK[:6]) + "\n")
    assert broken.exit_code == 1 and "接着答" in broken.output and case_text(desk) == before
    kept = desk / ".lookback" / f"{ID}.json"
    assert json.loads(kept.read_text(encoding="utf-8"))["items"] == {"facts": {"answer": "pass", "note": ""}}
    assert kept.stat().st_mode & 0o077 == 0  # nobody else's business
    result = run(desk, "record", ID, text="\n".join([*WALK[6:], *REST, "y", ""]))
    assert result.exit_code == 0, result.output
    assert "接着上次" in result.output and "1/2" not in result.output
    assert content(desk)["reviews"][0]["checklist"][0]["answer"] == "pass"  # type: ignore[index]


def test_a_wrong_word_on_the_terminal_is_asked_again(desk: Path) -> None:
    answers = ["昨天", "2026-06-01", "定期", "定期回溯", *WALK[2:], *REST, "n", ""]
    before = case_text(desk)
    result = run(desk, "record", ID, text="\n".join(answers))
    assert "日期写成" in result.output and "没有写" in result.output and case_text(desk) == before


# Obligations done


def test_an_obligation_is_marked_as_done_once(desk: Path) -> None:
    owed = [("supplement", "2026-07-01", ""), ("update", "2026-07-01", "")]
    write(desk, CASE, patched(BASE, "reviews:\n" + review("2026-06-01", ["lf-supplement-evidence"], owed)))
    args = (
        "done",
        ID,
        "--review",
        "1",
        "--obligation",
        "2",
        "--date",
        "2026-06-20",
        "--evidence",
        "条目已改。",
    )
    assert run(desk, *args).exit_code == 0
    found = content(desk)
    first, second = found["reviews"][0]["obligations"]  # type: ignore[index]
    assert second["done"] == "2026-06-20" and second["evidence"] == "条目已改。" and "done" not in first
    assert "“更新条目”已于 2026-06-20 办结" in found["changes"][-1]["what"]  # type: ignore[index]
    assert check(desk, date.today()) == ()
    again = run(desk, *args)
    assert again.exit_code == 2 and "已经办结" in again.output
    missing = run(desk, "done", ID, "--review", "1", "--obligation", "9", "--evidence", "无")
    assert missing.exit_code == 2 and "--review 1 --obligation 1" in missing.output


def test_an_obligation_cannot_be_done_before_it_was_opened(desk: Path) -> None:
    owed = [("supplement", "2026-07-01", "")]
    write(desk, CASE, patched(BASE, "reviews:\n" + review("2026-06-01", ["lf-supplement-evidence"], owed)))
    before = case_text(desk)
    args = ("done", ID, "--review", "1", "--obligation", "1", "--date", "2026-05-01", "--evidence", "早了。")
    result = run(desk, *args)
    assert result.exit_code == 1 and "RC402" in result.output and case_text(desk) == before


def test_what_the_commands_write_passes_the_guards_of_history(desk: Path) -> None:
    """Recording, then marking as done, is an allowed way for a published case to change."""
    states = [library_at(desk).cases[0]]
    record(desk, FILED)
    states.append(library_at(desk).cases[0])
    run(
        desk,
        "done",
        ID,
        "--review",
        "1",
        "--obligation",
        "1",
        "--date",
        "2026-06-20",
        "--evidence",
        "已送达。",
    )
    states.append(library_at(desk).cases[0])
    assert len({case.digest for case in states}) == 3
    for before, after in pairwise(states):
        loaded = Loaded(replace(library_at(desk), cases=(after,)), ())
        assert run_guards(Before({ID: before}), loaded, SCHEMAS) == ()


def test_recording_works_in_a_folder_of_own_cases(desk: Path, tmp_path: Path) -> None:
    add_case(desk, 7)
    own = tmp_path / "本单位" / "2026"
    own.mkdir(parents=True)
    (desk / "cases/2026/RC-2026-0007.yaml").rename(own / "RC-2026-0007.yaml")
    source = write(tmp_path, "表.yaml", PLAIN.replace(ID, "RC-2026-0007"))
    result = run(desk, "record", "RC-2026-0007", "--cases", str(own.parent), "--from", str(source))
    assert result.exit_code == 0, result.output
    assert "reviews:" in (own / "RC-2026-0007.yaml").read_text(encoding="utf-8")
