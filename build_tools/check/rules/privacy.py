"""RC501–RC510: no person, telephone, card or home can be found through a text of the library."""

from __future__ import annotations

import re
from collections.abc import Iterator

from build_tools.check.context import Context, Subject
from build_tools.check.mark import library_rule, record_rule
from build_tools.check.names import find_names
from build_tools.check.numbers import find_numbers, masked, suspicious
from build_tools.check.plan import texts_of
from build_tools.model import Diagnostic, Mark

HINTS = {
    "RC501": "删去；需要说明时写“身份证号码略”",
    "RC502": "删去；需要联系方式时写机构的公开电话名称，例如“12345 热线”",
    "RC503": "删去；需要时写“来源公布的联系电话略”",
    "RC504": "删去，或写“一辆轿车”",
    "RC505": "删去，或写“个人账户”",
    "RC506": "改成身份加“某”，例如“王某某”“某村党总支书记”",
    "RC507": "删去",
    "RC508": "删去",
    "RC509": "地址写到县（市、区）；需要时写“某小区某户”",
}
WEB_ADDRESS = re.compile(r"https?://[!-~]+")
COMMENT = re.compile(r"(?:^|\s)#(.*)$", re.MULTILINE)


@record_rule("case", "rule", "negative_list", "toolkit")
def nobody_exposed(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC501–RC509 in every text of the file, and in its comments."""
    whole = subject.record.text
    bare = WEB_ADDRESS.sub("", whole)
    # Looking once at the whole file is far quicker than looking at each of its texts.
    numbers = "\\" in whole or suspicious(bare)
    names = "\\" in whole or next(find_names(bare), None) is not None
    if not (numbers or names):
        return
    urls = {spot.pointer for spot in subject.spots if spot.facts.url}
    for pointer, text in texts_of(subject.record.data):
        for code, name, value in _exposed(text, numbers, names) if pointer not in urls else ():
            yield subject.at(pointer, code, f"{subject.name(pointer)}里疑似有{name}（{value}）", HINTS[code])
    for found in COMMENT.finditer(whole):
        mark = Mark(whole.count("\n", 0, found.start(1)) + 1, 1)
        for code, name, value in _exposed(found[1], numbers, names):
            yield Diagnostic(subject.record.path, mark, code, f"注释里疑似有{name}（{value}）", HINTS[code])


def _exposed(text: str, numbers: bool = True, names: bool = True) -> Iterator[tuple[str, str, str]]:
    """(code, what it is, the value fit to be shown) for each thing that points to a person."""
    if numbers and suspicious(text):
        for pattern, value in find_numbers(text):
            yield pattern.code, pattern.name, masked(value)
    for name in find_names(text) if names else ():
        yield "RC506", "真实姓名", name[0] + "*" * (len(name) - 1)


@library_rule
def guides_expose_nobody(context: Context) -> Iterator[Diagnostic]:
    """RC510: the same in guidance pages, as a warning, because they may hold public numbers."""
    for guide in context.library.guides:
        for number, line in enumerate(guide.text.split("\n"), 1):
            for code, name, value in _exposed(line):
                yield Diagnostic(
                    f"docs/{guide.path}",
                    Mark(number, 1),
                    "RC510",
                    f"疑似有{name}（{value}）",
                    f"见 {code}：{HINTS[code]}",
                )
