"""When each case is to be looked at again, and why; reads nothing but the library and the policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from build_tools.load.lookback import Interval, Policy
from build_tools.lookback.dates import day_of, plus_months
from build_tools.memory.weak import once_per_record
from build_tools.model import Case, Library

# 2**16 divided by the golden ratio: multiples of it, taken modulo 2**16, lie evenly however many are taken
# (Knuth, The Art of Computer Programming, vol. 3, section 6.4, Fibonacci hashing).
_GOLDEN, _CIRCLE = 40503, 1 << 16
SCHEDULE = "lt-schedule"


@dataclass(frozen=True, slots=True)
class Due:
    """A look-back that is to be done: by when, why, by which line of the policy, counted from which day."""

    case: Case
    due: date
    since: date  # the last look-back, or the day of entry
    reviewed: bool  # whether `since` is a look-back
    rule: str  # id of the interval, or the finding that asks for another look
    why: str
    overdue: int  # days past `due`; negative while there is time
    trigger: str = SCHEDULE  # a term of the vocabulary lookback_triggers


def due(library: Library, policy: Policy, as_of: date, within: int = 0) -> tuple[Due, ...]:
    """What is due on `as_of` or in the `within` days after it, most urgent first; ties by id.

    Judged by what the cases say now: what was entered or looked at after `as_of` is not due on it.
    """
    horizon = as_of + timedelta(days=within)
    found = (next_look(case, policy, as_of) for case in library.cases)
    return tuple(sorted((d for d in found if d and d.due <= horizon), key=lambda d: (d.due, d.case.id)))


@once_per_record
def next_look(case: Case, policy: Policy, as_of: date) -> Due | None:
    """The next look-back of a case as seen on `as_of`.

    None where none is scheduled: the status is exempt, no line of the policy fits, or the case has no day of
    entry or came later than `as_of`.
    """
    interval = interval_for(case, policy)
    entered = day_of(case.data.get("entered"))
    if case.status in policy.exempt or interval is None or entered is None or entered > as_of:
        return None
    looks = sorted(looks_until(case, as_of), key=lambda look: look[0])
    if not looks:
        day = plus_months(entered, interval.months) - timedelta(days=_earlier(case.id, interval.spread))
        day = max(day, entered)
        return Due(case, day, entered, False, interval.id, interval.basis.reason, (as_of - day).days)
    since, findings = looks[-1]
    months, rule, why = interval.months, interval.id, interval.basis.reason
    for term in findings:
        finding = policy.findings.get(term)
        if finding and finding.again and finding.again < months:
            months, rule, why = finding.again, term, finding.basis.reason
    day = plus_months(since, months)
    return Due(case, day, since, True, rule, why, (as_of - day).days)


def interval_for(case: Case, policy: Policy) -> Interval | None:
    """The shortest interval that fits a case, the first of equally short ones; None where none fits."""
    fitting = [line for line in policy.intervals if case.get(*line.field) == line.value]
    return min(fitting, key=lambda line: line.months, default=None)


def looks_until(case: Case, day: date) -> Iterator[tuple[date, tuple[str, ...]]]:
    """The days of the look-backs up to `day`, each with its findings, in file order."""
    for review in case.data.get("reviews") or ():
        when = day_of(review.get("date"))
        if when and when <= day:
            yield when, tuple(review.get("findings") or ())


def _earlier(case_id: str, spread: int) -> int:
    """By how many days (0 to `spread`) the first look-back comes before the end of its interval.

    Depends on the serial number alone, so a date does not move when other cases come or go; neighbours in
    number, which mostly entered on the same day, lie far apart.
    """
    serial = int("".join(re.findall(r"\d+$", case_id)) or 0)
    return (serial * _GOLDEN % _CIRCLE) * (spread + 1) // _CIRCLE
