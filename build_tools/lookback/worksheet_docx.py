"""Draws a worksheet as a Word file, the same bytes for the same worksheet; decides nothing about its content."""

from __future__ import annotations

import io

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm
from docx.table import _Cell

from build_tools.export.docx_parts import (
    SONG,
    add_row,
    add_text,
    clean,
    fix_widths,
    repeat_head,
    ruled_table,
    set_page,
    settled,
    shade,
)
from build_tools.lookback.worksheet import BOX, HEADS, Block, Row, Worksheet

WIDTHS = (Cm(2.0), Cm(8.4), Cm(3.2), Cm(3.8))
BODY, SMALL, TINY = 9.5, 8.0, 6.5


def worksheet_docx(sheet: Worksheet, author: str) -> bytes:
    """The worksheet as .docx: A4, one table a block."""
    document = Document()
    set_page(document, sheet.title, author)
    title = document.add_heading(clean(sheet.title), level=1)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for line in sheet.intro:
        add_text(document.add_paragraph(), line, size=SMALL, grey=True)
    for block in sheet.blocks:
        _block(document, block)
    raw = io.BytesIO()
    document.save(raw)
    return settled(raw.getvalue())


def _block(document: WordDocument, block: Block) -> None:
    document.add_heading(clean(block.title), level=2)
    note = document.add_paragraph()
    note.paragraph_format.keep_with_next = True
    add_text(note, block.note, size=SMALL, grey=True)
    table = ruled_table(document, 1, len(HEADS))
    for cell, words in zip(table.rows[0].cells, HEADS, strict=True):
        shade(cell)
        add_text(cell.paragraphs[0], words, size=SMALL)
    repeat_head(table.rows[0])
    for row in block.rows:
        line = add_row(table)
        _row([_Cell(element, table) for element in line._tr.tc_lst], row)
    fix_widths(table, WIDTHS)
    for drawn in table.rows[1:]:  # these rows are tall: kept whole, they would leave half a page empty
        for mark in drawn._tr.get_or_add_trPr().findall(qn("w:cantSplit")):
            drawn._tr.get_or_add_trPr().remove(mark)


def _row(cells: list[_Cell], row: Row) -> None:
    marker, asked, answer, note = cells
    shade(marker)
    add_text(marker.paragraphs[0], row.marker, size=TINY, grey=True)
    add_text(asked.paragraphs[0], row.label, size=BODY)
    for hint in row.hints:
        add_text(asked.add_paragraph(), hint, size=SMALL, grey=True)
    filled = "\n".join(f"{BOX} {option}" for option in row.options) if row.options else row.value
    add_text(answer.paragraphs[0], filled, size=TINY if len(row.value) > 40 else BODY, font=SONG)
    if not row.noted:
        shade(note)
