"""`rongcuo form`: writes the form on which a case is filled in, empty or filled from a case."""

from __future__ import annotations

from pathlib import Path

import click

from build_tools.cli.common import force_option, out, out_option, read_schemas, root_option
from build_tools.edit.write import put_bytes
from build_tools.load import Schemas, load_library
from build_tools.model import Library

SUFFIXES = (".docx", ".xlsx")


@click.command(
    "form", help="写出案例填报表（Word 或 Excel），发给不用 YAML 的人填；填好后用 rongcuo import 导入。"
)
@root_option
@click.argument("what", type=click.Choice(["case"]), metavar="case")
@out_option("写到哪里，以 .docx 或 .xlsx 结尾。", required=True)
@click.option("--fill", metavar="编号", default=None, help="用这个案例的内容填好，供核对或补充。")
@force_option
def command(root: Path, what: str, target: Path, fill: str | None, force: bool) -> None:
    """Write the form; an existing file stays unless told otherwise."""
    if target.suffix.lower() not in SUFFIXES:
        raise click.BadParameter("文件名要以 .docx（Word）或 .xlsx（Excel）结尾。", param_hint="--out")
    schemas, library = read_schemas(root), load_library(root).library
    content = _content(library, schemas, fill, target.suffix.lower())
    try:
        put_bytes(target, content, force=force)
    except FileExistsError:
        raise click.ClickException(f"{target} 已经有了 — 换个文件名，或加 --force 覆盖。") from None
    except OSError as error:
        hint = "核对文件夹和权限，或先关掉打开着它的软件"
        raise click.ClickException(f"写不了 {target}（{error.strerror}）— {hint}。") from None
    out.print(f"已写好 {target}。", markup=False)
    out.print(f"填好以后导入：rongcuo import {target}", markup=False)


def _content(library: Library, schemas: Schemas, fill: str | None, suffix: str) -> bytes:
    """The bytes of the form; the libraries that write Office files are slow to import, so only now."""
    from build_tools.forms.blank_forms import case_form

    case = library.case_by_id.get(fill) if fill else None
    if fill and case is None:
        raise click.BadParameter(f"库里没有案例 {fill} — 核对编号。", param_hint="--fill")
    return case_form(library, schemas, suffix, case)
