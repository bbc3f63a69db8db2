"""Reads a cluster's address, `sphinxql://host:port/table?shards=…`; opens no connection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from build_tools.check.suggest import nearest_of

SCHEME = "sphinxql://"
PORT, AGENT_PORT = 9306, 9312  # SphinxQL, and the port on which servers talk to one another
PASSWORD_VARIABLE = "RONGCUO_CLUSTER_PASSWORD"
MOST_SHARDS = 900  # numbers below 1,000 are kept for one note a shard
_OPTIONS: Mapping[str, tuple[float, float, float]] = {  # default, least, most, in seconds
    "connect": (3.0, 0.1, 60.0),
    "timeout": (10.0, 0.5, 600.0),
}
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(\d+))?(?::(\d+))?")
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,47}")
_USER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
EXAMPLE = "sphinxql://10.0.0.5:9306/rongcuo?shards=10.0.0.6:9306,10.0.0.7:9306"


class AddressError(ValueError):
    """What is wrong with an address and what to do, in Chinese; never repeats a password."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server: where it takes SphinxQL, and where it takes what other servers pass on."""

    host: str
    port: int
    agent_port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to ask (`fronts`, the first that answers), where to write (`shards`), the table, seconds to wait.

    Without shards there is one server and one table; with shards the fronts hold a distributed table of that name
    over the shards' `<table>_local`.
    """

    fronts: tuple[Server, ...]
    shards: tuple[Server, ...]
    table: str
    user: str
    connect: float
    timeout: float

    @property
    def writers(self) -> tuple[Server, ...]:
        """The servers that hold documents, in the order that decides where a document goes."""
        return self.shards or self.fronts[:1]

    @property
    def local_table(self) -> str:
        """The table that holds documents on each of the `writers`."""
        return f"{self.table}_local" if self.shards else self.table

    def __str__(self) -> str:
        return f"{'、'.join(map(str, self.fronts))}/{self.table}"


def parse_address(text: str) -> Address:
    """Read an address strictly; raises AddressError with what to do."""
    if not text.startswith(SCHEME):
        raise AddressError(f"集群地址要以 {SCHEME} 开头 — 写成 {EXAMPLE} 的样子")
    rest, _, options = text.removeprefix(SCHEME).partition("?")
    user, hosts = _user_and_hosts(rest.partition("/")[0])
    table = rest.partition("/")[2]
    if not _TABLE.fullmatch(table):
        raise AddressError("集群地址里的表名要以小写字母开头，只含小写字母、数字和下划线 — 如 …:9306/rongcuo")
    fronts = _servers(hosts, "主机")
    given = _options(options)
    shards = _servers(given["shards"], "分片") if "shards" in given else ()
    if len(fronts) > 1 and not shards:
        raise AddressError("写了几台主机，就要用 ?shards= 写明数据在哪几台 — 每台主机都要有同一张分布式表")
    if len(shards) > MOST_SHARDS:
        raise AddressError(f"分片最多 {MOST_SHARDS} 个 — 合并一些")
    seconds = {name: _seconds(name, given.get(name)) for name in _OPTIONS}
    return Address(fronts, shards, table, user, seconds["connect"], seconds["timeout"])


def _user_and_hosts(text: str) -> tuple[str, str]:
    user, at, hosts = text.rpartition("@")
    if ":" in user:
        raise AddressError(
            f"口令不要写在地址里（会留在命令历史里）— 地址里只写用户名，口令放进环境变量 {PASSWORD_VARIABLE}"
        )
    if at and not _USER.fullmatch(user):
        raise AddressError("集群地址里的用户名只能含字母、数字、点、下划线和短横 — 核对 @ 前面的部分")
    return user, hosts


def _servers(text: str, what: str) -> tuple[Server, ...]:
    servers = tuple(_server(part.strip(), what) for part in text.split(","))
    for place, one in enumerate(servers):
        if any((one.host, one.port) == (other.host, other.port) for other in servers[:place]):
            raise AddressError(f"{what} {one} 写了两次 — 去掉一个")
    return servers


def _server(text: str, what: str) -> Server:
    match = _HOST.fullmatch(text)
    if not match:
        raise AddressError(
            f"{what}“{text[:60]}”看不懂 — 写成 主机名:端口，如 10.0.0.5:{PORT}；几台用逗号隔开"
        )
    ports = [
        int(given) if given else usual
        for given, usual in zip(match.groups()[1:], (PORT, AGENT_PORT), strict=True)
    ]
    if not all(0 < port < 65536 for port in ports):
        raise AddressError(f"{what}“{text[:60]}”的端口不在 1 到 65535 之间 — 核对端口")
    return Server(match[1].strip("[]"), ports[0], ports[1])


def _options(text: str) -> dict[str, str]:
    known = ["shards", *_OPTIONS]
    found: dict[str, str] = {}
    for part in filter(None, text.split("&")):
        name, _, value = part.partition("=")
        if name not in known:
            guess = nearest_of(name, known)
            hint = f"是不是“{guess}”？" if guess else f"可以写：{'、'.join(known)}"
            raise AddressError(f"集群地址里没有“{name[:30]}”这一项 — {hint}")
        if name in found:
            raise AddressError(f"集群地址里“{name}”写了两次 — 去掉一个")
        found[name] = unquote(value)
    return found


def _seconds(name: str, value: str | None) -> float:
    usual, least, most = _OPTIONS[name]
    if value is None:
        return usual
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not least <= seconds <= most:
        raise AddressError(f"集群地址里 {name}= 是秒数，{least:g} 到 {most:g} — 如 {name}={usual:g}")
    return seconds
