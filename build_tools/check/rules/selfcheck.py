"""RC612: the questions of the self-check hold together: names are not repeated, verdicts close, states exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from build_tools.check.context import Context, Subject, text_in
from build_tools.check.mark import record_rule
from build_tools.load import Schema, choices_of
from build_tools.load.coded_fields import field_of_list, state_key
from build_tools.model import Diagnostic, Pointer


@record_rule("selfcheck")
def names_are_not_repeated(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC612: each question's id occurs once in the file, each answer's once in its question."""
    seen: set[str] = set()
    for pointer, question in _questions(subject):
        yield from _repeated(subject, pointer, text_in(question, "id"), seen)
        own: set[str] = set()
        for place, answer in subject.items(*pointer, "answers"):
            yield from _repeated(subject, place, text_in(answer, "id"), own)


def _questions(subject: Subject) -> Iterator[tuple[Pointer, Mapping[str, object]]]:
    for pointer, _step in subject.items("steps"):
        yield from subject.items(*pointer, "questions")


def _repeated(subject: Subject, pointer: Pointer, name: str, seen: set[str]) -> Iterator[Diagnostic]:
    if name in seen:
        yield subject.at(
            (*pointer, "id"), "RC612", f"id {name} 前面已经用过", "换一个 id；答案按 id 记，重名会混在一起"
        )
    elif name:
        seen.add(name)


@record_rule("selfcheck")
def some_verdict_always_holds(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC612: the last verdict, and only the last, has no condition; so exactly one verdict comes out."""
    verdicts = list(subject.items("verdicts"))
    for number, (pointer, verdict) in enumerate(verdicts, 1):
        last, open_end = number == len(verdicts), "when" not in verdict
        if last and not open_end:
            yield subject.at_key(
                (*pointer, "when"), "RC612", "最后一条结论写了 when，可能一条结论都不成立", "删去它的 when"
            )
        elif open_end and not last:
            yield subject.at(
                pointer, "RC612", "这条结论没有 when，后面的结论永远轮不到", "补上 when，或移到最后"
            )


@record_rule("selfcheck")
def states_exist(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC612: a term's state is one that cases can have for terms of its list, and is given where they need one."""
    for question, _ in _questions(subject):
        for answer, _ in subject.items(*question, "answers"):
            for pointer, item in subject.items(*answer, "terms"):
                term = context.library.term_by_id.get(text_in(item, "term"))
                allowed = _states(context.schemas.case, term.list) if term else None
                if allowed is None:
                    continue  # an unknown term is RC303
                state = text_in(item, "state")
                if state not in allowed and (state or allowed):
                    hint = (
                        f"只能写：{'、'.join(f'{k}（{v}）' for k, v in allowed.items())}"
                        if allowed
                        else "删去 state"
                    )
                    said = (
                        f"“{state}”不是词 {context.term(text_in(item, 'term'))}能有的结论"
                        if state
                        else "缺少结论 state"
                    )
                    yield subject.at((*pointer, "state"), "RC612", said, hint)


def _states(schema: Schema, name: str) -> dict[str, str] | None:
    """State → words for terms of a list; empty where its terms have none, None where cases do not compare it."""
    field = field_of_list(schema).get(name)
    if field is None:
        return None
    key = state_key(schema, field)
    node = schema.node_at((field, 0, key)) if key else None
    return {c.value: c.label for c in choices_of(node)} if node else {}
