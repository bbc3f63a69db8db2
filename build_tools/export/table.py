"""Makes the table of all cases as CSV and as an Excel workbook; columns and words come from the case schema."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from build_tools.export.changes import updated
from build_tools.export.docx_parts import MOMENT, clean, settled
from build_tools.export.publication import TITLE, Publication
from build_tools.load import INTERNAL, Schema, choices_of
from build_tools.load.schema import Node
from build_tools.model import Case, Library

# A cell that begins with one of these is worked out by spreadsheet programs instead of shown
# (OWASP, CSV Injection); their full-width, small and raised forms are read as the plain ones by some.
FORMULA = frozenset("=+-@")
BREAKS = frozenset("\t\r\n")  # in front of a cell they are risky themselves
CELL_MAX = 32_767  # characters that Excel lets into a cell
WIDE, NARROW, LONG = 48, 14, 160  # widths of columns in characters; texts longer than LONG get a wide one


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its heading and what it says of a case."""

    title: str
    of: Callable[[Case], str]


def table_columns(source: Publication) -> tuple[Column, ...]:
    """One column a field of the schema, one a key where the field is a mapping; then what is known beside it."""
    schema, library = source.schemas.case, source.library
    found: list[Column] = []
    for name, node in schema.properties.items():
        if node.get("x-disclosure") == INTERNAL and source.edition.name != INTERNAL:
            continue
        places: list[tuple[str, ...]] = [(name, key) for key in node.get("properties", {})] or [(name,)]
        for place in places:
            found.append(Column(_title(place, schema), _reader(place, schema, library)))
    beside = (
        Column("版次", lambda case: str(case.version)),
        Column("最近变动", updated),
        Column("内容摘要", lambda case: case.digest),
        Column("网页", lambda case: source.site.address(f"cases/{case.id}.html")),
    )
    return (*found, *beside)


def table_rows(source: Publication) -> Iterator[list[str]]:
    """The headings, then a row a case, newest first."""
    columns = table_columns(source)
    yield [column.title for column in columns]
    for case in source.cases:
        yield [clean(column.of(case)) for column in columns]


def _title(place: tuple[str, ...], schema: Schema) -> str:
    """地区·省份; what is added in brackets or says the same twice is left out."""
    said = (schema.title(place[:depth]).partition("（")[0] for depth in range(1, len(place) + 1))
    return "·".join(dict.fromkeys(said))


def _reader(place: tuple[str, ...], schema: Schema, library: Library) -> Callable[[Case], str]:
    say = _sayer(schema.node_at(place) or {}, schema, library)

    def read(case: Case) -> str:
        value = case.get(*place)
        return "" if value is None else say(value)

    return read


def _sayer(node: Node, schema: Schema, library: Library) -> Callable[[Any], str]:
    """The function that puts values of a place of the schema into words; worked out once a column."""
    node = schema.resolve(node)
    if "x-vocabulary" in node:
        return library.label
    if choices := choices_of(node):
        labels = {choice.value: choice.label for choice in choices}
        return lambda value: labels.get(value, str(value))
    if "items" in node:
        items = schema.resolve(node["items"])
        inner, between = _sayer(items, schema, library), "\n" if "properties" in items else "、"
        return lambda values: between.join(map(inner, values))
    if "properties" in node:
        inners = {key: _sayer(child, schema, library) for key, child in node["properties"].items()}
        return lambda value: _joined(value, inners)
    return str


def _joined(value: Mapping[str, Any], inners: Mapping[str, Callable[[Any], str]]) -> str:
    """An entry on one line: its first fact, the others in brackets, in the schema's order."""
    first, *rest = [say(value[key]) for key, say in inners.items() if key in value] or [""]
    return f"{first}（{'；'.join(rest)}）" if rest else first


def harmless(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet program would take it for a formula."""
    return f"'{text}" if risky(text) else text


def risky(text: str) -> bool:
    """True where a spreadsheet program may take the text for a formula, also behind blanks and what nobody sees."""
    if text[:1] in BREAKS:
        return True
    first = next((c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")), "")
    return unicodedata.normalize("NFKC", first)[:1] in FORMULA


def cases_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, by which Excel knows the encoding; every field is quoted."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(
        map(harmless, row) for row in rows
    )
    return out.getvalue().encode("utf-8-sig")


def cases_xlsx(rows: Sequence[Sequence[str]], author: str) -> bytes:
    """A workbook with one sheet: every cell is text, headings stay in view; equal rows give equal bytes."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("案例")
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(rows[0]))}{len(rows)}"
    for number, column in enumerate(zip(*rows, strict=True), 1):
        long = max(map(len, column)) > LONG
        sheet.column_dimensions[get_column_letter(number)].width = WIDE if long else NARROW
    bold = Font(bold=True)
    for number, row in enumerate(rows):
        sheet.append([_cell(sheet, text, bold if number == 0 else None) for text in row])
    properties = book.properties
    properties.title, properties.creator, properties.lastModifiedBy = TITLE, author, author
    properties.created = properties.modified = MOMENT
    out = io.BytesIO()
    # Not `book.save`, which would write the moment of saving into the properties.
    ExcelWriter(book, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED)).save()
    return settled(out.getvalue())


_TOP = Alignment(vertical="top", wrap_text=True)


def _cell(sheet: Any, text: str, font: Font | None) -> Any:
    """Plain text as it is; with a style of its own only where it needs one, which costs ten times as much."""
    formula = risky(text)
    if not (formula or font or text.startswith("#")):  # openpyxl takes #N/A and the like for errors
        return text[:CELL_MAX] or None
    cell = WriteOnlyCell(sheet, text[:CELL_MAX])
    cell.data_type = "s"  # whatever it looks like
    cell.quotePrefix = formula  # so that it stays text when somebody edits it
    if font:
        cell.font, cell.alignment = font, _TOP
    return cell
