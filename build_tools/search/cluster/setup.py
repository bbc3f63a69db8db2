"""Writes out how to set a server up: statements for Manticore Search, a configuration for Sphinx. Runs nothing."""

from __future__ import annotations

from build_tools.load import Schemas
from build_tools.search.cluster import wire
from build_tools.search.cluster.address import Address, Server

KINDS = ("manticore", "sphinx")
_SPHINX_TYPES = {"string": "rt_attr_string", "bigint": "rt_attr_bigint", "multi64": "rt_attr_multi_64"}


def create_statement(table: str, form: wire.Form) -> str:
    """The statement by which a server that can creates the table of documents (texts indexed, not stored)."""
    texts = (f"{name} text indexed" for name in form.texts)
    attributes = (f"{name} {kind}" for name, kind in wire.ATTRIBUTES.items())
    return f"CREATE TABLE IF NOT EXISTS {table} ({', '.join((*texts, *attributes))})"


def set_up(kind: str, address: Address, schemas: Schemas) -> str:
    """What an administrator has to do by hand, as a file to read from top to bottom."""
    form = wire.form_of(schemas)
    return _manticore(address, form) if kind == "manticore" else _sphinx(address, form)


def _manticore(address: Address, form: wire.Form) -> str:
    parts = [
        "-- Manticore Search。存数据的每台服务器上（rongcuo index 会自己建，这里供核对）：",
        create_statement(address.local_table, form) + ";",
    ]
    if address.shards:
        agents = " ".join(f"agent='{_agent(one, address.local_table)}'" for one in address.shards)
        parts += [
            f"-- 每台供查询的主机（{'、'.join(map(str, address.fronts))}）上，用 SphinxQL 执行一次：",
            f"CREATE TABLE IF NOT EXISTS {address.table} type='distributed' {agents} "
            "agent_connect_timeout='1000' agent_query_timeout='30000';",
        ]
    return "\n".join(parts) + "\n"


def _sphinx(address: Address, form: wire.Form) -> str:
    """One configuration a server; a server that is both front and shard has both tables."""
    servers = dict.fromkeys((*address.writers, *address.fronts))
    return "\n".join(_sphinx_server(server, address, form) for server in servers)


def _sphinx_server(server: Server, address: Address, form: wire.Form) -> str:
    lines = [f"# ---- {server} 的 sphinx.conf（Sphinx 2.2；路径按服务器改）----"]
    if server in address.writers:
        lines += [
            f"index {address.local_table}",
            "{",
            "  type = rt",
            f"  path = /var/lib/sphinxsearch/data/{address.local_table}",
        ]
        lines += ["  rt_mem_limit = 512M", "  dict = keywords"]
        lines += [f"  rt_field = {name}" for name in form.texts]
        lines += [f"  {_SPHINX_TYPES[kind]} = {name}" for name, kind in wire.ATTRIBUTES.items()]
        lines += ["}", ""]
    if server in address.fronts and address.shards:
        lines += [f"index {address.table}", "{", "  type = distributed"]
        # Not `local =` for the front's own part: an agent that is slow or dead is left out, a local part is not.
        lines += [f"  agent = {_agent(one, address.local_table)}" for one in address.shards]
        lines += ["  agent_connect_timeout = 1000", "  agent_query_timeout = 30000", "}", ""]
    lines += [
        "searchd",
        "{",
        f"  listen = {_listen(server, server.port)}:mysql41",
        f"  listen = {_listen(server, server.agent_port)}",
        "  workers = threads",
        "  thread_stack = 1M",
        "  max_packet_size = 8M",
        "  # query_log 不设：用户输入的词不记日志",
        "  log = /var/log/sphinxsearch/searchd.log",
        "  pid_file = /var/run/sphinxsearch/searchd.pid",
        "  binlog_path = /var/lib/sphinxsearch/data",
        "}",
        "",
    ]
    return "\n".join(lines)


def _agent(server: Server, table: str) -> str:
    return f"{server.host}:{server.agent_port}:{table}"


def _listen(server: Server, port: int) -> str:
    return f"{server.host}:{port}"
