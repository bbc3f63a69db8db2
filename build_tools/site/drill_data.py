"""Makes the files that the drill page reads: facts without the outcome and, in other files, the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from build_tools.load.coded_fields import state_key
from build_tools.load.drill import DrillSettings
from build_tools.model import Case, Term
from build_tools.output import Output
from build_tools.output import ready as output
from build_tools.relate.drill import FACTS, Exercise, Trainer
from build_tools.search.digits import gaps
from build_tools.site.contents import Contents
from build_tools.site.parts import Group, Numbering, data_file, json_text
from build_tools.site.selfcheck_data import rule_link
from build_tools.site.templating import follow

Data = dict[str, Any]
PART = 25  # serial numbers to a file of facts or answers
EVERY = "all"  # the set of all exercises
JUDGED = ("boundaries", "distinctions", "conditions", "exclusions")
# What an exercise is made of beside the codes.
DRILLED = (*FACTS, *JUDGED, "title", "kind", "status", "confidence", "subject", "fields", "outcome")


# An exercise as the index knows it: the case's id, its fields of work, the sets it belongs to.
Told = tuple[str, tuple[str, ...], tuple[str, ...]]


def drill_files(contents: Contents, settings: DrillSettings) -> Iterator[Output]:
    """Every file the page reads; a part of facts or answers is made only where one of its cases changed."""
    trainer = Trainer(contents.library, contents.schemas, settings)
    group = Group("drill", Numbering(PART, [c.id for c in contents.cases]))
    keys = {case.id: case.digest for case in contents.cases}

    def exercise(case_id: str) -> Exercise | None:
        case = contents.library.case_by_id[case_id]
        return None if case.tombstone else trainer.exercise(case)

    def facts(ids: Sequence[str]) -> tuple[Sequence[str], tuple[Told, ...]]:
        found = list(map(exercise, ids))
        told = tuple((e.case.id, tuple(sorted(e.fields)), e.modules) for e in found if e)
        return [json_text(exercise_facts(e, contents)) if e else "" for e in found], told

    def answer(case_id: str) -> str:
        fit = case_id in names
        return json_text(exercise_answer(contents.library.case_by_id[case_id], contents)) if fit else ""

    def answers(ids: Sequence[str]) -> tuple[Sequence[str], None]:
        return list(map(answer, ids)), None

    shown, told = group.later_parts(contents.words, keys, facts, contents.memory, "facts-")
    ready = [one for part in told for one in part or ()]
    names = {name for name, _, _ in ready}
    later, _ = group.later_parts(contents.words, keys, answers, contents.memory, "answers-")
    parts = {"facts": shown, "answers": later}
    yield data_file("drill", drill_index(contents, trainer, ready, parts, group))
    yield from (output(path, text.encode()) for path, text in group.files.items())
    yield from group.outputs


def drill_index(
    contents: Contents, trainer: Trainer, ready: Sequence[Told], parts: Mapping[str, Data], group: Group
) -> Data:
    """What is judged, what it is worth, and the sets; these go into `group`.

    `build` tells which exercises there are: with the same ones a seed gives the same order.
    """
    schema, settings = contents.schemas.case, trainer.settings
    boundaries = contents.library.vocabulary["boundaries"].terms
    verdicts = schema.choices(("boundaries", 0, "verdict"))
    every = _set(EVERY, "", "", [name for name, _, _ in ready], group)
    return {
        "build": every["mark"],
        "every": every,
        **parts,
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
            _set(m.id, m.title, m.text, [name for name, _, modules in ready if m.id in modules], group)
            for m in settings.modules
        ],
        "fields": list(_field_sets(contents, trainer, ready, group)),
    }


def _set(name: str, label: str, text: str, ids: Sequence[str], group: Group) -> Data:
    """Some exercises under a name; which ones stands in a file of its own."""
    mark = group.single(f"set-{name}", gaps(sorted(group.numbering.number[i] for i in ids)))
    return {"id": name, "label": label, "text": text, "count": len(ids), "mark": mark}


def _field_sets(contents: Contents, trainer: Trainer, ready: Sequence[Told], group: Group) -> Iterator[Data]:
    """Fields with enough cases; those whose very name gives the outcome away are left out."""
    for term in contents.library.vocabulary["fields"].terms:
        ids = [name for name, fields, _ in ready if term.id in fields]
        hidden = any(word in term.label for word in trainer.words)
        if len(ids) >= trainer.settings.set_min and not hidden:
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


def exercise_answer(case: Case, contents: Contents) -> Data:
    """What is shown of a case made into an exercise after the learner has judged."""
    schema = contents.schemas.case
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
