"""The appendix of rules: what the book's cases cite, article by article, and which cases cite it; no layout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from build_tools.export.book.blocks import (
    QUIET,
    UNVERIFIED,
    Facts,
    Notice,
    Prose,
    Run,
    Runs,
    clean,
    joined,
    run,
)
from build_tools.export.book.source import Source, adverse_mark
from build_tools.model import Case, Rule
from build_tools.site.templating import spoken_date

_UNVERIFIED = Run("未核实", UNVERIFIED)


@dataclass(frozen=True, slots=True)
class CitedRule:
    """A rule with what the cases cite of it."""

    id: str
    title: str
    verified: bool
    blocks: tuple[Notice | Prose | Facts, ...]


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules of one category, in the schema's order."""

    title: str
    rules: tuple[CitedRule, ...]


def rules_cited(source: Source) -> tuple[RuleGroup, ...]:
    """Every rule that a case of the book cites, by category; within one in the library's order."""
    groups: list[RuleGroup] = []
    for category in source.schemas.rule.choices(("category",)):
        rules = [r for r in source.library.rules if r.data.get("category") == category.value]
        cited = tuple(_rule(r, found, source) for r in rules if (found := _cases(r, source)))
        if cited:
            groups.append(RuleGroup(clean(category.label), cited))
    return tuple(groups)


def _cases(rule: Rule, source: Source) -> Mapping[str, tuple[Case, ...]]:
    """Article id, or an empty text for the whole rule → the book's cases that cite it, each once, by id."""
    found: dict[str, dict[str, Case]] = defaultdict(dict)
    for citation in source.relations.citations.get(rule.id, ()):
        if citation.case.id in source.keys:
            known = citation.article if rule.article(citation.article) else ""
            found[known][citation.case.id] = citation.case
    return {article: tuple(cases[key] for key in sorted(cases)) for article, cases in found.items()}


def _rule(rule: Rule, cases: Mapping[str, tuple[Case, ...]], source: Source) -> CitedRule:
    blocks: list[Notice | Prose | Facts] = list(_warnings(rule))
    if rule.get("summary"):
        blocks.append(Prose((run(rule.data["summary"]),)))
    blocks.append(Facts(_facts(rule, source)))
    articles = [a for a in rule.get("articles") or () if a.get("id") in cases]
    rows = [(clean(a["label"]), _article(a, rule, cases[a["id"]], source)) for a in articles]
    if "" in cases:
        rows.append(("引用本规则", cited_by(cases[""], source)))
    blocks.append(Facts(tuple(rows)))
    return CitedRule(clean(rule.id), clean(rule.title), rule.verified, tuple(blocks))


def _warnings(rule: Rule) -> Iterable[Notice]:
    if not rule.verified:
        yield Notice((_UNVERIFIED, run("：没有见到这部规则的文本，以下内容只是线索，不得作为依据引用。")))
    if rule.get("force", "to"):
        after = f"，现行依据见 {rule.data['successor']}" if rule.get("successor") else ""
        yield Notice((run(f"已失效：{spoken_date(rule.get('force', 'to'))}起不再适用{after}。"),))


def _facts(rule: Rule, source: Source) -> tuple[tuple[str, Runs], ...]:
    schema = source.schemas.rule
    force: Mapping[str, Any] = rule.get("force") or {}
    since = f"{spoken_date(force['from'])}起施行" if force.get("from") else "施行日期未核实"
    note = f"；{force['note']}" if force.get("note") else ""
    grade = schema.choice(("grade",), str(rule.get("grade") or ""))
    basis = schema.choice(("basis_type",), str(rule.get("basis_type") or ""))
    rows = [(schema.title((key,)), run(rule.data[key])) for key in ("issuer", "document_no") if rule.get(key)]
    rows += [
        (schema.title(("force",)), run(since + note)),
        (schema.title(("basis_type",)), run(f"{basis.label}：{basis.definition}")),
        (schema.title(("grade",)), run(f"{grade.label}：{grade.definition}")),
    ]
    return tuple((label, (said,)) for label, said in rows)


def _article(article: Mapping[str, Any], rule: Rule, cases: tuple[Case, ...], source: Source) -> Runs:
    """The article in paraphrase, marked where nobody has seen its text, and who cites it."""
    sure = rule.verified and article.get("grade") != "unverified"
    mark = () if sure else (_UNVERIFIED, Run("　"))
    return (*mark, run(article["text"]), Run("\n引用：", QUIET), *cited_by(cases, source))


def cited_by(cases: Iterable[Case], source: Source) -> Runs:
    """Cases by id, each with the way to it."""
    marked = (run(adverse_mark(c, source.schemas) + c.id, to=source.keys[c.id]) for c in cases)
    return joined((one,) for one in marked)
