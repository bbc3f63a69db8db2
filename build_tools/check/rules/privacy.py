"""RC501–RC512: no person, telephone, card or home can be found through a text of the library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from build_tools.check.context import COMMENT, HEADING, Context, Subject
from build_tools.check.mark import library_rule, record_rule
from build_tools.model import Diagnostic, Mark, Pointer
from build_tools.privacy import KINDS, Finding, day_told, detect, eventful, exposing, masked, rare_places

# Kind → its code and what to do.
CODES = {
    "id_card": ("RC501", "删去；需要说明时写“身份证号码略”"),
    "mobile": ("RC502", "删去；需要联系方式时写机构的公开电话名称，例如“12345 热线”"),
    "landline": ("RC503", "删去；需要时写“来源公布的联系电话略”"),
    "plate": ("RC504", "删去，或写“一辆轿车”"),
    "bank_card": ("RC505", "删去，或写“个人账户”"),
    "name": ("RC506", "改成身份加“某”，例如“王某某”“某村党总支书记”"),
    "email": ("RC507", "删去"),
    "chat": ("RC508", "删去"),
    "address": ("RC509", "地址写到县（市、区）；需要时写“某小区某户”"),
    "identifiable": ("RC511", "小地名改成“某镇某村”，或者日期只写到月"),
}
MAYBE_NAME = ("RC512", "是人名就改成“某某”；不是人名可以不理会")
# These are nobody's public numbers, so in guidance too they are errors.
NEVER_PUBLIC = frozenset({"id_card", "bank_card"})
WEB_ADDRESS = re.compile(r"https?://[!-~]+")


@record_rule("case", "rule", "vocabulary", "negative_list", "toolkit", "selfcheck", "drill")
def nobody_exposed(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC501–RC509 and RC512 in every text of the file, and in its comments."""
    if exposing(WEB_ADDRESS.sub("", subject.prose), subject.headings):
        whole = subject.record.text
        urls = {spot.pointer for spot in subject.spots if spot.facts.url}
        for pointer, text in subject.texts:
            for finding in _found(text, pointer) if pointer not in urls else ():
                code, hint = _code(finding)
                where = subject.name(pointer)
                yield subject.at(pointer, code, f"{where}里疑似有{_shown(finding)}", hint)
        for comment in COMMENT.finditer(whole):
            mark = Mark(whole.count("\n", 0, comment.start(1)) + 1, 1)
            for finding in _found(comment[1]):
                code, hint = _code(finding)
                yield Diagnostic(subject.record.path, mark, code, f"注释里疑似有{_shown(finding)}", hint)


@record_rule("case")
def no_rare_combination(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC511: a place below the county, a grave or rare event and an exact day, anywhere in one case."""
    if not eventful(subject.prose):
        return
    places = [(p, text[a:b]) for p, text in subject.texts if eventful(text) for a, b in rare_places(text)]
    if places and day_told(subject.texts):
        code, hint = CODES["identifiable"]
        for pointer, place in places:
            where = f"{subject.name(pointer)}里的小地名（{place}）"
            yield subject.at(pointer, code, f"{where}与罕见的事件、具体的日期放在一起，可能认出当事人", hint)


@library_rule
def guides_expose_nobody(context: Context) -> Iterator[Diagnostic]:
    """RC510: the same in guidance pages, as a warning, because they may hold public numbers."""
    for guide in context.library.guides:
        for number, finding in _exposed(guide.text):
            code, hint = _code(finding)
            place = f"docs/{guide.path}", Mark(number, 1)
            if finding.kind in NEVER_PUBLIC:
                yield Diagnostic(*place, code, f"疑似有{_shown(finding)}", hint)
            else:
                yield Diagnostic(*place, "RC510", f"疑似有{_shown(finding)}", f"见 {code}：{hint}")


@lru_cache(maxsize=1024)
def _exposed(text: str) -> tuple[tuple[int, Finding], ...]:
    """What a page exposes, each with the number of its line; kept because pages seldom change between rounds."""
    if not exposing(text):
        return ()
    return tuple((n, found) for n, line in enumerate(text.split("\n"), 1) for found in _found(line))


def _found(text: str, pointer: Pointer = ()) -> Iterable[Finding]:
    """What a text exposes; rare combinations are judged over the whole case instead."""
    heading = bool(pointer) and pointer[-1] == HEADING
    # Names with dots between their characters are pulled together before they are looked for.
    if "." not in text and not exposing(text, (text,) if heading else ()):
        return ()
    return (finding for finding in detect(text, heading) if finding.kind != "identifiable")


def _code(finding: Finding) -> tuple[str, str]:
    return MAYBE_NAME if finding.severity == "warning" else CODES[finding.kind]


def _shown(finding: Finding) -> str:
    """What it is, and the value fit to be shown."""
    return f"{KINDS[finding.kind].name}（{masked(finding)}）"
