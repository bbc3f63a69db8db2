"""Two decorators that say which files a rule is for; the registry finds rules by these marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


def record_rule(*kinds: str) -> Callable[[F], F]:
    """Mark a function `(subject, context) -> diagnostics` as a rule for single files of these kinds."""

    def mark(function: F) -> F:
        function.rule_for = frozenset(kinds)  # type: ignore[attr-defined]
        return function

    return mark


def library_rule(function: F) -> F:
    """Mark a function `(context) -> diagnostics` as a rule across all files."""
    function.rule_for_library = True  # type: ignore[attr-defined]
    return function
