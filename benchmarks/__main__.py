"""`python -m benchmarks`: one table of what we cost beside other tools on the same made-up cases, and our budgets.

Ours and theirs take turns, so that a busy minute hits all alike; medians are given. What is under way is told on
standard error, the tables go to standard output and, with --out, to a file that is rewritten after each size.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks import checks, queries, sites, tools
from benchmarks.generate import generate
from benchmarks.run import Run, run
from benchmarks.table import Results, report

WORKS = ("sites", "edit", "check", "queries")
SIZES, LARGE = "300,3000,10000", "100000"
SMALL, OFTEN = 1_000, 3  # up to so many cases, so many runs of each; one run of more
LIMIT, LARGE_LIMIT = 90.0, 1_800.0  # seconds a command may take …
NEEDED, PATIENCE = (sites.OURS, sites.HUGO), 5  # … and so many times as long those that the budgets are about
CHANGED = "**量的时候程序改过，记下的都作废了：“没有改动”“改了一件”的数字不可信。**\n\n"
ROUNDS = 3  # edits in the resident process


class Bench:
    """One size after another; what is measured is told at once and kept."""

    def __init__(self, asked: argparse.Namespace, folder: Path) -> None:
        self.asked, self.folder, self.all = asked, folder, list[Results]()
        self.tools = tools.install()

    def size(self, size: int) -> None:
        """Everything asked for, at one size."""
        _say(f"—— {size:,} 件：生成案例")
        root = generate(size, 1, self.folder / "library", progress=_made)
        work = self.folder / "work"
        results = Results(sum(1 for _ in (root / "cases").rglob("*.yaml")))
        self.all.append(results)
        again = self.asked.repeat or (OFTEN if size <= SMALL else 1)
        if {"sites", "edit"} & self.asked.only:
            self._sites(root, work, results, again)
        if "check" in self.asked.only:
            self._checks(root, results, again)
        if "queries" in self.asked.only:
            for figures in queries.measure(root, work / "queries", self.tools, self.asked.limit):
                _say(f"检索 · {figures.tool}：{figures.failed or '量完'}")
                results.figures.append(figures)
        for used in (root, work):
            shutil.rmtree(used, ignore_errors=True)

    def _sites(self, root: Path, work: Path, results: Results, again: int) -> None:
        built = sites.sites(root, work, self.tools)
        gc.collect()
        for number in range(again):
            for site in built:
                ours, edit = site.name == sites.OURS, "edit" in self.asked.only
                limit = self.asked.limit * (PATIENCE if site.name in NEEDED else 1)
                cold = self._hopeless(sites.SITE, site.name, results) or site.cold(limit)
                if not cold.failed or not number:
                    self._add(results, sites.SITE, site.name, cold)
                if edit and ours and not cold.failed:
                    self._add(results, sites.AGAIN, site.name, site.again(limit))
                if edit and site.incremental and not cold.failed:
                    self._add(results, sites.EDIT, site.name, site.edited(limit))
        if "edit" in self.asked.only:
            self._resident(root, built[0].built, results)

    def _checks(self, root: Path, results: Results, again: int) -> None:
        for _ in range(again):
            for work, cost in checks.ours(root, PATIENCE * self.asked.limit):
                self._add(results, work, sites.OURS, cost)
        hopeless = self._hopeless(checks.CHECK, checks.PEER, results)
        self._add(
            results, checks.CHECK, checks.PEER, hopeless or checks.peer(root, self.asked.limit, self.tools)
        )

    def _hopeless(self, work: str, tool: str, results: Results) -> Run | None:
        """A run that is not worth starting, because fewer cases already took too long."""
        for less in self.all[:-1]:
            run = less.median(work, tool)
            needed = run.wall * results.cases / less.cases if run else 0
            late = run is not None and run.failed.startswith(("超过", "没有运行"))
            if run and tool not in NEEDED and (late or needed > self.asked.limit):
                reason = "超过时限" if late else f"用了 {run.wall:.0f} 秒"
                limit = f"{self.asked.limit:.0f} 秒"
                return Run(0, 0, 0, failed=f"没有运行：{less.cases:,} 件已{reason}，按比例超过 {limit}")
        return None

    def _resident(self, root: Path, out: Path, results: Results) -> None:
        command = [sys.executable, "-m", "benchmarks.resident", str(root), str(out), str(ROUNDS)]
        done = run(command, root, 2 * PATIENCE * self.asked.limit, sites.QUIET)
        lines = [json.loads(line) for line in done.output.splitlines() if line.startswith('{"cpu')]
        for line in lines[1:]:
            cost = Run(line["cpu"], line["wall"], done.memory, failed=line["fault"])
            self._add(results, sites.RESIDENT, sites.OURS, cost)
            if line["page"]:
                self._add(results, sites.AHEAD, sites.OURS, Run(*line["page"], done.memory))
        if done.failed:
            self._add(results, sites.RESIDENT, sites.OURS, done)

    def _add(self, results: Results, work: str, tool: str, cost: Run) -> None:
        results.add(work, tool, cost)
        said = f"处理器 {cost.cpu:.2f} 秒，用时 {cost.wall:.2f} 秒，{cost.memory:.0f} MB"
        _say(f"{work} · {tool}：{cost.failed or said}")


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _program() -> dict[str, int]:
    """When each file of the program was written."""
    files = (path for path in (tools.ROOT / "build_tools").rglob("*") if "__pycache__" not in path.parts)
    return {str(path): path.stat().st_mtime_ns for path in files if path.is_file()}


def _made(cases: int) -> None:
    if cases % 10_000 == 0:
        _say(f"   已有 {cases:,} 件")


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default=SIZES, help=f"numbers of cases (default {SIZES})")
    parser.add_argument("--large", action="store_true", help=f"{LARGE} cases instead, once; takes hours")
    parser.add_argument("--only", action="append", choices=WORKS, help="only this; may be repeated")
    parser.add_argument("--repeat", type=int, help=f"runs of each (default {OFTEN}, above {SMALL:,} cases 1)")
    parser.add_argument(
        "--limit", type=float, help=f"seconds a command of a peer may take (default {LIMIT:.0f})"
    )
    parser.add_argument("--out", type=Path, help="also write the tables to this file")
    asked = parser.parse_args(words)
    asked.limit = asked.limit or (LARGE_LIMIT if asked.large else LIMIT)
    asked.only = set(asked.only or WORKS)
    asked.sizes = [int(size) for size in (LARGE if asked.large else asked.sizes).split(",")]
    return asked


def main() -> None:
    """Measure, print."""
    asked = arguments()
    with tempfile.TemporaryDirectory() as folder:
        bench, program = Bench(asked, Path(folder)), _program()
        for size in asked.sizes:
            bench.size(size)
            said = report(bench.all, bench.tools, date.today().isoformat())
            if _program() != program:
                said = CHANGED + said
            if asked.out:
                asked.out.parent.mkdir(parents=True, exist_ok=True)
                asked.out.write_text(said, encoding="utf-8")
    print(said, end="")


if __name__ == "__main__":
    main()
