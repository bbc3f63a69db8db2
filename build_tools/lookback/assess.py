"""Sums up a period of looking back for a superior body: coverage, timeliness, findings, obligations; words nothing.

Intervals are those of the policy and of the cases as they are now; what was due is reckoned back from that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from build_tools.load.lookback import Policy
from build_tools.lookback.dates import Period, day_of, plus_months
from build_tools.lookback.due import looks_until, next_look
from build_tools.lookback.obligations import Obligation, obligations
from build_tools.model import Case, Library

DISCLOSE = "disclose"  # the kind of obligation that makes things public


@dataclass(frozen=True, slots=True)
class Appointment:
    """One look-back that the policy asked for: by when, and when it took place (None: not by the end)."""

    case: Case
    due: date
    done: date | None

    @property
    def late(self) -> bool:
        return self.done is not None and self.done > self.due


@dataclass(frozen=True, slots=True)
class Look:
    """One look-back that took place in the period."""

    case: Case
    number: int  # place among the look-backs of the case, from 0
    day: date
    trigger: str
    findings: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]  # (item of the checklist, answer)
    disclosed: str


@dataclass(frozen=True, slots=True)
class KindLine:
    """The figures of one kind of case."""

    kind: str
    stock: int
    looked: int
    changed: int


@dataclass(frozen=True)
class Assessment:
    """The figures of a period, up to `end` (its last day, or the day asked on when that comes first)."""

    period: Period
    end: date
    stock: tuple[Case, ...]  # cases that are looked back at, as of `end`
    covered: tuple[Case, ...]  # of these, looked at within the months of full coverage
    never: tuple[Case, ...]  # of these, never looked at
    looks: tuple[Look, ...]
    appointments: tuple[Appointment, ...]  # due or kept by `end`, not yet kept when the period began
    kinds: tuple[KindLine, ...]
    opened: tuple[Obligation, ...]  # obligations opened in the period
    closed: tuple[Obligation, ...]  # obligations done in the period, whenever opened
    pending: tuple[Obligation, ...]  # open at `end`, overdue ones first

    @property
    def looked(self) -> frozenset[str]:
        """Ids of the cases looked at in the period."""
        return frozenset(look.case.id for look in self.looks)

    @property
    def timely(self) -> tuple[Appointment, ...]:
        return tuple(a for a in self.appointments if a.done and not a.late)

    @property
    def late(self) -> tuple[Appointment, ...]:
        return tuple(a for a in self.appointments if a.late)

    @property
    def missed(self) -> tuple[Appointment, ...]:
        """Due before `end` and not kept by then."""
        return tuple(a for a in self.appointments if a.done is None)

    @property
    def findings(self) -> Mapping[str, int]:
        """Finding -> how many look-backs came to it."""
        return Counter(term for look in self.looks for term in look.findings)

    @property
    def triggers(self) -> Mapping[str, int]:
        return Counter(look.trigger for look in self.looks)

    @property
    def answers(self) -> Mapping[tuple[str, str], int]:
        """(item, answer) -> how often."""
        return Counter(pair for look in self.looks for pair in look.answers)

    @property
    def overdue(self) -> tuple[Obligation, ...]:
        return tuple(o for o in self.pending if o.overdue > 0)

    def changed(self, policy: Policy) -> tuple[Look, ...]:
        """Look-backs after which the original handling no longer stands."""
        return tuple(look for look in self.looks if alters(look.findings, policy))


def assess(library: Library, policy: Policy, period: Period, as_of: date) -> Assessment:
    """The figures of `period` as seen on `as_of`."""
    end = min(period.last, as_of)
    stock = tuple(case for case in library.cases if next_look(case, policy, end))
    horizon = plus_months(end, -policy.coverage)
    days = {case.id: [day for day, _ in looks_until(case, end)] for case in stock}
    looks = tuple(
        look for case in library.cases for look in looks_of(case) if look.day in period and look.day <= end
    )
    found = obligations(library, end)
    return Assessment(
        period=period,
        end=end,
        stock=stock,
        covered=tuple(case for case in stock if any(day > horizon for day in days[case.id])),
        never=tuple(case for case in stock if not days[case.id]),
        looks=tuple(sorted(looks, key=lambda look: (look.day, look.case.id))),
        appointments=tuple(
            a
            for case in stock
            for a in _appointments(case, policy, end)
            if not a.done or a.done >= period.first
        ),
        kinds=_by_kind(stock, looks, policy),
        opened=tuple(o for o in found if o.opened in period),
        closed=tuple(o for o in found if o.done in period),
        pending=tuple(o for o in found if o.open),
    )


def looks_of(case: Case) -> Iterator[Look]:
    """Every look-back on a case, in file order."""
    for number, review in enumerate(case.data.get("reviews") or ()):
        day = day_of(review.get("date"))
        if day is not None:
            answers = ((str(a.get("item")), str(a.get("answer"))) for a in review.get("checklist") or ())
            yield Look(
                case,
                number,
                day,
                str(review.get("trigger") or ""),
                tuple(review.get("findings") or ()),
                tuple(answers),
                _disclosed(review),
            )


def _disclosed(review: Mapping[str, Any]) -> str:
    """How the findings were made public: as recorded with them, or when the obligation to do so was done."""
    done = [
        str(o.get("evidence") or "") for o in review.get("obligations") or () if o.get("kind") == DISCLOSE
    ]
    said = [str(review.get("disclosed") or ""), *done]
    return "；".join(text for text in said if text)


def _appointments(case: Case, policy: Policy, end: date) -> Iterator[Appointment]:
    """Every look-back due by `end` or kept by then, each with the one that kept it: the first after the one before."""
    days = sorted(day for day, _ in looks_until(case, end))
    before = day_of(case.data.get("entered"))
    for done in [*days, None]:
        if before is None:
            return
        wanted = next_look(case, policy, before)
        if wanted and (done or wanted.due <= end):
            yield Appointment(case, wanted.due, done)
        before = done


def _by_kind(stock: tuple[Case, ...], looks: tuple[Look, ...], policy: Policy) -> tuple[KindLine, ...]:
    """One line a kind that has cases, in order of name."""
    held = Counter(case.kind for case in stock)
    looked = Counter(kind for kind, _ in {(look.case.kind, look.case.id) for look in looks})
    turned = {(look.case.kind, look.case.id) for look in looks if alters(look.findings, policy)}
    changed = Counter(kind for kind, _ in turned)
    return tuple(KindLine(k, held[k], looked[k], changed[k]) for k in sorted(held | looked))


def alters(findings: tuple[str, ...], policy: Policy) -> bool:
    """Whether one of the findings means that the original handling no longer stands."""
    return any(policy.findings[term].changes for term in findings if term in policy.findings)
