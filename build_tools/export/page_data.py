"""What the search page needs to compare cases and write the report: as texts for `write_shards`; compares nothing.

The page follows `matter.py`, `recognise.py`, `comparison.py` and `precedents.py`. Their numbers and patterns, and
the words of schema/report.yaml, travel in these files, so that each is written down only once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from build_tools.export import matter, precedents, recognise
from build_tools.export.definition import Definition
from build_tools.export.edition import edition_of
from build_tools.load import Schemas
from build_tools.model import Case, Library, Rule, Term, thawed
from build_tools.relate import coded_items
from build_tools.relate.coding import state_key
from build_tools.search import Index
from build_tools.search.digits import encode_number
from build_tools.search.index import Segment
from build_tools.search.sections import section_files
from build_tools.search.shards import chunk_size
from build_tools.search.text import normalize


def page_data(library: Library, schemas: Schemas, index: Index, definition: Definition) -> dict[str, str]:
    """File name → content.

    `precedents` holds words, numbers and forms; `precedents-index` the cases (numbers in the index) by error
    factor, field, point at issue and step of precedence; `precedents-rules` the rules; `case-elements-N` the
    codes of single cases in the index's order; `sections` and `case-at-N` are those of `section_files`.
    """
    cases = [library.case_by_id[d.id] for d in index.documents if d.type == "case"]
    elements = [_json(_elements(case, library, schemas, definition)) for case in cases]
    size = chunk_size(elements)
    files = {
        "precedents": _json({"chunk": size, **_words(library, schemas, index, definition)}),
        "precedents-index": _index_file(cases, schemas, library, definition, index.segments["case"].first),
        "precedents-rules": _json({rule.id: _rule(rule) for rule in library.rules}),
        **section_files(index),
    }
    for start in range(0, len(elements), size):
        files[f"case-elements-{start // size}"] = "\f".join(elements[start : start + size])
    return files


def _json(value: Any) -> str:
    return json.dumps(thawed(value), ensure_ascii=False, separators=(",", ":"))



def _elements(case: Case, library: Library, schemas: Schemas, definition: Definition) -> dict[str, Any]:
    """What is compared of a case and shown in tables; nothing of a tombstone."""
    if case.tombstone:
        return {"coded": {}, "rules": [], "outcome": []}
    fields = matter.compared_fields(schemas.case)
    coded: dict[str, list[list[str]]] = defaultdict(list)
    for item in coded_items(case, schemas.case):
        if item.field in fields:
            coded[item.field].append([item.term, item.state])
    decided: Mapping[str, Any] = case.get("outcome", "decided_by") or {}
    return {
        "coded": coded,
        "rules": matter.cited_rules(case, schemas),
        "outcome": precedents.outcome_terms(case),
        "measures": case.get("outcome", "measures") or "",
        "body": decided.get("name") or library.label(str(decided.get("body") or "")),
        "step": precedents.step_of(case, library, definition).id,
        "level": case.get("subject", "level") or "",
        "basis": schemas.case.choice(("date", "basis"), str(case.get("date", "basis") or "")).label,
        "grade": schemas.case.choice(
            ("confidence", "grade"), str(case.get("confidence", "grade") or "")
        ).label,
        "version": case.version,
    }


def _words(library: Library, schemas: Schemas, index: Index, definition: Definition) -> dict[str, Any]:
    fields = matter.compared_fields(schemas.case)
    terms = {name: library.vocabulary[vocabulary].terms for name, vocabulary in fields.items()}
    schema = schemas.case
    return {
        "definition": definition.data,
        "edition": asdict(edition_of(library)),
        "fields": [[name, schema.title((name,))] for name in fields],
        "titles": {"kind": "类型", "outcome": schema.title(("outcome", "terms")), "level": schema.title(("subject", "level"))},
        "terms": {name: [term.id for term in found] for name, found in terms.items()},
        "broader": {
            term.id: [ancestor.id for ancestor in library.vocabulary[fields[name]].ancestors(term.id)]
            for name, found in terms.items()
            for term in found
            if term.broader
        },
        "states": {name: _states(schemas, name) for name in fields if state_key(schema, name)},
        "recognise": _recognising(index.segments["case"], sum(terms.values(), ()), definition),
        "numbers": {
            "candidates": precedents.CANDIDATES, "fallback": precedents.FALLBACK, "words": precedents.WORDS_SHOWN,
            "rare": precedents.RARE, "cohesion": precedents.COHESION, "nearest": matter.NEAREST,
            "half": matter.HALF, "quarter": matter.QUARTER, "most": matter.MOST,
        },
        "grades": {c.value: c.label for c in schemas.rule.choices(("grade",))},
    }  # fmt: skip


def _states(schemas: Schemas, field: str) -> dict[str, str]:
    choices = schemas.case.choices((field, 0, state_key(schemas.case, field)))
    return {choice.value: choice.label for choice in choices}


def _recognising(segment: Segment, terms: Sequence[Term], definition: Definition) -> dict[str, Any]:
    """Forms of the terms and the weights of their tokens, as `recognise` makes them."""
    idle = frozenset(map(normalize, definition.data["everyday"]))
    forms, _ = recognise._forms(terms, segment.idf, idle)
    weights = {token: int(weight) for form in forms for token, weight in form.weights.items()}
    return {
        "idle": sorted(idle),
        "forms": [[form.term, form.text] for form in forms],
        "weights": weights,
        "enough": recognise.ENOUGH,
        "shortest": recognise.SHORTEST,
        "quote": recognise._QUOTE,
        "clause": recognise._CLAUSE.pattern,
        "not": recognise._NOT.pattern,
        "particles": recognise._PARTICLES.pattern,
        "denied": recognise._DENIED.pattern,
        "titled": matter._TITLE.pattern,
        "rule": matter._RULE_ID.pattern,
    }


def _index_file(
    cases: Sequence[Case], schemas: Schemas, library: Library, definition: Definition, first: int
) -> str:
    """Key and gaps between case numbers, alternately, tab-separated."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, case in enumerate(cases, first):
        for key in _keys(case, schemas, library, definition):
            found[key].append(number)
    out = []
    for key, numbers in sorted(found.items()):
        gaps = (b - a for a, b in zip([0, *numbers], numbers, strict=False))
        out.append(f"{key}\t{''.join(map(encode_number, gaps))}")
    return "\t".join(out)


def _keys(case: Case, schemas: Schemas, library: Library, definition: Definition) -> Iterator[str]:
    if case.tombstone:
        yield "tombstone"
        return
    wanted = {matter.FACTORS: "factor", matter.FIELDS: "field"}
    items = (item for item in coded_items(case, schemas.case) if item.field in wanted)
    yield from dict.fromkeys(f"{wanted[item.field]}:{item.term}" for item in items)
    terms = matter.decisive_terms(case, schemas, definition)
    yield from (f"point:{point}" for point in sorted(matter.points_of(terms, definition)))
    yield f"step:{precedents.step_of(case, library, definition).id}"
    yield f"status:{case.status}"


def _rule(rule: Rule) -> dict[str, Any]:
    articles = {a["id"]: [a.get("label") or "", a.get("grade") or ""] for a in rule.get("articles") or ()}
    force: Mapping[str, Any] = rule.get("force") or {}
    return {
        "title": rule.title, "short": rule.short, "grade": rule.get("grade") or "", "from": force.get("from") or "",
        "to": force.get("to") or "", "folded": [normalize(rule.short), normalize(rule.title)], "articles": articles,
    }  # fmt: skip
