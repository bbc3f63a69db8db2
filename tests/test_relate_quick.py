"""What is worked out with matrices and postings is what plain comparison of every pair finds, to the last bit."""

from __future__ import annotations

import math
from pathlib import Path

from build_tools.load import for_edition, load_library, load_schemas
from build_tools.load.coded_fields import state_key
from build_tools.model import Case
from build_tools.relate import coded_items, relate
from build_tools.relate.likeness import MIN_SCORE, code_weights, codes_of, similar_cases
from build_tools.site.contents import newest_first

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = load_schemas(ROOT / "schema")
SCHEMA = SCHEMAS.case
LIBRARY = for_edition(load_library(ROOT).library, SCHEMAS)
CASES = newest_first([c for c in LIBRARY.cases if c.status == "published"])[:120]
Found = list[tuple[str, float, str]]


def plain_likeness(case: Case, limit: int, apart: frozenset[frozenset[str]]) -> Found:
    """The rule of likeness, pair by pair."""
    coded = {c.id: codes_of(c, SCHEMA) for c in CASES}
    weights = {key: round(100 * weight) for key, weight in code_weights(coded, SCHEMA).items()}
    norms = {c: math.sqrt(sum(weights[k] ** 2 for k in codes)) for c, codes in coded.items()}
    found: Found = []
    for other in CASES:
        shared = [k for k in coded[case.id] if k in coded[other.id]]
        if other is case or not shared or frozenset((case.id, other.id)) in apart:
            continue
        total = sum(weights[key] ** 2 for key in shared)
        roles = {SCHEMA.properties[key[0]]["x-similar"].get("role") for key in shared}
        sides = {SCHEMA.choice(("kind",), c.kind).fact("adverse") for c in (case, other)}
        kind = "same_point" if roles >= {"fact", "point"} else "facts_only"
        kind = "other_outcome" if "fact" in roles and len(sides) > 1 else kind
        found.append((other.id, total / (norms[case.id] * norms[other.id]), kind))
    found.sort(key=lambda item: (-item[1], item[0]))
    near = [item for item in found if item[1] >= MIN_SCORE]
    return [item for n, item in enumerate(near) if sum(i[2] == item[2] for i in near[:n]) < limit]


def test_likeness_is_that_of_every_pair() -> None:
    apart = frozenset({frozenset((CASES[0].id, CASES[1].id)), frozenset((CASES[5].id, "RC-2026-9999"))})
    alike = similar_cases(CASES, SCHEMA, 4, apart)
    assert list(alike) == [case.id for case in CASES]
    for case in CASES[:25]:
        found = [(item.case.id, item.score, item.type) for item in alike[case.id]]
        assert found == plain_likeness(case, 4, apart)


def test_cases_of_one_rule_are_those_that_cite_an_article_in_common() -> None:
    relations = relate(LIBRARY, SCHEMAS, CASES)
    cited = [
        (f"{rule}#{c.article}", c.case)
        for rule, some in relations.citations.items()
        for c in some
        if c.article
    ]
    for case in CASES[:60]:
        own = {reference for reference, citing in cited if citing is case}
        listed = {item.case.id for item in relations.similar[case.id]} | {case.id}
        found: dict[str, tuple[str, Case]] = {}
        for reference, citing in cited:
            if reference in own and citing.id not in listed:
                found.setdefault(citing.id, (reference, citing))
        newest = sorted(found.values(), key=lambda pair: (pair[1].year, pair[1].id), reverse=True)
        assert list(relations.same_rule(case)) == newest[:3]


def test_codes_and_references_are_those_of_a_walk_over_the_whole_schema() -> None:
    for case in CASES[:40]:
        marked = [
            (pointer, value, node)
            for pointer, value, node in SCHEMA.walk(case.data)
            if isinstance(value, str) and ("x-vocabulary" in node or "x-reference" in node)
        ]
        assert SCHEMA.coded(case.data) == marked
        terms = [value for _, value, node in marked if "x-vocabulary" in node]
        assert [item.term for item in coded_items(case, SCHEMA)] == terms


def test_the_key_of_a_verdict_is_found_for_each_schema_apart() -> None:
    other = load_schemas(ROOT / "schema").case
    assert state_key(SCHEMA, "conditions") == state_key(other, "conditions") == "state"
    assert state_key(SCHEMA, "boundaries") == "verdict"
    assert state_key(SCHEMA, "fields") == ""
