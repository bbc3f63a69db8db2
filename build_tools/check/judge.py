"""Runs the rules for single files over one file; knows neither where files come from nor where findings go."""

from __future__ import annotations

from build_tools.check.context import Context, Subject
from build_tools.check.plan import make_plan, spots_of
from build_tools.check.registry import record_rules
from build_tools.check.remembered import Judged
from build_tools.load import Schema
from build_tools.model import Record


class Judge:
    """The rules for files of one kind, and what is needed to ask them."""

    def __init__(self, kind: str, schema: Schema) -> None:
        self.kind, self.schema = kind, schema
        self.plan, self.rules = make_plan(schema), record_rules(kind)

    def __call__(self, record: Record, context: Context) -> Judged:
        """What the rules say of a file."""
        subject = Subject(self.kind, record, self.schema, spots_of(record.data, self.plan))
        found = (found for rule in self.rules for found in rule(subject, context))
        return Judged.of(subject, found, context.today)
