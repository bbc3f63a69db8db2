"""Recognises numbers and addresses that point to a person or a home; knows nothing of files.

Check digits: GB 11643-1999 (ISO 7064 MOD 11-2) for identity cards, Luhn (ISO/IEC 7812-1) for bank cards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# What people or forms put between digits: blanks, zero-width characters, dashes, dots.
_GAP = r"[\s\u00ad\u200b-\u200f\u2060\ufeff·.．\-－—–_]{0,3}"
_GAPS = re.compile(rf"(?<=\d){_GAP}(?=\d)|(?<=\d){_GAP}(?=[XxＸｘ](?![A-Za-z]))")
_HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_URL = re.compile(r"https?://[^\s，。；、）》”]*|www\.[^\s，。；、）》”]*", re.IGNORECASE)
# A number followed by a unit counts something; it is not a telephone number.
_UNIT = r"(?![\d.]*\s*(?:万|亿|元|余|多|平方|亩|吨|公里|米|人次|户|%))"
_PROVINCES = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_PLATE_TAIL = r"(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[DF][A-HJ-NP-Z0-9]\d{4}|\d{5}[DF])"

# Each looks for one kind of beginning, because a pattern with one beginning is scanned far quicker than a choice.
_HINTS = (
    re.compile(rf"\d(?:{_GAP}\d){{9}}"),
    re.compile(r"[(（]\s?[0０]\d{2,3}\s?[)）]"),
    re.compile(r"\d\s{0,2}(?:室|栋|幢|座|单元|房|号楼|号院|号房)"),
    re.compile(r"[路街道巷弄同里]\s{0,2}\d[\d\s-]{0,9}号"),
    re.compile(
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][\s\u200b]{0,2}[A-ZＡ-Ｚ]"
    ),
)
_SIGNS = ("@", "＠")
# A number behind these words may be shorter than ten digits.
_WORDS = ("QQ", "qq", "Qq", "ＱＱ", "微信", "企鹅", "echat", "电话", "座机", "热线")
_SAID = re.compile("|".join(_WORDS))
_SHORT = re.compile(
    rf"(?:{_GAP}\w){{0,6}}?{_GAP}[:：]?{_GAP}(?:\d(?:{_GAP}\d){{4}}|[A-Za-zＡ-Ｚａ-ｚ][\w-]{{5}})"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of number: its code, what people call it, how it looks, and the test that makes it sure."""

    code: str
    name: str
    shape: re.Pattern[str]
    sure: Callable[[str], bool] = lambda _: True


def identity_card(digits: str) -> bool:
    """True where the 18th character is the check digit of the first 17 (ISO 7064 MOD 11-2)."""
    total = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(digits[:17]))
    return "10X98765432"[total % 11] == digits[17].upper()


def luhn(digits: str) -> bool:
    """True where the last digit is the Luhn check digit of the others."""
    doubled = [int(d) for d in digits]
    for i in range(len(doubled) - 2, -1, -2):
        doubled[i] = doubled[i] * 2 - 9 * (doubled[i] > 4)
    return sum(doubled) % 10 == 0


def unmasked_plate(plate: str) -> bool:
    """True where a plate is written out, not hidden behind X."""
    return "XX" not in plate and sum(character.isdigit() for character in plate) >= 2


PATTERNS = (
    Pattern(
        "RC501",
        "身份证号码",
        re.compile(
            rf"(?<!\d){_PROVINCES}\d{{4}}(?:19|20)\d{{2}}{_MONTH_DAY}\d{{3}}[\dXx](?![\dA-Za-z])", re.ASCII
        ),
        identity_card,
    ),
    Pattern(
        "RC501",
        "身份证号码（15 位）",
        re.compile(rf"(?<![\d.]){_PROVINCES}\d{{6}}{_MONTH_DAY}\d{{3}}(?!\d){_UNIT}", re.ASCII),
    ),
    Pattern(
        "RC502", "手机号码", re.compile(rf"(?<![\d.])(?:(?:\+|00)?86)?1[3-9]\d{{9}}(?!\d){_UNIT}", re.ASCII)
    ),
    Pattern(
        "RC503",
        "固定电话号码",
        re.compile(
            rf"(?<![\d.A-Za-z])[(（]?0(?:10|2\d|[3-9]\d{{2}})[)）]?\s?[2-9]\d{{6,7}}(?!\d){_UNIT}"
            rf"|(?:电话|热线|座机)(?:号码)?(?:是|为|[:：])?\s?[2-9]\d{{6,7}}(?!\d){_UNIT}",
            re.ASCII,
        ),
    ),
    Pattern(
        "RC504",
        "车牌号",
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][A-HJ-NP-Z]"
            rf"[\s·•.\-]?{_PLATE_TAIL}(?![A-Za-z0-9])",
            re.ASCII,
        ),
        unmasked_plate,
    ),
    Pattern("RC505", "银行卡号", re.compile(r"(?<![\d.])[3-6]\d{15,18}(?!\d)", re.ASCII), luhn),
    Pattern("RC507", "电子邮箱", re.compile(r"(?<![\w.])[\w.+-]{1,64}@(?:[\w-]+\.)+[A-Za-z]{2,}", re.ASCII)),
    Pattern(
        "RC508",
        "QQ 号",
        re.compile(r"(?i:qq|企鹅)(?:号码|号|群)?(?:是|为)?\s?[:：]?\s?[1-9]\d{4,11}(?!\d)", re.ASCII),
    ),
    Pattern(
        "RC508",
        "微信号",
        re.compile(
            r"(?:微信|wechat)(?:号码|号|帐号|账号)?(?:是|为)?\s?[:：]?\s?(?=[A-Za-z\d_-]*\d|wxid)[A-Za-z][\w-]{5,19}",
            re.ASCII,
        ),
    ),
    Pattern(
        "RC509",
        "门牌地址",
        re.compile(
            r"[\u4e00-\u9fff]{1,8}(?:路|街|大道|道|巷|弄|胡同|里)\s?\d{1,5}(?:-\d{1,4})?\s?号(?!线|文|令|公告|公交|地块|机)"
            r"|\d{1,4}\s?(?:号楼|栋|幢|座|号院)\s?(?:\d{1,2}\s?单元)?\s?\d{2,4}\s?(?:室|号房|房)"
            r"|\d{1,3}\s?单元\s?\d{2,4}\s?(?:室|号|房)",
            re.ASCII,
        ),
    ),
)


def suspicious(text: str) -> bool:
    """True where `find_numbers` may find something; quick, and nearly always False."""
    if any(sign in text for sign in _SIGNS) or any(hint.search(text) for hint in _HINTS):
        return True
    return any(word in text for word in _WORDS) and any(
        _SHORT.match(text, found.end()) for found in _SAID.finditer(text)
    )


def find_numbers(text: str) -> Iterator[tuple[Pattern, str]]:
    """Each private number in `text` with its kind; blanks, full-width and invisible characters do not hide it.

    Web addresses are left out: they are full of numbers that are nobody's.
    """
    plain = _HIDDEN.sub("", unicodedata.normalize("NFKC", _URL.sub(" ", text)))
    squeezed = _GAPS.sub("", plain)
    seen: list[str] = []
    for pattern in PATTERNS:
        for form in dict.fromkeys((plain, squeezed)):
            for found in pattern.shape.finditer(form):
                core = _GAPS.sub("", found[0])
                if pattern.sure(core) and not any(core in other for other in seen):
                    seen.append(core)
                    yield pattern, core


def masked(value: str) -> str:
    """The value with its middle hidden, fit for a message that others may read."""
    shown = 3 if len(value) > 8 else 1
    return value[:shown] + "*" * max(len(value) - 2 * shown, 1) + value[-shown:]
