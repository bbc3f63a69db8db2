"""Puts together all that is found in one text, with its place, how sure it is and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from build_tools.privacy.kinds import proposal
from build_tools.privacy.names import SPREAD, find_names, names_in_heading, surname_length
from build_tools.privacy.numbers import find_numbers, suspicious
from build_tools.privacy.plain import ODD, Form, joined, plain
from build_tools.privacy.rare import dated, eventful, rare_places

# The border of a table's cell in Markdown; elsewhere a stroke may stand for a one.
BORDER = re.compile(r"(?:^|(?<=\s))\|(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that points to a person: `text` is what stands at `start` to `end`, written as it is there."""

    kind: str
    start: int
    end: int
    text: str
    severity: str  # "error" where it is sure enough to stop a release, else "warning"
    proposal: str


def detect(text: str, heading: bool = False, day: bool = False) -> tuple[Finding, ...]:
    """Everything in `text` that points to a person, in order of place; no two overlap.

    In a `heading` a name that stands between two marks is found without a title beside it, as a warning.
    With `day` an exact day is known from elsewhere, which a rare event and a small place need to identify people.
    """
    text = BORDER.sub("；", text)
    numbers = suspicious(text)
    spread = numbers or SPREAD.search(text) is not None
    form = (
        plain(text) if spread or ODD.search(text) else Form(text, range(len(text)), range(1, len(text) + 1))
    )
    found: list[Finding] = []
    taken = bytearray(len(text))
    for finding in _all(text, form, numbers, heading, day):
        if not any(taken[finding.start : finding.end]):
            taken[finding.start : finding.end] = b"\1" * (finding.end - finding.start)
            found.append(finding)
    return tuple(sorted(found, key=lambda finding: finding.start))


def exposing(text: str, headings: Iterable[str] = ()) -> bool:
    """True where `detect` may find a number or a name in a part of a long text; quick, and nearly always False.

    `headings` are the parts that are headings.
    """
    return (
        suspicious(text)
        or SPREAD.search(text) is not None
        or next(find_names(text), None) is not None
        or next(names_in_heading("\n".join(headings)), None) is not None
    )


def masked(finding: Finding) -> str:
    """The value with its middle hidden, fit for a message that others may read."""
    value = finding.text
    if finding.kind == "name":
        shown = surname_length(value)
        return value[:shown] + "*" * max(len(value) - shown, 1)
    shown = 3 if len(value) > 8 else 1
    return value[:shown] + "*" * max(len(value) - 2 * shown, 1) + value[-shown:]


def _all(text: str, form: Form, numbers: bool, heading: bool, day: bool) -> Iterator[Finding]:
    for kind, start, end in find_numbers(form) if numbers else ():
        yield _finding(kind, text, start, end, "error")
    pulled = joined(form)
    for first, last, sure in (*find_names(pulled.text), *(names_in_heading(pulled.text) if heading else ())):
        yield _named(text, pulled, first, last, "error" if sure else "warning")
    if eventful(form.text) and (day or dated(form.text)):
        for first, last in rare_places(form.text):
            yield _finding("identifiable", text, *form.span(first, last), "warning")


def _named(text: str, form: Form, first: int, last: int, severity: str) -> Finding:
    start, end = form.span(first, last)
    name = form.text[first:last]
    return Finding(
        "name", start, end, text[start:end], severity, proposal("name", name, surname_length(name))
    )


def _finding(kind: str, text: str, start: int, end: int, severity: str) -> Finding:
    value = text[start:end]
    return Finding(kind, start, end, value, severity, proposal(kind, value))
