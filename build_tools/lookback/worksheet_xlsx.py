"""Draws a worksheet as an Excel workbook with drop-downs; decides nothing about its content."""

from __future__ import annotations

import io
from dataclasses import replace

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet as Sheet
from rich.cells import cell_len

from build_tools.export.docx_parts import SHADE
from build_tools.forms.sheet_form import put
from build_tools.lookback.worksheet import HEADS, Row, Worksheet

WIDTHS = (16, 78, 22, 44)
CHOICES = 5  # rows for an answer of which several may be chosen: a drop-down gives one
FORMULA_MOST = 255  # characters that Excel lets into the list of a drop-down
BODY, ASKED = Font(name="宋体", size=11), Font(name="宋体", size=9)
SMALL = Font(name="宋体", size=8, color="625A50")
LINE, HIGHEST = 12.5, 400  # points; Excel lets a row be 409 high
HEAD = Font(name="黑体", size=12)
FILL = PatternFill("solid", fgColor=SHADE)
WRAP = Alignment(wrap_text=True, vertical="top")
THIN = Side(style="thin", color="C9C0B2")
BOX = Border(THIN, THIN, THIN, THIN)


def worksheet_xlsx(sheet: Worksheet, author: str) -> bytes:
    """The worksheet as .xlsx: one sheet, every cell text, the answers with drop-downs."""
    book = Workbook()
    book.properties.title, book.properties.creator = sheet.title, author
    page = book.active
    assert isinstance(page, Sheet)
    page.title = "回头看"
    for letter, width in zip("ABCD", WIDTHS, strict=True):
        page.column_dimensions[letter].width = width
    _line(page, ("", sheet.title), HEAD)
    for words in sheet.intro:
        _line(page, ("", words), SMALL)
    for block in sheet.blocks:
        _line(page, ("", block.title), HEAD)
        _line(page, ("", block.note), SMALL)
        _line(page, HEADS, SMALL, filled=True)
        for row in block.rows:
            for one in _one_by_one(row):
                _row(page, one)
    page.page_setup.orientation, page.page_setup.fitToWidth, page.page_setup.fitToHeight = "landscape", 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def _one_by_one(row: Row) -> list[Row]:
    """A row with several choices as several rows of one."""
    if not row.many:
        return [row]
    more = [replace(row, marker=f"{row.marker}.{n}", hints=()) for n in range(2, CHOICES + 1)]
    return [replace(row, marker=f"{row.marker}.1"), *more]


def _line(page: Sheet, words: tuple[str, ...], font: Font, *, filled: bool = False) -> int:
    """Write a row below what is there; gives its number. Text stays text: nothing becomes a formula."""
    number = 1 if page.max_row == 1 and page["B1"].value is None else page.max_row + 1
    for column, text in enumerate(words, 1):
        cell = page.cell(number, column)
        put(cell, text)
        cell.font, cell.alignment = font, WRAP
        if filled:
            cell.fill = FILL
    return number


def _lines(words: str, width: int) -> int:
    """How many lines a text takes in a column of `width` Latin characters, a Chinese one taking two."""
    return sum(1 + cell_len(line) * 11 // (width * 10) for line in words.split("\n"))


def _row(page: Sheet, row: Row) -> None:
    asked = "\n".join((row.label, *row.hints))
    number = _line(page, (row.marker, asked, row.value, ""), BODY)
    page.cell(number, 1).font = SMALL
    page.cell(number, 2).font = ASKED
    # Some programs show one line of a row whose height the file does not give.
    lines = max(_lines(asked, WIDTHS[1]), _lines(row.value, WIDTHS[2]), 1)
    page.row_dimensions[number].height = min(LINE * lines + 4, HIGHEST)
    for column in range(1, len(HEADS) + 1):
        page.cell(number, column).border = BOX
    for column in (3, 4):
        page.cell(number, column).number_format = "@"
        page.cell(number, column).quotePrefix = bool(page.cell(number, column).value)
    if not row.noted:
        page.cell(number, 4).fill = FILL
    listed = '"' + ",".join(row.options) + '"'
    if row.options and len(listed) <= FORMULA_MOST:
        rule = DataValidation("list", formula1=listed, allow_blank=True, showErrorMessage=True)
        rule.errorStyle, rule.errorTitle, rule.error = "warning", "不在列表里", "从列表里选一个。"
        rule.add(page.cell(number, 3))
        page.add_data_validation(rule)
