"""Index: brings the cluster's tables to the state of the library; answers no queries.

Documents are replaced one by one and those the library no longer holds are removed; there is no second table and
no switch. Each case stands alone, so whoever searches meanwhile sees each of them as it was or as it is; one changed
case among a hundred thousand costs one row instead of a whole new table; an interrupted run loses nothing and the
next one goes on where it stopped. A note on every shard says that a run is under way, and searches repeat it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any

from build_tools.load import Schemas
from build_tools.model import Library
from build_tools.search.cluster import wire
from build_tools.search.cluster.address import Address
from build_tools.search.cluster.client import ClusterError, Connection, connected
from build_tools.search.cluster.setup import create_statement
from build_tools.search.documents import Document
from build_tools.search.index import average_lengths

_PAGE = 10_000  # rows read at once
_BATCH_BYTES = 2_000_000  # below the server's `max_packet_size` of 8 MB, quoting included
_BATCH_ROWS = 200
_GONE_AT_ONCE = 500
_MANY, _SHRINKS = 20, 0.5  # removing more than so many documents and more than this share has to be asked for

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a run did: documents in the cluster now, sent, removed, and left as they were."""

    total: int
    sent: int
    removed: int

    @property
    def kept(self) -> int:
        return self.total - self.sent


@dataclass(frozen=True)
class _Plan:
    """What one shard needs: documents to send, numbers to remove, and how many there will be."""

    connection: Connection
    table: str
    send: Sequence[Document]
    gone: Sequence[int]
    there: int
    total: int


def send(
    library: Library,
    schemas: Schemas,
    documents: Iterable[Document],
    address: Address,
    *,
    shrink: bool = False,
    progress: Progress = lambda done, of: None,
) -> Sent:
    """Make the cluster hold exactly the cases among the documents; raises ClusterError and can be run again.

    All shards are looked at before anything is changed. `shrink` allows removing most of what is there.
    `progress` gets (documents sent, documents to send).
    """
    cases = [document for document in documents if document.type == wire.TYPE]
    form, numbered = wire.form_of(schemas), _numbered(cases)
    note = {
        "layout": form.mark,
        "edition": library.edition,
        "count": len(cases),
        "shards": len(address.writers),
        "lengths": {name: round(length, 2) for name, length in average_lengths(cases).items()},
        "frequencies": wire.common_tokens(cases, _forms(library)),
    }
    with ExitStack() as stack:
        shards = [stack.enter_context(connected(server, address)) for server in address.writers]
        for shard in shards:
            _ready(shard, address.local_table, form, library)
        plans = [_plan(shard, n, address, numbered, form) for n, shard in enumerate(shards)]
        _not_too_few(plans, numbered, shrink)
        for n, plan in enumerate(plans):
            _note(plan, n, {**note, "state": "updating"})
        _carry_out(plans, form, progress)
        for n, plan in enumerate(plans):
            _verify(plan)
            _note(plan, n, {**note, "state": "complete"})
    return Sent(len(cases), sum(len(p.send) for p in plans), sum(len(p.gone) for p in plans))


def _numbered(cases: Sequence[Document]) -> Mapping[int, Document]:
    found: dict[int, Document] = {}
    for document in cases:
        other = found.setdefault(wire.number_of(document.id), document)
        if other is not document:
            raise ClusterError(f"{document.id} 和 {other.id} 不能同时入库 — 给其中一件换一个编号")
    return found


def _forms(library: Library) -> list[str]:
    return [form for v in library.vocabularies for term in v.terms for form in (term.label, *term.synonyms)]


def _ready(shard: Connection, table: str, form: wire.Form, library: Library) -> None:
    """Create the table where the server can; raises ClusterError where it cannot or has other columns or cases."""
    if table not in {name for name, _ in shard.pairs("SHOW TABLES")}:
        try:
            shard.rows(create_statement(table, form))
        except ClusterError:
            raise ClusterError(
                f"{shard.server} 上没有表 {table}，也不能用命令建 — 把 rongcuo index --print-config sphinx "
                "写出的那一份放到这台服务器上再启动"
            ) from None
    there = {name for name, _ in shard.pairs(f"DESC {table}")}
    if missing := [name for name in (*form.texts, *wire.ATTRIBUTES) if name not in there]:
        raise ClusterError(
            f"{shard.server} 的表 {table} 缺 {'、'.join(missing)} 这几栏，是按别的格式建的 — "
            "换一个表名（如 rongcuo2）重发，发完再让大家改用新地址"
        )
    note = read_note(shard, table)
    if note.get("edition", library.edition) != library.edition:
        raise ClusterError(
            f"{shard.server} 的表 {table} 装的是 {note['edition']} 版，这次要发的是 {library.edition} 版 — "
            "两种版本各用一张表，换一个表名"
        )


def read_note(shard: Connection, table: str) -> dict[str, Any]:
    """The last run's note on one shard; empty where there is none."""
    rows = shard.rows(f"SELECT id, note FROM {table} WHERE id<{wire.NOTES} LIMIT 1")
    return parse_note(rows[0]["note"]) if rows else {}


def parse_note(text: object) -> dict[str, Any]:
    """A shard's note; raises ClusterError where it is none of ours."""
    try:
        note = json.loads(str(text))
    except ValueError:
        note = None
    if not isinstance(note, dict):
        raise ClusterError("集群里的说明读不懂 — 用 rongcuo index --cluster 重发一次")
    return note


def _plan(
    shard: Connection, n: int, address: Address, numbered: Mapping[int, Document], form: wire.Form
) -> _Plan:
    """Compare what shard number `n` holds with what it should."""
    here = {number: d for number, d in numbered.items() if number % len(address.writers) == n}
    there = dict(_held(shard, address.local_table))
    wanted = [d for number, d in here.items() if there.get(number) != wire.digest_of(d, form)]
    gone = [number for number in there if number not in here]
    return _Plan(shard, address.local_table, wanted, gone, len(there), len(here))


def _held(shard: Connection, table: str) -> Iterator[tuple[int, int]]:
    """(number, digest) of every document of a shard."""
    last = wire.NOTES - 1
    while True:
        rows = shard.rows(
            f"SELECT id, digest FROM {table} WHERE id>{last} ORDER BY id ASC LIMIT {_PAGE} "
            f"OPTION max_matches={_PAGE}"
        )
        yield from ((int(row["id"]), int(row["digest"])) for row in rows)
        if len(rows) < _PAGE:
            return
        last = int(rows[-1]["id"])


def _not_too_few(plans: Sequence[_Plan], numbered: Mapping[int, Document], shrink: bool) -> None:
    """Raises ClusterError before most of an index is removed unasked, as from the wrong folder."""
    there, total = sum(plan.there for plan in plans), sum(plan.total for plan in plans)
    # What only moves to another shard is not lost.
    lost = len({number for plan in plans for number in plan.gone} - numbered.keys())
    if not shrink and lost > max(_MANY, _SHRINKS * there):
        raise ClusterError(
            f"集群里有 {there} 件，其中 {lost} 件这个库（{total} 件）没有 — 核对文件夹和表名；确实要删去，加 --shrink"
        )


def _carry_out(plans: Sequence[_Plan], form: wire.Form, progress: Progress) -> None:
    """What has to go goes first: a withdrawn case must not wait for a hundred thousand others."""
    for plan in plans:
        for at in range(0, len(plan.gone), _GONE_AT_ONCE):
            numbers = ",".join(map(str, plan.gone[at : at + _GONE_AT_ONCE]))
            plan.connection.rows(f"DELETE FROM {plan.table} WHERE id IN ({numbers})")
    done, of = 0, sum(len(plan.send) for plan in plans)
    progress(done, of)
    for plan in plans:
        rows = (wire.row_of(document, form) for document in plan.send)
        for batch in _batches(rows):
            _replace(plan, batch)
            done += len(batch)
            progress(done, of)


def _batches(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    size = 0
    for row in rows:
        length = sum(len(value) for value in row.values() if isinstance(value, str))
        if batch and (size + length > _BATCH_BYTES or len(batch) == _BATCH_ROWS):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += length
    if batch:
        yield batch


def _replace(plan: _Plan, rows: Sequence[Mapping[str, Any]]) -> None:
    names = list(rows[0])
    values: list[Any] = []
    marks = []
    for row in rows:
        # Multi-value attributes cannot be quoted; their numbers are written as they are.
        marks.append("(" + ",".join(_mark(row[name]) for name in names) + ")")
        values += [row[name] for name in names if not isinstance(row[name], list)]
    plan.connection.rows(f"REPLACE INTO {plan.table} ({','.join(names)}) VALUES {','.join(marks)}", values)


def _mark(value: Any) -> str:
    return f"({','.join(map(str, map(int, value)))})" if isinstance(value, list) else "%s"


def _verify(plan: _Plan) -> None:
    """Raises ClusterError where the shard does not hold as many documents as it should."""
    found = plan.connection.rows(f"SELECT COUNT(*) AS held FROM {plan.table} WHERE id>={wire.NOTES}")
    held = int(next(iter(islice(found, 1)), {"held": 0})["held"])
    if held != plan.total:
        raise ClusterError(
            f"{plan.connection.server} 应有 {plan.total} 件，实有 {held} 件 — 可能有人同时在发；再运行一次"
        )


def _note(plan: _Plan, n: int, note: Mapping[str, Any]) -> None:
    """Write shard number `n`'s note; its number differs from the others', or the server would drop all but one."""
    row = {
        "id": n + 1,
        "rc_id": "",
        "note": json.dumps(note, ensure_ascii=False),
        "digest": 0,
        "precedence": 0,
    }
    _replace(plan, [{**row, "facets": []}])
