"""Reading and judging many cases beforehand, by several processes, changes nothing that is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from build_tools.check import engine, forerun, run_checks, spread
from build_tools.check.judge import Judge
from build_tools.check.remembered import Judged
from build_tools.load import load_library
from build_tools.memory import Memory
from build_tools.model import Diagnostic, Record
from tests.check_support import CASE, FIXTURES, SCHEMAS, TODAY, make_library, patched, write

BASE = (FIXTURES / "base-case.yaml").read_text(encoding="utf-8")
NUMBERS = range(2, 30)


def _path(number: int) -> str:
    return f"cases/2026/RC-2026-{number:04}.yaml"


def _names(number: int) -> str:
    return f"relations:\n  - type: followed\n    target: RC-2026-{number:04}\n"


# What is written into some of the cases. Most of it is wrong, or is so only because of what stands in another file.
ODD = {
    3: "status: draft",
    4: "disclosure: internal",
    5: "background: 见 RC-2026-0003。",  # which is a draft
    6: "background: 见 RC-2026-0004。",  # which is internal
    7: _names(999),  # which is nowhere
    8: _names(8),
    9: _names(3),
    10: _names(20),  # which cannot be read
    11: "disclosure: internal\nbackground: 见 RC-2026-0011 和 RC-2026-0004。",
    12: "trigger: 村民李大强反映，电话13800138000。",
    13: "trigger: 甲\ntrigger: 乙",
    14: "kind: 容错",
    15: "date:\n  value: 2096-01\n  basis: event",
    16: "id: RC-2026-0017",
    18: "error_factors:\n  - term: ef-no-aproval\n    origin: source",
    19: "background: 保证免责，见 RC-2026-0021。",
    20: "subject:\n\tdescription: 某人",
}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Cases that are wrong in many ways, among sound ones."""
    root = make_library(tmp_path)
    for number in NUMBERS:
        fragment = ODD.get(number, "")
        text = patched(
            BASE, fragment if fragment.startswith("id:") else f"id: RC-2026-{number:04}\n{fragment}"
        )
        write(root, _path(number), text)
    write(root, _path(21), BASE.replace("\n", "\r\n"))
    return root


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forerun, "MANY", 2)
    monkeypatch.setattr(spread, "MANY", 2)


def _run(root: Path, memory: Memory, workers: int = 2) -> tuple[Diagnostic, ...]:
    forerun.forerun(root, [root / "cases"], SCHEMAS, TODAY, workers, memory)
    found = run_checks(load_library(root, memory=memory), SCHEMAS, TODAY, 1, memory)
    memory.save()
    return found


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The paths of the files that are judged in this process."""
    paths: list[str] = []

    class Noting(Judge):
        def __call__(self, record: Record, context: object) -> Judged:
            paths.append(record.path)
            return super().__call__(record, context)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "Judge", Noting)
    yield paths


def test_findings_are_the_same(library: Path) -> None:
    plain = run_checks(load_library(library), SCHEMAS, TODAY)
    assert {"RC102", "RC103", "RC301", "RC302", "RC304", "RC307", "RC311", "RC412", "RC502"} <= {
        finding.code for finding in plain
    }
    assert _run(library, Memory()) == plain
    assert _run(library, Memory(library / "build")) == plain
    assert _run(library, Memory(library / "build")) == plain


def test_only_what_was_not_as_supposed_is_judged_again(library: Path, judged: list[str]) -> None:
    _run(library, Memory())
    # They name a case that is hidden, nowhere or unreadable, or have a problem of reading themselves.
    again = {_path(number) for number in (5, 6, 7, 9, 10, 11, 13, 19, 21)}
    assert {path for path in judged if path.startswith("cases/")} == again


def test_a_library_that_is_remembered_is_not_read_beforehand(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(library, Memory(library / "build"))
    monkeypatch.setattr(forerun, "spread", None)  # cannot be called
    write(library, CASE, patched(BASE, "kind: 容错"))
    memory = Memory(library / "build")
    assert _run(library, memory) == run_checks(load_library(library), SCHEMAS, TODAY)


def test_one_worker_reads_nothing_beforehand(library: Path, judged: list[str]) -> None:
    _run(library, Memory(), workers=1)
    assert _path(2) in judged
