"""RC401–RC403: dates exist, follow each other, and do not lie ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import pairwise

from build_tools.check.context import MAY_LIE_AHEAD, Context, Subject
from build_tools.check.mark import record_rule
from build_tools.check.wording import say
from build_tools.model import Diagnostic, Pointer

FIRST_YEAR = 1900


@lru_cache(maxsize=8192)
def possible(value: str) -> bool:
    """True where the calendar has this day, month or year."""
    parts = [int(part) for part in value.split("-")]
    try:
        date(*[*parts, 1, 1][:3])
    except ValueError:
        return False
    return parts[0] >= FIRST_YEAR


def _after(later: str, earlier: str) -> bool:
    """True where `later` surely lies after `earlier`; compared only as far as both are known."""
    if later <= earlier:  # then no beginning of it lies after one of the other as long
        return False
    known = min(len(later), len(earlier))
    return bool(known) and later[:known] > earlier[:known]


@record_rule("case", "rule")
def dates_exist(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC401 and RC403: the calendar has the day, and it is not after today where it cannot be."""
    today = context.today.isoformat()
    for spot in subject.days:
        if not possible(spot.value):
            words = say("no_such_date", name=subject.name(spot.pointer), value=spot.value)
            yield subject.at(spot.pointer, "RC401", *words)
        elif spot.pointer[-1] not in MAY_LIE_AHEAD and _after(spot.value, today):
            words = say("future_date", name=subject.name(spot.pointer), value=spot.value, today=today)
            yield subject.at(spot.pointer, "RC403", *words)


class _Dates:
    """The dates of one file that can be compared, by pointer, and the comparisons that report at most once each."""

    def __init__(self, subject: Subject, context: Context) -> None:
        self.subject = subject
        self.reported: set[Pointer] = set()
        today = context.today.isoformat()
        self.values = {
            s.pointer: s.value
            for s in subject.days
            if possible(s.value) and (s.pointer[-1] in MAY_LIE_AHEAD or not _after(s.value, today))
        }

    def reversed(self, earlier: Pointer, later: Pointer) -> Iterator[Diagnostic]:
        """A finding at `later` when its date lies before that of `earlier`."""
        first, second = self.values.get(earlier, ""), self.values.get(later, "")
        if _after(first, second) and later not in self.reported:
            self.reported.add(later)
            name = self.subject.name
            yield self.subject.at(
                later,
                "RC402",
                f"{name(later)}的 {second} 早于 {name(earlier)}的 {first}",
                "核对两个日期；写反了就对调",
            )

    def too_late(self, pointer: Pointer, limit: str) -> Iterator[Diagnostic]:
        """A finding at `pointer` when its date lies after the last time the file was worked on."""
        value = self.values.get(pointer, "")
        if limit and _after(value, limit) and pointer not in self.reported:
            self.reported.add(pointer)
            yield self.subject.at(
                pointer,
                "RC402",
                f"{self.subject.name(pointer)}的 {value} 晚于本案最后一次入库或变更的日期 {limit}",
                "核对日期；确是后来发生的，在 changes 里补一条变更记录",
            )


@record_rule("case")
def case_dates_follow(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC402 for cases: nothing told is later than the telling, and records run from old to new."""
    dates = _Dates(subject, context)
    numbered = {key: _numbered(subject, key) for key in ("changes", "reviews", "sources")}
    records = [(key, i, "date") for key in ("changes", "reviews") for i in numbered[key]]
    worked_on = [("entered",), ("status_record", "date"), *records]
    limit = max([dates.values[p] for p in worked_on if p in dates.values], default="")
    for pointer, day in dates.values.items():
        if day > limit and pointer[0] in ("date", "procedure", "outcome", "sources"):
            yield from dates.too_late(pointer, limit)
    for pointer in worked_on[1:]:
        yield from dates.reversed(("entered",), pointer)
    for key in ("changes", "reviews"):
        places: list[Pointer] = [(key, i, "date") for i in numbered[key]]
        for before, after in pairwise(places):
            yield from dates.reversed(before, after)
    if subject.text("date", "basis") == "event":
        yield from dates.reversed(("date", "value"), ("outcome", "date"))
    for i in numbered["sources"]:
        yield from dates.reversed(("sources", i, "date"), ("sources", i, "accessed"))
    for pointer in dates.values:
        if pointer[0] == "reviews" and pointer[-1] in ("due", "done"):
            yield from dates.reversed((*pointer[:2], "date"), pointer)


@record_rule("rule")
def rule_dates_follow(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC402 for rules: promulgated, then in force, then out of force."""
    dates = _Dates(subject, context)
    yield from dates.reversed(("promulgated",), ("force", "from"))
    yield from dates.reversed(("force", "from"), ("force", "to"))


def _numbered(subject: Subject, key: str) -> list[int]:
    return [int(pointer[-1]) for pointer, _ in subject.items(key)]
