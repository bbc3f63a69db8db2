"""`rongcuo report`: writes the 类案检索报告 for a matter as a Word file."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import click

from build_tools.cli.common import (
    edition_options,
    force_option,
    out,
    out_option,
    put_file,
    root_option,
    taken,
)
from build_tools.cli.matter import Searched, element_options, searched


@click.command(
    "report",
    help="给出一段案情（文件，- 为标准输入）、案例文件或案例编号，写出类案检索报告（.docx）。案情只进入这份报告。",
)
@root_option
@edition_options
@click.argument("source", metavar="案情")
@out_option("报告写到哪里，以 .docx 结尾。", required=True)
@click.option("--by", default="", metavar="机关或岗位", help="检索人；不写就留空。")
@click.option("--case-name", default="", metavar="名称", help="案件或事项名称；不写就留空。")
@element_options
@click.option(
    "--limit", type=click.IntRange(1, 100), default=10, metavar="N", help="每组最多列出几件（默认 10）。"
)
@force_option
def command(
    root: Path,
    edition: str,
    more: tuple[Path, ...],
    source: str,
    target: Path,
    by: str,
    case_name: str,
    add: tuple[str, ...],
    drop: tuple[str, ...],
    limit: int,
    force: bool,
) -> None:
    """Search, fill in, write; an existing file stays unless told otherwise."""
    _check_target(target, force)
    today = date.today()
    found = searched(root, source, add, drop, today, limit, edition, more)
    content = _content(found, today, by.strip(), case_name.strip())
    put_file(target, content, force=force)
    groups = found.findings.groups.items()
    counts = "，".join(
        f"{found.definition.text('groups', group, 'label')} {len(shown)} 件" for group, shown in groups
    )
    out.print(f"已写好 {target}：{counts}。", markup=False)
    out.print("请核对第二部分认出的要素，填写第六至八部分的空白；案情没有留在别处。", markup=False)


def _content(found: Searched, today: date, by: str, case_name: str) -> bytes:
    """The finished file; python-docx is slow to import, so only now."""
    from build_tools.export.docx_report import docx_report
    from build_tools.export.report import build_report

    definition = found.definition
    report = build_report(
        found.findings, found.library, found.schemas, definition, today, by=by, case_name=case_name
    )
    moment = datetime.combine(today, time())
    return docx_report(report, definition.text("blank"), definition.text("platform"), moment)


def _check_target(target: Path, force: bool) -> None:
    if target.suffix.lower() != ".docx":
        raise click.UsageError(f"{target} 不以 .docx 结尾 — 写成 -o 报告.docx 的样子。")
    if target.exists() and not force:
        raise taken(target)
