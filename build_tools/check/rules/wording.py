"""RC801–RC803 (and RC412 in guidance): texts praise and promise nothing, and rest on what is coded and cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from build_tools.check.context import Context, Subject
from build_tools.check.mark import library_rule, record_rule
from build_tools.check.rules.guides import place_in
from build_tools.check.rules.status import promises
from build_tools.load import Schema
from build_tools.load.shortcode import SHORTCODE, bare_text
from build_tools.model import Diagnostic

PLAIN_WORDS = "写做了什么、结果怎样，不评价、不渲染；引用原话就加上引号"
QUOTED = re.compile(r"“[^”]*”|《[^》]*》")
GUIDANCE = "guide/"  # the pages that answer users' questions
CITED = re.compile(r"RC-\d{4}-\d|[A-Z]-\d")  # a case, or a rule of any level


@record_rule("case")
def nothing_praised(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC801 in every text of a case but the titles of its sources, which are their publishers' words."""
    pattern = _rhetoric(context.schemas.case)
    if not pattern.search(subject.prose):
        return
    for pointer, text in subject.texts:
        for word in () if pointer[:1] == ("sources",) else pattern.findall(QUOTED.sub("", text)):
            yield subject.at(pointer, "RC801", f"{subject.name(pointer)}里有“{word}”", PLAIN_WORDS)


@library_rule
def guides_praise_and_promise_nothing(context: Context) -> Iterator[Diagnostic]:
    """RC801 and RC412 in guidance pages; code and quotations are passed over."""
    pattern = _rhetoric(context.schemas.case)
    for guide in context.library.guides:
        text = QUOTED.sub(lambda m: "“" * len(m[0]), bare_text(guide.text))
        path = f"docs/{guide.path}"
        for found in pattern.finditer(text):
            place = place_in(text, found.start())
            yield Diagnostic(path, place, "RC801", f"有“{found[0]}”", PLAIN_WORDS)
        for start, message, hint in promises(text):
            yield Diagnostic(path, place_in(text, start), "RC412", message, hint)


@record_rule("case")
def published_case_is_coded(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC802: a case that may be cited says by coded error factors what went wrong or was alleged."""
    if subject.text("status") not in ("", "draft") and not subject.record.get("error_factors"):
        yield subject.at(
            ("error",),
            "RC802",
            "案例已发布，却没有编码错误要素（error_factors）",
            "写出错在哪里或被指错在哪里，词见 schema/vocabulary/error_factors.yaml；编不出来就先改回 draft",
        )


@library_rule
def guides_rest_on_something(context: Context) -> Iterator[Diagnostic]:
    """RC803: a guidance page cites at least one rule or case."""
    for guide in context.library.guides:
        cited = (CITED.match(found[1]) for found in SHORTCODE.finditer(bare_text(guide.text)))
        if guide.path.startswith(GUIDANCE) and not any(cited):
            yield Diagnostic(
                f"docs/{guide.path}",
                place_in(guide.text, 0),
                "RC803",
                "这一页没有引用任何规则或案例",
                "用 [[N-03#17]]、[[RC-2026-0001]] 引用至少一条；没有依据的话不写进指引",
            )


@lru_cache(maxsize=8)
def _rhetoric(schema: Schema) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, schema.document["x-rhetoric"])))
