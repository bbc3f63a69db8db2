"""RC301, RC302, RC307–RC309: every file is one thing with one name, in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from build_tools.check.context import Context, Subject, stem_of, text_in
from build_tools.check.mark import library_rule, record_rule
from build_tools.check.wording import say
from build_tools.model import Diagnostic, Record

CASE_FOLDER = re.compile(r"(?:^|/)cases/(?:(.+)/)?[^/]+$")


@record_rule("case", "rule", "toolkit")
def id_is_file_name(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC301: the id inside equals the file's name."""
    stem = stem_of(subject.record.path)
    claimed = subject.text("id")
    if claimed and claimed != stem:
        yield subject.at(
            ("id",),
            "RC301",
            f"编号 {claimed} 与文件名 {stem}.yaml 不一致",
            f"把文件改名为 {claimed}.yaml，或把编号改成 {stem}",
        )


@library_rule
def id_is_unique(context: Context) -> Iterator[Diagnostic]:
    """RC302: no two files claim the same id; each of them is told of the others."""
    parts: tuple[tuple[Record, ...], ...] = (context.library.cases, context.library.rules)
    for records in parts:
        holders: dict[str, list[Record]] = {}
        for record in records:
            if isinstance(record.top("id"), str):
                holders.setdefault(record.id, []).append(record)
        for key, group in holders.items():
            for record in group if len(group) > 1 else ():
                others = "、".join(r.path for r in group if r is not record)
                yield Diagnostic(
                    record.path,
                    record.mark(("id",)),
                    "RC302",
                    f"编号 {key} 重复，另一处在 {others}",
                    "编号永不复用；后写的一个用 rongcuo new 取新编号",
                )


@record_rule("case", "rule")
def no_self_relation(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC307: nothing refers to itself as another."""
    own = subject.text("id")
    for spot in subject.spots:
        if own and spot.facts.reference == subject.kind and spot.value == own:
            yield subject.at(
                spot.pointer,
                "RC307",
                f"{subject.name(spot.pointer)}指向了自己（{own}）",
                "写对方的编号，或删去这一项",
            )


@record_rule("case", "rule")
def no_term_twice(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC308: a coded list holds each term once."""
    seen: dict[tuple[object, ...], int] = {}
    for spot in subject.spots:
        if not spot.facts.vocabulary or spot.pointer[-1] != "term" or len(spot.pointer) < 3:
            continue
        key = (*spot.pointer[:-2], spot.value)
        number = int(spot.pointer[-2]) + 1
        if key in seen:
            name, term = subject.name(spot.pointer[:-2]), context.term(spot.value)
            words = say("term_twice", name=name, term=term, first=seen[key], number=number)
            yield subject.at(spot.pointer, "RC308", *words)
        seen.setdefault(key, number)


@record_rule("case")
def no_relation_twice(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC308: two cases are linked by one relation of a kind."""
    seen: set[tuple[str, str]] = set()
    for pointer, item in subject.items("relations"):
        key = text_in(item, "type"), text_in(item, "target")
        if all(key) and key in seen:
            label = subject.schema.choice(("relations", 0, "type"), key[0]).label
            yield subject.at(
                (*pointer, "target"), "RC308", f"与 {key[1]} 的“{label}”关系写了两次", "合并成一项"
            )
        seen.add(key)


@record_rule("case")
def folder_is_year(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC309: cases lie in the folder of the year in their id."""
    place = CASE_FOLDER.search(subject.record.path)
    year = re.match(r"RC-(\d{4})-\d", subject.text("id"))
    if place and year and place[1] != year[1]:
        where = f"cases/{place[1]}/" if place[1] else "cases/"
        yield subject.at(
            ("id",), "RC309", f"编号里的年份是 {year[1]}，文件却在 {where}", f"把文件移到 cases/{year[1]}/"
        )
