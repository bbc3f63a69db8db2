"""RC7xx: rule files hang together, and unverified rules are not cited as fact."""

from __future__ import annotations

from collections.abc import Iterator

from build_tools.check.context import Context, Subject, text_in
from build_tools.check.mark import library_rule, record_rule
from build_tools.model import Diagnostic

LETTER = {"national": "N", "local": "L"}


@record_rule("rule")
def articles_differ(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC702: an article's id is used once in its rule."""
    first: dict[str, int] = {}
    for pointer, item in subject.items("articles"):
        own, number = text_in(item, "id"), int(pointer[-1]) + 1
        if own and own in first:
            yield subject.at(
                (*pointer, "id"),
                "RC702",
                f"条目 id {own} 重复（第 {first[own]} 项和第 {number} 项）",
                "合并两条，或改其中一个 id",
            )
        first.setdefault(own, number)


@library_rule
def limits_differ(context: Context) -> Iterator[Diagnostic]:
    """RC703: a time limit's id is used once in all rules."""
    first: dict[str, str] = {}
    for rule in context.library.rules:
        limits = rule.data.get("limits")
        for i in range(len(limits) if isinstance(limits, tuple) else 0):
            own = rule.get("limits", i, "id")
            if not isinstance(own, str) or not own.strip():
                continue
            if own in first:
                yield Diagnostic(
                    rule.path,
                    rule.mark(("limits", i, "id")),
                    "RC703",
                    f"期限编号 {own} 重复，第一次在 {first[own]}",
                    "换一个没有用过的编号",
                )
            first.setdefault(own, rule.path)


@record_rule("rule")
def scope_agrees(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC704 and RC707: the id's letter and the province agree with the scope."""
    scope, region = subject.text("scope"), subject.text("region")
    if scope == "local" and "region" not in subject.record.data:
        yield subject.at(
            ("scope",),
            "RC707",
            "地方规则没有写省份",
            "加上 region，写省份全称；涉及几个省的，最好一省一个文件",
        )
    if scope == "national" and region:
        yield subject.at_key(
            ("region",), "RC704", "国家层面的规则不应写省份", "删去 region，或把 scope 改成 local"
        )
    letter = subject.text("id")[:1]
    if scope in LETTER and letter in LETTER.values() and letter != LETTER[scope]:
        label = subject.schema.choice(("scope",), scope).label
        yield subject.at(
            ("scope",),
            "RC704",
            f"编号以 {letter} 开头，层级却是“{label}”",
            "N 是国家层面，L 是地方层面；改其中一个",
        )


@record_rule("rule")
def graded_rule_has_articles(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC705: a rule whose text was seen says something article by article."""
    grade = subject.text("grade")
    if grade in ("A", "B", "C") and "articles" not in subject.record.data:
        label = subject.schema.choice(("grade",), grade).label
        yield subject.at(
            ("grade",),
            "RC705",
            f"证据等级是“{label}”，却没有一个条目",
            "转述读到的条文；没有读到就把等级改成 unverified",
        )


@record_rule("case", "negative_list", "toolkit", "lookback")
def verified_only(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC706: a case, a list or a form does not rest on what nobody has verified."""
    for spot in subject.spots:
        if spot.facts.reference != "rule":
            continue
        rule_id, _, article = spot.value.partition("#")
        grade = (
            context.articles.get(rule_id, {}).get(article) if article else context.rule_grades.get(rule_id)
        )
        if grade == "unverified":
            yield subject.at(
                spot.pointer,
                "RC706",
                f"{spot.value} 的内容未核实，不能作为事实依据展示",
                "改引已核实的条目，或在说明里写“未核实”",
            )
