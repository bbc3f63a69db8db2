"""`rongcuo check` as its users meet it: choice of files, formats, exit codes, Chinese under any locale."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build_tools.check.report import as_github
from build_tools.cli import main
from build_tools.model import Diagnostic, Mark
from tests.check_support import CASE, ROOT, patched, write

WRONG = "cases/2026/RC-2026-0002.yaml"


def run(library: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--root", str(library), *arguments])


@pytest.fixture
def faulty(library: Path) -> Path:
    """A library with two errors in one file and a warning in another."""
    base = (library / CASE).read_text(encoding="utf-8")
    write(library, WRONG, patched(base, "id: RC-2026-0002\nkind: toleratd\ntrigger: 打13800138000。"))
    write(library, CASE, patched(base, "confidence:\n  grade: low"))
    return library


def test_clean_library_passes_and_says_what_was_looked_at(library: Path) -> None:
    done = run(library)
    assert done.exit_code == 0
    words = len(list((library / "schema/vocabulary").glob("*.yaml")))
    assert done.output == f"共检查 1 个案例、1 部规则、{words} 张词表、1 页指引：没有发现问题。\n"


def test_text_is_one_sorted_line_a_finding_then_a_summary(faulty: Path) -> None:
    done = run(faulty)
    *rows, summary = done.output.splitlines()
    assert done.exit_code == 1
    assert all(re.match(r"\S+:\d+:\d+: RC\d{3} .+ — .+", row) for row in rows)
    places = [(path, int(line), int(column)) for path, line, column, _ in (row.split(":", 3) for row in rows)]
    assert places == sorted(places)
    assert (
        rows[0].endswith("（警告）")
        and "2 个错误、1 个警告" in summary
        and "rongcuo explain RC413" in summary
    )


def test_warnings_pass_unless_strict(faulty: Path) -> None:
    assert run(faulty, str(faulty / CASE)).exit_code == 0
    assert run(faulty, "--strict", str(faulty / CASE)).exit_code == 1


def test_paths_limit_the_report_but_not_what_references_may_name(faulty: Path) -> None:
    base = (faulty / CASE).read_text(encoding="utf-8")
    draft = write(
        faulty,
        "drafts/RC-2026-0003.yaml",
        patched(base, "id: RC-2026-0003\nrelations:\n  - type: followed\n    target: RC-2026-0002"),
    )
    done = run(faulty, str(draft))
    assert [row.split(" ")[1] for row in done.output.splitlines()[:-1]] == ["RC413"]
    assert done.output.splitlines()[-1].startswith("共检查 1 个案例、0 部规则、0 张词表：0 个错误、1 个警告")
    assert run(faulty, str(faulty / "rules")).exit_code == 0


def test_select_and_ignore_take_codes_and_families(faulty: Path) -> None:
    assert [r.split()[1] for r in run(faulty, "--select", "RC5").output.splitlines()[:-1]] == ["RC502"]
    assert [r.split()[1] for r in run(faulty, "--ignore", "RC204，rc413").output.splitlines()[:-1]] == [
        "RC502"
    ]
    refused = run(faulty, "--select", "RC999")
    assert refused.exit_code == 2 and "没有检查代码 RC999" in refused.output


def test_json_is_for_programs(faulty: Path) -> None:
    done = run(faulty, "--format", "json")
    report = json.loads(done.output)
    assert report["schema_version"] == 1
    assert (report["counts"]["cases"], report["counts"]["errors"], report["counts"]["warnings"]) == (2, 2, 1)
    assert {d["code"] for d in report["diagnostics"]} == {"RC204", "RC502", "RC413"}
    assert set(report["diagnostics"][0]) == {
        "path",
        "line",
        "column",
        "code",
        "severity",
        "title",
        "message",
        "hint",
    }
    assert done.exit_code == 1


def test_github_annotations_cannot_be_broken_out_of() -> None:
    found = Diagnostic("cases/a,b:c.yaml", Mark(3, 4), "RC101", "坏\n::error::100%", "改")
    assert (
        as_github([found])
        == "::error file=cases/a%2Cb%3Ac.yaml,line=3,col=4,title=RC101::坏%0A::error::100%25 — 改"
    )


def test_github_format_of_a_clean_library_is_empty(library: Path) -> None:
    assert run(library, "--format", "github").output == ""


def test_unreadable_files_are_counted(library: Path) -> None:
    write(library, WRONG, "id: [")
    assert "另有 1 个文件读不出来" in run(library).output


def test_a_finding_stays_one_line_whatever_the_file_is_called(library: Path) -> None:
    write(library, "cases/2026/坏\n名\x1b[31m.txt", "")
    rows = run(library).output.splitlines()
    assert len(rows) == 2 and "\\n" in rows[0] and "\x1b" not in rows[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "没有的路径"], "不存在"),
        (["check", "--formt", "json"], "没有选项"),
        (["check", "--format", "xml"], "不在可选的值里"),
        (["check", "--format"], "后面要写一个值"),
        (["chek"], "没有命令 'chek'。 是不是 'check'？"),
        (["explain", "RC101", "RC102"], "多出一个参数"),
        (["explain", "RC1010"], "没有检查代码"),
        (["new", "--kind", "容"], "没有类型"),
    ],
)
def test_usage_errors_are_chinese_and_exit_with_2(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert said in done.output and "错误：" in done.output
    assert not re.search(r"\b(Error|Usage|Try|Invalid|No such|Missing|requires)\b", done.output)


@pytest.mark.parametrize("command", ["", "check", "explain", "fmt", "new"])
def test_help_is_chinese(command: str) -> None:
    done = CliRunner().invoke(main, [*command.split(), "--help"])
    assert done.exit_code == 0 and "显示这段说明" in done.output
    assert not re.search(r"Usage|Options|Commands|OPTIONS|ARGS|Show|DIRECTORY|TEXT", done.output)


def test_outside_a_library_it_says_what_to_do(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["check", "--root", str(tmp_path)])
    assert done.exit_code != 0 and "这里不是案例库" in done.output


def test_broken_schema_is_said_plainly(library: Path) -> None:
    write(library, "schema/case.schema.json", "{")
    done = run(library)
    assert done.exit_code == 1 and "格式定义读不出来" in done.output


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}]
)
def test_chinese_comes_out_under_any_locale_and_without_a_terminal(
    faulty: Path, locale: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "build_tools", "check", "--root", str(faulty)],
        capture_output=True,
        env={**os.environ, **locale},
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1
    assert "共检查" in done.stdout.decode("utf-8")
    assert done.stderr == b""


def test_undecodable_file_name_does_not_stop_the_report(faulty: Path) -> None:
    (faulty / "cases" / os.fsdecode(b"\xff.txt")).write_bytes(b"")
    done = subprocess.run(
        [sys.executable, "-m", "build_tools", "check", "--root", str(faulty)],
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1 and "RC111" in done.stdout.decode("utf-8") and done.stderr == b""
