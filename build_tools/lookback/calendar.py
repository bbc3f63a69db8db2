"""Makes a calendar (iCalendar, RFC 5545) of what is due; the same bytes for the same entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import groupby

from icalendar import Calendar, Event

from build_tools.load.lookback import Policy
from build_tools.lookback.due import Due
from build_tools.lookback.obligations import Obligation
from build_tools.memory import Memory, Stage, digest_of
from build_tools.model import Library

DOMAIN = "rongcuo"
_END = b"END:VCALENDAR\r\n"
Entry = tuple[date, str, str, str]  # day, what it is, summary, description


def calendar(
    dues: Sequence[Due],
    open_obligations: Sequence[Obligation],
    library: Library,
    policy: Policy,
    labels: dict[str, str],
    as_of: date,
    most: int = 0,
    memory: Memory | None = None,
) -> bytes:
    """One all-day entry a look-back due and an obligation open, in order of day; `labels` names the obligations.

    Where more than `most` fall on one day (0: never mind how many), one entry for the day tells of them, so that
    the file does not grow with the library. The stamp of the entries is the start (UTC) of `as_of`; an entry
    keeps its identity while its day stays.
    """
    book = Calendar()
    book.add("prodid", "-//容错案例库//回头看//ZH")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", policy.title)
    stamp = datetime.combine(as_of, time(), UTC)
    entries = _summed(sorted([*_of_dues(dues, library), *_of_obligations(open_obligations, labels)]), most)
    known: Stage[bytes] = (memory or Memory()).stage("calendar", kept=True)
    events = [known.get(digest_of(stamp, *entry), partial(_event, entry, stamp)) for entry in entries]
    empty: bytes = book.to_ical()
    return empty.removesuffix(_END) + b"".join(events) + _END


def _event(entry: Entry, stamp: datetime) -> bytes:
    day, key, summary, said = entry
    event = Event()
    event.add("uid", f"{key}@{DOMAIN}")
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", summary)
    event.add("description", said)
    event.add("transp", "TRANSPARENT")
    content: bytes = event.to_ical()
    return content


def _summed(entries: Sequence[Entry], most: int) -> Iterator[Entry]:
    """The entries in order, those of a day with more than `most` as one."""
    for day, group in groupby(entries, key=lambda entry: entry[0]):
        of_day = list(group)
        if not most or len(of_day) <= most:
            yield from of_day
        else:
            shown = "\n".join(summary for _, _, summary, _ in of_day[:most])
            yield (
                day,
                f"{day}",
                f"{len(of_day)} 件到期",
                f"{shown}\n……共 {len(of_day)} 件，全部见当月的日历文件。",
            )


def _of_dues(dues: Sequence[Due], library: Library) -> Iterator[Entry]:
    for item in dues:
        last = f"上次回头看 {item.since}" if item.reviewed else f"{item.since} 入库，还没有看过"
        yield (
            item.due,
            f"{item.case.id}-{item.due}",
            f"回头看到期：{item.case.id} {item.case.title}",
            f"{library.label(item.trigger)}。{item.why}\n{last}。",
        )


def _of_obligations(found: Sequence[Obligation], labels: dict[str, str]) -> Iterator[Entry]:
    for item in found:
        yield (
            item.due,
            f"{item.case.id}-{item.review}-{item.number}-{item.due}",
            f"义务到期（{labels.get(item.kind, item.kind)}）：{item.case.id} {item.case.title}",
            f"{item.text}\n{item.opened} 回头看开出。",
        )
