"""Makes the pages of the negative list and of the printable forms, and the forms' Word files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from build_tools.export.forms import form_document
from build_tools.load import Choice
from build_tools.load.checklists import Form, items_of, make_forms
from build_tools.model import Case, Term
from build_tools.output import Output
from build_tools.site.contents import Contents
from build_tools.site.frame import Page

TOOLKIT_FRAME = "toolkits/toolkit-frame.html"
DOWNLOADS = "downloads"  # the folder of the site that holds the Word files
ADVERSE = "contrast"  # the kind of case that counts as a precedent against
# Codings that say that the term is the case's own: no state at all, or an exclusion found to be there.
HELD = frozenset({"", "present"})


@dataclass(frozen=True, slots=True)
class Word:
    """A term of an entry, with the number of adverse cases on which it is coded (0: not counted or none)."""

    term: Term
    adverse: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the negative list ready to be shown; cases that the edition does not show are left out."""

    number: int
    data: Mapping[str, Any]
    words: tuple[Word, ...]
    cases: tuple[Case, ...]
    models: tuple[Case, ...]


def toolkit_pages(contents: Contents) -> Iterator[Page]:
    """The negative list, the index of forms and one page a form."""
    yield _negative_page(contents)
    forms = make_forms(contents.library, contents.schemas)
    schema = contents.schemas.toolkit
    texts = schema.document["x-texts"]
    yield contents.page(
        "toolkits.html.j2",
        "toolkits/index.html",
        "表单工具",
        total=len(forms),
        groups=_by_group(contents, forms),
        texts=texts,
        label=schema.title,
    )
    for form in forms:
        yield contents.page(
            "toolkit.html.j2",
            f"toolkits/{form.id}.html",
            form.title,
            frame=TOOLKIT_FRAME,
            summary=form.purpose,
            form=form,
            group=schema.choice(("group",), form.group),
            texts=texts,
            label=schema.title,
            blank=_blanks(contents),
        )


def toolkit_files(contents: Contents) -> Iterator[Output]:
    """The forms as Word files."""
    library, schema = contents.library, contents.schemas.toolkit
    for form in make_forms(library, contents.schemas):
        yield contents.slow_file(
            f"{DOWNLOADS}/{form.id}.docx", (form,), partial(form_document, form, library, schema)
        )


def _by_group(contents: Contents, forms: Sequence[Form]) -> list[tuple[Choice, list[Form]]]:
    """Forms by the step at which they are used, in the schema's order."""
    groups = contents.schemas.toolkit.choices(("group",))
    found = [(group, [form for form in forms if form.group == group.value]) for group in groups]
    return [(group, members) for group, members in found if members]


def _blanks(contents: Contents) -> Mapping[str, str]:
    """What stands ready to be completed, by the way a row is filled in."""
    kinds = contents.schemas.toolkit.choices(("sections", 0, "rows", 0, "kind"))
    return {kind.value: kind.fact("blank") for kind in kinds}


def _negative_page(contents: Contents) -> Page:
    record = contents.library.negative_list
    schema = contents.schemas.negative_list
    shown = {case.id: case for case in contents.followable}
    levels = []
    for level in schema.choices(("items", 0, "level")):
        items = items_of(level.value, contents.library)
        levels.append(
            (level, [_entry(contents, shown, number, item) for number, item in enumerate(items, 1)])
        )
    return contents.page(
        "negative.html.j2",
        "negative.html",
        "负面清单",
        summary=str(record.data["lead"]) if record else "",
        negative=record.data if record else {},
        levels=[(level, entries) for level, entries in levels if entries],
        label=schema.title,
        meaning=lambda *keys: (schema.node_at(keys) or {}).get("description", ""),
    )


def _entry(contents: Contents, shown: Mapping[str, Case], number: int, item: Mapping[str, Any]) -> Entry:
    terms = [contents.library.term_by_id[t] for t in item.get("terms") or ()]
    return Entry(
        number,
        item,
        tuple(Word(term, _adverse(contents, term)) for term in terms),
        tuple(shown[c] for c in item.get("cases") or () if c in shown),
        tuple(shown[c] for c in item.get("models") or () if c in shown),
    )


def _adverse(contents: Contents, term: Term) -> int:
    """How many adverse cases hold the term or a narrower one."""
    vocabulary = contents.library.vocabulary[term.list]
    uses = (use for term_id in vocabulary.and_below(term) for use in contents.relations.uses.get(term_id, ()))
    return len({use.case.id for use in uses if use.case.kind == ADVERSE and use.coded.state in HELD})
