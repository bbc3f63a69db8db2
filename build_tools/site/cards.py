"""What lists show of a case, and nothing else of it, so that a list changes only when something shown does."""

from __future__ import annotations

from types import MappingProxyType

from build_tools.load.edition import content_digest
from build_tools.memory.weak import once_per_record
from build_tools.model import Case

# The top-level fields that the macros for lists read (`case_head`, `case_item` in macros.html.j2).
SHOWN = ("id", "title", "kind", "status", "summary", "region", "date", "confidence")


@once_per_record
def card(case: Case) -> Case:
    """The case with what lists show of it; its digest is that of these fields."""
    data = MappingProxyType({key: case.data[key] for key in SHOWN if key in case.data})
    return Case(case.path, data, {}, {}, "", content_digest(data))
