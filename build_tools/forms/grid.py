"""Reads a Word or Excel file as rows of cells, all its text in order; does not know what a form asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from build_tools.forms.sheet_form import FORM, GLOSSARY, LISTS
from build_tools.load.office import OfficeError, open_docx, open_xlsx

# Sheets that the form brings along and nobody fills in.
OWN_SHEETS = (LISTS, GLOSSARY)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Parts of a Word file beside its body in which people write.
NOTES = (RELATIONSHIP_TYPE.COMMENTS, RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES)
# Word's elements that stand for a character.
CHARACTERS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with its column, counted from 0, and where people find it."""

    column: int
    text: str
    where: str

    @property
    def label(self) -> str:
        """The first line, which is all of a label that a form repeats."""
        return self.text.split("\n", 1)[0].strip()


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of one row that hold anything; `loose` where it is text outside every table."""

    cells: tuple[Cell, ...]
    loose: bool = False


def read_grid(path: Path) -> tuple[Line, ...]:
    """All text of a .docx or .xlsx; raises OfficeError for anything that is not safely one of these."""
    if path.suffix.lower() == ".docx":
        return tuple(_word(open_docx(path)))
    return tuple(book_lines(open_xlsx(path)))


def book_lines(book: Workbook) -> Iterator[Line]:
    """The sheets in order, the one to fill in first; notes on cells stand behind their sheet."""
    sheets = [s for s in book.worksheets if s.title not in OWN_SHEETS]
    for sheet in sorted(sheets, key=lambda s: s.title != FORM):
        notes: list[Line] = []
        for row in sheet.iter_rows():
            cells = []
            for cell in row:
                where = f"{sheet.title}!{get_column_letter(cell.column or 1)}{cell.row}"
                if text := _cell_text(cell.value):
                    cells.append(Cell((cell.column or 1) - 1, text, where))
                if note := _tidy(cell.comment.text or "") if cell.comment is not None else "":
                    notes.append(Line((Cell(0, note, f"{where} 的批注"),), loose=True))
            if cells:
                yield Line(tuple(cells), loose=not _is_form(sheet))
        yield from notes


def _is_form(sheet: Worksheet) -> bool:
    return bool(sheet.title == FORM or sheet.parent is None or FORM not in sheet.parent.sheetnames)


def _cell_text(value: Any) -> str:
    """The text of a cell; what the spreadsheet made into a date or a number, as somebody would type it."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _tidy(ESCAPED.sub(lambda m: chr(int(m[1], 16)), str(value)))


def _tidy(text: str) -> str:
    """The text with one kind of line break, without control characters, which no case may hold, and outer blanks."""
    return CONTROLS.sub("", BREAKS.sub("\n", text)).strip()


def _word(document: WordDocument) -> Iterator[Line]:
    """The body from top to bottom, then comments, footnotes and the like are read as loose text."""
    yield from _blocks(document.element.body, _Counter())
    for relation in document.part.rels.values():
        kind = str(relation.reltype)
        if kind in NOTES and not relation.is_external:
            name = "批注" if kind == RELATIONSHIP_TYPE.COMMENTS else "脚注"
            for note in _parsed(relation.target_part.blob):
                if text := _text(note):
                    yield Line((Cell(0, text, name),), loose=True)


def _parsed(blob: bytes) -> Any:
    try:
        return parse_xml(blob)
    except SyntaxError:  # what the parser raises for XML that is none
        raise OfficeError("批注或脚注读不出来，文件已经损坏 — 用软件打开，另存一份再试") from None


class _Counter:
    """Numbers the tables of a document."""

    def __init__(self) -> None:
        self.tables = 0


def _blocks(parent: Any, counter: _Counter) -> Iterator[Line]:
    for child in parent:
        if child.tag == qn("w:p"):
            if text := _text(child):
                yield Line((Cell(0, text, "正文"),), loose=True)
        elif child.tag == qn("w:tbl"):
            counter.tables += 1
            yield from _table(child, counter.tables)
        elif child.tag in (qn("w:sdt"), qn("w:ins")):
            yield from _blocks(child.find(qn("w:sdtContent")) if child.tag == qn("w:sdt") else child, counter)


def _table(table: Any, number: int) -> Iterator[Line]:
    for place, row in enumerate(_inside(table, "w:tr"), 1):
        cells, column = [], 0
        for cell in _inside(row, "w:tc"):
            if text := _text(cell):
                cells.append(Cell(column, text, f"第 {number} 张表第 {place} 行"))
            column += _span(cell)
        if cells:
            yield Line(tuple(cells))


def _span(cell: Any) -> int:
    """How many columns a cell takes; a file from outside may say anything there."""
    found = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
    said = str(found.get(qn("w:val"))) if found is not None else "1"
    return int(said) if re.fullmatch("[1-9][0-9]?", said) else 1


def _inside(parent: Any, tag: str) -> Iterator[Any]:
    """The rows or cells of a table, also those that a content control or a tracked insertion wraps."""
    for child in parent:
        if child.tag == qn(tag):
            yield child
        elif child.tag == qn("w:ins"):
            yield from _inside(child, tag)
        elif child.tag == qn("w:sdt") and (content := child.find(qn("w:sdtContent"))) is not None:
            yield from _inside(content, tag)


def _text(block: Any) -> str:
    """The text of a paragraph, cell or note, its paragraphs as lines."""
    paragraphs = list(block.iter(qn("w:p"))) or [block]
    return _tidy("\n".join("".join(_characters(paragraph)) for paragraph in paragraphs))


def _characters(paragraph: Any) -> Iterator[str]:
    for element in paragraph.iter():
        name = str(element.tag).rpartition("}")[2]
        if element.tag == qn("w:t"):
            yield element.text or ""
        elif element.tag == qn(f"w:{name}") and name in CHARACTERS:
            inside_run = element.getparent().tag == qn("w:r")  # the same names mean layout elsewhere
            yield CHARACTERS[name] if inside_run else ""
