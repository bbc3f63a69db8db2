"""Checking the same files: by us cold, unchanged and after one edit, and by a schema checker with a YAML linter."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.run import Run, run
from benchmarks.sites import OURS, QUIET, our_site
from benchmarks.tools import Tools

PEER = "check-jsonschema + yamllint"
# Long lines are the library's own layout; what is left are the linter's faults of YAML.
LINT = "{extends: relaxed, rules: {line-length: disable}}"
AT_ONCE = 10_000  # names of files in one command line


def ours(root: Path, limit: float) -> Iterator[tuple[str, str, Run]]:
    """(work, tool, cost) of the three ways of checking the library at `root`; edits one case."""
    command = (sys.executable, "-m", "build_tools", "check", "--root", str(root))
    shutil.rmtree(root / "build", ignore_errors=True)
    yield "检查，第一次", OURS, run(command, root, limit, QUIET)
    yield "检查，没有改动", OURS, run(command, root, limit, QUIET)
    our_site(root, root / "none", 0).edit()
    yield "检查，改了一件", OURS, run(command, root, limit, QUIET)


def peer(root: Path, limit: float, tools: Tools) -> Iterator[tuple[str, str, Run]]:
    """The two others one after the other over the same files; they remember nothing."""
    lacking = tools.lacking("check-jsonschema", "yamllint")
    yield "检查，第一次", PEER, Run(0, 0, 0, failed=lacking) if lacking else _both(root, limit, tools)


def _both(root: Path, limit: float, tools: Tools) -> Run:
    files = [str(path.relative_to(root)) for path in sorted((root / "cases").rglob("*.yaml"))]
    schema = [*tools.command("check-jsonschema"), "--schemafile", "schema/case.schema.json"]
    lint = [*tools.command("yamllint"), "-d", LINT]
    total = Run(0, 0, 0)
    for command in (schema, lint):
        for start in range(0, len(files), AT_ONCE):
            if not total.failed:
                total = total + _run([*command, *files[start : start + AT_ONCE]], root, limit - total.wall)
    return total


def _run(command: Sequence[str], root: Path, limit: float) -> Run:
    return run(command, root, limit, QUIET)
