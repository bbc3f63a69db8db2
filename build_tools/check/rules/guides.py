"""RC310: the short codes `[[X]]` in guidance pages name something that exists."""

from __future__ import annotations

from collections.abc import Iterator

from build_tools.check.context import Context
from build_tools.check.mark import library_rule
from build_tools.check.suggest import nearest
from build_tools.load.checklists import entry_texts, form_titles
from build_tools.load.shortcode import SHORTCODE, bare_text
from build_tools.model import Diagnostic, Mark


@library_rule
def shortcodes_resolve(context: Context) -> Iterator[Diagnostic]:
    """RC310: `[[RC-…]]`, `[[N-03]]`, `[[N-03#17]]`, `[[ef-…]]`, `[[nl-…]]` and `[[tk-…]]` exist.

    `|text` may follow, to be shown instead.
    """
    for guide in context.library.guides:
        if "[[" not in guide.text:
            continue
        text = bare_text(guide.text)
        for found in SHORTCODE.finditer(text):
            target = found[1].strip()
            if not _exists(target, context):
                yield Diagnostic(
                    f"docs/{guide.path}",
                    place_in(text, found.start()),
                    "RC310",
                    f"短代码 {found[0]} 找不到对应的案例、规则、条目或词",
                    _hint(target, context),
                )


def _exists(target: str, context: Context) -> bool:
    rule_id, _, article = target.partition("#")
    if article:
        return article in context.articles.get(rule_id, {})
    if target in context.library.case_by_id:
        return target in context.public_cases
    if target in entry_texts(context.library) or target in form_titles(context.library):
        return True
    return (
        target in context.known_cases or target in context.known_rules or target in context.library.term_by_id
    )


def _hint(target: str, context: Context) -> str:
    if target in context.library.case_by_id:
        return "这个案例是草稿或内部案例，公开版不显示；换一个已公开的案例"
    rule_id = target.partition("#")[0]
    if "#" in target and rule_id in context.articles:
        return f"{rule_id} 的条目有：{'、'.join(context.articles[rule_id])}"
    known = tuple((key, ()) for key in (*sorted(context.known_cases), *sorted(context.known_rules)))
    guess = nearest(target, (*known, *context.term_names["*"])) if target else None
    return f"是不是 [[{guess}]]？" if guess else "写案例编号、规则编号（可加 #条目）或词表词的 id"


def place_in(text: str, offset: int) -> Mark:
    """Line and column of a character."""
    before = text[:offset]
    return Mark(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)
