"""Field-level differences between two contents of one record, and their application; puts nothing into words."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Any, Final

from build_tools.load import Schema
from build_tools.load.schema import Node

ALIKE = 0.5  # from here on two entries without a name of their own are taken for one entry, reworded


@dataclass(frozen=True)
class _Absent:
    """The value of a field that is not there; unlike None, which is a field left empty."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class At:
    """The place of a list's entry before and after, from 0; None where it was not or is no more."""

    old: int | None
    new: int | None


Step = str | At


@dataclass(frozen=True, slots=True)
class Change:
    """One value that became another. Where `moved`, the path leads to a list whose kept entries changed their
    order, and the values are their old places, in the old and in the new order."""

    path: tuple[Step, ...]
    before: Any
    after: Any
    moved: bool = False


def differences(old: Mapping[str, Any], new: Mapping[str, Any], schema: Schema) -> tuple[Change, ...]:
    """Everything that makes `new` of `old`, in the schema's order; nothing where they are equal."""
    return tuple(_differ(old, new, schema.resolve(schema.document), schema, ()))


def _differ(old: Any, new: Any, node: Node, schema: Schema, path: tuple[Step, ...]) -> Iterator[Change]:
    if old is new or old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        known = node.get("properties", {})
        keys = dict.fromkeys([*known, *old, *new])
        for key in (key for key in keys if key in old or key in new):
            child = schema.resolve(known.get(key, {}))
            yield from _differ(old.get(key, ABSENT), new.get(key, ABSENT), child, schema, (*path, key))
    elif isinstance(old, tuple) and isinstance(new, tuple):
        yield from _differ_lists(old, new, schema.resolve(node.get("items", {})), schema, path)
    else:
        yield Change(path, old, new)


def _differ_lists(
    old: tuple[Any, ...], new: tuple[Any, ...], node: Node, schema: Schema, path: tuple[Step, ...]
) -> Iterator[Change]:
    pairs = _matches(old, new, node)
    for i in sorted(set(range(len(old))) - set(pairs)):
        yield Change((*path, At(i, None)), old[i], ABSENT)
    found = {j: i for i, j in pairs.items()}
    for j, item in enumerate(new):
        if j in found:
            yield from _differ(old[found[j]], item, node, schema, (*path, At(found[j], j)))
        else:
            yield Change((*path, At(None, j)), ABSENT, item)
    order = tuple(found[j] for j in sorted(found))
    if list(order) != sorted(order):
        yield Change(path, tuple(sorted(order)), order, moved=True)


def _matches(old: Sequence[Any], new: Sequence[Any], node: Node) -> dict[int, int]:
    """Which entry became which: equal ones, then those of one name (`x-identity`), then similar ones in order."""
    pairs: dict[int, int] = {}
    names = tuple(node.get("x-identity", ()))
    for key_of in (_canonical, lambda item: _identity(item, names)):
        waiting: dict[Any, list[int]] = defaultdict(list)
        for j in (j for j in range(len(new)) if j not in pairs.values()):
            waiting[key_of(new[j])].append(j)
        for i in (i for i in range(len(old)) if i not in pairs):
            key = key_of(old[i])
            if key is not None and waiting[key]:
                pairs[i] = waiting[key].pop(0)
    rest_old = [i for i in range(len(old)) if i not in pairs]
    rest_new = [j for j in range(len(new)) if j not in pairs.values()]
    for i, j in zip(rest_old, rest_new, strict=False):
        if isinstance(old[i], Mapping) and isinstance(new[j], Mapping) and _alike(old[i], new[j]):
            pairs[i] = j
    return pairs


def _identity(item: Any, names: tuple[str, ...]) -> Any:
    if not names or not isinstance(item, Mapping):
        return None
    values = tuple(item.get(name) for name in names)
    return values if all(isinstance(value, str) for value in values) else None


def _alike(one: Any, other: Any) -> bool:
    return SequenceMatcher(None, _canonical(one), _canonical(other), autojunk=False).ratio() >= ALIKE


def _canonical(value: Any) -> str:
    return json.dumps(value, default=dict, ensure_ascii=False, sort_keys=True)


def apply(old: Any, changes: Sequence[Change]) -> Any:
    """The content after the changes: `apply(a, differences(a, b, schema)) == b`."""
    if not changes:
        return old
    for change in changes:
        if not change.path and not change.moved:
            return change.after
    inner: dict[Step, list[Change]] = defaultdict(list)
    for change in changes:
        if change.path:
            inner[change.path[0]].append(Change(change.path[1:], change.before, change.after, change.moved))
    if isinstance(old, tuple):
        return _apply_list(old, inner, next((c.after for c in changes if not c.path), None))
    data = dict(old)
    for key, some in inner.items():
        value = apply(data.pop(str(key), ABSENT), some)
        if value is not ABSENT:
            data[str(key)] = value
    return MappingProxyType(data)


def _apply_list(
    old: tuple[Any, ...], inner: Mapping[Step, Sequence[Change]], order: Sequence[int] | None
) -> tuple[Any, ...]:
    places = {step: some for step, some in inner.items() if isinstance(step, At)}
    gone = {at.old for at in places if at.new is None}
    added = {at.new: some[0].after for at, some in places.items() if at.old is None}
    changed = {at.old: some for at, some in places.items() if at.old is not None}
    kept = iter(order if order is not None else [i for i in range(len(old)) if i not in gone])
    out = []
    for j in range(len(old) - len(gone) + len(added)):
        if j in added:
            out.append(added[j])
        else:
            i = next(kept)
            out.append(apply(old[i], changed.get(i, ())))
    return tuple(out)
