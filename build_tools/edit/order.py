"""Puts the keys of a laid-out YAML text into the schema's order, each with the comments above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from build_tools.load import Schema
from build_tools.load.yaml_reader import Parsed, read_yaml
from build_tools.model import Pointer


def ordered(text: str, schema: Schema, path: str) -> str:
    """`text` (block style, one key a line) with its keys reordered; unknown keys keep their order, at the end."""
    parsed = read_yaml(text.encode(), path)
    if parsed.data is None:
        return text
    lines = text.split("\n")
    return "\n".join(_Page(parsed, schema, lines).region((), 0, len(lines)))


@dataclass(frozen=True)
class _Page:
    parsed: Parsed
    schema: Schema
    lines: list[str]

    def region(self, at: Pointer, start: int, end: int) -> list[str]:
        """The lines `start` to `end`, which hold the value at `at`, with everything in it in order."""
        value: Any = self.parsed.data
        for step in at:
            value = value[step]
        if isinstance(value, Mapping) and value:
            return self._mapping(at, list(value), start, end)
        if isinstance(value, tuple) and value:
            return self._sequence(at, len(value), start, end)
        return self.lines[start:end]

    def _mapping(self, at: Pointer, keys: list[str], start: int, end: int) -> list[str]:
        marks = [self.parsed.key_marks[(*at, key)] for key in keys]
        rows = [mark.line - 1 for mark in marks]
        if len(set(rows)) < len(rows) or len({mark.column for mark in marks}) > 1:
            return self.lines[start:end]  # not in block style
        column = marks[0].column - 1
        begins = [rows[0], *(self._with_comments(row, column) for row in rows[1:])]
        ends = [*begins[1:], end]
        blocks = {
            key: self.lines[begin:row] + self.region((*at, key), row, stop)
            for key, begin, row, stop in zip(keys, begins, rows, ends, strict=True)
        }
        wanted = self._wanted(at, keys)
        if wanted == keys:
            return self.lines[start : rows[0]] + [line for key in keys for line in blocks[key]]
        return self.lines[start : rows[0]] + _rejoined(blocks, keys, wanted, column)

    def _wanted(self, at: Pointer, keys: list[str]) -> list[str]:
        known = list((self.schema.node_at(at) or {}).get("properties", {}))
        return sorted(keys, key=lambda key: known.index(key) if key in known else len(known))

    def _sequence(self, at: Pointer, length: int, start: int, end: int) -> list[str]:
        rows = [self.parsed.marks[(*at, i)].line - 1 for i in range(length)]
        if len(set(rows)) < len(rows) or not all(self.lines[row].lstrip().startswith("-") for row in rows):
            return self.lines[start:end]
        stops = [*rows[1:], end]
        out = self.lines[start : rows[0]]
        for i, (row, stop) in enumerate(zip(rows, stops, strict=True)):
            out += self.region((*at, i), row, stop)
        return out

    def _with_comments(self, row: int, column: int) -> int:
        """The first of the comment lines directly above `row` that stand at the same indentation."""
        while row and self.lines[row - 1].startswith(" " * column + "#"):
            row -= 1
        return row


def _rejoined(blocks: dict[str, list[str]], keys: list[str], wanted: list[str], column: int) -> list[str]:
    """The blocks in the wanted order; the dash of a list item moves to whichever key comes first."""
    first = blocks[keys[0]]
    dashed = first[0][:column].endswith("- ")
    if dashed:
        first[0] = " " * column + first[0][column:]
    out = [line for key in wanted for line in blocks[key]]
    if dashed:
        row = next(i for i, line in enumerate(out) if not line.lstrip().startswith("#"))
        out[:row] = [line[2:] for line in out[:row]]
        out[row] = " " * (column - 2) + "- " + out[row][column:]
    return out
