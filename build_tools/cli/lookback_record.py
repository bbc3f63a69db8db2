"""`rongcuo lookback worksheet`, `record` and `done`: the sheet to fill in, and what was found into the case's file."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from build_tools.cli.common import force_option, out, out_option, put_file
from build_tools.cli.lookback_common import (
    Desk,
    check_suffix,
    day,
    desk_options,
    open_desk,
)
from build_tools.edit.write import replace_file
from build_tools.load.yaml_reader import MAX_BYTES, read_yaml
from build_tools.lookback.filing import Filing, filing_of
from build_tools.lookback.obligations import Obligation, obligations_of
from build_tools.lookback.record import Recorded, obligations_for, problems_of, record_done, record_filing
from build_tools.model import Case

FORMS = (".docx", ".xlsx")
AUTHOR = "容错案例库"


@click.command("worksheet", help="写出一个案例的回头看核对表（.docx 或 .xlsx），库里知道的已经填好。")
@desk_options
@click.argument("case_id", metavar="案例编号")
@out_option("写到哪里，以 .docx 或 .xlsx 结尾。", required=True)
@force_option
def worksheet_command(root: Path, more: tuple[Path, ...], case_id: str, target: Path, force: bool) -> None:
    """Write the sheet; the libraries for Office files are slow to import, so only now."""
    from build_tools.lookback.worksheet import worksheet
    from build_tools.lookback.worksheet_docx import worksheet_docx
    from build_tools.lookback.worksheet_xlsx import worksheet_xlsx

    check_suffix(target, FORMS)
    desk = open_desk(root, more)
    case = desk.case(case_id)
    sheet = worksheet(case, desk.words)
    draw = worksheet_docx if target.suffix.lower() == FORMS[0] else worksheet_xlsx
    put_file(target, draw(sheet, AUTHOR), force=force)
    out.print(f"已写好 {target}。填好后：rongcuo lookback record {case.id} --from {target}", markup=False)


@click.command("record", help="记录一次回头看：在终端逐项问答，或用 --from 读填好的表；有错就一个字也不写。")
@desk_options
@click.argument("case_id", metavar="案例编号")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="文件",
    help="填好的核对表（.docx、.xlsx）或 .yaml。",
)
@click.option("--dry-run", is_flag=True, help="只检查，不写。")
def record_command(
    root: Path, more: tuple[Path, ...], case_id: str, source: Path | None, dry_run: bool
) -> None:
    """Ask or read, check, write."""
    from build_tools.cli.lookback_ask import answers_file, asked, forget

    desk, today = open_desk(root, more), date.today()
    case = desk.case(case_id)
    if reason := desk.policy.exempt.get(case.status):
        raise click.UsageError(f"{case.id} 不再安排回头看 — {reason}")
    raw = _bytes(desk, case)
    try:
        data = asked(desk, case, today) if source is None else _read(source, desk)
    except click.Abort:
        out.print(f"\n已答的留着，再运行 rongcuo lookback record {case.id} 接着答。", markup=False)
        raise
    filing = _filing(data, desk, case, answers_file(desk, case) if source is None else None)
    if filing.digest and filing.digest != case.digest:
        out.print("注意：领表以后案例改过，请核对表上的内容还对不对。", markup=False)
    found = record_filing(case, raw, filing, desk.policy, desk.loaded, desk.schemas, today)
    _refuse_errors(found)
    _tell(desk, case, filing, found)
    if dry_run:
        out.print("只检查了，没有写。")
        return
    if source is None and not click.confirm("写进案例吗", default=True):
        out.print(f"没有写；已答的留着，再运行 rongcuo lookback record {case.id} 可以再写。", markup=False)
        return
    _write(desk, case, raw, found)
    _tell_next(desk, case, filing)
    if source is None:
        forget(desk, case)


def _read(source: Path, desk: Desk) -> Mapping[str, Any]:
    """What a filled-in form says; raises click.UsageError where it cannot be read."""
    if source.suffix.lower() in (".yaml", ".yml"):
        try:
            with source.open("rb") as file:
                parsed = read_yaml(file.read(MAX_BYTES + 1), source.as_posix())
        except OSError as error:
            raise click.UsageError(f"读不出 {source}（{error.strerror}）— 核对权限。") from None
        if parsed.diagnostics or not isinstance(parsed.data, Mapping):
            said = "\n".join(map(str, parsed.diagnostics)) or f"{source} 不是“键: 值”的写法"
            raise click.UsageError(said)
        return parsed.data
    from build_tools.load.office import OfficeError
    from build_tools.lookback.worksheet import filled

    try:
        return filled(source, desk.words)
    except OfficeError as error:
        raise click.UsageError(str(error)) from None


def _filing(data: Mapping[str, Any], desk: Desk, case: Case, kept: Path | None) -> Filing:
    """The checked filing; prints everything that is wrong with it and ends the command with 1.

    `kept` is where answers given on the terminal wait; they have to go before others can be given.
    """
    filing, problems = filing_of(data, desk.words)
    if filing is not None:
        problems = tuple(problems_of(case, filing, desk.policy))
    for problem in problems:
        out.print(problem, markup=False)
    if filing is None or problems:
        out.print(f"{len(problems)} 处要改，案例没有动。")
        if kept:
            out.print(f"已答的存在 {kept}；删掉它，再运行一次从头答。", markup=False)
        sys.exit(1)
    return filing


def _bytes(desk: Desk, case: Case) -> bytes:
    """The file as it is now; it must be the one that was loaded."""
    try:
        raw = desk.file(case).read_bytes()
    except OSError as error:
        raise click.ClickException(f"读不出 {case.path}（{error.strerror}）— 核对权限") from None
    if hashlib.sha256(raw).hexdigest() != case.digest:
        raise click.ClickException(f"{case.path} 刚被别人改过 — 再运行一次")
    return raw


def _refuse_errors(found: Recorded) -> None:
    for diagnostic in found.diagnostics:
        out.print(str(diagnostic), markup=False)
    if found.text is None or found.errors:
        out.print("写进去会有错，案例没有动 — 照上面改好再来。")
        sys.exit(1)


def _tell(desk: Desk, case: Case, filing: Filing, found: Recorded) -> None:
    """What is about to be written."""
    labels = dict(desk.words.kinds)
    out.print(f"结论：{'、'.join(map(desk.library.label, filing.findings))}", markup=False)
    changing = [desk.policy.findings[t].status for t in filing.findings if desk.policy.findings[t].status]
    if changing:
        old, new = desk.label("status", case.status), desk.label("status", changing[-1])
        out.print(f"状态：{old} → {new}", markup=False)
    for opened in obligations_for(filing, desk.policy):
        out.print(f"义务：{labels[opened.kind][0]}，{opened.due} 前：{opened.text}", markup=False)


def _write(desk: Desk, case: Case, raw: bytes, found: Recorded) -> None:
    assert found.text is not None
    if _bytes(desk, case) != raw:
        raise click.ClickException(f"{case.path} 刚被别人改过 — 再运行一次")
    try:
        replace_file(desk.file(case), found.text)
    except OSError as error:
        raise click.ClickException(f"写不了 {case.path}（{error.strerror}）— 核对权限") from None
    out.print(f"已写进 {case.path}。", markup=False)


def _tell_next(desk: Desk, case: Case, filing: Filing) -> None:
    """What to do once it is written."""
    if obligations_for(filing, desk.policy):
        out.print("义务办到哪里：rongcuo lookback obligations", markup=False)
    out.print(f"网站上要看到，重新生成：rongcuo site（案例页 cases/{case.id}.html）", markup=False)


@click.command("done", help="把一项义务记为办结：哪天、怎样办的。")
@desk_options
@click.argument("case_id", metavar="案例编号")
@click.option("--review", type=click.IntRange(1), required=True, metavar="N", help="第几次回头看。")
@click.option(
    "--obligation", "number", type=click.IntRange(1), required=True, metavar="N", help="第几项义务。"
)
@click.option("--date", "done", metavar="日期", callback=day, help="办结的日期（默认今天）。")
@click.option("--evidence", required=True, metavar="文字", help="怎样办结的、凭什么。")
@click.option("--by", default="编辑组", metavar="机关或岗位", help="谁记的（默认编辑组）。")
def done_command(
    root: Path,
    more: tuple[Path, ...],
    case_id: str,
    review: int,
    number: int,
    done: date | None,
    evidence: str,
    by: str,
) -> None:
    """Mark and write."""
    desk, today = open_desk(root, more), date.today()
    case = desk.case(case_id)
    obligation = _obligation(list(obligations_of(case, date.max)), case, review, number)
    raw = _bytes(desk, case)
    said = ((done or today).isoformat(), " ".join(evidence.split()), " ".join(by.split()))
    found = record_done(case, raw, obligation, said, desk.loaded, desk.schemas, today)
    _refuse_errors(found)
    _write(desk, case, raw, found)


def _obligation(found: Sequence[Obligation], case: Case, review: int, number: int) -> Obligation:
    match = next((o for o in found if (o.review, o.number) == (review, number)), None)
    if match is None:
        known = "；".join(f"--review {o.review} --obligation {o.number} {o.text}" for o in found if o.open)
        raise click.UsageError(f"{case.id} 没有这一项义务 — 没有办结的：{known or '无'}")
    if match.done:
        raise click.UsageError(f"{case.id} 的这一项 {match.done} 已经办结，不再改动")
    return match
