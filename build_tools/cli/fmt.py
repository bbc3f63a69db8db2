"""`rongcuo fmt`: gives YAML files the library's layout, or says which ones lack it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from build_tools.cli.common import out, read_schemas, root_option
from build_tools.edit.layout import laid_out
from build_tools.edit.write import replace_file
from build_tools.load import Schema, Schemas, shown_path, yaml_files
from build_tools.model import START, Diagnostic


@click.command(
    "fmt", help="统一 YAML 的排版：键的次序、缩进、换行。不改内容，保留注释。不写路径就排整个案例库。"
)
@root_option
@click.argument("paths", nargs=-1, metavar="[路径]…", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--check", "only_check", is_flag=True, help="只列出需要排版的文件，不改动；有这样的文件时退出码为 1。"
)
def command(root: Path, paths: tuple[Path, ...], only_check: bool) -> None:
    """Lay out the chosen files; files that cannot be read are reported and left as they are."""
    schemas = read_schemas(root)
    places = list(paths) or [
        root / name for name in ("cases", "rules", "schema/vocabulary") if (root / name).exists()
    ]
    problems: list[Diagnostic] = []
    changed: list[str] = []
    files = yaml_files(places, root, problems)
    for path in files:
        shown = shown_path(path, root)
        try:
            if _lay_out(path, shown, _schema_for(path, root, schemas), problems, only_check):
                changed.append(shown)
        except OSError as error:
            problems.append(
                Diagnostic(shown, START, "RC115", f"读写不了（{error.strerror}）", "核对文件权限")
            )
    for shown in changed:
        out.print(shown, markup=False)
    for problem in problems:
        out.print(str(problem), markup=False)
    verb = "需要排版（运行 rongcuo fmt）" if only_check else "重新排版"
    left = f"，{len(problems)} 处问题，有关文件没有动" if problems else ""
    out.print(f"共 {len(files)} 个文件：{len(changed)} 个{verb}{left}。")
    sys.exit(1 if problems or (only_check and changed) else 0)


def _lay_out(path: Path, shown: str, schema: Schema, problems: list[Diagnostic], only_check: bool) -> bool:
    """Lay out one file; True where its bytes differ from the layout."""
    raw = path.read_bytes()
    result = laid_out(raw, shown, schema)
    problems.extend(result.diagnostics)
    if result.text is None or result.text.encode() == raw:
        return False
    if not only_check:
        replace_file(path, result.text)
    return True


def _schema_for(path: Path, root: Path, schemas: Schemas) -> Schema:
    place = path.absolute()
    if place.is_relative_to(root.absolute() / "rules"):
        return schemas.rule
    return (
        schemas.vocabulary
        if place.is_relative_to(root.absolute() / "schema" / "vocabulary")
        else schemas.case
    )
