"""Writes data as YAML lines in the library's layout, as `rongcuo fmt` would leave them; reads and writes no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from build_tools.edit.layout import quoted


def compose(key: str, value: Any, indent: str = "") -> list[str]:
    """The lines of a key with its value: a text, a list or a mapping of such."""
    if isinstance(value, Mapping):
        return [f"{indent}{key}:", *_mapping(value, indent + "  ")] if value else [f"{indent}{key}: {{}}"]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [f"{indent}{key}:", *_items(value, indent + "  ")] if value else [f"{indent}{key}: []"]
    return _text(f"{indent}{key}:", str(value), indent)


def _mapping(value: Mapping[str, Any], indent: str) -> list[str]:
    return [line for key, child in value.items() for line in compose(key, child, indent)]


def _items(value: Sequence[Any], indent: str) -> list[str]:
    lines: list[str] = []
    for item in value:
        if isinstance(item, Mapping):
            first, *rest = _mapping(item, indent + "  ")
            lines += [f"{indent}- {first.lstrip()}", *rest]
        else:
            lines += _text(f"{indent}-", str(item), indent)
    return lines


def _text(before: str, value: str, indent: str) -> list[str]:
    """A text behind its key or dash; a block of several lines stands two blanks further in than `indent`."""
    first, *rest = quoted(value).split("\n")
    return [f"{before} {first}", *(f"{indent}{line}" if line else "" for line in rest)]
