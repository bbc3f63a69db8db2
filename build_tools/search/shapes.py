"""Reads from a schema what of a record is searchable, coded or a facet, and pulls it from data. Knows no ranking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from build_tools.load import Choice, Schema, choices_of
from build_tools.load.schema import Node
from build_tools.model import Library

# Keys that only say "the value of my parent": a facet below one of them is called after the parent.
NAMELESS = frozenset({"term", "terms", "grade", "body"})
# Codes, references, dates and addresses are not words that anybody searches for.
NOT_TEXT = ("x-reference", "x-date", "x-url", "oneOf")


@dataclass(frozen=True, slots=True)
class Facet:
    """A property to filter by: a closed list (`choices`), a coded one (`vocabulary`) or free values."""

    name: str
    title: str
    choices: tuple[Choice, ...] = ()
    vocabulary: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a place of the schema means to the search."""

    kind: str  # "text", "term" or nothing
    facet: str
    weight: float
    title: str
    states: tuple[str, ...]  # values of a neighbouring `state`; only the first means "it is so"
    keys: Mapping[str, Shape]
    item: Shape | None


@dataclass(slots=True)
class Part:
    """The text of one searchable field."""

    name: str
    title: str
    weight: float
    texts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """What a record holds for the search."""

    parts: list[Part] = field(default_factory=list)
    concepts: dict[str, float] = field(default_factory=dict)
    facets: dict[str, list[str]] = field(default_factory=dict)


def shape_of(schema: Schema, *, internal: bool = False) -> Shape:
    """The compiled shape of a schema; internal fields are left out unless asked for."""

    def visit(raw: Node, path: tuple[str, ...], facet: str) -> Shape:
        node = schema.resolve(raw)
        children = {k: c for k, c in node.get("properties", {}).items() if internal or _public(schema, c)}
        facet = _facet_name(path) if node.get("x-facet") else facet
        return Shape(
            kind="term" if "x-vocabulary" in node else _text_kind(node),
            facet=facet,
            weight=float(node.get("x-search", {}).get("weight", 0)),
            title=str(node.get("title", "")),
            states=tuple(c.value for c in choices_of(schema.resolve(children.get("state", {})))),
            keys={key: visit(child, (*path, key), "") for key, child in children.items()},
            item=visit(node["items"], path, facet) if "items" in node else None,
        )

    return visit(schema.document, (), "")


def _public(schema: Schema, node: Node) -> bool:
    return schema.resolve(node).get("x-disclosure") != "internal"


def _text_kind(node: Node) -> str:
    return "text" if node.get("type") == "string" and not any(key in node for key in NOT_TEXT) else ""


def _facet_name(path: tuple[str, ...]) -> str:
    return path[-2] if path[-1] in NAMELESS and len(path) > 1 else path[-1]


def read_record(data: Mapping[str, Any], shape: Shape, library: Library) -> Found:
    """Searchable text by top-level field, coded terms with the weight of their field, and facet values."""
    found = Found()
    for name, child in shape.keys.items():
        if (value := data.get(name)) is not None:
            part = Part(name, child.title, child.weight)
            _read(value, child, part, found, library, True)
            if part.weight and part.texts:
                found.parts.append(part)
    return found


def _read(value: Any, shape: Shape, part: Part, found: Found, library: Library, so: bool) -> None:
    """Collect from one value; `so` is False inside an item whose state denies it (不具备, 不存在)."""
    if isinstance(value, str):  # most values are
        _leaf(value, shape, part, found, library, so)
    elif isinstance(value, tuple) and shape.item:
        for inner in value:
            _read(inner, shape.item, part, found, library, so)
    elif isinstance(value, Mapping):
        so = so and (not shape.states or value.get("state") == shape.states[0])
        for key, child in shape.keys.items():
            if (inner := value.get(key)) is not None:
                part.weight = part.weight or child.weight  # rules weigh what lies inside their articles
                _read(inner, child, part, found, library, so)


def _leaf(value: str, shape: Shape, part: Part, found: Found, library: Library, so: bool) -> None:
    if shape.facet and so:
        values = found.facets.setdefault(shape.facet, [])
        if value not in values:
            values.append(value)
    if shape.kind == "text":
        part.texts.append(value)
    elif shape.kind == "term" and so and part.weight:
        part.texts.append(library.label(value))
        found.concepts[value] = max(found.concepts.get(value, 0.0), part.weight)


def facets_of(schema: Schema) -> tuple[Facet, ...]:
    """The facets a schema marks with `x-facet`, in its order."""
    titles: dict[tuple[str, ...], str] = {}

    def visit(raw: Node, path: tuple[str, ...]) -> Iterator[Facet]:
        node = schema.resolve(raw)
        titles.setdefault(path, str(node.get("title", "")))
        if node.get("x-facet"):
            name = _facet_name(path)
            inner = schema.resolve(node.get("items", node))
            title = titles[path if name == path[-1] else path[:-1]]
            yield Facet(name, title, choices_of(inner), str(inner.get("x-vocabulary", "")))
        if "items" in node:
            yield from visit(node["items"], path)
        for key, child in node.get("properties", {}).items():
            yield from visit(child, (*path, key))

    return tuple(visit(schema.document, ()))


def coded_lists(schema: Schema, least: float) -> frozenset[str]:
    """Names of the vocabularies used in fields that weigh at least `least` and repeat (lists of codes)."""

    def visit(raw: Node) -> Iterator[str]:
        node = schema.resolve(raw)
        if "x-vocabulary" in node:
            yield str(node["x-vocabulary"])
        for child in (*node.get("properties", {}).values(), *filter(None, [node.get("items")])):
            yield from visit(child)

    heavy = (n for n in schema.properties.values() if n.get("x-search", {}).get("weight", 0) >= least)
    return frozenset(name for node in heavy for name in visit(node))
