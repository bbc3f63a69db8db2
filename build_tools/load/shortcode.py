"""The spelling of `[[…]]` references in hand-written pages, and which part of a page is code; resolves nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

SHORTCODE = re.compile(r"\[\[([^\[\]|\n]*)(?:\|([^\[\]\n]*))?\]\]")
# Code spans and fences show short codes instead of using them.
CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1|(`+)(?!`)[^`\n]*\2", re.MULTILINE | re.DOTALL)


def bare_text(text: str) -> str:
    """Markdown with its code blanked out, everything else where it was."""
    return CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def replace_shortcodes(text: str, replace: Callable[[re.Match[str]], str]) -> str:
    """The text with each short code outside code replaced."""
    out, end = [], 0
    for code in CODE.finditer(text):
        out += [SHORTCODE.sub(replace, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*out, SHORTCODE.sub(replace, text[end:])])
