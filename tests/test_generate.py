"""The made-up cases that benchmarks use, the sites made of them for other generators, and the benchmarks' own tools."""

from __future__ import annotations

import filecmp
import random
import re
import sys
from pathlib import Path

import pytest
import yaml

from benchmarks import browser, growth, pages, sites, table
from benchmarks import generate as maker
from benchmarks.__main__ import arguments
from benchmarks.queries import BROWSER, Figures, judged_queries
from benchmarks.run import Run, run
from benchmarks.tools import MISSING, PACKAGES, PINS, Tools
from build_tools.load import for_edition, load_library, load_schemas
from tests.check_support import ROOT, check

REAL = len(list((ROOT / "cases").rglob("*.yaml")))
MADE = 25


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maker.generate(REAL + MADE, 7, tmp_path_factory.mktemp("made"))


def made_files(root: Path) -> dict[str, str]:
    paths = (root / "cases").rglob("RC-2026-1????.yaml")
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def test_as_many_cases_as_asked_for_and_no_error(made: Path) -> None:
    assert len(list((made / "cases").rglob("*.yaml"))) == REAL + MADE
    assert [str(d) for d in check(made) if d.severity == "error"] == []


def test_made_cases_say_what_they_are_and_copy_no_text(made: Path) -> None:
    real = "".join(case.text for case in load_library(ROOT).library.cases)
    assert len(made_files(made)) == MADE
    for text in made_files(made).values():
        assert text.startswith(maker.NOTICE)
        case = yaml.load(text, yaml.BaseLoader)
        long = [case[key] for key in ("summary", "background", "error") if len(case.get(key, "")) > 60]
        assert not [words for words in long if words in real]


def test_same_seed_same_bytes_and_fewer_are_the_first_of_more(made: Path, tmp_path: Path) -> None:
    less = maker.generate(REAL + 5, 7, tmp_path / "less")
    other = maker.generate(REAL + 5, 8, tmp_path / "other")
    assert made_files(less).items() <= made_files(made).items() and len(made_files(less)) == 5
    assert not made_files(other).items() & made_files(less).items()


def test_a_case_with_an_error_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[list[str]] = []

    def wrong(out: Path, ids: object, schemas: object) -> set[str]:
        turns.append(list(ids))  # type: ignore[call-overload]
        return {"cases/2026/RC-2026-10002.yaml"} if len(turns) < 3 else set()

    monkeypatch.setattr(maker, "_wrong", wrong)
    drawn = made_files(maker.generate(REAL + 3, 7, tmp_path))
    names = [f"RC-2026-{n}" for n in (10001, 10002, 10003)]
    assert turns == [names, [names[1]], [names[1]]] and len(drawn) == 3


def test_prose_follows_the_chain_to_the_length() -> None:
    chain = maker.Chain({"村里": "修修", "里修": "路", "修路": "未"}, ["村里"])
    assert maker.prose(chain, 5, random.Random(1)) == "村里修路未"
    assert maker.prose(chain, 7, random.Random(1)) == "村里修路未村里"  # a dead end starts anew


# ---- the same cases for others --------------------------------------------------------------------------------------


def test_pages_for_others_hold_every_text_of_the_case(made: Path, tmp_path: Path) -> None:
    pages.hugo_site(made, tmp_path / "hugo")
    pages.mkdocs_site(made, tmp_path / "mkdocs")
    hugo, mkdocs = tmp_path / "hugo/content/cases", tmp_path / "mkdocs/docs/cases"
    schemas = load_schemas(made / "schema")
    library = for_edition(load_library(made).library, schemas)
    live = {case.id.lower(): case for case in library.cases if not case.tombstone}
    assert {path.stem for path in hugo.iterdir()} == live.keys()
    assert filecmp.dircmp(hugo, mkdocs).diff_files == []
    for name in ("rc-2026-10001", "rc-2026-0101"):
        text = (hugo / f"{name}.md").read_text(encoding="utf-8").replace("\\", "")
        head = yaml.safe_load(text.split("---")[1])
        assert head["title"] == live[name].title and head["tags"] and len(head["kinds"]) == 1
        for pointer, value, node in schemas.case.walk(live[name].data):
            if isinstance(value, str) and "x-vocabulary" not in node:
                assert schemas.case.choice(pointer, value).label in text, pointer
        assert "\n## 背景\n" in text


def test_an_edit_leaves_a_valid_case_and_a_page_without_it_is_a_fault(made: Path, tmp_path: Path) -> None:
    site = sites.our_site(made, tmp_path, 1)
    assert site.fault() == "只有 0 页案例，应有 1 页"
    sentence = site.edit()
    assert [str(d) for d in check(made) if d.severity == "error"] == []
    edited = next(
        path for path in (made / "cases").rglob("*.yaml") if sentence in path.read_text(encoding="utf-8")
    )
    page = tmp_path / f"cases/{edited.stem}.html"
    page.parent.mkdir()
    page.write_text("前一次", encoding="utf-8")
    assert site.fault() == "改动没有出现在网页上"
    page.write_text(f"背景……{sentence}", encoding="utf-8")
    assert site.fault() == ""


# ---- running, installing, telling -----------------------------------------------------------------------------------


def test_a_run_counts_the_whole_tree_and_ends_what_is_late(tmp_path: Path) -> None:
    busy = "import time; held = bytearray(60_000_000); end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    shell = f'"{sys.executable}" -c "$0"; echo said'
    done = run(["sh", "-c", shell, busy], tmp_path, 60)
    assert not done.failed and done.output == "said\n"
    assert done.cpu >= 0.3 and done.wall >= 0.3 and (done.memory > 50 or sys.platform != "linux")
    assert run(["sh", "-c", "echo no; exit 3"], tmp_path, 60).failed == "退出码 3：no"
    late = run(["sh", "-c", "sleep 60 & sleep 60"], tmp_path, 0.2)
    assert late.failed == "超过 0 秒" and late.wall < 20


def test_what_is_not_installed_is_named() -> None:
    tools = Tools(Path("nowhere"), {**dict.fromkeys(PACKAGES, ""), "pagefind": "1"})
    assert tools.lacking("hugo", "pagefind") == f"{MISSING}（hugo）" and tools.lacking("pagefind") == ""
    gone = sites.Site("甲", ROOT, ROOT, ROOT / "none", (), 1, tools.lacking("hugo"))
    assert gone.again(1).failed == "未装（hugo）"


def test_every_tool_is_pinned() -> None:
    lines = [line.split("#")[0].strip() for line in PINS.read_text(encoding="utf-8").splitlines()]
    pinned = [re.fullmatch(r"([\w.-]+)==[\w.]+", line) for line in lines if line]
    assert all(pinned)
    names = {match[1].lower() for match in pinned if match}
    assert {package for packages in PACKAGES.values() for package in packages} <= names


def test_tables_give_medians_ratios_and_budgets() -> None:
    results = table.Results(10_000)
    for cpu in (9.0, 11.0, 10.0):
        results.add(sites.SITE, sites.OURS, Run(cpu, cpu, 100))
    results.add(sites.SITE, sites.HUGO, Run(40, 30, 900))
    results.add(sites.SITE, "Zensical", Run(0, 0, 0, failed="超过 90 秒"))
    results.add(sites.RESIDENT, sites.OURS, Run(2.5, 3.0, 100))
    first = browser.First(1.5, 500 * 1024, 512 * 1024, 900 * 1024, 40, 3 * 2**20)
    shown = [browser.Shown(browser.QUICK.name, group, [first], [1.0, 60.0]) for group in ("words", "facts")]
    results.figures.append(Figures(BROWSER, 0, 5e6, 0, {"words": [1.0, 60.0], "facts": [3.0]}, shown))
    said = table.report([results], Tools(Path("nowhere"), {"hugo": "0.1", "zensical": ""}), "2026-01-02")
    assert "| 整站，第一次 | 10,000 | 本库 | 10.00 | 10.00 | 100 | 1.00 | 3 |" in said
    assert "| 整站，第一次 | 10,000 | Hugo + Pagefind | 40.00 | 30.00 | 900 | 4.00 | 1 |" in said
    assert "| 整站，第一次 | 10,000 | Zensical | 超过 90 秒 | | | | |" in said
    assert "| Hugo + Pagefind 的一半 | 10.0 秒，对方 40.0 秒 | 0.50 | 达到 |" in said
    assert "| 2 秒 | 用时 3.00 秒，处理器 2.50 秒 | 1.50 | 未达到 |" in said
    assert "| 50 毫秒 | 60.0 毫秒 | 1.20 | 未达到 |" in said
    row = "| 词语，本机读文件 | 10,000 | 1.5 / 1.5 | 500 / 500 / 500 | 512 | 40 | 3.0 | 30 / 60 |"
    assert row in said
    assert "| 400 KB | p95 500 KB，中位数 500，最多 500 | 1.25 | 未达到 |" in said
    assert "| 1536 KB | p95 500 KB，中位数 500，最多 500 | 0.33 | 达到 |" in said
    assert "版本：hugo 0.1，zensical 未装。" in said


def test_arguments_and_queries() -> None:
    assert arguments([]).sizes == [300, 3_000, 10_000] and len(arguments([]).only) == 4
    assert arguments(["--large", "--only", "check"]).sizes == [100_000]
    queries = judged_queries()
    assert len(queries["words"]) >= 20 and all(len(text) > 60 for text in queries["facts"])


def test_growth_still_knows_the_builders_functions() -> None:
    assert [stage for stage in growth.STAGES if not growth.functions(stage)] == []


def test_a_clock_counts_each_second_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(100))
    monkeypatch.setattr(growth, "own_cpu", lambda: float(next(now)))
    clock = growth.Clock()
    inner = clock.timed("内", lambda: 1)
    assert clock.timed("外", lambda: inner() + inner())() == 2
    assert clock.spent == {growth.REST: 1.0, "外": 3.0, "内": 2.0}
