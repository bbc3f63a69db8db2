"""RC2xx: does the file have the shape the schema asks for; turns schema errors into plain Chinese."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from build_tools.check.context import Context, Subject
from build_tools.check.mark import record_rule
from build_tools.check.suggest import nearest
from build_tools.check.wording import phrase, say, shortened
from build_tools.load import Schema, choices_of
from build_tools.model import Diagnostic, Pointer

# How people call the shapes, by JSON Schema type and by Python type.
SHAPES = {"string": "文字", "array": "列表", "object": "映射"}
SHAPE_HINTS = {
    ("string", "列表"): "去掉开头的“- ”，合成一段文字",
    ("string", "映射"): "写成一段文字；值里有英文冒号加空格时，给整个值加双引号",
    ("array", "文字"): "换行缩进，每项一行，以“- ”开头",
    ("array", "映射"): "每项以“- ”开头",
    ("object", "文字"): "换行缩进两格，写成“键: 值”",
    ("object", "列表"): "去掉开头的“- ”，写成“键: 值”",
}


@record_rule(
    "case", "rule", "vocabulary", "negative_list", "toolkit", "selfcheck", "drill", "lookback", "site"
)
def shape(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """All departures from the schema, one finding for each fault."""
    validator = _validator(_Key(subject.schema))
    data = subject.document
    if validator.is_valid(data):
        return
    at: dict[Pointer, list[Any]] = defaultdict(list)
    for error in validator.iter_errors(data):
        at[tuple(error.instance_path)].append(error.kind)
    for pointer, kinds in at.items():
        yield from _at_place(subject, pointer, {kind.name: kind for kind in kinds}, kinds)


def _at_place(
    subject: Subject, pointer: Pointer, by_name: Mapping[str, Any], kinds: list[Any]
) -> Iterator[Diagnostic]:
    """The findings at one place; an empty or misshapen value hides all else that is wrong there."""
    value = subject.record.get(*pointer)
    node = subject.schema.node_at(pointer) or {}
    expected = _expected(node)
    if value is None or (isinstance(value, str) and not value.strip()):
        yield _empty(subject, pointer)
    elif _shape_of(value) != SHAPES[expected]:
        yield _misshapen(subject, pointer, node, expected, value)
    elif isinstance(value, Mapping):
        yield from _keys(subject, pointer, node, by_name.get("additionalProperties"), kinds)
    elif isinstance(value, tuple):
        yield from _list(subject, pointer, by_name, value)
    elif "oneOf" in by_name or "enum" in by_name:
        yield _not_in_list(subject, pointer, node, value)
    else:
        yield from _text(subject, pointer, node, by_name, value)


def _empty(subject: Subject, pointer: Pointer) -> Diagnostic:
    if isinstance(pointer[-1], int):
        return subject.at(pointer, "RC209", *say("empty_item", name=subject.name(pointer)))
    required = pointer[-1] in (subject.schema.node_at(pointer[:-1]) or {}).get("required", ())
    words = say("empty_required" if required else "empty", name=subject.name(pointer))
    return subject.at_key(pointer, "RC209", *words)


def _misshapen(
    subject: Subject, pointer: Pointer, node: Mapping[str, Any], expected: str, value: Any
) -> Diagnostic:
    found = _shape_of(value)
    hint = SHAPE_HINTS[expected, found]
    if expected == "object":
        hint += f"；可用的键：{'、'.join(node.get('properties', {}))}"
    return subject.at(
        pointer, "RC203", f"{subject.name(pointer)}应当是{SHAPES[expected]}，这里是{found}", hint
    )


def _keys(
    subject: Subject, pointer: Pointer, node: Mapping[str, Any], extra: Any, kinds: list[Any]
) -> Iterator[Diagnostic]:
    """Unknown keys (with the key probably meant) and missing ones that no unknown key stands for."""
    allowed = node.get("properties", {})
    names = tuple((k, (_title(subject.schema, (*pointer, k)),)) for k in allowed)
    present: Mapping[str, Any] = subject.record.get(*pointer)
    meant: set[str] = set()
    for key in sorted(extra.unexpected) if extra else ():
        guess = nearest(key, tuple(entry for entry in names if entry[0] not in present))
        meant.add(guess or "")
        if guess:
            hint = f"是不是 {guess}（{dict(names)[guess][0]}）？"
        else:
            hint = f"删去它，或改用：{'、'.join(k for k in allowed if k not in present)}"
        yield subject.at_key((*pointer, key), "RC201", f"不认识的键 {key}", hint)
    for kind in kinds:
        if (
            kind.name == "required"
            and kind.property not in meant
            and not _left_to_others(subject, pointer, kind.property)
        ):
            title = _title(subject.schema, (*pointer, kind.property))
            where = phrase("inside", name=subject.name(pointer)) if pointer else ""
            about = (subject.schema.node_at((*pointer, kind.property)) or {}).get("description", "")
            words = say("missing", where=where, key=kind.property, title=title, about=about)
            yield subject.at(pointer, "RC202", *words)


def _left_to_others(subject: Subject, pointer: Pointer, key: str) -> bool:
    """True where RC404 says more exactly what is missing."""
    return (
        (*pointer, key) == ("sources",) and subject.kind == "case" and subject.text("status") == "published"
    )


def _list(
    subject: Subject, pointer: Pointer, by_name: Mapping[str, Any], value: tuple[Any, ...]
) -> Iterator[Diagnostic]:
    name = subject.name(pointer)
    if "minItems" in by_name and not _left_to_others(subject, pointer[:-1], str(pointer[-1])):
        limit = by_name["minItems"].limit
        yield subject.at(pointer, "RC208", *say("few_items", name=name, count=len(value), limit=limit))
    if "maxItems" in by_name:
        limit = by_name["maxItems"].limit
        words = say("many_items", name=name, count=len(value), limit=limit, extra=len(value) - limit)
        yield subject.at((*pointer, limit), "RC208", *words)
    if "uniqueItems" in by_name:
        for i, item in enumerate(value):
            if isinstance(item, str) and item in value[:i]:
                first = value.index(item) + 1
                words = say("same_items", name=name, number=i + 1, first=first, value=item)
                yield subject.at((*pointer, i), "RC210", *words)


def _not_in_list(subject: Subject, pointer: Pointer, node: Mapping[str, Any], value: str) -> Diagnostic:
    choices = choices_of(node)
    guess = nearest(value, tuple((c.value, (c.label, c.fact("short", c.label))) for c in choices))
    shown = {c.value: f"{c.value}（{c.label}）" if c.label != c.value else c.value for c in choices}
    meant = phrase("meant", meant=shown[guess]) if guess else ""
    name, allowed = subject.name(pointer), "、".join(shown.values())
    words = say("not_in_list", name=name, value=shortened(value), guess=meant, allowed=allowed)
    return subject.at(pointer, "RC204", *words)


def _text(
    subject: Subject, pointer: Pointer, node: Mapping[str, Any], by_name: Mapping[str, Any], value: str
) -> Iterator[Diagnostic]:
    name = subject.name(pointer)
    if "maxLength" in by_name:
        limit = by_name["maxLength"].limit
        words = say("too_long", name=name, count=len(value), limit=limit, extra=len(value) - limit)
        yield subject.at(pointer, "RC206", *words)
    if "minLength" in by_name:
        limit = by_name["minLength"].limit
        yield subject.at(pointer, "RC207", *say("too_short", name=name, count=len(value), limit=limit))
    if "pattern" in by_name:
        hint = str(node.get("x-hint") or node.get("description", ""))
        yield subject.at(pointer, "RC205", *say("pattern", name=name, value=shortened(value), hint=hint))


def _expected(node: Mapping[str, Any]) -> str:
    return str(node.get("type", "string"))


def _shape_of(value: Any) -> str:
    return "列表" if isinstance(value, tuple) else "映射" if isinstance(value, Mapping) else "文字"


def _title(schema: Schema, pointer: Pointer) -> str:
    return schema.title(pointer)


class _Key:
    """Makes a schema usable as a cache key: by its identity, which its document cannot be."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return hash(id(self.schema))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.schema is self.schema


@lru_cache(maxsize=8)
def _validator(key: _Key) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_sharpened(key.schema.document))


def _sharpened(node: Any) -> Any:
    """The schema with what our `x-` annotations ask for: no blank texts, no repeated items."""
    if isinstance(node, list):
        return [_sharpened(child) for child in node]
    if not isinstance(node, Mapping):
        return node
    out = {key: _sharpened(child) for key, child in node.items()}
    if node.get("type") == "string" and "pattern" not in node and "enum" not in node:
        out["pattern"] = r"\S"
    if node.get("x-unique"):
        out["uniqueItems"] = True
    return out
