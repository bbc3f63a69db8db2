"""The pending matter as the library understands it: its elements, points at issue and cited rules; compares nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from build_tools.export.definition import Definition
from build_tools.export.recognise import Sign, given, recognise
from build_tools.load import INTERNAL, Schema, Schemas
from build_tools.model import Case, Library
from build_tools.relate import coded_items, coding, pairs_apart
from build_tools.search import Index, documents
from build_tools.search.index import CONCEPT
from build_tools.search.query import Query, analyse, applicable
from build_tools.search.text import normalize

FACTORS, FIELDS = "error_factors", "fields"
NEAREST, HALF, QUARTER, MOST = 5, 0.5, 0.25, 4
GIVEN_WEIGHT = 6  # in ranking: as heavy as the best reading of a short query
_TITLE = re.compile(r"《([^《》\n]{2,80})》")
_RULE_ID = re.compile(r"(?<![0-9A-Za-z])[NL]-[0-9]{2}[a-z]?(?:#[0-9A-Za-z.-]+)?")


@dataclass(frozen=True)
class Matter:
    """What is to be compared.

    `signs`: by case field, what was found in the facts or coded on the case. `points`: ids of the points at
    issue it names itself. `rules`: references (N-03 or N-03#17) it cites; `unknown_rules`: names of norms that
    the library does not hold. `query` ranks the library's cases for it.
    """

    text: str
    case_id: str  # empty for pasted facts
    signs: Mapping[str, tuple[Sign, ...]]
    points: frozenset[str]
    rules: tuple[str, ...]
    unknown_rules: tuple[str, ...]
    query: Query
    recommended: tuple[str, ...] = ()  # error factors that the nearest cases have and the facts do not show
    apart: frozenset[str] = frozenset()  # cases that editors read and found not similar

    def terms(self, field: str) -> dict[str, str]:
        """Terms of a field that the matter has → their state (empty for prose); denied ones are left out."""
        return {sign.term: sign.state for sign in self.signs.get(field, ()) if not sign.denied}


def compared_fields(schema: Schema) -> dict[str, str]:
    """Case fields that count for likeness (`x-similar`) → the vocabulary their terms come from."""
    found: dict[str, str] = {}
    for name, node in schema.properties.items():
        if "x-similar" in node:
            item = schema.resolve(node["items"])
            coded = schema.resolve(item.get("properties", {}).get("term", item))
            found[name] = str(coded["x-vocabulary"])
    return found


def matter_from_facts(
    text: str,
    library: Library,
    schemas: Schemas,
    index: Index,
    definition: Definition,
    added: Sequence[str] = (),
    dropped: Sequence[str] = (),
) -> Matter:
    """Read pasted facts; the officer may add terms that the words do not show and drop ones misread."""
    everyday = definition.data["everyday"]
    segment = index.segments["case"]
    fields = compared_fields(schemas.case)
    terms = [term for name in fields.values() for term in library.vocabulary[name].terms]
    read = {sign.term: sign for sign in recognise(text, terms, index.lexicon, segment.idf, everyday)}
    read = {
        **{term: sign for term, sign in read.items() if term not in dropped},
        **{t: given(t) for t in added},
    }
    signs = {
        field: tuple(s for s in read.values() if s.term in library.vocabulary[name].by_id)
        for field, name in fields.items()
    }
    asked = analyse(text, index, facts=True)
    weights = {
        CONCEPT + s.term: GIVEN_WEIGHT if s.how == "given" else 2 for s in read.values() if not s.denied
    }
    query = Query(text, asked.folded, True, {**asked.terms, **weights}, asked.concepts, ())
    inferred = [t for t in _common(query, index, FIELDS, HALF, signs[FIELDS]) if t not in dropped]
    signs[FIELDS] += tuple(Sign(term, how="inferred") for term in inferred)
    recommended = _common(query, index, FACTORS, QUARTER, signs[FACTORS])[:MOST]
    rules, unknown = _cited(text, library)
    return Matter(text, "", signs, points_of(read, definition), rules, unknown, query, recommended)


def _common(query: Query, index: Index, facet: str, least: float, known: Sequence[Sign]) -> tuple[str, ...]:
    """Terms of a facet on the nearest cases that have `least` of their score between them and are not known yet.

    Measured over the library's own cases (each as facts against the others): taking fields over from half
    of them finds the right one for 91 instead of 75 matters of 100, at the same precision. Error factors are only
    recommended, because a factor taken over from the nearest cases would prove their likeness by itself.
    """
    segment = index.segments["case"]
    scores = segment.scores(applicable(query, segment))
    nearest = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:NEAREST]
    votes: Counter[str] = Counter()
    for number, score in nearest:
        for term in index.documents[number].facets.get(facet, ()):
            votes[term] += score
    enough = least * sum(score for _, score in nearest)
    ranked = sorted(votes.items(), key=lambda pair: (-pair[1], pair[0]))  # the page breaks ties alike
    return tuple(t for t, n in ranked if n >= enough and all(t != sign.term for sign in known))


def matter_from_case(
    case: Case, library: Library, schemas: Schemas, index: Index, definition: Definition
) -> Matter:
    """A case as a pending matter: its own words and codes; the case need not be in the index."""
    fields = compared_fields(schemas.case)
    coded = [c for c in coded_items(case, schemas.case) if c.field in fields]
    signs = {
        field: tuple(Sign(c.term, c.note, "coded", state=c.state) for c in coded if c.field == field)
        for field in fields
    }
    alone = Library((case,), (), library.vocabularies, edition=INTERNAL)
    document = documents(alone, schemas)[0]
    words = "\n".join(part.text for part in document.fields if part.name != "id")
    asked = analyse(words, index, facts=True)
    weights = {CONCEPT + c: max(1, round(2 * w)) for c, w in document.concepts.items()}
    query = Query(words, asked.folded, True, {**asked.terms, **weights}, tuple(document.concepts), ())
    points = points_of(decisive_terms(case, schemas, definition), definition)
    apart = frozenset().union(*(p for p in pairs_apart((case, *library.cases)) if case.id in p)) - {case.id}
    return Matter(words, case.id, signs, points, cited_rules(case, schemas), (), query, (), apart)


def points_of(terms: Iterable[str], definition: Definition) -> frozenset[str]:
    """Ids of the points at issue that the terms name."""
    held = frozenset(terms)
    return frozenset(point.id for point in definition.points if point.terms & held)


def decisive_terms(case: Case, schemas: Schemas, definition: Definition) -> frozenset[str]:
    """Coded terms whose verdict shows that the question was really at issue (`decisive` in the definition)."""
    decisive = definition.data["decisive"]
    fields = compared_fields(schemas.case)
    return frozenset(
        c.term
        for c in coded_items(case, schemas.case)
        if c.field in fields and (c.field not in decisive or c.state in decisive[c.field])
    )


def cited_rules(case: Case, schemas: Schemas) -> tuple[str, ...]:
    """References to rules on a case, in file order, each once; internal fields are not read."""
    public = {n for n, node in schemas.case.properties.items() if node.get("x-disclosure") == "public"}
    refs = (value for field, value in coding.cited_rules(case, schemas.case) if field in public)
    return tuple(dict.fromkeys(refs))


def _cited(text: str, library: Library) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Rules of the library and names of other norms that prose cites, by 《title》 or by id."""
    names = {normalize(name): rule.id for rule in library.rules for name in (rule.short, rule.title)}
    known: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for title in _TITLE.findall(text):
        folded = normalize(title)
        found = names.get(folded) or next((i for name, i in names.items() if _same(folded, name)), None)
        (known if found else unknown)[found or title] = None
    known.update(
        dict.fromkeys(r for r in _RULE_ID.findall(text) if r.partition("#")[0] in library.rule_by_id)
    )
    return tuple(known), tuple(unknown)


def _same(cited: str, name: str) -> bool:
    """Whether a cited title is a rule's name but for 中国共产党 or 中华人民共和国 before it or （试行） after it."""
    return len(cited) >= 4 and (cited.endswith(name) or name.endswith(cited) or name.startswith(cited + "("))
