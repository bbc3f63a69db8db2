"""`rongcuo index`: brings a cluster's index to the state of the library; what is sent is build_tools.search.cluster's."""

from __future__ import annotations

import time
from pathlib import Path

import click

from build_tools import search
from build_tools.cli.cluster import cluster_option, in_words
from build_tools.cli.common import case_places, edition_options, out, read_schemas, root_option, talk
from build_tools.load import Schemas, for_edition, load_library
from build_tools.model import Library
from build_tools.search.cluster import KINDS, Address, send, set_up


@click.command(
    "index",
    help="把案例的索引发到集群（SphinxQL：Manticore Search 或 Sphinx），供 search、similar 加 --cluster 查。"
    "只发变了的，中断了再运行一次就接着发。",
)
@root_option
@edition_options
@cluster_option(
    "集群地址，如 sphinxql://主机:9306/表名?shards=甲:9306,乙:9306。案例的全部词语会送到那些服务器。",
    required=True,
)
@click.option("--shrink", is_flag=True, help="集群里的大部分案例库里已经没有时，也照样删去。")
@click.option(
    "--print-config",
    "kind",
    type=click.Choice(KINDS),
    default=None,
    metavar="服务",
    help="只写出怎样设置服务器（manticore 或 sphinx），不连接，不发送。",
)
def command(
    root: Path, edition: str, more: tuple[Path, ...], cluster: Address, shrink: bool, kind: str | None
) -> None:
    """Send and report; nothing is sent from a library that cannot be read whole."""
    schemas = read_schemas(root)
    if kind:
        click.echo(set_up(kind, cluster, schemas), nl=False)
        return
    started = time.monotonic()
    library = _whole(root, schemas, edition, more)
    found = search.documents(library, schemas)
    with in_words():
        sent = send(library, schemas, found, cluster, shrink=shrink, progress=_progress)
    took = time.monotonic() - started
    out.print(
        f"集群 {cluster} 里现有 {sent.total:,} 件案例：发送 {sent.sent:,} 件，没有变 {sent.kept:,} 件，"
        f"删去 {sent.removed:,} 件；用时 {took:.1f} 秒。",
        markup=False,
    )


def _whole(root: Path, schemas: Schemas, edition: str, more: tuple[Path, ...]) -> Library:
    """The edition; a file that cannot be read must not look like a case that was removed."""
    loaded = load_library(root, case_places(root, more))
    if loaded.diagnostics:
        first = loaded.diagnostics[0]
        raise click.ClickException(
            f"有 {len(loaded.diagnostics)} 处读不出来（如 {first.path}），没有发送 — 先运行 rongcuo check 改好"
        )
    return for_edition(loaded.library, schemas, edition)


def _progress(done: int, of: int) -> None:
    """A line whenever another tenth is done."""
    step = max(1, of // 10)
    if of and (done == of or done // step != max(0, done - 200) // step):
        talk.print(f"已发送 {done:,}/{of:,}", markup=False)
