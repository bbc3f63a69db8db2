"""`rongcuo lookback due`, `obligations` and `calendar`: lists of what is to be done; they change nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from build_tools.cli.common import force_option, format_option, out, out_option, put_file
from build_tools.cli.lookback_common import (
    Desk,
    as_of_option,
    check_suffix,
    desk_options,
    open_desk,
)
from build_tools.load.checklists import cite
from build_tools.load.lookback import Basis
from build_tools.lookback.due import Due, due
from build_tools.lookback.law import law_watch
from build_tools.lookback.obligations import Obligation, obligations

WITHIN, YEAR = 90, 366
DAYS_MOST = 3700
OBLIGATION = ("reviews", 0, "obligations", 0, "kind")


def within_option(default: int) -> Callable[[Any], Any]:
    """`--within`: how far to look ahead."""
    return click.option(
        "--within",
        type=click.IntRange(0, DAYS_MOST),
        default=default,
        metavar="天数",
        help=f"连同今后多少天内到期的（默认 {default}）。",
    )


@click.command("due", help="列出到期和将要到期的案例：哪天、为什么、依哪条政策，最急的在前。")
@desk_options
@as_of_option
@within_option(WITHIN)
@format_option
def due_command(root: Path, more: tuple[Path, ...], as_of: date | None, within: int, form: str) -> None:
    """Print what is due."""
    desk, day = open_desk(root, more), as_of or date.today()
    found = due(desk.library, desk.policy, day, within)
    if form == "json":
        facts = [_due_facts(item) for item in found]
        click.echo(
            json.dumps(
                {"schema_version": 1, "as_of": day.isoformat(), "within": within, "due": facts},
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    if found:
        out.print(_due_table(found, desk))
    _tell_due(found, desk, day, within)
    leaning = {
        use.case.id for watch in law_watch(desk.library, desk.schemas, day, within) for use in watch.cases
    }
    if leaning:
        out.print(
            f"另有 {len(leaning)} 件所引的规则变动了，应当再看：rongcuo lookback law --within {within}",
            markup=False,
        )


def _due_facts(item: Due) -> dict[str, object]:
    return {
        "id": item.case.id,
        "title": item.case.title,
        "kind": item.case.kind,
        "status": item.case.status,
        "due": item.due.isoformat(),
        "overdue_days": max(item.overdue, 0),
        "since": item.since.isoformat(),
        "reviewed": item.reviewed,
        "trigger": item.trigger,
        "rule": item.rule,
        "why": item.why,
    }


def _due_table(found: Sequence[Due], desk: Desk) -> Table:
    table = Table("到期", "编号", "类型", show_lines=True, expand=out.is_terminal)
    table.add_column("案例和理由", ratio=1, overflow="fold")
    for item in found:
        body = Text(f"{item.case.title}\n", "bold")
        last = f"上次 {item.since}" if item.reviewed else f"{item.since} 入库，未看过"
        body.append(f"{item.why}（{item.rule}：{_nature(desk, item)}；{last}）", "not bold")
        kind = desk.label("kind", item.case.kind)
        if item.case.status != "published":
            kind += f"\n[{desk.label('status', item.case.status)}]"
        table.add_row(Text(f"{item.due}\n{_left(item.overdue)}"), Text(item.case.id), Text(kind), body)
    return table


def _left(overdue: int) -> str:
    if overdue > 0:
        return f"逾期 {overdue} 天"
    return "今天到期" if overdue == 0 else f"还有 {-overdue} 天"


def _nature(desk: Desk, item: Due) -> str:
    """Whether the interval is a norm's or a working rule, with the norm."""
    bases: dict[str, Basis] = {line.id: line.basis for line in desk.policy.intervals}
    bases |= {term: finding.basis for term, finding in desk.policy.findings.items()}
    basis = bases.get(item.rule)
    if basis is None:
        return ""
    rules = "、".join(cite(rule, desk.library) for rule in basis.rules)
    return desk.words.origin(basis.origin) + (f"，{rules}" if rules else "")


def _tell_due(found: Sequence[Due], desk: Desk, day: date, within: int) -> None:
    late = sum(item.overdue > 0 for item in found)
    if found:
        out.print(f"{day} 起 {within} 天内到期 {len(found)} 件，其中已逾期 {late} 件。", markup=False)
        out.print(f"下一步：rongcuo lookback worksheet {found[0].case.id} -o 核对表.docx", markup=False)
        return
    coming = due(desk.library, desk.policy, day, DAYS_MOST)
    said = f"最近的一件是 {coming[0].case.id}，{coming[0].due} 到期。" if coming else "也没有以后要看的。"
    out.print(f"{day} 起 {within} 天内没有到期的；{said}", markup=False)


@click.command("obligations", help="列出回头看产生、还没有办结的义务，逾期最久的在前。")
@desk_options
@as_of_option
@click.option("--overdue", "late", is_flag=True, help="只列已经逾期的。")
@click.option("--all", "everything", is_flag=True, help="连同已经办结的。")
@format_option
def obligations_command(
    root: Path, more: tuple[Path, ...], as_of: date | None, late: bool, everything: bool, form: str
) -> None:
    """Print what is owed."""
    if late and everything:
        raise click.UsageError("--overdue 和 --all 只用一个。")
    desk, day = open_desk(root, more), as_of or date.today()
    found = [
        o for o in obligations(desk.library, day) if everything or (o.open and (o.overdue > 0 or not late))
    ]
    if form == "json":
        facts = [_obligation_facts(o) for o in found]
        click.echo(
            json.dumps(
                {"schema_version": 1, "as_of": day.isoformat(), "obligations": facts},
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    if found:
        out.print(_obligation_table(found, desk))
    open_ones = [o for o in found if o.open]
    overdue = sum(o.overdue > 0 for o in open_ones)
    out.print(f"{day}：未办结 {len(open_ones)} 项，其中逾期 {overdue} 项。", markup=False)
    if open_ones:
        first = open_ones[0]
        numbers = f"--review {first.review} --obligation {first.number}"
        out.print(
            f"办完了：rongcuo lookback done {first.case.id} {numbers} --evidence 怎样办的", markup=False
        )


def _obligation_facts(item: Obligation) -> dict[str, object]:
    return {
        "id": item.case.id,
        "title": item.case.title,
        "review": item.review,
        "number": item.number,
        "opened": item.opened.isoformat(),
        "kind": item.kind,
        "text": item.text,
        "due": item.due.isoformat(),
        "done": item.done.isoformat() if item.done else None,
        "evidence": item.evidence,
        "overdue_days": max(item.overdue, 0),
    }


def _obligation_table(found: Sequence[Obligation], desk: Desk) -> Table:
    table = Table("到期", "编号", "第几次 / 第几项", "义务", show_lines=True, expand=out.is_terminal)
    table.add_column("内容", ratio=1, overflow="fold")
    for item in found:
        state = f"{item.done} 办结" if item.done else _left(item.overdue)
        table.add_row(
            Text(f"{item.due}\n{state}"),
            Text(item.case.id),
            f"{item.review} / {item.number}",
            desk.schemas.case.choice(OBLIGATION, item.kind).label,
            Text(f"{item.case.title}\n{item.text}" + (f"\n{item.evidence}" if item.evidence else "")),
        )
    return table


@click.command("calendar", help="写出日历文件（.ics）：到期的回头看和没有办结的义务，可导入手机和办公软件。")
@desk_options
@as_of_option
@within_option(YEAR)
@out_option("写到哪里，以 .ics 结尾。", required=True)
@force_option
def calendar_command(
    root: Path, more: tuple[Path, ...], as_of: date | None, within: int, target: Path, force: bool
) -> None:
    """Write the calendar."""
    from build_tools.lookback.calendar import calendar

    check_suffix(target, (".ics",))
    desk, day = open_desk(root, more), as_of or date.today()
    found = due(desk.library, desk.policy, day, within)
    owed = [o for o in obligations(desk.library, day) if o.open]
    labels = {c.value: c.label for c in desk.schemas.case.choices(OBLIGATION)}
    put_file(target, calendar(found, owed, desk.library, desk.policy, labels, day), force=force)
    out.print(f"已写好 {target}：{len(found)} 件到期，{len(owed)} 项义务。", markup=False)
