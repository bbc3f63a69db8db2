"""In which state and version a case was on which day, from its record and its history; draws nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from build_tools.history.told import Version
from build_tools.history.versions import History
from build_tools.model import Case

IN_FORCE = "published"  # what a case was before its first recorded change of status


@dataclass(frozen=True, slots=True)
class Span:
    """From `date` on (until the next span) the case had this status and version."""

    date: str
    status: str
    version: int


def spans(case: Case, history: History, steps: Sequence[str]) -> tuple[Span, ...]:
    """The states of a case by day, oldest first; before the first it was not in the library.

    `steps` are the dates of the entries that made a new version each, oldest first.
    """
    versions = history.of(case)
    since = _since(case, versions, history)
    statuses = [(IN_FORCE, "")] if case.get("status_record") else []
    statuses = [*statuses, *_statuses(versions), (case.status, str(case.get("status_record", "date") or ""))]
    days = sorted({since, *(day for _, day in statuses if day > since), *(d for d in steps if d > since)})
    found: list[Span] = []
    for day in days:
        status = [status for status, when in statuses if when <= day][-1]
        span = Span(day, status, 1 + sum(step <= day for step in steps))
        if not found or (found[-1].status, found[-1].version) != (span.status, span.version):
            found.append(span)
    return tuple(found)


def _since(case: Case, versions: Sequence[Version], history: History) -> str:
    """The day of entry; for a draft the day of the first version that was shown, where that is known."""
    entered = str(case.data.get("entered") or "")
    first = versions[0].date if versions else ""
    return max(entered, first) if case.id in history.drafted else entered


def _statuses(versions: Sequence[Version]) -> Iterator[tuple[str, str]]:
    """Each status that the versions went through with its day, as recorded or else as committed."""
    last = ""
    for number, version in enumerate(versions):
        if version.case and version.case.status != last:
            last = version.case.status
            recorded = str(version.case.get("status_record", "date") or "")
            yield last, recorded or (version.date if number else "")
