"""Makes what the drill page reads: facts without the outcome and, in other files, the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from build_tools.load.drill import DrillSettings
from build_tools.model import Case, Term
from build_tools.relate.coding import state_key
from build_tools.relate.drill import FACTS, Exercise, hidden_words
from build_tools.site.contents import Contents
from build_tools.site.selfcheck_data import rule_link
from build_tools.site.templating import follow

Data = dict[str, Any]
JUDGED = ("boundaries", "distinctions", "conditions", "exclusions")


def drill_index(contents: Contents, settings: DrillSettings, ready: Sequence[Exercise]) -> Data:
    """Everything but the cases: what is judged, what it is worth, and the sets (places in `ready`)."""
    schema = contents.schemas.case
    boundaries = contents.library.vocabulary["boundaries"].terms
    verdicts = schema.choices(("boundaries", 0, "verdict"))
    return {
        "total": len(ready),
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
            {"id": m.id, "label": m.title, "text": m.text, "cases": _places(ready, m.id)}
            for m in settings.modules
        ],
        "fields": list(_field_sets(contents, settings, ready)),
    }


def _places(ready: Sequence[Exercise], module: str) -> list[int]:
    return [place for place, exercise in enumerate(ready) if module in exercise.modules]


def _field_sets(contents: Contents, settings: DrillSettings, ready: Sequence[Exercise]) -> Iterator[Data]:
    """Fields with enough cases; those whose very name gives the outcome away are left out."""
    words = hidden_words(contents.library, contents.schemas, settings)
    for term in contents.library.vocabulary["fields"].terms:
        places = [place for place, exercise in enumerate(ready) if term.id in exercise.fields]
        if len(places) >= settings.set_min and not any(word in term.label for word in words):
            yield {"id": term.id, "label": term.label, "text": term.definition, "cases": places}


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
