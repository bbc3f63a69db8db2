"""A small library with the small policy of looking back, and cases with look-backs in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner, Result

from build_tools.cli import main
from build_tools.load import load_library, load_schemas
from build_tools.load.lookback import Policy, policy_of
from build_tools.lookback.filing import Words
from build_tools.model import Library
from tests.check_support import CASE, FIXTURES, patched, write

BASE = (FIXTURES / "base-case.yaml").read_text(encoding="utf-8")
POLICY = "schema/lookback.yaml"


def with_policy(root: Path) -> Path:
    """The library at `root` with the small policy."""
    write(root, POLICY, (FIXTURES / "base-lookback.yaml").read_text(encoding="utf-8"))
    return root


def add_case(root: Path, serial: int, fragment: str = "", entered: str = "2026-03-02") -> str:
    """One more case; gives its id."""
    case_id = f"RC-2026-{serial:04d}"
    text = patched(BASE, f"id: {case_id}\nentered: {entered}\n{fragment}").replace(
        "  - date: 2026-03-02\n    type: created", f"  - date: {entered}\n    type: created"
    )
    write(root, f"cases/2026/{case_id}.yaml", text)
    return case_id


def review(
    day: str,
    findings: Sequence[str] = ("lf-maintain",),
    obligations: Sequence[tuple[str, str, str]] = (),
    disclosure: str = "public",
) -> str:
    """The YAML of one look-back; obligations are (kind, due, done or "")."""
    lines = [
        f"  - date: {day}",
        "    trigger: lt-schedule",
        "    reviewer: 某市纪委监委案件监督管理室",
        "    independence: 审查人没有办过原案。",
        "    checklist:",
        "      - item: facts\n        answer: pass",
        "      - item: handling\n        answer: pass",
        "    findings:",
        *(f"      - {term}" for term in findings),
    ]
    if obligations:
        lines.append("    obligations:")
    for kind, due, done in obligations:
        lines += [f"      - kind: {kind}", "        text: 办这件事。", f"        due: {due}"]
        lines += [f"        done: {done}", "        evidence: 已送达。"] if done else []
    return "\n".join([*lines, f"    disclosure: {disclosure}", ""])


def read(root: Path) -> tuple[Library, Policy]:
    """The library and its policy."""
    library = load_library(root).library
    assert library.lookback
    return library, policy_of(library.lookback)


def words(root: Path) -> Words:
    library, policy = read(root)
    return Words(library, policy, load_schemas(root / "schema"))


def run(root: Path, *args: str, text: str | None = None) -> Result:
    """`rongcuo lookback …` on the library at `root`."""
    return CliRunner().invoke(main, ["lookback", args[0], "--root", str(root), *args[1:]], input=text)


def case_text(root: Path, path: str = CASE) -> str:
    return (root / path).read_text(encoding="utf-8")
