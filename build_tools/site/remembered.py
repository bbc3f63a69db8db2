"""Lets templates use small macros that are rendered once for the same arguments; holds no markup of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cached_property
from typing import Any

from jinja2 import Environment
from jinja2.environment import TemplateModule
from markupsafe import Markup, escape

from build_tools.model import Case

FILE = "macros.html.j2"
# Macros whose output depends on nothing but their arguments. A template that imports one by name gets the macro.
SIMPLE = ("badge", "case_badges", "case_head", "term_link", "rule_link", "origin", "absent", "mark")


# So many outputs of a macro are remembered at most, of about 1 KB each; then it begins anew.
MOST = 100_000


class Remembered:
    """The macros of one environment, with what they gave so far."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._items: dict[tuple[Case, str, bool, bool], tuple[str, ...]] = {}
        # Marks the places to be filled; nobody who writes a case can know it.
        self._extra, self._reason = secrets.token_hex(16), secrets.token_hex(16)

    @cached_property
    def _macros(self) -> TemplateModule:
        return self._env.get_template(FILE).module

    def names(self) -> dict[str, Callable[..., Markup]]:
        """What templates call."""
        return {**{name: self._simple(name) for name in SIMPLE}, "case_item": self.case_item}

    def _macro(self, name: str) -> Callable[..., Markup]:
        macro: Callable[..., Markup] = getattr(self._macros, name)
        return macro

    def _simple(self, name: str) -> Callable[..., Markup]:
        known: dict[tuple[Any, ...], Markup] = {}

        def call(*arguments: Any) -> Markup:
            found = known.get(arguments)
            if found is None:
                if len(known) >= MOST:
                    known.clear()
                found = known[arguments] = self._macro(name)(*arguments)
            return found

        return call

    def case_item(self, case: Case, root: str, extra: str = "", reason: str = "") -> Markup:
        """The macro of that name; all of it but `extra` and `reason` is rendered once a case."""
        key = (case, root, bool(extra), bool(reason))
        parts = self._items.get(key)
        if parts is None:
            if len(self._items) >= MOST:
                self._items.clear()
            parts = self._items[key] = self._parts(*key)
        filling = {self._extra: extra, self._reason: reason}
        return Markup("".join(escape(filling[part]) if part in filling else part for part in parts))

    def _parts(self, case: Case, root: str, extra: bool, reason: bool) -> tuple[str, ...]:
        """The macro's text cut at the places to be filled, which stand between the pieces."""
        filled = (self._extra if extra else "", self._reason if reason else "")
        pieces = [str(self._macro("case_item")(case, root, *filled))]
        for place in (self._extra, self._reason):
            pieces = [part for piece in pieces for part in _cut(piece, place)]
        return tuple(pieces)


def _cut(piece: str, place: str) -> list[str]:
    before, found, after = piece.partition(place)
    return [before, found, after] if found else [piece]
