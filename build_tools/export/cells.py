"""Texts that spreadsheet programs would take for formulas: tells which they are and makes them harmless."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# A cell that begins with one of these is worked out by spreadsheet programs instead of shown
# (OWASP, CSV Injection); their full-width, small and raised forms are read as the plain ones by some.
FORMULA = frozenset("=+-@")
BREAKS = frozenset("\t\r\n")  # in front of a cell they are risky themselves


def harmless(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet program would take it for a formula."""
    return f"'{text}" if risky(text) else text


def risky(text: str) -> bool:
    """True where a spreadsheet program may take the text for a formula, also behind blanks and what nobody sees."""
    if text[:1] in BREAKS:
        return True
    for sign in text:
        seen = _seen(sign)
        if seen:
            return seen in FORMULA
    return False


@lru_cache(maxsize=8192)
def _seen(sign: str) -> str:
    """The plain form of a sign; nothing for one that is not seen."""
    unseen = sign.isspace() or unicodedata.category(sign) in ("Cf", "Cc")
    return "" if unseen else unicodedata.normalize("NFKC", sign)[0]
