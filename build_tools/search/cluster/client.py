"""One connection to a server that speaks SphinxQL: time limits, errors in plain words; knows no documents.

Nothing waits for ever: every connect, read and write has its limit, and a server is told to give up on a silent
shard before the client gives up on the server. Messages never hold the password or what was searched for.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pymysql

from build_tools.search.cluster.address import PASSWORD_VARIABLE, Address, Server

Row = dict[str, Any]
# What PyMySQL raises when the other side is no such server: its parser meets arbitrary bytes.
_FOREIGN = (struct.error, ValueError, AssertionError, IndexError, AttributeError, TypeError, KeyError)
_REFUSED = (1044, 1045, 1698)  # codes of MySQL for a login that is not accepted
_SAID = 300  # characters of a server's own words that are repeated
_WAIT_FOR_SHARDS = 0.7  # share of the time limit


class ClusterError(Exception):
    """The cluster cannot do what was asked; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Connection:
    """An open connection and the address it belongs to."""

    server: Server
    address: Address
    raw: Any

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement; values go through the client library's own quoting."""
        with _in_words(self.server), self.raw.cursor() as cursor:
            cursor.execute(statement, tuple(values) or None)
            return list(cursor.fetchall() or ())

    def pairs(self, statement: str) -> list[tuple[str, str]]:
        """Rows of statements such as SHOW META as pairs of the first and the last column."""
        found = [list(row.values()) for row in self.rows(statement)]
        return [(str(row[0]), str(row[-1])) for row in found if row]

    def warnings(self) -> list[str]:
        """What the server warned of when it answered the last query, such as shards that did not."""
        return [_clean(text) for _, text in self.pairs("SHOW WARNINGS")]

    @property
    def limits(self) -> str:
        """Options of a query that keep the server from waiting for a silent shard."""
        share = round(1000 * self.address.timeout * _WAIT_FOR_SHARDS)
        return f"max_query_time={share}, agent_query_timeout={share}, retry_count=0"

    def close(self) -> None:
        try:
            self.raw.close()
        except (pymysql.MySQLError, OSError):
            pass  # it was broken already, which has been said


@contextmanager
def connected(server: Server, address: Address) -> Iterator[Connection]:
    """A connection for as long as the block lasts; raises ClusterError."""
    with _in_words(server):
        raw = pymysql.connect(
            host=server.host,
            port=server.port,
            user=address.user,
            password=os.environ.get(PASSWORD_VARIABLE, ""),
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=address.connect,
            read_timeout=address.timeout,
            write_timeout=address.timeout,
            cursorclass=pymysql.cursors.DictCursor,
        )
    connection = Connection(server, address, raw)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def front(address: Address) -> Iterator[tuple[Connection, list[str]]]:
    """A connection to the first front that answers, and what is to be said of those that do not."""
    said: list[str] = []
    for server in address.fronts:
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(connected(server, address))
            except ClusterError as error:
                said.append(str(error))
                continue
            yield connection, said
            return
    raise ClusterError("；".join(said))


@contextmanager
def _in_words(server: Server) -> Iterator[None]:
    """Turns what the client library raises into a ClusterError that says what to do."""
    try:
        yield
    except pymysql.MySQLError as error:
        raise ClusterError(_explained(server, error)) from None
    except (OSError, *_FOREIGN) as error:
        hint = "核对主机和端口，端口要是 SphinxQL 的（多为 9306），不是网页接口或节点之间的"
        raise ClusterError(f"{server} 答的不是 SphinxQL（{type(error).__name__}）— {hint}") from None


def _explained(server: Server, error: pymysql.MySQLError) -> str:
    code = error.args[0] if error.args else 0
    said = _clean(str(error.args[-1]) if error.args else "")
    if code in _REFUSED:
        return f"{server} 不接受这个用户名或口令 — 核对地址里的用户名和环境变量 {PASSWORD_VARIABLE}"
    if code in (2003, 2013, 2006, 0) and not isinstance(error, pymysql.ProgrammingError):
        late = "timed out" in said
        why = "在限定的时间里没有应答" if late else "连不上，或中途断了"
        more = "，或在地址里放宽 timeout=秒数" if late else ""
        return f"{server} {why} — 请看服务是否在运行、网络是否通{more}"
    if "unknown local index" in said or "no such index" in said or "unknown local table" in said:
        return f"{server} 上没有这张表 — 核对地址里的表名；还没有建的，照 rongcuo index --print-config 建"
    return f"{server} 不肯执行：{said} — 表与本程序的版本可能不一致，换一个表名用 rongcuo index 重发"


def _clean(text: str) -> str:
    """A server's words on one line, without control characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()[:_SAID]
