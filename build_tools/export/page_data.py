"""What the search page needs to compare cases and write the report: as texts for `write_shards`; compares nothing.

The page follows `matter.py`, `recognise.py`, `comparison.py` and `precedents.py`. Their numbers and patterns, and
the words of schema/report.yaml, travel in these files, so that each is written down only once.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache, partial
from sys import intern
from typing import Any, NamedTuple

from build_tools.export import matter, precedents, recognise
from build_tools.export.definition import Definition
from build_tools.export.edition import edition_of
from build_tools.load import Schemas
from build_tools.load.coded_fields import state_key
from build_tools.memory import Memory, Stage
from build_tools.model import Case, Library, Rule, Term
from build_tools.relate import coded_items
from build_tools.search import Index
from build_tools.search.digits import encode_number
from build_tools.search.segment import Segment
from build_tools.search.shards import Piece, numbers_piece
from build_tools.search.text import normalize

ELEMENTS = 7  # cases to a file; a page needs those of some dozen cases from all over
_KEY, _DIGEST = 12, 20  # bytes


class Facts(NamedTuple):
    """What of a case enters the files: a digest of its codes as JSON, its keys, and its date, empty where it has left."""

    digest: bytes
    keys: tuple[str, ...]
    day: str


def page_data(
    library: Library,
    schemas: Schemas,
    index: Index,
    definition: Definition,
    memory: Memory | None = None,
) -> dict[str, str | Piece]:
    """File name → content.

    `precedents` holds words, numbers and forms; `precedents-edition` the edition; `precedents-rules` the rules.
    `key-…` hold the cases (numbers in the index) with one error factor, field, point at issue, step of precedence or
    status; `days-YYYY` the days of one year's cases; `case-elements-N` the codes of single cases in the index's order.
    With a `memory` cases that were met before are not read.
    """
    cases = [library.case_by_id[d.id] for d in index.documents if d.type == "case"]
    first = index.segments["case"].first
    desk = _Desk(library, schemas, definition, memory or Memory())
    facts = [desk.facts(case) for case in cases]
    keyed, days = _lists(facts, definition, first, memory or Memory())
    words = _words(library, schemas, index, definition)
    files: dict[str, str | Piece] = {
        "precedents": _json({"chunk": ELEMENTS, "keys": sorted(keyed), **words}),
        "precedents-edition": _json(asdict(edition_of(library))),
        "precedents-rules": _json({rule.id: _rule(rule) for rule in library.rules}),
        **{f"key-{key}": piece for key, piece in keyed.items()},
        **{f"days-{year}": text for year, text in days.items()},
    }
    for start in range(0, len(cases), ELEMENTS):
        some = slice(start, start + ELEMENTS)
        key = hashlib.sha256(b"".join(fact.digest for fact in facts[some])).hexdigest()
        files[f"case-elements-{start // ELEMENTS}"] = Piece(key, partial(desk.elements, cases[some]))
    return files


class _Desk:
    """Works out what of single cases enters the files; what was worked out before is remembered by their content."""

    def __init__(self, library: Library, schemas: Schemas, definition: Definition, memory: Memory) -> None:
        self.library, self.schemas, self.definition = library, schemas, definition
        lists = tuple(v.record.digest for v in library.vocabularies)
        self.way = memory.digests.of(schemas.case, lists, definition.data)[: 2 * _KEY]
        self.known: Stage[tuple[bytes, tuple[str, ...], str]] = memory.stage("page facts", kept=True)
        self.texts: Stage[str] = memory.stage("page elements", kept=True, held=False)

    def facts(self, case: Case) -> Facts:
        """What of a case enters the files."""
        key = self._key(case)
        found = self.known.peek(key)
        if found is None:
            text = self._text(case)
            digest = hashlib.blake2b(text.encode(), digest_size=_DIGEST).digest()
            keys = tuple(map(intern, _keys(case, self.schemas, self.library, self.definition)))
            found = (digest, keys, "" if case.tombstone else str(case.get("date", "value") or ""))
            self.known.put(key, found)
            self.texts.put(key, text)
        self.texts.used.add(key)
        return Facts._make(found)

    def elements(self, cases: Sequence[Case]) -> str:
        """The codes of some cases."""
        return "\f".join(self.texts.peek(self._key(case)) or self._text(case) for case in cases)

    def _key(self, case: Case) -> str:
        return hashlib.blake2b(f"{self.way}{case.digest}".encode(), digest_size=_KEY).hexdigest()

    def _text(self, case: Case) -> str:
        return _json(_elements(case, self.library, self.schemas, self.definition))


def _json(value: Any) -> str:
    return json.dumps(value, default=dict, ensure_ascii=False, separators=(",", ":"))


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
    forms, _ = recognise._forms(terms, cache(segment.idf), idle)
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


def _lists(
    facts: Sequence[Facts], definition: Definition, first: int, memory: Memory
) -> tuple[dict[str, Piece], dict[str, str]]:
    """Key → the cases with it; year → the days of its cases. What serves again is that of the round before."""
    stage = memory.stage("page lists")
    said = (first, memory.digests.of(definition.data), [(fact.keys, fact.day) for fact in facts])
    known: tuple[Any, dict[str, Piece], dict[str, str]] | None = stage.peek("")
    if known is None or known[0] != said:
        keyed = _by_key([fact.keys for fact in facts], definition, first)
        pieces = {key: numbers_piece(numbers) for key, numbers in keyed.items()}
        known = (said, pieces, _days([fact.day for fact in facts], first))
    stage.put("", known)
    return known[1], known[2]


def _by_key(keys: Sequence[Sequence[str]], definition: Definition, first: int) -> dict[str, array[int]]:
    """Key → numbers of the cases with it. The last step and the status of cases in force go without saying."""
    found: dict[str, array[int]] = defaultdict(lambda: array("I"))
    idle = {f"step-{definition.steps[-1].id}", "status-published"}
    for number, held in enumerate(keys, first):
        for key in held:
            if key not in idle:
                found[key].append(number)
    return dict(found)


def _days(days: Sequence[str], first: int) -> dict[str, str]:
    """Year → for each of its cases the gap from the one before, the month and the day, 0 where these are not known."""
    held: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for number, value in enumerate(days, first):
        year, _, rest = value.partition("-")
        month, _, day = rest.partition("-")
        if year:
            held[year].append((number, int(month or 0), int(day or 0)))
    out = {}
    for year, rows in sorted(held.items()):
        befores = (0, *(number for number, _, _ in rows))
        triples = ((n - b, month, day) for (n, month, day), b in zip(rows, befores, strict=False))
        out[year] = "".join(encode_number(value) for triple in triples for value in triple)
    return out


def _keys(case: Case, schemas: Schemas, library: Library, definition: Definition) -> Iterator[str]:
    if case.tombstone:
        yield "tombstone"
        return
    wanted = {matter.FACTORS: "factor", matter.FIELDS: "field"}
    items = (item for item in coded_items(case, schemas.case) if item.field in wanted)
    yield from dict.fromkeys(f"{wanted[item.field]}-{item.term}" for item in items)
    terms = matter.decisive_terms(case, schemas, definition)
    yield from (f"point-{point}" for point in sorted(matter.points_of(terms, definition)))
    yield f"step-{precedents.step_of(case, library, definition).id}"
    yield f"status-{case.status}"


def _rule(rule: Rule) -> dict[str, Any]:
    articles = {a["id"]: [a.get("label") or "", a.get("grade") or ""] for a in rule.get("articles") or ()}
    force: Mapping[str, Any] = rule.get("force") or {}
    return {
        "title": rule.title, "short": rule.short, "grade": rule.get("grade") or "", "from": force.get("from") or "",
        "to": force.get("to") or "", "folded": [normalize(rule.short), normalize(rule.title)], "articles": articles,
    }  # fmt: skip
