"""Builds again and again, one build at a time, and tells how each went; watches, serves and prints nothing itself."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from build_tools.edit.write import put_bytes
from build_tools.load import load_schemas, shown_path
from build_tools.memory import Memory
from build_tools.serve.news import News, Problem, as_problems
from build_tools.serve.order import Order
from build_tools.serve.shelf import Shelf

if TYPE_CHECKING:
    from build_tools.site.build import Built

GIT = "Git 版本"
Build = Callable[[Order, Memory, Callable[[str], None], Callable[[], None]], "Built"]


@dataclass(frozen=True, slots=True)
class Round:
    """One build, as told to whoever started the preview."""

    changed: tuple[str, ...]  # what led to it, as people read paths; () for the first one
    seconds: float
    cases: int  # 0 where it gave no site
    files: int  # of the site, written or removed
    problems: tuple[Problem, ...]
    failed: bool


def build_whole(
    order: Order, memory: Memory, report: Callable[[str], None], ahead: Callable[[], None]
) -> Built:
    """Build what was ordered, as `rongcuo site` would; raises what `build_site` raises.

    In this process alone: others that are forked beside threads may wait for ever for what a thread held.
    """
    from build_tools.site.build import build_site

    places, today = order.case_places, date.today()
    return build_site(
        order.root, order.site, today, report, order.edition, places, order.engine, memory, 1, ahead
    )


class Rounds:
    """Holds what one build remembers for the next."""

    def __init__(
        self,
        order: Order,
        news: News,
        shelf: Shelf,
        tell: Callable[[Round], None],
        build: Build = build_whole,
    ) -> None:
        self._order, self._news, self._shelf, self._tell, self._build = order, news, shelf, tell, build
        self._memory = Memory(order.work)
        self._pending: frozenset[str] = frozenset()  # changed since the last good build

    def run(self, changes: Callable[[], Sequence[str]]) -> None:
        """Build, then wait for `changes`, and so on until there are none."""
        changed: Sequence[str] = ()
        while True:
            self._round(tuple(dict.fromkeys(self._shown(path) for path in changed)))
            if not (changed := changes()):
                return

    def _round(self, changed: tuple[str, ...]) -> None:
        started = time.monotonic()
        self._pending |= frozenset(changed)
        self._news.begin()
        built, problems = self._attempt()
        if built:
            self._pending = frozenset()
            self._news.succeed(problems, self._shelf.changed())
        else:
            self._news.fail(problems)
        cases, files = (built.cases, len(built.changed)) if built else (0, 0)
        with suppress(OSError):  # a closed terminal is no reason to stop
            self._tell(Round(changed, time.monotonic() - started, cases, files, problems, failed=not built))

    def _attempt(self) -> tuple[Built | None, tuple[Problem, ...]]:
        """What was built, if anything, and what there is to say about it; never raises."""
        try:
            # Loaded here and not at the start: the first page is to be there in a moment.
            from build_tools.site.build import CheckFailed
            from build_tools.site.frame import FrameError
        except Exception as error:
            return None, (self._fault(error),)
        try:
            built = self._build(self._order, self._memory, self._news.step, self._ahead)
        except CheckFailed as failed:
            return None, as_problems(failed.diagnostics, self._pending)
        except FrameError as error:
            return None, (Problem(f"排版时出错：{error}"),)
        except (Exception, SystemExit) as error:  # whatever it is, the next change is built all the same
            self._memory = Memory(self._order.work)  # nobody knows what the old one was in the middle of
            return None, (self._fault(error),)
        return built, as_problems(built.warnings, self._pending)

    def _ahead(self) -> None:
        self._news.glimpse(self._shelf.changed())

    def _fault(self, error: BaseException) -> Problem:
        """A fault that is not one of the content: of the formats, of the disk, of the program."""
        try:
            load_schemas(self._order.root / "schema")
        except (OSError, ValueError) as broken:
            hint = "改回来，或用 git checkout schema 恢复"
            return Problem(f"schema 文件夹里的格式定义读不出来（{broken}）", hint=hint)
        if isinstance(error, OSError) and error.filename:
            path = shown_path(Path(str(error.filename)), self._order.root)
            return Problem(
                f"读写文件时出错（{error.strerror}）：{path}", hint="核对磁盘空间和权限，保存一次再试"
            )
        record = self._order.record
        try:
            put_bytes(
                record,
                "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace"),
                force=True,
            )
        except OSError:
            return Problem(f"程序出错（{type(error).__name__}：{error}）", hint="改好后保存一次再试")
        hint = f"保存任一文件就再试一次；还不行，把 {shown_path(record, self._order.root)} 交给维护程序的人"
        return Problem(f"程序出错（{type(error).__name__}：{error}）", hint=hint)

    def _shown(self, path: str) -> str:
        """A changed path as people read it, and as diagnostics write it."""
        inside = any(Path(path).is_relative_to(place) for place in self._order.case_places)
        library = Path(path).is_relative_to(self._order.root) and ".git" not in Path(path).parts
        return shown_path(Path(path), self._order.root) if inside or library else GIT
