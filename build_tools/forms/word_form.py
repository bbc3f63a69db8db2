"""Writes a form as a Word file: label and blank side by side, drop-downs as content controls; reads nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Length
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph

from build_tools.export.docx_parts import (
    add_row,
    add_text,
    clean,
    fix_widths,
    gap,
    joined,
    repeat_head,
    ruled_table,
    set_page,
    settled,
    shade,
)
from build_tools.forms.answers import Answers, Row
from build_tools.forms.plan import (
    EXAMPLE,
    LEAD,
    NUMBER,
    PLACEHOLDER,
    REQUIRED,
    TITLE,
    Blank,
    Field,
    Option,
    Place,
    Plan,
    Section,
    Table,
    rows_for,
)

WIDTH = 17.4  # centimetres between the margins
LABEL_WIDTH = 5.2
NUMBER_WIDTH = 1.1
AUTHOR = "容错案例库"
RULES_HEADING = "附：可以引用的规则"
BODY, SMALL = 9.5, 8.0


def word_form(
    plan: Plan,
    rules: Sequence[Option] = (),
    answers: Answers | None = None,
    examples: Mapping[Place, Row] | None = None,
) -> bytes:
    """The form as .docx, the same bytes for the same content; `rules` are listed at the end to look up."""
    document = Document()
    set_page(document, TITLE, AUTHOR)
    title = document.add_heading(TITLE, level=1)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for line in LEAD:
        add_text(document.add_paragraph(), line, size=SMALL, grey=True)
    writer = _Writer(document, answers or {}, examples or {})
    for section in plan.sections:
        document.add_heading(section.title, level=2)
        writer.section(section)
    if rules:
        document.add_heading(RULES_HEADING, level=2)
        for rule in rules:
            add_text(document.add_paragraph(), rule.label, size=SMALL)
    raw = io.BytesIO()
    document.save(raw)
    return settled(raw.getvalue())


class _Writer:
    """Puts the parts of a form into a document and numbers its content controls."""

    def __init__(self, document: WordDocument, answers: Answers, examples: Mapping[Place, Row]) -> None:
        self.document, self.answers, self.examples = document, answers, examples
        self.controls = 0

    def section(self, section: Section) -> None:
        """Neighbouring single blanks share a table; every list has its own."""
        for alone, parts in groupby(section.parts, lambda part: isinstance(part, Field)):
            if alone:
                self._fields([part for part in parts if isinstance(part, Field)])
            else:
                for part in parts:
                    if isinstance(part, Table):
                        self._table(part)

    def _fields(self, fields: Sequence[Field]) -> None:
        widths = (Cm(LABEL_WIDTH), Cm(WIDTH - LABEL_WIDTH))
        table = ruled_table(self.document, 1, len(widths))
        for number, field in enumerate(fields):
            label, cell = _cells(table, table.rows[0] if number == 0 else add_row(table))
            shade(label)
            add_text(label.paragraphs[0], _marked(field.label, field.blank.required), size=BODY)
            add_text(label.add_paragraph(), field.blank.about, size=SMALL - 0.5, grey=True)
            self._fill(cell, field.blank, _text(self.answers.get(field.path)), field.label)
        fix_widths(table, widths)
        gap(self.document)

    def _table(self, part: Table) -> None:
        widths = (Cm(NUMBER_WIDTH), *_widths(part.blanks))
        table = ruled_table(self.document, 1, len(widths))
        title = joined(table.rows[0].cells)
        shade(title)
        title.paragraphs[0].paragraph_format.keep_with_next = True
        add_text(title.paragraphs[0], _marked(part.label, part.required), size=BODY)
        add_text(title.add_paragraph(), part.about, size=SMALL - 0.5, grey=True)
        self._heads(table, part)
        if example := self.examples.get(part.path):
            row = _cells(table, add_row(table))
            for cell, words in zip(row, (EXAMPLE, *_row(part, example)), strict=True):
                add_text(cell.paragraphs[0], words, size=SMALL, grey=True)
        filled = self.answers.get(part.path, ())
        rows = [r for r in filled if not isinstance(r, str)]
        rows += [{}] * (rows_for(part, len(rows)) - len(rows))
        for number, answers in enumerate(rows, 1):
            first, *cells = _cells(table, add_row(table))
            add_text(first.paragraphs[0], str(number), size=SMALL)
            for cell, blank, words in zip(cells, part.blanks, _row(part, answers), strict=True):
                self._fill(cell, blank, words, f"{part.label} {number} {blank.title}")
        fix_widths(table, widths)
        gap(self.document)

    def _heads(self, table: WordTable, part: Table) -> None:
        head = add_row(table)
        for place, cell in enumerate(_cells(table, head)):
            shade(cell)
            blank = part.blanks[place - 1] if place else None
            words = _marked(blank.title, blank.required) if blank else NUMBER
            add_text(cell.paragraphs[0], words, size=SMALL + 0.5)
            if blank and blank.about and not part.plain:
                add_text(cell.add_paragraph(), blank.about, size=SMALL - 1, grey=True)
        repeat_head(head)

    def _fill(self, cell: _Cell, blank: Blank, words: str, name: str) -> None:
        paragraph = cell.paragraphs[0]
        if not blank.options or blank.many or blank.node.get("x-reference"):
            if words:
                add_text(paragraph, words, size=BODY)
            return
        self.controls += 1
        _drop_down(paragraph, blank.options, words, name, self.controls)


def _drop_down(paragraph: Paragraph, options: Sequence[Option], words: str, name: str, number: int) -> None:
    """A content control that offers the options; shows the words chosen or an invitation to choose."""
    add_text(paragraph, clean(words) or PLACEHOLDER, size=BODY, grey=not words)
    run = paragraph._p.r_lst[-1]
    control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    properties = OxmlElement("w:sdtPr")
    properties.append(_valued("w:alias", clean(name)[:64]))
    properties.append(_valued("w:tag", f"rc-{number}"))
    properties.append(_valued("w:id", str(number)))
    if not words:
        properties.append(OxmlElement("w:showingPlcHdr"))
    properties.append(_list(options))
    paragraph._p.replace(run, control)
    control.append(properties)
    control.append(content)
    content.append(run)


def _list(options: Sequence[Option]) -> BaseOxmlElement:
    offered = OxmlElement("w:dropDownList")
    for shown, value in ((PLACEHOLDER, ""), *((o.label, o.value) for o in options)):
        item = OxmlElement("w:listItem")
        item.set(qn("w:displayText"), clean(shown))
        item.set(qn("w:value"), clean(value))
        offered.append(item)
    return offered


def _valued(name: str, value: str) -> BaseOxmlElement:
    element = OxmlElement(name)
    element.set(qn("w:val"), value)
    return element


def _cells(table: WordTable, row: _Row) -> list[_Cell]:
    """The cells of a row without merges; the library's own way takes longer the longer the table."""
    return [_Cell(element, table) for element in row._tr.tc_lst]


def _widths(blanks: Sequence[Blank]) -> Iterator[Length]:
    """Column widths by how much there is to write."""
    weights = [_weight(blank) for blank in blanks]
    for weight in weights:
        yield Cm((WIDTH - NUMBER_WIDTH) * weight / sum(weights))


def _weight(blank: Blank) -> float:
    if blank.most >= 100:
        return 4
    if blank.options and not blank.many:
        return 2 if len(blank.options) > 5 or blank.node.get("x-reference") else 1.6
    return 1.6


def _marked(label: str, required: bool) -> str:
    return f"{label} {REQUIRED}" if required else label


def _row(part: Table, answers: Row) -> list[str]:
    return [answers.get(blank.key, "") for blank in part.blanks]


def _text(answer: str | tuple[Row, ...] | None) -> str:
    return answer if isinstance(answer, str) else ""
