"""`rongcuo new`: a fresh id that was never used, and a skeleton that only asks to be filled in."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build_tools.cli import main
from build_tools.edit.layout import laid_out
from build_tools.edit.mint import next_id
from build_tools.edit.write import create_file
from build_tools.load import load_library
from build_tools.load.yaml_reader import read_yaml
from tests.check_support import SCHEMAS, check, patched, write

YEAR = date.today().year


def run(library: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["new", "--root", str(library), *arguments])


def _made(library: Path, done: Result) -> Path:
    assert done.exit_code == 0, done.output
    return library / done.output.splitlines()[0].removeprefix("已写好骨架：")


def minted(library: Path, year: int = 2026) -> str:
    return next_id(load_library(library).library, library, year)


def test_skeleton_is_readable_laid_out_and_only_wants_filling_in(library: Path) -> None:
    path = _made(library, run(library))
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=../../schema/case.schema.json"
    assert laid_out(text.encode(), str(path), SCHEMAS.case).text == text
    found = [
        d for d in check(library) if d.path == path.relative_to(library).as_posix() and d.code != "RC403"
    ]
    assert {d.code for d in found} == {"RC209"}
    data = read_yaml(text.encode(), "").data
    assert (data["id"], data["status"], data["entered"]) == (path.stem, "draft", date.today().isoformat())


def test_every_field_is_explained(library: Path) -> None:
    text = _made(library, run(library)).read_text(encoding="utf-8")
    for name, node in SCHEMAS.case.properties.items():
        if name not in ("status_record", "reviews"):
            assert f"# {node['title']}：" in text
            assert f"\n{name}:" in text or f"\n# {name}:" in text
    assert "ef-no-approval 未批先行" in text and "published 已发布" in text


def test_uncommented_optional_keys_fit_the_schema(library: Path) -> None:
    """Taking away the “# ” before every optional key gives keys the schema knows, in places it allows."""
    path = _made(library, run(library))
    rows = []
    for row in path.read_text(encoding="utf-8").splitlines()[3:]:
        bare = row.replace("# ", "", row.count("# "))
        is_key = (
            bare.strip().removeprefix("- ").partition(":")[0].isidentifier()
            and "：" not in bare
            and bare.strip().isascii()
        )
        rows.append(bare if is_key or bare.strip() == "-" else "" if row.lstrip().startswith("#") else row)
    path.write_text("\n".join(r for r in rows if r) + "\n", encoding="utf-8")
    mine = {d.code for d in check(library) if d.path == path.relative_to(library).as_posix()}
    assert mine <= {"RC209", "RC403"}


def test_given_kind_and_title_are_written(library: Path) -> None:
    path = _made(library, run(library, "--kind", "容错", "--title", "书记: 修车棚"))
    data = read_yaml(path.read_bytes(), "").data
    assert (data["kind"], data["title"]) == ("tolerated", "书记: 修车棚")


@pytest.mark.parametrize("arguments", [["--kind", "容错容错"], ["--title", "长" * 31], ["--title", " "]])
def test_wrong_values_are_refused_before_anything_is_written(library: Path, arguments: list[str]) -> None:
    before = sorted(library.rglob("*"))
    assert run(library, *arguments).exit_code == 2
    assert sorted(library.rglob("*")) == before


def test_ids_count_on_and_are_never_given_twice(library: Path) -> None:
    first, second = _made(library, run(library)), _made(library, run(library))
    assert int(second.stem[-4:]) == int(first.stem[-4:]) + 1


def test_an_id_that_is_only_mentioned_is_taken(library: Path) -> None:
    text = (library / "cases/2026/RC-2026-0001.yaml").read_text(encoding="utf-8")
    write(
        library,
        "cases/2026/RC-2026-0001.yaml",
        patched(text, "relations:\n  - type: followed\n    target: RC-2026-0041"),
    )
    assert minted(library) == "RC-2026-0042"
    assert minted(library, 2031) == "RC-2031-0001"


def test_an_unreadable_file_keeps_its_id(library: Path) -> None:
    write(library, "cases/2026/RC-2026-0077.yaml", "id: [")
    assert minted(library) == "RC-2026-0078"


def test_an_id_beyond_four_digits_counts_on(library: Path) -> None:
    write(library, "cases/2026/RC-2026-9999.yaml", "id: [")
    assert minted(library) == "RC-2026-10000"


def test_an_id_that_was_deleted_stays_taken(library: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-C", str(library), "-c", "user.name=t", "-c", "user.email=t@t", *arguments],
            check=True,
            capture_output=True,
        )

    gone = write(library, "cases/2026/RC-2026-0055.yaml", "id: RC-2026-0055\n")
    git("init")
    git("add", ".")
    git("commit", "-m", "a")
    gone.unlink()
    git("add", "-A")
    git("commit", "-m", "b")
    assert minted(library) == "RC-2026-0056"


def test_a_file_that_appears_in_between_is_not_overwritten(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people ask for a number at the same moment: the second gets the next one."""
    import build_tools.cli.new as command

    theirs: list[Path] = []

    def late(path: Path, text: str) -> None:
        if not theirs:
            theirs.append(write(library, path.relative_to(library).as_posix(), "id: 别人的\n"))
        create_file(path, text)

    monkeypatch.setattr(command, "create_file", late)
    mine = _made(library, run(library))
    assert mine != theirs[0]
    assert theirs[0].read_text(encoding="utf-8") == "id: 别人的\n"
