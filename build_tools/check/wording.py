"""The words of the findings that the browser's form gives as well: one text for both; judges nothing."""

from __future__ import annotations

from collections.abc import Mapping

# What is wrong and what to do. The page's data holds this very table, so both sides say the same.
TEXTS: Mapping[str, tuple[str, str]] = {
    "empty_item": ("{name}是空的", "填写，或删去这一行"),
    "empty_required": ("键 {name}后面没有内容", "填写；这个键必须有"),
    "empty": ("键 {name}后面没有内容", "填写；没有可写的就删去这个键，页面会显示“来源未载”"),
    "missing": ("{where}缺少键 {key}（{title}）", "补上这个键：{about}"),
    "inside": ("{name}里", ""),
    "few_items": ("{name}有 {count} 项，至少要 {limit} 项", "补上；没有可写的就删去这个键"),
    "many_items": ("{name}有 {count} 项，最多 {limit} 项", "删去 {extra} 项"),
    "same_items": ("{name}第 {number} 项与第 {first} 项相同：{value}", "删去重复的一项"),
    "not_in_list": ("{name}的值“{value}”不在允许的范围里", "{guess}只能写：{allowed}"),
    "too_long": ("{name}有 {count} 个字，最多 {limit} 个字", "删去 {extra} 个字"),
    "too_short": ("{name}只有 {count} 个字，至少要 {limit} 个字", "写完整"),
    "pattern": ("{name}的写法不对：“{value}”", "{hint}"),
    "unknown_term": ("“{value}”不在词表“{title}”（{list}）里", "{elsewhere}{guess}{see}"),
    "elsewhere": ("它是词表“{title}”里的词，不能写在这里；", ""),
    "see": ("可用的词见 {path}", ""),
    "meant": ("是不是 {meant}？", ""),
    "term_twice": ("{name}里 {term} 写了两次（第 {first} 项和第 {number} 项）", "合并成一项"),
    "no_such_date": ("{name}写的 {value} 在日历上不存在", "核对年、月、日"),
    "future_date": ("{name}写的 {value} 还没有到（今天是 {today}）", "核对年份"),
    "no_such_rule": ("库里没有规则 {rule}", "{guess}规则都在 rules/ 里，一个文件一部"),
    "no_such_article": ("规则 {rule}（{title}）没有条目 {article}", "{hint}"),
    "articles": ("它的条目有：{articles}", ""),
    "no_articles": ("它没有条目，只写 {rule}", ""),
    "bad_url": (
        "{name}不能用：{problem}",
        "从浏览器地址栏复制完整网址，以 http:// 或 https:// 开头；没有网址就删去这个键",
    ),
}
SHAPE_HINT_LENGTH, TERM_LENGTH = 30, 30  # characters of a value that a message shows


def say(key: str, /, **facts: object) -> tuple[str, str]:
    """Message and hint for what is wrong."""
    message, hint = TEXTS[key]
    return message.format_map(facts), hint.format_map(facts)


def phrase(key: str, /, **facts: object) -> str:
    """A part of a message or hint."""
    return say(key, **facts)[0]


def shortened(value: str) -> str:
    """A value as a message shows it."""
    return value if len(value) <= SHAPE_HINT_LENGTH else value[:SHAPE_HINT_LENGTH] + "…"
