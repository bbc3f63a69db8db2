"""Writes a finished report as a Word file: A4, East-Asian fonts, running header, page numbers; fills in nothing."""

from __future__ import annotations

import io
from datetime import datetime

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from build_tools.export.docx_parts import (
    A4,
    GREY,
    HEI,
    SONG,
    clean,
    fix_widths,
    number_pages,
    repeat_head,
    ruled_table,
    set_fonts,
    set_properties,
    shade,
)
from build_tools.export.report import Block, Entry, Note, Report, Table

MARGIN = Cm(2)  # leaves 17 cm, which the widths in schema/report.yaml add up to
TEXT, SMALL, TINY = 10.5, 8.5, 8
STYLES = (("Normal", SONG, TEXT), ("Title", HEI, 20), ("Heading 1", HEI, 14), ("Heading 2", HEI, 11))


def docx_report(report: Report, blank: str, author: str, moment: datetime) -> bytes:
    """The report as the bytes of a .docx; `blank` is the line that stands where nothing is filled in."""
    document = Document()
    _prepare(document, report, author, moment)
    title = document.add_paragraph(clean(report.title), style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for part in report.parts:
        document.add_heading(clean(part.heading), level=1)
        for block in part.blocks:
            _block(document, block, blank)
    _note(document, report.notice)
    heading, facts = report.attachment
    if facts:
        document.add_heading(clean(heading), level=1).paragraph_format.page_break_before = True
        _lines(document.add_paragraph(), facts, TEXT)
    raw = io.BytesIO()
    document.save(raw)
    return raw.getvalue()


def _prepare(document: WordDocument, report: Report, author: str, moment: datetime) -> None:
    """Properties, page, styles, header and footer."""
    set_properties(document, report.title, author, moment)
    for name, east, size in STYLES:
        _style(document, name, east, size)
    page = document.sections[0]
    page.page_width, page.page_height = A4
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = MARGIN
    page.header_distance = page.footer_distance = Cm(1)
    _running(page.header.paragraphs[0], report.header)
    _numbering(page.footer.paragraphs[0], report.footer)


def _style(document: WordDocument, name: str, east: str, size: float) -> None:
    style = set_fonts(document, name, east, size)
    layout = style.paragraph_format
    layout.space_before, layout.space_after = Pt(12 if name == "Heading 1" else 4), Pt(3)
    layout.keep_with_next = name.startswith("Heading")
    for border in style.element.iter(qn("w:pBdr")):
        border.getparent().remove(border)


def _running(paragraph: Paragraph, header: str) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _lines(paragraph, header, TINY, grey=True)


def _numbering(paragraph: Paragraph, footer: str) -> None:
    """The footer with fields where it says {page} and {pages}."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, _, rest = footer.partition("{page}")
    between, _, after = rest.partition("{pages}")
    number_pages(
        paragraph, (before, between, after), TINY, lambda words: _lines(paragraph, words, TINY, grey=True)
    )


def _block(document: WordDocument, block: Block, blank: str) -> None:
    if isinstance(block, Note):
        _note(document, block.text)
    elif isinstance(block, Entry):
        paragraph = document.add_paragraph()
        _lines(paragraph, f"{block.label}：", TEXT, font=HEI)
        _lines(paragraph, block.value or blank, TEXT)
    else:
        _table(document, block)


def _note(document: WordDocument, text: str) -> None:
    _lines(document.add_paragraph(), text, SMALL, grey=True)


def _table(document: WordDocument, table: Table) -> None:
    document.add_heading(clean(table.title), level=2)
    if not table.rows:
        _lines(document.add_paragraph(), table.empty, TEXT)
        return
    drawn = ruled_table(document, 1 + len(table.rows), len(table.columns))
    # python-docx walks the whole table for each cell asked by number; asked row by row it stays linear.
    cells = [row.cells for row in drawn.rows]
    for column, cell in zip(table.columns, cells[0], strict=True):
        shade(cell)
        _lines(cell.paragraphs[0], column.label, SMALL, font=HEI)
    for row, line in zip(table.rows, cells[1:], strict=True):
        for column, cell in zip(table.columns, line, strict=True):
            _lines(cell.paragraphs[0], row[column.id], SMALL)
    fix_widths(drawn, [Cm(column.width) for column in table.columns])
    repeat_head(drawn.rows[0])
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _lines(paragraph: Paragraph, words: str, size: float, *, grey: bool = False, font: str = "") -> None:
    """Add a run, line feeds becoming line breaks; East-Asian punctuation keeps its Chinese shape."""
    run = paragraph.add_run(clean(words))
    run.font.size = Pt(size)
    if grey:
        run.font.color.rgb = GREY
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:hint"), "eastAsia")
    if font:
        fonts.set(qn("w:eastAsia"), font)
