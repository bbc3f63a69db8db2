"""RC303–RC306, RC311: every word, case, rule and article that is named exists and may be named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from build_tools.check.context import Context, Subject, text_in
from build_tools.check.mark import record_rule
from build_tools.check.plan import Spot
from build_tools.check.suggest import nearest, nearest_of
from build_tools.check.wording import TERM_LENGTH, phrase, say
from build_tools.load import INTERNAL
from build_tools.model import Diagnostic, Pointer

NAMED_CASE = re.compile(r"RC-\d{4}-\d{4,6}")


@record_rule("case", "rule", "negative_list", "toolkit", "selfcheck", "drill", "lookback")
def terms_exist(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC303: a coded word belongs to the list its place asks for."""
    for spot in subject.spots:
        name = spot.facts.vocabulary
        if not name or (name != "*" and name not in context.library.vocabulary):
            continue  # a missing list is RC607, once, not a finding at each of its words
        term = context.library.term_by_id.get(spot.value)
        if term is None or (name != "*" and term.list != name):
            yield _unknown_term(subject, context, spot)


def _unknown_term(subject: Subject, context: Context, spot: Spot) -> Diagnostic:
    name = spot.facts.vocabulary
    lists = context.library.vocabulary
    term = context.library.term_by_id.get(spot.value)
    guess = nearest(spot.value, context.term_names[name])
    meant = phrase("meant", meant=context.term(guess)) if guess else ""
    elsewhere = phrase("elsewhere", title=lists[term.list].title) if term else ""
    value = spot.value[:TERM_LENGTH]
    if name == "*":
        return subject.at(
            spot.pointer,
            "RC303",
            f"“{value}”不在任何词表里",
            elsewhere + meant or "可用的词见 schema/vocabulary/",
        )
    see = "" if term else phrase("see", path=lists[name].record.path)
    words = say(
        "unknown_term",
        value=value,
        title=lists[name].title,
        list=name,
        elsewhere=elsewhere,
        guess=meant,
        see=see,
    )
    return subject.at(spot.pointer, "RC303", words[0], words[1] or "可用的词见 schema/vocabulary/")


@record_rule("case", "negative_list")
def cases_exist(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC304: a case that is named is in the library."""
    for spot in subject.spots:
        if spot.facts.reference == "case" and spot.well_formed and spot.value not in context.known_cases:
            guess = next((c for c in sorted(context.case_files) if _slip(c, spot.value)), None)
            hint = f"是不是 {guess}（{context.library.case_by_id[guess].title}）？" if guess else "核对编号"
            yield subject.at(spot.pointer, "RC304", f"库里没有案例 {spot.value}", hint)


@record_rule("case", "rule", "negative_list", "toolkit", "selfcheck", "drill")
def hidden_cases_stay_unnamed(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC311: what the public edition shows does not name a case that it does not hold.

    References are left out of the public edition by themselves; a number in prose would stay.
    """
    hidden = context.hidden_cases
    if (subject.kind == "case" and subject.record.id not in context.public_cases) or not hidden:
        return
    if not any(case in hidden for case in NAMED_CASE.findall(subject.prose)):
        return
    for pointer, text in subject.texts:
        for case in NAMED_CASE.findall(text) if _prose(pointer, text, subject) else ():
            if case in hidden:
                yield subject.at(
                    pointer,
                    "RC311",
                    f"{subject.name(pointer)}里提到了 {case}，它是草稿或内部案例",
                    "公开版里没有这个案例；删去编号，或改用 relations 写关系（公开版会自动略去）",
                )


def _prose(pointer: Pointer, text: str, subject: Subject) -> bool:
    """True where public readers see the text as written: neither a reference nor inside an internal field."""
    if not pointer or NAMED_CASE.fullmatch(text):
        return False
    node = subject.schema.node_at(pointer[:1]) or {}
    return node.get("x-disclosure") != INTERNAL


def _slip(right: str, written: str) -> bool:
    """True where one character is wrong, or two have changed places; numbers any less alike are other numbers."""
    wrong = sum(a != b for a, b in zip(right, written, strict=False))
    return len(right) == len(written) and (wrong == 1 or (wrong == 2 and sorted(right) == sorted(written)))


@record_rule("case", "rule", "negative_list", "toolkit", "selfcheck", "lookback")
def rules_exist(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC305 and RC306: a rule that is named, and its article, are in the library."""
    for spot in subject.spots:
        if spot.facts.reference != "rule" or not spot.well_formed:
            continue
        rule_id, _, article = spot.value.partition("#")
        rule = context.library.rule_by_id.get(rule_id)
        if rule_id not in context.known_rules and "rules" not in context.broken:
            guess = nearest_of(rule_id, sorted(context.library.rule_by_id))
            short = context.library.rule_by_id[guess].short if guess else ""
            meant = phrase("meant", meant=f"{guess}（{short}）") if guess else ""
            yield subject.at(spot.pointer, "RC305", *say("no_such_rule", rule=rule_id, guess=meant))
        elif article and rule is not None and article not in context.articles[rule_id]:
            known = "、".join(context.articles[rule_id])
            hint = phrase("articles", articles=known) if known else phrase("no_articles", rule=rule_id)
            words = say("no_such_article", rule=rule_id, title=rule.short, article=article, hint=hint)
            yield subject.at(spot.pointer, "RC306", *words)


@record_rule("rule")
def limit_articles_exist(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC306: the article a time limit rests on is in the same file."""
    own = context.articles.get(subject.record.id, {})
    for pointer, limit in subject.items("limits"):
        article = text_in(limit, "article")
        if article and article not in own:
            hint = f"本文件的条目有：{'、'.join(own)}" if own else "本文件没有条目；先写 articles"
            yield subject.at((*pointer, "article"), "RC306", f"本规则没有条目 {article}", hint)
