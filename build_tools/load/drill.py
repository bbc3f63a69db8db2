"""Gives the settings of the case drill as typed values; trusts that their shape has been checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from build_tools.model import Record


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the curriculum: cases coded with any of `terms` (or a narrower one) belong to it."""

    id: str
    title: str
    text: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrillSettings:
    """How cases are chosen, what is hidden before the answer, how they are grouped and scored."""

    title: str
    lead: str
    disclaimer: str
    facts_min: int  # characters left after hiding
    options: int  # error factors to choose from
    set_min: int  # cases that make a set by field
    points: Mapping[str, int]
    hidden: tuple[str, ...]
    harmless: frozenset[str]
    modules: tuple[Module, ...]
    modules_source: str


def drill_of(record: Record) -> DrillSettings:
    """The settings in `schema/drill.yaml`; raises KeyError or ValueError where a value is missing or no number."""
    data = record.data
    return DrillSettings(
        data["title"],
        data["lead"],
        data["disclaimer"],
        int(data["facts_min"]),
        int(data["options"]),
        int(data["set_min"]),
        {name: int(value) for name, value in data["points"].items()},
        data["hidden"],
        frozenset(data["harmless"]),
        tuple(Module(m["id"], m["title"], m["text"], m["terms"]) for m in data["modules"]),
        data["modules_source"],
    )
