"""Makes the pages of the past: what each case said at each version, and the library as of a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from build_tools.export.changes import LOOKBACK, Change, changes_by_case
from build_tools.history import History, Version
from build_tools.history.as_of import Span, spans
from build_tools.history.wording import Said, Speaker
from build_tools.model import Case
from build_tools.output import Output
from build_tools.site.contents import Contents
from build_tools.site.frame import Page
from build_tools.site.parts import Group, Numbering, data_file, json_text
from build_tools.site.timeline import Event, Teller, version_path

VERSION_FRAME = "versions/version-frame.html"
AS_OF = "browse/as-of.html"
PART = 200  # serial numbers to a file of “某日的库”
# Day, status, number of cases; and what is told of a part of “某日的库”: its first day, its changes.
_DayChanges = tuple[tuple[str, str, int], ...]
_PartTold = tuple[str, _DayChanges]
WHOLE = 20  # so many of the latest versions of a case are given in full


@dataclass(frozen=True)
class Past:
    """What is known of the past of an edition's cases."""

    contents: Contents
    history: History

    @cached_property
    def changes(self) -> Mapping[str, tuple[Change, ...]]:
        """Entries of changes and look-backs by case, oldest first."""
        contents = self.contents
        return changes_by_case(contents.cases, contents.library, contents.schemas)

    @cached_property
    def _teller(self) -> Teller:
        return Teller(self.contents.library, self.contents.schemas)

    def steps(self, case: Case) -> tuple[Change, ...]:
        """The entries that made a new version each, oldest first: the first of them made version 2."""
        entries = case.data.get("changes") or ()
        return tuple(
            c
            for c in self.changes.get(case.id, ())
            if c.type == LOOKBACK or case.opens_version(entries[c.number])
        )

    def events(self, case: Case) -> tuple[Event, ...]:
        """The case's timeline, oldest first."""
        return self._teller.events(case, self.history.of(case), self.changes.get(case.id, ()))

    def digest(self, case: Case) -> str:
        """Stands for all that is told of the case's past, beside the case itself and the library's words."""
        versions = self.history.versions.get(case.id, ())
        # What changed from one to the next follows from both.
        return " ".join(f"{v.date} {v.revision} {v.case.digest if v.case else ''}" for v in versions)

    @property
    def words(self) -> str:
        """What all that is told of any case follows from."""
        return f"{self.contents.words} {self.history.notice}"

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """Case id → text from which, with the words, all follows that is told of the case."""
        versions, held, drafted = self.history.versions, self.history.withheld, self.history.drafted
        found = {}
        for case in self.contents.cases:
            name = case.id
            # Most cases never said anything else.
            past = self.digest(case) if name in versions else ""
            found[name] = f"{case.digest} {name in held:d}{name in drafted:d} {past}"
        return found

    def page_of(self, case: Case) -> str:
        """Where the case's versions are told; empty where there is only one."""
        return version_path(case) if len(self.history.of(case)) > 1 else ""


@dataclass(frozen=True, slots=True)
class Told:
    """One version ready to be shown: its place among the versions, what changed, and all it said."""

    number: int
    version: Version
    said: tuple[Said, ...]
    lines: tuple[tuple[str, str], ...]


def history_pages(past: Past) -> Iterator[Page]:
    """A page for each case that said something else before, and the library as of a day."""
    contents = past.contents
    for case in contents.cases:
        if path := past.page_of(case):
            yield contents.page_of(
                "versions.html.j2",
                path,
                f"{case.title}（{case.id}）的各版",
                (case, past.digest(case), case.id in past.history.withheld, past.history.notice),
                partial(_facts, case, past),
                frame=VERSION_FRAME,
            )
    yield contents.page(
        "as_of.html.j2",
        AS_OF,
        "某日的库",
        summary="选一个日期，看那一天库里有哪些案例、各是什么状态和版次，哪些规则正在施行。",
        notice=past.history.notice,
        today=contents.today.isoformat(),
    )


def _facts(case: Case, past: Past) -> dict[str, object]:
    """What the template of a case's versions is given."""
    told, withheld = _told(past, past.history.of(case)), case.id in past.history.withheld
    return {"case": case, "told": told, "withheld": withheld, "notice": past.history.notice}


def _told(past: Past, versions: Sequence[Version]) -> tuple[Told, ...]:
    """Newest first; numbers count the versions that can be read."""
    speaker = Speaker(past.contents.library, past.contents.schemas.case)
    out: list[Told] = []
    last: Case | None = None
    number = 0
    for place, version in enumerate(versions):
        said: tuple[Said, ...] = ()
        lines: tuple[tuple[str, str], ...] = ()
        if version.case:
            number += 1
            said = speaker.say(version.changes, last.data, version.case.data) if last else ()
            # What it says now is the case's own page.
            whole = len(versions) - WHOLE - 1 <= place < len(versions) - 1
            lines = tuple(speaker.lines(version.case.data)) if whole else ()
            last = version.case
        out.append(Told(number if version.case else 0, version, said, lines))
    return tuple(reversed(out))


def history_files(past: Past) -> Sequence[Output]:
    """What the page “某日的库” reads.

    `as-of` counts the cases by day and names the files of cases; these the page reads only as far as it shows them.
    """
    contents = past.contents
    schema = contents.schemas.case
    group = Group("as-of", Numbering(PART, [case.id for case in contents.cases]))
    labels = {
        name: {c.value: [c.fact("short") or c.label, c.fact("shape")] for c in schema.choices((name,))}
        for name in ("kind", "status")
    }
    rules = [
        [rule.id, rule.short, str(rule.get("force", "from") or ""), _end(str(rule.get("force", "to") or ""))]
        for rule in sorted(contents.library.rules, key=lambda r: r.id)
    ]
    parts, told = group.later_parts(past.words, past.keys, partial(_rows, past), contents.memory)
    index = {
        "parts": parts,
        "from": [part[0] if part else "" for part in told],
        "days": _days_of_change(part[1] for part in told if part),
        "rules": rules,
    }
    return (data_file("as-of", {**labels, **index}), *group.outputs)


def _rows(past: Past, ids: Sequence[str]) -> tuple[Sequence[str], _PartTold]:
    """What the page shows of these cases; the day on which the first of them was there, and their changes."""
    cases = [past.contents.library.case_by_id[case_id] for case_id in ids]
    found = [spans(case, past.history, _days(past, case)) for case in cases]
    rows = [json_text(_row(past, case, told)) for case, told in zip(cases, found, strict=True)]
    first = min((span.date for of_case in found for span in of_case), default="")
    return rows, (first, _changes(found))


def _row(past: Past, case: Case, found: Sequence[Span]) -> list[object]:
    told = [[s.date, s.status, s.version] for s in found]
    return [case.id, case.title, case.kind, bool(past.page_of(case)), told]


def _changes(found: Iterable[Sequence[Span]]) -> _DayChanges:
    """Day, status, and how many cases more (or fewer) have that status from that day on."""
    changes: Counter[tuple[str, str]] = Counter()
    for of_case in found:
        before = ""
        for span in of_case:
            changes[span.date, before] -= 1
            changes[span.date, span.status] += 1
            before = span.status
    return tuple((*key, number) for key, number in changes.items() if number and key[1])


def _days_of_change(told: Iterable[_DayChanges]) -> _DayChanges:
    """The changes of all parts together, oldest first."""
    changes: Counter[tuple[str, str]] = Counter()
    for part in told:
        for day, status, number in part:
            changes[day, status] += number
    return tuple((*key, number) for key, number in sorted(changes.items()) if number)


def _days(past: Past, case: Case) -> list[str]:
    return [change.date for change in past.steps(case)]


def _end(day: str) -> str:
    """The last day that a date of a year or a month can mean; an empty one stays empty."""
    return f"{day}-12-31" if len(day) == 4 else f"{day}-31" if len(day) == 7 else day
