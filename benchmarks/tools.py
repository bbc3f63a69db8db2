"""The tools to compare with: an environment of their own, what can be run of them, and which version; runs nothing.

They are installed from their packages at the versions in benchmarks/requirements.txt. What cannot be installed on
this machine is missing from the tables with the reason, and everything else is measured all the same.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "benchmarks/requirements.txt"
PEERS = ROOT / "build/peers"  # the environment
MISSING = "未装"
# Tool → packages it needs; the first gives the version.
PACKAGES: Mapping[str, Sequence[str]] = {
    "hugo": ("hugo",),
    "pagefind": ("pagefind", "pagefind_bin_extended"),
    "mkdocs": ("mkdocs-material", "jieba"),
    "zensical": ("zensical",),
    "whoosh": ("whoosh", "jieba"),
    "fts5": (),
    "tantivy": ("tantivy",),
    "check-jsonschema": ("check-jsonschema",),
    "yamllint": ("yamllint",),
}
_VERSION = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"


@dataclass(frozen=True)
class Tools:
    """What is installed in one environment: tool → version, or "" where there is none."""

    home: Path
    versions: Mapping[str, str]

    def command(self, tool: str) -> list[str]:
        """The beginning of a command line that runs the tool."""
        if tool == "pagefind":
            return [str(self.python), "-m", "pagefind"]
        own = self.home / "bin" / tool
        return [str(own) if own.exists() else str(shutil.which(tool))]

    def lacking(self, *wanted: str) -> str:
        """Why these cannot all be run; empty when they can."""
        missing = [tool for tool in wanted if not self.versions[tool]]
        return f"{MISSING}（{'、'.join(missing)}）" if missing else ""

    @property
    def python(self) -> Path:
        return self.home / "bin/python"


def install(home: Path = PEERS) -> Tools:
    """Bring the environment to the pinned versions; whatever fails is left out and said on standard error."""
    stamp, pins = home / ".installed", PINS.read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != pins:
        _say("安装用来比较的工具（只有第一次要几分钟）")
        shutil.rmtree(home, ignore_errors=True)
        made = _run([sys.executable, "-m", "venv", str(home)])
        if not made and _pip(home, ["-r", str(PINS)]):  # all at once failed: each tool by itself
            for tool, packages in PACKAGES.items():
                if packages and (reason := _pip(home, ["-c", str(PINS), *packages])):
                    _say(f"{tool} {MISSING}：{reason}")
        if not made:
            stamp.write_text(pins, encoding="utf-8")
    return Tools(home, {tool: _version(home, tool, packages) for tool, packages in PACKAGES.items()})


def _pip(home: Path, wanted: Sequence[str]) -> str:
    return _run(
        [str(home / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted]
    )


def _run(command: Sequence[str]) -> str:
    """Why the command failed, in its own last words; empty when it did not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return (done.stderr.strip().splitlines() or ["?"])[-1][:200] if done.returncode else ""


def _version(home: Path, tool: str, packages: Sequence[str]) -> str:
    if tool == "fts5":
        return _printed([str(home / "bin/python"), "-c", "import sqlite3; print(sqlite3.sqlite_version)"])
    found = [_printed([str(home / "bin/python"), "-c", _VERSION, package]) for package in packages]
    if all(found):
        return f"{found[0]} extended" if tool == "pagefind" else found[0]
    # A Debian package will do as well where the tool is a program of its own.
    return _printed([tool, "version"]).removeprefix("hugo ") if tool == "hugo" else ""


def _printed(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
