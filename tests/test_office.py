"""The guard in front of Word and Excel files: what opens, what is refused, and in which words."""

from __future__ import annotations

import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest

from build_tools.load.office import MAX_BYTES, OfficeError, open_docx, open_xlsx


@pytest.fixture
def word(tmp_path: Path) -> Path:
    document = docx.Document()
    document.add_paragraph("核对结果")
    path = tmp_path / "表.docx"
    document.save(str(path))
    return path


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active["A1"] = "核对结果"
    path = tmp_path / "表.xlsx"
    book.save(path)
    return path


def with_part(path: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, content)
    return path


def test_good_files_open(word: Path, sheet: Path) -> None:
    assert [p.text for p in open_docx(word).paragraphs] == ["核对结果"]
    assert open_xlsx(sheet).active["A1"].value == "核对结果"


@pytest.mark.parametrize("part", ["word/vbaProject.bin", "xl/macrosheets/sheet1.xml", "word/activeX/a1.bin"])
def test_programs_are_refused_whatever_the_file_is_called(word: Path, part: str) -> None:
    with pytest.raises(OfficeError, match="带有宏"):
        open_docx(with_part(word, part, b"x"))


def test_macro_suffix_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(OfficeError, match="带有宏"):
        open_docx(tmp_path / "没有这个文件.docm")


def test_macro_content_type_is_refused(word: Path, tmp_path: Path) -> None:
    changed = tmp_path / "改名.docx"
    with zipfile.ZipFile(word) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "[Content_Types].xml":
                content = content.replace(
                    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
                    b"application/vnd.ms-word.document.macroEnabled.main+xml",
                )
            after.writestr(name, content)
    with pytest.raises(OfficeError, match="带有宏"):
        open_docx(changed)


def test_bombs_are_refused(word: Path, sheet: Path) -> None:
    with pytest.raises(OfficeError, match="大得不正常"):
        open_docx(with_part(word, "word/media/a.xml", b" " * (3 * 2**20)))
    with zipfile.ZipFile(sheet, "a") as package:
        for n in range(1001):
            package.writestr(f"xl/{n}.bin", b"")
    with pytest.raises(OfficeError, match="大得不正常"):
        open_xlsx(sheet)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(word: Path, encoding: str) -> None:
    text = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    with pytest.raises(OfficeError, match="DOCTYPE"):
        open_docx(with_part(word, "customXml/item9.xml", text.encode(encoding)))


def test_each_refusal_says_what_to_do(tmp_path: Path, word: Path, sheet: Path) -> None:
    big = tmp_path / "大.docx"
    big.write_bytes(word.read_bytes() + b"\0" * MAX_BYTES)
    old = tmp_path / "旧.docx"
    old.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    torn = tmp_path / "断.xlsx"
    torn.write_bytes(sheet.read_bytes()[:-300])
    text = tmp_path / "文.docx"
    text.write_text("核对结果", encoding="utf-8")
    crossed = tmp_path / "错.xlsx"
    crossed.write_bytes(word.read_bytes())
    wanted = {
        (open_docx, big): "8 MB",
        (open_docx, old): "旧格式或加了密码",
        (open_xlsx, torn): "打不开",
        (open_docx, text): "打不开",
        (open_xlsx, crossed): "没有Excel 工作簿的内容",
        (open_docx, tmp_path): "不是 .docx 文件",
        (open_docx, tmp_path / "无.docx"): "没有文件",
    }
    for (opener, path), words in wanted.items():
        with pytest.raises(OfficeError, match=words) as caught:
            opener(path)
        assert " — " in str(caught.value) or "— " in str(caught.value)


def test_a_huge_sheet_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A30000"] = "远"
    path = tmp_path / "长.xlsx"
    book.save(path)
    with pytest.raises(OfficeError, match="太大"):
        open_xlsx(path)
