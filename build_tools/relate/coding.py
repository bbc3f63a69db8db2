"""Reads the vocabulary terms coded on a case, wherever the schema allows them; draws no conclusions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from build_tools.load import Schema
from build_tools.load.coded_fields import state_key
from build_tools.load.schema import Node
from build_tools.memory.weak import once_per_content
from build_tools.model import Case, Pointer


@dataclass(frozen=True, slots=True)
class Coded:
    """One coded term: the top-level field it stands in, the term, and its verdict or state if it has one."""

    field: str
    term: str
    state: str = ""
    note: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read off a case; every stage asks for it, and a walk over the whole schema is not cheap."""

    items: tuple[Coded, ...]
    rules: tuple[tuple[str, str], ...]


def coded_items(case: Case, schema: Schema) -> tuple[Coded, ...]:
    """Every vocabulary term on a case, in file order; shapes that do not fit the schema are passed over."""
    return _reading(case.coded, schema).items


def cited_rules(case: Case, schema: Schema) -> tuple[tuple[str, str], ...]:
    """(field, reference as written, N-03#17) for every rule that a case refers to, in file order."""
    return _reading(case.coded, schema).rules


def _packed(read: _Read) -> Any:
    return tuple((c.field, c.term, c.state, c.note, c.origin) for c in read.items), read.rules


def _unpacked(_case: Case, packed: Any) -> _Read:
    return _Read(tuple(_coded(*item) for item in packed[0]), packed[1])


def _coded(field: str, term: str, state: str, note: str, origin: str) -> Coded:
    """A code; one of those that come over and over is one object, and its names are."""
    bare = _bare(field, term, state, origin)
    return Coded(bare.field, bare.term, bare.state, note, bare.origin) if note else bare


@cache
def _bare(field: str, term: str, state: str, origin: str) -> Coded:
    return Coded(field, term, state, "", origin)


@once_per_content(_packed, _unpacked)
def _reading(case: Case, schema: Schema) -> _Read:
    found = schema.coded(case.data)
    rules = ((str(at[0]), value) for at, value, node in found if node.get("x-reference") == "rule")
    return _Read(tuple(_walk(case, schema, found)), tuple(rules))


def _walk(case: Case, schema: Schema, found: Iterable[tuple[Pointer, str, Node]]) -> Iterator[Coded]:
    for pointer, value, node in found:
        if "x-vocabulary" not in node:
            continue
        field = str(pointer[0])
        item = case.get(*pointer[:-1]) if pointer[-1] == "term" else None
        if isinstance(item, Mapping):
            yield _coded(
                field, value, _state(item, schema, field), _text(item, "note"), _text(item, "origin")
            )
        else:
            yield _coded(field, value, "", "", "")


def _state(item: Mapping[str, Any], schema: Schema, field: str) -> str:
    key = state_key(schema, field)
    return _text(item, key) if key else ""


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
