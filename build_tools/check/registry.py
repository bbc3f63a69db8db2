"""Marks functions as rules and collects them from `build_tools.check.rules`; runs nothing."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

from build_tools.check import rules
from build_tools.check.context import Context, Subject
from build_tools.model import Diagnostic

RecordRule = Callable[[Subject, Context], Iterator[Diagnostic]]
LibraryRule = Callable[[Context], Iterator[Diagnostic]]


@cache
def record_rules(kind: str) -> tuple[RecordRule, ...]:
    """The rules for one file of this kind ("case", "rule", "vocabulary", "negative_list" or "toolkit")."""
    return tuple(f for f in _marked("rule_for") if kind in f.rule_for)  # type: ignore[attr-defined]


@cache
def library_rules() -> tuple[LibraryRule, ...]:
    """The rules that look at all files together."""
    return tuple(_marked("rule_for_library"))


def _marked(attribute: str) -> Iterator[Callable[..., Iterator[Diagnostic]]]:
    for module in sorted(info.name for info in pkgutil.iter_modules(rules.__path__)):
        for value in vars(import_module(f"{rules.__name__}.{module}")).values():
            if callable(value) and hasattr(value, attribute):
                yield value
