"""Templates render with our lean Jinja2 as with the whole one."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from build_tools.site.lean import LeanEnvironment, escaped

TEMPLATES = {
    "words.j2": "{% macro said(text, mark='!') %}<b>{{ text }}{{ mark }}</b>{{ shown(text) }}{% endmacro %}",
    "part.j2": "[{{ item }}|{{ case.name }}|{{ outer }}]",
    "page.j2": """{% from "words.j2" import said %}{% set outer = "<o>" %}
{{ text }} {{ text | safe }} {{ text ~ "<" }} {{ said(text) }} {{ said("a&b", mark="'") }} {{ 3 }} {{ none }}
{% for item in items %}{% set inner = item %}{% include "part.j2" %}{{ loop.index }}{{ loop.cycle("<", ">") }}{{ own(item) }}{% endfor %}
{% set block %}<i>{{ text }}</i>{% endset %}{{ block }}{{ items | join("<") }}{{ text.upper() }}{{ case.items() | list }}
{% filter upper %}{{ text }}{% endfilter %}{% call(x) wrapped() %}{{ x }}{{ text }}{% endcall %}""",
}


@pass_context
def own(context: Context, item: str) -> str:
    """Wants the context, and sees what a loop has set."""
    return f"{item}<{context['inner']}{context['outer']}>"


def environments(**globals: Any) -> tuple[Environment, ...]:
    """The whole Jinja2 and the lean one, with the same templates."""
    found = tuple(
        kind(loader=DictLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
        for kind in (Environment, LeanEnvironment)
    )
    for one in found:
        one.globals.update(shown=lambda text: Markup("<u>") + text, own=own, wrapped=wrapped, **globals)
    return found


def wrapped(caller: Any = None) -> str:
    """A function that is called with a block."""
    return Markup("<p>") + caller("<x>")


@given(st.text(alphabet="a&<>'\"字"), st.lists(st.text(alphabet="b<&"), max_size=3))
def test_pages_are_the_same(text: str, items: list[str]) -> None:
    case = MappingProxyType({"name": text})
    plain, lean = (
        one.get_template("page.j2").render(text=text, items=items, case=case) for one in environments()
    )
    assert lean == plain


@given(st.one_of(st.text(alphabet="a&<>'\"字"), st.integers(), st.none(), st.lists(st.just("<"))))
def test_what_is_escaped_reads_as_from_markupsafe(value: object) -> None:
    assert str(escaped(value)) == str(escape(value))
    safe = escape(value)
    assert escaped(safe) is safe


def test_a_name_that_is_not_there_is_an_error() -> None:
    lean = LeanEnvironment(
        loader=DictLoader({"a": "{{ nobody }}", "b": "{{ nobody() }}"}), undefined=StrictUndefined
    )
    for name in ("a", "b"):
        with pytest.raises(UndefinedError, match="nobody"):
            lean.get_template(name).render()
