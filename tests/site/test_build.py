"""How the build behaves when things go wrong: bad content, hostile text, hidden cases, sudden death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from build_tools.site.build import Built, CheckFailed, build_site
from build_tools.site.frame import FrameError
from build_tools.site.swap import restore, swap_in

from .conftest import ROOT, TODAY, silent

Build = Callable[[], tuple[Path, Built]]


def edit(library: Path, case: str, before: str, after: str) -> None:
    path = library / f"cases/2026/{case}.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def everything(site: Path) -> bytes:
    """Names and contents of all files of a site."""
    return b"".join(
        str(p.relative_to(site)).encode() + p.read_bytes() for p in sorted(site.rglob("*")) if p.is_file()
    )


def test_an_error_in_the_library_leaves_the_old_site(library: Path, build: Build) -> None:
    site, _ = build()
    before = everything(site)
    edit(library, "RC-2026-0007", "kind: tolerated", "kind: tolerated_")
    with pytest.raises(CheckFailed) as failed:
        build()
    assert [d.code for d in failed.value.diagnostics if d.severity == "error"] == ["RC204"]
    assert everything(site) == before
    assert sorted(p.name for p in library.iterdir() if p.name.startswith(".site")) == []


def test_a_guide_that_links_nowhere_is_refused(library: Path, build: Build) -> None:
    site, _ = build()
    (library / "docs/guide/index.md").write_text(
        "# 指引\n\n[没有的页](nowhere.html)，见 [[RC-2026-0001]]。\n", encoding="utf-8"
    )
    before = everything(site)
    with pytest.raises(FrameError, match=r"guide/index\.html 里的链接 nowhere\.html"):
        build()
    assert everything(site) == before


@pytest.mark.parametrize(
    "change", [("disclosure: public", "disclosure: internal"), ("status: published", "status: draft")]
)
def test_hidden_cases_leave_no_trace(library: Path, build: Build, change: tuple[str, str]) -> None:
    edit(library, "RC-2026-0007", *change)
    edit(library, "RC-2026-0007", "title: ", "title: 隐字号")
    site, built = build()
    said = everything(site)
    assert built.cases == 2
    assert b"RC-2026-0007" not in said and "隐字号".encode() not in said


def test_internal_fields_of_a_public_case_leave_no_trace(library: Path, build: Build) -> None:
    path = library / "cases/2026/RC-2026-0001.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "internal:\n  notes: 内部备注玄鸟\n", encoding="utf-8")
    site, _ = build()
    assert "玄鸟".encode() not in everything(site)


def test_a_withdrawn_case_leaves_a_tombstone(library: Path, build: Build) -> None:
    edit(library, "RC-2026-0007", "status: published", "status: withdrawn")
    path = library / "cases/2026/RC-2026-0007.yaml"
    record = "status_record:\n  date: 2026-11-22\n  reason: 来源撤稿\n  authority: 编辑组\n  successor: RC-2026-0001\n"
    text = path.read_text(encoding="utf-8")
    background = next(line for line in text.splitlines() if line.startswith("background: ")).removeprefix(
        "background: "
    )
    path.write_text(text.replace("sources:\n", f"{record}sources:\n", 1), encoding="utf-8")
    site, _ = build()
    page = (site / "cases/RC-2026-0007.html").read_text(encoding="utf-8")
    assert "已撤下" in page and "来源撤稿" in page and 'href="../cases/RC-2026-0001.html"' in page
    assert background[:20] not in page
    assert "RC-2026-0007" not in (site / "browse/all.html").read_text(encoding="utf-8")


def test_the_same_library_gives_the_same_bytes(library: Path, build: Build) -> None:
    site, _ = build()
    first = everything(site)
    build()
    assert everything(site) == first


@pytest.mark.parametrize("moment", [0.3, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8])
def test_killed_at_any_moment_the_last_good_site_remains(library: Path, build: Build, moment: float) -> None:
    site, _ = build()
    before = everything(site)
    edit(library, "RC-2026-0001", "title: ", "title: 新")
    process = subprocess.Popen(
        [sys.executable, "-m", "build_tools", "site", "--root", str(library)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    restore(site)
    left = everything(site)
    build()
    assert left in (before, everything(site)), "a half-written site was left"


def test_swap_recovers_when_cut_off_between_two_renames(tmp_path: Path) -> None:
    site, aside = tmp_path / "site", tmp_path / ".site.old"
    aside.mkdir()
    (aside / "index.html").write_text("旧")
    restore(site)
    assert (site / "index.html").read_text() == "旧"
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (fresh / "index.html").write_text("新")
    swap_in(fresh, site)
    assert (site / "index.html").read_text() == "新"
    assert (fresh / "index.html").read_text() == "旧"  # to be removed when nobody waits for it
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fresh", "site"]


def test_it_builds_where_there_is_no_git(library: Path) -> None:
    build_site(library, library / "elsewhere", TODAY, silent)
    assert (library / "elsewhere/index.html").is_file()
