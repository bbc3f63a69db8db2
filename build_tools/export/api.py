"""Makes the JSON files of the static interface; what they look like is defined in schema/api.schema.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from build_tools.export.changes import Change, updated
from build_tools.export.openapi import openapi, published_schemas
from build_tools.export.publication import LICENCE, LICENCE_URL, TITLE, Publication, compact
from build_tools.load import INTERNAL
from build_tools.model import Case, Rule
from build_tools.relate.links import Citation
from build_tools.search.documents import GUIDE_WEIGHTS, TYPES
from build_tools.search.query import SETTINGS
from build_tools.search.shapes import Shape, facets_of, shape_of
from build_tools.search.shards import REGISTER

PAGE_SIZE = 500
File = tuple[str, bytes]

TOKENS = (
    "统一全半角、大小写和繁简以后，汉字逐字和每相邻两字各算一个词，字母和数字按整词算；"
    "词表里的名称和同义词另算概念。不用词典。"
)
FILES = (
    "先读目录文件，里面的 build 是索引所在文件夹的名字。每个文件调用一次下面的函数，参数是文件名、"
    "内容的 CRC-32（UTF-8）和内容。"
)


def api_files(source: Publication, downloads: Sequence[str] = ()) -> dict[str, bytes]:
    """Path below the site → content. `downloads` are the whole library's files elsewhere on the site."""
    maker = _Maker(source)
    return dict(
        chain(
            [maker.file("index", maker.index(downloads))],
            maker.pages("cases", [maker.summary(case) for case in source.cases]),
            (maker.file("case", maker.item(case), id=case.id) for case in source.cases),
            maker.pages("rules", [maker.rule_summary(rule) for rule in source.library.rules]),
            (maker.file("rule", maker.rule(rule), id=rule.id) for rule in source.library.rules),
            maker.vocabularies(),
            maker.pages("changes", [_change(change) for change in source.changes]),
            [maker.file("search", _search(source))],
            maker.definitions(),
        )
    )


class _Maker:
    """Wraps data in the envelope and puts it at the path that the schema gives it."""

    def __init__(self, source: Publication) -> None:
        self.source = source
        document = source.schemas.api.document
        self.base, self.definitions_of = str(document["x-base"]), document["$defs"]
        self.head = {
            "schema_version": self.definitions_of["envelope"]["properties"]["schema_version"]["const"],
            "edition": source.edition.name,
            "library_version": source.edition.version,
        }
        summary = self.definitions_of["case_summary"]["properties"]
        self.summary_keys = [key for key in summary if key in source.schemas.case.properties]
        rule_summary = self.definitions_of["rule_summary"]["properties"]
        self.rule_keys = [key for key in rule_summary if key in source.schemas.rule.properties]

    def path(self, name: str, page: int = 1, **names: Any) -> str:
        """The path below the site of one of the schema's answers."""
        node = self.definitions_of[name]
        template = str(node["x-path"] if page == 1 else node["x-more"])
        return self.base + template.format(page=page, **names)

    def file(self, name: str, data: Any, *, total: int = 1, **names: Any) -> File:
        return self.path(name, **names), compact({**self.head, "total": total, "data": data})

    def pages(self, name: str, items: Sequence[Any]) -> Iterator[File]:
        """A list as files of `PAGE_SIZE`, each naming the next; one file where there is nothing."""
        count = max(1, -(-len(items) // PAGE_SIZE))
        for page in range(1, count + 1):
            around = {
                "page": page,
                "pages": count,
                "next": self.path(name, page + 1) if page < count else None,
                "previous": self.path(name, page - 1) if page > 1 else None,
            }
            data = items[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
            yield (
                self.path(name, page),
                compact({**self.head, "total": len(items), **around, "data": data}),
            )

    def index(self, downloads: Sequence[str]) -> dict[str, Any]:
        source = self.source
        answers = (
            (node, node[key]) for node in self.definitions_of.values() for key in _PATHS if key in node
        )
        return {
            "title": TITLE,
            "organisation": source.site.organisation,
            "licence": LICENCE,
            "licence_url": LICENCE_URL,
            "cases": source.edition.cases,
            "digest": source.edition.digest,
            "updated": source.newest or None,
            "files": [{"title": node["title"], "url": self.base + path} for node, path in answers],
            "downloads": list(downloads),
        }

    def summary(self, case: Case) -> dict[str, Any]:
        kept = {key: case.data[key] for key in self.summary_keys if key in case.data}
        return {**kept, **_facts(case), "url": self.path("case", id=case.id)}

    def item(self, case: Case) -> dict[str, Any]:
        links = [
            {"type": link.type, "label": link.label, "id": link.case.id}
            | ({"note": link.note} if link.note else {})
            for link in self.source.relations.links.get(case.id, ())
        ]
        return {"record": case.data, **_facts(case), "links": links}

    def rule_summary(self, rule: Rule) -> dict[str, Any]:
        kept = {key: rule.data[key] for key in self.rule_keys}
        cited = len({citation.case.id for citation in self._citations(rule)})
        own = {"cases": cited, "page": f"rules/{rule.id}.html", "url": self.path("rule", id=rule.id)}
        return {**kept, **own}

    def rule(self, rule: Rule) -> dict[str, Any]:
        cited = [{"id": c.case.id, "article": c.article, "field": c.field} for c in self._citations(rule)]
        return {"record": rule.data, "page": f"rules/{rule.id}.html", "cited_by": cited}

    def _citations(self, rule: Rule) -> Sequence[Citation]:
        return self.source.relations.citations.get(rule.id, ())

    def vocabularies(self) -> Iterator[File]:
        lists = self.source.library.vocabularies
        summaries = []
        for v in lists:
            url = self.path("vocabulary", list=v.name)
            named = {"list": v.name, "title": v.title, "prefix": v.prefix, "description": v.description}
            summaries.append({**named, "terms": len(v.terms), "url": url})
            yield self.file("vocabulary", v.record.data, total=len(v.terms), list=v.name)
        yield self.file("vocabularies", summaries, total=len(lists))

    def definitions(self) -> Iterator[File]:
        """The schemas of everything, and the description of the interface made from them."""
        schemas, internal = self.source.schemas, self.source.edition.name == INTERNAL
        documents = published_schemas(schemas, internal=internal)
        for name, document in documents.items():
            yield f"{self.base}/schema/{name}", compact(document)
        yield f"{self.base}/openapi.json", compact(openapi(documents, self.source))


_PATHS = ("x-path", "x-more")


def _facts(case: Case) -> dict[str, Any]:
    """What is known of a case beside its record."""
    return {
        "version": case.version,
        "updated": updated(case),
        "digest": case.digest,
        "page": f"cases/{case.id}.html",
    }


def _change(change: Change) -> dict[str, Any]:
    case = change.case
    said = {"what": change.what, "by": change.by} | ({"basis": change.basis} if change.basis else {})
    named = {
        "date": change.date,
        "type": change.type,
        "label": change.label,
        "case": case.id,
        "title": case.title,
    }
    return {**named, **said, "page": f"cases/{case.id}.html"}


def _search(source: Publication) -> dict[str, Any]:
    """How the browser's index is read, for programs that want to read it too."""
    schemas = source.schemas
    shapes = {
        "case": shape_of(schemas.case, internal=source.edition.name == INTERNAL),
        "rule": shape_of(schemas.rule),
        "term": shape_of(schemas.vocabulary).keys["terms"].item,
    }
    fields = [
        {"type": kind, "name": name, "title": child.title, "weight": weight}
        for kind, shape in shapes.items()
        for name, child in (shape.keys.items() if shape else ())
        if (weight := _weight(child))
    ]
    guide = zip(("title", "text"), ("标题", "正文"), GUIDE_WEIGHTS, strict=True)
    return {
        "manifest": "search/manifest.js",
        "register": REGISTER,
        "tokens": TOKENS,
        "files": FILES,
        "settings": SETTINGS,
        "types": TYPES,
        "fields": [*fields, *({"type": "guide", "name": n, "title": t, "weight": w} for n, t, w in guide)],
        "facets": {facet.name: facet.title for facet in facets_of(schemas.case)},
    }


def _weight(shape: Shape) -> float:
    """The weight of a field: its own, or that of what lies inside it."""
    inner: Mapping[str, Shape] = shape.item.keys if shape.item else shape.keys
    return shape.weight or max((_weight(child) for child in inner.values()), default=0.0)
