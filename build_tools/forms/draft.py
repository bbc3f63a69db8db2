"""Makes a draft case out of a filled form: values, a report on each blank, the text of the file; writes no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from build_tools.edit.compose import compose
from build_tools.edit.skeleton import first_change
from build_tools.forms.answers import Read, record_of, understood
from build_tools.forms.placing import Placed, Written
from build_tools.forms.plan import Field, Place, Plan, Table
from build_tools.load import Schema
from build_tools.model import Library

# How a blank was understood; the words are shown in the report.
READ, CHANGED, UNKNOWN, MISSING, STRAY = "读入", "改写后读入", "没有认出", "必填，空着", "没有放进栏目"
LEFT_OVER = "没有放进栏目的文字（核对后写进相应的栏目，或删去）："
SHOWN = 40  # characters of a text in the report


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the report: which blank, where in the file, how it was understood."""

    label: str
    where: str
    state: str
    said: str
    note: str = ""


@dataclass
class Understood:
    """What was made of a form."""

    data: dict[str, Any] = field(default_factory=dict)
    report: list[Entry] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)  # top-level key → comments at its place
    left_over: list[str] = field(default_factory=list)  # comments at the end


def understand(placed: Placed, plan: Plan, library: Library, schema: Schema) -> Understood:
    """Turn the texts of a form into values; every text ends up in the data or in a comment."""
    reader = _Reader(library)
    values = {part.path: reader.part(part, placed) for part in plan.parts}
    made = reader.made
    made.data = record_of(plan, values, schema)
    for stray in placed.strays:
        made.report.append(Entry("", stray.cell.where, STRAY, stray.cell.text, stray.why))
        made.left_over.append(f"{stray.cell.where}（{stray.why}）：{stray.cell.text}")
    return made


class _Reader:
    """Reads part after part and keeps the report."""

    def __init__(self, library: Library) -> None:
        self.library, self.made = library, Understood()

    def part(self, part: Field | Table, placed: Placed) -> Any:
        """The value of a part, None where it is empty."""
        if isinstance(part, Field):
            return self._field(part, placed.fields.get(part.path))
        rows = [self._row(part, i, row) for i, row in enumerate(placed.rows.get(part.path, ()), 1)]
        found = tuple(row for row in rows if row)
        if part.required and not found:
            self._report(part.path, Entry(part.label, "", MISSING, ""))
        return found or None

    def _field(self, part: Field, written: Written | None) -> Any:
        value = self._value(part.path, part.label, written) if written else None
        if value is None and part.blank.required and not (written and self._said(written)):
            self._report(part.path, Entry(part.label, "", MISSING, ""))
        return value

    def _said(self, written: Written) -> bool:
        """True where the blank holds words, understood or not."""
        return bool(understood(written.blank, written.cell.text, self.library).lost)

    def _row(self, part: Table, number: int, row: Sequence[Written]) -> Any:
        name = f"{part.label} 第 {number} 行"
        found = {
            w.blank.key: value
            for w in sorted(row, key=lambda w: part.blanks.index(w.blank))
            if (value := self._value(part.path, f"{name} {w.blank.title}", w)) is not None
        }
        return found.get("") if part.plain else found

    def _value(self, at: Place, label: str, written: Written) -> Any:
        text, where = written.cell.text, written.cell.where
        read: Read = understood(written.blank, text, self.library)
        if read.value is not None:
            self._report(at, Entry(label, where, CHANGED if read.note else READ, text, read.note))
        for words in read.lost:
            self._report(at, Entry(label, where, UNKNOWN, text, words))
            self.made.notes.setdefault(at[0], []).append(f"{label}（{where}）：{words}")
        return read.value

    def _report(self, at: Place, entry: Entry) -> None:
        self.made.report.append(entry)


def draft_text(
    made: Understood, schema: Schema, case_id: str, entry: str, source: str, schema_line: str
) -> str:
    """The text of the draft in the library's layout: keys in order, comments where the form was not understood."""
    kept = {
        "id": case_id,
        "status": "draft",
        "entered": entry,
        "changes": [{**first_change(entry), "basis": f"填报表导入：{_name(source)}"}],
    }
    data: Mapping[str, Any] = {**made.data, **kept}
    lines = [schema_line] if schema_line else []
    lines += comment(f"由 {source} 导入的草稿：核对每一栏，运行 rongcuo check，补全以后再改状态。")
    for key in schema.properties:
        for note in made.notes.get(key, ()):
            lines += comment(note)
        if key in data:
            lines += compose(key, data[key])
    for number, text in enumerate(made.left_over):
        lines += comment(text if number else f"{LEFT_OVER}\n{text}")
    return "\n".join(lines) + "\n"


def comment(text: str) -> list[str]:
    """The text as comment lines, whatever breaks of lines it has."""
    return [f"# {line}".rstrip() for line in text.splitlines() if line.strip()]


def _name(source: str) -> str:
    """The name of a file as one line of text, fit for a record."""
    return " ".join("".join(c for c in source if c.isprintable()).split())[:80]
