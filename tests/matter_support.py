"""The real library, its index and the report's definition, and small cases, for the tests of similar and report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

from build_tools.export.definition import Definition, load_definition
from build_tools.export.matter import Matter, matter_from_facts
from build_tools.export.precedents import Findings, find_precedents
from build_tools.load import for_edition
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import Case, Library
from build_tools.search import build_index, documents
from tests.search_support import ROOT, real_index, real_library

TODAY = date(2026, 11, 22)

# Facts that name one field, one error factor and one condition.
FACTS = "老旧小区改造中，社区没有等批复，先上车后补票，经费全部公开，没有谋取私利。"


@cache
def definition() -> Definition:
    return load_definition(ROOT)


def small_case(number: int, body: str = "", *, factors: Sequence[str] = ("ef-no-approval",), fields: str = "fd-renovation",
               kind: str = "tolerated", status: str = "published") -> Case:  # fmt: skip
    """A public case with what the comparison reads; `body` adds further top-level YAML."""
    coded = "".join(f"  - {{term: {t}, origin: source}}\n" for t in factors)
    text = (
        f"id: RC-2026-{number:04d}\ntitle: 小区改造先上车后补票一案{number}\nstatus: {status}\nkind: {kind}\ndisclosure: public\n"
        f"fields: [{fields}]\nbackground: 老旧小区改造中先上车后补票。\nerror_factors:\n{coded}{body}"
    )
    parsed = read_yaml(text.encode(), f"cases/2026/RC-2026-{number:04d}.yaml")
    assert not parsed.diagnostics, parsed.diagnostics
    return Case(
        f"RC-2026-{number:04d}.yaml", parsed.data, parsed.marks, parsed.key_marks, parsed.text, parsed.digest
    )


GAIN = "conditions:\n  - {term: tc-no-private-gain, state: met, origin: source}\n"


def find(
    facts: str, *cases: Case, limit: int = 10, add: Sequence[str] = (), drop: Sequence[str] = ()
) -> Findings:
    """Search for facts among the given cases, or in the real library where none are given."""
    library, schemas = real_library()
    index = real_index()
    if cases:
        library = for_edition(Library(cases, library.rules, library.vocabularies), schemas)
        index = build_index(library, schemas, documents(library, schemas))
    matter = matter_from_facts(facts, library, schemas, index, definition(), add, drop)
    return find_precedents(matter, library, schemas, index, definition(), TODAY, limit)


def read(facts: str) -> Matter:
    """What the real library reads out of facts."""
    library, schemas = real_library()
    return matter_from_facts(facts, library, schemas, real_index(), definition())


def ids(findings: Findings, group: str) -> list[str]:
    return [p.case.id for p in findings.groups[group]]
