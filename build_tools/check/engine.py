"""Runs all rules over a loaded library and gives the findings in order; holds no rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from build_tools.check.context import Context
from build_tools.check.judge import Judge
from build_tools.check.manual import severities
from build_tools.check.registry import library_rules
from build_tools.check.remembered import (
    Judged,
    Remembered,
    context_for,
    packed,
    unpacked,
    whole_run,
)
from build_tools.check.spread import spread
from build_tools.load import Loaded, Schema, Schemas
from build_tools.load.library import SINGLES
from build_tools.model import Case, Diagnostic, Record

if TYPE_CHECKING:
    from build_tools.memory import Memory


def run_checks(
    loaded: Loaded, schemas: Schemas, today: date, workers: int = 1, memory: Memory | None = None
) -> tuple[Diagnostic, ...]:
    """Every finding of reading and of all rules: sorted by file and place, without repetitions.

    Content of any shape is judged, never trusted: no input makes this raise. With `workers` above one, many
    files are judged by as many processes. What a `memory` holds is not judged again.
    """
    if memory is None:
        return _run(loaded, schemas, today, workers, None)
    key = whole_run(loaded, schemas, today, memory)
    stage = memory.stage("check", kept=True)
    known = stage.peek(key) if key else None
    if known is not None:
        return tuple(unpacked(known))
    found = _run(loaded, schemas, today, workers, memory)
    if key:
        stage.put(key, packed(found))
    return found


def _run(
    loaded: Loaded, schemas: Schemas, today: date, workers: int, memory: Memory | None
) -> tuple[Diagnostic, ...]:
    context = Context(loaded.library, schemas, today, loaded.diagnostics)
    remembered = Remembered(context, memory) if memory else None
    found = {*loaded.diagnostics}
    for part in _parts(context):
        found.update(_judged(part, context, workers, remembered))
    for rule in library_rules():
        found.update(rule(context))
    level = severities()
    graded = {replace(d, severity=level.get(d.code, d.severity)) for d in found}
    return tuple(sorted(graded, key=lambda d: (*d.sort_key, d.hint)))


def check_case(case: Case, loaded: Loaded, schemas: Schemas, today: date) -> tuple[Diagnostic, ...]:
    """What the rules for single files say of one case in place of the loaded one with its id; for editing."""
    others = tuple(c for c in loaded.library.cases if c.id != case.id)
    library = replace(loaded.library, cases=(*others, case))
    context = Context(library, schemas, today, loaded.diagnostics)
    judged = Judge("case", schemas.case)(case, context_for("case", context))
    level = severities()
    graded = {replace(d, severity=level.get(d.code, d.severity)) for d in unpacked(judged.found)}
    return tuple(sorted(graded, key=lambda d: (*d.sort_key, d.hint)))


@dataclass(frozen=True)
class _Part:
    """All files of one kind, and what is needed to judge any of them."""

    kind: str
    schema: Schema
    records: tuple[Record, ...]


def _parts(context: Context) -> Iterator[_Part]:
    library, schemas = context.library, context.schemas
    yield _Part("case", schemas.case, library.cases)
    yield _Part("rule", schemas.rule, library.rules)
    yield _Part("vocabulary", schemas.vocabulary, tuple(v.record for v in library.vocabularies))
    yield _Part("toolkit", schemas.toolkit, library.toolkits)
    for name in SINGLES:
        record: Record | None = getattr(library, name)
        yield _Part(name, getattr(schemas, name), () if record is None else (record,))


def _judged(
    part: _Part, context: Context, workers: int, remembered: Remembered | None
) -> Iterator[Diagnostic]:
    todo: list[int] = []
    for number, record in enumerate(part.records):
        known = remembered.found(part.kind, record) if remembered else None
        if known is None:
            todo.append(number)
        else:
            yield from unpacked(known)
    if not todo:
        return
    global _work
    _work = Judge(part.kind, part.schema), context_for(part.kind, context), part.records
    for number, judged in zip(todo, spread(_judge_number, todo, workers), strict=True):
        yield from unpacked(judged.found)
        if remembered:
            remembered.keep(part.kind, part.records[number], judged)
    _work = None


# Here, and not among the arguments, because forked processes see it without its being copied to them.
_work: tuple[Judge, Context, tuple[Record, ...]] | None = None


def _judge_number(number: int) -> Judged:
    assert _work is not None
    judge, context, records = _work
    return judge(records[number], context)
