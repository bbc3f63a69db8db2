"""The whole library in one file: complete, the same bytes each time, and no cell that runs as a formula."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import zipfile
from pathlib import Path

import jsonschema_rs
import openpyxl
import pytest
from defusedxml.ElementTree import fromstring

from build_tools.export import volumes as volumes_module
from build_tools.export.dump import dump_files
from build_tools.export.moment import VARIABLE, moment_of, source_date
from build_tools.export.publication import Publication
from build_tools.export.table import cases_csv, cases_xlsx, table_rows
from build_tools.export.volumes import volumes
from build_tools.export.workbook import CELL_MAX
from tests.check_support import ROOT, make_library, patched
from tests.test_api import PLANTED, made, published

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "＝1+1",
    '=HYPERLINK("http://example.org")',
)


def dump(source: Publication) -> bytes:
    """The zip of a library of one volume."""
    files = made(dump_files(source, volumes(source.cases)))
    assert list(files) == [f"rongcuo-{source.edition.name}.zip"]
    return files.popitem()[1]


def unpacked(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def test_the_dump_holds_everything_and_its_sums() -> None:
    source = published(ROOT)
    files = unpacked(dump(source))
    for line in files.pop("SHA256SUMS").decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(files.pop(name)).hexdigest() == digest
    assert files == {}
    files = unpacked(dump(source))
    cases = [json.loads(line) for line in files["cases.jsonl"].splitlines()]
    assert [case["id"] for case in cases] == [case.id for case in source.cases]
    check = jsonschema_rs.Draft202012Validator(json.loads(files["schema/case.schema.json"]))
    assert all(check.is_valid(case) for case in cases if case["status"] not in ("withdrawn", "merged"))
    assert len(files["rules.jsonl"].splitlines()) == len(source.library.rules)
    assert str(len(source.cases)) in files["README.txt"].decode()


def test_the_table_has_every_case_and_its_words() -> None:
    source = published(ROOT)
    head, *rows = table_rows(source)
    assert len(head) == len(set(head)), "two columns of one name"
    assert [row[0] for row in rows] == [case.id for case in source.cases]
    by_title = dict(zip(head, next(row for row in rows if row[0] == "RC-2026-0001"), strict=True))
    assert by_title["类型"] == "容错免责减责" and by_title["地区·省份"] == "浙江省"
    assert by_title["错误要素"].startswith("工作推进滞后（") and "来源载明" in by_title["错误要素"]
    assert by_title["处理结果·结果"] == "免予问责"
    assert "内部信息" not in "".join(head)


def test_the_csv_follows_rfc_4180() -> None:
    source = published(ROOT)
    raw = cases_csv(list(table_rows(source)))
    assert raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n")
    read = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
    assert {len(row) for row in read} == {len(read[0])} and len(read) == len(source.cases) + 1


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_only_text(text: str) -> None:
    rows = [["标题", "说明"], [text, f"甲\n{text}"]]
    read = list(csv.reader(io.StringIO(cases_csv(rows).decode("utf-8-sig"), newline="")))
    assert read[1][0] == f"'{text}" and read[1][1] == f"甲\n{text}"
    sheet = openpyxl.load_workbook(io.BytesIO(cases_xlsx(rows, "某机关"))).active
    assert sheet is not None
    cell = sheet["A2"]
    assert cell.data_type == "s" and cell.quotePrefix
    assert cell.value == text


def test_what_looks_like_an_error_or_a_number_is_only_text() -> None:
    rows = [["标题"], ["#N/A"], ["007"], ["2020-01"]]
    sheet = openpyxl.load_workbook(io.BytesIO(cases_xlsx(rows, "x"))).active
    assert sheet is not None
    assert [(c.value, c.data_type) for c in sheet["A"]] == [(row[0], "s") for row in rows]


def test_the_workbook_reads_well() -> None:
    rows = list(table_rows(published(ROOT)))
    book = openpyxl.load_workbook(io.BytesIO(cases_xlsx(rows, "某机关")))
    sheet = book.active
    assert sheet is not None and (sheet.freeze_panes, sheet.max_row) == ("B2", len(rows))
    assert [cell.value for cell in sheet[1]] == rows[0] and sheet["A1"].font.bold
    assert [cell.value or "" for cell in sheet[2]] == rows[1]
    assert book.properties.creator == "某机关"


def test_a_very_long_text_is_cut_to_what_excel_allows() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(cases_xlsx([["说明"], ["字" * 40_000]], "x"))).active
    assert sheet is not None and len(str(sheet["A2"].value)) == CELL_MAX


def test_internal_values_are_in_no_public_file(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    path = root / "cases/2026/RC-2026-0001.yaml"
    base = path.read_text(encoding="utf-8")
    path.write_text(base + PLANTED, encoding="utf-8")
    hidden = patched(base, "id: RC-2026-0002\ntitle: 不公开的玄鸟案例\ndisclosure: internal\n")
    (root / "cases/2026/RC-2026-0002.yaml").write_text(hidden, encoding="utf-8")
    for edition, shown in (("public", False), ("internal", True)):
        source = published(root, edition)
        rows = list(table_rows(source))
        said = [b"".join(unpacked(dump(source)).values()), cases_csv(rows), _shown(cases_xlsx(rows, "x"))]
        assert [b"RC-2026-0002" in raw and "玄鸟".encode() in raw for raw in said] == [shown] * 3
        assert shown or all("玄鸟".encode() not in raw and b"RC-2026-0002" not in raw for raw in said)


def _shown(workbook: bytes) -> bytes:
    """Every text of a workbook, its properties too, as bytes; inside the file letters are written as numbers."""
    parts = (html.unescape(content.decode("utf-8")) for content in unpacked(workbook).values())
    return "".join(parts).encode()


def test_files_carry_the_day_of_the_data_or_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = published(make_library(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    assert _times(dump(source)) == {(2026, 3, 2, 0, 0, 0)}
    monkeypatch.setenv(VARIABLE, "1700000000")
    assert _times(dump(published(tmp_path))) == {(2023, 11, 14, 22, 13, 20)}
    assert _times(cases_xlsx([["a"]], "x")) == {(1980, 1, 1, 0, 0, 0)}
    monkeypatch.setenv(VARIABLE, "1")  # before the first moment that a zip can hold
    assert _times(dump(published(tmp_path))) == {(1980, 1, 1, 0, 0, 0)}


def _times(raw: bytes) -> set[tuple[int, ...]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        return {part.date_time for part in package.infolist()}


def test_a_moment_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "昨天")
    with pytest.raises(ValueError, match="应当是 1970 年以来的秒数"):
        source_date()
    monkeypatch.delenv(VARIABLE)
    assert source_date() is None and moment_of("").year == 1980


@pytest.mark.parametrize(
    "texts",
    [
        ["甲", "", "&<>\"'", " 前后有空白 "],
        ["=1", "＝1", "#N/A", "007"],
        ["一\n二", "一\r二\r\n", "\t表", "\u3000全角"],
        ["_x000D_", "]]>", "𠮷", "字" * 200],
    ],
)
def test_the_workbook_is_what_openpyxl_writes(texts: list[str]) -> None:
    """Cells of data are written here, because it is faster; whoever reads the file cannot tell."""
    rows = [["标题", "说明", "一", "二"], texts, texts[::-1]]
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("案例")
    for row in rows[1:]:
        cells = [openpyxl.cell.WriteOnlyCell(sheet, text) for text in row]
        for cell in cells:
            cell.data_type = "s"
        sheet.append([cell if cell.value else None for cell in cells])
    raw = io.BytesIO()
    book.save(raw)
    theirs, ours = (_cells(file) for file in (raw.getvalue(), cases_xlsx(rows, "x")))
    assert ours[len(rows[0]) :] == [(text, "inlineStr") for text in [*texts, *texts[::-1]] if text]
    assert ours[len(rows[0]) :] == theirs


def _cells(workbook: bytes) -> list[tuple[str, str]]:
    """Text and type of every cell as the file has them."""
    sheet = fromstring(unpacked(workbook)["xl/worksheets/sheet1.xml"])
    return [("".join(cell.itertext()), cell.get("t") or "") for cell in sheet.iter(f"{SHEET}c")]


def test_a_large_library_is_packed_in_volumes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes_module, "WHOLE", 100)
    monkeypatch.setattr(volumes_module, "MOST", 100)
    source = published(ROOT)
    held = volumes(source.cases)
    files = {path: unpacked(raw) for path, raw in made(dump_files(source, held)).items()}
    main = files.pop("rongcuo-public.zip")
    assert "cases.jsonl" not in main and "rongcuo-public-2026-0001-0100.zip" in main["README.txt"].decode()
    assert list(files) == [volume.file("rongcuo-public", ".zip") for volume in held]
    for volume, inside in zip(held, files.values(), strict=True):
        lines = inside["cases.jsonl"].splitlines()
        assert [json.loads(line)["id"] for line in lines] == [case.id for case in volume.cases]
        sums = f"{hashlib.sha256(inside['cases.jsonl']).hexdigest()}  cases.jsonl"
        assert sums in inside["SHA256SUMS"].decode()
        assert source.edition.digest not in inside["README.txt"].decode()


def test_a_line_of_the_dump_has_the_digest_of_its_case() -> None:
    source = published(ROOT)
    lines = unpacked(dump(source))["cases.jsonl"].splitlines()
    assert [hashlib.sha256(line).hexdigest() for line in lines] == [case.digest for case in source.cases]
