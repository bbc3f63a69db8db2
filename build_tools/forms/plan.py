"""Works out from the schema what a form asks: sections, single blanks and tables; writes and reads no files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from build_tools.load import Schema, choices_of
from build_tools.load.checklists import cite
from build_tools.model import Library

Place = tuple[str, ...]

# Words that the form itself writes and the reader knows again.
TITLE = "容错案例填报表"
PLACEHOLDER = "请选择"
REQUIRED = "＊"
NUMBER, EXAMPLE = "序号", "例"
LEAD = (
    f"带 {REQUIRED} 的必须填。只写来源说的；来源没有说的空着，页面会显示“来源未载”。",
    "有下拉箭头的从下拉列表里选；列表里没有贴切的词，把情况写在“说明”里，或照实写，导入时会列出相近的词。",
    "不写姓名、身份证号、电话、车牌、门牌；地名写到县（市、区）。",
    f"表里的行不够就在表内插入行；“{EXAMPLE}”这一行只作示范，不会读入。编号、状态、入库日期由系统写。",
)
TERM_ID = re.compile(r"\b[a-z]{2}(?:-[a-z]+)+\b")
ROWS = 8  # rows of a table to begin with
FEW = 8  # a list of choices up to this long is spelt out beside the blank


@dataclass(frozen=True, slots=True)
class Option:
    """One value that a blank offers: what the file says, what people read, what it means."""

    value: str
    label: str
    about: str = ""


@dataclass(frozen=True)
class Blank:
    """One thing to fill in."""

    key: str  # the last key of its place; empty for the items of a plain list
    title: str
    about: str
    required: bool
    node: Mapping[str, Any]
    options: tuple[Option, ...] = ()
    many: bool = False  # several values in one cell

    @property
    def most(self) -> int:
        """The greatest number of characters, 0 where the schema sets none."""
        return int(self.node.get("maxLength", 0))

    @cached_property
    def by_word(self) -> Mapping[str, str]:
        """Everything that stands for an option without doubt → its value."""
        words = {f"{o.value} {o.label}": o.value for o in self.options}
        return {
            **words,
            **{o.label: o.value for o in self.options},
            **{o.value: o.value for o in self.options},
        }

    @cached_property
    def label_of(self) -> Mapping[str, str]:
        return {o.value: o.label for o in self.options}


@dataclass(frozen=True)
class Field:
    """A blank that stands alone, with its place in the record."""

    path: Place
    label: str
    blank: Blank


@dataclass(frozen=True)
class Table:
    """A list that is filled in as rows."""

    path: Place
    label: str
    about: str
    required: bool
    blanks: tuple[Blank, ...]
    most: int

    @property
    def plain(self) -> bool:
        """True where each row is one value and not a mapping."""
        return not self.blanks[0].key


@dataclass(frozen=True)
class Section:
    """A part of the form under one heading."""

    title: str
    parts: tuple[Field | Table, ...]


@dataclass(frozen=True)
class Plan:
    """Everything a form asks, in the schema's order."""

    sections: tuple[Section, ...]

    @cached_property
    def parts(self) -> tuple[Field | Table, ...]:
        return tuple(part for section in self.sections for part in section.parts)

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The single blanks by label."""
        return {p.label: p for p in self.parts if isinstance(p, Field)}

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """The tables by label."""
        return {p.label: p for p in self.parts if isinstance(p, Table)}


def make_plan(schema: Schema, library: Library, *, internal: bool = True) -> Plan:
    """The plan of a form for one record; `internal` says whether internal fields are asked.

    Raises ValueError where two blanks would carry the same label, for then a filled form could not be read.
    """
    maker = _Maker(schema, library)
    sections = []
    for section in schema.document["x-sections"]:
        parts = tuple(
            part
            for name, node in schema.properties.items()
            if node.get("x-section") == section["id"] and asked(node, internal)
            for part in maker.parts((name,), "", name in schema.document["required"])
        )
        if parts:
            sections.append(Section(section["title"], parts))
    plan = Plan(tuple(sections))
    if len(plan.fields) + len(plan.tables) < len(plan.parts):
        raise ValueError("two blanks of the form have the same label")
    return plan


def asked(node: Mapping[str, Any], internal: bool = True) -> bool:
    """True where a form asks for the field: not kept by the tools (`x-asked`), nor internal when that is left out."""
    return node.get("x-asked", True) and (internal or node.get("x-disclosure") != "internal")


def options_of(node: Mapping[str, Any], library: Library) -> tuple[Option, ...]:
    """What may be chosen at a place: a closed list, the terms of a vocabulary, or the rules and their articles."""
    if choices := choices_of(node):
        return tuple(Option(c.value, c.label, c.definition) for c in choices)
    if vocabulary := library.vocabulary.get(str(node.get("x-vocabulary"))):
        return tuple(Option(t.id, t.label, t.definition) for t in vocabulary.terms)
    return tuple(_rules(library)) if node.get("x-reference") == "rule" else ()


def _rules(library: Library) -> Iterator[Option]:
    for rule in library.rules:
        own = [f"{rule.id}#{article['id']}" for article in rule.data.get("articles") or ()]
        for reference in (rule.id, *own):
            yield Option(reference, f"{reference} {cite(reference, library)}", rule.title)


def limits(node: Mapping[str, Any]) -> str:
    """How long a text may be, in words; empty where there is no limit."""
    least, most = node.get("minLength", 0), node.get("maxLength")
    if not most:
        return ""
    return f"{least}–{most} 字" if least > 1 else f"最多 {most} 字"


class _Maker:
    """Turns places of the schema into blanks and tables."""

    def __init__(self, schema: Schema, library: Library) -> None:
        self.schema, self.library = schema, library

    def parts(self, path: Place, above: str, required: bool) -> Iterator[Field | Table]:
        """The blanks and tables at a place; `above` is the label of what holds it."""
        node = self.schema.node_at(path) or {}
        own = short_title(node, path[-1])
        label = own if own == above or not above else f"{above} · {own}"
        if node.get("type") == "object":
            for key in node["properties"]:
                yield from self.parts((*path, key), label, required and key in node.get("required", ()))
        elif node.get("type") == "array":
            yield self._table(path, label, node, required)
        else:
            yield Field(path, label, self._blank(path[-1], node, required))

    def _table(self, path: Place, label: str, node: Mapping[str, Any], required: bool) -> Table:
        item = self.schema.resolve(node["items"])
        if item.get("type") == "object":
            needed = item.get("required", ())
            blanks = tuple(
                self._blank(key, self.schema.resolve(child), key in needed)
                for key, child in item["properties"].items()
                if child.get("x-asked", True)
            )
        else:
            blanks = (self._blank("", item, True),)
        about = self._in_words(f"{node.get('description', '')}最多 {node['maxItems']} 行。")
        return Table(path, label, about, required, blanks, int(node["maxItems"]))

    def _blank(self, key: str, node: Mapping[str, Any], required: bool) -> Blank:
        many = node.get("type") == "array"
        inner = self.schema.resolve(node["items"]) if many else node
        options = options_of(inner, self.library)
        about = self._in_words(_about(node, inner, options))
        return Blank(key, short_title(node, key), about, required, inner, options, many)

    def _in_words(self, text: str) -> str:
        """Guidance with terms by their names, not by their ids."""
        return TERM_ID.sub(lambda m: f"“{self.library.label(m[0])}”", text)


def short_title(node: Mapping[str, Any], key: str) -> str:
    """The title without what it says in brackets."""
    return str(node.get("title") or key).partition("（")[0]


def _about(node: Mapping[str, Any], inner: Mapping[str, Any], options: tuple[Option, ...]) -> str:
    """The guidance beside a blank: what to write, how long, in what form, what may be chosen."""
    hint = str(inner.get("x-hint", ""))
    said = "" if inner.get("x-date") else str(node.get("description", ""))  # a date's hint says it all
    parts = [said, hint, limits(inner)]
    if 0 < len(options) <= FEW:
        parts.append("可选：" + "、".join(o.label for o in options))
    if node is not inner:
        parts.append("几条用顿号隔开")
    return "".join(p if re.search("[。；]$", p) else f"{p}。" for p in parts if p)


def rows_for(table: Table, filled: int) -> int:
    """How many numbered rows a form offers: enough for most cases, and always one more than is filled in."""
    return max(min(table.most, ROWS), min(filled + 1, table.most), filled)
