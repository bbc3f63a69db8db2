"""Puts comparisons into words for tables and terminals, by the labels of the schemas; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from build_tools.export.comparison import Comparison, Shared
from build_tools.export.definition import Definition
from build_tools.export.matter import FACTORS, FIELDS, Matter
from build_tools.export.precedents import Precedent, outcome_terms
from build_tools.export.recognise import Sign
from build_tools.load import Schemas
from build_tools.load.coded_fields import state_key
from build_tools.model import Case, Library


@dataclass(frozen=True)
class Wording:
    """Everything labels are taken from."""

    library: Library
    schemas: Schemas
    definition: Definition

    def text(self, *keys: str, **facts: object) -> str:
        return self.definition.text(*keys, **facts)

    def choice(self, field: str, value: str) -> str:
        """The label of a value of a closed list at the top of a case (kind, status)."""
        return self.schemas.case.choice((field,), value).label

    def state(self, field: str, state: str) -> str:
        """The label of a verdict or state coded in a field; empty for none."""
        key = state_key(self.schemas.case, field)
        return self.schemas.case.choice((field, 0, key), state).label if key and state else ""

    def term(self, field: str, term: str, state: str = "") -> str:
        label, said = self.library.label(term), self.state(field, state)
        return self.text("texts", "state", term=label, state=said) if said else label

    def rule(self, ref: str) -> str:
        """《short name》第几条（N-03#17）; a rule the library lacks keeps its id."""
        rule_id, _, article_id = ref.partition("#")
        rule = self.library.rule_by_id.get(rule_id)
        article = rule.article(article_id) if rule and article_id else None
        label = str(article.get("label") or "") if article else ""
        return self.text("texts", "rule", rule=rule.short if rule else rule_id, article=label, ref=ref)

    def line(self, field: str, words: Iterable[str], between: str = "、") -> str:
        """领域：甲、乙; empty without words."""
        joined = between.join(words)
        return self.text("texts", "element", field=field, terms=joined) if joined else ""


def title_of(field: str, words: Wording) -> str:
    return words.schemas.case.title((field,))


def sign_text(field: str, sign: Sign, words: Wording) -> str:
    """未批先行（案情写“先干后批”）; of a case the term with its state."""
    if sign.how == "coded":
        return words.term(field, sign.term, sign.state)
    how = words.text("evidence", sign.how, words=sign.words)
    return words.text("texts", "state", term=words.library.label(sign.term), state=how)


def element_line(matter: Matter, fields: Iterable[str], words: Wording, *, titled: bool) -> str:
    """What the matter shows in some fields with the evidence; titled by field where wanted."""
    out = []
    for field in fields:
        found = "；".join(sign_text(field, s, words) for s in matter.signs.get(field, ()) if not s.denied)
        if found:
            out.append(
                words.text("texts", "element", field=title_of(field, words), terms=found) if titled else found
            )
    return "\n".join(out)


def other_fields(matter: Matter) -> tuple[str, ...]:
    """Compared fields other than the field and the error factors."""
    return tuple(field for field in matter.signs if field not in (FIELDS, FACTORS))


def shared_lines(precedent: Precedent, words: Wording) -> list[str]:
    """What is alike: elements by field, points at issue, rules, words.

    An adverse case says first whether it is a 类案, and any case why it is none.
    """
    c = precedent.comparison
    points = points_line(c.points, words)
    kind = [words.text("groups", "on_point", "label")] if precedent.group == "adverse" else []
    lines = kind if c.on_point else [c.reason]
    for field, items in c.shared.items():
        lines.append(words.line(title_of(field, words), (_shared(field, item, words) for item in items)))
        if field == FACTORS:
            lines.append(points if c.factors else "")
    lines.append(words.line(words.text("labels", "rules"), map(words.rule, c.rules)))
    lines.append(words.line(words.text("labels", "words"), (f"“{word}”" for word in precedent.words)))
    return [line for line in lines if line] or [words.text("labels", "nothing")]


def points_line(points: Iterable[str], words: Wording) -> str:
    """争点：甲；乙, in the order of the definition."""
    held = frozenset(points)
    labels = (point.label for point in words.definition.points if point.id in held)
    return words.line(words.text("labels", "points"), labels, "；")


def _shared(field: str, item: Shared, words: Wording) -> str:
    there = words.term(field, item.there, item.state)
    if item.here == item.there:
        return there
    return words.text("labels", "broader", there=there, here=words.library.label(item.here))


def different_lines(comparison: Comparison, words: Wording, *, from_case: bool) -> list[str]:
    """What differs: elements only in the matter (`from_case`: coded, not read from prose), then only in the case."""
    here = "only_here_coded" if from_case else "only_here"
    sides = ((here, comparison.only_here), ("only_there", comparison.only_there))
    lines = [words.line(words.text("labels", key), _named(side, words)) for key, side in sides]
    return [line for line in lines if line] or [words.text("labels", "nothing")]


def _named(side: Mapping[str, tuple[tuple[str, str], ...]], words: Wording) -> list[str]:
    return [words.term(field, term, state) for field, items in side.items() for term, state in items]


def outcome_labels(case: Case, words: Wording) -> str:
    """The coded outcomes of a case, by their labels."""
    return "、".join(map(words.library.label, outcome_terms(case)))


def decided_by(case: Case, words: Wording) -> str:
    """The body that decided: its name where the source gives one, else its kind; empty where unknown."""
    name = case.get("outcome", "decided_by", "name")
    body = str(case.get("outcome", "decided_by", "body") or "")
    return str(name or (words.library.label(body) if body else ""))


def force_text(case: Case, words: Wording) -> str:
    """现行, or that the case has lost its force and why."""
    if case.status == "published":
        return words.text("force", "published")
    return words.text("force", "lost", status=words.choice("status", case.status))


def place_of(case: Case) -> str:
    return "".join(str(value) for value in (case.get("region") or {}).values() if value)
