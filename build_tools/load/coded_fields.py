"""Facts of the case schema about its coded lists: which field holds a list's terms, and where their verdicts stand."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from build_tools.load.schema import Schema, choices_of

# Keys already found; every coded term of every case asks for one of a dozen.
_keys: WeakKeyDictionary[Schema, dict[str, str]] = WeakKeyDictionary()


def state_key(schema: Schema, field: str) -> str:
    """The key that holds the verdict in the items of `field` (`verdict`, `state`), or an empty string.

    Found in the schema: the closed list of the item other than where the statement comes from.
    """
    known = _keys.setdefault(schema, {})
    if field not in known:
        known[field] = _state_key(schema, field)
    return known[field]


def _state_key(schema: Schema, field: str) -> str:
    node = schema.properties.get(field, {})
    items = schema.resolve(node["items"]) if "items" in node else {}
    for key, child in items.get("properties", {}).items():
        if key != "origin" and choices_of(schema.resolve(child)):
            return str(key)
    return ""


def field_of_list(schema: Schema) -> Mapping[str, str]:
    """Name of a vocabulary → the field of a case in which its terms count for likeness."""
    found: dict[str, str] = {}
    for name, node in schema.properties.items():
        if "x-similar" in node:
            item = schema.resolve(node["items"])
            coded = item if "x-vocabulary" in item else schema.resolve(item["properties"]["term"])
            found[str(coded["x-vocabulary"])] = name
    return found
