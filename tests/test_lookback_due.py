"""What is due, what is owed, and the calendar: days, reasons, order."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from build_tools.load import load_library
from build_tools.load.lookback import policy_of
from build_tools.lookback.calendar import calendar
from build_tools.lookback.dates import period_of, plus_months
from build_tools.lookback.due import due, next_look
from build_tools.lookback.obligations import obligations
from tests.check_support import CASE, ROOT, patched, write
from tests.lookback_support import BASE, POLICY, add_case, case_text, read, review, run, with_policy

REAL = load_library(ROOT).library
assert REAL.lookback
REAL_POLICY = policy_of(REAL.lookback)


@pytest.fixture
def desk(library: Path) -> Path:
    return with_policy(library)


def test_a_case_is_due_its_interval_after_entry_and_says_why(desk: Path) -> None:
    (only,) = due(*read(desk), date(2026, 9, 12))
    assert (only.due, only.overdue, only.rule) == (date(2026, 9, 2), 10, "tolerated")
    assert only.why == "容错的看得密。" and not only.reviewed and only.since == date(2026, 3, 2)
    assert due(*read(desk), date(2026, 9, 1)) == ()
    assert len(due(*read(desk), date(2026, 9, 1), within=1)) == 1


def test_a_look_back_starts_the_interval_anew(desk: Path) -> None:
    write(desk, CASE, patched(BASE, "reviews:\n" + review("2026-09-01")))
    library, policy = read(desk)
    found = next_look(library.cases[0], policy, date(2026, 10, 1))
    assert found and found.due == date(2027, 3, 1) and found.reviewed
    before = next_look(library.cases[0], policy, date(2026, 8, 1))  # as it stood then
    assert before and before.due == date(2026, 9, 2) and not before.reviewed


def test_a_finding_that_asks_for_another_look_shortens_the_interval(desk: Path) -> None:
    owed = [("supplement", "2026-10-01", "")]
    write(desk, CASE, patched(BASE, "reviews:\n" + review("2026-09-01", ["lf-supplement-evidence"], owed)))
    library, policy = read(desk)
    found = next_look(library.cases[0], policy, date(2026, 9, 2))
    assert found and found.due == date(2026, 12, 1) and found.rule == "lf-supplement-evidence"


def test_the_most_urgent_comes_first_and_what_has_left_never(desk: Path) -> None:
    late = add_case(desk, 2, entered="2026-01-02")
    add_case(
        desk,
        3,
        "status: withdrawn\nstatus_record:\n  date: 2026-05-01\n  reason: 错录。\n  authority: 编辑组\n",
    )
    slow = add_case(desk, 4, "kind: contrast\n", entered="2026-01-02")
    assert [d.case.id for d in due(*read(desk), date(2026, 12, 1), 60)] == [late, "RC-2026-0001", slow]


def test_cases_that_entered_together_are_spread_but_never_past_their_interval() -> None:
    """On the real library: no day takes more than a handful of first look-backs, none comes after its limit."""
    limits = {line.id: line for line in REAL_POLICY.intervals}
    found = due(REAL, REAL_POLICY, date(2026, 12, 31), 730)
    assert {d.case.id for d in found} == {c.id for c in REAL.cases if c.status not in REAL_POLICY.exempt}
    for item in found:
        latest = plus_months(item.since, limits[item.rule].months)
        assert latest - timedelta(days=limits[item.rule].spread) <= item.due <= latest
    days = [item.due for item in found]
    assert max(map(days.count, days)) <= len(days) / 20


def test_an_added_case_moves_no_other_date(desk: Path) -> None:
    text = case_text(desk, POLICY).replace('spread: "0"', 'spread: "90"')
    write(desk, POLICY, text)
    before = {d.case.id: d.due for d in due(*read(desk), date(2026, 3, 2), 900)}
    for serial in range(2, 9):
        add_case(desk, serial)
    after = {d.case.id: d.due for d in due(*read(desk), date(2026, 3, 2), 900)}
    assert before.items() <= after.items() and len(set(after.values())) == 8


def test_low_confidence_comes_before_high_in_the_real_policy() -> None:
    lines = {(line.field, line.value): line.months for line in REAL_POLICY.intervals}
    low, kinds = lines[("confidence", "grade"), "low"], [m for (f, _), m in lines.items() if f == ("kind",)]
    assert low <= min(kinds) and max(kinds) <= REAL_POLICY.coverage


def test_every_deadline_and_interval_of_the_real_policy_says_where_it_comes_from() -> None:
    for duty in REAL_POLICY.duties.values():
        assert duty.deadline == "editor" or duty.basis.rules
    for line in REAL_POLICY.intervals:
        assert line.basis.origin == "editor" or line.basis.rules


def test_obligations_are_open_overdue_or_done_as_of_the_day(desk: Path) -> None:
    owed = [("supplement", "2026-05-01", "2026-06-10"), ("update", "2026-07-01", "")]
    write(desk, CASE, patched(BASE, "reviews:\n" + review("2026-04-01", ["lf-supplement-evidence"], owed)))
    library, _ = read(desk)
    then = {o.kind: (o.open, o.overdue) for o in obligations(library, date(2026, 6, 1))}
    assert then == {"supplement": (True, 31), "update": (True, -30)}
    now = [(o.kind, o.open, o.overdue) for o in obligations(library, date(2026, 7, 2))]
    assert now == [("update", True, 1), ("supplement", False, 0)]
    assert obligations(library, date(2026, 3, 31)) == ()


def test_the_lists_on_the_command_line(desk: Path) -> None:
    owed = [("supplement", "2026-05-01", "")]
    fragment = "reviews:\n" + review("2026-04-01", ["lf-supplement-evidence"], owed)
    case_id = add_case(desk, 2, fragment)
    shown = run(desk, "due", "--as-of", "2026-09-12", "--format", "json")
    data = json.loads(shown.output)
    assert [d["id"] for d in data["due"]] == [case_id, "RC-2026-0001"]
    assert data["due"][0]["rule"] == "lf-supplement-evidence" and data["due"][1]["overdue_days"] == 10
    table = run(desk, "due", "--as-of", "2026-09-12").output
    assert "逾期 10 天" in table and "编者建议" in table and "其中已逾期 2 件" in table
    none = run(desk, "due", "--as-of", "2026-04-01", "--within", "0")
    assert "没有到期的；最近的一件是" in none.output and none.exit_code == 0
    assert "不是日期" in run(desk, "due", "--as-of", "明天").output
    owing = json.loads(run(desk, "obligations", "--as-of", "2026-09-12", "--format", "json").output)
    assert [(o["id"], o["overdue_days"]) for o in owing["obligations"]] == [(case_id, 134)]
    assert "rongcuo lookback done" in run(desk, "obligations", "--as-of", "2026-09-12").output


def test_without_a_sound_policy_the_commands_say_so(library: Path) -> None:
    result = run(library, "due")
    assert result.exit_code == 1 and "schema/lookback.yaml" in result.output


def test_the_calendar_reads_back_and_is_the_same_for_the_same_day(desk: Path, tmp_path: Path) -> None:
    owed = [("supplement", "2026-05-01", "")]
    add_case(
        desk, 2, "title: 甲，乙；丙\nreviews:\n" + review("2026-04-01", ["lf-supplement-evidence"], owed)
    )
    first, second = tmp_path / "a.ics", tmp_path / "b.ics"
    for target in (first, second):
        result = run(desk, "calendar", "--as-of", "2026-04-02", "-o", str(target))
        assert result.exit_code == 0, result.output
    assert first.read_bytes() == second.read_bytes()
    events = Calendar.from_ical(first.read_bytes()).walk("VEVENT")
    assert [(str(e["summary"]), e.decoded("dtstart")) for e in events] == [
        ("义务到期（补正）：RC-2026-0002 甲，乙；丙", date(2026, 5, 1)),
        ("回头看到期：RC-2026-0002 甲，乙；丙", date(2026, 7, 1)),
        ("回头看到期：RC-2026-0001 社区书记没等批复先修车棚免予问责", date(2026, 9, 2)),
    ]
    assert len({str(e["uid"]) for e in events}) == 3
    again = run(desk, "calendar", "-o", str(first))
    assert again.exit_code == 2 and "没有覆盖" in again.output


def test_a_short_calendar_has_one_entry_for_a_day_with_many() -> None:
    day = date(2026, 11, 22)
    dues = due(REAL, REAL_POLICY, day, 366)
    short = Calendar.from_ical(calendar(dues, (), REAL, REAL_POLICY, {}, day, most=1)).walk("VEVENT")
    days = [item.due for item in dues]
    assert [e.decoded("dtstart") for e in short] == sorted(set(days))
    for event in short:
        count = days.count(event.decoded("dtstart"))
        assert count == 1 or str(event["summary"]) == f"{count} 件到期"
    assert any(days.count(one) > 1 for one in days)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026h2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2024Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_periods_are_named_as_people_write_them(name: str, first: date, last: date) -> None:
    period = period_of(name)
    assert (period.first, period.last) == (first, last)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 240))
def test_months_added_land_in_the_right_month(day: date, months: int) -> None:
    later = plus_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1
