"""`rongcuo sbom`: writes the list of everything the program is made of; the list is made in export."""

from __future__ import annotations

import json
from pathlib import Path

import click

from build_tools import __version__
from build_tools.cli.common import root_option, talk
from build_tools.edit.write import put_bytes


@click.command("sbom", help="写出软件物料清单（CycloneDX 1.6，JSON）：每个依赖的版本、摘要和许可证。")
@root_option
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="文件",
    help="写到哪个文件（不写就输出到屏幕）。",
)
@click.option("--force", is_flag=True, help="文件已经存在时覆盖它。")
def command(root: Path, target: Path | None, force: bool) -> None:
    """Write or print the document; exit code 1 where it cannot be made or written."""
    from build_tools.export.sbom import NotListable, sbom

    try:
        text = json.dumps(sbom(root, __version__), ensure_ascii=False, indent=1) + "\n"
    except NotListable as reason:
        raise click.ClickException(str(reason)) from None
    if target is None:
        click.echo(text, nl=False)
        return
    try:
        put_bytes(target, text.encode(), force=force)
        target.chmod(0o644)
    except FileExistsError:
        raise click.ClickException(f"{target} 已经存在 — 换个名字，或加 --force 覆盖") from None
    except OSError as error:
        raise click.ClickException(f"写不了 {target}（{error.strerror}）— 核对文件夹和权限") from None
    talk.print(f"写出 {target}。", markup=False)
