"""`python -m benchmarks.growth`: what each stage of a whole build costs a case, at several sizes, as Markdown.

Each size is built in a process of its own, from nothing and by that one process, so that all work is seen. A stage's
time is its own: what it calls of other stages counts with them. The table is pasted into docs/manual/growth.md.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from types import GeneratorType
from typing import Any

from benchmarks.generate import generate
from benchmarks.run import own_cpu, run
from benchmarks.sites import QUIET
from benchmarks.table import machine
from build_tools.output import Output

SIZES = "1000,3000,10000"
BUILD, WRITER = "build_tools.site.build", "write_site"
PAGES, FILES, SHARDS, WRITE, REST = "网页", "导出和数据", "索引分片", "写出", "其余"
# Stage → module and names of functions, as the builder calls them. Names may hold a pattern.
STAGES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "读取": ((BUILD, "load_library|load_schemas"),),
    "检查": ((BUILD, "run_checks"),),
    "取出公开部分": ((BUILD, "for_edition"),),
    "版本历史": ((BUILD, "read_archive|edition_history"),),
    "相似与统计": ((BUILD, "gather"),),
    "文字和索引": (("build_tools.search", "documents|build_index"),),
    "近邻": (("build_tools.search.neighbours", "nearest"),),
    SHARDS: (("build_tools.search", r"write_shards|shard_\w+"), (BUILD, "page_data")),
    "外框": ((BUILD, "rendered_frame|take_frames|check_guides"),),
    PAGES: ((BUILD, r"\w+_pages"),),
    FILES: ((BUILD, r"\w+_files|publish|Published|manifest_\w+"),),
    WRITE: ((BUILD, WRITER),),
}
QUERY = "没等批复就先开工了"
LIMIT = 7_200.0  # seconds a build may take


class Clock:
    """CPU seconds by stage, each second counted once, for the innermost stage under way."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._open = [REST]
        self._since = own_cpu()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside for this stage."""
        self._turn()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def _turn(self) -> None:
        now = own_cpu()
        self.spent[self._open[-1]] += now - self._since
        self._since = now

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time counted."""

        @functools.wraps(function, updated=())
        def inside(*args: Any, **facts: Any) -> Any:
            with self.stage(name):
                result = function(*args, **facts)
                # What is made piece by piece would else be made after the clock has stopped.
                return list(result) if isinstance(result, GeneratorType) else result

        return inside


def functions(stage: str) -> list[tuple[Any, str]]:
    """The module and name of each function of a stage, as it stands in the program now."""
    found = []
    for module_name, pattern in STAGES[stage]:
        module = import_module(module_name)
        found += [(module, name) for name in vars(module) if re.fullmatch(pattern, name)]
    return found


def watched() -> Clock:
    """A clock that from now on counts what the builder does."""
    found = [(stage, module, name) for stage in STAGES for module, name in functions(stage)]
    build, clock = import_module(BUILD), Clock()  # only now, as loading the program is no part of a build
    for stage, module, name in found:
        setattr(module, name, clock.timed(stage, getattr(module, name)))
    write = getattr(build, WRITER)

    def write_site(out: Path, outputs: Iterable[Output], *more: Any, **facts: Any) -> Any:
        return write(out, [_watched(output, clock) for output in outputs], *more, **facts)

    setattr(build, WRITER, write_site)
    return clock


def _watched(output: Output, clock: Clock) -> Output:
    """Files are made while they are written: a page counts as such and not as writing."""
    stage = PAGES if output.path.endswith(".html") else SHARDS if output.path.startswith("search/") else FILES
    return replace(output, make=clock.timed(stage, output.make))


def measure_one(root: Path, out: Path) -> dict[str, Any]:
    """CPU seconds of each stage of one build in this process, and what it made."""
    clock = watched()
    built = import_module(BUILD).build_site(root, out, date.today(), lambda step: None, workers=1)
    with clock.stage(REST):
        pass
    return {"spent": clock.spent, "cases": built.cases, "files": built.files, "size": built.size}


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: milliseconds a case by stage and size, and how the cost a case grows from the first size to the last."""
    head = " | ".join(f"{row['cases']:,} 件" for row in rows)
    lines = [f"| 每件案例（毫秒） | {head} | 增长 |", f"|---|{'---:|' * (len(rows) + 1)}"]
    for stage in (*STAGES, REST):
        lines.append(_line(stage, [1000 * row["spent"].get(stage, 0.0) / row["cases"] for row in rows]))
    lines.append(_line("**合计**", [1000 * sum(row["spent"].values()) / row["cases"] for row in rows]))
    whole = {
        "全部处理器时间（秒）": lambda row: f"{sum(row['spent'].values()):.0f}",
        "最高内存（MB）": lambda row: f"{row['memory']:.0f}",
        "文件（个）": lambda row: f"{row['files']:,}",
        "网站（MB）": lambda row: f"{row['size'] / 1e6:.0f}",
        "命令行检索一次，处理器（秒）": lambda row: f"{row['search']:.1f}",
        "命令行检索一次，内存（MB）": lambda row: f"{row['search_memory']:.0f}",
    }
    lines += [f"| {name} | {' | '.join(map(said, rows))} | |" for name, said in whole.items()]
    return "\n".join(lines)


def _line(stage: str, costs: Sequence[float]) -> str:
    growth = f"{costs[-1] / costs[0]:.2f}" if costs[0] >= 0.01 else "—"
    return f"| {stage} | {' | '.join(f'{cost:.2f}' for cost in costs)} | {growth} |"


def main() -> None:
    """Build at every size, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default=SIZES, help=f"numbers of cases (default {SIZES})")
    parser.add_argument("--one", nargs=2, type=Path, metavar=("ROOT", "OUT"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure_one(*asked.one)))
        return
    rows = []
    for size in map(int, asked.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            root = generate(size, 1, Path(folder) / "library")
            command = [sys.executable, "-m", "benchmarks.growth", "--one", str(root), f"{folder}/site"]
            done = run(command, Path(folder), LIMIT, QUIET)
            search = [sys.executable, "-m", "build_tools", "search", "--root", str(root), QUERY]
            first, again = (run(search, Path(folder), LIMIT, QUIET) for _ in range(2))
        for failed in filter(None, (done.failed, first.failed, again.failed)):
            sys.exit(f"{size:,} 件：{failed}")
        more = {"memory": done.memory, "search": again.cpu, "search_memory": again.memory}
        rows.append({**json.loads(done.output.splitlines()[-1]), **more})
        print(f"{size:,} 件：处理器 {done.cpu:.0f} 秒\n\n{table(rows)}\n", file=sys.stderr, flush=True)
    print(f"{machine(date.today().isoformat())}\n\n{table(rows)}")


if __name__ == "__main__":
    main()
