"""Checking the same files: by us cold, unchanged and after one edit, and by a schema checker with a YAML linter."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.run import Run, run
from benchmarks.sites import QUIET, our_site
from benchmarks.tools import Tools

CHECK, UNCHANGED, EDITED = "检查，第一次", "检查，没有改动", "检查，改了一件"
PEER = "check-jsonschema + yamllint"
# Long lines are the library's own layout; what is left are the linter's faults of YAML.
LINT = "{extends: relaxed, rules: {line-length: disable}}"
AT_ONCE = 10_000  # names of files in one command line


def ours(root: Path, limit: float) -> Iterator[tuple[str, Run]]:
    """(work, cost) of the three ways of checking the library at `root`; edits one case."""
    command = (sys.executable, "-m", "build_tools", "check", "--root", str(root))
    shutil.rmtree(root / "build", ignore_errors=True)
    yield CHECK, run(command, root, limit, QUIET)
    yield UNCHANGED, run(command, root, limit, QUIET)
    our_site(root, root / "none", 0).edit()
    yield EDITED, run(command, root, limit, QUIET)


def peer(root: Path, limit: float, tools: Tools) -> Run:
    """The two others one after the other over the same files; they remember nothing."""
    lacking = tools.lacking("check-jsonschema", "yamllint")
    if lacking:
        return Run(0, 0, 0, failed=lacking)
    files = [str(path.relative_to(root)) for path in sorted((root / "cases").rglob("*.yaml"))]
    schema = [*tools.command("check-jsonschema"), "--schemafile", "schema/case.schema.json"]
    lint = [*tools.command("yamllint"), "-d", LINT]
    total = Run(0, 0, 0)
    for command in (schema, lint):
        for start in range(0, len(files), AT_ONCE):
            if not total.failed:
                part = [*command, *files[start : start + AT_ONCE]]
                total = total + run(part, root, limit - total.wall, QUIET)
    return total
