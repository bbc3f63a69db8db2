"""Finds in the rows of a filled form which blank each text belongs to; text without a place is kept, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from build_tools.check.suggest import nearest
from build_tools.forms.grid import Cell, Line
from build_tools.forms.plan import EXAMPLE, LEAD, NUMBER, REQUIRED, TITLE, Blank, Field, Place, Plan, Table
from build_tools.forms.sheet_form import ANSWER_END


@dataclass(frozen=True, slots=True)
class Written:
    """A text in a blank."""

    blank: Blank
    cell: Cell


@dataclass(frozen=True, slots=True)
class Stray:
    """A text for which the form has no blank, with the part near which it stood."""

    cell: Cell
    near: Place
    why: str


@dataclass
class Placed:
    """What a form holds: the texts of its fields, the rows of its tables, and what has no place."""

    fields: dict[Place, Written] = field(default_factory=dict)
    rows: dict[Place, list[list[Written]]] = field(default_factory=dict)
    strays: list[Stray] = field(default_factory=list)
    seen: set[Place] = field(default_factory=set)  # parts whose label was found

    @property
    def is_form(self) -> bool:
        """True where at least one label of the form was found."""
        return bool(self.seen)


def place(lines: Sequence[Line], plan: Plan, own: frozenset[str] = frozenset()) -> Placed:
    """Sort the texts of a form by the part they belong to; `own` are texts the form prints besides its blanks."""
    reader = _Reader(plan, own | _own_texts(plan))
    for line in lines:
        reader.line(line)
    return reader.placed


def _own_texts(plan: Plan) -> frozenset[str]:
    """Everything that a form prints by itself."""
    texts = {TITLE, *LEAD, NUMBER, EXAMPLE, *(s.title for s in plan.sections)}
    for part in plan.parts:
        texts.update((part.label, part.blank.about) if isinstance(part, Field) else (part.label, part.about))
    return frozenset(texts)


class _Reader:
    """Goes through the lines once and remembers in which table it stands."""

    def __init__(self, plan: Plan, own: frozenset[str]) -> None:
        self.plan, self.own = plan, own
        self.placed = Placed()
        self.near: Place = ()
        self.table: Table | None = None
        self.columns: dict[int, Blank] = {}
        self.known = tuple((label, (label,)) for label in (*plan.fields, *plan.tables))

    def line(self, line: Line) -> None:
        """Read one line."""
        first = line.cells[0]
        label = _bare(first.label) if first.column == 0 else ""
        if line.loose:
            self._loose(line)
        elif label == NUMBER and self.table:
            self._heads(line, self.table)
        elif self.columns and self.table and label not in self.plan.tables and label not in self.plan.fields:
            self._row(line, self.table)
        elif part := self.plan.tables.get(label):
            self._title(part, line)
        elif part_field := self.plan.fields.get(label):
            self._field(part_field, line)
        else:
            self._unknown(line, label)

    def _loose(self, line: Line) -> None:
        """Text outside every table: the form's own headings, or something somebody wrote there."""
        for cell in line.cells:
            if cell.text not in self.own:
                self._stray(cell, "写在表格外面")

    def _title(self, table: Table, line: Line) -> None:
        self.table, self.columns, self.near = table, {}, table.path
        self.placed.seen.add(table.path)
        for cell in line.cells[1:]:
            if cell.text != table.about:
                self._stray(cell, "写在表名旁边")
        self._rest(line.cells[0], table.about)

    def _heads(self, line: Line, table: Table) -> None:
        titles = {blank.title: blank for blank in table.blanks}
        for cell in line.cells[1:]:
            if blank := titles.get(_bare(cell.label)):
                self.columns[cell.column] = blank
                self._rest(cell, blank.about)
            else:
                self._stray(cell, "不认识的列")

    def _row(self, line: Line, table: Table) -> None:
        """A row of the table: each text belongs to the column that starts at or before it."""
        if line.cells[0].column == 0 and line.cells[0].text in self.own - {EXAMPLE}:
            self.table, self.columns = None, {}
            return self._loose(line)
        example = line.cells[0].column == 0 and line.cells[0].text == EXAMPLE
        row: list[Written] = []
        for cell in line.cells:
            starts = [column for column in self.columns if column <= cell.column]
            if example or not starts:
                self._margin(cell, example)
            else:
                row.append(Written(self.columns[max(starts)], cell))
        kept = {written.blank.key: written for written in reversed(row)}
        for written in row:
            if kept[written.blank.key] is not written:
                self._stray(written.cell, "同一格旁边的文字")
        if row:
            self.placed.rows.setdefault(table.path, []).append([w for w in row if kept[w.blank.key] is w])

    def _margin(self, cell: Cell, example: bool) -> None:
        if example and cell.text not in self.own:
            self._stray(cell, "写在示范行里")
        elif not example and not cell.text.isdecimal():
            self._stray(cell, "写在序号里")

    def _field(self, part: Field, line: Line) -> None:
        self.table, self.columns, self.near = None, {}, part.path
        self.placed.seen.add(part.path)
        self._rest(line.cells[0], part.blank.about)
        for cell in line.cells[1:]:
            if (
                cell.column >= ANSWER_END
            ):  # guidance stands there, and is no answer even when it reads otherwise
                if cell.text != part.blank.about:
                    self._stray(cell, "写在填写说明里")
            elif part.path in self.placed.fields:
                self._stray(cell, f"“{part.label}”不止一处")
            else:
                self.placed.fields[part.path] = Written(part.blank, cell)

    def _rest(self, cell: Cell, about: str) -> None:
        """What stands in a label's cell below the label, other than the form's own guidance."""
        below = cell.text.partition("\n")[2].strip()
        if below and below != about:
            self._stray(Cell(cell.column, below, cell.where), "写在栏目名的格子里")

    def _unknown(self, line: Line, label: str) -> None:
        guess = nearest(label, self.known) if label else None
        meant = f"；是不是“{guess}”？" if guess else ""
        for cell in line.cells:
            if cell.text not in self.own:
                self._stray(cell, f"不认识的栏目{meant}")

    def _stray(self, cell: Cell, why: str) -> None:
        self.placed.strays.append(Stray(cell, self.near, why))


def _bare(label: str) -> str:
    """A label without the mark of what is required."""
    return label.removesuffix(REQUIRED).strip()
