"""What was measured as Markdown: medians and ratios, versions, budgets; measures nothing."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.browser import GROUPS, HEAD, QUICK, cells, p95
from benchmarks.checks import CHECK, UNCHANGED
from benchmarks.queries import BROWSER, Figures
from benchmarks.run import Run
from benchmarks.sites import AHEAD, EDIT, HUGO, OURS, RESIDENT, SITE
from benchmarks.tools import MISSING, Tools

LEGEND = (
    "“处理器”是命令和它启动的全部进程用的处理器时间，“用时”是从开始到结束，“内存”是同时占用的最高值，都是中位数；"
    "“比本库”是处理器时间之比。不公开的几十件只检查，不进网站。"
)
BUDGET_SIZE = 10_000
BYTES = {"words": 400 * 1024, "facts": 1.5 * 1024 * 1024}


@dataclass
class Results:
    """Everything measured at one size."""

    cases: int
    runs: dict[tuple[str, str], list[Run]] = field(default_factory=dict)  # by work and tool
    figures: list[Figures] = field(default_factory=list)

    def add(self, work: str, tool: str, run: Run) -> None:
        self.runs.setdefault((work, tool), []).append(run)

    def median(self, work: str, tool: str) -> Run | None:
        """Medians of the runs that went well, or one that failed where none did."""
        runs = self.runs.get((work, tool), [])
        good = [run for run in runs if not run.failed]
        if not good:
            return runs[0] if runs else None
        cpu, wall, memory = (
            statistics.median(getattr(run, name) for run in good) for name in ("cpu", "wall", "memory")
        )
        return Run(cpu, wall, memory)


def report(all_results: Sequence[Results], tools: Tools, date: str) -> str:
    """All tables."""
    parts = [
        machine(date) + LEGEND,
        work_table(all_results),
        query_table(all_results),
        browser_table(all_results),
        budgets(all_results),
        versions(tools),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def machine(date: str) -> str:
    """Where and when, and how busy the machine was."""
    load = ""
    if hasattr(os, "getloadavg"):
        load = f"，量完时前 15 分钟的平均负载 {os.getloadavg()[2]:.1f}"
    return (
        f"测量日期：{date}。{_processor()}，{os.cpu_count()} 核，Python {platform.python_version()}{load}。"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )


def work_table(all_results: Sequence[Results]) -> str:
    """One row for each work, tool and size."""
    rows = [
        _work_row(work, tool, results)
        for work in dict.fromkeys(work for results in all_results for work, _ in results.runs)
        for results in all_results
        for tool in dict.fromkeys(tool for own, tool in results.runs if own == work)
    ]
    head = [
        "| 工作 | 案例 | 工具 | 处理器（秒） | 用时（秒） | 内存（MB） | 比本库 | 次数 |",
        "|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    return "\n".join([*head, *rows]) if rows else ""


def _work_row(work: str, tool: str, results: Results) -> str:
    found, ours = results.median(work, tool), results.median(work, OURS)
    assert found
    begin = f"| {work} | {results.cases:,} | {tool} |"
    if found.failed:
        return f"{begin} {found.failed} | | | | |"
    times = sum(not run.failed for run in results.runs[work, tool])
    ratio = f"{found.cpu / ours.cpu:.2f}" if ours and not ours.failed else "—"
    return f"{begin} {found.cpu:.2f} | {found.wall:.2f} | {found.memory:.0f} | {ratio} | {times} |"


def query_table(all_results: Sequence[Results]) -> str:
    """One row for each tool and size."""
    rows = [_query_row(results.cases, figures) for results in all_results for figures in results.figures]
    head = [
        "| 检索 | 案例 | 建索引（处理器秒） | 索引（MB） | 内存（MB） | 查词语（毫秒，p50 / p95） | 查案情（毫秒，p50 / p95） |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    return "\n".join([*head, *rows]) if rows else ""


def _query_row(cases: int, figures: Figures) -> str:
    begin = f"| {figures.tool} | {cases:,} |"
    if figures.failed:
        return f"{begin} {figures.failed} | | | | |"
    times = [f"{statistics.median(v):.1f} / {p95(v):.1f}" for v in (figures.ms["words"], figures.ms["facts"])]
    own = figures.tool == BROWSER  # it reads what the command line has built
    built = (
        "同上 | 同上 | —" if own else f"{figures.index:.1f} | {figures.size / 1e6:.1f} | {figures.memory:.0f}"
    )
    return f"{begin} {built} | {' | '.join(times)} |"


def browser_table(all_results: Sequence[Results]) -> str:
    """One row for each size, group of queries, and speed of machine and line."""
    rows = [
        f"| {GROUPS[shown.group]}，{shown.setting} | {results.cases:,} | {cells(shown)} |"
        for results in all_results
        for figures in results.figures
        for shown in figures.shown
    ]
    return "\n".join([f"| 在浏览器里查 | 案例 | {HEAD[0]} |", f"|---|---:|{HEAD[1]}|", *rows]) if rows else ""


def budgets(all_results: Sequence[Results]) -> str:
    """Where each budget stands, at the size it is given for or at the nearest that was measured."""
    if not all_results:
        return ""
    results = min(all_results, key=lambda r: abs(r.cases - BUDGET_SIZE))
    rows = [*_time_budgets(results), *_browser_budgets(results)]
    if not rows:
        return ""
    note = "" if abs(results.cases - BUDGET_SIZE) < BUDGET_SIZE / 10 else "（预算是按 10,000 件定的）"
    head = [
        f"预算，{results.cases:,} 件{note}：",
        "",
        "| 预算 | 限度 | 实测 | 实测 ÷ 限度 | |",
        "|---|---:|---:|---:|---|",
    ]
    return "\n".join([*head, *rows])


def _time_budgets(results: Results) -> Iterator[str]:
    limits = {CHECK: 5.0, UNCHANGED: 1.0, AHEAD: 2.0, RESIDENT: 2.0, EDIT: 2.0}
    for work, limit in limits.items():
        run = results.median(work, OURS)
        if run and not run.failed:
            said = f"用时 {run.wall:.2f} 秒，处理器 {run.cpu:.2f} 秒"
            yield _budget(f"{work}，用时", f"{limit:.0f} 秒", said, run.wall / limit)
    ours, hugo = results.median(SITE, OURS), results.median(SITE, HUGO)
    if ours and hugo and not ours.failed and not hugo.failed:
        said = f"{ours.cpu:.1f} 秒，对方 {hugo.cpu:.1f} 秒"
        yield _budget(f"{SITE}，处理器时间", f"{HUGO} 的一半", said, ours.cpu / (hugo.cpu / 2))


def _browser_budgets(results: Results) -> Iterator[str]:
    for figures in results.figures:
        if figures.tool == BROWSER and not figures.failed:
            warm = p95([*figures.ms["words"], *figures.ms["facts"]])
            yield _budget("浏览器再查一次，p95", "50 毫秒", f"{warm:.1f} 毫秒", warm / 50)
            for shown in figures.shown:
                if shown.setting == QUICK.name:
                    read, limit = [first.answer for first in shown.first], BYTES[shown.group]
                    said = f"p95 {p95(read) / 1024:.0f} KB，中位数 {statistics.median(read) / 1024:.0f}，最多 {max(read) / 1024:.0f}"
                    name = f"浏览器第一次查{GROUPS[shown.group]}读的索引"
                    yield _budget(name, f"{limit / 1024:.0f} KB", said, p95(read) / limit)


def _budget(name: str, limit: str, measured: str, factor: float) -> str:
    return f"| {name} | {limit} | {measured} | {factor:.2f} | {'达到' if factor <= 1 else '未达到'} |"


def versions(tools: Tools) -> str:
    """Of everything that was, or would have been, compared with."""
    return (
        "版本："
        + "，".join(f"{tool} {version or MISSING}" for tool, version in tools.versions.items())
        + "。"
    )
