"""The assessment of a period: what was due, kept, found and owed, and the report made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import docx
import pytest

from build_tools.export.report import Entry, Table
from build_tools.load.checklists import make_form
from build_tools.load.library import load_library
from build_tools.lookback.assess import assess
from build_tools.lookback.dates import period_of
from build_tools.lookback.report_parts import consistency_part
from tests.check_support import CASE, ROOT, SCHEMAS, patched, write
from tests.lookback_support import BASE, POLICY, add_case, case_text, read, review, run, with_policy, words

OVERTURNED = """\
status: overturned
status_record:
  date: 2026-08-20
  reason: 处理偏重。
  authority: 某市纪委监委
  before: 免予问责。
  after: 改为批评教育。
"""


@pytest.fixture
def desk(library: Path) -> Path:
    """Case 1 looked at in time, 2 late and changed, 3 not at all, 4 not due yet."""
    root = with_policy(library)
    write(root, CASE, patched(BASE, "reviews:\n" + review("2026-08-01")))
    owed = [("correct", "2026-09-19", "2026-10-01"), ("update", "2026-10-01", "")]
    add_case(root, 2, OVERTURNED + "reviews:\n" + review("2026-08-20", ["lf-vary"], owed), "2026-01-05")
    add_case(root, 3, entered="2026-02-01")
    add_case(root, 4, "kind: contrast\n", "2026-02-01")
    return root


def test_the_figures_of_a_period(desk: Path) -> None:
    library, policy = read(desk)
    found = assess(library, policy, period_of("2026H2"), date(2026, 11, 22))
    assert (len(found.stock), len(found.covered)) == (4, 2)
    assert [case.id for case in found.never] == ["RC-2026-0003", "RC-2026-0004"]
    assert [(a.case.id, a.due) for a in found.timely] == [("RC-2026-0001", date(2026, 9, 2))]
    assert [(a.case.id, a.due, a.done) for a in found.late] == [
        ("RC-2026-0002", date(2026, 7, 5), date(2026, 8, 20))
    ]
    assert [(a.case.id, a.due) for a in found.missed] == [("RC-2026-0003", date(2026, 8, 1))]
    assert found.findings == {"lf-maintain": 1, "lf-vary": 1} and found.triggers == {"lt-schedule": 2}
    assert [look.case.id for look in found.changed(policy)] == ["RC-2026-0002"]
    assert found.answers[("facts", "pass")] == 2
    assert ([o.kind for o in found.opened], [o.kind for o in found.closed]) == (
        ["update", "correct"],
        ["correct"],
    )
    assert [(o.kind, o.overdue) for o in found.overdue] == [("update", 52)]
    lines = {line.kind: (line.stock, line.looked, line.changed) for line in found.kinds}
    assert lines == {"tolerated": (3, 2, 1), "contrast": (1, 0, 0)}


def test_an_earlier_period_does_not_see_what_came_later(desk: Path) -> None:
    library, policy = read(desk)
    early = assess(library, policy, period_of("2026-07"), date(2026, 11, 22))
    assert early.end == date(2026, 7, 31) and not early.looks and not early.pending
    assert [(a.case.id, a.done) for a in early.missed] == [("RC-2026-0002", None)]


def test_a_look_back_ahead_of_its_day_counts_when_it_took_place(desk: Path) -> None:
    library, policy = read(desk)
    found = assess(library, policy, period_of("2026-08"), date(2026, 11, 22))
    assert [a.case.id for a in found.timely] == ["RC-2026-0001"]


def test_what_was_kept_before_the_period_is_not_counted_in_it(desk: Path) -> None:
    library, policy = read(desk)
    later = assess(library, policy, period_of("2026Q4"), date(2026, 11, 22))
    assert [a.case.id for a in later.appointments] == ["RC-2026-0003"]


def test_the_report_as_word_json_and_on_the_terminal(desk: Path, tmp_path: Path) -> None:
    args = ("report", "--period", "2026H2", "--as-of", "2026-11-22", "--by", "某市纪委监委")
    target = tmp_path / "报告.docx"
    assert run(desk, *args, "-o", str(target)).exit_code == 0
    document = docx.Document(BytesIO(target.read_bytes()))
    text = "\n".join(p.text for p in document.paragraphs)
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert "回头看情况报告（2026H2）" in text and "某市纪委监委" in text
    assert {"原：免予问责。\n现：改为批评教育。", "还没有看", "2026-10-01\n逾期 52 天"} <= cells
    data = json.loads(run(desk, *args, "--format", "json").output)
    assert data["appointments"]["missed"] == ["RC-2026-0003"] and data["obligations"]["overdue"] == 1
    shown = run(desk, *args).output
    assert all(part in shown for part in ("五、误判纠正", "六、处理是否一致", "七、法规变化", "九、口径"))
    assert "看不懂" in run(desk, "report", "--period", "下半年").output
    assert "还没有开始" in run(desk, "report", "--period", "2027", "--as-of", "2026-11-22").output


def test_what_was_disclosed_later_counts_as_disclosed(desk: Path) -> None:
    text = case_text(desk, "cases/2026/RC-2026-0002.yaml").replace("kind: correct", "kind: disclose")
    write(desk, "cases/2026/RC-2026-0002.yaml", text)
    library, policy = read(desk)
    (look,) = assess(library, policy, period_of("2026H2"), date(2026, 11, 22)).changed(policy)
    assert look.disclosed == "已送达。"


def test_an_empty_period_makes_a_report_too(library: Path) -> None:
    root = with_policy(library)
    result = run(root, "report", "--period", "2026-03", "--as-of", "2026-11-22")
    assert result.exit_code == 0 and "本期没有回头看" in result.output and "没有逾期的" in result.output


def test_the_printed_form_takes_its_checklist_from_the_policy() -> None:
    library = load_library(ROOT).library
    form = next(r for r in library.toolkits if r.id == "tk-lookback")
    policy = read(ROOT)[1]
    (checks,) = (s for s in make_form(form, library, SCHEMAS).sections if s.is_checklist)
    assert [(r.label, r.hint, r.rules) for r in checks.rows] == [
        (item.label, item.question, item.rules) for item in policy.checklist
    ]
    assert len(checks.rows) == 10 and (ROOT / POLICY).is_file()


def test_unlike_handling_of_like_cases_is_shown_with_the_verdicts() -> None:
    real = words(ROOT)
    bare = tuple(  # as before any reader had explained a pair
        replace(case, data={k: v for k, v in case.data.items() if k != "relations"})
        for case in real.library.cases
    )
    unread = replace(real, library=replace(real.library, cases=bare))
    (entry, table, _note) = consistency_part(unread).blocks
    assert isinstance(entry, Entry) and isinstance(table, Table) and table.rows
    assert any("（未触碰）" in row["alike"] or "（触碰）" in row["alike"] for row in table.rows)
