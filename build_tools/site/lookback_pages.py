"""Makes the reviewer's section 回头看: what is due, corrections, uneven outcomes, law watch, draws; works nothing out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from build_tools.load.lookback import Policy, policy_of, steps
from build_tools.lookback.assess import alters, assess, looks_of
from build_tools.lookback.calendar import calendar
from build_tools.lookback.dates import half_of
from build_tools.lookback.draw_record import DrawError, Verdict, draw_json, draw_of, verify
from build_tools.lookback.due import Due, due
from build_tools.lookback.law import law_watch
from build_tools.lookback.obligations import Obligation, obligations
from build_tools.lookback.sample import Draw
from build_tools.lookback.uneven import EXPLAINED, outliers, unevenness
from build_tools.model import Case, Library
from build_tools.output import Output, ready
from build_tools.relate.statistics import Count
from build_tools.site.case_pages import page_paths
from build_tools.site.contents import Contents
from build_tools.site.frame import Page
from build_tools.site.narrowed import Reads, reads

YEAR = 366  # days ahead that the desk looks
SHOWN, DUES = 100, 40  # rows of a list and of what is due; no page grows with the library
CORRECTED, CORRECTION, OVERTURNED = "corrected", "correction", "overturned"
DRAWS = "lookback"  # folder of the library that holds the records of draws
CALENDAR = "lookback/due.ics"
OF_DAY = 5  # entries of a day in that calendar; where there are more, the month's own file has them
PAST = "已过期"
PAIRS, OUTLIERS = 10, 50  # uneven pairs to a page; what stands out is on the first one
# What the register of corrections tells of cases.
REGISTER = ("title", "kind", "status", "date", "error", "outcome", "reviews", "changes", "status_record")
Draws = tuple[tuple[str, Draw], ...]  # the records of draws, by the names of their files


@dataclass(frozen=True)
class Recorded:
    """A draw on record, and whether it can still be drawn from this library."""

    name: str
    draw: Draw
    verdict: Verdict

    @property
    def population(self) -> int:
        """How many cases were drawn from."""
        return sum(len(layer.ids) for layer in self.draw.layers)


def lookback_pages(contents: Contents, draws: Draws = ()) -> Iterator[Page]:
    """The section's pages; none where the library has no policy."""
    if contents.library.lookback is None:
        return
    policy, schema = policy_of(contents.library.lookback), contents.schemas.case
    yield from contents.group_of("what is due", _due(contents, policy), partial(_desk, policy=policy))
    corrected = reads(schema, *REGISTER)
    yield from contents.group_of("corrections", corrected, partial(_corrections, policy=policy))
    compared = reads(schema, "title", "kind", "status", "date", "subject", coded=True)
    yield from contents.group_of("uneven", compared, _uneven)
    # Guides name rules and are no part of the library's words.
    cited = reads(schema, "title", "kind", "status", "entered", "reviews", coded=True)
    yield from contents.group_of("law", cited, _law, contents.library.guides)
    seen = _verified(contents, draws)
    yield from contents.group_of("draws", seen, partial(_samples, policy=policy, draws=draws), draws)


def lookback_files(contents: Contents, draws: Draws = ()) -> Iterator[Output]:
    """Calendars of what is due within a year and of open obligations, in short and by month; the records of draws."""
    if contents.library.lookback is None:
        return
    policy = policy_of(contents.library.lookback)
    yield from contents.files_of("calendars", _due(contents, policy), partial(_calendars, policy=policy))
    for name, draw in of_edition(draws, contents.library):
        yield ready(f"lookback/draws/{name}", draw_json(draw).encode())


def _due(contents: Contents, policy: Policy) -> Reads:
    """What tells when a case is to be looked at again, and what came of looking."""
    asked = [str(line.field[0]) for line in policy.intervals]
    return reads(contents.schemas.case, "title", "kind", "status", "entered", "reviews").also(asked)


def _calendars(contents: Contents, policy: Policy) -> Iterator[Output]:
    library = contents.library
    pointer = ("reviews", 0, "obligations", 0, "kind")
    labels = {c.value: c.label for c in contents.schemas.case.choices(pointer)}
    dues = due(library, policy, contents.today, YEAR)
    pending = [o for o in obligations(library, contents.today) if o.done is None]
    make = partial(
        calendar, library=library, policy=policy, labels=labels, as_of=contents.today, memory=contents.memory
    )
    monthly: dict[str, tuple[list[Due], list[Obligation]]] = defaultdict(lambda: ([], []))
    for look in dues:
        monthly[_calendar_of(_month_of(look))][0].append(look)
    for duty in pending:
        monthly[_calendar_of(_month_of(duty))][1].append(duty)
    yield ready(CALENDAR, make(dues, pending, most=OF_DAY))
    yield from (ready(path, make(looks, duties)) for path, (looks, duties) in sorted(monthly.items()))


def _month_of(item: Due | Obligation) -> str:
    return PAST if item.overdue > 0 else item.due.strftime("%Y-%m")


def _calendar_of(month: str) -> str:
    """The calendar file of a month, or of all that is overdue."""
    return f"lookback/due-{'past' if month == PAST else month}.ics"


def read_draws(root: Path) -> Draws:
    """The records of draws that can be read.

    One that cannot be is passed over; `rongcuo lookback sample --verify` says what is wrong with it.
    """
    found = []
    for path in sorted((root / DRAWS).glob("*.json")):
        with suppress(OSError, UnicodeDecodeError, DrawError):
            found.append((path.name, draw_of(path.read_text(encoding="utf-8"))))
    return tuple(found)


def of_edition(draws: Draws, library: Library) -> Draws:
    """The records that the edition may show, newest first: those drawn from its own cases alone."""
    known = library.case_by_id
    held = [
        (name, draw) for name, draw in draws if all(i in known for layer in draw.layers for i in layer.ids)
    ]
    return tuple(sorted(held, key=lambda pair: (pair[1].date, pair[0]), reverse=True)[:SHOWN])


def _verified(contents: Contents, draws: Draws) -> Reads:
    """What is read of cases to verify the draws."""
    strata = [steps(name)[0] for _, draw in draws for name in draw.strata]
    return reads(contents.schemas.case, "title", "status", "entered").also(strata)


def _samples(contents: Contents, policy: Policy, draws: Draws) -> Iterator[Page]:
    library = contents.library
    shown = [Recorded(name, draw, verify(draw, library)) for name, draw in of_edition(draws, library)]
    yield contents.page(
        "lookback_samples.html.j2",
        "lookback/samples.html",
        "抽样记录",
        policy=policy,
        draws=shown,
        cases={name: library.case_by_id[name] for recorded in shown for name in recorded.draw.chosen},
    )


def _desk(contents: Contents, policy: Policy) -> Iterator[Page]:
    """The dashboard: what is due by month, coverage, findings by half-year, obligations."""
    library, today = contents.library, contents.today
    coming = due(library, policy, today, YEAR)
    pending = [o for o in obligations(library, today) if o.done is None]
    half = half_of(today)
    current = assess(library, policy, half, today)
    kinds = contents.schemas.case.choices(("kind",))
    months: dict[str, list[Due]] = {}  # in order: what is past comes first among what is due
    for item in coming:
        months.setdefault(_month_of(item), []).append(item)
    plotted = [_month(name, dues) for name, dues in months.items()]
    yield contents.page(
        "lookback_desk.html.j2",
        "lookback/index.html",
        "回头看",
        policy=policy,
        coming=coming,
        shown=DUES,
        overdue=[d for d in coming if d.overdue > 0],
        soon=[d for d in coming if -90 <= d.overdue <= 0],
        pending=pending,
        late=[o for o in pending if o.overdue > 0],
        current=current,
        trend=_trend(contents, policy),
        plot=contents.plot(plotted, kinds, "今后一年每月到期件数条形图，数据见下表"),
        months=plotted,
        kinds=kinds,
        calendar=CALENDAR,
        calendars={month: _calendar_of(month) for month in months},
    )


def _month(name: str, dues: Sequence[Due]) -> Count:
    return Count(name, name, len(dues), dict(Counter(d.case.kind for d in dues)))


def _trend(contents: Contents, policy: Policy) -> list[dict[str, Any]]:
    """Half-years from the first look-back on record: how many looks, how many changed the handling."""
    library, today = contents.library, contents.today
    days = [look.day for case in library.cases for look in looks_of(case)]
    rows: list[dict[str, Any]] = []
    day = min(days, default=None)
    while day and day <= today:
        half = half_of(day)
        found = assess(library, policy, half, min(half.last, today))
        rows.append({"name": half.name, "looks": len(found.looks), "changed": len(found.changed(policy))})
        day = half.last + timedelta(days=1)
    return rows


def _corrections(contents: Contents, policy: Policy) -> Iterator[Page]:
    """The register: decisions that a look-back changed, mistakes of the library itself, and corrections reported."""
    cases = contents.followable
    looks = [look for case in contents.cases for look in looks_of(case)]
    changed = [look for look in looks if alters(look.findings, policy)]
    notes = [
        (case, change)
        for case in contents.cases
        for change in case.data.get("changes") or ()
        if change.get("type") == CORRECTION
    ]
    reported = [c for c in cases if c.kind == CORRECTED]
    yield contents.page(
        "lookback_corrections.html.j2",
        "lookback/corrections.html",
        "误判纠正公示",
        changed=sorted(changed, key=lambda look: (look.day, look.case.id, look.number), reverse=True)[:SHOWN],
        unsaid=_unsaid(contents, {look.case.id for look in changed})[:SHOWN],
        notes=sorted(notes, key=lambda n: (str(n[1].get("date")), n[0].id), reverse=True)[:SHOWN],
        reported=reported[:SHOWN],
        total=len(reported),
    )


def _unsaid(contents: Contents, told: Collection[str]) -> list[Case]:
    """Cases whose conclusion changed without a look-back that this edition shows, the latest first."""
    found = [
        c for c in contents.cases if c.status == OVERTURNED and c.id not in told and c.get("status_record")
    ]
    return sorted(found, key=lambda c: (str(c.get("status_record", "date")), c.id), reverse=True)


def _uneven(contents: Contents) -> Iterator[Page]:
    """The first `SHOWN` pairs on pages of their own; on the first page also what stands out and what was explained."""
    library, schemas = contents.library, contents.schemas
    found = unevenness(library, schemas, SHOWN, contents.memory)
    shown = found.pairs
    paths = page_paths("lookback/uneven", len(shown), PAIRS)
    for number, path in enumerate(paths, 1):
        yield contents.page(
            "lookback_uneven.html.j2",
            path,
            "同类不同处理" if number == 1 else f"同类不同处理（第 {number} 页）",
            pairs=shown[(number - 1) * PAIRS : number * PAIRS],
            shown=len(shown),
            total=found.total,
            open=found.unexplained,
            outliers=outliers(library, schemas)[:OUTLIERS] if number == 1 else (),
            dismissed=_explained(library) if number == 1 else (),
            pages=[name.rsplit("/", 1)[-1] for name in paths],
            number=number,
        )


def _explained(library: Library) -> list[tuple[Case, Case, str]]:
    """Pairs that a reader has explained, with the reason; those merely found not alike are on the cases' pages."""
    rows = []
    for case in library.cases:
        for relation in case.data.get("relations") or ():
            other = library.case_by_id.get(str(relation.get("target")))
            if relation.get("type") == EXPLAINED and other:
                rows.append((case, other, str(relation.get("note") or "")))
    return rows[:SHOWN]


def _law(contents: Contents) -> Iterator[Page]:
    watches = law_watch(contents.library, contents.schemas, contents.today)
    dated = sum(1 for rule in contents.library.rules if rule.get("force", "from"))
    yield contents.page(
        "lookback_law.html.j2",
        "lookback/law.html",
        "法规变动",
        watches=watches,
        dated=dated,
        rules=len(contents.library.rules),
        shown=SHOWN,
    )
