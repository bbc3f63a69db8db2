"""Makes the files that the drill page reads: facts without the outcome and, in other files, the answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from build_tools.load.drill import DrillSettings
from build_tools.memory import Stage
from build_tools.model import Case, Term
from build_tools.relate.coding import state_key
from build_tools.relate.drill import FACTS, Exercise, exercises, hidden_words
from build_tools.search.digits import gaps
from build_tools.site.contents import Contents
from build_tools.site.parts import Group, Numbering, data_script, json_text
from build_tools.site.selfcheck_data import rule_link
from build_tools.site.templating import follow

Data = dict[str, Any]
PART = 25  # serial numbers to a file of facts or answers
EVERY = "all"  # the set of all exercises
JUDGED = ("boundaries", "distinctions", "conditions", "exclusions")


@dataclass(frozen=True, slots=True)
class Told:
    """An exercise as the page reads it: facts and answer as JSON, and the sets it belongs to."""

    case_id: str
    facts: str
    answer: str
    fields: Collection[str]
    modules: Collection[str]


def drill_files(contents: Contents, settings: DrillSettings) -> Mapping[str, str]:
    """Path below the site → content of every file the page reads."""
    ready = _ready(contents, settings)
    group = Group("drill", Numbering(PART, [c.id for c in contents.cases]))
    index = drill_index(contents, settings, ready, group)
    return {"data/drill.js": data_script("drill", index), **group.files}


def _ready(contents: Contents, settings: DrillSettings) -> list[Told]:
    """The exercises by id; what was told of a case that has not changed since is remembered."""
    stage: Stage[tuple[Any, ...]] = contents.memory.stage("drill", kept=True)
    keys = {case: contents.words + case.digest for case in contents.followable}
    new = [case for case in keys if stage.peek(keys[case]) is None]
    made = {e.case.id: e for e in exercises(new, contents.library, contents.schemas, settings)}
    for case in new:
        stage.put(keys[case], _told(made[case.id], contents) if case.id in made else ())
    by_id = sorted(keys, key=lambda case: case.id)
    return [Told(case.id, *told) for case in by_id if (told := stage.peek(keys[case]))]


def _told(exercise: Exercise, contents: Contents) -> tuple[Any, ...]:
    facts, answer = exercise_facts(exercise, contents), exercise_answer(exercise, contents)
    return json_text(facts), json_text(answer), tuple(sorted(exercise.fields)), exercise.modules


def drill_index(contents: Contents, settings: DrillSettings, ready: Sequence[Told], group: Group) -> Data:
    """What is judged, what it is worth, the sets, and which files hold the exercises; these go into `group`.

    `build` tells which exercises there are: with the same ones a seed gives the same order.
    """
    schema = contents.schemas.case
    boundaries = contents.library.vocabulary["boundaries"].terms
    verdicts = schema.choices(("boundaries", 0, "verdict"))
    every = _set(EVERY, "", "", [e.case_id for e in ready], group)
    return {
        "build": every["mark"],
        "every": every,
        "facts": group.parts({e.case_id: e.facts for e in ready}, "facts-"),
        "answers": group.parts({e.case_id: e.answer for e in ready}, "answers-"),
        "disclaimer": settings.disclaimer,
        "points": dict(settings.points),
        "boundaries": [{"id": t.id, "label": t.label, "check": t.check or t.definition} for t in boundaries],
        "verdicts": [{"id": v.value, "label": v.label, "text": v.definition} for v in verdicts],
        "kinds": [
            {
                "id": k.value,
                "label": k.label,
                "short": k.fact("short"),
                "shape": k.fact("shape"),
                "text": k.definition,
                "side": k.fact("adverse"),
            }
            for k in schema.choices(("kind",))
        ],
        "modules": [
            _set(m.id, m.title, m.text, [e.case_id for e in ready if m.id in e.modules], group)
            for m in settings.modules
        ],
        "fields": list(_field_sets(contents, settings, ready, group)),
    }


def _set(name: str, label: str, text: str, ids: Sequence[str], group: Group) -> Data:
    """Some exercises under a name; which ones stands in a file of its own."""
    mark = group.single(f"set-{name}", gaps(sorted(group.numbering.number[i] for i in ids)))
    return {"id": name, "label": label, "text": text, "count": len(ids), "mark": mark}


def _field_sets(
    contents: Contents, settings: DrillSettings, ready: Sequence[Told], group: Group
) -> Iterator[Data]:
    """Fields with enough cases; those whose very name gives the outcome away are left out."""
    words = hidden_words(contents.library, contents.schemas, settings)
    for term in contents.library.vocabulary["fields"].terms:
        ids = [e.case_id for e in ready if term.id in e.fields]
        if len(ids) >= settings.set_min and not any(word in term.label for word in words):
            yield _set(term.id, term.label, term.definition, ids, group)


def exercise_facts(exercise: Exercise, contents: Contents) -> Data:
    """What the learner sees first; holds neither id nor title."""
    library, case = contents.library, exercise.case
    about = [
        library.label(str(case.get("subject", key))) for key in ("role", "level") if case.get("subject", key)
    ]
    subject = [[contents.schemas.case.title(("subject",)), "，".join(about)]] if about else []
    return {
        "facts": [*subject, *([contents.schemas.case.title((f,)), text] for f, text in exercise.facts)],
        "options": [_option(library.term_by_id[t]) for t in exercise.options],
    }


def _option(term: Term) -> list[str]:
    return [term.id, term.label, term.definition]


def exercise_answer(exercise: Exercise, contents: Contents) -> Data:
    """What is shown after the learner has judged."""
    case, schema = exercise.case, contents.schemas.case
    outcome = case.data["outcome"]
    body = case.get("outcome", "decided_by", "body")
    return {
        "id": case.id,
        "title": case.title,
        "kind": case.kind,
        "facts": [[schema.title((f,)), str(case.data[f])] for f in FACTS if case.data.get(f)],
        "factors": {f["term"]: _said(f, contents) for f in case.data["error_factors"]},
        "judged": {field: _judged(case, field, contents) for field in JUDGED if case.data.get(field)},
        "titles": {field: schema.title((field,)) for field in JUDGED},
        "outcome": {
            "terms": [[t, contents.library.label(t)] for t in outcome["terms"]],
            "measures": outcome.get("measures") or "",
            "decided": case.get("outcome", "decided_by", "name")
            or (contents.library.label(body) if body else ""),
            "reasons": outcome["reasons"],
            "rules": [rule_link(r["ref"], contents) for r in outcome.get("rules") or ()],
        },
        "follow": follow(case, contents.schemas),
        "caveat": case.get("confidence", "caveat") or "",
    }


def _judged(case: Case, field: str, contents: Contents) -> dict[str, Data]:
    """Term → its label, verdict (value and words) and what is said of it."""
    schema = contents.schemas.case
    key = state_key(schema, field)
    return {
        item["term"]: {
            "label": contents.library.label(item["term"]),
            "state": item[key],
            "words": schema.choice((field, 0, key), item[key]).label,
            **_said(item, contents),
        }
        for item in case.data[field]
    }


def _said(item: Mapping[str, Any], contents: Contents) -> Data:
    """The note and, where the editors and not the source say so, the mark that tells it."""
    origin = contents.schemas.case.choice(("error_factors", 0, "origin"), str(item.get("origin") or ""))
    said = {"note": item.get("note") or "", "origin": origin.label if origin.value == "editor" else ""}
    return {name: value for name, value in said.items() if value}
