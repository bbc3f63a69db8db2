"""The same library gives the same site, byte for byte, wherever, whenever and under whatever settings it is built."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from build_tools.export.moment import VARIABLE

from .conftest import ROOT

BUILD = """
import sys
from datetime import date
from pathlib import Path
from build_tools.site.build import build_site
root, day = sys.argv[1:]
build_site(Path(root), Path(root) / "网站", date.fromisoformat(day), lambda step: None)
"""


def sums(site: Path) -> dict[str, str]:
    """Path below the site → SHA-256."""
    files = (path for path in sorted(site.rglob("*")) if path.is_file())
    return {p.relative_to(site).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def built(library: Path, today: str, **settings: str) -> dict[str, str]:
    """The sums of a library's site, built by a process of its own: the order of sets differs between processes."""
    env = {key: value for key, value in os.environ.items() if key != VARIABLE} | settings
    command = [sys.executable, "-c", BUILD, str(library), today]
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    return sums(library / "网站")


def test_two_folders_two_days_and_two_settings_give_one_site(library: Path, tmp_path: Path) -> None:
    other = tmp_path / "另一个 文件夹" / "深一层" / "library"
    shutil.copytree(library, other)
    for path in sorted(other.rglob("*.yaml"), reverse=True):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    first = built(library, "2026-11-22", PYTHONHASHSEED="1", TZ="Asia/Shanghai", LC_ALL="C.UTF-8")
    second = built(other, "2027-12-01", PYTHONHASHSEED="2", TZ="America/Los_Angeles", LC_ALL="C")
    assert {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)} == set()
    for name in (
        "downloads/rongcuo-public.zip",
        "downloads/cases.xlsx",
        "feeds/new.xml",
        "api/v1/openapi.json",
    ):
        assert name in first
