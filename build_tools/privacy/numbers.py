"""How private numbers and addresses look, and the tests that make them sure; names are not found here.

Check digits: GB 11643-1999 (ISO 7064 MOD 11-2) for identity cards, Luhn (ISO/IEC 7812-1) for bank cards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from build_tools.privacy.kinds import KINDS
from build_tools.privacy.plain import DIGITS, GAP, HAN_DIGITS, ODD_CLASS, Form, squeezed

# A number followed by a unit counts something; it is not a telephone number.
_UNIT = r"(?![\d.]*\s*(?:万|亿|元|余|多|平方|亩|吨|公里|米|人|户|年|个|件|%))"
_PROVINCES = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_PLATE_HEADS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_IS = r"\s?(?:是|为)?\s?[:：]?\s?"
_COUNT = r"(?:\d{1,5}|[一二三四五六七八九十百零〇]{1,5})"
_ROOM = r"(?:\d{2,4}|[一二三四五六七八九十百零〇]{2,5})"
_ROAD = r"(?:(?![在住于到至往是为址的了从送寄贴由经找])[\u4e00-\u9fff])"
# 号 that counts buildings, bulletins, lines or days, and no door.
_NO_DOOR = r"(?!线|文|令|公告|公交|地块|机|桥|标段|通报|井|泵|口|门|站|车间|楼改|院改|馆|坑|矿)"


def identity_card(digits: str) -> bool:
    """True where the 18th character is the check digit of the first 17 (ISO 7064 MOD 11-2)."""
    total = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(digits[:17]))
    return "10X98765432"[total % 11] == digits[17].upper()


def old_identity_card(digits: str) -> bool:
    """True where the 7th to 12th of 15 digits are a day of the twentieth century."""
    try:
        return bool(date(1900 + int(digits[6:8]), int(digits[8:10]), int(digits[10:12])))
    except ValueError:
        return False


def luhn(digits: str) -> bool:
    """True where the last digit is the Luhn check digit of the others."""
    doubled = [int(d) for d in digits]
    for i in range(len(doubled) - 2, -1, -2):
        doubled[i] = doubled[i] * 2 - 9 * (doubled[i] > 4)
    return sum(doubled) % 10 == 0


def unmasked_plate(plate: str) -> bool:
    """True where a plate is written out, not hidden behind X."""
    return "XX" not in plate.upper() and sum(character.isdigit() for character in plate) >= 2


def mixed_account(account: str) -> bool:
    """True where a chat account holds more than letters, so that it is no ordinary word."""
    return not account.isalpha()


TESTS: Mapping[str, Callable[[str], bool]] = {
    "": lambda _: True,
    "gb11643": identity_card,
    "day15": old_identity_card,
    "luhn": luhn,
    "plate": unmasked_plate,
    "mixed": mixed_account,
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One look of a kind: an expression that Python and JavaScript read alike, and the name of the test behind it.

    The value is the first group, or the whole match where there is none.
    """

    kind: str
    source: str
    test: str = ""
    any_case: bool = False

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """Every match in `text`; `re` compiles the expression when it is first needed and keeps it."""
        return re.finditer(self.source, text, re.ASCII | (re.IGNORECASE if self.any_case else re.NOFLAG))


# In order: where two overlap, the earlier one wins.
PATTERNS = (
    Pattern("email", r"(?<![\w.])[\w.+%-]{1,64}\s{0,2}@\s{0,2}(?:[\w-]+\.)+[A-Za-z]{2,}"),
    Pattern(
        "email",
        r"(?<![\w.])[\w.+%-]{1,64}\s?(?:[(\[{<]\s?at\s?[)\]}>]|#)\s?"
        r"[\w-]+(?:(?:\.|\s?[(\[{<]\s?dot\s?[)\]}>]\s?)[\w-]+)*?"
        r"(?:\.|\s?[(\[{<]\s?dot\s?[)\]}>]\s?)(?:com|cn|net|org|edu|gov|cc|me)(?![\w])",
        any_case=True,
    ),
    Pattern(
        "id_card",
        rf"(?<!\d){_PROVINCES}\d{{4}}(?:19|20)\d{{2}}{_MONTH_DAY}\d{{3}}[\dXx](?![\dA-Za-z])",
        "gb11643",
    ),
    Pattern(
        "id_card", r"(?:身份证|身份号码|证件号)[^\d\n,。;、]{0,8}([1-8]\d{14}(?:\d{2}[\dXx])?)(?![\dA-Za-z*])"
    ),
    Pattern("id_card", rf"(?<![\d.]){_PROVINCES}\d{{6}}{_MONTH_DAY}\d{{3}}(?!\d){_UNIT}", "day15"),
    Pattern("mobile", rf"(?<![\d.A-Za-z])(?:(?:\+|00)?86)?1[3-9]\d{{9}}(?!\d){_UNIT}"),
    Pattern("mobile", rf"(?<![\d.A-Za-z])\(?\+86\)?\s?1[3-9]\d{{9}}(?!\d){_UNIT}"),
    Pattern(
        "bank_card",
        # The beginnings that cards have here: UnionPay, Visa, Mastercard, JCB, American Express, old cards of banks.
        r"(?<![\d.A-Za-z])(?:6[0258]\d{14,17}|4\d{15}|5[1-5]\d{14}|35\d{14}|3[47]\d{13}|95\d{14,17})(?![\dA-Za-z])"
        + _UNIT,
        "luhn",
    ),
    Pattern(
        "bank_card",
        rf"(?:卡号|账号|帐号|账户|户头|存折|银行卡|信用卡|储蓄卡)[^\d\n,。;、]{{0,6}}(\d{{12,21}})(?![\dA-Za-z]){_UNIT}",
    ),
    Pattern(
        "landline",
        r"(?<![\d.A-Za-z+])(?:(?:\+|00)86[\s-]?0?|\(?0)(?:10|2\d|[3-9]\d{2})\)?[\s-]{0,2}[2-9]\d{6,7}(?!\d)"
        + _UNIT,
    ),
    Pattern(
        "landline",
        rf"(?:电话|热线|座机|传真|固话)(?:号码|号)?{_IS}([2-9]\d{{6,7}})(?!\d){_UNIT}",
    ),
    Pattern(
        "plate",
        rf"[{_PLATE_HEADS}]{GAP}[A-HJ-NP-Z]{GAP}"
        rf"(?:(?:[A-HJ-NP-Z\d]{GAP}){{4}}[A-HJ-NP-Z\d挂学警港澳]|[DF]{GAP}[A-HJ-NP-Z\d]{GAP}\d(?:{GAP}\d){{3}}"
        rf"|\d{GAP}(?:\d{GAP}){{4}}[DF])(?![A-Za-z\d])",
        "plate",
        any_case=True,
    ),
    Pattern(
        "chat",
        rf"(?:q\s?q|扣扣|企鹅)\s?(?:群|号码|号|帐号|账号|id)?{_IS}([1-9]\d{{4,11}})(?!\d){_UNIT}",
        any_case=True,
    ),
    Pattern(
        "chat",
        rf"(?:微\s?信|薇信|v\s?信|抖音|快手|(?<![a-z])(?:we\s?chat|weixin|vx|wx))\s?(?:号码|号|帐号|账号|id)?{_IS}"
        r"([a-z][\w-]{5,19})(?![\w@])",
        "mixed",
        any_case=True,
    ),
    Pattern("chat", r"(?<![\w])wxid_[a-z\d]{6,24}", any_case=True),
    Pattern(
        "address",
        rf"{_ROAD}{{1,8}}(?:路|街|巷|弄|胡同|里|坊|(?<![街渠轨隧通管河频航])道)\s?[甲乙丙丁]?{_COUNT}(?:-\d{{1,4}})?"
        rf"\s?(?:弄\s?{_COUNT}\s?)?号{_NO_DOOR}(?:\s?{_COUNT}\s?(?:室|房))?",
    ),
    Pattern(
        "address",
        rf"(?:{_ROAD}{{1,6}}(?:里|小区|花园|公寓|家园|新村|苑|大厦))?{_COUNT}\s?(?:号楼|栋|幢|座|号院)\s?"
        rf"(?:{_COUNT}\s?单元\s?{_ROOM}(?:\s?(?:室|号房|房|号))?(?![\d年个户人万元平])|{_ROOM}\s?(?:室|号房|房))",
    ),
    Pattern("address", rf"{_COUNT}\s?单元\s?{_ROOM}\s?(?:室|号|房)"),
    Pattern(
        "address", rf"{_ROAD}{{1,6}}(?:小区|花园|公寓|家园|新村|苑)\s?\d{{1,3}}-\d{{1,2}}-\d{{3,4}}(?!\d)"
    ),
    Pattern("address", rf"第?{_COUNT}(?:村民小组|小组|组)\s?\d{{1,4}}号{_NO_DOOR}"),
)
_REGION = r"^.{2,}?(?:省|市|区|县|镇|乡)(?=.{2,}(?:路|街|道|巷|弄|胡同|里|坊))"


def patterns() -> list[dict[str, str]]:
    """The patterns for other languages, ready for JSON; `test` names the check that must follow a match.

    A reader first normalizes the text (NFKC) and takes out the characters of `HIDDEN`; the value is group 1, or the
    whole match. gb11643: check digit of identity cards; day15: digits 7 to 12 are a date of 19xx; luhn: check digit
    of cards; plate: at least two digits and no XX; mixed: not letters alone; empty: no check.
    """
    return [
        {
            "kind": pattern.kind,
            "name": KINDS[pattern.kind].name,
            "pattern": pattern.source,
            "flags": "gi" if pattern.any_case else "g",
            "test": pattern.test,
        }
        for pattern in PATTERNS
    ]


# Each hint looks for one kind of beginning, because a pattern with one beginning is scanned far quicker than a choice.
_HINTS = (
    re.compile(rf"\d(?<!\d\d)(?:{GAP}[{DIGITS}OoIl|]){{9}}"),
    re.compile(rf"[{HAN_DIGITS}](?:{GAP}[{DIGITS}]){{9}}"),
    re.compile(r"[(（]\s?[0０]\d{2,3}\s?[)）]"),
    # Looked for by the word in the middle, because numbers are everywhere.
    re.compile(
        rf"[单栋幢号座](?:(?<=[{DIGITS}十百].)|(?<=[{DIGITS}十百][ \u3000].))"
        rf"(?:(?<=单)元|(?<=号)[楼院]|(?<=[栋幢座]))[ \u3000]?[{DIGITS}十百]"
    ),
    re.compile(r"组[ \u3000]?\d{1,4}号"),
    re.compile(rf"[路街道巷弄同里坊]\s?[甲乙丙丁]?(?:[{DIGITS}]|[十百])[{DIGITS}\s十百弄-]{{0,9}}号"),
    re.compile(rf"[{_PLATE_HEADS}]{GAP}[A-Za-zＡ-Ｚａ-ｚ]{GAP}[A-Za-zＡ-Ｚａ-ｚ{DIGITS}]"),
    re.compile(r"-\d{1,2}-\d{3,4}(?!\d)"),
    re.compile(r"#[\w.-]+\.(?:com|cn|net|org|edu|gov|cc|me)", re.ASCII | re.IGNORECASE),
)
_SIGN = re.compile(rf"[{ODD_CLASS}@＠＃]")
_BRACKETED = re.compile(r"[(\[（【{]at")
# A number behind these words may be shorter than ten digits.
_SAID = re.compile(
    "qq|q q|ｑｑ|ｑ ｑ|企鹅|扣扣|微信|微 信|薇信|v信|v 信|ｖ信|chat|weixin|wx|ｗｘ|vx|抖音|快手|电话|座机|热线|传真|固话"
)
_SHORT = re.compile(
    rf"[ \u3000号码帐账群为是id:：]{{0,8}}"
    rf"(?:[{DIGITS}](?:{GAP}[{DIGITS}]){{4}}|(?=[a-zａ-ｚ][a-zａ-ｚ]*[\d_-])[\w-]{{6}})"
)


def suspicious(text: str) -> bool:
    """True where `find_numbers` may find something; quick, and nearly always False."""
    if (
        _SIGN.search(text)
        or "wxid" in text
        or ("at" in text and _BRACKETED.search(text))
        or any(hint.search(text) for hint in _HINTS)
    ):
        return True
    low = text.lower()  # the quicker way to search without case
    return any(_SHORT.match(low, found.end()) for found in _SAID.finditer(low))


def find_numbers(form: Form) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) in the original for each private number, the surest first; they may overlap."""
    forms = (form, *squeezed(form))
    for pattern in PATTERNS:
        for version in forms:
            for found in pattern.matches(version.text):
                first, last = found.span(1) if found.lastindex else found.span()
                value = version.text[first:last]
                if not TESTS[pattern.test](_core(value, pattern)):
                    continue
                if pattern.kind == "address" and (region := re.match(_REGION, value)):
                    first += region.end()
                yield pattern.kind, *version.span(first, last)


def _core(value: str, pattern: Pattern) -> str:
    """What the test is applied to: letters and digits only."""
    return value if pattern.test == "mixed" else re.sub(r"[^\dA-Za-z\u4e00-\u9fff]", "", value)
