"""Makes an Excel workbook of a table of texts; knows nothing of cases.

openpyxl writes everything but the rows of data: these are most of the file, and it takes ten times as long.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from build_tools.export.cells import risky
from build_tools.export.docx_parts import MOMENT
from build_tools.export.packing import packed

CELL_MAX = 32_767  # characters that Excel lets into a cell
WIDE, NARROW, LONG = 48, 14, 160  # widths of columns in characters; texts longer than LONG get a wide one
SHEET = "xl/worksheets/sheet1.xml"

_MODEL = re.compile(rb'<row r="2"><c r="A2" s="(\d+)".*?</row>')
_TOP = Alignment(vertical="top", wrap_text=True)


def workbook(rows: Sequence[Sequence[str]], name: str, title: str, author: str) -> bytes:
    """A workbook with one sheet: every cell is text, headings stay in view; equal rows give equal bytes.

    The first row holds the headings.
    """
    files = _without_rows(rows, name, title, author)
    # The model's cell is a text that looks like a formula: its style keeps it text when somebody edits it.
    before, style, after = _MODEL.split(files[SHEET], maxsplit=1)
    files[SHEET] = b"".join((before, *_rows(rows, style.decode()), after))
    return packed(files)


def _without_rows(rows: Sequence[Sequence[str]], name: str, title: str, author: str) -> dict[str, bytes]:
    """The parts of a workbook made for these rows, with the headings and one model row in their place."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(rows[0]))}{len(rows)}"
    for number, column in enumerate(zip(*rows, strict=True), 1):
        long = max(map(len, column)) > LONG
        sheet.column_dimensions[get_column_letter(number)].width = WIDE if long else NARROW
    bold = Font(bold=True)
    sheet.append([_cell(sheet, text, bold) for text in rows[0]])
    sheet.append([_cell(sheet, "=", None)])
    properties = book.properties
    properties.title, properties.creator, properties.lastModifiedBy = title, author, author
    properties.created = properties.modified = MOMENT
    out = io.BytesIO()
    # Not `book.save`, which would write the moment of saving into the properties.
    ExcelWriter(book, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED)).save()
    with zipfile.ZipFile(out) as package:
        return {part: package.read(part) for part in package.namelist()}


def _cell(sheet: Any, text: str, font: Font | None) -> Any:
    cell = WriteOnlyCell(sheet, text[:CELL_MAX])
    cell.data_type = "s"  # whatever it looks like
    cell.quotePrefix = risky(text)
    if font:
        cell.font, cell.alignment = font, _TOP
    return cell


def _rows(rows: Sequence[Sequence[str]], style: str) -> Iterator[bytes]:
    """Every row but the first as XML; cells without text are left out."""
    letters = [get_column_letter(number) for number in range(1, len(rows[0]) + 1)]
    for number, row in enumerate(rows[1:], 2):
        cells = [
            _xml(f"{letter}{number}", text, style) for letter, text in zip(letters, row, strict=True) if text
        ]
        yield f'<row r="{number}">{"".join(cells)}</row>'.encode()


def _xml(place: str, text: str, style: str) -> str:
    text = text[:CELL_MAX]
    kept = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    styled = f' s="{style}"' if risky(text) else ""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return f'<c r="{place}"{styled} t="inlineStr"><is><t{kept}>{text}</t></is></c>'
