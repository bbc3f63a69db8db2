"""Parts of the assessment about the library as a whole: unlike handling and changed rules, in words; judges nothing."""

from __future__ import annotations

from datetime import date

from build_tools.export.report import Column, Entry, Note, Part, Row, Table
from build_tools.load.coded_fields import state_key
from build_tools.lookback.filing import Words
from build_tools.lookback.law import Watch, law_watch
from build_tools.lookback.uneven import Pair, outliers, uneven_pairs
from build_tools.relate import Coded

MOST, ALIKE = 12, 6  # rows, and likenesses in a row, that are shown; the page of the site has the rest


def consistency_part(words: Words) -> Part:
    """Pairs alike and handled unlike, and cases far from the middle of their kind, as they are now."""
    pairs = uneven_pairs(words.library, words.schemas)
    bare = [pair for pair in pairs if not pair.explained]
    far = outliers(words.library, words.schemas)
    said = (
        f"按现在的条目，要素相近、结果相差较大的 {len(pairs)} 对，"
        f"其中看不出决定性差别的 {len(bare)} 对；同类中明显偏重或偏轻的 {len(far)} 件。"
    )
    columns = (
        Column("mild", "较轻的", 5.5),
        Column("hard", "较重的", 5.5),
        Column("gap", "相差", 1.5),
        Column("alike", "相同", 4.5),
    )
    rows = tuple(_pair(pair, words) for pair in bare[:MOST])
    table = Table("看不出决定性差别的", columns, rows, "没有。")
    hint = Note("列出的是要问“为什么不同”的问题，不是结论；读过两件、写明理由以后不再列。")
    return Part("处理是否一致", (Entry("情况", said), table, hint))


def _pair(pair: Pair, words: Words) -> Row:
    alike = dict.fromkeys(_said(code, words) for code in pair.alike)
    return {
        "mild": f"{pair.mild.id} {pair.mild.title}",
        "hard": f"{pair.hard.id} {pair.hard.title}",
        "gap": f"{pair.gap} 级",
        "alike": "、".join([*alike][:ALIKE]) + ("等" if len(alike) > ALIKE else ""),
    }


def _said(code: Coded, words: Words) -> str:
    """谋取私利（不存在）: a term with the verdict it was given."""
    key = state_key(words.schema, code.field) if code.state else ""
    label = words.library.label(code.term)
    return f"{label}（{words.schema.choice((code.field, 0, key), code.state).label}）" if key else label


def law_part(words: Words, as_of: date) -> Part:
    """Rules that changed or will, with how many cases and pages lean on them."""
    found = law_watch(words.library, words.schemas, as_of)
    cases = {use.case.id for watch in found for use in watch.cases}
    said = f"有变化的规则 {len(found)} 部，依着它们、变化以后还没有看过的案例 {len(cases)} 件。"
    columns = (
        Column("rule", "规则", 6.5),
        Column("day", "日期", 2.8),
        Column("next", "接替的规则", 4.2),
        Column("cases", "案例", 1.7),
        Column("guides", "指引", 1.8),
    )
    table = Table("变化的规则", columns, tuple(map(_change, found[:MOST])), "没有。")
    return Part("法规变化", (Entry("情况", said), table))


def _change(watch: Watch) -> Row:
    after = watch.change.successor
    return {
        "rule": f"{watch.change.rule.id} {watch.change.rule.short}",
        "day": str(watch.change.day),
        "next": f"{after.id} {after.short}" if after else "",
        "cases": str(len(watch.cases)),
        "guides": str(len(watch.guides)),
    }
