"""Runs all rules over a loaded library and gives the findings in order; holds no rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from build_tools.check.context import Context, Subject
from build_tools.check.manual import severities
from build_tools.check.plan import make_plan, spots_of
from build_tools.check.registry import library_rules, record_rules
from build_tools.load import Loaded, Schema, Schemas
from build_tools.model import Diagnostic, Record


def run_checks(loaded: Loaded, schemas: Schemas, today: date) -> tuple[Diagnostic, ...]:
    """Every finding of reading and of all rules: sorted by file and place, without repetitions.

    Content of any shape is judged, never trusted: no input makes this raise.
    """
    context = Context(loaded.library, schemas, today, loaded.diagnostics)
    found = {*loaded.diagnostics}
    for kind, schema, records in _parts(context):
        found.update(_judge(kind, schema, records, context))
    for rule in library_rules():
        found.update(rule(context))
    level = severities()
    graded = {replace(d, severity=level.get(d.code, d.severity)) for d in found}
    return tuple(sorted(graded, key=lambda d: (*d.sort_key, d.hint)))


def _parts(context: Context) -> Iterator[tuple[str, Schema, tuple[Record, ...]]]:
    library, schemas = context.library, context.schemas
    yield "case", schemas.case, library.cases
    yield "rule", schemas.rule, library.rules
    yield "vocabulary", schemas.vocabulary, tuple(v.record for v in library.vocabularies)


def _judge(
    kind: str, schema: Schema, records: tuple[Record, ...], context: Context
) -> Iterator[Diagnostic]:
    plan, rules = make_plan(schema), record_rules(kind)
    for record in records:
        subject = Subject(kind, record, schema, spots_of(record.data, plan))
        for rule in rules:
            yield from rule(subject, context)
