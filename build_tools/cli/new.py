"""`rongcuo new`: takes the next free id and writes a commented skeleton of a case."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import click

from build_tools.check.suggest import nearest
from build_tools.cli.common import out, read_schemas, root_option
from build_tools.edit.layout import quoted
from build_tools.edit.mint import next_id
from build_tools.edit.skeleton import skeleton
from build_tools.edit.write import create_file
from build_tools.load import INTERNAL, PUBLIC, Schemas, load_library, shown_path

TRIES = 20


@click.command("new", help="取一个新编号，写出带说明的案例骨架。")
@root_option
@click.option("--kind", metavar="类型", default=None, help="案例类型，如 tolerated 或 容错免责减责。")
@click.option("--title", metavar="标题", default=None, help="标题，不超过 30 字，不含姓名。")
@click.option(
    "--cases",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    metavar="文件夹",
    help="写到本单位自己的案例文件夹；编号从 900001 起，公开范围预填“内部”。",
)
def command(root: Path, kind: str | None, title: str | None, folder: Path | None) -> None:
    """Mint, write, and say what to do next; never touches a file that is there."""
    schemas, today = read_schemas(root), date.today()
    given = {
        "status": "draft",
        "disclosure": INTERNAL if folder else PUBLIC,
        "entered": today.isoformat(),
    }
    if kind is not None:
        given["kind"] = _kind(kind, schemas)
    if title is not None:
        given["title"] = _title(title, schemas)
    cases = folder.absolute() if folder else root / "cases"
    own = cases != root / "cases"
    library = load_library(root, [p for p in dict.fromkeys((root / "cases", cases)) if p.exists()]).library
    for _ in range(TRIES):
        case_id = next_id(library, root, today.year, own=own)
        path = cases / str(today.year) / f"{case_id}.yaml"
        seen = Path(os.path.relpath(root / "schema/case.schema.json", path.parent)).as_posix()
        text = skeleton(schemas.case, library.vocabulary, {**given, "id": case_id}, today.isoformat(), seen)
        try:
            create_file(path, text)
        except FileExistsError:
            continue  # somebody else took the number in this moment; the next look sees their file
        except OSError as error:
            raise click.ClickException(
                f"写不了 {shown_path(path, root)}（{error.strerror}）— 核对文件夹权限"
            ) from None
        _tell(shown_path(path, root), case_id)
        return
    raise click.ClickException("取不到新编号 — 稍后再试")


def _tell(shown: str, case_id: str) -> None:
    out.print(f"已写好骨架：{shown}", markup=False)
    out.print(f"下一步：打开它照说明填写，然后运行 rongcuo check {shown}", markup=False)
    out.print(
        f"编号 {case_id} 已分配，不再给别的案例；状态是草稿，写完并核对后改成 published。", markup=False
    )


def _kind(value: str, schemas: Schemas) -> str:
    choices = schemas.case.choices(("kind",))
    known = tuple((c.value, (c.label, c.fact("short", c.label))) for c in choices)
    exact = next((key for key, names in known if value == key or value in names), None)
    if exact is None:
        guess = nearest(value, known)
        labels = {c.value: f"{c.value}（{c.label}）" for c in choices}
        hint = f"是不是 {labels[guess]}？" if guess else ""
        raise click.BadParameter(
            f"没有类型“{value}”。{hint}可选：{'、'.join(labels.values())}", param_hint="--kind"
        )
    return exact


def _title(value: str, schemas: Schemas) -> str:
    limit = int((schemas.case.node_at(("title",)) or {}).get("maxLength", 0))
    value = " ".join(value.split())
    if not value or len(value) > limit:
        raise click.BadParameter(
            f"标题有 {len(value)} 个字，应在 1 到 {limit} 个字之间", param_hint="--title"
        )
    return quoted(value)
