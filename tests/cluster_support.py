"""Two searchd processes with a distributed table over them, and the two back ends behind one face, for the tests."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pymysql
import pytest

from build_tools.cli.common import read_edition
from build_tools.search import build_index, documents
from build_tools.search import cluster as remote
from build_tools.search.cluster import Address, Sent, parse_address, send, set_up
from build_tools.search.engine import search
from build_tools.search.query import analyse
from tests.check_support import SCHEMAS

SEARCHD = shutil.which("searchd") or "/usr/bin/searchd"
needs_searchd = pytest.mark.skipif(
    not os.access(SEARCHD, os.X_OK),
    reason="没有 searchd（Debian 的 sphinxsearch）：tests/need.sh 写明怎样安装",
)
_WAIT = 20  # seconds for a server to come up


@dataclass
class Servers:
    """Servers by number, their ports, and the folder in which each has its files."""

    folder: Path
    ports: list[tuple[int, int]]
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def address(self, table: str, more: str = "", fronts: str = "") -> Address:
        return parse_address(self.dsn(table, more, fronts))

    def dsn(self, table: str, more: str = "", fronts: str = "") -> str:
        """Server 0 is the front and a shard, the others are shards."""
        shards = [f"127.0.0.1:{port}:{agents}" for port, agents in self.ports]
        return f"sphinxql://{fronts}{shards[0]}/{table}?shards={','.join(shards)}{more}"

    def configure(self, *tables: str) -> None:
        """Write for each server what `rongcuo index --print-config sphinx` prints, over folders of the test's own."""
        printed = [set_up("sphinx", self.address(table), SCHEMAS) for table in tables]
        parts = [re.split(r"^# ---- .*\n", text, flags=re.M)[1:] for text in printed]
        for n in range(len(self.ports)):
            folder = self.folder / str(n)
            folder.mkdir(parents=True)
            tables_of = [part[n].partition("searchd\n")[0] for part in parts]
            text = "".join(tables_of) + "searchd\n" + parts[0][n].partition("searchd\n")[2]
            text = re.sub(
                r"/var/(lib/sphinxsearch/data|log/sphinxsearch|run/sphinxsearch)", str(folder), text
            )
            (folder / "sphinx.conf").write_text(text)

    def start(self, n: int) -> None:
        folder = self.folder / str(n)
        with open(folder / "out", "ab") as out:
            self.running[n] = subprocess.Popen(
                [SEARCHD, "--nodetach", "-c", str(folder / "sphinx.conf")], stdout=out, stderr=out
            )
        deadline = time.monotonic() + _WAIT
        while not self._answers(n):
            assert self.running[n].poll() is None and time.monotonic() < deadline, (
                folder / "out"
            ).read_text()
            time.sleep(0.05)

    def _answers(self, n: int) -> bool:
        try:
            pymysql.connect(
                host="127.0.0.1", port=self.ports[n][0], connect_timeout=1, read_timeout=2
            ).close()
        except pymysql.MySQLError:
            return False
        return True

    def kill(self, n: int) -> None:
        """As when the machine loses its power."""
        process = self.running.pop(n)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def pause(self, n: int) -> None:
        self.running[n].send_signal(signal.SIGSTOP)

    def resume(self, n: int) -> None:
        self.running[n].send_signal(signal.SIGCONT)


@contextmanager
def servers(folder: Path, *tables: str, count: int = 2) -> Iterator[Servers]:
    """Servers that run as long as the block lasts."""
    found = Servers(folder, free_ports(count))
    found.configure(*tables)
    try:
        for n in range(count):
            found.start(n)
        yield found
    finally:
        for n in list(found.running):
            found.kill(n)


def free_ports(pairs: int) -> list[tuple[int, int]]:
    """Pairs of ports that nobody listens on just now."""
    sockets = [socket.socket() for _ in range(2 * pairs)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return list(zip(ports[::2], ports[1::2], strict=True))


Filters = Mapping[str, Sequence[str]]


class Local:
    """The engine that reads every case."""

    def index(self, root: Path) -> None:
        library, self.schemas = read_edition(root, "public")
        self.built = build_index(library, self.schemas, documents(library, self.schemas))

    def query(
        self, text: str, filters: Filters | None = None, *, facts: bool = False, limit: int = 10
    ) -> list[str]:
        found = search(self.built, text, filters=filters, facts=facts, limit=limit)
        return [hit.document.id for hit in found.hits]


class Remote:
    """The cluster behind the same two operations."""

    def __init__(self, address: Address) -> None:
        self.address = address

    def index(self, root: Path, *, shrink: bool = True) -> Sent:
        self.root = root
        library, self.schemas = read_edition(root, "public")
        self.light = remote.light(root, self.schemas, "public", [root / "cases"])
        return send(library, self.schemas, documents(library, self.schemas), self.address, shrink=shrink)

    def reach(self, text: str, filters: Filters | None = None, *, facts: bool = False) -> remote.Found:
        with remote.opened(self.address, self.light) as cluster:
            asked = analyse(text, cluster.index, facts=facts)
            return cluster.reach(asked, cluster.selections(filters or {}, sides=facts))

    def query(
        self, text: str, filters: Filters | None = None, *, facts: bool = False, limit: int = 10
    ) -> list[str]:
        found = self.reach(text, filters, facts=facts)
        ranked = search(found.index, text, filters=filters, facts=facts, limit=limit)
        return [hit.document.id for hit in ranked.hits]
