"""`rongcuo serve`: starts the live preview and says what it does; the work is done in build_tools.serve."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from build_tools.check.report import one_line
from build_tools.cli.common import case_places, edition_options, out, root_option, sound_moment, talk
from build_tools.load import INTERNAL, shown_path
from build_tools.site.engines import DEFAULT, ENGINES

if TYPE_CHECKING:
    from build_tools.serve import Preview, Round

PORT = 8000
NEXT = 20  # ports tried when nobody asked for a particular one
MOST_LISTED = 50  # problems; with more, `rongcuo check` is the place to look


@click.command("serve", help="边写边看：在本机打开网站，改了文件自动更新，错误显示在页面上。")
@root_option
@edition_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=None,
    metavar="端口",
    help="默认 8000，被占用时用后面的；0 表示随便哪个空着的。",
)
@click.option("--open", "opens", is_flag=True, help="同时打开浏览器。")
@click.option("--engine", type=click.Choice(list(ENGINES)), default=DEFAULT, help="排版引擎（默认 mkdocs）。")
def command(
    root: Path, edition: str, more: tuple[Path, ...], port: int | None, opens: bool, engine: str
) -> None:
    """Preview until Ctrl+C."""
    from build_tools.serve import Order, Preview

    sound_moment()
    ended = _asked_to_end()
    preview = Preview(Order(root, tuple(case_places(root, more)), edition, engine), _say)
    _start(preview, port)
    _introduce(preview, moved=port is None and not preview.address.endswith(f":{PORT}/"))
    if opens:
        threading.Thread(target=webbrowser.open, args=(preview.address,), daemon=True).start()
    while not ended.wait(0.5):  # a wait without end would not hear of Ctrl+C on Windows
        pass
    building = preview.building
    preview.close()
    talk.print("预览结束。" + ("正在做的更新没有做完，下次运行会接着做好。" if building else ""))
    _leave()


def _start(preview: Preview, port: int | None) -> None:
    from build_tools.serve import AlreadyRunning, PortTaken

    try:
        preview.start(PORT if port is None else port, NEXT if port is None else 1)
    except AlreadyRunning as running:
        raise click.ClickException(
            f"这个案例库的预览已经开着{f'：{running}' if str(running) else ''} — 直接在浏览器里打开，或先结束那一个"
        ) from None
    except PortTaken as taken:
        if port is None:
            raise click.ClickException(
                f"端口 {PORT} 到 {PORT + NEXT - 1} 都用不了（{taken}）— 用 --port 指定别的"
            ) from None
        raise click.UsageError(f"端口 {port} 用不了（{taken}）— 换一个，或不写 --port") from None


def _introduce(preview: Preview, moved: bool) -> None:
    order = preview.order
    if moved:
        talk.print(f"端口 {PORT} 已被占用，换了一个。")
    talk.print(f"预览：{preview.address} （只有这台电脑打得开；Ctrl+C 结束）", markup=False)
    if order.edition == INTERNAL:
        talk.print("内部版，不得外传。这台电脑上的其他账号也能打开这个地址，用完请结束。")
    watched = (shown_path(path, order.root) for path in preview.watched)
    talk.print(f"监视：{'、'.join(watched)} 和 Git 版本", markup=False)
    if preview.unwatched:
        talk.print(f"系统不能通知改动（{preview.unwatched}），改为每秒看一次。", markup=False)
    talk.print("正在生成…")


def _say(done: Round) -> None:
    """One line for a build, and its problems in the usual form."""
    cause = _listed(done.changed) if done.changed else "首次生成"
    clock = time.strftime("%H:%M:%S")
    errors = sum(p.severity == "error" for p in done.problems)
    verdict = (
        f"{errors} 个错误，网页没有更新"
        if done.failed
        else f"已更新，{done.cases} 个案例，{done.files} 个文件有变"
    )
    talk.print(f"{clock} {cause}：{verdict}，用时 {done.seconds:.1f} 秒", markup=False)
    for problem in done.problems[:MOST_LISTED]:
        out.print(str(problem), markup=False)
    if len(done.problems) > MOST_LISTED:
        talk.print(f"另有 {len(done.problems) - MOST_LISTED} 个，运行 rongcuo check 看全部。")


def _listed(changed: tuple[str, ...]) -> str:
    """The files that led to a build, the first few by name."""
    return "、".join(map(one_line, changed[:3])) + (f" 等 {len(changed)} 个文件" if len(changed) > 3 else "")


def _asked_to_end() -> threading.Event:
    """Set by Ctrl+C, or when the system asks us to end; helpers of a build inherit that and say nothing."""
    ended = threading.Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: ended.set())
    return ended


def _leave() -> None:
    """End at once, whatever a build is in the middle of: it can be cut off at any moment."""
    for helper in multiprocessing.active_children():
        helper.kill()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
