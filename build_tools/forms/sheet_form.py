"""Writes a form as a workbook: a sheet to fill in, hidden lists for its drop-downs, a glossary; reads nothing."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from build_tools.export.docx_parts import SHADE, clean, settled
from build_tools.forms.answers import Answers, Row
from build_tools.forms.plan import (
    EXAMPLE,
    LEAD,
    NUMBER,
    REQUIRED,
    TITLE,
    Blank,
    Field,
    Option,
    Place,
    Plan,
    Table,
    rows_for,
)

FORM, LISTS, GLOSSARY = "填报", "选项", "词义"
GLOSSARY_HEADS = ("栏目", "可填的词", "意思")
# The first column holds labels and row numbers; the other twelve are shared out among the blanks of a row.
FIRST_WIDTH, GRID, GRID_WIDTH = 22, 12, 10
ANSWER_END = 9  # last column of a single blank's answer; guidance stands in the columns after it
LINE = 16.5  # points
CHARACTERS = 4.7  # Chinese characters that fit into one column of the grid
MOMENT = datetime(2000, 1, 1)
# What Excel would take for an escaped character in a text (ECMA-376, 22.9.2.19, ST_Xstring).
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
SAVED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")

THIN = Side(style="thin", color="C9C0B2")
BOX = Border(THIN, THIN, THIN, THIN)
FILL = PatternFill("solid", fgColor=SHADE)
BODY, SMALL = Font(name="宋体", size=11), Font(name="宋体", size=9, color="625A50")
HEAD, TOP = Font(name="黑体", size=13, color="8C2F24"), Font(name="黑体", size=18)
LABEL = Font(name="黑体", size=11)
WRAP = Alignment(wrap_text=True, vertical="top")


def sheet_form(
    plan: Plan, answers: Answers | None = None, examples: Mapping[Place, Row] | None = None
) -> bytes:
    """The form as .xlsx, the same bytes for the same content."""
    raw = io.BytesIO()
    form_book(plan, answers, examples).save(raw)
    return settled(_undated(raw.getvalue()))


def form_book(
    plan: Plan, answers: Answers | None = None, examples: Mapping[Place, Row] | None = None
) -> Workbook:
    """The form as a workbook that is not saved yet."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = FORM
    lists = _Lists(book.create_sheet(LISTS))
    writer = _Writer(sheet, lists, answers or {}, examples or {})
    writer.write(plan)
    _glossary(book.create_sheet(GLOSSARY), plan)
    book.properties.title, book.properties.creator = TITLE, "容错案例库"
    book.properties.created = MOMENT
    return book


def _undated(raw: bytes) -> bytes:
    """The package without the moment of saving, which the library always writes."""
    out = io.BytesIO()
    fixed = MOMENT.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(raw)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(
                name, SAVED.sub(rb"\g<1>" + fixed, content) if name == "docProps/core.xml" else content
            )
    return out.getvalue()


class _Lists:
    """The hidden sheet: one column for each list of options, made when a drop-down first needs it."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.sheet.sheet_state = "hidden"
        self.places: dict[tuple[Option, ...], str] = {}

    def place(self, options: tuple[Option, ...]) -> str:
        """The range that holds the labels."""
        if options not in self.places:
            column = len(self.places) + 1
            for row, option in enumerate(options, 1):
                put(self.sheet.cell(row, column), option.label)
            letter = get_column_letter(column)
            self.places[options] = f"'{LISTS}'!${letter}$1:${letter}${len(options)}"
        return self.places[options]


class _Writer:
    """Writes the form from top to bottom; `row` is the next free row."""

    def __init__(
        self, sheet: Worksheet, lists: _Lists, answers: Answers, examples: Mapping[Place, Row]
    ) -> None:
        self.sheet, self.lists, self.answers, self.examples = sheet, lists, answers, examples
        self.row = 1

    def write(self, plan: Plan) -> None:
        """The whole form and the page it is printed on."""
        self._page()
        self._line(TITLE, TOP, 30)
        for words in LEAD:
            self._line(words, SMALL, LINE)
        for section in plan.sections:
            self._line(section.title, HEAD, 26)
            for part in section.parts:
                if isinstance(part, Field):
                    self._field(part)
                else:
                    self._table(part)

    def _page(self) -> None:
        sheet = self.sheet
        sheet.column_dimensions["A"].width = FIRST_WIDTH
        for column in range(2, GRID + 2):
            sheet.column_dimensions[get_column_letter(column)].width = GRID_WIDTH
        sheet.sheet_view.showGridLines = False
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", "9"
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
        sheet.page_margins.left = sheet.page_margins.right = 0.4

    def _line(self, words: str, font: Font, height: float) -> None:
        """A line across the whole form."""
        self._cell(1, GRID + 1, words, font, border=False)
        self.sheet.row_dimensions[self.row].height = height
        self.row += 1

    def _field(self, field: Field) -> None:
        blank, answer = field.blank, self.answers.get(field.path, "")
        words = answer if isinstance(answer, str) else ""
        self._cell(1, 1, _marked(field.label, blank.required), LABEL, fill=True)
        self._answer(blank, 2, ANSWER_END, words)
        self._cell(ANSWER_END + 1, GRID + 1, blank.about, SMALL)
        width = (ANSWER_END - 1) * CHARACTERS
        lines = max(_lines(words, width), _lines(blank.about, (GRID + 1 - ANSWER_END) * CHARACTERS * 1.2))
        self.sheet.row_dimensions[self.row].height = LINE * max(lines, min(blank.most / width, 6), 1) + 4
        self.row += 1

    def _table(self, table: Table) -> None:
        self._cell(1, ANSWER_END, _marked(table.label, table.required), LABEL, fill=True)
        self._cell(ANSWER_END + 1, GRID + 1, table.about, SMALL)
        lines = _lines(table.about, (GRID + 1 - ANSWER_END) * CHARACTERS * 1.2)
        self.sheet.row_dimensions[self.row].height = LINE * lines + 4
        self.row += 1
        spans = list(_spans(table.blanks))
        self._heads(table, spans)
        if example := self.examples.get(table.path):
            self._row(table, spans, EXAMPLE, example)
        filled = self.answers.get(table.path, ())
        rows = [r for r in filled if not isinstance(r, str)]
        rows += [{}] * (rows_for(table, len(rows)) - len(rows))
        for number, answers in enumerate(rows, 1):
            self._row(table, spans, str(number), answers)

    def _heads(self, table: Table, spans: Sequence[tuple[int, int]]) -> None:
        self._cell(1, 1, NUMBER, LABEL, fill=True)
        for blank, (start, end) in zip(table.blanks, spans, strict=True):
            self._cell(start, end, _marked(blank.title, blank.required), LABEL, fill=True)
        self.row += 1

    def _row(self, table: Table, spans: Sequence[tuple[int, int]], number: str, answers: Row) -> None:
        self._cell(1, 1, number, SMALL)
        lines = 1
        for blank, (start, end) in zip(table.blanks, spans, strict=True):
            words = answers.get(blank.key, "")
            if number == EXAMPLE:
                self._cell(start, end, words, SMALL)
            else:
                self._answer(blank, start, end, words)
            lines = max(lines, _lines(words, (end - start + 1) * CHARACTERS))
        self.sheet.row_dimensions[self.row].height = LINE * lines + 4
        self.row += 1

    def _answer(self, blank: Blank, start: int, end: int, words: str) -> None:
        """A blank: always text, so that nothing is computed or turned into a date; checked while it is typed."""
        cell = self._cell(start, end, words, BODY)
        cell.number_format, cell.quotePrefix = "@", bool(words)
        if rule := self._rule(blank):
            rule.promptTitle, rule.prompt = blank.title[:32], clean(blank.about)[:250]
            rule.showInputMessage, rule.allow_blank = bool(blank.about), True
            rule.add(cell)
            self.sheet.add_data_validation(rule)

    def _rule(self, blank: Blank) -> DataValidation | None:
        if blank.options and not blank.many:
            rule = DataValidation("list", formula1=self.lists.place(blank.options), showErrorMessage=True)
            rule.errorTitle, rule.error = (
                "不在列表里",
                "列表里没有这个词。仍要照实写就选“是”，导入时会列出相近的词。",
            )
        elif blank.most:
            rule = DataValidation("textLength", "lessThanOrEqual", str(blank.most), showErrorMessage=True)
            rule.errorTitle, rule.error = "太长", f"最多 {blank.most} 个字。"
        else:
            return None
        rule.errorStyle = "warning"
        return rule

    def _cell(
        self, start: int, end: int, words: str, font: Font, *, fill: bool = False, border: bool = True
    ) -> Cell:
        """A text in the columns from `start` to `end` of the current row."""
        cell = self.sheet.cell(self.row, start)
        put(cell, words)
        cell.font, cell.alignment = font, WRAP
        if border:
            cell.border = BOX
        if fill:
            cell.fill = FILL
        style = cell._style  # type: ignore[union-attr]
        for column in range(start + 1, end + 1):
            copied: Any = self.sheet.cell(self.row, column)
            copied._style = copy(style)
        if end > start:
            # Not `merge_cells`, which works out the borders of every range anew and takes most of a second.
            self.sheet.merged_cells.add(
                f"{get_column_letter(start)}{self.row}:{get_column_letter(end)}{self.row}"
            )
        assert isinstance(cell, Cell)
        return cell


def put(cell: Cell | MergedCell, words: str) -> None:
    """Write a text as text: `=1+1` stays what it looks like and is never a formula."""
    if words:
        assert isinstance(cell, Cell)
        cell.value = ESCAPED.sub("_x005F_", clean(words))
        cell.data_type = "s"


def _glossary(sheet: Worksheet, plan: Plan) -> None:
    """All words that may be chosen with their meaning, once for each list."""
    for column, (words, width) in enumerate(zip(GLOSSARY_HEADS, (18, 36, 90), strict=True), 1):
        put(sheet.cell(1, column), words)
        sheet.cell(1, column).font = LABEL
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", "9"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    row = 2
    for title, options in _word_lists(plan):
        for option in options:
            for column, words in enumerate((title, option.label, option.about), 1):
                cell = sheet.cell(row, column)
                put(cell, words)
                cell.font, cell.alignment = BODY, WRAP
            row += 1


def _word_lists(plan: Plan) -> Iterator[tuple[str, tuple[Option, ...]]]:
    seen: set[tuple[Option, ...]] = set()
    for part in plan.parts:
        for blank in part.blanks if isinstance(part, Table) else (part.blank,):
            if blank.options and blank.options not in seen:
                seen.add(blank.options)
                yield part.label if isinstance(part, Field) else blank.title, blank.options


def _spans(blanks: Sequence[Blank]) -> Iterator[tuple[int, int]]:
    """First and last column of each blank of a table: every one has room, the longest text gets what is left."""
    widths = [_weight(blank) for blank in blanks]
    widths[max(range(len(blanks)), key=lambda i: blanks[i].most)] += GRID - sum(widths)
    start = 2
    for width in widths:
        yield start, start + width - 1
        start += width


def _weight(blank: Blank) -> int:
    if blank.node.get("x-date"):
        return 1
    return 3 if blank.most >= 100 else 2


def _lines(words: str, width: float) -> int:
    """How many lines a text takes in a cell of `width` Chinese characters."""
    return sum(1 + int(len(line) / width) for line in words.split("\n"))


def _marked(label: str, required: bool) -> str:
    return f"{label} {REQUIRED}" if required else label
