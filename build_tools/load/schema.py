"""Gives the schemas under `schema/` and the facts written in them; the only place that knows their layout."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from build_tools.model import Pointer

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed value of a closed list, with its Chinese label and its `x-` facts."""

    value: str
    label: str
    definition: str
    facts: Mapping[str, Any]

    def fact(self, name: str, default: str = "") -> str:
        """The `x-<name>` annotation of this value."""
        return str(self.facts.get(f"x-{name}", default))


@dataclass(frozen=True, eq=False)
class Schema:
    """One JSON Schema document (draft 2020-12) with `$ref` only to its own `$defs`.

    Two schemas are equal only when they are the same object, so that what is known of one can be kept by it.
    """

    name: str
    document: Node

    @cached_property
    def digest(self) -> str:
        """SHA-256, hexadecimal, of what the document says."""
        return hashlib.sha256(json.dumps(self.document, ensure_ascii=False).encode()).hexdigest()

    def resolve(self, node: Node) -> Node:
        """The node with its `$ref` merged in; annotations beside the reference win."""
        reference = node.get("$ref")
        if not reference:
            return node
        base = self.resolve(self.document["$defs"][str(reference).rsplit("/", 1)[-1]])
        return {**base, **{k: v for k, v in node.items() if k != "$ref"}}

    @cached_property
    def properties(self) -> Mapping[str, Node]:
        """Top-level fields in the schema's order, references resolved."""
        return {name: self.resolve(node) for name, node in self.document["properties"].items()}

    def node_at(self, pointer: Pointer) -> Node | None:
        """The schema of the value at `pointer`, or None where the schema knows no such place."""
        node: Node = self.document
        for step in pointer:
            node = self.resolve(node)
            if isinstance(step, int):
                child = node.get("items")
            else:
                child = node.get("properties", {}).get(step)
            if child is None:
                return None
            node = child
        return self.resolve(node)

    def choices(self, pointer: Pointer) -> tuple[Choice, ...]:
        """The closed list of values allowed at `pointer`; empty where any value goes."""
        if pointer not in self._choices:
            self._choices[pointer] = choices_of(self.node_at(pointer) or {})
        return self._choices[pointer]

    @cached_property
    def _labelled(self) -> dict[Pointer, dict[str, Choice]]:
        """The same by value."""
        return {}

    @cached_property
    def _choices(self) -> dict[Pointer, tuple[Choice, ...]]:
        """Closed lists already looked up; pages ask for the same few thousands of times."""
        return {}

    def choice(self, pointer: Pointer, value: str) -> Choice:
        """The entry of the closed list at `pointer` for `value`; an unknown value labels itself."""
        known = self._labelled.get(pointer)
        if known is None:
            known = self._labelled[pointer] = {c.value: c for c in self.choices(pointer)}
        return known.get(value) or Choice(value, value, "", {})

    def walk(
        self, value: Any, node: Node | None = None, at: Pointer = ()
    ) -> Iterator[tuple[Pointer, Any, Node]]:
        """Every value of a record with its pointer and schema, in file order; unknown keys are skipped."""
        node = self.resolve(self.document if node is None else node)
        yield at, value, node
        if isinstance(value, Mapping):
            known = node.get("properties", {})
            for key, child in value.items():
                if key in known:
                    yield from self.walk(child, known[key], (*at, key))
        elif isinstance(value, tuple) and "items" in node:
            for i, child in enumerate(value):
                yield from self.walk(child, node["items"], (*at, i))

    def coded(self, value: Any) -> list[tuple[Pointer, str, Node]]:
        """The texts of a record that are terms or references, as `walk` gives them, in a fraction of the time."""
        found: list[tuple[Pointer, str, Node]] = []
        if self._coded:
            _collect(value, self._coded, (), found)
        return found

    @cached_property
    def _coded(self) -> _Coded | None:
        return self._compile(self.document)

    def _compile(self, raw: Node) -> _Coded | None:
        """What of a node holds terms or references; None where nothing does."""
        node = self.resolve(raw)
        keys = {k: self._compile(child) for k, child in node.get("properties", {}).items()}
        held = {key: child for key, child in keys.items() if child}
        item = self._compile(node["items"]) if "items" in node else None
        marked = "x-vocabulary" in node or "x-reference" in node
        return _Coded(node if marked else None, held, item) if marked or held or item else None

    def title(self, pointer: Pointer) -> str:
        """The Chinese title of the field at `pointer`, or the last key itself."""
        node = self.node_at(pointer)
        keys = [step for step in pointer if isinstance(step, str)]
        return str((node or {}).get("title") or (keys[-1] if keys else ""))


@dataclass(frozen=True, slots=True)
class _Coded:
    """The parts of a schema that hold terms or references: the node itself where it is one, its keys, its items."""

    node: Node | None
    keys: Mapping[str, _Coded]
    item: _Coded | None


def _collect(value: Any, plan: _Coded, at: Pointer, found: list[tuple[Pointer, str, Node]]) -> None:
    if isinstance(value, str):
        if plan.node is not None:
            found.append((at, value, plan.node))
    elif isinstance(value, tuple):
        if plan.item:
            for i, child in enumerate(value):
                _collect(child, plan.item, (*at, i), found)
    elif value is not None and isinstance(value, (MappingProxyType, Mapping)):  # the first is cheap to tell
        for key, child in value.items():
            if inner := plan.keys.get(key):
                _collect(child, inner, (*at, key), found)


def choices_of(node: Node) -> tuple[Choice, ...]:
    """The values of an `oneOf`-of-`const` or `enum` node."""
    if "oneOf" in node:
        return tuple(
            Choice(str(o["const"]), str(o.get("title", o["const"])), str(o.get("description", "")), o)
            for o in node["oneOf"]
        )
    return tuple(Choice(str(v), str(v), "", {}) for v in node.get("enum", ()))


@dataclass(frozen=True)
class Schemas:
    """The schemas of the library's files."""

    case: Schema
    rule: Schema
    vocabulary: Schema
    selfcheck: Schema
    drill: Schema
    negative_list: Schema
    toolkit: Schema
    lookback: Schema
    site: Schema
    api: Schema


def load_schemas(folder: Path) -> Schemas:
    """Read the schemas from `folder`; raises OSError or ValueError when one is missing or broken."""

    def one(name: str) -> Schema:
        path = folder / f"{name}.schema.json"
        return Schema(name, json.loads(path.read_text(encoding="utf-8")))

    return Schemas(**{field.name: one(field.name.replace("_", "-")) for field in fields(Schemas)})
