"""Calendar arithmetic of looking back: days as text, months added, periods named; knows nothing of cases."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

# 2026年11月22日, 2026.11.22, 2026/11/22, 2026-1-2
_WRITTEN = re.compile(r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?")
_PERIOD = re.compile(r"(\d{4})(?:(H[12])|(Q[1-4])|-(0[1-9]|1[0-2]))?")
# Months a half and a quarter of a year have.
_LENGTHS = {"H": 6, "Q": 3}


def day_of(value: object) -> date | None:
    """The day that a full date in a record names; None for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def written_day(text: str) -> str:
    """A day in one of the ways people write it as `2026-11-22`; any other text as it is."""
    found = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return "-".join((found[1], f"{int(found[2]):02d}", f"{int(found[3]):02d}")) if found else text


def plus_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a month that is too short for it."""
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both ends included, with its name as written."""

    name: str
    first: date
    last: date

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


def period_of(name: str) -> Period:
    """`2026`, `2026H2`, `2026Q3` or `2026-11` as a period; raises ValueError for anything else."""
    found = _PERIOD.fullmatch(name.strip().upper())
    if not found or not 1900 <= int(found[1]) <= 9998:
        raise ValueError(name)
    year, part = int(found[1]), found[2] or found[3]
    if found[4]:
        month, length = int(found[4]), 1
    elif part:
        length = _LENGTHS[part[0]]
        month = (int(part[1]) - 1) * length + 1
    else:
        month, length = 1, 12
    first = date(year, month, 1)
    return Period(found[0], first, plus_months(first, length) - timedelta(days=1))


def half_of(day: date) -> Period:
    """The half-year that a day lies in."""
    return period_of(f"{day.year}H{1 if day.month <= _LENGTHS['H'] else 2}")
