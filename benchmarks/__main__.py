"""`python -m benchmarks`: one table of what we cost beside other tools on the same made-up cases, and our budgets.

Ours and theirs take turns, so that a busy minute hits all alike; medians are given. What is under way is told on
standard error, the tables go to standard output and, with --out, to a file that is rewritten after each size.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks import checks, queries, sites, tools
from benchmarks.generate import generate
from benchmarks.run import Run, run
from benchmarks.table import AGAIN, EDIT, RESIDENT, SITE, Results, report

WORKS = ("sites", "edit", "check", "queries")
SIZES, LARGE = "300,3000,10000", "100000"
OFTEN = ((1_000, 3), (5_000, 2))  # up to so many cases, so many runs of each; one run of more
LIMIT, LARGE_LIMIT = 150.0, 1_800.0  # seconds a command of theirs may take; five times as much for ours
ROUNDS = 3  # edits in the resident process


class Bench:
    """One size after another; what is measured is told at once and kept."""

    def __init__(self, asked: argparse.Namespace, folder: Path) -> None:
        self.asked, self.folder, self.all = asked, folder, list[Results]()
        self.tools = tools.install()

    def size(self, size: int) -> None:
        """Everything asked for, at one size."""
        _say(f"—— {size:,} 件：生成案例")
        root = generate(
            size, 1, self.folder / f"{size}/library", progress=lambda n: _say(f"   {n:,} 件", size)
        )
        work = self.folder / f"{size}/work"
        results = Results(sum(1 for _ in (root / "cases").rglob("*.yaml")))
        self.all.append(results)
        again = self.asked.repeat or next((often for most, often in OFTEN if size <= most), 1)
        if {"sites", "edit"} & self.asked.only:
            self._sites(root, work, results, again)
        if "check" in self.asked.only:
            for _ in range(again):
                for task, tool, cost in (
                    *checks.ours(root, 5 * self.asked.limit),
                    *checks.peer(root, self.asked.limit, self.tools),
                ):
                    self._add(results, task, tool, cost)
        if "queries" in self.asked.only:
            for figures in queries.measure(root, work / "queries", self.tools, self.asked.limit):
                _say(f"{figures.tool}：检索 {figures.failed or '已量'}")
                results.figures.append(figures)

    def _sites(self, root: Path, work: Path, results: Results, again: int) -> None:
        built = sites.sites(root, work, self.tools)
        results.cases = built[0].cases
        gc.collect()
        for _ in range(again):
            for site in built:
                limit = self.asked.limit * (5 if site.name == sites.OURS else 1)
                cold = site.cold(limit)
                if "sites" in self.asked.only:
                    self._add(results, SITE, site.name, cold)
                if "edit" in self.asked.only:
                    self._add(results, EDIT, site.name, cold if cold.failed else site.edited(limit))
                    if site.name == sites.OURS and not cold.failed:
                        self._add(results, AGAIN, site.name, site.again(limit))
        if "edit" in self.asked.only:
            self._resident(root, built[0].built, results)

    def _resident(self, root: Path, out: Path, results: Results) -> None:
        command = [sys.executable, "-m", "benchmarks.resident", str(root), str(out), str(ROUNDS)]
        done = run(command, root, 10 * self.asked.limit, sites.QUIET)
        lines = [json.loads(line) for line in done.output.splitlines() if line.startswith('{"cpu')]
        for line in lines[1:]:
            self._add(
                results, RESIDENT, sites.OURS, Run(line["cpu"], line["wall"], done.memory, "", line["fault"])
            )
        if done.failed:
            self._add(results, RESIDENT, sites.OURS, done)

    def _add(self, results: Results, work: str, tool: str, cost: Run) -> None:
        results.add(work, tool, cost)
        said = f"处理器 {cost.cpu:.2f} 秒，用时 {cost.wall:.2f} 秒，{cost.memory:.0f} MB"
        _say(f"{work} · {tool}：{cost.failed or said}")


def _say(text: str, size: int = 0) -> None:
    if not size or size > 20_000:
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default=SIZES, help=f"numbers of cases (default {SIZES})")
    parser.add_argument("--large", action="store_true", help=f"{LARGE} cases instead, once; takes hours")
    parser.add_argument("--only", action="append", choices=WORKS, help="only this; may be repeated")
    parser.add_argument(
        "--repeat", type=int, help="runs of each (default 3, 2 above 1,000 cases, 1 above 5,000)"
    )
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
        bench = Bench(asked, Path(folder))
        for size in asked.sizes:
            bench.size(size)
            said = report(bench.all, bench.tools, date.today().isoformat())
            if asked.out:
                asked.out.write_text(said, encoding="utf-8")
    print(said, end="")


if __name__ == "__main__":
    main()
