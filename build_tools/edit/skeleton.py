"""Writes the text of a new case out of the schema: required keys to fill in, the others as comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rich.cells import cell_len

from build_tools.edit.compose import compose
from build_tools.load import Schema, choices_of
from build_tools.model import Pointer, Vocabulary

SCHEMA_LINE = "# yaml-language-server: $schema="
USUAL_SCHEMA = "../../schema/case.schema.json"  # as seen from cases/<year>/
INTRO = (
    "# 填写要点：只写来源说的；来源没有说的键整行删去（或留作注释），页面会显示“来源未载”。",
    "# 以 # 开头的行是说明和可选的键；要用哪个键，就去掉它前面的“# ”。写完运行 rongcuo check。",
)
WIDTH = 96  # columns; a Chinese character takes two
# What a line is never broken inside: a word of Latin letters and digits, with the blank behind it.
PIECE = re.compile(r"[!-~]+ ?|.")
# Kept by tools, not written by hand when a case is entered.
LATER = frozenset({"status_record", "reviews"})


def skeleton(
    schema: Schema,
    vocabularies: Mapping[str, Vocabulary],
    given: Mapping[str, str],
    entry: str,
    schema_path: str = USUAL_SCHEMA,
) -> str:
    """The text of a new case file; `given` holds values for top-level keys, `entry` is the day of entry.

    `schema_path` is where the schema stands as seen from the file, for editors that complete from it.
    """
    page = _Page(schema, vocabularies)
    lines = [SCHEMA_LINE + schema_path, *INTRO]
    required = schema.document["required"]
    for name, node in schema.properties.items():
        if name in LATER:
            continue
        lines += page.notes(node)
        if name == "changes":
            lines += compose("changes", [first_change(entry)])
        elif name in given:
            lines.append(f"{name}: {given[name]}")
        elif name in required:
            lines += page.value(name, (name,), "")
        else:
            lines += [f"# {line}".rstrip() for line in page.value(name, (name,), "")]
    return "\n".join(lines) + "\n"


def first_change(entry: str) -> dict[str, str]:
    """The record of a case's entry on the day `entry`."""
    return {"date": entry, "type": "created", "what": "首次入库。", "by": "编辑组"}


class _Page:
    """Remembers which lists of words were shown already, so that each is shown once."""

    def __init__(self, schema: Schema, vocabularies: Mapping[str, Vocabulary]) -> None:
        self.schema = schema
        self.vocabularies = vocabularies
        self.shown: set[str] = set()

    def notes(self, node: Mapping[str, Any], indent: str = "") -> list[str]:
        """Comment lines: title, description, allowed values."""
        node = self.schema.resolve(node)
        text = f"{node.get('title', '')}：{node.get('description', '')}"
        return [*_wrapped(text, indent), *self._values(node, indent)]

    def _values(self, node: Mapping[str, Any], indent: str) -> Iterator[str]:
        choices = choices_of(node)
        item = self.schema.resolve(node.get("items", {}))
        name = str(node.get("x-vocabulary") or item.get("x-vocabulary") or "")
        if choices and all(c.value == c.label for c in choices):
            yield from _wrapped("可选：" + "、".join(c.value for c in choices), indent)
        elif choices:
            yield from _wrapped("可选：" + "；".join(f"{c.value} {c.label}" for c in choices), indent)
        elif name in self.vocabularies:
            vocabulary = self.vocabularies[name]
            if name in self.shown:
                yield from _wrapped(f"词表“{vocabulary.title}”，可选的词见上文", indent)
            else:
                self.shown.add(name)
                words = "；".join(f"{t.id} {t.label}" for t in vocabulary.terms)
                yield from _wrapped(f"词表“{vocabulary.title}”：{words}", indent)

    def value(self, key: str, at: Pointer, indent: str) -> list[str]:
        """The key with an empty value of the shape the schema asks for."""
        node = self.schema.node_at(at) or {}
        if node.get("type") == "object":
            return [f"{indent}{key}:", *self._object(at, node, indent + "  ")]
        if node.get("type") == "array":
            return [f"{indent}{key}:", *self._items(at, indent + "  ")]
        return [f"{indent}{key}:"]

    def _object(self, at: Pointer, node: Mapping[str, Any], indent: str) -> list[str]:
        """The keys of a mapping: required ones (or the first, so that it is one) to fill in, others as comments."""
        lines: list[str] = []
        required = node.get("required") or list(node["properties"])[:1]
        for key, child in node["properties"].items():
            lines += self.notes(child, indent)
            rows = self.value(key, (*at, key), indent)
            lines += rows if key in required else [f"{indent}# {row[len(indent) :]}" for row in rows]
        return lines

    def _items(self, at: Pointer, indent: str) -> list[str]:
        """One item of a list."""
        node = self.schema.node_at((*at, 0)) or {}
        if node.get("type") != "object":
            return [f"{indent}-"]
        lines = self._object((*at, 0), node, indent + "  ")
        first = next(i for i, line in enumerate(lines) if not line.lstrip().startswith("#"))
        before = [line[2:] for line in lines[:first]]
        return [*before, f"{indent}- {lines[first].lstrip()}", *lines[first + 1 :]]


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """Comment lines of at most `WIDTH` columns."""
    row = ""
    for piece in PIECE.findall(text):
        if cell_len(row + piece) > WIDTH - len(indent) - 2 and piece not in "，。、；：）”":
            yield f"{indent}# {row}".rstrip()
            row = "  "
        row += piece
    yield f"{indent}# {row}".rstrip()
