"""Writes a finished report as a Word file: A4, East-Asian fonts, running header, page numbers; fills in nothing."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from build_tools.export.forms import GREY, HEI, LATIN, SHADE, SONG, clean
from build_tools.export.report import Block, Column, Entry, Note, Report, Table

MARGIN = Cm(2)  # leaves 17 cm, which the widths in schema/report.yaml add up to
TEXT, SMALL, TINY = 10.5, 8.5, 8
STYLES = (("Normal", SONG, TEXT), ("Title", HEI, 20), ("Heading 1", HEI, 14), ("Heading 2", HEI, 11))
BLACK = RGBColor(0, 0, 0)


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
    core = document.core_properties
    core.title, core.author, core.language = clean(report.title), clean(author), "zh-CN"
    core.comments, core.last_modified_by = "", clean(author)
    core.created = core.modified = moment
    for name, east, size in STYLES:
        _style(document, name, east, size)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = MARGIN
    page.header_distance = page.footer_distance = Cm(1)
    _running(page.header.paragraphs[0], report.header)
    _numbering(page.footer.paragraphs[0], report.footer)


def _style(document: WordDocument, name: str, east: str, size: float) -> None:
    style: Any = document.styles[name]
    style.font.name, style.font.size, style.font.color.rgb, style.font.bold = LATIN, Pt(size), BLACK, False
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in [key for key in fonts.attrib if "Theme" in key]:
        del fonts.attrib[key]
    fonts.set(qn("w:eastAsia"), east)
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
    for words, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        _lines(paragraph, words, TINY, grey=True)
        if field:
            element = OxmlElement("w:fldSimple")
            element.set(qn("w:instr"), field)
            number = OxmlElement("w:r")
            element.append(number)
            paragraph._p.append(element)
            shown = Run(number, paragraph)
            shown.text, shown.font.size, shown.font.color.rgb = "1", Pt(TINY), GREY


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
    drawn: WordTable = document.add_table(
        rows=1 + len(table.rows), cols=len(table.columns), style="Table Grid"
    )
    drawn.alignment, drawn.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    # python-docx walks the whole table for each cell asked by number; asked row by row it stays linear.
    cells = [row.cells for row in drawn.rows]
    for column, cell in zip(table.columns, cells[0], strict=True):
        _shade(cell)
        _lines(cell.paragraphs[0], column.label, SMALL, font=HEI)
    for row, line in zip(table.rows, cells[1:], strict=True):
        for column, cell in zip(table.columns, line, strict=True):
            _lines(cell.paragraphs[0], row[column.id], SMALL)
    _fix(drawn, table.columns)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _fix(drawn: WordTable, columns: Sequence[Column]) -> None:
    """Widths where Word and LibreOffice look for them; rows stay whole, the first one repeats on each page."""
    for column, width in zip(drawn.columns, columns, strict=True):
        column.width = Cm(width.width)
    for row in drawn.rows:
        for element, width in zip(row._tr.tc_lst, columns, strict=True):
            element.width = Cm(width.width)
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    drawn.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _shade(cell: _Cell) -> None:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
        shade.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


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
