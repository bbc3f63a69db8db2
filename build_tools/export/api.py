"""Makes the JSON files of the static interface; what they look like is defined in schema/api.schema.json."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from build_tools.export.changes import Change, updated
from build_tools.export.openapi import openapi, published_schemas
from build_tools.export.publication import LICENCE, LICENCE_URL, TITLE, Publication, compact
from build_tools.load import INTERNAL
from build_tools.memory import digest_of
from build_tools.model import Case, Rule, Vocabulary
from build_tools.output import Output
from build_tools.relate.links import Link
from build_tools.search.documents import GUIDE_WEIGHTS, TYPES
from build_tools.search.query import SETTINGS
from build_tools.search.shapes import Shape, facets_of, shape_of
from build_tools.search.shards import REGISTER

PAGE_SIZE = 500
Item = TypeVar("Item")

TOKENS = (
    "统一全半角、大小写和繁简以后，汉字逐字和每相邻两字各算一个词，字母和数字按整词算；"
    "词表里的名称和同义词另算概念。不用词典。"
)
FILES = (
    "先读目录文件，里面的 build 是索引所在文件夹的名字。每个文件调用一次下面的函数，参数是文件名、"
    "内容的 CRC-32（UTF-8）和内容。"
)


def api_files(source: Publication, downloads: Sequence[str] = ()) -> tuple[Output, ...]:
    """Every file of the interface. `downloads` are the paths of the whole library's files elsewhere on the site."""
    maker = _Maker(source)
    return (
        maker.index(downloads),
        *maker.cases(),
        *maker.rules(),
        *maker.vocabularies(),
        *maker.changes(),
        maker.search(),
        *maker.definitions(),
    )


class _Maker:
    """Wraps data in the envelope and puts it at the path that the schema gives it.

    Data are worked out only when a file is made; what they follow from is in the file's key.
    """

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

    def file(self, path: str, key: str, data: Callable[[], Any], total: int = 1) -> Output:
        """An answer at a path; the key says all that it depends on beside `Publication.head`."""

        def make() -> bytes:
            return compact({**self.head, "total": total, "data": data()})

        return Output(path, self.source.head + key, make)

    def pages(
        self, name: str, items: Sequence[Item], keys: Sequence[str], say: Callable[[Item], Any]
    ) -> Iterator[Output]:
        """A list as files of `PAGE_SIZE`, each naming the next; one file where there is nothing.

        `keys` has one text for each item, from which follows what `say` makes of it.
        """
        count = max(1, -(-len(items) // PAGE_SIZE))
        for page in range(1, count + 1):
            around = {
                "total": len(items),
                "page": page,
                "pages": count,
                "next": self.path(name, page + 1) if page < count else None,
                "previous": self.path(name, page - 1) if page > 1 else None,
            }
            part = slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
            key = self.source.head + digest_of(count, len(items), *keys[part])
            yield Output(self.path(name, page), key, partial(self._page, around, items[part], say))

    def _page(self, around: Mapping[str, Any], items: Sequence[Item], say: Callable[[Item], Any]) -> bytes:
        return compact({**self.head, **around, "data": list(map(say, items))})

    def index(self, downloads: Sequence[str]) -> Output:
        """The file to begin with; the only one that tells of the whole library."""
        source, edition = self.source, self.source.edition

        def data() -> dict[str, Any]:
            answers = (
                (node, node[key]) for node in self.definitions_of.values() for key in _PATHS if key in node
            )
            return {
                "title": TITLE,
                "organisation": source.site.organisation,
                "licence": LICENCE,
                "licence_url": LICENCE_URL,
                "cases": edition.cases,
                "digest": edition.digest,
                "updated": source.newest or None,
                "files": [{"title": node["title"], "url": self.base + path} for node, path in answers],
                "downloads": list(downloads),
            }

        key = digest_of(edition.cases, edition.digest, source.newest, *downloads)
        return self.file(self.path("index"), key, data)

    def cases(self) -> Iterator[Output]:
        """The list of all cases, and a file for each."""
        cases = self.source.cases
        yield from self.pages("cases", cases, [case.digest for case in cases], self._summary)
        start, end = self.path("case", id="\0").split("\0")
        for case in cases:
            links = self.source.relations.links.get(case.id, ())
            key = case.digest + (digest_of(*(tuple(_link(link).values()) for link in links)) if links else "")
            yield self.file(f"{start}{case.id}{end}", key, partial(self._item, case, links))

    def _summary(self, case: Case) -> dict[str, Any]:
        kept = {key: case.data[key] for key in self.summary_keys if key in case.data}
        return {**kept, **_facts(case), "url": self.path("case", id=case.id)}

    def _item(self, case: Case, links: Sequence[Link]) -> dict[str, Any]:
        return {"record": case.data, **_facts(case), "links": list(map(_link, links))}

    def rules(self) -> Iterator[Output]:
        """The list of all rules, and a file for each, which says what cites it."""
        rules = self.source.library.rules
        cited = {rule.id: self.source.relations.cited.get(rule.id, ()) for rule in rules}
        counts = {name: len({case_id for case_id, _, _ in cites}) for name, cites in cited.items()}

        def summary(rule: Rule) -> dict[str, Any]:
            kept = {key: rule.data[key] for key in self.rule_keys}
            url = self.path("rule", id=rule.id)
            return {**kept, "cases": counts[rule.id], "page": f"rules/{rule.id}.html", "url": url}

        yield from self.pages("rules", rules, [f"{r.digest} {counts[r.id]}" for r in rules], summary)
        for rule in rules:
            key = rule.digest + digest_of(*chain.from_iterable(cited[rule.id]))
            yield self.file(self.path("rule", id=rule.id), key, partial(_rule, rule, cited[rule.id]))

    def vocabularies(self) -> Iterator[Output]:
        """A file for each vocabulary, then the list of them."""
        lists = self.source.library.vocabularies
        for v in lists:
            yield self.file(
                self.path("vocabulary", list=v.name),
                v.record.digest,
                partial(_itself, v.record.data),
                len(v.terms),
            )
        key = digest_of(*(v.record.digest for v in lists))
        yield self.file(self.path("vocabularies"), key, lambda: list(map(self._list, lists)), len(lists))

    def _list(self, v: Vocabulary) -> dict[str, Any]:
        named = {"list": v.name, "title": v.title, "prefix": v.prefix, "description": v.description}
        return {**named, "terms": len(v.terms), "url": self.path("vocabulary", list=v.name)}

    def changes(self) -> Iterator[Output]:
        """The list of all changes."""
        changes = self.source.changes
        # Labels are in the words; all else follows from the case and the place of the change in it.
        keys = [f"{self.source.words}{c.case.digest} {c.type} {c.number}" for c in changes]
        return self.pages("changes", changes, keys, _change)

    def search(self) -> Output:
        """How the browser's index is read."""
        return self.file(self.path("search"), "", partial(_search, self.source))

    def definitions(self) -> Iterator[Output]:
        """The schemas of everything, and the description of the interface made from them."""
        source = self.source
        documents = published_schemas(source.schemas, internal=source.edition.name == INTERNAL)
        for name, document in documents.items():
            yield Output(f"{self.base}/schema/{name}", source.head, partial(compact, document))
        yield Output(f"{self.base}/openapi.json", source.head, lambda: compact(openapi(documents, source)))


_PATHS = ("x-path", "x-more")


def _link(link: Link) -> dict[str, str]:
    """A relation as seen from one side."""
    named = {"type": link.type, "label": link.label, "id": link.case.id}
    return {**named, "note": link.note} if link.note else named


def _itself(data: Any) -> Any:
    return data


def _rule(rule: Rule, citations: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    cited = [{"id": case_id, "article": article, "field": field} for case_id, article, field in citations]
    return {"record": rule.data, "page": f"rules/{rule.id}.html", "cited_by": cited}


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
