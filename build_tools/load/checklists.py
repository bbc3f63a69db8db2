"""Turns form definitions into forms: what comes from vocabularies, the case schema or the negative list is
filled in here, once for page and Word file; judges nothing and draws nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from build_tools.load.lookback import Item, sound_policy
from build_tools.load.schema import Choice, Schemas
from build_tools.model import Library, Record, Term

LINES = 3  # how many lines a long answer gets unless the definition says otherwise
SHORT = 10  # characters; labels and hints up to here leave room for a second field on the same line
PAIRED_KINDS = frozenset({"text", "date"})


@dataclass(frozen=True, slots=True)
class FormRow:
    """One thing to fill in or to check: what, how, the answers to tick, and the rules it rests on."""

    label: str
    hint: str
    kind: str  # a value of the toolkit schema's closed list
    options: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    lines: int = 1

    @property
    def short(self) -> bool:
        """True where two such rows fit side by side."""
        return self.kind in PAIRED_KINDS and len(self.label) <= SHORT and len(self.hint) <= SHORT


@dataclass(frozen=True, slots=True)
class FormSection:
    """A part of a form under one heading."""

    title: str
    note: str
    rows: tuple[FormRow, ...]

    @property
    def is_checklist(self) -> bool:
        """True where every row asks for a verdict, so that the section is a table of questions."""
        return all(row.kind == "check" for row in self.rows)

    @property
    def lines(self) -> tuple[tuple[FormRow, ...], ...]:
        """The rows as they stand on paper: short ones in pairs, all others alone."""
        out: list[tuple[FormRow, ...]] = []
        for row in self.rows:
            if row.short and out and len(out[-1]) == 1 and out[-1][0].short:
                out[-1] = (out[-1][0], row)
            else:
                out.append((row,))
        return tuple(out)


@dataclass(frozen=True, slots=True)
class Form:
    """A printable form, complete."""

    id: str
    number: int
    title: str
    group: str
    purpose: str
    filled_by: str
    when: str
    basis: tuple[str, ...]
    sections: tuple[FormSection, ...]
    notes: tuple[str, ...]


def make_forms(library: Library, schemas: Schemas) -> tuple[Form, ...]:
    """Every form of a library that passed the checks, by number."""
    forms = [make_form(record, library, schemas) for record in library.toolkits]
    return tuple(sorted(forms, key=lambda form: (form.number, form.id)))


def make_form(record: Record, library: Library, schemas: Schemas) -> Form:
    """One form; what its definition names and the library does not have (RC3xx, RC609) is left out."""
    data = record.data
    return Form(
        id=record.id,
        number=int(data["number"]),
        title=str(data["title"]),
        group=str(data["group"]),
        purpose=str(data["purpose"]),
        filled_by=str(data["filled_by"]),
        when=str(data["when"]),
        basis=tuple(data["basis"]),
        sections=tuple(_section(section, library, schemas) for section in data["sections"]),
        notes=tuple(data.get("notes") or ()),
    )


def _section(data: Mapping[str, Any], library: Library, schemas: Schemas) -> FormSection:
    shared = options_of(data.get("answers"), library, schemas)
    rows = (
        *(_row(row, shared, library, schemas) for row in data.get("rows") or ()),
        *(_asked((term,), shared) for term in terms_of(data.get("list"), library)),
        *(_listed(item, shared) for item in items_of(data.get("items"), library)),
        *(_policy_row(item, shared) for item in policy_items(data.get("policy"), library)),
    )
    return FormSection(str(data["title"]), str(data.get("note") or ""), rows)


def _row(data: Mapping[str, Any], shared: tuple[str, ...], library: Library, schemas: Schemas) -> FormRow:
    kind = str(data["kind"])
    asked = _asked([library.term_by_id[t] for t in data.get("ask") or () if t in library.term_by_id], shared)
    return FormRow(
        str(data.get("label") or asked.label),
        str(data.get("hint") or asked.hint),
        kind,
        options_of(data.get("answers"), library, schemas) or (shared if kind in ("check", "choice") else ()),
        tuple(data.get("rules") or ()),
        int(data.get("lines") or (LINES if kind == "long" else 1)),
    )


def _asked(terms: tuple[Term, ...] | list[Term], answers: tuple[str, ...]) -> FormRow:
    """The row that asks for terms: their labels, and their questions (or definitions) as the hint."""
    hints = [term.check or term.definition for term in terms]
    return FormRow("；".join(term.label for term in terms), "".join(hints), "check", answers)


def _listed(item: Mapping[str, Any], answers: tuple[str, ...]) -> FormRow:
    """The row for an entry of the negative list; its level says what is asked."""
    return FormRow(str(item["text"]), str(item["advice"]), "check", answers, ())


def _policy_row(item: Item, answers: tuple[str, ...]) -> FormRow:
    """The row for an item of the checklist for looking back."""
    return FormRow(item.label, item.question, "check", answers, item.rules)


def policy_items(part: Any, library: Library) -> tuple[Item, ...]:
    """The checklist of the policy of looking back; empty where none is asked for or there is no policy."""
    policy = sound_policy(library.lookback) if part else None
    return policy.checklist if policy else ()


def options_of(answers: Mapping[str, Any] | None, library: Library, schemas: Schemas) -> tuple[str, ...]:
    """The answers to tick, in words; empty where none are given or the source does not exist."""
    if not answers:
        return ()
    words = [str(word) for word in answers.get("words") or ()]
    words += [library.term_by_id[t].label for t in answers.get("terms") or () if t in library.term_by_id]
    words += [term.label for term in terms_of(answers.get("list"), library)]
    words += [choice.label for choice in choices_at(answers.get("choices"), schemas)]
    return tuple(words)


def cite(reference: str, library: Library) -> str:
    """`N-03#17` as people write it, 《问责条例》第十七条; an unknown rule or article as its own id."""
    rule_id, _, article_id = reference.partition("#")
    rule = library.rule_by_id.get(rule_id)
    article = rule.article(article_id) if rule and article_id else None
    return f"《{rule.short}》{article['label'] if article else article_id}" if rule else reference


def entry_texts(library: Library) -> dict[str, str]:
    """Every entry of the negative list by id, in words; shapes that do not fit are passed over."""
    entries = library.negative_list.data.get("items") if library.negative_list else ()
    found = (item for item in (entries if isinstance(entries, tuple) else ()) if isinstance(item, Mapping))
    return {str(item.get("id")): str(item.get("text")) for item in found if item.get("id")}


def form_titles(library: Library) -> dict[str, str]:
    """Every form by id with its title."""
    return {record.id: str(record.data.get("title") or record.id) for record in library.toolkits}


def terms_of(name: Any, library: Library) -> tuple[Term, ...]:
    """The terms of the list called `name`; empty where there is none."""
    vocabulary = library.vocabulary.get(name) if isinstance(name, str) else None
    return vocabulary.terms if vocabulary else ()


def items_of(level: Any, library: Library) -> Iterator[Mapping[str, Any]]:
    """The entries of the negative list at `level`, in its order."""
    entries = library.negative_list.data.get("items") if library.negative_list else ()
    for item in entries if isinstance(entries, tuple) else ():
        if isinstance(item, Mapping) and level and item.get("level") == level:
            yield item


def choices_at(path: Any, schemas: Schemas) -> tuple[Choice, ...]:
    """The closed list at `case.conditions.0.state` or `rule.basis_type`; empty where there is none."""
    if not isinstance(path, str):
        return ()
    name, *steps = path.split(".")
    schema = {"case": schemas.case, "rule": schemas.rule}.get(name)
    return schema.choices(tuple(int(s) if s.isdigit() else s for s in steps)) if schema else ()
