"""A site brought up to date after any change is, byte for byte, the site built from nothing."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from build_tools.memory import Memory
from build_tools.memory.rows import FILE
from build_tools.site import templating
from build_tools.site.build import Built, CheckFailed, build_site
from build_tools.site.swap import FILES, PLAN, restore

from .conftest import ROOT, TODAY, silent, small_library

CASES = (2, 3, 5, 12, 20, 41)  # beside those of the small library
SEEDS = (1, 2, 3)
STEPS = 6


class Bench:
    """A library, its site, and the same site built from nothing for comparison."""

    def __init__(self, root: Path) -> None:
        self.root = small_library(root)
        self.site, self.fresh = root / "site", root / "fresh"
        for number in CASES:
            name = f"RC-2026-{number:04d}.yaml"
            if (ROOT / "cases/2026" / name).is_file():
                shutil.copy(ROOT / "cases/2026" / name, self.cases / name)
        self.memory = Memory(self.work)
        # The frame and the forms are slow, and hold nothing that other stages depend on.
        self.slow = Memory()

    @property
    def cases(self) -> Path:
        return self.root / "cases/2026"

    @property
    def work(self) -> Path:
        return self.root / "build"

    def build(self) -> Built:
        """Bring the site up to date."""
        return build_site(self.root, self.site, TODAY, silent, memory=self.memory, workers=1)

    def rebuild(self) -> None:
        """Build the other site from nothing."""
        shutil.rmtree(self.fresh, ignore_errors=True)
        memory = Memory()
        for name in ("frame", "slow files"):
            memory._stages[name] = self.slow.stage(name)
        build_site(self.root, self.fresh, TODAY, silent, memory=memory, workers=1)

    def compare(self) -> None:
        """Build both ways: the same bytes, or the same refusal."""
        try:
            self.rebuild()
        except CheckFailed as refused:
            before = everything(self.site)
            with pytest.raises(CheckFailed) as also:
                self.build()
            assert also.value.diagnostics == refused.diagnostics
            assert everything(self.site) == before
            return
        self.build()
        ours, theirs = everything(self.site), everything(self.fresh)
        assert sorted(ours) == sorted(theirs)
        assert [path for path in ours if ours[path] != theirs[path]] == []

    def some(self, dice: random.Random) -> Path:
        """A case's file."""
        return dice.choice(sorted(self.cases.glob("*.yaml")))


def everything(site: Path) -> dict[str, bytes]:
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def swap(path: Path, pattern: str, by: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(pattern, by, text, count=1, flags=re.M), encoding="utf-8")


def reword(bench: Bench, dice: random.Random) -> None:
    swap(bench.some(dice), r"^background: ", f"background: 第{dice.randrange(99)}次补充。")


def retitle(bench: Bench, dice: random.Random) -> None:
    swap(bench.some(dice), r"^title: ", f"title: 改{dice.choice('甲乙丙丁')}")


def recode(bench: Bench, dice: random.Random) -> None:
    words = (bench.root / "schema/vocabulary/error_factors.yaml").read_text(encoding="utf-8")
    term = dice.choice(re.findall(r"- id: (ef-[\w-]+)", words))
    swap(bench.some(dice), r"term: ef-[\w-]+", f"term: {term}")


def redate(bench: Bench, dice: random.Random) -> None:
    swap(bench.some(dice), r"^  value: \S+", f"  value: '{dice.randrange(2012, 2025)}'")


def hide(bench: Bench, dice: random.Random) -> None:
    swap(bench.some(dice), r"^status: published", "status: draft")


def conceal(bench: Bench, dice: random.Random) -> None:
    swap(bench.some(dice), r"^disclosure: public", "disclosure: internal")


def withdraw(bench: Bench, dice: random.Random) -> None:
    path = bench.some(dice)
    if "status_record" not in path.read_text(encoding="utf-8"):
        swap(path, r"^status: published", "status: withdrawn")
        swap(
            path,
            r"^sources:",
            "status_record:\n  date: 2026-11-22\n  reason: 来源撤稿\n  authority: 编辑组\nsources:",
        )


def add(bench: Bench, dice: random.Random) -> None:
    path, number = bench.some(dice), dice.randrange(5000, 6000)
    text = path.read_text(encoding="utf-8")
    new = re.sub(r"^id: .*$", f"id: RC-2026-{number}", text, count=1, flags=re.M)
    (bench.cases / f"RC-2026-{number}.yaml").write_text(new, encoding="utf-8")


def remove(bench: Bench, dice: random.Random) -> None:
    bench.some(dice).unlink()


def rename_term(bench: Bench, dice: random.Random) -> None:
    path = dice.choice(sorted((bench.root / "schema/vocabulary").glob("*.yaml")))
    swap(path, r"^( +label: )", rf"\1改{dice.choice('子丑寅卯')}")


def rename_rule(bench: Bench, dice: random.Random) -> None:
    swap(dice.choice(sorted((bench.root / "rules").glob("*.yaml"))), r"^short: ", "short: 新")


def rewrite_guide(bench: Bench, dice: random.Random) -> None:
    path = dice.choice(sorted((bench.root / "docs").rglob("*.md")))
    path.write_text(path.read_text(encoding="utf-8") + f"\n又一段 {dice.randrange(9)}。\n", encoding="utf-8")


def change_template(bench: Bench, dice: random.Random) -> None:
    path = templating.TEMPLATES / dice.choice(("case.html.j2", "list.html.j2", "case/outcome.html.j2"))
    path.write_text(path.read_text(encoding="utf-8") + f"<!-- {dice.randrange(9)} -->", encoding="utf-8")


def soil_site(bench: Bench, dice: random.Random) -> None:
    """Somebody's own hands in the site: a file changed, one gone, one too many."""
    files = sorted(path for path in bench.site.rglob("*") if path.is_file())
    changed, gone = dice.sample(files, 2)
    changed.write_bytes(changed.read_bytes() + b" ")
    gone.unlink()
    (bench.site / "browse" / "extra.html").write_text("多出来的")


def forget_process(bench: Bench, dice: random.Random) -> None:
    """The next build is another process."""
    bench.memory = Memory(bench.work)


def damage_memory(bench: Bench, dice: random.Random) -> None:
    file = bench.work / FILE
    raw = bytearray(file.read_bytes())
    for _ in range(200):
        raw[dice.randrange(len(raw))] = dice.randrange(256)
    file.write_bytes(raw[: dice.choice((len(raw), len(raw) // 2))])
    forget_process(bench, dice)


def foreign_memory(bench: Bench, dice: random.Random) -> None:
    with sqlite3.connect(bench.work / FILE) as database:
        database.execute("update program set fingerprint = 'another'")
        database.execute("update kept set value = x'00'")
    database.close()
    forget_process(bench, dice)


EDITS: tuple[Callable[[Bench, random.Random], None], ...] = (
    reword, retitle, recode, redate, hide, conceal, withdraw, add, remove, rename_term, rename_rule,
    rewrite_guide, change_template, soil_site, forget_process, damage_memory, foreign_memory, reword,
)  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A library of a few cases and templates of its own, built once."""
    monkeypatch.setattr(
        templating, "TEMPLATES", shutil.copytree(templating.TEMPLATES, tmp_path / "templates")
    )
    bench = Bench(tmp_path / "库")
    bench.build()
    yield bench


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_edits_the_site_is_the_one_built_from_nothing(bench: Bench, seed: int) -> None:
    dice = random.Random(seed)
    # Every kind of change comes up over all seeds, in another order and company each time.
    order = [EDITS[(place * len(SEEDS) + seed) % len(EDITS)] for place in range(STEPS)]
    dice.shuffle(order)
    for edit in order:
        edit(bench, dice)
        bench.compare()


def test_one_edited_case_changes_only_what_is_about_it(bench: Bench) -> None:
    swap(bench.cases / "RC-2026-0007.yaml", r"^background: ", "background: 另据核实。")
    built = bench.build()
    pages = [path for path in built.changed if path.endswith(".html")]
    assert pages == ["cases/RC-2026-0007.html"]
    assert len(built.changed) < built.files / 4


def test_what_is_remembered_lasts_through_edits_and_processes(bench: Bench) -> None:
    """Edit after edit, each in a process of its own: none has to begin anew because the one before lost something."""
    for number in range(3):
        forget_process(bench, random.Random(0))
        swap(bench.cases / "RC-2026-0007.yaml", r"^background: ", f"background: 另据核实{number}。")
        built = bench.build()
        assert [path for path in built.changed if path.endswith(".html")] == ["cases/RC-2026-0007.html"]
        assert (bench.work / FILE).is_file()


def test_nothing_changed_writes_nothing(bench: Bench) -> None:
    before = {p: p.stat().st_mtime_ns for p in bench.site.rglob("*") if p.is_file()}
    assert bench.build().changed == ()
    forget_process(bench, random.Random(0))
    assert bench.build().changed == ()
    assert {p: p.stat().st_mtime_ns for p in bench.site.rglob("*") if p.is_file()} == before


def test_a_change_cut_off_half_way_is_completed(tmp_path: Path) -> None:
    site, change = tmp_path / "site", tmp_path / ".site.next"
    for name in ("search/old/a.js", "cases/gone.html", "index.html"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("旧")
    (change / FILES / "cases").mkdir(parents=True)
    (change / FILES / "cases/new.html").write_text("新")  # index.html had been moved already
    (change / PLAN).write_text('{"renamed": {"search/old": "search/new"}, "removed": ["cases/gone.html"]}')
    restore(site)
    assert {path: content.decode() for path, content in everything(site).items()} == {
        "search/new/a.js": "旧",
        "cases/new.html": "新",
        "index.html": "旧",
    }
    assert not change.exists()


def test_a_change_not_decided_yet_is_forgotten(tmp_path: Path) -> None:
    site, change = tmp_path / "site", tmp_path / ".site.next"
    site.mkdir()
    (change / FILES).mkdir(parents=True)
    (change / FILES / "index.html").write_text("半截")
    restore(site)
    assert list(site.iterdir()) == [] and not change.exists()
