"""`rongcuo import`: turns filled forms into draft cases, says how each blank was understood and what is left to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

import click

from build_tools.check import run_checks
from build_tools.cli.common import out, read_schemas, root_option
from build_tools.edit.mint import CASE_ID, next_id
from build_tools.edit.skeleton import SCHEMA_LINE
from build_tools.edit.write import create_file
from build_tools.forms.draft import CHANGED, MISSING, READ, SHOWN, STRAY, UNKNOWN, Entry, draft_text
from build_tools.forms.importing import SUFFIXES, import_form, numbered_yaml
from build_tools.load import Schemas, load_library, shown_path
from build_tools.load.office import OfficeError

TRIES = 20
# How the report is ordered, and what happens to the text of each state.
HEADINGS = {
    READ: "读入 {count} 处：",
    CHANGED: "改写后读入 {count} 处，请核对：",
    UNKNOWN: "没有认出 {count} 处，原文在草稿里该栏上方的注释里：",
    STRAY: "没有放进栏目 {count} 处，原文在草稿末尾的注释里：",
    MISSING: "必填而空着 {count} 栏：",
}


@click.command(
    "import", help="把填好的案例填报表（.docx、.xlsx，或网页填报下载的 .yaml）变成草稿，逐栏说明读成了什么。"
)
@root_option
@click.argument("files", nargs=-1, required=True, metavar="文件…", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    metavar="文件夹",
    help="草稿放到哪里（默认放进案例库的 cases/年份/）。",
)
def command(root: Path, files: tuple[Path, ...], folder: Path | None) -> None:
    """Import file after file; one that cannot be read does not stop the others."""
    schemas, today = read_schemas(root), date.today()
    target = folder or root / "cases" / str(today.year)
    drafts, failed = [], 0
    for file in files:
        try:
            drafts.append(_import(file, root, target, schemas, today))
        except OfficeError as error:
            failed += 1
            out.print(f"{file.name}：没有导入。{error}", markup=False)
        out.print()
    if drafts:
        _what_remains(root, target, drafts, schemas, today)
    sys.exit(1 if failed else 0)


def _import(file: Path, root: Path, target: Path, schemas: Schemas, today: date) -> Path:
    """Read one file and write its draft; raises OfficeError where there is nothing to write."""
    if file.suffix.lower() not in SUFFIXES:
        raise OfficeError(f"{file.name} 不是 {'、'.join(SUFFIXES)} 文件 — 用软件另存为其中一种再试")
    library = load_library(root, [place for place in (root / "cases", target) if place.exists()]).library
    day, line = today.isoformat(), _schema_line(root, target)
    made = None if file.suffix.lower() == ".yaml" else import_form(file, library, schemas)
    if made is not None and all(entry.state == MISSING for entry in made.report):
        raise OfficeError(f"{file.name} 是一份空表 — 填好再导入")
    case_id = next_id(library, root, today.year)
    for _ in range(TRIES):
        if made is None:
            text = numbered_yaml(file, schemas, case_id, day)
        else:
            text = draft_text(made, schemas.case, case_id, day, file.name, line)
        path = target / f"{case_id}.yaml"
        try:
            create_file(path, text)
        except FileExistsError:
            case_id = _after(case_id)
            continue
        except OSError as error:
            raise OfficeError(f"写不了 {path}（{error.strerror}）— 核对文件夹权限") from None
        out.print(f"{file.name} → {shown_path(path, root)}", markup=False)
        _tell(made.report if made else ())
        return path
    raise OfficeError("取不到新编号 — 稍后再试")


def _after(case_id: str) -> str:
    """The id that follows, when somebody else took this one in the moment."""
    year, serial = CASE_ID.findall(case_id)[0]
    return f"RC-{year}-{int(serial) + 1:04d}"


def _schema_line(root: Path, target: Path) -> str:
    """The first line by which editors find the schema, from wherever the draft lies."""
    usual = SCHEMA_LINE.rpartition("=")
    found = os.path.relpath(root / "schema" / "case.schema.json", target).replace(os.sep, "/")
    return f"{usual[0]}{usual[1]}{found}"


def _tell(report: Sequence[Entry]) -> None:
    """The report, one line a blank, what needs the reader last."""
    order = list(HEADINGS)
    for state, group in groupby(sorted(report, key=lambda e: order.index(e.state)), key=lambda e: e.state):
        entries = list(group)
        out.print(f"  {HEADINGS[state].format(count=len(entries))}", markup=False)
        for entry in entries:
            out.print(f"    {_line(entry)}", markup=False)


def _line(entry: Entry) -> str:
    where = f"（{entry.where}）" if entry.where else ""
    said = " ".join(entry.said.split())
    short = said if len(said) <= SHOWN else said[:SHOWN] + "…"
    if entry.state in (CHANGED, UNKNOWN):
        return f"{entry.label}{where}：{' '.join(entry.note.split())}"
    if entry.state == STRAY:
        return f"{entry.where}（{entry.note}）：{short}"
    return f"{entry.label}{where}{'：' if short else ''}{short}"


def _what_remains(root: Path, target: Path, drafts: Sequence[Path], schemas: Schemas, today: date) -> None:
    """Check the drafts against the whole library and print what is still to be done."""
    loaded = load_library(root, [root / "cases", target])
    wanted = {shown_path(path, root) for path in drafts}
    found = [d for d in run_checks(loaded, schemas, today) if d.path in wanted]
    out.print(f"检查草稿：{f'还有 {len(found)} 处要改' if found else '没有发现问题'}。", markup=False)
    for diagnostic in found:
        out.print(f"  {diagnostic}", markup=False)
    out.print("下一步：打开草稿，照注释和上面各条补全，再运行 rongcuo check。", markup=False)
