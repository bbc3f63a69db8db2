"""Shapes what the 案例填报 page needs: the form's plan, the schema's rules, the words of the findings; renders nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from build_tools.check.context import MAY_LIE_AHEAD
from build_tools.check.rules.dates import FIRST_YEAR
from build_tools.check.wording import SHAPE_HINT_LENGTH, TERM_LENGTH, TEXTS
from build_tools.edit.skeleton import first_change
from build_tools.forms.plan import REQUIRED, Blank, Field, Table, make_plan
from build_tools.load import Schema, Schemas, choices_of
from build_tools.model import Library

# What the check in the browser reads of a node of the schema: its name there and here.
FACTS = {
    "title": "title",
    "description": "about",
    "required": "required",
    "minItems": "minItems",
    "maxItems": "maxItems",
    "minLength": "minLength",
    "maxLength": "maxLength",
    "pattern": "pattern",
    "x-hint": "hint",
    "x-vocabulary": "vocabulary",
    "x-reference": "reference",
    "x-date": "date",
    "x-url": "url",
    "x-unique": "unique",
}


def entry_data(library: Library, schemas: Schemas) -> dict[str, Any]:
    """Everything the page works with; an internal field is there in the internal edition only."""
    plan = make_plan(schemas.case, library, internal=library.edition != "public")
    return {
        "sections": [
            {"title": section.title, "parts": [_part(part) for part in section.parts]}
            for section in plan.sections
        ],
        "required": REQUIRED,
        "tree": _node(schemas.case, schemas.case.document),
        "kept": [k for k, n in schemas.case.properties.items() if not n.get("x-asked", True)],
        "change": first_change(""),
        "texts": TEXTS,
        "lengths": {"value": SHAPE_HINT_LENGTH, "term": TERM_LENGTH},
        "dates": {"first": FIRST_YEAR, "ahead": sorted(MAY_LIE_AHEAD)},
        "vocabularies": _vocabularies(library),
        "rules": [
            [r.id, r.short, [[str(a["id"]), str(a["label"])] for a in r.data.get("articles") or ()]]
            for r in library.rules
        ],
    }


def _part(part: Field | Table) -> dict[str, Any]:
    if isinstance(part, Field):
        return {"path": part.path, "label": part.label, "blanks": [_blank(part.blank)]}
    blanks = [_blank(blank) for blank in part.blanks]
    return {
        "path": part.path,
        "label": part.label,
        "about": part.about,
        "required": part.required,
        "most": part.most,
        "blanks": blanks,
    }


def _blank(blank: Blank) -> dict[str, Any]:
    words = {"key": blank.key, "title": blank.title, "about": blank.about, "required": blank.required}
    return {**words, "many": blank.many, "most": blank.most}


def _node(schema: Schema, node: Mapping[str, Any]) -> dict[str, Any]:
    """A node of the schema with everything it refers to written out."""
    node = schema.resolve(node)
    out = {name: node[key] for key, name in FACTS.items() if key in node}
    if choices := choices_of(node):
        out["choices"] = [[c.value, c.label, c.fact("short", c.label)] for c in choices]
    if "properties" in node:
        out["keys"] = {key: _node(schema, child) for key, child in node["properties"].items()}
    if "items" in node:
        out["item"] = _node(schema, node["items"])
    return out


def _vocabularies(library: Library) -> dict[str, Any]:
    """All lists, also those no blank draws on: a misplaced word is told where it belongs."""
    return {
        v.name: {
            "title": v.title,
            "path": v.record.path,
            "terms": [[t.id, t.label, t.definition, list(t.synonyms)] for t in v.terms],
        }
        for v in library.vocabularies
    }
