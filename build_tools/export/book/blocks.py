"""The pieces of which the book's text is made, the same for print and screen; knows no cases and no layout."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# Marks of a run: how it is meant. Each layout decides how that looks.
STRONG, QUIET, EDITOR, ABSENT, UNVERIFIED = "strong", "quiet", "editor", "absent", "unverified"
ADVERSE, GOOD, BAD, UNSURE = "adverse", "good", "bad", "unsure"

_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT = frozenset("\n\t")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text with one meaning; `to` is the key of a place in the book, `url` an address outside."""

    text: str
    mark: str = ""
    to: str = ""
    url: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below that of a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    runs: Runs
    kind: str = "prose"


@dataclass(frozen=True, slots=True)
class Notice:
    """A paragraph that must not be passed over, such as a status other than in force."""

    runs: Runs
    kind: str = "notice"


@dataclass(frozen=True, slots=True)
class Facts:
    """Labelled values."""

    rows: tuple[tuple[str, Runs], ...]
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `widths` are shares of the line."""

    head: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Runs, ...], ...]
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Items:
    """A list, numbered where the order matters."""

    items: tuple[Runs, ...]
    numbered: bool = False
    kind: str = "items"


Block = Heading | Prose | Notice | Facts | Table | Items


def run(text: Any, mark: str = "", *, to: str = "", url: str = "") -> Run:
    """A run of text that is safe to show; only web addresses become links out of the book."""
    address = clean(url)
    return Run(clean(text), mark, to, address if address.startswith(("http://", "https://")) else "")


def prose(text: Any) -> tuple[Prose, ...]:
    """A text as paragraphs, one a line; nothing for an empty one."""
    lines = (line.strip() for line in str(text or "").split("\n"))
    return tuple(Prose((run(line),)) for line in lines if line)


def joined(parts: Iterable[Runs], between: str = "、") -> Runs:
    """Several runs in one line with a separator between them."""
    out: list[Run] = []
    for part in parts:
        if out:
            out.append(Run(between))
        out.extend(part)
    return tuple(out)


def clean(text: Any) -> str:
    """Text without what no page can show or what would turn it round: control characters, direction marks."""
    return "".join(_shown(char) for char in str(text) if char not in _BIDI)


def _shown(char: str) -> str:
    """Control characters, lone surrogates and non-characters (XML allows none of them) as U+FFFD."""
    code = ord(char)
    if char in _KEPT:
        return char
    wrong = unicodedata.category(char) in ("Cc", "Cs") or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return "\ufffd" if wrong else char
