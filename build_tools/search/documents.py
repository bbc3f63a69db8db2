"""From the library to what can be searched: one `Document` a case, rule, term or guidance page. Scores nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from build_tools.load import INTERNAL, Schema, Schemas
from build_tools.memory import Memory, PerObject, per_object
from build_tools.model import Case, Guide, Library, Record, Rule, Term, Vocabulary
from build_tools.search.shapes import Found, Shape, read_record, shape_of

# Types of document in the order in which results are grouped; the labels are the site's words for them.
TYPES: Mapping[str, str] = {"case": "案例", "rule": "规则", "term": "词条", "guide": "指引"}
GUIDE_WEIGHTS = (5.0, 1.0)  # title and text of a guidance page, which has no schema
LEAD_FROM = 20  # characters; the first line of a page that is at least so long stands for it in results
ID_WEIGHT = 5.0
OWN_CONCEPT = 6.0  # how strongly a term's page stands for the term itself


@dataclass(frozen=True, slots=True)
class Field:
    """A named part of a document, its weight in ranking and its text (parts on lines of their own)."""

    name: str
    title: str
    weight: float
    text: str


class Brief(NamedTuple):
    """What of a case's document is asked for in every round.

    `published`, `confidence` and `day` say where it stands among others; `names` are its fields, with tabs between,
    `lengths` their lengths (array of "I"); `facets` the names and values with the number of values before them;
    `shown` what it shows as digests of 20 bytes and lengths (array of "I") of its head and its text.
    """

    published: bool
    confidence: int
    day: str
    names: str
    lengths: bytes
    facets: tuple[Any, ...]
    shown: bytes


class Source(Protocol):
    """Where documents are kept of which only the brief is known."""

    way: str  # stands for all that they depend on beside their cases

    def whole(self, document: Document) -> Document:
        """All of a document."""

    def read(self, key: str) -> Document | None:
        """The document that once had this key, where it is still known."""


@dataclass(frozen=True, slots=True)
class Document:
    """Something that can be found.

    `url` is relative to the site's root. `concepts` gives the weight with which a term is coded on it;
    `facets` the values by facet name, for display, filters and counts. One made by `later` has little more than its
    brief, and reads the rest anew whenever it is asked for: whoever wants more than one thing asks for the `whole`.
    """

    id: str
    type: str
    title: str
    url: str
    fields: tuple[Field, ...]
    concepts: Mapping[str, float] = field(default_factory=dict)
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    summary: str = ""
    place: str = ""
    date: str = ""
    key: str = field(default="", repr=False, compare=False)
    brief: Brief | None = field(default=None, repr=False, compare=False)
    source: Source | None = field(default=None, repr=False, compare=False)
    case: Case | None = field(default=None, repr=False, compare=False)

    @classmethod
    def later(cls, id: str, key: str, brief: Brief, source: Source, case: Case) -> Self:
        """The document of a case of which only the brief is known; `key` stands for all that it says."""
        document = object.__new__(cls)
        facts = (
            ("id", id),
            ("type", "case"),
            ("key", key),
            ("brief", brief),
            ("source", source),
            ("case", case),
        )
        for name, value in facts:
            object.__setattr__(document, name, value)
        return document

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:  # asked only for what is not there
            if name == "facets":
                return _facets(self.brief.facets)
            if name.startswith("_") or self.source is None:
                raise AttributeError(name)
            return getattr(self.source.whole(self), name)

    @property
    def whole(self) -> Document:
        """All of it, to be let go soon."""
        return self.source.whole(self) if self.source else self


def _facets(flat: Sequence[Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    at = 0
    while at < len(flat):
        end = at + 2 + flat[at + 1]
        found[flat[at]] = tuple(flat[at + 2 : end])
        at = end
    return found


def documents(library: Library, schemas: Schemas, memory: Memory | None = None) -> tuple[Document, ...]:
    """Every document in the order that breaks ties: by type, then the more citable and the newer case first.

    The library is one edition's. Withdrawn and merged cases keep nothing but their id, so that a search by id still
    leads to the tombstone. With a `memory` only the briefs of cases are held, and cases that were met before are not
    read; what else has not changed is the same document as before in this process.
    """
    internal = library.edition == INTERNAL
    case_shape, rule_shape = shape_of(schemas.case, internal=internal), shape_of(schemas.rule)
    words = tuple(v.record.digest for v in library.vocabularies)
    way = memory.digests.of(schemas.case, schemas.rule, schemas.vocabulary, words, internal) if memory else ""
    known: PerObject[Any, Document] = per_object(memory, "documents", way)
    terms: PerObject[Vocabulary, list[Document]] = per_object(memory, "term documents", way)

    def of_case(case: Case) -> Document:
        return _case(case, library, schemas.case, case_shape)

    def of_rule(rule: Rule) -> Document:
        return _rule(rule, library, rule_shape)

    def of_list(vocabulary: Vocabulary) -> list[Document]:
        return [_term(term, vocabulary, schemas.vocabulary) for term in vocabulary.terms]

    return (
        *_of_cases(library.cases, way, of_case, partial(_rank, schemas.case), memory),
        *(known.get(rule, of_rule) for rule in library.rules),
        *chain.from_iterable(terms.get(vocabulary, of_list) for vocabulary in library.vocabularies),
        *(known.get(guide, _guide) for guide in library.guides),
    )


_Rank = tuple[bool, int, str]


def _of_cases(
    cases: Sequence[Case],
    way: str,
    make: Callable[[Case], Document],
    rank: Callable[[Case], _Rank],
    memory: Memory | None,
) -> list[Document]:
    """The documents of cases, in order."""
    if memory is None:
        return [make(case) for case in sorted(cases, key=lambda c: (*rank(c), c.id), reverse=True)]
    from build_tools.search.shelf import Shelf  # which itself knows documents

    shelf = Shelf(memory, way, make, rank)
    found = map(shelf.document, cases)
    return sorted(found, key=lambda d: (*d.brief[:3], d.id) if d.brief else (), reverse=True)


def _rank(schema: Schema, case: Case) -> _Rank:
    grades = [c.value for c in schema.choices(("confidence", "grade"))]
    grade = case.get("confidence", "grade")
    confidence = -grades.index(grade) if grade in grades else -len(grades)
    return case.status == "published", confidence, str(case.get("date", "value") or "")


def _case(case: Case, library: Library, schema: Schema, shape: Shape) -> Document:
    found = read_record(case.data, shape, library)
    stone = case.tombstone
    facets = {name: tuple(values) for name, values in found.facets.items()}
    if case.year:
        facets["year"] = (case.year,)
    kept: dict[str, tuple[str, ...]] = {name: facets[name] for name in ("status", "kind") if name in facets}
    label = schema.choice(("status",), case.status).label
    return Document(
        id=case.id,
        type="case",
        title=f"{case.id}（{label}）" if stone else case.title,
        url=f"cases/{case.id}.html",
        fields=(_id_field(case), *(() if stone else _fields(found))),
        concepts={} if stone else _with_ancestors(found.concepts, library),
        facets=kept if stone else facets,
        summary="" if stone else str(case.get("summary") or ""),
        place="" if stone else "".join(str(v) for v in (case.get("region") or {}).values() if v),
        date=str(case.get("date", "value") or ""),
    )


def _rule(rule: Rule, library: Library, shape: Shape) -> Document:
    """A rule; what is graded unverified is not indexed, so that it is never quoted as fact."""
    articles = tuple(a for a in rule.get("articles") or () if a.get("grade") != "unverified")
    data = {**rule.data, "articles": articles}
    if not rule.verified:
        data = {key: value for key, value in rule.data.items() if key in ("title", "short")}
    found = read_record(data, shape, library)
    return Document(
        id=rule.id,
        type="rule",
        title=rule.title,
        url=f"rules/{rule.id}.html",
        fields=(_id_field(rule), *_fields(found)),
        concepts=_with_ancestors(found.concepts, library),
        summary=str(rule.get("summary") or "") if rule.verified else "",
        place=str(rule.get("region") or ""),
        date=str(rule.get("promulgated") or ""),
    )


def _term(term: Term, vocabulary: Vocabulary, schema: Schema) -> Document:
    item = schema.node_at(("terms", 0)) or {}
    fields = []
    for name, node in item.get("properties", {}).items():
        value = getattr(term, name, "")
        if "x-search" in node and value:
            text = value if isinstance(value, str) else "\n".join(value)
            fields.append(Field(name, str(node["title"]), float(node["x-search"]["weight"]), text))
    return Document(
        id=term.id,
        type="term",
        title=term.label,
        url=f"terms/{term.id}.html",
        fields=(Field("id", "编号", ID_WEIGHT, term.id), *fields),
        concepts={term.id: OWN_CONCEPT},
        facets={"list": (vocabulary.name,)},
        summary=term.definition,
        place=vocabulary.title,
    )


def _guide(guide: Guide) -> Document:
    lines = [line for line in plain_markdown(guide.text).split("\n") if line.strip() != guide.title]
    path = PurePosixPath(guide.path).with_suffix(".html")
    fields = (
        Field("title", "标题", GUIDE_WEIGHTS[0], guide.title),
        Field("text", "正文", GUIDE_WEIGHTS[1], "\n".join(lines)),
    )
    lead = next((line for line in lines if len(line) >= LEAD_FROM), "")
    return Document(str(path.with_suffix("")), "guide", guide.title, str(path), fields, summary=lead)


def _id_field(record: Record) -> Field:
    return Field("id", "编号", ID_WEIGHT, record.id)


def _fields(found: Found) -> Iterator[Field]:
    for part in found.parts:
        yield Field(part.name, part.title, part.weight, "\n".join(part.texts))


def _with_ancestors(concepts: Mapping[str, float], library: Library) -> Mapping[str, float]:
    """Coded terms plus their broader terms at half the weight, so that a search for the broad word finds them."""
    out = dict(concepts)
    for vocabulary in library.vocabularies:
        for term_id in concepts.keys() & vocabulary.by_id.keys():
            for ancestor in vocabulary.ancestors(term_id):
                out[ancestor.id] = max(out.get(ancestor.id, 0.0), concepts[term_id] / 2)
    return dict(sorted(out.items()))


_MARKDOWN = (
    (re.compile(r"\A---\n.*?\n---\n", re.S), ""),  # front matter
    (re.compile(r"^(```|~~~).*$", re.M), ""),
    (re.compile(r"<!--.*?-->|<[^>\n]*>", re.S), " "),
    (re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)"), r"\1"),
    (re.compile(r"\[\[(?:[^\]|\n]*\|)?([^\]\n]*)\]\]"), r"\1"),  # [[RC-2026-0001|words]]
    (re.compile(r"^[ \t]*(#{1,6}|>|[-*+]|\d+\.|!!!|\?\?\?)[ \t]+", re.M), ""),
    (re.compile(r"^[\s|:-]+$", re.M), ""),
    (re.compile(r"[*_`]{1,3}"), ""),
    (re.compile(r"[ \t]*\|[ \t]*|\{[^}\n]*\}"), " "),
    (re.compile(r"\s*\n\s*"), "\n"),
)


def plain_markdown(text: str) -> str:
    """Markdown without its marks; good enough for searching, not for display."""
    for pattern, by in _MARKDOWN:
        text = pattern.sub(by, text)
    return text.strip()
