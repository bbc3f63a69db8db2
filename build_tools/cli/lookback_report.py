"""`rongcuo lookback report`: the assessment of a period, on the terminal, as JSON or as a Word file."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from pathlib import Path

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
from build_tools.export.report import Entry, Note, Report
from build_tools.export.report import Table as Facts
from build_tools.lookback.assess import Assessment, assess
from build_tools.lookback.dates import Period, period_of

BLANK = "＿＿＿＿＿＿＿＿"
AUTHOR = "容错案例库"


def _period(_context: click.Context, _parameter: click.Parameter, value: str) -> Period:
    try:
        return period_of(value)
    except ValueError:
        raise click.BadParameter(
            f"“{value}”看不懂 — 写成 2026、2026H2（下半年）、2026Q3（三季度）或 2026-11"
        ) from None


@click.command("report", help="汇总一段时间的回头看：覆盖、及时、发现、纠正、义务；可写成 Word 文件报上级。")
@desk_options
@click.option(
    "--period", required=True, callback=_period, metavar="时段", help="2026、2026H2、2026Q3 或 2026-11。"
)
@as_of_option
@click.option("--by", default="", metavar="机关", help="报告机关；不写就留空。")
@out_option("Word 文件写到哪里，以 .docx 结尾；不写就只在终端显示。")
@force_option
@format_option
def report_command(
    root: Path,
    more: tuple[Path, ...],
    period: Period,
    as_of: date | None,
    by: str,
    target: Path | None,
    force: bool,
    form: str,
) -> None:
    """Sum up and show or write."""
    if target is not None:
        check_suffix(target, (".docx",))
    desk, today = open_desk(root, more), as_of or date.today()
    if period.first > today:
        raise click.UsageError(
            f"{period.name} 还没有开始（按 {today} 算）— 换一个时段，或用 --as-of 改日期。"
        )
    found = assess(desk.library, desk.policy, period, today)
    if target is not None:
        put_file(target, _document(found, desk, by.strip()), force=force)
        out.print(f"已写好 {target}。", markup=False)
    elif form == "json":
        click.echo(json.dumps(assessment_data(found, desk), ensure_ascii=False, indent=2))
    else:
        _print(found, desk, by.strip())


def _report(found: Assessment, desk: Desk, by: str) -> Report:
    from build_tools.lookback.report import assessment_report
    from build_tools.lookback.report_parts import consistency_part, law_part

    extra = (consistency_part(desk.words), law_part(desk.words, found.end))
    return assessment_report(found, desk.words, by=by, extra=extra)


def _document(found: Assessment, desk: Desk, by: str) -> bytes:
    """The finished file; python-docx is slow to import, so only now."""
    from build_tools.export.docx_report import docx_report

    report = _report(found, desk, by)
    return docx_report(report, BLANK, AUTHOR, datetime.combine(found.end, time()))


def _print(found: Assessment, desk: Desk, by: str) -> None:

    report = _report(found, desk, by)
    out.print(report.title, style="bold", markup=False)
    for part in report.parts:
        out.print(f"\n{part.heading}", style="bold", markup=False)
        for block in part.blocks:
            if isinstance(block, Note):
                out.print(block.text, markup=False)
            elif isinstance(block, Entry):
                out.print(f"{block.label}：{block.value or BLANK}", markup=False)
            elif isinstance(block, Facts):
                _print_table(block)


def _print_table(block: Facts) -> None:
    if not block.rows:
        out.print(f"{block.title}：{block.empty}", markup=False)
        return
    table = Table(title=block.title, title_justify="left", expand=out.is_terminal)
    for column in block.columns:
        table.add_column(column.label, overflow="fold")
    for row in block.rows:
        table.add_row(*(Text(row[column.id]) for column in block.columns))
    out.print(table)


def assessment_data(found: Assessment, desk: Desk) -> dict[str, object]:
    """The figures for other programs."""
    return {
        "schema_version": 1,
        "period": found.period.name,
        "first": found.period.first.isoformat(),
        "end": found.end.isoformat(),
        "stock": len(found.stock),
        "covered": len(found.covered),
        "never": len(found.never),
        "appointments": {
            "all": len(found.appointments),
            "timely": len(found.timely),
            "late": len(found.late),
            "missed": [a.case.id for a in found.missed],
        },
        "looks": len(found.looks),
        "cases": sorted(found.looked),
        "triggers": dict(sorted(found.triggers.items())),
        "findings": dict(sorted(found.findings.items())),
        "changed": [look.case.id for look in found.changed(desk.policy)],
        "obligations": {
            "opened": len(found.opened),
            "closed": len(found.closed),
            "open": len(found.pending),
            "overdue": len(found.overdue),
        },
    }
