"""Writes a printable form as a Word file, the same bytes for the same form; decides nothing about its content."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.shared import Cm, Length
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from build_tools.export.docx_parts import (
    HEI,
    SONG,
    add_row,
    add_text,
    clean,
    fix_widths,
    gap,
    joined,
    number_pages,
    repeat_head,
    ruled_table,
    set_page,
    settled,
    shade,
)
from build_tools.load import Schema
from build_tools.load.checklists import Form, FormRow, FormSection, cite
from build_tools.model import Library

FIELD_WIDTHS = (Cm(3.0), Cm(5.7), Cm(3.0), Cm(5.7))
CHECK_WIDTHS = (Cm(1.2), Cm(8.2), Cm(4.5), Cm(3.5))
FIELD_CHARACTERS, CHECK_CHARACTERS = 38, 13  # Chinese characters that fit on a line of answers
LINE = Cm(0.66)  # height of one line to write on


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
        gap(document)
    for number, note in enumerate(form.notes, 1):
        add_text(document.add_paragraph(), f"{schema.title(('notes',))} {number}：{note}", size=8.5)
    raw = io.BytesIO()
    document.save(raw)
    return settled(raw.getvalue())


def _prepare(document: WordDocument, form: Form, texts: Mapping[str, Any]) -> None:
    """Page, fonts, properties, header and footer."""
    set_page(document, form.title, texts["library"])
    page = document.sections[0]
    _running(page.header.paragraphs[0], texts, form)
    _closing(page.footer.paragraphs[0], texts)


def _running(paragraph: Paragraph, texts: Mapping[str, Any], form: Form) -> None:
    paragraph.style = "Normal"  # the header's own style brings tab stops for another paper size
    paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(17.4), WD_TAB_ALIGNMENT.RIGHT)
    number = texts["number"].format(number=form.number)
    add_text(paragraph, f"{texts['library']} · {texts['series']}\t{number}", size=8.5, grey=True)


def _closing(paragraph: Paragraph, texts: Mapping[str, Any]) -> None:
    """The disclaimer and 第 X 页，共 Y 页."""
    add_text(paragraph, f"{texts['disclaimer']}　", size=7.5, grey=True)
    before, between, after = texts["page"]
    number_pages(
        paragraph,
        (before, between, after),
        7.5,
        lambda words: add_text(paragraph, words, size=7.5, grey=True),
    )


def _about(document: WordDocument, form: Form, library: Library, schema: Schema) -> None:
    """What the form is for, who fills it in, when, and on what it rests: a few small lines."""
    basis = "、".join(cite(reference, library) for reference in form.basis)
    facts = (("purpose", form.purpose), ("filled_by", form.filled_by), ("when", form.when), ("basis", basis))
    for key, said in facts:
        paragraph = document.add_paragraph()
        add_text(paragraph, f"{schema.title((key,))}：", size=8.5, bold=True)
        add_text(paragraph, said, size=8.5)


def _fields(document: WordDocument, section: FormSection, library: Library, schema: Schema) -> None:
    table = _table(document, FIELD_WIDTHS, section)
    for pair in section.lines:
        row = add_row(table)
        _height(row, max(field.lines for field in pair))
        cells = row.cells
        for place, field in enumerate(pair):
            _label(cells[2 * place], field)
            where = cells[2 * place + 1] if len(pair) == 2 else joined(cells[1:])
            _blank(where, field, library, schema)
    fix_widths(table, FIELD_WIDTHS)


def _label(cell: _Cell, field: FormRow) -> None:
    shade(cell)
    add_text(cell.paragraphs[0], field.label, size=9.5)


def _blank(cell: _Cell, field: FormRow, library: Library, schema: Schema) -> None:
    """Where the answer goes: boxes to tick, the blank of a date or signature, and the hint in grey."""
    blank = schema.choice(("sections", 0, "rows", 0, "kind"), field.kind).fact("blank")
    box = schema.document["x-texts"]["box"]
    filled = _boxes(field.options, box, FIELD_CHARACTERS) if field.options else blank
    add_text(cell.paragraphs[0], filled, size=9.5, font=SONG)
    hint = _hint(field, library)
    if hint:
        add_text(cell.add_paragraph() if filled else cell.paragraphs[0], hint, size=8, grey=True)


def _checklist(
    document: WordDocument, section: FormSection, library: Library, texts: Mapping[str, Any]
) -> None:
    table = _table(document, CHECK_WIDTHS, section)
    head = add_row(table)
    for cell, words in zip(head.cells, texts["columns"].values(), strict=True):
        shade(cell)
        add_text(cell.paragraphs[0], words, size=9)
    repeat_head(head)
    for number, row in enumerate(section.rows, 1):
        line = add_row(table)
        _height(line, 1)
        first, asked, boxes, _ = (cell.paragraphs[0] for cell in line.cells)
        add_text(first, str(number), size=9)
        add_text(asked, row.label, size=9.5)
        if hint := _hint(row, library):
            add_text(asked, f"　{hint}", size=8, grey=True)
        add_text(boxes, _boxes(row.options, texts["box"], CHECK_CHARACTERS), size=9, font=SONG)
    fix_widths(table, CHECK_WIDTHS)


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
    table = ruled_table(document, 1, len(widths))
    cell = joined(table.rows[0].cells)
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.keep_with_next = True
    add_text(paragraph, section.title, size=10.5, font=HEI)
    if section.note:
        add_text(paragraph, f"　{section.note}", size=8, grey=True)
    return table


def _height(row: _Row, lines: int) -> None:
    row.height, row.height_rule = Length(LINE * lines), WD_ROW_HEIGHT_RULE.AT_LEAST
