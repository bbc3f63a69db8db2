"""What every part of the book is made from: an edition, its relations, its words and marks; makes no parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from build_tools.export.book.blocks import ABSENT, EDITOR, UNVERIFIED, Run, Runs, run
from build_tools.load import Choice, Schemas
from build_tools.model import Case, Library
from build_tools.relate import Relations
from build_tools.site.templating import rule_ref

# What a kind's `x-adverse` puts before the title, so that adverse cases are seen when leafing through.
ADVERSE_MARKS: Mapping[str, str] = {"yes": "▲", "both": "△"}


@dataclass(frozen=True)
class Source:
    """What entries are made from; `keys` gives the place of each case that is in the book."""

    library: Library
    schemas: Schemas
    relations: Relations
    keys: Mapping[str, str]

    def title(self, *keys: str | int) -> str:
        return self.schemas.case.title(keys)

    def choice(self, *pointer: str | int, value: Any) -> Choice:
        return self.schemas.case.choice(pointer, str(value or ""))

    def term(self, value: Any) -> Run:
        return run(self.library.label(str(value)))

    @property
    def absent(self) -> Run:
        return Run(str(self.schemas.case.document["x-absent-text"]), ABSENT)

    def origin(self, item: Mapping[str, Any]) -> Runs:
        """The mark of what the editors inferred; nothing for what the source says."""
        choice = self.choice("error_factors", 0, "origin", value=item.get("origin"))
        return (Run(choice.label, EDITOR),) if choice.value == "editor" else ()

    def rule(self, ref: str) -> Runs:
        shown = rule_ref(ref, self.library)
        name = run(f"《{shown.short}》{shown.article}")
        return (name,) if shown.verified else (name, Run("未核实", UNVERIFIED))


def adverse_mark(case: Case, schemas: Schemas) -> str:
    """▲ before a case of those held accountable, △ where a handling was wrong and undone, else nothing."""
    return ADVERSE_MARKS.get(schemas.case.choice(("kind",), case.kind).fact("adverse"), "")
