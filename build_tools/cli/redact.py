"""`rongcuo redact`: shows what points to a person in a file and replaces it on assent; finding is done in privacy."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from build_tools.check.report import one_line
from build_tools.cli.common import out
from build_tools.edit.redact import Draft, Proposed, RefusedError, applied, draft
from build_tools.edit.write import replace_file
from build_tools.privacy import KINDS

ANSWERS = {"y": "替换", "n": "不动", "a": "这个文件以下全部替换", "q": "到此为止，前面答应的照样替换"}


@click.command(
    "redact",
    help="找出文件里的姓名、号码、门牌，逐处问过再替换。能处理案例和其他 YAML、Markdown、纯文字（UTF-8）。",
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="文件…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--yes", "every", is_flag=True, help="不问，全部替换。先用 --dry-run 看一遍。")
@click.option("--dry-run", "only_show", is_flag=True, help="只列出来，不改文件；有要替换的，退出码为 1。")
def command(files: tuple[Path, ...], every: bool, only_show: bool) -> None:
    """Go through the files one by one; exit code 1 where anything was left or could not be handled."""
    clean = True
    for path in files:
        try:
            clean = _handled(path, every, only_show) and clean
        except RefusedError as error:
            clean = _said(path, str(error))
        except OSError as error:
            clean = _said(path, f"读写不了（{error.strerror}）— 核对文件权限")
    sys.exit(0 if clean else 1)


def _said(path: Path, why: str) -> bool:
    click.echo(one_line(f"{path}：{why}"), err=True)
    return False


def _handled(path: Path, every: bool, only_show: bool) -> bool:
    """Show, ask and write one file; True where nothing is left in it."""
    raw = path.read_bytes()
    plan = draft(raw, path.name)
    if not plan.proposals:
        _print(f"{path}：没有发现个人信息。")
        return True
    _print(f"{path}：{len(plan.proposals)} 处")
    agreed = _agreed(plan, every, only_show)
    if agreed:
        text = applied(plan, agreed)
        if path.read_bytes() != raw:
            raise RefusedError("这期间别的程序改了它 — 文件没有动，请再运行一次")
        replace_file(path.resolve(), text)  # behind a link, the file and not the link
    left = len(plan.proposals) - len(agreed)
    _print(f"替换了 {len(agreed)} 处，留下 {left} 处。" if not only_show else "没有改动（--dry-run）。")
    return left == 0


def _agreed(plan: Draft, every: bool, only_show: bool) -> list[Proposed]:
    """The proposals to apply, asked for one by one unless all or none are wanted."""
    agreed: list[Proposed] = []
    for number, proposed in enumerate(plan.proposals, 1):
        _print(_shown(proposed, number, len(plan.proposals)))
        if only_show:
            continue
        answer = "y" if every else _answer()
        if answer == "q":
            break
        every = every or answer == "a"
        if answer in "ya":
            agreed.append(proposed)
    return agreed


def _answer() -> str:
    """One of `ANSWERS`; breaking off or an end of input stops the program and leaves the file as it is."""
    choices = "，".join(f"{key} {meaning}" for key, meaning in ANSWERS.items())
    given: str = click.prompt(
        f"  替换吗？（{choices}）",
        type=click.Choice(list(ANSWERS)),
        show_choices=False,
        default="n",
        err=True,
    )
    return given


def _shown(proposed: Proposed, number: int, total: int) -> str:
    found = proposed.finding
    before, after = proposed.around
    place = f"第 {proposed.line} 行" + (f" {proposed.place}" if proposed.place else "")
    sure = "" if found.severity == "error" else "（拿不准）"
    return (
        f"  [{number}/{total}] {place}，{KINDS[found.kind].name}{sure}："
        f"…{before}【{found.text}】{after}… → {found.proposal}"
    )


def _print(text: str) -> None:
    # Nothing in a file may steer the terminal; what is invisible is shown as what it is.
    out.print(one_line(text), markup=False)
