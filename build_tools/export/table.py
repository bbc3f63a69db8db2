"""Makes the table of all cases as CSV and as an Excel workbook; columns and words come from the case schema."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from build_tools.export.cells import harmless
from build_tools.export.changes import updated
from build_tools.export.docx_parts import FORBIDDEN, clean
from build_tools.export.publication import TITLE, Publication
from build_tools.export.workbook import workbook
from build_tools.load import INTERNAL, Schema, choices_of
from build_tools.load.schema import Node
from build_tools.model import Case, Library

SHEET = "案例"


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


def table_rows(source: Publication, cases: Iterable[Case] | None = None) -> Iterator[list[str]]:
    """The headings, then a row for each of `cases` in their order; all cases, newest first, when not given."""
    columns = table_columns(source)
    yield [column.title for column in columns]
    for case in source.cases if cases is None else cases:
        row = [column.of(case) for column in columns]
        # Hardly any row holds what XML forbids: one look at the whole is cheaper than one at each cell.
        yield list(map(clean, row)) if FORBIDDEN.search("".join(row)) else row


def _title(place: tuple[str, ...], schema: Schema) -> str:
    """地区·省份; what is added in brackets or says the same twice is left out."""
    said = (schema.title(place[:depth]).partition("（")[0] for depth in range(1, len(place) + 1))
    return "·".join(dict.fromkeys(said))


def _reader(place: tuple[str, ...], schema: Schema, library: Library) -> Callable[[Case], str]:
    say = _sayer(schema.node_at(place) or {}, schema, library)
    field, *keys = place

    def read(case: Case) -> str:
        value = case.data.get(field)
        for key in keys:
            value = None if value is None else value.get(key)
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


def cases_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, by which Excel knows the encoding; every field is quoted."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(
        map(harmless, row) for row in rows
    )
    return out.getvalue().encode("utf-8-sig")


def cases_xlsx(rows: Sequence[Sequence[str]], author: str) -> bytes:
    """The same table as a workbook."""
    return workbook(rows, SHEET, TITLE, author)
