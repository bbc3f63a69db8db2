"""What `index`, `search` and `similar` share for a cluster: the option, and saying what went wrong or is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from build_tools.cli.common import talk
from build_tools.search.cluster import Address, AddressError, ClusterError, Found, parse_address

Command = TypeVar("Command", bound=Callable[..., Any] | click.Command)
PARTIAL = 3  # exit code: there is an answer, but not from all of the cluster


def _address(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Address | None:
    try:
        return parse_address(value) if value is not None else None
    except AddressError as error:
        raise click.UsageError(f"--cluster：{error}") from None


def cluster_option(said: str, *, required: bool = False) -> Callable[[Command], Command]:
    """`--cluster`, read strictly into an Address."""
    return click.option("--cluster", metavar="地址", callback=_address, required=required, help=said)


asking_option = cluster_option(
    "到集群里找，如 sphinxql://主机:9306/表名。输入的词和案情会变成词送到那台服务器；不加就只在本机找。"
)


@contextmanager
def in_words() -> Iterator[None]:
    """Shows what the cluster cannot do as an error of the command."""
    try:
        yield
    except ClusterError as error:
        raise click.ClickException(str(error)) from None


def say(notices: Sequence[str]) -> None:
    """Notices go to standard error, so that pipes stay clean."""
    for notice in notices:
        talk.print(f"注意：{notice}", markup=False)


def cluster_data(found: Found | None) -> dict[str, Any]:
    """What JSON says about the cluster; nothing where none was asked."""
    return {} if found is None else {"partial": found.partial, "notices": list(found.notices)}


def leave(found: Found | None) -> None:
    """The exit code says when something may be missing."""
    if found is not None and found.partial:
        raise SystemExit(PARTIAL)
