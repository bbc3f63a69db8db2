"""`rongcuo form` and `rongcuo import`: forms out, drafts in, with numbers of their own and nothing half-written."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from build_tools.cli import main
from build_tools.edit.layout import laid_out
from build_tools.forms.sheet_form import FORM
from build_tools.load.yaml_reader import read_yaml
from tests.check_support import FIXTURES, ROOT, SCHEMAS, lines, write

BASE = "RC-2026-0001"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def filled(library: Path, name: str) -> Path:
    path = library.parent / name
    assert run("form", "case", "-o", path, "--fill", BASE, "--root", library).exit_code == 0
    return path


def drafts(library: Path) -> list[Path]:
    return [path for path in sorted((library / "cases").rglob("*.yaml")) if path.stem != BASE]


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
def test_a_filled_form_becomes_a_draft_that_passes_the_check(library: Path, suffix: str) -> None:
    done = run("import", filled(library, f"表{suffix}"), "--root", library)
    assert done.exit_code == 0, done.output
    (draft,) = drafts(library)
    text = draft.read_text(encoding="utf-8")
    before = read_yaml((library / f"cases/2026/{BASE}.yaml").read_bytes(), "").data
    after = read_yaml(text.encode(), "").data
    kept = ("id", "status", "entered", "changes")
    assert {k: v for k, v in after.items() if k not in kept} == {
        k: v for k, v in before.items() if k not in kept
    }
    assert (after["id"], after["status"]) == (draft.stem, "draft")
    assert laid_out(text.encode(), "", SCHEMAS.case).text == text
    assert "检查草稿：没有发现问题。" in done.output
    assert lines(library, date.today()) == []


def test_the_report_names_every_blank_and_what_is_left(library: Path) -> None:
    path = filled(library, "表.xlsx")
    book = load_workbook(path)
    sheet = book[FORM]
    rows = {str(cell.value).removesuffix(" ＊"): cell.row for cell in sheet["A"] if cell.value}
    sheet.cell(rows["类型"], 2).value = "免责"
    sheet.cell(rows["日期"], 2).value = "2025年9月"
    sheet.cell(rows["一句话"], 2).value = None
    sheet.cell(rows["标题"], 15).value = "放不进去的话"
    book.save(path)
    done = run("import", path, "--root", library)
    assert "标题（填报!B" in done.output and "“2025年9月”写成 2025-09" in done.output
    assert "类型（填报!B" in done.output and "是不是 tolerated" in done.output
    assert "必填而空着 1 栏：\n    一句话" in done.output
    assert "放不进去的话" in done.output
    assert "RC202 缺少键 kind（类型）" in done.output and "RC202 缺少键 summary（一句话）" in done.output
    text = drafts(library)[0].read_text(encoding="utf-8")
    assert "# 类型（填报!B" in text and "放不进去的话" in text.splitlines()[-1]
    assert text.index("# 类型（填报") < text.index("disclosure:")


def test_one_bad_file_does_not_stop_the_others(library: Path) -> None:
    bad, empty = write(library.parent, "坏.docx", b"PK\x03\x04 no"), library.parent / "空.xlsx"
    run("form", "case", "-o", empty, "--root", library)
    letter = write(library.parent, "宏.docm", b"x")
    done = run("import", bad, empty, letter, filled(library, "好.docx"), "--root", library)
    assert done.exit_code == 1
    assert "坏.docx：没有导入。" in done.output and "空.xlsx 是一份空表" in done.output
    assert [path.stem for path in drafts(library)] == ["RC-2026-0002"]


def test_a_file_that_is_no_form_is_refused(library: Path, tmp_path: Path) -> None:
    from docx import Document

    document = Document()
    document.add_paragraph("关于某事项的报告")
    document.save(str(tmp_path / "报告.docx"))
    done = run("import", tmp_path / "报告.docx", "--root", library)
    assert done.exit_code == 1 and "认不出案例填报表的栏目" in done.output
    assert drafts(library) == []


def test_drafts_elsewhere_get_numbers_that_follow_each_other(library: Path) -> None:
    path, folder = filled(library, "表.docx"), library.parent / "待核"
    done = run("import", path, path, "--out", folder, "--root", library)
    assert done.exit_code == 0, done.output
    assert [p.name for p in sorted(folder.iterdir())] == ["RC-2026-0002.yaml", "RC-2026-0003.yaml"]
    first = (folder / "RC-2026-0002.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert (folder / first.partition("=")[2]).resolve() == (library / "schema/case.schema.json").resolve()
    assert drafts(library) == []


def test_a_file_of_the_page_gets_a_number_and_keeps_its_comments(library: Path) -> None:
    text = (FIXTURES / "base-case.yaml").read_text(encoding="utf-8")
    text = text.replace(f"id: {BASE}", "id: RC-2026-0000").replace("title:", "# 留着的注释\ntitle:", 1)
    done = run("import", write(library.parent, "RC-2026-0000.yaml", text), "--root", library)
    assert done.exit_code == 0, done.output
    (draft,) = drafts(library)
    data = read_yaml(draft.read_bytes(), "").data
    assert (data["id"], data["status"]) == (draft.stem, "draft")
    assert "# 留着的注释\n" in draft.read_text(encoding="utf-8")
    assert laid_out(draft.read_bytes(), "", SCHEMAS.case).text == draft.read_text(encoding="utf-8")


def test_hostile_texts_and_names_stay_texts(library: Path, tmp_path: Path) -> None:
    path = tmp_path / "x\n- status: published.xlsx"
    shutil.copy(filled(library, "表.xlsx"), path)
    book = load_workbook(path)
    book[FORM].cell(60, 15).value = "x\nstatus: published\u2028id: RC-1\x85- y"
    book.save(path)
    assert run("import", path, "--root", library).exit_code == 0
    data = read_yaml(drafts(library)[0].read_bytes(), "").data
    assert (data["status"], data["id"]) == ("draft", drafts(library)[0].stem)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["form", "case", "-o", "表.pdf"], 2), (["form", "case", "-o", "表.docx", "--fill", "RC-2026-7777"], 2)],
)
def test_wrong_use_is_told(
    library: Path, arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(library)
    assert run(*arguments).exit_code == code
    assert not list(library.glob("表.*"))


def test_an_existing_form_stays_unless_told_otherwise(library: Path) -> None:
    path = write(library.parent, "表.docx", b"ours")
    assert run("form", "case", "-o", path, "--root", library).exit_code == 1
    assert path.read_bytes() == b"ours"
    assert run("form", "case", "-o", path, "--force", "--root", library).exit_code == 0


def test_the_manual_tells_of_every_option() -> None:
    manual = (ROOT / "docs/manual/commands.md").read_text(encoding="utf-8")
    for name in ("form", "import"):
        command = main.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None and f"`rongcuo {name}`" in manual
        for option in (o for p in command.params for o in p.opts if o.startswith("--") and o != "--root"):
            assert f"`{option}`" in manual or f"{option} " in manual, option
