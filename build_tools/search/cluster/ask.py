"""Query: fetches from the cluster the documents worth ranking, reads them from the library's own files, and gives an
index of just these with the whole collection's statistics; from there on everything is as with the local engine.

The cluster holds words, not texts: what is shown always comes from the reader's own copy of the library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from build_tools.load import Schemas, for_edition, load_library
from build_tools.load.library import shown_path
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import Case, Library
from build_tools.search.cluster import wire
from build_tools.search.cluster.address import Address
from build_tools.search.cluster.client import ClusterError, Connection, front
from build_tools.search.cluster.send import parse_note
from build_tools.search.documents import Document, documents
from build_tools.search.engine import Filters
from build_tools.search.index import Index, Segment, Whole, build_index, build_segment
from build_tools.search.query import Query, bonus_of, is_common

CANDIDATES = 100  # documents fetched on each side at least: as many as gain from their neighbours'
_BEST = (
    5  # documents fetched without filters, because what is worth showing is measured against the best of all
)


@dataclass(frozen=True)
class Light:
    """A library without its cases: its words, rules and guidance, an index over these, and where the cases lie."""

    root: Path
    places: tuple[Path, ...]
    library: Library
    schemas: Schemas
    form: wire.Form
    index: Index = field(repr=False)


def light(root: Path, schemas: Schemas, edition: str, places: Sequence[Path]) -> Light:
    """Read everything but the cases, which lie in the folders `places`."""
    library = for_edition(load_library(root, []).library, schemas, edition)
    index = build_index(library, schemas, documents(library, schemas))
    return Light(root, tuple(places), library, schemas, wire.form_of(schemas), index)


@dataclass(frozen=True)
class Selection:
    """Which documents a query may find: filters as in the local engine, and facet numbers of which one must be
    there (`among`) or none may be (`without`)."""

    filters: Filters
    limit: int = CANDIDATES
    among: tuple[int, ...] = ()
    without: tuple[int, ...] = ()


@dataclass(frozen=True)
class Found:
    """A part of the library and its index; `total` is the number of matches where the cluster counted them.

    `partial`: something may be missing, and `notices` say what, in Chinese. `capped`: more matched than were fetched.
    """

    library: Library
    index: Index = field(repr=False)
    size: int  # cases in the cluster
    total: int | None
    capped: bool
    partial: bool
    notices: tuple[str, ...]


@dataclass
class Cluster:
    """An open cluster: what its notes say, and what is to be said to the user."""

    connection: Connection
    light: Light
    whole: Whole
    partial: bool
    notices: list[str]

    @cached_property
    def index(self) -> Index:
        """The library's index with the collection's statistics and no case."""
        return _with_cases(self.light.index, (), self.whole)

    def selections(self, filters: Filters, *, sides: bool, limit: int = CANDIDATES) -> list[Selection]:
        """What has to be fetched; with `sides`, warning examples and others are limited each on their own."""
        if sides:
            warning = _warning(self.light.schemas)
            numbers = tuple(wire.facet_number(name, v) for name, values in warning.items() for v in values)
            chosen = [Selection(filters, limit, among=numbers), Selection(filters, limit, without=numbers)]
        else:
            chosen = [Selection(filters, limit)]
        return [*chosen, Selection({}, _BEST)] if filters else chosen

    def reach(self, asked: Query, selections: Sequence[Selection]) -> Found:
        """Fetch what the query finds in each selection and index it; an empty query lists what passes."""
        frequencies: dict[str, int] = dict(self.whole.frequencies)
        rows: dict[str, int] = {}
        total, capped = None, False
        segment = self.index.segments[wire.TYPE]
        terms = {t: w for t, w in asked.terms.items() if not is_common(segment, t, asked.facts)}
        for selection in selections:
            if not terms and asked.text.strip():
                continue  # nothing in it that could be found
            statement, values = _statement(self, asked, terms, selection)
            found = self.connection.rows(statement, values)
            meta = self._heard()
            rows.update((str(row["rc_id"]), int(row["digest"])) for row in found)
            capped = capped or len(found) == selection.limit > _BEST
            if not terms:
                total = int(meta.get("total_found", len(found)))
            frequencies.update(_frequencies(meta, terms))
        whole = replace(self.whole, frequencies=frequencies)
        library, cases = self._read(rows)
        index = _with_cases(self.light.index, cases, whole)
        notices = tuple(dict.fromkeys(self.notices))
        return Found(library, index, whole.count, total, capped, self.partial, notices)

    def _heard(self) -> dict[str, str]:
        """What the server says about its last answer; warnings mean that a shard did not answer."""
        for warning in self.connection.warnings():
            self.partial = True
            self.notices.append(f"结果不全：有分片没有应答（{warning}）— 请看那台服务是否在运行，稍后再查")
        return dict(self.connection.pairs("SHOW META"))

    def _read(self, rows: Mapping[str, int]) -> tuple[Library, tuple[Document, ...]]:
        """The found cases from the library's files; says how many are missing or differ."""
        schemas, form = self.light.schemas, self.light.form
        cases = tuple(case for rc_id in sorted(rows) if (case := read_case(self.light, rc_id)))
        library = for_edition(replace(self.light.library, cases=cases), schemas, self.light.library.edition)
        found = tuple(d for d in documents(library, schemas) if d.type == wire.TYPE)
        changed = [d.id for d in found if wire.digest_of(d, form) != rows.get(d.id)]
        if missing := len(rows) - len(found):
            self.notices.append(f"集群里有 {missing} 件是本地没有的，没有列出 — 更新本地的案例库，或重发索引")
        if changed:
            self.notices.append(
                f"有 {len(changed)} 件集群里的与本地的不同（如 {changed[0]}）— 用 rongcuo index --cluster 重发"
            )
        return library, found


@contextmanager
def opened(address: Address, known: Light) -> Iterator[Cluster]:
    """A cluster that fits the library; raises ClusterError with what to do where it does not."""
    with front(address) as (connection, said):
        rows = connection.rows(
            f"SELECT id, note FROM {address.table} WHERE id<{wire.NOTES} ORDER BY id ASC "
            f"LIMIT {wire.NOTES} OPTION {connection.limits}"
        )
        notices = [f"{one}；改用 {connection.server}" for one in said]
        heard = Cluster(connection, known, Whole(0, {}, {}), False, notices)
        heard._heard()
        heard.whole = _checked([parse_note(row["note"]) for row in rows], heard)
        yield heard


def _checked(notes: Sequence[Mapping[str, Any]], heard: Cluster) -> Whole:
    """The collection's statistics out of the shards' notes; raises ClusterError where there are none or others'."""
    if not notes:
        hint = "等分片恢复再查" if heard.partial else "先用 rongcuo index --cluster 把案例发过去"
        raise ClusterError(f"集群的表 {heard.connection.address.table} 里没有索引 — {hint}")
    try:
        first = notes[0]
        whole = Whole(
            int(first["count"]),
            {str(term): int(n) for term, n in first["frequencies"].items()},
            {str(name): float(length) for name, length in first["lengths"].items()},
        )
        layout, edition, shards = str(first["layout"]), str(first["edition"]), int(first["shards"])
        updating = any(note["state"] != "complete" for note in notes)
    except (KeyError, TypeError, ValueError, AttributeError):
        return _checked([parse_note("")], heard)  # says that the note cannot be read
    _fits(layout, edition, heard)
    if len(notes) < shards:
        heard.partial = True
        heard.notices.append(f"结果不全：{shards} 个分片只有 {len(notes)} 个应答")
    if updating:
        heard.partial = True
        heard.notices.append(
            "集群正在更新，或上次没有发完，可能缺几件 — 稍后再查，或运行 rongcuo index --cluster 接着发"
        )
    return whole


def _fits(layout: str, edition: str, heard: Cluster) -> None:
    own = heard.light.library.edition
    if layout != heard.light.form.mark:
        raise ClusterError(
            "集群的索引是按别的版本的程序或 schema 建的 — 更新本地的案例库，或用新表名重发索引"
        )
    if edition != own:
        raise ClusterError(
            f"集群的索引是 {edition} 版，要查的是 {own} 版 — 加 --edition {edition}，或换地址里的表名"
        )


def _statement(
    cluster: Cluster, asked: Query, terms: Mapping[str, int], selection: Selection
) -> tuple[str, list[str]]:
    """One SELECT; only numbers, our own words and checked names stand in it."""
    where, values = [f"id>={wire.NOTES}"], []
    score, options = "", [f"max_matches={selection.limit}", cluster.connection.limits]
    if terms:
        where.insert(0, "MATCH(%s)")
        values.append(wire.match(terms))
        cover = bonus_of(asked, cluster.index.segments[wire.TYPE]) > 0
        score = "score DESC, "
        options += [
            f"ranker=expr('{wire.ranker(cluster.light.form, cover)}')",
            "idf='plain,tfidf_unnormalized'",
        ]
    every = [[wire.facet_number(name, v) for v in accepted] for name, accepted in selection.filters.items()]
    for numbers in filter(None, (*every, selection.among)):
        where.append(f"facets IN ({','.join(map(str, numbers))})")
    if selection.without:
        where.append(f"facets NOT IN ({','.join(map(str, selection.without))})")
    return (
        f"SELECT rc_id, digest, WEIGHT() AS score FROM {cluster.connection.address.table} "
        f"WHERE {' AND '.join(where)} ORDER BY {score}precedence DESC, rc_id DESC "
        f"LIMIT {selection.limit} OPTION {', '.join(options)}"
    ), values


def _warning(schemas: Schemas) -> dict[str, list[str]]:
    """Facet values of cases that warn rather than encourage: their kind, or that they were overturned."""
    kinds = [kind.value for kind in schemas.case.choices(("kind",)) if kind.fact("adverse") not in ("", "no")]
    return {"kind": kinds, "status": ["overturned"]}


def _frequencies(meta: Mapping[str, str], terms: Mapping[str, int]) -> dict[str, int]:
    """Document frequencies of a query's terms over all shards that answered."""
    tokens = {wire.word(term): term for term in terms}
    out = {}
    for name, said in meta.items():
        match = re.fullmatch(r"keyword\[(\d+)\]", name)
        if match and said in tokens:
            out[tokens[said]] = int(meta.get(f"docs[{match[1]}]", 0))
    return out


def _with_cases(index: Index, cases: Sequence[Document], whole: Whole) -> Index:
    """The index with these cases after its own documents."""
    segment: Segment = build_segment(wire.TYPE, len(index.documents), cases, whole)
    return replace(
        index, documents=(*index.documents, *cases), segments={**index.segments, wire.TYPE: segment}
    )


def read_case(known: Light, rc_id: str) -> Case | None:
    """A case from its file, `<year>/<id>.yaml` in one of the folders of cases; None where there is no such file."""
    pattern = str(known.schemas.case.resolve(known.schemas.case.properties["id"])["pattern"])
    if not re.fullmatch(pattern, rc_id):
        return None  # nothing that a server says becomes part of a path unread
    for place in known.places:
        beside = place / rc_id.split("-")[1] / f"{rc_id}.yaml"
        path = beside if beside.is_file() else next(iter(place.rglob(f"{rc_id}.yaml")), None)
        if path:
            parsed = read_yaml(path.read_bytes(), shown_path(path, known.root))
            if isinstance(parsed.data, Mapping) and parsed.data.get("id") == rc_id:
                return Case(
                    shown_path(path, known.root),
                    parsed.data,
                    parsed.marks,
                    parsed.key_marks,
                    parsed.text,
                    parsed.digest,
                )
    return None
