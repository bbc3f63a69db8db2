"""RC6xx: the controlled lists hang together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from build_tools.check.context import Context, Subject, text_in
from build_tools.check.mark import library_rule, record_rule
from build_tools.check.suggest import nearest
from build_tools.load import Schemas
from build_tools.model import START, Diagnostic, Mark


@record_rule("vocabulary")
def broader_exists(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC601 and RC602: broader words are in the same list and never lead back to where they began."""
    parent = {text_in(item, "id"): text_in(item, "broader") for _, item in subject.items("terms")}
    known = tuple((text_in(i, "id"), (text_in(i, "label"),)) for _, i in subject.items("terms"))
    for pointer, item in subject.items("terms"):
        own, broader = text_in(item, "id"), text_in(item, "broader")
        if broader and broader not in parent:
            guess = nearest(broader, known)
            hint = f"是不是 {context.term(guess)}？" if guess else "写同一张词表里的 id，或删去 broader"
            yield subject.at((*pointer, "broader"), "RC601", f"上位词 {broader} 不在本表里", hint)
        elif own and _leads_back(own, parent):
            yield subject.at(
                (*pointer, "broader"), "RC602", f"{own} 的上位词绕了一圈又回到自己", "删去其中一个 broader"
            )


def _leads_back(own: str, parent: dict[str, str]) -> bool:
    at, steps = parent.get(own, ""), 0
    while at and at != own and steps <= len(parent):
        at, steps = parent.get(at, ""), steps + 1
    return at == own


@record_rule("vocabulary")
def prefix_kept(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC604: every id begins with the list's prefix."""
    prefix = subject.text("prefix")
    for pointer, item in subject.items("terms"):
        own = text_in(item, "id")
        if prefix and own and not own.startswith(f"{prefix}-"):
            yield subject.at(
                (*pointer, "id"),
                "RC604",
                f"{own} 没有以本表的前缀 {prefix}- 开头",
                f"改成 {prefix}-{own.partition('-')[2]}",
            )


@record_rule("vocabulary")
def list_is_file_name(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC605: the list's name is the file's name."""
    stem, name = PurePosixPath(subject.record.path).stem, subject.text("list")
    if name and name != stem:
        yield subject.at(
            ("list",),
            "RC605",
            f"词表名 {name} 与文件名 {stem}.yaml 不一致",
            f"改成 list: {stem}，或把文件改名",
        )


@record_rule("vocabulary")
def labels_differ(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC606: two words of a list look different to the reader."""
    labels = Counter(text_in(item, "label") for _, item in subject.items("terms"))
    first: dict[str, str] = {}
    for pointer, item in subject.items("terms"):
        label = text_in(item, "label")
        if label and labels[label] > 1 and label in first:
            yield subject.at(
                (*pointer, "label"),
                "RC606",
                f"显示名“{label}”与 {first[label]} 相同",
                "换一个能区分的显示名，或合并两个词",
            )
        first.setdefault(label, text_in(item, "id"))


@library_rule
def ids_are_unique(context: Context) -> Iterator[Diagnostic]:
    """RC603: a word's id is used once in all lists."""
    first: dict[str, tuple[str, Mark]] = {}
    for vocabulary in context.library.vocabularies:
        record, terms = vocabulary.record, vocabulary.record.data.get("terms")
        for i in range(len(terms) if isinstance(terms, tuple) else 0):
            own = record.get("terms", i, "id")
            if not isinstance(own, str) or not own.strip():
                continue
            if own in first:
                path, mark = first[own]
                yield Diagnostic(
                    record.path,
                    record.mark(("terms", i, "id")),
                    "RC603",
                    f"词 {own} 重复，第一次在 {path}:{mark.line}",
                    "合并两个词，或换一个 id",
                )
            first.setdefault(own, (record.path, record.mark(("terms", i, "id"))))


@library_rule
def lists_exist(context: Context) -> Iterator[Diagnostic]:
    """RC607: every list that a field draws on is there; a list that cannot be read is reported as that."""
    for name in sorted(_lists_drawn_on(context.schemas) - set(context.library.vocabulary)):
        path = f"schema/vocabulary/{name}.yaml"
        claimed = {PurePosixPath(v.record.path).stem for v in context.library.vocabularies}
        if path not in context.broken and name not in claimed:
            yield Diagnostic(
                path, START, "RC607", f"字段要用词表 {name}，却没有这个文件", f"补上词表文件 {path}"
            )


def _lists_drawn_on(schemas: Schemas) -> set[str]:
    def names(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(name := node.get("x-vocabulary"), str) and name != "*":
                yield name
            for child in node.values():
                yield from names(child)

    return {name for schema in (schemas.case, schemas.rule) for name in names(dict(schema.document))}
