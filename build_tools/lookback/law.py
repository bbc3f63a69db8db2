"""Which rules have changed or will, and what in the library leans on them; reads nothing but the library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from build_tools.load import Schemas
from build_tools.load.shortcode import SHORTCODE, bare_text
from build_tools.lookback.dates import day_of
from build_tools.lookback.due import looks_until
from build_tools.model import Case, Guide, Library, Rule
from build_tools.relate.coding import cited_rules

LAPSED, LAPSES, AMENDED = "lapsed", "lapses", "amended"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to a rule: it has lapsed, will lapse, or came into force in a newer text, and on which day."""

    rule: Rule
    kind: str
    day: date
    successor: Rule | None


@dataclass(frozen=True, slots=True)
class Leaning:
    """A case that cites the rule: its last look (or its entry), and the references as written."""

    case: Case
    looked: date
    references: tuple[str, ...]


@dataclass(frozen=True)
class Watch:
    """A change and all that leans on the rule and was not looked at since."""

    change: Change
    cases: tuple[Leaning, ...]
    guides: tuple[Guide, ...]


def law_watch(library: Library, schemas: Schemas, as_of: date, within: int = 180) -> tuple[Watch, ...]:
    """What is to be looked at again for a change of a rule, the earliest change first; ties by rule.

    A rule counts that has lapsed by `as_of`, will within `within` days, or whose present text came into force
    after a case that cites it was last looked at. A date known to the year or month counts from its end when a
    rule lapses (it may still hold) and from its start when it comes into force. Cases looked at since are done.
    Guidance is listed as long as it cites a rule that lapses; it has no look-backs of its own.
    """
    cited = _cited(library, schemas, as_of)
    found = []
    for rule in library.rules:
        for change in _changes(rule, library, as_of, as_of + timedelta(days=within)):
            cases = tuple(use for use in cited.get(rule.id, ()) if use.looked < min(change.day, as_of))
            guides = tuple(_guides(library, rule.id)) if change.kind != AMENDED else ()
            if cases or guides or change.kind != AMENDED:
                found.append(Watch(change, cases, guides))
    return tuple(sorted(found, key=lambda w: (w.change.day, w.change.rule.id)))


def _changes(rule: Rule, library: Library, as_of: date, horizon: date) -> Iterator[Change]:
    successor = library.rule_by_id.get(str(rule.data.get("successor") or ""))
    ends = _last_day(rule.get("force", "to"))
    starts = _first_day(rule.get("force", "from"))
    if ends and ends <= horizon:
        yield Change(rule, LAPSED if ends <= as_of else LAPSES, ends, successor)
    elif starts and starts <= as_of and rule.data.get("replaces"):
        yield Change(rule, AMENDED, starts, None)


def _cited(library: Library, schemas: Schemas, as_of: date) -> dict[str, list[Leaning]]:
    found: dict[str, list[Leaning]] = {}
    for case in library.cases:
        entered = day_of(case.data.get("entered"))
        if case.tombstone or entered is None:
            continue
        looked = max([entered, *(day for day, _ in looks_until(case, as_of))])
        references: dict[str, list[str]] = {}
        for _, value in cited_rules(case, schemas.case):
            references.setdefault(value.partition("#")[0], []).append(value)
        for rule, values in references.items():
            found.setdefault(rule, []).append(Leaning(case, looked, tuple(dict.fromkeys(values))))
    return found


def _guides(library: Library, rule: str) -> Iterator[Guide]:
    for guide in library.guides:
        names = (match[1].strip().partition("#")[0] for match in SHORTCODE.finditer(bare_text(guide.text)))
        if rule in names:
            yield guide


def _first_day(value: object) -> date | None:
    return day_of(f"{value}-01-01"[:10]) if isinstance(value, str) else None


def _last_day(value: object) -> date | None:
    """The last day of a year, month or day as written."""
    if not isinstance(value, str):
        return None
    if len(value) == 4:
        return day_of(f"{value}-12-31")
    if len(value) == 7:
        first = day_of(f"{value}-01")
        return first and (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return day_of(value)
