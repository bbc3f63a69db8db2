"""`rongcuo site`: builds the site and says where it is; the work is done in build_tools.site."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import click
from rich.status import Status

from build_tools.cli.common import case_places, edition_options, out, root_option, sound_moment, talk
from build_tools.site.engines import DEFAULT, ENGINES


@click.command("site", help="检查全部内容并生成网站；有错误时不写出，原来的网站保留。")
@root_option
@edition_options
@click.option(
    "--out",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="网站文件夹（默认 site/）。",
)
@click.option(
    "--engine",
    type=click.Choice(list(ENGINES)),
    default=DEFAULT,
    help="排版引擎（默认 mkdocs）；案例页、检索和指引的内容都一样，外框可能不同。",
)
def command(root: Path, edition: str, more: tuple[Path, ...], target: Path | None, engine: str) -> None:
    """Build, report and set the exit code: 1 when the library has errors or the frame fails."""
    from build_tools.memory import Memory
    from build_tools.site.build import CheckFailed, build_site
    from build_tools.site.frame import FrameError

    sound_moment()
    target = (target or root / "site").absolute()
    try:
        with talk.status("开始") if talk.is_terminal else nullcontext() as status:
            built = build_site(
                root,
                target,
                date.today(),
                lambda step: _say(status, step),
                edition,
                case_places(root, more),
                engine,
                Memory(root / "build"),
            )
    except CheckFailed as failed:
        for diagnostic in failed.diagnostics:
            out.print(str(diagnostic), markup=False)
        errors = sum(d.severity == "error" for d in failed.diagnostics)
        talk.print(
            f"没有生成网站：{errors} 个错误。按上面每行的提示改好再运行；rongcuo explain 代码 可看详细说明。原来的网站没有动。"
        )
        sys.exit(1)
    except FrameError as error:
        talk.print(f"没有生成网站：排版时出错：{error}。原来的网站没有动。", markup=False)
        sys.exit(1)
    for warning in built.warnings:
        out.print(str(warning), markup=False)
    talk.print(
        f"完成：{built.cases} 个案例，{built.pages} 个页面，{built.files} 个文件，"
        f"{built.size / 1e6:.1f} MB，{len(built.warnings)} 个警告，用时 {built.seconds:.1f} 秒。"
    )
    talk.print(f"打开 {target / 'index.html'} 即可使用（不需要网络）。", markup=False)


def _say(status: Status | None, step: str) -> None:
    """Progress: a spinner on a terminal, one plain line a step elsewhere."""
    if status is None:
        talk.print(f"· {step}")
    else:
        status.update(f"{step}…")
