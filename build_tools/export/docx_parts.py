"""What every Word file of the library shares: page, fonts, tables, text, page numbers; knows no content.

Also the two things that other files need as well: text that XML can hold, and packages without a date.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

LATIN, SONG, HEI = "Times New Roman", "宋体", "黑体"
GREY, BLACK, SHADE = RGBColor(0x62, 0x5A, 0x50), RGBColor(0, 0, 0), "EFEAE0"
A4 = Cm(21), Cm(29.7)
# Dates inside the file say nothing, so that the same form gives the same bytes.
MOMENT = datetime(2000, 1, 1)
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
# What XML 1.0 cannot hold (section 2.2, Char).
FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text without the characters that XML forbids."""
    return FORBIDDEN.sub("", text)


def set_properties(document: WordDocument, title: str, author: str, moment: datetime) -> None:
    """Title, author and language; `moment` is when the file says it was made."""
    core = document.core_properties
    core.title, core.author, core.language = clean(title), clean(author), "zh-CN"
    core.comments, core.last_modified_by = "", clean(author)
    core.created = core.modified = moment
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")


def set_fonts(document: WordDocument, name: str, east: str, size: float) -> Any:
    """Give a style its fonts, black and not bold; gives the style."""
    style: Any = document.styles[name]
    style.font.name, style.font.size, style.font.color.rgb, style.font.bold = LATIN, Pt(size), BLACK, False
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in [key for key in fonts.attrib if "Theme" in key]:
        del fonts.attrib[key]
    fonts.set(qn("w:eastAsia"), east)
    return style


def set_page(document: WordDocument, title: str, author: str) -> None:
    """A form's page: A4, narrow margins, East-Asian fonts, and properties that say nothing of the day."""
    set_properties(document, title, author, MOMENT)
    for name, east, size in (("Normal", SONG, 9.5), ("Heading 1", HEI, 16), ("Heading 2", HEI, 12)):
        layout = set_fonts(document, name, east, size).paragraph_format
        layout.space_before, layout.space_after = Pt(0), Pt(2)
    page = document.sections[0]
    page.page_width, page.page_height = A4
    page.left_margin = page.right_margin = Cm(1.8)
    page.top_margin, page.bottom_margin = Cm(1.7), Cm(1.5)
    page.header_distance = page.footer_distance = Cm(0.8)


def number_pages(
    paragraph: Paragraph, words: tuple[str, str, str], size: float, say: Callable[[str], None]
) -> None:
    """Words, the page's number, words, the number of pages, words; `say` adds words to the paragraph."""
    for said, field in zip(words, ("PAGE", "NUMPAGES", ""), strict=True):
        say(said)
        if field:
            element, run = OxmlElement("w:fldSimple"), OxmlElement("w:r")
            element.set(qn("w:instr"), field)
            paragraph._p.append(element)
            element.append(run)
            shown = Run(run, paragraph)
            shown.text, shown.font.size, shown.font.color.rgb = "1", Pt(size), GREY


def add_text(
    paragraph: Paragraph,
    words: str,
    *,
    size: float,
    bold: bool = False,
    grey: bool = False,
    font: str = "",
) -> None:
    """Add a run; all its characters take `font` when given, the style's fonts otherwise."""
    paragraph.paragraph_format.space_after = Pt(1)
    run = paragraph.add_run(clean(words))
    run.font.size, run.font.bold = Pt(size), bold
    if grey:
        run.font.color.rgb = GREY
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:hint"), "eastAsia")  # boxes and quotation marks are Chinese here, not Latin
    for script in ("ascii", "hAnsi", "eastAsia") if font else ():
        fonts.set(qn(f"w:{script}"), font)


def ruled_table(document: WordDocument, rows: int, columns: int) -> Table:
    """An empty table with rules, in the middle, whose widths stay as they are set."""
    table: Table = document.add_table(rows=rows, cols=columns)
    table._tbl.tblStyle_val = "TableGrid"  # by its id; for a name python-docx looks through all styles
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    return table


def add_row(table: Table) -> _Row:
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]
    return row


def joined(cells: Sequence[_Cell]) -> _Cell:
    """Empty cells that stand side by side as one; their widths are set later (`fix_widths`)."""
    first, *others = cells
    first._tc.grid_span = len(cells)
    for cell in others:
        cell._tc.getparent().remove(cell._tc)
    return first


def shade(cell: _Cell) -> None:
    fill = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
        fill.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(fill)


def repeat_head(row: _Row) -> None:
    """Mark a row as the table's header, which is repeated on a new page and read out as such."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def fix_widths(table: Table, widths: Sequence[Length]) -> None:
    """Write the widths where both Word and LibreOffice look for them."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        start = 0
        for element in row._tr.tc_lst:
            end = start + element.grid_span
            element.width = Length(sum(widths[start:end]))
            start = end
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))


def gap(document: WordDocument) -> None:
    """A narrow space between two tables, which would otherwise run into one."""
    layout = document.add_paragraph().paragraph_format
    layout.space_after, layout.line_spacing = Pt(0), Pt(5)


def settled(raw: bytes) -> bytes:
    """The same package with fixed dates and settings on every part, so that equal forms give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            part = zipfile.ZipInfo(name, ZIP_MOMENT)
            part.compress_type, part.create_system = zipfile.ZIP_DEFLATED, 3
            after.writestr(part, before.read(name))
    return out.getvalue()
