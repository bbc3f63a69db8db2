"""Texts as a reader means them: nothing hidden, one width, digits written as digits; recognises nothing.

Every form remembers where each of its characters stood in the original.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

# Characters that print nothing: soft hyphen, joiners, direction marks, fillers, variation selectors, keycaps.
HIDDEN = r"\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f\ufeff\uffa0"
# Besides, what stands for an ordinary character without being one: combining marks, letters of other scripts,
# enclosed and raised digits, radicals and compatibility characters, and blanks of odd widths.
ODD_CLASS = (
    rf"{HIDDEN}\u00a0\u00b2\u00b3\u00b9\u0300-\u036f\u0370-\u03ff\u0400-\u04ff\u0660-\u0669\u2000-\u200a\u202f"
    r"\u2070-\u209c\u2460-\u24ff\u2776-\u2793\u2f00-\u2fdf\uf900-\ufaff\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff"
)
ODD = re.compile(f"[{ODD_CLASS}]")
# What people or forms put between digits.
_BETWEEN_DIGITS = r"[ \t\u3000·•∙・.．\-‐‑‒–—―－−_~|]"
GAP = _BETWEEN_DIGITS + "{0,3}"
URL = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)

_HIDDEN = re.compile(rf"[{HIDDEN}]")
_LETTERS = str.maketrans("АВЕКМНОРСТХаеорсхΑΒΕΗΙΚΜΝΟΡΤΧΥΖο", "ABEKMHOPCTXaeopcxABEHIKMNOPTXYZo")
HAN_DIGITS = "〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖弌弍弎"
_AS_DIGIT = str.maketrans(HAN_DIGITS + "OoIl|", "000123456789" + "1" + "123456789" + "123" + "00111")
DIGITS = rf"\d{HAN_DIGITS}"  # the inside of a character class
# Patterns for rare use stay text: `re` compiles them when they are first needed.
# Digits and letters that look like them, in a row that is no part of a word.
_ROW = rf"(?<![A-Za-z\d_@])[\dOoIl|](?:{GAP}[\dOoIl|]){{4,}}(?![A-Za-z@])"
# The same with characters for digits.
_HAN_ROW = rf"[{DIGITS}OoIl|](?:{GAP}[{DIGITS}OoIl|]){{4,}}"
# A dot behind a zero that stands alone is a decimal point.
_BETWEEN = (
    rf"(?a)(?<=\d)(?!(?<=(?<!\d)(?<!\d{_BETWEEN_DIGITS})0)\.){GAP}(?=\d)|(?<=\d){GAP}(?=[Xx](?![A-Za-z]))"
)
# A blank on either side of a single Chinese character: 王 小 明.
_SPREAD = r"(?<=[\u4e00-\u9fff])[ ·.]{1,2}(?=[\u4e00-\u9fff][ ·.])|(?<=[ ·.][\u4e00-\u9fff])[ ·.]{1,2}(?=[\u4e00-\u9fff])"


@dataclass(frozen=True, slots=True)
class Form:
    """A text and, for each of its characters, where it began and ended in the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of the characters `start` to `end` (not empty)."""
        return self.starts[start], self.ends[end - 1]

    def without(self, pattern: str) -> Form:
        """The form with every match of `pattern` taken out."""
        kept = [True] * len(self.text)
        for found in re.finditer(pattern, self.text):
            kept[found.start() : found.end()] = [False] * (found.end() - found.start())
        return self if all(kept) else self._only([i for i, keep in enumerate(kept) if keep])

    def replaced(self, pattern: str, change: Callable[[str], str]) -> Form:
        """The form with each match changed to a text of the same length."""
        return Form(re.sub(pattern, lambda found: change(found[0]), self.text), self.starts, self.ends)

    def _only(self, places: list[int]) -> Form:
        text = "".join([self.text[i] for i in places])
        return Form(text, [self.starts[i] for i in places], [self.ends[i] for i in places])


def plain(text: str) -> Form:
    """NFKC character by character, nothing hidden, look-alike letters as Latin ones, web addresses blanked."""
    if URL.search(text):
        # They are full of numbers that are nobody's.
        text = URL.sub(lambda found: " " * len(found[0]), text)
    if text.isascii():
        return Form(text, range(len(text)), range(1, len(text) + 1))
    pieces: list[str] = []
    places: list[int] = []
    for i, character in enumerate(text):
        piece = _normal(character)
        pieces.append(piece)
        places.extend([i] * len(piece))
    return Form("".join(pieces), places, [i + 1 for i in places])


@lru_cache(maxsize=8192)
def _normal(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    if _HIDDEN.search(folded) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return ""
    digit = unicodedata.digit(character, None)
    return str(digit) if digit is not None else folded.translate(_LETTERS)


def squeezed(form: Form) -> tuple[Form, Form]:
    """The form with nothing between digits: once with digits alone, once with characters for digits read as such.

    Both, because a character for a digit may belong to what follows: 拨 135 0000 7788 一次.
    """
    latin, han = form.replaced(_ROW, _digits), form.replaced(_HAN_ROW, _digits)
    return latin.without(_BETWEEN), han.without(_BETWEEN)


def joined(form: Form) -> Form:
    """The form with names that were spread out pulled together."""
    return form.without(_SPREAD)


def _digits(row: str) -> str:
    letters = sum(character in "OoIl|" for character in row)
    if letters and sum(character.isdigit() for character in row) < 5:
        return row
    return row.translate(_AS_DIGIT)
