"""Resolves `[[…]]` references in hand-written pages to links; their spelling is build_tools.load.shortcode's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from build_tools.load.checklists import entry_texts, form_titles
from build_tools.load.shortcode import replace_shortcodes
from build_tools.model import Library

# Marks of Markdown and HTML inside a title would otherwise act; as numbered characters they do in neither.
MARKS = re.compile(r"[!-/:-@\[-`{-~]")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a reference leads: address relative to the site's root and the text to show."""

    url: str
    text: str


def resolve(reference: str, library: Library, others: Mapping[str, Target] | None = None) -> Target | None:
    """The page of a case (`RC-2026-0001`), rule (`N-03`), article (`N-03#17`), term (`ef-no-approval`),
    form (`tk-application`) or the place of an entry of the negative list (`nl-offbook`).

    None where nothing has that name, or where the case is not shown in the public edition. `others` are the
    forms and the entries of the list, for whoever asks more than once.
    """
    if case := library.case_by_id.get(reference):
        return Target(f"cases/{reference}.html", case.title)
    if reference in library.term_by_id:
        return Target(f"terms/{reference}.html", library.term_by_id[reference].label)
    if other := (_others(library) if others is None else others).get(reference):
        return other
    rule_id, _, article_id = reference.partition("#")
    rule = library.rule_by_id.get(rule_id)
    if rule is None:
        return None
    if not article_id:
        return Target(f"rules/{rule.id}.html", f"《{rule.short}》")
    article = rule.article(article_id)
    if article is None:
        return None
    return Target(f"rules/{rule.id}.html#a-{article_id}", f"《{rule.short}》{article.get('label', '')}")


def _others(library: Library) -> dict[str, Target]:
    """Forms, and entries of the negative list, by name."""
    entries = {name: Target(f"negative.html#{name}", text) for name, text in entry_texts(library).items()}
    forms = {name: Target(f"toolkits/{name}.html", title) for name, title in form_titles(library).items()}
    return entries | forms


def expand(text: str, library: Library, root: str) -> str:
    """The Markdown with references as links; `root` leads from the page to the site's root ("" or "../")."""
    others = _others(library)

    def link(match: re.Match[str]) -> str:
        target = resolve(match[1].strip(), library, others)
        if target is None:
            return match[0]
        shown = MARKS.sub(lambda mark: f"&#{ord(mark[0])};", match[2] or target.text)
        # Written as HTML: MkDocs would otherwise look for these pages among its Markdown files.
        return f'<a href="{root}{target.url}">{shown}</a>'

    return replace_shortcodes(text, link)
