"""Turns text into search tokens; mirrored line by line in `assets/search/search-core.js`. Knows no documents.

Tokens are single Han characters, overlapping pairs of them, and Latin or digit words whole; a hyphenated
word (RC-2026-0001, N-03) counts both whole and in parts. There is no dictionary. What may pass is listed by
code point ranges, because Python and browsers carry different versions of Unicode: inside these ranges the
versions agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

# Invisible characters that copied text carries: soft hyphen, zero-width and direction marks, variation selectors.
_DROPPED = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
# Blocks that are read at all; everything else (emoji, private use, lone surrogates) becomes a space.
_READ = (
    "\u0020-\u007e\u00a0-\u024f\u0300-\u04ff\u1e00-\u1eff\u2000-\u2027\u202f-\u2bff\u2e80-\u9fff\uf900-\ufaff"
    "\ufe30-\ufe6f\uff00-\uffef"
    "\U0001d400-\U0001d7ff\U00020000-\U000323af"
)
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
WORD = "0-9a-zß-öø-ÿĀ-ɏͰ-ϿЀ-ӿḀ-ỿ"
MAX_WORD = 40  # characters; a longer "word" is noise and only its beginning counts

# The full-width marks that nearly every text has. As NFKC has them in the end: without them most texts are in that
# form already, which is seen ten times faster than they are brought into it.
_WIDE = tuple(zip("，；：（）！？", ",;:()!?", strict=True))
_drop = re.compile(f"[{_DROPPED}]")
_foreign = re.compile(f"[^{_READ}]")
_runs = re.compile(f"([{HAN}]+)|([{WORD}]+(?:-[{WORD}]+)*)")


@cache
def simplified() -> Mapping[int, str]:
    """Traditional → simplified, one character to one, as OpenCC's `t2s` has it (for `str.translate`).

    Whole phrases and the rare blocks beyond U+9FFF are left out on purpose: the browser must be able to do
    the same with one small table.
    """
    import opencc  # slow to import, so only when text is really tokenized

    source = [chr(code) for code in range(0x4E00, 0xA000)]
    target = opencc.OpenCC("t2s").convert("\n".join(source)).split("\n")
    pairs = zip(source, target, strict=True)
    return {ord(a): b for a, b in pairs if a != b and len(b) == 1}


@cache
def _traditional() -> re.Pattern[str]:
    return re.compile(f"[{''.join(map(chr, simplified()))}]")


def normalize(text: str) -> str:
    """Folded text: NFKC, lower case, simplified characters, nothing invisible."""
    text = _foreign.sub(" ", _drop.sub("", text))
    for wide, plain in _WIDE:
        text = text.replace(wide, plain)
    text = unicodedata.normalize("NFKC", text).lower().replace("ς", "σ")
    # Nearly all text is simplified already, and looking is ten times cheaper than translating.
    return text.translate(simplified()) if _traditional().search(text) else text


def tokens(text: str) -> list[str]:
    """Tokens of any text, in order, with repetitions."""
    return folded_tokens(normalize(text))


def folded_tokens(folded: str) -> list[str]:
    """Tokens of text that went through `normalize` already."""
    out: list[str] = []
    for han, word in _runs.findall(folded):
        if han:
            out += han
            out += map(str.__add__, han, han[1:])
        else:
            out.append(word[:MAX_WORD])
            if "-" in word:
                out += [part[:MAX_WORD] for part in word.split("-")]
    return out
