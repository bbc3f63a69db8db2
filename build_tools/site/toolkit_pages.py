"""Makes the pages of the negative list and of the printable forms, and the forms' Word files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from build_tools.export.forms import form_document
from build_tools.load import Choice
from build_tools.load.checklists import Form, items_of, make_forms
from build_tools.model import Case, Term
from build_tools.output import Output
from build_tools.relate import coded_items
from build_tools.site.contents import Contents
from build_tools.site.frame import Page
from build_tools.site.narrowed import reads

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
    seen = reads(contents.schemas.case, "title", "kind", "status", coded=True)
    yield from contents.group_of("negative list", seen, _negative_page)
    yield from contents.pages_of(("toolkits",), partial(_form_pages, contents))


def _form_pages(contents: Contents) -> Iterator[Page]:
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
    yield from contents.files_of("toolkits", reads(contents.schemas.case), _form_files)


def _form_files(contents: Contents) -> Iterator[Output]:
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


def _negative_page(contents: Contents) -> Iterator[Page]:
    record = contents.library.negative_list
    schema = contents.schemas.negative_list
    shown, adverse = {case.id: case for case in contents.followable}, _adverse(contents)
    levels = []
    for level in schema.choices(("items", 0, "level")):
        items = items_of(level.value, contents.library)
        levels.append(
            (level, [_entry(contents, shown, adverse, number, item) for number, item in enumerate(items, 1)])
        )
    yield contents.page(
        "negative.html.j2",
        "negative.html",
        "负面清单",
        summary=str(record.data["lead"]) if record else "",
        negative=record.data if record else {},
        levels=[(level, entries) for level, entries in levels if entries],
        label=schema.title,
        meaning=lambda *keys: (schema.node_at(keys) or {}).get("description", ""),
    )


def _entry(
    contents: Contents,
    shown: Mapping[str, Case],
    adverse: Mapping[str, Collection[str]],
    number: int,
    item: Mapping[str, Any],
) -> Entry:
    return Entry(
        number,
        item,
        tuple(_word(contents, adverse, name) for name in item.get("terms") or ()),
        tuple(shown[c] for c in item.get("cases") or () if c in shown),
        tuple(shown[c] for c in item.get("models") or () if c in shown),
    )


def _word(contents: Contents, adverse: Mapping[str, Collection[str]], name: str) -> Word:
    """The term with the number of adverse cases that hold it or a narrower one."""
    term = contents.library.term_by_id[name]
    held = (adverse.get(below, ()) for below in contents.library.vocabulary[term.list].and_below(term))
    return Word(term, len(set().union(*held)))


def _adverse(contents: Contents) -> Mapping[str, Collection[str]]:
    """Term → ids of the adverse cases that hold it."""
    found: dict[str, set[str]] = defaultdict(set)
    for case in contents.cases:
        for coded in coded_items(case, contents.schemas.case) if case.kind == ADVERSE else ():
            if coded.state in HELD:
                found[coded.term].add(case.id)
    return found
