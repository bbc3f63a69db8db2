"""Makes what the self-check page reads: questions with their words and rules, and precedents to compare with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from build_tools.load import Choice
from build_tools.load.coded_fields import field_of_list, state_key
from build_tools.load.selfcheck import Answer, Question, SelfCheck
from build_tools.output import Output, ready
from build_tools.relate.likeness import MIN_SCORE, Key, code_weights, codes_of
from build_tools.search.digits import encode_number, gaps
from build_tools.site.contents import Contents
from build_tools.site.parts import Group, Numbering, data_file, json_text
from build_tools.site.templating import rule_ref

Data = dict[str, Any]
HEADS = 50  # serial numbers to a file of titles
CODED = 40  # files of titles to a file of norms
NORM = 16  # a norm is given in sixteenths
STEP = 1.1  # weights and norms come from the whole library; in steps of a tenth they stay when one case is edited


def selfcheck_files(contents: Contents, questions: SelfCheck) -> Iterator[Output]:
    """Every file the self-check reads.

    The precedents to compare with are cut by code: an answer needs the list of cases with its codes, and titles
    only of those that are shown.
    """
    group = Group("precedents", Numbering(HEADS, [c.id for c in contents.cases]))
    asked, compared = selfcheck_data(contents, questions), precedent_data(contents, questions, group)
    yield data_file("selfcheck", asked)
    yield data_file("precedents", compared)
    yield from (ready(path, text.encode()) for path, text in group.files.items())


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


def precedent_data(contents: Contents, questions: SelfCheck, group: Group) -> Data:
    """What the page must know to find the closest of the published cases; the lists go into `group`.

    `keys`: [words, weight, 1 where it is more than a field of work, mark of the list of cases with it]; `norms`: marks of
    the lists of number, norm and place of the kind; `heads`: id and title. Weights are those of `relate.likeness` in
    steps, so a cosine can be worked out in the browser.
    """
    schema = contents.schemas.case
    coded = {c.id: codes_of(c, schema) for c in contents.cases if c.status == "published"}
    weights = {key: on_grid(weight) for key, weight in code_weights(coded, schema).items()}
    keys = _keys(contents, questions)
    compared = {case_id: codes for case_id, codes in coded.items() if not codes.keys().isdisjoint(keys)}
    number, by_id = group.numbering.number, contents.library.case_by_id
    held: dict[Key, list[int]] = {}
    for case_id, codes in compared.items():
        for key in codes.keys() & set(keys):
            held.setdefault(key, []).append(number[case_id])
    kinds = schema.choices(("kind",))
    order = {kind.value: place for place, kind in enumerate(kinds)}
    rows = [
        (number[c], round(NORM * math.hypot(*(weights[key] for key in codes))), order[by_id[c].kind])
        for c, codes in compared.items()
    ]
    return {
        "least": MIN_SCORE,
        "norm": NORM,
        "kinds": [_kind(kind) for kind in kinds],
        "keys": [
            [
                _key_words(contents, key),
                weights.get(key, 0),
                _is_matter(contents, key),
                _list(place, held.get(key, ()), group),
            ]
            for place, key in enumerate(keys)
        ],
        "together": CODED * group.numbering.room,
        "norms": _norms(rows, group),
        "heads": group.parts({c: json_text([c, by_id[c].title]) for c in compared}, "heads-"),
    }


def on_grid(weight: float) -> float:
    """A weight in steps, so that it stays while the library changes a little."""
    return round(STEP ** round(math.log(weight, STEP)), 4)


def _list(place: int, numbers: Sequence[int], group: Group) -> str:
    return group.single(f"code-{place}", gaps(sorted(numbers))) if numbers else ""


def _norms(rows: Sequence[tuple[int, int, int]], group: Group) -> list[str]:
    """Marks of the files that hold, for some cases each, the gap from the one before, the norm and the kind."""
    together = CODED * group.numbering.room
    held: dict[int, list[str]] = {}
    before: dict[int, int] = {}
    for number, norm, kind in sorted(rows):
        place = number // together
        gap = number - before.get(place, place * together)
        before[place] = number
        held.setdefault(place, []).append("".join(map(encode_number, (gap, norm, kind))))
    count = 1 + max(held, default=-1)
    return [group.single(f"norms-{n}", "".join(held[n])) if n in held else "" for n in range(count)]


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
