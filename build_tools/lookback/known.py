"""Says in short lines what the library knows about an item of the checklist; judges none of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from build_tools.load import Schema, choices_of
from build_tools.load.checklists import cite
from build_tools.load.lookback import Item
from build_tools.load.schema import Node
from build_tools.model import Case, Library

LONGEST, LINE = 120, 240  # characters of one value and of one field; the page of the case has the rest
MOST = 8  # entries of one list
# Parts of entries that say nothing to a reviewer at this place.
PASSED_OVER = frozenset({"origin", "url", "accessed", "archive"})


def known_lines(case: Case, item: Item, library: Library, schema: Schema) -> tuple[str, ...]:
    """One line a field that the item shows: `title：value`; what the case lacks is said to be missing."""
    absent = str(schema.document.get("x-absent-text") or "")
    lines = []
    for way in item.shows:
        node = schema.node_at(way)
        value = case.get(*way)
        said = "" if node is None or value is None else _said(value, node, library, schema)
        lines.append(f"{schema.title(way).partition('（')[0]}：{_cut(said, LINE) or absent}")
    return tuple(lines)


def _said(value: Any, node: Node, library: Library, schema: Schema) -> str:
    """A value in words: terms and choices by their labels, rules as people cite them."""
    node = schema.resolve(node)
    if isinstance(value, str):
        return _short(_word(value, node, library))
    if isinstance(value, tuple):
        words = [_said(entry, node.get("items", {}), library, schema) for entry in value[:MOST]]
        more = f"等 {len(value)} 项" if len(value) > MOST else ""
        return "；".join(word for word in words if word) + more
    return "，".join(_parts(value, node, library, schema)) if isinstance(value, Mapping) else ""


def _parts(value: Mapping[str, Any], node: Node, library: Library, schema: Schema) -> Iterator[str]:
    known = node.get("properties", {})
    for key, child in value.items():
        if key in known and key not in PASSED_OVER and (said := _said(child, known[key], library, schema)):
            yield said


def _word(value: str, node: Node, library: Library) -> str:
    if "x-vocabulary" in node:
        return library.label(value)
    if node.get("x-reference") == "rule":
        return cite(value, library) + _force(value, library)
    if node.get("x-reference") == "case":
        case = library.case_by_id.get(value)
        return f"{value}（{case.title}）" if case else value
    return next((c.label for c in choices_of(node) if c.value == value), value)


def _force(reference: str, library: Library) -> str:
    """（2019-09 起施行，2024-05 止）, as far as the rule's file says; empty where it says nothing."""
    rule = library.rule_by_id.get(reference.partition("#")[0])
    first, last = (rule.get("force", key) if rule else None for key in ("from", "to"))
    said = [f"{first} 起施行" if first else "", f"{last} 止" if last else ""]
    return f"（{'，'.join(part for part in said if part)}）" if any(said) else ""


def _short(text: str) -> str:
    return _cut(" ".join(text.split()).removesuffix("。"), LONGEST)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
