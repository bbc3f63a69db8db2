"""RC613: the policy of looking back holds together: it covers all cases, names what exists, repeats nothing."""

from __future__ import annotations

from collections.abc import Iterator

from build_tools.check.context import Context, Subject, text_in
from build_tools.check.mark import record_rule
from build_tools.load import Schema
from build_tools.load.lookback import steps
from build_tools.model import Diagnostic, Pointer

# List of the policy -> the key that must not occur twice in it.
NAMES = {
    "intervals": "id",
    "exempt": "status",
    "triggers": "term",
    "checklist": "id",
    "findings": "term",
    "obligations": "kind",
}
# Lists of the policy that must name every value the case schema has at a place.
WHOLE = {"obligations": ("kind", ("reviews", 0, "obligations", 0, "kind"))}


@record_rule("lookback")
def names_occur_once(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC613: nothing is settled twice."""
    for key, name in NAMES.items():
        seen: set[str] = set()
        for pointer, entry in subject.items(key):
            own = text_in(entry, name)
            if own and own in seen:
                yield subject.at((*pointer, name), "RC613", f"{own} 前面已经写过", "合并成一条")
            seen.add(own)


@record_rule("lookback")
def fields_exist(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC613: every field, value, status and kind that is named is in the case schema."""
    case = context.schemas.case
    for pointer, entry in subject.items("intervals"):
        path = text_in(entry, "field")
        known = {c.value for c in case.choices(steps(path))} if path else set()
        if path and not known:
            yield _no_field(subject, (*pointer, "field"), path, "有固定选项的字段，如 kind、confidence.grade")
        elif known and text_in(entry, "value"):
            yield from _value(subject, (*pointer, "value"), known)
    for i, path in _texts(subject, ("sampling", "strata")):
        node = case.node_at(steps(path))
        if node is None or node.get("type", "string") != "string":
            yield _no_field(
                subject, ("sampling", "strata", i), str(path), "只有一个值的字段，如 kind、region.province"
            )
    for pointer, _ in subject.items("checklist"):
        for i, path in _texts(subject, (*pointer, "shows")):
            if case.node_at(steps(path)) is None:
                yield _no_field(subject, (*pointer, "shows", i), path, "案例里有的字段")


def _texts(subject: Subject, pointer: Pointer) -> Iterator[tuple[int, str]]:
    """The texts in the list at a pointer, with their places in it."""
    found = subject.record.get(*pointer)
    for i, value in enumerate(found if isinstance(found, tuple) else ()):
        if isinstance(value, str):
            yield i, value


def _no_field(subject: Subject, pointer: Pointer, path: str, wanted: str) -> Diagnostic:
    return subject.at(pointer, "RC613", f"案例里没有能用在这里的字段“{path}”", f"写{wanted}")


@record_rule("lookback")
def values_exist(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC613: statuses and kinds of obligation are those of the case schema, and every kind has its line."""
    case = context.schemas.case
    statuses = _values(case, ("status",))
    kinds = _values(case, ("reviews", 0, "obligations", 0, "kind"))
    for pointer, _ in subject.items("exempt"):
        yield from _value(subject, (*pointer, "status"), statuses)
    for pointer, _ in subject.items("findings"):
        yield from _value(subject, (*pointer, "status"), statuses)
        for i, _kind in _texts(subject, (*pointer, "obliges")):
            yield from _value(subject, (*pointer, "obliges", i), kinds)
    for pointer, _ in subject.items("obligations"):
        yield from _value(subject, (*pointer, "kind"), kinds)
    for key, (name, way) in WHOLE.items():
        named = {text_in(entry, name) for _, entry in subject.items(key)}
        missing = [c for c in case.choices(way) if c.value not in named]
        if named and missing:
            said = "、".join(f"{c.value}（{c.label}）" for c in missing)
            yield subject.at_key((key,), "RC613", f"{key} 没有写全，缺 {said}", "每一种都写一条")


def _values(case: Schema, way: Pointer) -> set[str]:
    return {c.value for c in case.choices(way)}


def _value(subject: Subject, pointer: Pointer, known: set[str]) -> Iterator[Diagnostic]:
    value = subject.text(*pointer)
    if value and value not in known:
        yield subject.at(
            pointer, "RC613", f"案例里没有“{value}”这个值", f"可用的值：{'、'.join(sorted(known))}"
        )


@record_rule("lookback")
def every_case_is_looked_at(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC613: each kind or status has an interval or an exemption, and none is longer than full coverage."""
    longest = subject.text("coverage", "months")
    covered = {(text_in(e, "field"), text_in(e, "value")) for _, e in subject.items("intervals")}
    kinds = [c for c in context.schemas.case.choices(("kind",)) if ("kind", c.value) not in covered]
    if covered and kinds:
        said = "、".join(f"{c.value}（{c.label}）" for c in kinds)
        yield subject.at_key(
            ("intervals",), "RC613", f"这些类型没有周期：{said}", "每一种类型写一条 field: kind"
        )
    for pointer, entry in subject.items("intervals"):
        months = text_in(entry, "months")
        if months.isdigit() and longest.isdigit() and not 0 < int(months) <= int(longest):
            yield subject.at(
                (*pointer, "months"),
                "RC613",
                f"周期 {months} 个月不在 1 到 {longest} 之间",
                "不长于 coverage 的月数",
            )


@record_rule("lookback")
def norms_are_named(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC613: what is said to be in a norm names the norm."""
    places: list[Pointer] = [("coverage",), ("sampling",)]
    for key in ("intervals", "triggers", "reviewers", "checklist", "findings", "obligations"):
        places += [pointer for pointer, _ in subject.items(key)]
    for pointer in places:
        said = [key for key in ("origin", "deadline") if subject.text(*pointer, key) == "source"]
        if said and not subject.record.get(*pointer, "rules"):
            yield subject.at(
                (*pointer, said[0]),
                "RC613",
                "写了“规范写明”，却没有列依据",
                "加 rules；没有规范的写 editor（编者建议）",
            )
