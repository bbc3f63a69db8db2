"""Puts together the case form of a library: plan, examples from its cases, the kind of file; writes no files."""

from __future__ import annotations

from collections.abc import Mapping

from build_tools.forms.answers import Row, answers_of, example_rows
from build_tools.forms.plan import Option, Place, Plan, make_plan, options_of
from build_tools.forms.sheet_form import sheet_form
from build_tools.forms.word_form import word_form
from build_tools.load import Schemas
from build_tools.model import Case, Library

RULE = {"x-reference": "rule"}


def case_form(library: Library, schemas: Schemas, suffix: str, case: Case | None = None) -> bytes:
    """The form as .docx or .xlsx, empty or filled with a case; a public edition's form asks nothing internal."""
    plan = plan_of(library, schemas)
    answers = answers_of(plan, case.data) if case else None
    examples = examples_of(plan, library)
    if suffix == ".xlsx":
        return sheet_form(plan, answers, examples)
    return word_form(plan, rules_to_cite(library), answers, examples)


def plan_of(library: Library, schemas: Schemas) -> Plan:
    """What the form of this library asks."""
    return make_plan(schemas.case, library, internal=library.edition != "public")


def examples_of(plan: Plan, library: Library) -> Mapping[Place, Row]:
    """The rows from public cases that show how the form is filled in."""
    return example_rows(
        plan, (c.data for c in library.cases if c.disclosure == "public" and c.status == "published")
    )


def rules_to_cite(library: Library) -> tuple[Option, ...]:
    """The rules without their articles, which a Word form lists at its end."""
    return tuple(o for o in options_of(RULE, library) if "#" not in o.value)
