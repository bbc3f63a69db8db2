"""Which places of a record the rules care about, worked out once per schema; visits them in a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from build_tools.load import Schema
from build_tools.model import Pointer


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What the schema's `x-` annotations say about one place; equal only to itself."""

    vocabulary: str = ""  # name of the controlled list, "*" for any
    reference: str = ""  # "case" or "rule"
    date: str = ""  # "day" or "partial"
    url: bool = False
    pattern: re.Pattern[str] | None = None

    @property
    def interesting(self) -> bool:
        return bool(self.vocabulary or self.reference or self.date or self.url)


@dataclass(frozen=True, slots=True)
class Plan:
    """The part of a schema's tree that leads to interesting places."""

    facts: Facts
    keys: Mapping[str, Plan]
    item: Plan | None
    interesting: bool


class Spot(NamedTuple):
    """One text value at an interesting place."""

    pointer: Pointer
    value: str
    facts: Facts

    @property
    def well_formed(self) -> bool:
        """False where the value breaks its pattern, which the shape rules report already."""
        return self.facts.pattern is None or _fits(self.facts, self.value)


@lru_cache(maxsize=8192)
def _fits(facts: Facts, value: str) -> bool:
    assert facts.pattern
    return facts.pattern.search(value) is not None


# As `Spot(…)`, in half the time.
_spot: Callable[[tuple[Pointer, str, Facts]], Spot] = partial(tuple.__new__, Spot)


def make_plan(schema: Schema) -> Plan | None:
    """The plan of a whole schema, or None where nothing in it is interesting."""
    return _plan(schema, schema.document)


def _plan(schema: Schema, node: Mapping[str, Any]) -> Plan | None:
    node = schema.resolve(node)
    pattern = node.get("pattern")
    facts = Facts(
        str(node.get("x-vocabulary", "")),
        str(node.get("x-reference", "")),
        str(node.get("x-date", "")),
        bool(node.get("x-url")),
        re.compile(pattern) if pattern else None,
    )
    keys = {k: p for k, child in node.get("properties", {}).items() if (p := _plan(schema, child))}
    item = _plan(schema, node["items"]) if "items" in node else None
    return Plan(facts, keys, item, facts.interesting) if facts.interesting or keys or item else None


def spots_of(value: Any, plan: Plan | None) -> tuple[Spot, ...]:
    """Every text value at an interesting place of `value`, in file order; other shapes are passed over."""
    found: list[Spot] = []
    if plan is not None:
        _visit(value, plan, (), found)
    return tuple(found)


def _visit(value: Any, plan: Plan, at: Pointer, found: list[Spot]) -> None:
    if type(value) is str:
        if plan.interesting and value.strip():
            found.append(_spot((at, value, plan.facts)))
    elif isinstance(value, tuple):
        if plan.item is not None:
            for i, child in enumerate(value):
                _visit(child, plan.item, (*at, i), found)
    elif value is not None:
        for key, inner in plan.keys.items():
            child = value.get(key)
            if child is None:
                continue
            if type(child) is not str:
                _visit(child, inner, (*at, key), found)
            elif inner.interesting and child.strip():
                found.append(_spot(((*at, key), child, inner.facts)))


def texts_of(value: Any) -> list[tuple[Pointer, str]]:
    """Every text inside `value` with its pointer, in file order."""
    found: list[tuple[Pointer, str]] = []
    _add_texts(value, (), found)
    return found


def _add_texts(value: Any, at: Pointer, found: list[tuple[Pointer, str]]) -> None:
    if type(value) is str:
        found.append((at, value))
    elif isinstance(value, tuple):
        for i, child in enumerate(value):
            _add_texts(child, (*at, i), found)
    elif value is not None:
        for key, child in value.items():
            _add_texts(child, (*at, key), found)


@lru_cache(maxsize=4096)
def _place(pointer: Pointer) -> str:
    words: list[str] = []
    for step in pointer:
        if isinstance(step, int):
            words.append(f" 第 {step + 1} 项")
        else:
            words.append(
                (" 的 " if words and not words[-1].endswith("项") else "的 " if words else "") + step
            )
    return "".join(words)


def place_name(schema: Schema, pointer: Pointer) -> str:
    """A place as people say it, ready to be followed by Chinese text: `sources 第 2 项的 url（网址）`."""
    title = schema.title(pointer).partition("（")[0]
    if not pointer or isinstance(pointer[-1], int):
        return _place(pointer)
    return _place(pointer) + (f"（{title}）" if title != pointer[-1] else " ")
