"""What the commands share: finding the library's root and printing for people; no logic of the library."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from build_tools.load import Schemas, load_schemas

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


format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    metavar="格式",
    help="table（默认）或 json。",
)
