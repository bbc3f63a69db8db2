"""RC608–RC611: the negative list rests on something, and every form can be filled in from its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from build_tools.check.context import Context, Subject, text_in
from build_tools.check.mark import library_rule, record_rule
from build_tools.check.suggest import nearest
from build_tools.load.checklists import choices_at, items_of, terms_of
from build_tools.model import Diagnostic, Pointer

ROWS = ("rows", "list", "items", "policy")  # where the rows of a section come from: exactly one of these keys
ANSWERED = frozenset({"choice", "check"})  # ways of filling in that need something to tick


@record_rule("negative_list")
def items_rest_on_something(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC608: an entry names a rule or a case, and cases of the kind its key stands for."""
    for pointer, item in subject.items("items"):
        if not item.get("rules") and not item.get("cases"):
            yield subject.at(
                (*pointer, "id"),
                "RC608",
                f"条目 {text_in(item, 'id')} 既没有依据，也没有反面案例",
                "写 rules 或 cases；都没有的，这一条先不列",
            )
    for spot in subject.spots:
        case = context.library.case_by_id.get(spot.value) if spot.facts.reference == "case" else None
        kinds = (subject.schema.node_at(spot.pointer) or {}).get("x-kinds", ())
        if case is not None and case.kind and kinds and case.kind not in kinds:
            schema = context.schemas.case
            wanted = "、".join(schema.choice(("kind",), kind).label for kind in kinds)
            label = schema.choice(("kind",), case.kind).label
            yield subject.at(
                spot.pointer,
                "RC608",
                f"{case.id} 是“{label}”，不能写在{subject.name(spot.pointer[:-1])}里",
                f"这里只列：{wanted}；换一个案例，或移到另一栏",
            )


@record_rule("negative_list")
def cases_are_shown(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC610: a case that the public edition does not show leads its readers nowhere."""
    shown = {case.id for case in context.library.public_cases() if not case.tombstone}
    for spot in subject.spots:
        known = spot.facts.reference == "case" and spot.value in context.library.case_by_id
        if known and spot.value not in shown:
            yield subject.at(
                spot.pointer,
                "RC610",
                f"{spot.value} 不在公开版里展示，页面会略去它",
                "换一个已发布、公开的案例，或删去这一项",
            )


@record_rule("toolkit")
def sections_have_rows(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC609: the rows of each section come from one source, and that source exists."""
    for pointer, section in subject.items("sections"):
        given = [key for key in ROWS if key in section]
        if len(given) != 1:
            said = f"同时写了 {'、'.join(given)}" if given else "没有写行"
            yield subject.at(pointer, "RC609", f"栏目{said}", f"{'、'.join(ROWS)} 只写一个")
        if "list" in section and not terms_of(section["list"], context.library):
            yield _no_list(subject, context, (*pointer, "list"), text_in(section, "list"))
        if "items" in section and not any(items_of(section["items"], context.library)):
            yield _no_level(subject, context, (*pointer, "items"), text_in(section, "items"))
        if any(key in section for key in ROWS[1:]) and "answers" not in section:
            yield subject.at(
                pointer, "RC609", "核对栏目没有选项", "加上 answers，例如 choices: case.conditions.0.state"
            )
        yield from _sources(subject, context, (*pointer, "answers"), section.get("answers"))


@record_rule("toolkit")
def rows_can_be_filled(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC609: a row says what it asks, and what is ticked comes from a source that exists."""
    for above, section in subject.items("sections"):
        for pointer, row in subject.items(*above, "rows"):
            if "label" not in row and "ask" not in row:
                yield subject.at(pointer, "RC609", "这一行没有名称", "写 label，或用 ask 取词条的名称和问法")
            ticked = text_in(row, "kind") in ANSWERED
            if ticked and "answers" not in row and "answers" not in section:
                yield subject.at(pointer, "RC609", "这一行要勾选，却没有选项", "给这一行或整栏加上 answers")
            if "answers" in row and not ticked and "kind" in row:
                yield subject.at_key(
                    (*pointer, "answers"),
                    "RC609",
                    "这一行不勾选，选项用不上",
                    "删去 answers，或把 kind 改成 choice",
                )
            yield from _sources(subject, context, (*pointer, "answers"), row.get("answers"))


def _sources(subject: Subject, context: Context, pointer: Pointer, answers: Any) -> Iterator[Diagnostic]:
    """What is wrong with where answers come from; another shape than a mapping is RC203 already."""
    if not isinstance(answers, Mapping):
        return
    if len(answers) != 1:
        yield subject.at(pointer, "RC609", "选项的来源要写一个", "words、terms、list、choices 只写一个")
    if "list" in answers and not terms_of(answers["list"], context.library):
        yield _no_list(subject, context, (*pointer, "list"), text_in(answers, "list"))
    path = text_in(answers, "choices")
    if path and not choices_at(path, context.schemas):
        hint = "写到有固定选项的字段，例如 case.conditions.0.state；各字段见 schema/case.schema.json"
        yield subject.at((*pointer, "choices"), "RC609", f"{path} 没有固定的选项", hint)


def _no_list(subject: Subject, context: Context, pointer: Pointer, name: str) -> Diagnostic:
    lists = context.library.vocabulary
    guess = nearest(name, tuple((v.name, (v.title,)) for v in lists.values())) if name else None
    hint = f"是不是 {guess}（{lists[guess].title}）？" if guess else f"可用的词表：{'、'.join(lists)}"
    return subject.at(pointer, "RC609", f"没有词表 {name}", hint)


def _no_level(subject: Subject, context: Context, pointer: Pointer, level: str) -> Diagnostic:
    known = context.schemas.negative_list.choices(("items", 0, "level"))
    named = "、".join(f"{c.value}（{c.label}）" for c in known)
    return subject.at(pointer, "RC609", f"负面清单没有层级是 {level} 的条目", f"可用的层级：{named}")


@record_rule("negative_list")
def item_ids_differ(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC611: an entry's id is used once in the list."""
    first: dict[str, int] = {}
    for pointer, item in subject.items("items"):
        own, number = text_in(item, "id"), int(pointer[-1]) + 1
        if own and own in first:
            message = f"条目编号 {own} 重复（第 {first[own]} 项和第 {number} 项）"
            yield subject.at((*pointer, "id"), "RC611", message, "合并两条，或换一个没有用过的编号")
        first.setdefault(own, number)


@library_rule
def form_numbers_differ(context: Context) -> Iterator[Diagnostic]:
    """RC611: a form's number is used once in all forms."""
    first: dict[str, str] = {}
    for record in context.library.toolkits:
        number = text_in(record.data, "number")
        if number and number in first:
            message = f"表号 {number} 重复，另一处在 {first[number]}"
            yield Diagnostic(record.path, record.mark(("number",)), "RC611", message, "换一个没有用过的表号")
        first.setdefault(number, record.path)
