"""`rongcuo similar`: lists the precedents for a matter, each with what is alike and what differs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from build_tools.cli.cluster import asking_option, cluster_data, leave, say
from build_tools.cli.common import edition_options, format_option, out, root_option
from build_tools.cli.matter import Searched, element_options, searched
from build_tools.export.as_data import findings_data
from build_tools.export.matter import FACTORS, FIELDS
from build_tools.export.precedents import GROUPS, Precedent
from build_tools.export.wording import (
    Wording,
    different_lines,
    element_line,
    other_fields,
    outcome_labels,
    place_of,
    points_line,
    shared_lines,
)
from build_tools.search.cluster import Address


@click.command(
    "similar",
    help="给出一段案情（文件，- 为标准输入）、案例文件或案例编号，列出类案、不利案例和参考事实，逐件写明相同和不同。",
)
@root_option
@edition_options
@click.argument("source", metavar="案情")
@element_options
@click.option(
    "--limit", type=click.IntRange(1, 100), default=5, metavar="N", help="每组最多列出几件（默认 5）。"
)
@asking_option
@format_option
def command(
    root: Path,
    edition: str,
    more: tuple[Path, ...],
    source: str,
    add: tuple[str, ...],
    drop: tuple[str, ...],
    limit: int,
    cluster: Address | None,
    form: str,
) -> None:
    """Search and print; the facts go nowhere but through this program, and as words to a cluster if one is asked."""
    found = searched(root, source, add, drop, date.today(), limit, edition, more, cluster)
    words = Wording(found.library, found.schemas, found.definition)
    if form == "json":
        click.echo(json.dumps(_data(found, words), ensure_ascii=False, indent=2))
    else:
        _print_matter(found, words)
        for group in GROUPS:
            _print_group(group, found, words)
        _print_spread(found, words)
    if found.reached:
        say(found.reached.notices)
        leave(found.reached)


def _data(found: Searched, words: Wording) -> dict[str, Any]:
    """The findings as data; a cluster's collection has a size but no digest of its own."""
    data = findings_data(found.findings, words)
    if found.reached:
        data["library"] = {**data["library"], "cases": found.reached.size, "digest": None}
    return {**data, **cluster_data(found.reached)}


def _print_matter(found: Searched, words: Wording) -> None:
    matter = found.findings.matter
    fields = (FIELDS, FACTORS, *other_fields(matter))
    out.print(element_line(matter, fields, words, titled=True) or "没有从案情里认出要素。", markup=False)
    if matter.points:
        out.print(points_line(matter.points, words), markup=False)
    if matter.recommended:
        terms = "、".join(map(found.library.label, matter.recommended))
        out.print(
            f"{words.text('texts', 'recommended', terms=terms)}（属实就加 --add {terms}）", markup=False
        )


def _print_group(group: str, found: Searched, words: Wording) -> None:
    shown, total = found.findings.groups[group], found.findings.totals[group]
    label = words.text("groups", group, "label")
    if not shown:
        out.print(f"{label}：{words.text('groups', group, 'empty')}", markup=False)
        return
    count = words.text("texts", "shown", total=total, shown=len(shown))
    title = f"{label}：{count}。{words.text('groups', group, 'note')}"
    out.print(_table(title, shown, words, from_case=bool(found.findings.matter.case_id)))


def _table(title: str, shown: Sequence[Precedent], words: Wording, *, from_case: bool) -> Table:
    table = Table(title=Text(title), title_justify="left", show_lines=True, expand=out.is_terminal)
    table.add_column("编号", no_wrap=True)
    table.add_column("相同", ratio=1, overflow="fold")
    table.add_column("不同", ratio=1, overflow="fold")
    for p in shown:
        number = Text(f"{p.case.id}\n[{words.choice('kind', p.case.kind)}]")
        if p.case.status != "published":
            number.append(f"\n[{words.choice('status', p.case.status)}]", "bold")
        number.append(f"\n{p.step.label} {p.case.year}")
        alike = Text(f"{p.case.title}\n", "bold")
        alike.append("\n".join(shared_lines(p, words)), "not bold")
        differs = [
            *different_lines(p.comparison, words, from_case=from_case),
            f"结果：{outcome_labels(p.case, words)}",
        ]
        table.add_row(number, alike, Text("\n".join((place_of(p.case), *differs)).strip()))
    return table


def _print_spread(found: Searched, words: Wording) -> None:
    """One bar a kind over all on-point cases that still hold."""
    if found.findings.spread:
        out.print(found.definition.table_title("spread"), markup=False)
    for share in found.findings.spread:
        bar = words.text("texts", "bar") * min(share.count, 30)
        out.print(f"  {words.choice('kind', share.kind)} {bar} {share.count}", markup=False)
