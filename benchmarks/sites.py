"""Whole sites and sites after one edited case, by us and by other generators: runs them and looks at what came out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import pages
from benchmarks.run import Run, run
from benchmarks.tools import ROOT, Tools

SITE, AGAIN, EDIT, RESIDENT = "整站，第一次", "整站，没有改动", "整站，改了一件", "整站，改了一件（程序开着）"
AHEAD = "改的那一页先写好（程序开着）"
OURS, HUGO = "本库", "Hugo + Pagefind"
QUIET: Mapping[str, str] = {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}


@dataclass
class Site:
    """One generator's site over one library: where its pages come from, where they go, how it is run."""

    name: str
    folder: Path
    sources: Path  # one file a case, named after it
    built: Path
    commands: tuple[tuple[str, ...], ...]
    cases: int  # that must have a page
    lacking: str = ""  # why it cannot be run
    caches: tuple[Path, ...] = ()
    incremental: bool = True  # False: a site after an edit is a site from nothing
    edits: list[str] = field(default_factory=list)

    def cold(self, limit: float) -> Run:
        """From nothing to a whole site."""
        for path in (self.built, *self.caches):
            shutil.rmtree(path, ignore_errors=True)
        return self._run(limit)

    def again(self, limit: float) -> Run:
        """Once more, over what the last run left."""
        return self._run(limit)

    def edited(self, limit: float) -> Run:
        """One sentence more in one case, then to a whole site that has it."""
        self.edit()
        return self._run(limit)

    def edit(self) -> str:
        """Write a new sentence into one case; returns it."""
        names = sorted(path for path in self.sources.rglob("*") if path.is_file())
        path = names[len(names) * 2 // 3]
        sentence = f"补充第{len(self.edits) + 1}句。"
        lines = path.read_text(encoding="utf-8").split("\n")
        place = next(
            number for number, line in enumerate(lines) if line.startswith(("background: ", "## 背景"))
        )
        if lines[place].startswith("#"):
            place += 2
        end = -1 if lines[place][-1] in "'\"" else len(lines[place])
        lines[place] = lines[place][:end] + sentence + lines[place][end:]
        path.write_text("\n".join(lines), encoding="utf-8")
        self.edits.append(sentence)
        self.page = path.stem
        return sentence

    def fault(self) -> str:
        """What is wrong with the site that stands; empty when it has a page for every case and all edits."""
        held = [
            path
            for path in self.built.rglob("*.html")
            if any(name.lower().startswith("rc-") for name in (path.stem, path.parent.name))
        ]
        if len(held) < self.cases:
            return f"只有 {len(held)} 页案例，应有 {self.cases} 页"
        own = [p for p in held if self.edits and self.page in (p.stem, p.parent.name)]
        if self.edits and not any(self.edits[-1] in p.read_text(encoding="utf-8") for p in own):
            return "改动没有出现在网页上"
        return ""

    def _run(self, limit: float) -> Run:
        if self.lacking:
            return Run(0, 0, 0, failed=self.lacking)
        total = Run(0, 0, 0)
        for command in self.commands:
            if not total.failed:
                total = total + run(command, self.folder, limit - total.wall, QUIET)
        fault = total.failed or self.fault()
        return Run(total.cpu, total.wall, total.memory, total.output, fault)


def sites(root: Path, folder: Path, tools: Tools) -> list[Site]:
    """Ours over the library at `root`, the others over the same cases in folders below `folder`."""
    out, hugo, mkdocs, zensical = (folder / name for name in ("ours", "hugo", "mkdocs", "zensical"))
    pages.hugo_site(root, hugo)
    pages.mkdocs_site(root, mkdocs)
    shutil.copytree(mkdocs, zensical)
    cases = sum(1 for _ in (hugo / "content/cases").iterdir())
    return [
        our_site(root, out, cases),
        Site(
            HUGO,
            hugo,
            hugo / "content/cases",
            hugo / "public",
            ((*tools.command("hugo"), "--quiet"), (*tools.command("pagefind"), "--site", "public")),
            cases,
            tools.lacking("hugo", "pagefind"),
        ),
        Site(
            "MkDocs Material",
            mkdocs,
            mkdocs / "docs/cases",
            mkdocs / "site",
            ((*tools.command("mkdocs"), "build", "-q"),),
            cases,
            tools.lacking("mkdocs"),
            incremental=False,
        ),
        Site(
            "Zensical",
            zensical,
            zensical / "docs/cases",
            zensical / "site",
            ((*tools.command("zensical"), "build", "-f", "mkdocs.yml"),),
            cases,
            tools.lacking("zensical"),
            (zensical / ".cache",),
        ),
    ]


def our_site(root: Path, out: Path, cases: int) -> Site:
    """The library at `root` built by the command; what builds leave in it goes before a cold one."""
    command = (sys.executable, "-m", "build_tools", "site", "--root", str(root), "--out", str(out))
    return Site(OURS, root, root / "cases", out, (command,), cases, caches=(root / "build",))
