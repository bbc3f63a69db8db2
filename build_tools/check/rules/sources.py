"""RC404, RC405, RC413: a case rests on sources that can be reached, and says where they fall short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from build_tools.check.context import Context, Subject
from build_tools.check.mark import record_rule
from build_tools.check.wording import say
from build_tools.model import Diagnostic

HOST = re.compile(r"^(?=.{4,253}$)(?:[\w-]{1,63}\.)+[\w-]{2,63}$")


@record_rule("case")
def published_has_source(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC404: no published case without a source."""
    sources = subject.record.get("sources")
    if subject.text("status") == "published" and sources in ((), None):
        if "sources" in subject.record.data and sources is None:
            return  # an empty key is RC209
        mark = ("sources",) if "sources" in subject.record.data else ("status",)
        yield subject.at_key(
            mark,
            "RC404",
            "已发布的案例没有来源",
            "在 sources 里至少写一个来源；没有来源就把 status 改回 draft（草稿）",
        )


@record_rule("case", "rule")
def urls_work(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC405: an address is one that a browser can open safely."""
    for spot in subject.spots:
        if spot.facts.url and (problem := _url_problem(spot.value)):
            words = say("bad_url", name=subject.name(spot.pointer), problem=problem)
            yield subject.at(spot.pointer, "RC405", *words)


@lru_cache(maxsize=4096)
def _url_problem(value: str) -> str:
    """What is wrong with a web address; empty where nothing is."""
    if re.search(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff<>\"\\^`{|}]", value):
        return "里面有空格或不许出现的符号"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "主机名或端口写错了"
    if parts.scheme not in ("http", "https"):
        return f"以“{parts.scheme}:”开头" if parts.scheme else "没有以 http:// 或 https:// 开头"
    if "@" in parts.netloc:
        return "里面有用户名或口令"
    return "" if HOST.match(host) else "主机名不完整"


@record_rule("case")
def low_confidence_says_why(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC413: a published case of low confidence warns its reader."""
    if subject.text("status") != "published" or subject.text("confidence", "grade") != "low":
        return
    if not subject.text("confidence", "caveat").strip():
        label = subject.schema.choice(("confidence", "grade"), "low").label
        yield subject.at(
            ("confidence",),
            "RC413",
            f"可信度为“{label}”，却没有写提醒",
            "在 confidence 里加 caveat：哪里看不到、哪里有矛盾、结论的限度",
        )
