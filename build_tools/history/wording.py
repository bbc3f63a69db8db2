"""Says in Chinese what changed between two versions, for people who have never seen a diff; compares nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

from build_tools.history.differences import ABSENT, At, Change
from build_tools.load import Schema
from build_tools.load.checklists import cite
from build_tools.load.lookback import Policy, item_label, sound_policy
from build_tools.load.schema import Node
from build_tools.model import Library

SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]+|[^。；！？\n]+")
SHORT = 40  # characters; texts up to here are shown whole
GAP = "……"
BETWEEN = " › "


@dataclass(frozen=True, slots=True)
class Said:
    """One difference in words; before or after is empty where something was only added or only left out."""

    where: str
    kind: str  # 增加, 删去, 改动 or 顺序
    before: str
    after: str
    part: bool = False  # only the sentences that changed are given

    @property
    def size(self) -> int:
        """Characters to read."""
        return len(self.where) + len(self.before) + len(self.after)


@dataclass(frozen=True)
class Speaker:
    """Puts values and places into words by the labels of schema and vocabularies."""

    library: Library
    schema: Schema

    @cached_property
    def policy(self) -> Policy | None:
        """The policy of looking back, for the names of its checklist."""
        return sound_policy(self.library.lookback)

    def say(
        self, changes: Sequence[Change], old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> tuple[Said, ...]:
        """Every difference between two versions in words."""
        return tuple(self._said(change, old, new) for change in changes)

    def fields(self, changes: Sequence[Change]) -> tuple[str, ...]:
        """The titles of the top-level fields that changed, each once."""
        return tuple(dict.fromkeys(self.schema.title((str(c.path[0]),)) for c in changes))

    def lines(self, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """A whole version: title and text of every field, in the schema's order."""
        for name, node in self.schema.properties.items():
            if (value := data.get(name)) is not None:
                yield self.schema.title((name,)), self.value(value, node)

    def _said(self, change: Change, old: Mapping[str, Any], new: Mapping[str, Any]) -> Said:
        where = BETWEEN.join(self._names(change, old, new))
        if change.moved:
            return Said(where, "顺序", "", "各项的先后有调整，文字没有变。")
        node = self.schema.node_at(_pointer(change.path)) or {}
        before = "" if change.before is ABSENT else self.value(change.before, node)
        after = "" if change.after is ABSENT else self.value(change.after, node)
        if change.before is ABSENT:
            return Said(where, "增加", "", after)
        if change.after is ABSENT:
            return Said(where, "删去", before, "")
        if max(len(before), len(after)) <= SHORT:
            return Said(where, "改动", before, after)
        before, after, part = changed_sentences(before, after)
        return Said(where, "改动", before, after, part)

    def _names(self, change: Change, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
        """The way to a value as people say it; entries of lists go by their term or their place."""
        sides: list[Any] = [old, new]
        for end, step in enumerate(change.path, 1):
            places = (step, step) if isinstance(step, str) else (step.old, step.new)
            sides = [_child(side, place) for side, place in zip(sides, places, strict=True)]
            pointer = _pointer(change.path[:end])
            if isinstance(step, str):
                yield self.schema.title(pointer)
                continue
            item = sides[1] if sides[1] is not None else sides[0]
            if isinstance(item, Mapping):
                yield self._entry(item, pointer, (step.new if step.new is not None else step.old) or 0)

    def _entry(self, item: Mapping[str, Any], pointer: tuple[str | int, ...], place: int) -> str:
        node = self.schema.node_at(pointer) or {}
        names = [item.get(name) for name in node.get("x-identity", ()) if item.get(name)]
        known = node.get("properties", {})
        words = [
            self.value(value, known.get(name, {}))
            for name, value in zip(node.get("x-identity", ()), names, strict=False)
        ]
        text = "，".join(words)
        return text if 0 < len(text) <= SHORT else f"第 {place + 1} 项"

    def value(self, value: Any, node: Node) -> str:
        """Any value as text: codes by their labels, entries with the titles of their fields."""
        node = self.schema.resolve(node)
        if isinstance(value, Mapping):
            known = node.get("properties", {})
            keys = [key for key in dict.fromkeys([*known, *value]) if value.get(key) is not None]
            parts = ((key, self.schema.resolve(known.get(key, {}))) for key in keys)
            said = [f"{child.get('title', key)}：{self.value(value[key], child)}" for key, child in parts]
            return "；".join(text.rstrip("。") for text in said)
        if isinstance(value, tuple):
            inner = node.get("items", {})
            items = [self.value(item, inner) for item in value]
            flat = all(isinstance(item, str) for item in value)
            if flat or len(items) == 1:
                return "、".join(items)
            return "\n".join(f"（{n}）{text}" for n, text in enumerate(items, 1))
        return self._word(str(value or ""), node)

    def _word(self, text: str, node: Node) -> str:
        if "x-vocabulary" in node:
            return self.library.label(text)
        if node.get("x-policy") == "checklist":
            return item_label(self.policy, text)
        if node.get("x-reference") == "rule":
            return cite(text, self.library)
        labels = {str(c["const"]): str(c.get("title", c["const"])) for c in node.get("oneOf", ())}
        return labels.get(text, text)


def changed_sentences(before: str, after: str) -> tuple[str, str, bool]:
    """The sentences that only one side has, runs of them joined by an ellipsis; True where others stayed."""
    one, other = SENTENCE.findall(before), SENTENCE.findall(after)
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    changed = [block for block in blocks if block[0] != "equal"]
    left = ["".join(one[i:j]) for _, i, j, _, _ in changed if i < j]
    right = ["".join(other[i:j]) for _, _, _, i, j in changed if i < j]
    return GAP.join(left), GAP.join(right), len(changed) < len(blocks)


def _pointer(path: Sequence[str | At]) -> tuple[str | int, ...]:
    """The path as a pointer into a schema, where any place of a list will do."""
    return tuple(step if isinstance(step, str) else 0 for step in path)


def _child(value: Any, place: str | int | None) -> Any:
    if isinstance(place, str):
        return value.get(place) if isinstance(value, Mapping) else None
    return value[place] if isinstance(value, tuple) and place is not None and place < len(value) else None
