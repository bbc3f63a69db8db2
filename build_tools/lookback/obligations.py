"""The obligations that look-backs opened: which are open, overdue or done on a day; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from build_tools.lookback.dates import day_of
from build_tools.model import Case, Library


@dataclass(frozen=True, slots=True)
class Obligation:
    """One obligation; `review` and `number` count from 1, as people name them."""

    case: Case
    review: int
    number: int
    opened: date
    kind: str
    text: str
    due: date
    done: date | None
    evidence: str
    overdue: int  # days past `due` on the day asked about, negative while there is time, 0 once done

    @property
    def open(self) -> bool:
        return self.done is None


def obligations(library: Library, as_of: date) -> tuple[Obligation, ...]:
    """Every obligation opened up to `as_of` as it stood then, the longest overdue first; done ones last."""
    found = [o for case in library.cases for o in obligations_of(case, as_of)]
    return tuple(sorted(found, key=lambda o: (not o.open, o.due, o.case.id, o.review, o.number)))


def obligations_of(case: Case, as_of: date) -> Iterator[Obligation]:
    """The obligations of one case, in file order; entries without the needed days are passed over."""
    for review_number, review in enumerate(case.data.get("reviews") or (), 1):
        opened = day_of(review.get("date"))
        if opened is None or opened > as_of:
            continue
        for number, entry in enumerate(review.get("obligations") or (), 1):
            last = day_of(entry.get("due"))
            done = day_of(entry.get("done"))
            done = done if done and done <= as_of else None
            if last is not None:
                yield Obligation(
                    case=case,
                    review=review_number,
                    number=number,
                    opened=opened,
                    kind=str(entry.get("kind") or ""),
                    text=str(entry.get("text") or ""),
                    due=last,
                    done=done,
                    evidence=str(entry.get("evidence") or "") if done else "",
                    overdue=0 if done else (as_of - last).days,
                )
