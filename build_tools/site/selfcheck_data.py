"""Makes what the self-check page reads: questions with their words and rules, and precedents to compare with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from build_tools.load import Choice
from build_tools.load.selfcheck import Answer, Question, SelfCheck
from build_tools.model import Case
from build_tools.relate.coding import Coded, field_of_list, state_key
from build_tools.relate.likeness import MIN_SCORE, Key, code_weights
from build_tools.site.contents import Contents
from build_tools.site.templating import rule_ref

Data = dict[str, Any]


def selfcheck_data(contents: Contents, questions: SelfCheck) -> Data:
    """The questionnaire as the page needs it; `keys` of an answer are places in `precedent_data`'s list of keys."""
    keys = {key: place for place, key in enumerate(_keys(contents, questions))}
    effects = contents.schemas.selfcheck.choices(("verdicts", 0, "when", 0))
    return {
        "disclaimer": questions.disclaimer,
        "unknown": {"text": questions.unknown_text, "why": questions.unknown_why},
        "effects": [_effect(e) for e in effects],
        "verdicts": [
            {"id": v.id, "when": v.when, "title": v.title, "text": v.text, "next": v.next}
            for v in questions.verdicts
        ],
        "steps": [
            {
                "id": step.id,
                "title": step.title,
                "lead": step.lead,
                "questions": [_question(q, contents, keys) for q in step.questions],
            }
            for step in questions.steps
        ],
    }


def precedent_data(contents: Contents, questions: SelfCheck) -> Data:
    """Published cases with those of their codes that answers can stand for.

    `keys`: [words, weight, 1 where it is more than a field of work]; `cases`: [id, title, place of its kind, norm, places of its
    keys]. Weights and norms are those of `relate.likeness`, so a cosine can be worked out in the browser.
    """
    schema = contents.schemas.case
    cases = [c for c in contents.cases if c.status == "published"]
    coded = _codes_by_case(contents, cases)
    weights = code_weights(coded, schema)
    keys = _keys(contents, questions)
    kinds = schema.choices(("kind",))
    order = {kind.value: place for place, kind in enumerate(kinds)}
    return {
        "least": MIN_SCORE,
        "kinds": [_kind(kind) for kind in kinds],
        "keys": [
            [_key_words(contents, key), round(weights.get(key, 0), 4), _is_matter(contents, key)]
            for key in keys
        ],
        "cases": [
            [
                case.id,
                case.title,
                order[case.kind],
                round(math.sqrt(sum(weights[k] ** 2 for k in coded[case.id])), 4),
                [place for place, key in enumerate(keys) if key in coded[case.id]],
            ]
            for case in cases
            if any(key in coded[case.id] for key in keys)
        ],
    }


def _codes_by_case(contents: Contents, cases: Sequence[Case]) -> Mapping[str, Mapping[Key, Coded]]:
    """What `likeness.codes_of` gives for each case, taken from what was read of all cases already."""
    fields = contents.schemas.case.properties
    coded: dict[str, dict[Key, Coded]] = {case.id: {} for case in cases}
    for uses in contents.relations.uses.values():
        for use in uses:
            code = use.coded
            if use.case.id in coded and "x-similar" in fields[code.field]:
                coded[use.case.id][code.field, code.term, code.state] = code
    return coded


def _keys(contents: Contents, questions: SelfCheck) -> list[Key]:
    """Every code that some answer stands for, in the order of the questions."""
    fields = field_of_list(contents.schemas.case)
    terms = contents.library.term_by_id
    codes = dict.fromkeys(code for answer in questions.answers for code in answer.codes)
    return [(fields[terms[c.term].list], c.term, c.state) for c in codes if terms[c.term].list in fields]


def _key_words(contents: Contents, key: Key) -> str:
    field, term, state = key
    label = contents.library.label(term)
    if not state:
        return label
    name = state_key(contents.schemas.case, field)
    return f"{label}（{contents.schemas.case.choice((field, 0, name), state).label}）"


def _is_matter(contents: Contents, key: Key) -> int:
    """0 for codes that only say in which field of work a case lies: sharing these alone makes no precedent."""
    return int("role" in contents.schemas.case.properties[key[0]]["x-similar"])


def _effect(effect: Choice) -> Data:
    return {
        "id": effect.value,
        "label": effect.label,
        "heading": effect.fact("heading"),
        "mark": effect.fact("mark"),
    }


def _kind(kind: Choice) -> Data:
    return {
        "id": kind.value,
        "label": kind.fact("short") or kind.label,
        "shape": kind.fact("shape"),
        "adverse": kind.fact("adverse") != "no",
    }


def _question(question: Question, contents: Contents, keys: Mapping[Key, int]) -> Data:
    return {
        "id": question.id,
        "text": question.text,
        "help": question.help,
        "many": question.many,
        "answers": [_answer(a, contents, keys) for a in question.answers],
    }


def _answer(answer: Answer, contents: Contents, keys: Mapping[Key, int]) -> Data:
    fields, terms = field_of_list(contents.schemas.case), contents.library.term_by_id
    places = [keys.get((fields.get(terms[c.term].list, ""), c.term, c.state)) for c in answer.codes]
    said: Data = {
        "id": answer.id,
        "text": answer.text,
        "effect": answer.effect,
        "why": answer.why,
        "todo": answer.todo,
        "keys": [place for place in places if place is not None],
        "terms": [[c.term, contents.library.label(c.term)] for c in answer.codes],
        "rules": [rule_link(ref, contents) for ref in answer.rules],
        "applies": [rule_link(ref, contents) for ref in answer.applies],
        "limits": [row for rule in answer.limits for row in _limits(rule, contents)],
    }
    return {name: value for name, value in said.items() if value}


def rule_link(reference: str, contents: Contents) -> list[Any]:
    """A rule or article as the browser needs it: [address from the site's root, words, 1 where the text was seen]."""
    found = rule_ref(reference, contents.library)
    return [found.url, f"《{found.short}》{found.article}", int(found.verified)]


def _limits(rule_id: str, contents: Contents) -> list[Data]:
    """The time limits of a rule, each marked as verified or not."""
    rule = contents.library.rule_by_id[rule_id]
    return [
        {
            "scene": limit["scene"],
            "applicant": limit.get("applicant") or "",
            "period": limit["period"],
            "effect": limit.get("effect") or "",
            "verified": int(limit.get("grade") != "unverified"),
            "rule": rule_link(f"{rule_id}#{limit['article']}" if limit.get("article") else rule_id, contents),
        }
        for limit in rule.data.get("limits") or ()
    ]
