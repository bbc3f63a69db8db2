"""What the commands share: finding the library's root and printing for people; no logic of the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from build_tools.edit.write import put_bytes
from build_tools.load import INTERNAL, PUBLIC, Schemas, for_edition, load_library, load_schemas
from build_tools.model import Library

# Results go to standard output, talk about progress to standard error, so that pipes stay clean.
out = Console(highlight=False, soft_wrap=True)
talk = Console(stderr=True, highlight=False, soft_wrap=True)


def find_root(start: Path | None = None) -> Path:
    """The nearest folder at or above `start` that holds `schema/case.schema.json`.

    Raises click.ClickException where there is none.
    """
    here = (start or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if (folder / "schema" / "case.schema.json").is_file():
            return folder
    raise click.ClickException(
        "这里不是案例库（往上都找不到 schema/case.schema.json）— 进入案例库的文件夹再运行，或用 --root 指定"
    )


root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    callback=lambda _ctx, _param, value: find_root(value),
    help="案例库所在的文件夹（默认从当前文件夹往上找）。",
)


def read_schemas(root: Path) -> Schemas:
    """The schemas of the library; raises click.ClickException when one is missing or broken."""
    try:
        return load_schemas(root / "schema")
    except (OSError, ValueError) as error:
        raise click.ClickException(
            f"schema 文件夹里的格式定义读不出来（{error}）— 用 git checkout schema 恢复"
        ) from None


def sound_moment() -> None:
    """Raise click.UsageError where the environment sets a moment that is none, before any work is done."""
    from build_tools.export.moment import source_date

    try:
        source_date()
    except ValueError as error:
        raise click.UsageError(f"{error} — 改成整数，或者不设置它") from None


cases_option = click.option(
    "--cases",
    "more",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="文件夹",
    help="另一个案例文件夹，如本单位的内部案例；可重复。",
)


def edition_options(command: Any) -> Any:
    """`--edition` and `--cases`: which edition of which cases a command works on."""
    return click.option(
        "--edition",
        type=click.Choice([PUBLIC, INTERNAL]),
        default=PUBLIC,
        metavar="版本",
        help="public（公开版，默认）或 internal（内部版，含内部案例和内部栏目）。",
    )(cases_option(command))


def case_places(root: Path, more: Sequence[Path]) -> list[Path]:
    """The library's own folder of cases and the further ones; a folder given twice is read once."""
    return list(dict.fromkeys([root / "cases", *(place.absolute() for place in more)]))


def read_edition(root: Path, edition: str, more: Sequence[Path] = ()) -> tuple[Library, Schemas]:
    """One edition of the library, unchecked, and its schemas; raises click.ClickException without schemas."""
    schemas = read_schemas(root)
    return for_edition(load_library(root, case_places(root, more)).library, schemas, edition), schemas


format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    metavar="格式",
    help="table（默认）或 json。",
)

force_option = click.option("--force", is_flag=True, help="文件已经有了也覆盖。")


def out_option(said: str, *, required: bool = False) -> Callable[[Any], Any]:
    """`-o/--out`: the file to write."""
    return click.option(
        "-o",
        "--out",
        "target",
        required=required,
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="文件",
        help=said,
    )


def put_file(target: Path, content: bytes, *, force: bool) -> None:
    """Write a file at once; raises click errors that say what to do."""
    try:
        put_bytes(target, content, force=force)
    except FileExistsError:
        raise taken(target) from None
    except OSError as error:
        hint = "核对文件夹和权限，或先关掉打开着它的软件"
        raise click.ClickException(f"写不了 {target}（{error.strerror}）— {hint}。") from None


def taken(target: Path) -> click.UsageError:
    """What to say where a file stands already that is not to be replaced."""
    return click.UsageError(f"{target} 已经有了，没有覆盖 — 换个文件名，或加 --force。")
