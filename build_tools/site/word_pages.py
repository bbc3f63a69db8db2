"""Makes the pages of vocabulary terms and of rules; knows nothing of how cases are shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from build_tools.load import Schema
from build_tools.load.coded_fields import state_key
from build_tools.memory import short_digest
from build_tools.memory.objects import PerObject, per_object
from build_tools.memory.weak import once_per_record
from build_tools.model import Case, Rule, Term, Vocabulary
from build_tools.relate import Citation, Count, TermUse
from build_tools.relate.coding import coded_items
from build_tools.site.cards import card, card_digest
from build_tools.site.case_pages import PAGE_SIZE, listed, page_paths
from build_tools.site.contents import Contents, newest_first
from build_tools.site.frame import Page

TERM_FRAME = "terms/term-frame.html"
RULE_FRAME = "rules/rule-frame.html"
NEWEST = 30  # citing cases that a rule's page names under each article
OUTCOME, OUTCOMES = "outcome", "outcomes"  # the field and the list of its terms
WHOLE_RULE = "引到规则，没有引到条"


@dataclass(frozen=True, slots=True)
class Use:
    """A case in a term's list, with what is said of the term on it."""

    case: Case
    label: str
    state: str  # the verdict or state in words; empty where the term carries none
    note: str  # why it is coded so


def term_pages(contents: Contents) -> Iterator[Page]:
    """The index of all vocabularies and one page a term (more where it has many cases)."""
    yield from contents.group_of("terms", listed(contents.schemas.case), _term_pages)


def _term_pages(contents: Contents) -> Iterator[Page]:
    vocabularies = contents.library.vocabularies
    below = {t.id: v.and_below(t) for v in vocabularies for t in v.terms}
    counts = {term_id: _count(contents, terms) for term_id, terms in below.items()}
    yield contents.page(
        "terms_index.html.j2",
        "terms/index.html",
        "词条",
        total=len(counts),
        vocabularies=vocabularies,
        counts=counts,
    )
    articles, used = _articles_by_term(contents), contents.uses
    known: PerObject[tuple[TermUse, ...], bytes] = per_object(contents.memory, "uses shown", "")
    digest = partial(_shown_of_uses, schema=contents.schemas.case)
    for vocabulary in vocabularies:
        for term in vocabulary.terms:
            shown = tuple(known.get(used.get(name, ()), digest) for name in below[term.id])
            make = partial(_term_page, contents, vocabulary, term, articles.get(term.id, []))
            yield from contents.pages_of(("term", term.id, *shown), make)


def _shown_of_uses(uses: tuple[TermUse, ...], schema: Schema) -> bytes:
    """A digest of all that the pages of a term tell of its uses."""
    return short_digest(*((_shown(u.case, schema), u.coded.term, u.coded.state, u.coded.note) for u in uses))


@once_per_record
def _shown(case: Case, schema: Schema) -> bytes:
    """A digest of all that the pages of a term tell of a case."""
    return short_digest(card_digest(case), _results(case, schema))


@once_per_record
def _results(case: Case, schema: Schema) -> tuple[str, ...]:
    """The terms of a case's outcome."""
    return tuple(c.term for c in coded_items(case, schema) if c.field == OUTCOME)


def _count(contents: Contents, terms: Sequence[str]) -> int:
    """How many cases the terms are coded on."""
    uses = contents.uses
    return len({use.case.id for name in terms for use in uses.get(name, ()) if not use.case.tombstone})


def _uses(contents: Contents, vocabulary: Vocabulary, term: Term) -> list[TermUse]:
    """Uses of a term and of every narrower term, a case once, newest case first."""
    terms = vocabulary.and_below(term)
    by_case: dict[str, TermUse] = {}
    for term_id in terms:
        for use in contents.uses.get(term_id, ()):
            if not use.case.tombstone:
                by_case.setdefault(use.case.id, use)
    if len(terms) == 1:
        return list(by_case.values())  # the uses of one term are in the order of the cases already
    return [by_case[c.id] for c in newest_first([u.case for u in by_case.values()])]


def _term_page(
    contents: Contents,
    vocabulary: Vocabulary,
    term: Term,
    articles: list[tuple[Rule, Mapping[str, Any]]],
) -> Iterator[Page]:
    uses = _by_state(contents, _uses(contents, vocabulary, term))
    word = cache(partial(_state_word, contents))
    paths = page_paths(f"terms/{term.id}", len(uses))
    told: dict[str, object] = {
        "total": len(uses),
        "included": any(u.coded.term != term.id for u in uses),
        "pages": [p.rsplit("/", 1)[-1] for p in paths],
        "states": Counter(word(use.coded.field, use.coded.state) for use in uses),
        "by_kind": _by_kind(contents, uses),
        "outcomes": _by_outcome(contents, uses),
    }
    from_words: dict[str, object] = {
        "t": term,
        "vocabulary": vocabulary,
        "ancestors": tuple(reversed(vocabulary.ancestors(term.id))),
        "narrower": vocabulary.narrower(term.id),
        "articles": articles,
    }
    for number, path in enumerate(paths, 1):
        start = (number - 1) * PAGE_SIZE
        shown = uses[start : start + PAGE_SIZE]
        facts = {**from_words, **told, "start": start + 1, "number": number}
        yield contents.page_of(
            "term.html.j2",
            path,
            f"{term.label}（{vocabulary.title}）",
            (_shown_of_uses(tuple(shown), contents.schemas.case), number, *told.values()),
            partial(_with_uses, contents, term, shown, facts),
            frame=TERM_FRAME,
            summary=term.definition,
        )


def _with_uses(
    contents: Contents, term: Term, shown: Sequence[TermUse], facts: Mapping[str, object]
) -> Mapping[str, object]:
    return {**facts, "uses": [_use(contents, use, term) for use in shown]}


def _state_order(contents: Contents, field: str, state: str) -> int:
    """Where a verdict or state stands in the schema's list; uses without one come first."""
    if not state:
        return -1
    key = state_key(contents.schemas.case, field)
    values = [c.value for c in contents.schemas.case.choices((field, 0, key))] if key else []
    return values.index(state) if state in values else -1


def _by_state(contents: Contents, uses: list[TermUse]) -> list[TermUse]:
    """Cases that passed a test together, then those that failed it, each newest first."""
    order = cache(partial(_state_order, contents))
    return sorted(uses, key=lambda use: order(use.coded.field, use.coded.state))


def _use(contents: Contents, use: TermUse, term: Term) -> Use:
    """The use with its state in words, its reason, and the narrower term when it is not this one."""
    label = "" if use.coded.term == term.id else contents.library.label(use.coded.term)
    return Use(card(use.case), label, _state_word(contents, use.coded.field, use.coded.state), use.coded.note)


def _state_word(contents: Contents, field: str, state: str) -> str:
    """A verdict or state in words; empty where there is none."""
    schema = contents.schemas.case
    return schema.choice((field, 0, state_key(schema, field)), state).label if state else ""


def _by_kind(contents: Contents, uses: list[TermUse]) -> tuple[Count, ...]:
    numbers = Counter(u.case.kind for u in uses)
    return tuple(
        Count(k.value, k.label, numbers[k.value], {}) for k in contents.schemas.case.choices(("kind",))
    )


def _by_outcome(contents: Contents, uses: list[TermUse]) -> tuple[Count, ...]:
    outcomes = contents.library.vocabulary[OUTCOMES].by_id
    coded = (t for u in uses for t in _results(u.case, contents.schemas.case))
    numbers = Counter(t for t in coded if t in outcomes)
    return tuple(Count(t, outcomes[t].label, n, {}) for t, n in numbers.most_common(8))


def _articles_by_term(contents: Contents) -> dict[str, list[tuple[Rule, Mapping[str, Any]]]]:
    """Articles that speak of a term; what is 未核实 is left out."""
    found: dict[str, list[tuple[Rule, Mapping[str, Any]]]] = defaultdict(list)
    for rule in contents.library.rules:
        for article in _stated(rule):
            for term_id in article.get("terms") or ():
                found[term_id].append((rule, article))
    return found


def _stated(rule: Rule) -> list[Mapping[str, Any]]:
    """The articles that may be shown as fact."""
    articles = rule.data.get("articles") or ()
    return [a for a in articles if rule.verified and a.get("grade") != "unverified"]


def rule_pages(contents: Contents) -> Iterator[Page]:
    """The index of rules, the table of time limits and one page a rule."""
    yield from contents.group_of("rules", listed(contents.schemas.case), _rule_pages)


def _rule_pages(contents: Contents) -> Iterator[Page]:
    rules = contents.library.rules
    rows = [(rule, limit) for rule in rules for limit in rule.data.get("limits") or ()]
    rows.sort(key=lambda row: str(row[1].get("id")))
    yield contents.page(
        "rules_index.html.j2",
        "rules/index.html",
        "规则",
        total=len(rules),
        groups=_rule_groups(contents),
        basis_types=contents.schemas.rule.choices(("basis_type",)),
    )
    yield contents.page("limits.html.j2", "rules/limits.html", "期限总表", limit_rows=rows)
    known: PerObject[tuple[Citation, ...], tuple[Citation, ...]] = per_object(
        contents.memory, "citations shown", ""
    )
    for rule in rules:
        cited = known.get(contents.citations.get(rule.id, ()), _shown_of_citations)
        yield from contents.pages_of(("rule", rule, cited), partial(_rule_page, contents, rule, cited))


def _shown_of_citations(citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
    return tuple(replace(cited, case=card(cited.case)) for cited in citations)


def _rule_page(contents: Contents, rule: Rule, citations: Sequence[Citation]) -> Iterator[Page]:
    """The rule, with the newest cases under each article; all of them on pages of their own where these are more."""
    stated = _stated(rule)
    by_article: dict[str, dict[str, Citation]] = defaultdict(dict)
    for cited in citations:
        by_article[cited.article].setdefault(cited.case.id, cited)
    held = {article: list(found.values()) for article, found in by_article.items()}
    labels = {**{a["id"]: a["label"] for a in stated}, "": WHOLE_RULE}
    more = any(len(held.get(article, ())) > NEWEST for article in labels)
    entries = [c for article in labels for c in held.get(article, ())] if more else []
    paths = [f"rules/{rule.id}.html", *page_paths(f"rules/{rule.id}", PAGE_SIZE + len(entries))[1:]]
    names = [path.rsplit("/", 1)[-1] for path in paths]
    places = {c.article: place for place, c in reversed(list(enumerate(entries)))}
    yield contents.page(
        "rule.html.j2",
        paths[0],
        rule.title,
        frame=RULE_FRAME,
        summary=str(rule.data.get("summary") or rule.title),
        rule=rule,
        articles=stated,
        by_article=held,
        newest=NEWEST,
        more={article: names[1 + place // PAGE_SIZE] for article, place in places.items()},
        unverified=[a for a in rule.data.get("articles") or () if a not in stated],
        limit_rows=[(rule, limit) for limit in rule.data.get("limits") or ()],
    )
    for number, path in enumerate(paths[1:], 2):
        yield contents.page(
            "rule_cases.html.j2",
            path,
            f"引用《{rule.short}》的案例（第 {number} 页）",
            frame=RULE_FRAME,
            rule=rule,
            cited=entries[(number - 2) * PAGE_SIZE : (number - 1) * PAGE_SIZE],
            total=len(entries),
            labels=labels,
            pages=names,
            number=number,
        )


def _rule_groups(contents: Contents) -> list[dict[str, Any]]:
    """Rules by category, in the schema's order, each with the number of citing cases."""
    cited = {rule: len({c.case.id for c in citations}) for rule, citations in contents.citations.items()}
    groups = []
    for category in contents.schemas.rule.choices(("category",)):
        items = [
            {"rule": r, "cited": cited.get(r.id, 0)}
            for r in contents.library.rules
            if r.data.get("category") == category.value
        ]
        if items:
            groups.append({"id": category.value, "title": category.label, "items": items})
    return groups
