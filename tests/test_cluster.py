"""The cluster: both back ends keep one contract; addresses, words on the wire, dead and foreign servers."""

from __future__ import annotations

import json
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from build_tools.cli import main
from build_tools.cli.common import read_edition
from build_tools.export.precedents import GROUPS
from build_tools.search import documents, engine
from build_tools.search.cluster import (
    AddressError,
    ClusterError,
    Sent,
    ask,
    parse_address,
    read_case,
    send,
    wire,
)
from build_tools.search.cluster.address import PASSWORD_VARIABLE
from build_tools.search.text import tokens
from tests.check_support import SCHEMAS, make_library
from tests.cluster_support import Local, Remote, Servers, free_ports, needs_searchd, servers
from tests.matter_support import find, ids
from tests.search_support import ROOT, real_index, real_library

JUDGED = yaml.safe_load((ROOT / "tests/search_judged_full.yaml").read_text(encoding="utf-8"))["queries"]
FACTS = "社区没有等批复，先上车后补票修了楼道电梯，经费全部公开，没有谋取私利，居民投诉到 12345。"

# Number → title and what the case says; each wording stands in few of them, so that order can be foretold.
TEXTS = {
    1: ("社区未批先建停车棚获容错", "没有等批复就先搭了停车棚。"),
    2: ("网格员录错补贴账户获免责", "把补贴发到了别人账户，发现后追回。"),
    3: ("街道公开 WiFi 密码被提醒", "工作人员在群里发了 wifi 密码和 N-03 文件。"),
    4: ("村干部挪用征地款受处分", "把征地款借给合作社周转。"),
    5: ("防汛物资先发后补手续", "汛情紧急，先把沙袋发给村民，第二天补登记。"),
}
CASE = """id: {id}
title: {title}
status: published
kind: {kind}
disclosure: public
fields: [fd-renovation]
date: {{value: "{date}", kind: decision}}
summary: {said}
background: {said}
error_factors:
  - {{term: ef-no-approval, origin: source}}
"""


def case_id(number: int) -> str:
    return f"RC-2026-{number:04d}"


def put(root: Path, number: int, title: str = "", said: str = "", kind: str = "tolerated") -> Path:
    path = root / "cases" / "2026" / f"{case_id(number)}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    title, said = title or TEXTS[number][0], said or TEXTS[number][1]
    text = CASE.format(id=case_id(number), title=title, said=said, kind=kind, date=f"20{10 + number}-01-02")
    path.write_text(text, encoding="utf-8")
    return path


def some_cases(root: Path) -> Path:
    """A library of five cases, one of them a warning."""
    make_library(root)
    shutil.copy(ROOT / "schema/report.yaml", root / "schema")
    for number in TEXTS:
        put(root, number, kind="contrast" if number == 4 else "tolerated")
    return root


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Two servers with a table for small libraries and one for the real one."""
    with servers(tmp_path_factory.mktemp("集群"), "small", "large") as running:
        yield running


@pytest.fixture(params=["local", pytest.param("cluster", marks=needs_searchd)])
def back_end(request: pytest.FixtureRequest) -> Local | Remote:
    if request.param == "local":
        return Local()
    running: Servers = request.getfixturevalue("pair")
    return Remote(running.address("small"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return some_cases(tmp_path / "库")


def run(*args: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, list(args), input=text)


# One contract for both


def test_words_find_their_case_first(back_end: Local | Remote, root: Path) -> None:
    """Simplified or traditional, half or full width, capitals or not; ids, and parts of them."""
    back_end.index(root)
    wanted = {"停车棚": 1, "停車棚": 1, "WIFI": 3, "ｗｉｆｉ": 3, "n-03": 3, "rc-2026-0004": 4, "沙袋": 5}
    found = {text: back_end.query(text)[0] for text in wanted}
    assert found == {text: case_id(number) for text, number in wanted.items()}


def test_contract_of_lists_and_filters(back_end: Local | Remote, root: Path) -> None:
    back_end.index(root)
    newest_first = [case_id(n) for n in (5, 4, 3, 2, 1)]
    assert back_end.query("", {"status": ["published"]}) == newest_first
    assert back_end.query("", {"kind": ["contrast"]}) == [case_id(4)]
    assert back_end.query("", {"kind": ["contrast", "tolerated"], "year": ["2014", "2011"]}) == [
        case_id(4),
        case_id(1),
    ]
    assert back_end.query("", {"kind": ["no-such-kind"]}) == []
    assert back_end.query("") == []
    # The coded term finds all of them; a filter only ever takes results away.
    everything = back_end.query("未批先行")
    assert set(everything) == set(newest_first)
    assert back_end.query("未批先行", {"kind": ["tolerated"]}) == [i for i in everything if i != case_id(4)]


HOSTILE = (
    "@title x | * ' \" \\ ) ( ~ / ^ $ < = -",
    "')); DROP TABLE small; --",
    "%s %d %(x)s",
    "\x00\\'",
)


def test_unknown_and_hostile_words_find_nothing(back_end: Local | Remote, root: Path) -> None:
    back_end.index(root)
    for text in ("魑魅魍魉", "zzzz-9999", "🙂", *HOSTILE):
        assert back_end.query(text) == [], text
        assert back_end.query(f"{text} 沙袋")[0] == case_id(5), text


def test_what_is_taken_out_or_changed_is_so_at_once(back_end: Local | Remote, root: Path) -> None:
    back_end.index(root)
    put(root, 2, said="把路灯电费重复报销了一次。").rename(root / "cases/2026/RC-2026-0002.yaml")
    (root / "cases/2026/RC-2026-0005.yaml").unlink()
    back_end.index(root)
    assert back_end.query("沙袋") == []
    assert back_end.query("路灯电费")[0] == case_id(2)
    assert case_id(2) not in back_end.query("追回")


# What the cluster adds


@needs_searchd
def test_an_index_run_sends_only_what_changed(pair: Servers, root: Path) -> None:
    remote = Remote(pair.address("small"))
    remote.index(root)
    assert remote.index(root) == Sent(total=5, sent=0, removed=0)
    put(root, 3, said="换了一段话。")
    put(root, 6, "新来的一件案例", "新来的。")
    (root / "cases/2026/RC-2026-0001.yaml").unlink()
    assert remote.index(root) == Sent(total=5, sent=2, removed=1)


@needs_searchd
def test_nothing_shrinks_or_changes_edition_unasked(pair: Servers, tmp_path: Path) -> None:
    remote = Remote(pair.address("small"))
    many = make_library(tmp_path / "多")
    for number in range(1, 41):
        put(many, number, f"第{number}件案例的题目", "一段话。")
    remote.index(many)
    few = some_cases(tmp_path / "少")
    with pytest.raises(ClusterError, match=r"40 件.*--shrink"):
        remote.index(few, shrink=False)
    assert (
        len(remote.query("", {"status": ["published"]}, limit=99)) == 5
    )  # of the library at hand, nothing lost
    library, schemas = read_edition(few, "internal")
    with pytest.raises(ClusterError, match=r"public 版.*internal 版"):
        send(library, schemas, documents(library, schemas), remote.address, shrink=True)
    said = run("search", "--root", str(few), "--edition", "internal", "--cluster", pair.dsn("small"), "停车")
    assert said.exit_code == 1 and "加 --edition public" in said.output


@needs_searchd
def test_a_case_that_differs_here_is_pointed_out(pair: Servers, root: Path) -> None:
    remote = Remote(pair.address("small"))
    remote.index(root)
    put(root, 5, said="沙袋已经改成别的话。")
    (root / "cases/2026/RC-2026-0004.yaml").unlink()
    found = remote.reach("未批先行")
    assert not found.partial
    said = "".join(found.notices)
    assert "1 件是本地没有的" in said and "1 件集群里的与本地的不同（如 RC-2026-0005）" in said


@needs_searchd
def test_the_real_library_is_ranked_as_here(pair: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is the local one to the last place, but for what neighbours add: they are found among fewer."""
    remote = Remote(pair.address("large"))
    remote.index(ROOT)
    read = cache(partial(read_case, remote.light))
    monkeypatch.setattr(ask, "read_case", lambda _light, rc_id: read(rc_id))
    asked = [*[(q["text"], False) for q in JUDGED if not q.get("facts")][::16], (JUDGED[-1]["text"], True)]
    local = Local()
    local.schemas, local.built = real_library()[1], real_index()
    for text, facts in asked[-2:]:
        here, there = local.query(text, facts=facts), remote.query(text, facts=facts)
        assert len(set(here) & set(there)) >= 8, text  # measured: 9.4 (docs/manual/cluster.md)
    monkeypatch.setattr(engine, "smooth", lambda ranked, *_: list(ranked))
    for text, facts in asked:
        assert local.query(text, facts=facts) == remote.query(text, facts=facts), text
    similar_agrees(pair)


def similar_agrees(pair: Servers) -> None:
    said = run(
        "similar", "--root", str(ROOT), "-", "--format", "json", "--cluster", pair.dsn("large"), text=FACTS
    )
    assert said.exit_code == 0, said.output
    there, here = json.loads(said.stdout), find(FACTS)
    assert there["partial"] is False and there["notices"] == []
    assert there["library"]["cases"] == len(real_library()[0].cases)
    assert there["totals"] == dict(here.totals)
    assert [r["id"] for r in there["results"]] == [i for group in GROUPS for i in ids(here, group)[:5]]


@needs_searchd
def test_the_cluster_s_own_order_is_near_ours(pair: Servers, root: Path) -> None:
    """The servers' BM25F picks the candidates: what it puts first must be what the full ranking wants."""
    remote = Remote(pair.address("small"))
    remote.index(root)
    from build_tools.search.cluster.client import front

    with front(remote.address) as (connection, _):
        rows = connection.rows(
            f"SELECT rc_id, WEIGHT() AS score FROM small WHERE MATCH(%s) ORDER BY score DESC "
            f"OPTION ranker=expr('{wire.ranker(wire.form_of(SCHEMAS), False)}'), idf='plain,tfidf_unnormalized'",
            [wire.match({t: 4 for t in tokens("沙袋登记")} | {"@ef-no-approval": 4})],
        )
    scores = [row["score"] for row in rows]
    assert rows[0]["rc_id"] == case_id(5) and scores[0] > scores[1] > 0


# Servers that die, hang, or are something else


@needs_searchd
def test_a_dead_or_silent_shard_is_said_and_nothing_is_lost(tmp_path: Path, root: Path) -> None:
    with servers(tmp_path / "两台", "small") as running:
        remote = Remote(running.address("small"))
        remote.index(root)
        dsn = running.dsn("small")
        whole = set(remote.query("未批先行"))
        assert len(whole) == 5

        running.pause(1)
        found = remote.reach("未批先行")
        assert found.partial and "没有应答" in found.notices[0]
        running.resume(1)
        assert set(remote.query("未批先行")) == whole

        running.kill(1)
        said = run("search", "--root", str(root), "--cluster", dsn, "未批先行", "--format", "json")
        data = json.loads(said.stdout)
        assert said.exit_code == 3 and data["partial"] is True
        assert {r["id"] for r in data["results"]} < whole and "注意：结果不全" in said.stderr
        said = run("similar", "--root", str(root), "--cluster", dsn, "-", text=FACTS)
        assert said.exit_code == 3 and "注意：结果不全" in said.stderr
        said = run("index", "--root", str(root), "--cluster", dsn)
        assert said.exit_code == 1 and "连不上" in said.output

        running.start(1)
        assert set(remote.query("未批先行")) == whole
        running.kill(1)
        running.kill(0)
        said = run("search", "--root", str(root), "--cluster", dsn, "未批先行")
        assert said.exit_code == 1 and "请看服务是否在运行" in said.output


@needs_searchd
def test_a_shard_that_dies_while_it_is_sent_to(tmp_path: Path, root: Path) -> None:
    with servers(tmp_path / "两台", "small") as running:
        remote = Remote(running.address("small"))
        remote.index(root)
        for number in TEXTS:
            put(root, number, said=f"{TEXTS[number][1]}又补了几句。")
        library, schemas = read_edition(root, "public")

        def dies(done: int, _of: int) -> None:
            if done == 0:
                running.kill(1)

        with pytest.raises(ClusterError, match="连不上，或中途断了"):
            send(library, schemas, documents(library, schemas), remote.address, progress=dies)
        running.start(1)
        half = remote.reach("未批先行")
        assert half.partial and "上次没有发完" in "".join(half.notices)
        assert len([d for d in half.index.documents if d.type == "case"]) == 5  # old or new, none is lost
        again = remote.index(root, shrink=False)
        assert again.total == 5 and again.sent < 5 and again.removed == 0
        assert not remote.reach("未批先行").partial


@needs_searchd
def test_the_next_front_is_asked_where_the_first_is_dead(pair: Servers, root: Path) -> None:
    remote = Remote(pair.address("small"))
    remote.index(root)
    ((dead, _),) = free_ports(1)
    dsn = pair.dsn("small", fronts=f"127.0.0.1:{dead},")
    said = run("search", "--root", str(root), "--cluster", dsn, "沙袋", "--format", "json")
    data = json.loads(said.stdout)
    assert data["results"][0]["id"] == case_id(5) and data["partial"] is False
    assert f"127.0.0.1:{dead} 连不上" in data["notices"][0] and said.exit_code == 0


@needs_searchd
def test_an_empty_or_missing_table_is_explained(tmp_path: Path, root: Path) -> None:
    with servers(tmp_path / "一台", "small", count=1) as running:
        said = run("search", "--root", str(root), "--cluster", running.dsn("small"), "沙袋")
        assert said.exit_code == 1 and "先用 rongcuo index --cluster" in said.output
        said = run("search", "--root", str(root), "--cluster", running.dsn("other"), "沙袋")
        assert said.exit_code == 1 and "没有这张表" in said.output
        said = run("index", "--root", str(root), "--cluster", running.dsn("other"))
        assert said.exit_code == 1 and "--print-config sphinx" in said.output


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 64, b"\xff" * 300, b""])
def test_a_foreign_or_silent_server_is_named_and_not_waited_for(root: Path, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        held: list[socket.socket] = []

        def serve() -> None:
            client, _ = listening.accept()
            held.append(client)
            client.sendall(answer)
            if answer:
                client.close()

        threading.Thread(target=serve, daemon=True).start()
        dsn = f"sphinxql://127.0.0.1:{port}/rc?connect=0.3&timeout=0.5"
        said = run("search", "--root", str(root), "--cluster", dsn, "沙袋")
        for client in held:
            client.close()
    assert said.exit_code == 1 and f"127.0.0.1:{port}" in said.output
    assert "—" in said.output and "Traceback" not in said.output


# Addresses


def test_an_address_is_read_whole() -> None:
    found = parse_address("sphinxql://lib@h1,[::1]:9307/rongcuo_2?shards=a:1,b:2:3&timeout=2.5")
    assert [str(server) for server in found.fronts] == ["h1:9306", "[::1]:9307"]
    assert [(s.host, s.port, s.agent_port) for s in found.shards] == [("a", 1, 9312), ("b", 2, 3)]
    assert (found.table, found.local_table, found.user) == ("rongcuo_2", "rongcuo_2_local", "lib")
    assert (found.connect, found.timeout) == (3.0, 2.5)
    alone = parse_address("sphinxql://h/rc")
    assert alone.writers == alone.fronts and alone.local_table == "rc"


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("mysql://h/rc", "sphinxql:// 开头"),
        ("sphinxql://h", "表名"),
        ("sphinxql://h/RC;DROP", "表名"),
        ("sphinxql:///rc", "看不懂"),
        ("sphinxql://h:99999/rc", "端口"),
        ("sphinxql://h:x/rc", "看不懂"),
        ("sphinxql://h/rc?shard=a:1", "是不是“shards”"),
        ("sphinxql://h/rc?shards=a:1,a:1", "写了两次"),
        ("sphinxql://h/rc?shards=", "看不懂"),
        ("sphinxql://h,i/rc", "?shards="),
        ("sphinxql://h/rc?timeout=forever", "秒数"),
        ("sphinxql://h/rc?timeout=nan", "秒数"),
        ("sphinxql://a b@h/rc", "用户名"),
    ],
)
def test_a_wrong_address_is_explained(dsn: str, said: str) -> None:
    with pytest.raises(AddressError, match=re.escape(said)):
        parse_address(dsn)
    result = run("search", "--root", str(ROOT), "--cluster", dsn, "停车")
    assert result.exit_code == 2 and "--cluster：" in result.output


def test_a_password_is_refused_in_the_address_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    said = run("search", "--root", str(root), "--cluster", "sphinxql://me:hunter2@h/rc", "停车").output
    assert PASSWORD_VARIABLE in said and "hunter2" not in said
    monkeypatch.setenv(PASSWORD_VARIABLE, "hunter2")
    ((dead, _),) = free_ports(1)
    said = run(
        "search", "--root", str(root), "--cluster", f"sphinxql://me@127.0.0.1:{dead}/rc", "停车"
    ).output
    assert "连不上" in said and "hunter2" not in said


# What goes over the wire


@given(st.text(min_size=1))
def test_words_on_the_wire_are_plain_and_tell_tokens_apart(text: str) -> None:
    held = list(dict.fromkeys([*tokens(text), *tokens(text + "-停車" + text), "@ef-x", "〇", "〇停"]))
    words = [wire.word(token) for token in held]
    assert all(re.fullmatch("[0-9a-z]{1,40}", word) for word in words)
    assert len(set(words)) == len(words)


def test_the_table_has_a_column_for_every_field_of_either_edition(root: Path) -> None:
    weights = wire.form_of(SCHEMAS).weights
    library, schemas = read_edition(root, "internal")
    for document in (*real_index().documents, *documents(library, schemas)):
        if document.type == "case":
            assert {part.name: part.weight for part in document.fields}.items() <= weights.items()


@pytest.mark.parametrize("kind", ["manticore", "sphinx"])
def test_the_set_up_names_every_server_and_column(kind: str) -> None:
    dsn = "sphinxql://front:9306/rc?shards=one:9306,two:9307:9400"
    said = run("index", "--root", str(ROOT), "--cluster", dsn, "--print-config", kind)
    assert said.exit_code == 0
    assert "one:9312:rc_local" in said.output and "two:9400:rc_local" in said.output
    expected: list[Any] = [*wire.form_of(SCHEMAS).texts, *wire.ATTRIBUTES]
    assert all(name in said.output for name in expected)


def test_a_library_that_cannot_be_read_whole_is_not_sent(root: Path) -> None:
    (root / "cases/2026/RC-2026-0003.yaml").write_text("id: [", encoding="utf-8")
    ((dead, _),) = free_ports(1)
    said = run("index", "--root", str(root), "--cluster", f"sphinxql://127.0.0.1:{dead}/rc")
    assert said.exit_code == 1 and "没有发送" in said.output and "rongcuo check" in said.output
