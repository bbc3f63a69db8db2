"""RC9xx: what may not happen to a case between two states of the library; reads no history itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import PurePosixPath
from typing import Any

from build_tools.check.manual import severities
from build_tools.history.before import Before
from build_tools.load import Loaded, Schema, Schemas
from build_tools.load.lookback import Policy, sound_policy
from build_tools.load.schema import Node
from build_tools.model import NO_NEW_VERSION, START, Case, Diagnostic, Pointer

UPHOLDING = ("keep", "grade")  # effects of findings that leave the decision as it is
ALIKE = 0.5  # below this likeness two texts tell of different matters


def run_guards(before: Before, loaded: Loaded, schemas: Schemas) -> tuple[Diagnostic, ...]:
    """Every finding about what became of the cases of `before`, sorted by file and place."""
    schema, policy = schemas.case, sound_policy(loaded.library.lookback)
    now = {PurePosixPath(case.path).stem: case for case in loaded.library.cases}
    unreadable = {PurePosixPath(d.path).stem for d in loaded.diagnostics}
    found: list[Diagnostic] = []
    for name, old in before.changed.items():
        if new := now.get(name):
            if old.status != "draft":
                for guard in (_left, _reused, _edited_reviews, _edited_changes):
                    found.extend(guard(old, new, schema))
                found.extend(_unrecorded(old, new, schema, policy))
        elif name not in unreadable:
            found.extend(_deleted(old))
    for name, old in before.retired.items():
        found.extend(_reused(old, now[name], schema))
    level = severities()
    return tuple(sorted((replace(d, severity=level[d.code]) for d in found), key=lambda d: d.sort_key))


def _deleted(old: Case) -> Iterator[Diagnostic]:
    """RC901: a case that was once shown does not vanish."""
    if old.status != "draft":
        yield Diagnostic(
            old.path,
            START,
            "RC901",
            f"已发布的案例 {old.id} 被删去了",
            "恢复文件；要撤下就把 status 改成 withdrawn（或 merged），写明 status_record",
        )


def _left(old: Case, new: Case, schema: Schema) -> Iterator[Diagnostic]:
    """RC901: nor does it go back to being a draft or internal."""
    for field, value in (("status", "draft"), ("disclosure", "internal")):
        if new.data.get(field) == value != old.data.get(field):
            yield Diagnostic(
                new.path,
                new.mark((field,)),
                "RC901",
                f"已发布的案例不能改成“{schema.choice((field,), value).label}”，那等于删去",
                "改回去；要撤下就把 status 改成 withdrawn（或 merged），写明 status_record",
            )


def _reused(old: Case, new: Case, schema: Schema) -> Iterator[Diagnostic]:
    """RC902: an id stands for one matter for ever."""
    if new.tombstone or old.tombstone:
        return
    matter = [name for name, node in schema.properties.items() if node.get("x-matter")]
    if any(old.data.get(name) == new.data.get(name) for name in matter) or _alike(old, new, matter):
        return
    titles = "、".join(schema.title((name,)) for name in matter)
    yield Diagnostic(
        new.path,
        new.mark(("id",)),
        "RC902",
        f"编号 {new.id} 原来是“{old.title}”，现在{titles}全都不同，像是换成了另一件事",
        "编号永不复用；另一件事用 rongcuo new 取新编号",
    )


def _alike(old: Case, new: Case, fields: list[str]) -> bool:
    one, other = ("".join(t for f in fields if isinstance(t := c.data.get(f), str)) for c in (old, new))
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _unrecorded(old: Case, new: Case, schema: Schema, policy: Policy | None) -> Iterator[Diagnostic]:
    """RC903: what was decided changes only with an entry that says so.

    An entry that by its type leaves the content as it was says no such thing, nor does a look-back that upheld it.
    """
    decided = [name for name, node in schema.properties.items() if node.get("x-decided")]
    changed = [name for name in decided if old.data.get(name) != new.data.get(name)]
    fresh = _entries(new, "changes")[len(_entries(old, "changes")) :]
    looks = _entries(new, "reviews")[len(_entries(old, "reviews")) :]
    told = any(isinstance(e, Mapping) and e.get("type") not in NO_NEW_VERSION for e in fresh)
    told = told or any(_may_change(look, policy) for look in looks)
    if changed and not told:
        names = "、".join(f"{name}（{schema.title((name,))}）" for name in changed)
        place = next((name for name in changed if name in new.data), "id")
        yield Diagnostic(
            new.path,
            new.key_mark((place,)),
            "RC903",
            f"已发布案例的 {names}改了，却没有新的变更记录或回头看记录",
            "在 changes 末尾加一条，写明日期、改了什么、谁改的、凭什么；因回头看而改的用 reviews 记",
        )


def _may_change(look: Any, policy: Policy | None) -> bool:
    """Whether one of a look-back's findings is a reason to change what was decided."""
    findings = look.get("findings") if isinstance(look, Mapping) else None
    terms = findings if isinstance(findings, tuple) else ()
    effects = [policy.findings[t].effect for t in terms if policy and t in policy.findings]
    return policy is None or any(effect not in UPHOLDING for effect in effects)


def _edited_reviews(old: Case, new: Case, schema: Schema) -> Iterator[Diagnostic]:
    """RC904: a look-back stays as it was recorded; only what its obligations came to is filled in later."""
    for pointer in _broken(old, new, schema, "reviews"):
        yield Diagnostic(
            new.path,
            new.mark(pointer),
            "RC904",
            f"第 {_number(pointer)} 条回头看记录事后被改动或删去",
            "恢复原样；只有义务的 done、evidence 可以事后补填，有误就另记一条",
        )


def _edited_changes(old: Case, new: Case, schema: Schema) -> Iterator[Diagnostic]:
    """RC905: the record of changes only grows."""
    for pointer in _broken(old, new, schema, "changes"):
        yield Diagnostic(
            new.path,
            new.mark(pointer),
            "RC905",
            f"第 {_number(pointer)} 条变更记录事后被改动或删去",
            "恢复原样；写错了就在末尾另加一条更正",
        )


def _number(pointer: Pointer) -> int:
    return int(pointer[1]) + 1


def _broken(old: Case, new: Case, schema: Schema, field: str) -> Iterator[Pointer]:
    """The first entry of a list that is not what it was, if any; entries may only follow at the end."""
    node = schema.node_at((field, 0)) or {}
    after = _entries(new, field)
    for number, entry in enumerate(_entries(old, field)):
        if number >= len(after) or not _kept(entry, after[number], node, schema):
            yield (field, number)
            return


def _kept(old: Any, new: Any, node: Node, schema: Schema) -> bool:
    """Whether `new` says all that `old` said and nothing more, but for fields marked `x-later`."""
    node = schema.resolve(node)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        known = {key: schema.resolve(child) for key, child in node.get("properties", {}).items()}
        added = new.keys() - old.keys()
        return all(known.get(key, {}).get("x-later") for key in added) and all(
            key in new and _kept(value, new[key], known.get(key, {}), schema) for key, value in old.items()
        )
    if isinstance(old, tuple) and isinstance(new, tuple):
        inner = node.get("items", {})
        return len(old) == len(new) and all(_kept(a, b, inner, schema) for a, b in zip(old, new, strict=True))
    return bool(old == new)


def _entries(case: Case, field: str) -> tuple[Any, ...]:
    value = case.data.get(field)
    return value if isinstance(value, tuple) else ()
