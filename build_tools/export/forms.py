"""Writes a printable form as a Word file, the same bytes for the same form; decides nothing about its content."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from build_tools.load import Schema
from build_tools.load.checklists import Form, FormRow, FormSection, cite
from build_tools.model import Library

LATIN, SONG, HEI = "Times New Roman", "宋体", "黑体"
GREY, SHADE = RGBColor(0x62, 0x5A, 0x50), "EFEAE0"
FIELD_WIDTHS = (Cm(3.0), Cm(5.7), Cm(3.0), Cm(5.7))
CHECK_WIDTHS = (Cm(1.2), Cm(8.2), Cm(4.5), Cm(3.5))
FIELD_CHARACTERS, CHECK_CHARACTERS = 38, 13  # Chinese characters that fit on a line of answers
LINE = Cm(0.66)  # height of one line to write on
# Dates inside the file say nothing, so that the same form gives the same bytes.
MOMENT = datetime(2000, 1, 1)
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
# What XML 1.0 cannot hold (section 2.2, Char).
FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def form_document(form: Form, library: Library, schema: Schema) -> bytes:
    """The form as .docx: A4, East-Asian fonts, the library's name on every page, page numbers."""
    texts: Mapping[str, Any] = schema.document["x-texts"]
    document = Document()
    _prepare(document, form, texts)
    title = document.add_heading(clean(form.title), level=1)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _about(document, form, library, schema)
    for section in form.sections:
        if section.is_checklist:
            _checklist(document, section, library, texts)
        else:
            _fields(document, section, library, schema)
        _gap(document)
    for number, note in enumerate(form.notes, 1):
        _text(document.add_paragraph(), f"{schema.title(('notes',))} {number}：{note}", size=8.5)
    raw = io.BytesIO()
    document.save(raw)
    return _settled(raw.getvalue())


def form_documents(forms: Sequence[Form], library: Library, schema: Schema) -> dict[str, bytes]:
    """File name -> content for every form."""
    return {f"{form.id}.docx": form_document(form, library, schema) for form in forms}


def clean(text: str) -> str:
    """The text without the characters that XML forbids."""
    return FORBIDDEN.sub("", text)


def _prepare(document: WordDocument, form: Form, texts: Mapping[str, Any]) -> None:
    """Page, fonts, properties, header and footer."""
    core = document.core_properties
    core.title, core.author, core.language = clean(form.title), texts["library"], "zh-CN"
    core.comments, core.last_modified_by = "", texts["library"]
    core.created = core.modified = MOMENT
    for name, east, size in (("Normal", SONG, 9.5), ("Heading 1", HEI, 16)):
        style: Any = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = LATIN, Pt(size), RGBColor(0, 0, 0)
        style.font.bold = False
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in list(fonts.attrib):
            if "Theme" in key:
                del fonts.attrib[key]
        fonts.set(qn("w:eastAsia"), east)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(0), Pt(2)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.8)
    page.top_margin, page.bottom_margin = Cm(1.7), Cm(1.5)
    page.header_distance = page.footer_distance = Cm(0.8)
    _running(page.header.paragraphs[0], texts, form)
    _closing(page.footer.paragraphs[0], texts)


def _running(paragraph: Paragraph, texts: Mapping[str, Any], form: Form) -> None:
    paragraph.style = "Normal"  # the header's own style brings tab stops for another paper size
    paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(17.4), WD_TAB_ALIGNMENT.RIGHT)
    number = texts["number"].format(number=form.number)
    _text(paragraph, f"{texts['library']} · {texts['series']}\t{number}", size=8.5, grey=True)


def _closing(paragraph: Paragraph, texts: Mapping[str, Any]) -> None:
    """The disclaimer and 第 X 页，共 Y 页."""
    _text(paragraph, f"{texts['disclaimer']}　", size=7.5, grey=True)
    before, between, after = texts["page"]
    for words, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        _text(paragraph, words, size=7.5, grey=True)
        if field:
            element = OxmlElement("w:fldSimple")
            element.set(qn("w:instr"), field)
            run = OxmlElement("w:r")
            paragraph._p.append(element)
            element.append(run)
            shown = Run(run, paragraph)
            shown.text, shown.font.size, shown.font.color.rgb = "1", Pt(7.5), GREY


def _about(document: WordDocument, form: Form, library: Library, schema: Schema) -> None:
    """What the form is for, who fills it in, when, and on what it rests: a few small lines."""
    basis = "、".join(cite(reference, library) for reference in form.basis)
    facts = (("purpose", form.purpose), ("filled_by", form.filled_by), ("when", form.when), ("basis", basis))
    for key, said in facts:
        paragraph = document.add_paragraph()
        _text(paragraph, f"{schema.title((key,))}：", size=8.5, bold=True)
        _text(paragraph, said, size=8.5)


def _fields(document: WordDocument, section: FormSection, library: Library, schema: Schema) -> None:
    table = _table(document, FIELD_WIDTHS, section)
    for pair in section.lines:
        row = _row(table)
        _height(row, max(field.lines for field in pair))
        for place, field in enumerate(pair):
            _label(row.cells[2 * place], field)
            where = row.cells[2 * place + 1] if len(pair) == 2 else row.cells[1].merge(row.cells[3])
            _blank(where, field, library, schema)
    _fix_widths(table, FIELD_WIDTHS)


def _label(cell: _Cell, field: FormRow) -> None:
    _shade(cell)
    _text(cell.paragraphs[0], field.label, size=9.5)


def _blank(cell: _Cell, field: FormRow, library: Library, schema: Schema) -> None:
    """Where the answer goes: boxes to tick, the blank of a date or signature, and the hint in grey."""
    blank = schema.choice(("sections", 0, "rows", 0, "kind"), field.kind).fact("blank")
    box = schema.document["x-texts"]["box"]
    filled = _boxes(field.options, box, FIELD_CHARACTERS) if field.options else blank
    _text(cell.paragraphs[0], filled, size=9.5, font=SONG)
    hint = _hint(field, library)
    if hint:
        _text(cell.add_paragraph() if filled else cell.paragraphs[0], hint, size=8, grey=True)


def _checklist(
    document: WordDocument, section: FormSection, library: Library, texts: Mapping[str, Any]
) -> None:
    table = _table(document, CHECK_WIDTHS, section)
    head = _row(table)
    for cell, words in zip(head.cells, texts["columns"].values(), strict=True):
        _shade(cell)
        _text(cell.paragraphs[0], words, size=9)
    _repeat(head)
    for number, row in enumerate(section.rows, 1):
        line = _row(table)
        _height(line, 1)
        _text(line.cells[0].paragraphs[0], str(number), size=9)
        _text(line.cells[1].paragraphs[0], row.label, size=9.5)
        if hint := _hint(row, library):
            _text(line.cells[1].paragraphs[0], f"　{hint}", size=8, grey=True)
        _text(
            line.cells[2].paragraphs[0],
            _boxes(row.options, texts["box"], CHECK_CHARACTERS),
            size=9,
            font=SONG,
        )
    _fix_widths(table, CHECK_WIDTHS)


def _hint(field: FormRow, library: Library) -> str:
    """How to fill a row in, and what it rests on."""
    based = "、".join(cite(reference, library) for reference in field.rules)
    return "　".join(part for part in (field.hint, based) if part)


def _boxes(options: Sequence[str], box: str, width: int) -> str:
    """□ 具备  □ 不具备, broken only between answers; `width` is in Chinese characters."""
    lines: list[list[str]] = [[]]
    for option in options:
        if lines[-1] and sum(len(o) + 2 for o in lines[-1]) + len(option) + 1 > width:
            lines.append([])
        lines[-1].append(option)
    return "\n".join("  ".join(f"{box}\u00a0{option}" for option in line) for line in lines)


def _table(document: WordDocument, widths: Sequence[Length], section: FormSection) -> Table:
    """An empty ruled table whose first row is the section's heading."""
    table: Table = document.add_table(rows=1, cols=len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    cell = table.rows[0].cells[0].merge(table.rows[0].cells[-1])
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.keep_with_next = True
    _text(paragraph, section.title, size=10.5, font=HEI)
    if section.note:
        _text(paragraph, f"　{section.note}", size=8, grey=True)
    return table


def _gap(document: WordDocument) -> None:
    """A narrow space between two tables, which would otherwise run into one."""
    layout = document.add_paragraph().paragraph_format
    layout.space_after, layout.line_spacing = Pt(0), Pt(5)


def _fix_widths(table: Table, widths: Sequence[Length]) -> None:
    """Write the widths where both Word and LibreOffice look for them."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        for element in row._tr.tc_lst:
            start = element.grid_offset
            element.width = Length(sum(widths[start : start + element.grid_span]))
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))


def _row(table: Table) -> _Row:
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]
    return row


def _height(row: _Row, lines: int) -> None:
    row.height, row.height_rule = Length(LINE * lines), WD_ROW_HEIGHT_RULE.AT_LEAST


def _repeat(row: _Row) -> None:
    """Mark a row as the table's header, which is repeated on a new page and read out as such."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _shade(cell: _Cell) -> None:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
        shade.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _text(
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


def _settled(raw: bytes) -> bytes:
    """The same package with fixed dates and settings on every part, so that equal forms give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            part = zipfile.ZipInfo(name, ZIP_MOMENT)
            part.compress_type, part.create_system = zipfile.ZIP_DEFLATED, 3
            after.writestr(part, before.read(name))
    return out.getvalue()
