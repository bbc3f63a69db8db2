"""Values by stage and content key: live objects while the process lasts, plain data in one SQLite file beyond it.

A key must say everything that a value depends on but the program itself, whose fingerprint the file carries. A
file that is damaged, or that another program, version or machine wrote, is put aside and everything is worked out
anew: remembering may save time and nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from build_tools.memory.digest import Digests
from build_tools.memory.holding import MOST, Holding, Shelf
from build_tools.memory.rows import Rows
from build_tools.memory.stage import Kept, Stage


class Memory:
    """All stages. With a `folder` the kept ones outlive the process; without, nothing touches the disk."""

    def __init__(self, folder: Path | None = None, most: int = MOST) -> None:
        """At most so many records hold their content, and stages so many values each, in the process."""
        self._rows, self.most = Rows(folder), most
        self._stages: dict[str, Stage[Any]] = {}
        self.digests = Digests()
        self.holding = Holding(most)
        self.shelf = Shelf(self.stage("contents", kept=True, held=False))

    def stage(self, name: str, kept: bool = False, held: bool = True) -> Stage[Any]:
        """The stage of this name; only the first call decides whether it is kept, and held in the process."""
        if name not in self._stages:
            most = self.most if held else 0
            self._stages[name] = Kept(name, self._rows, most) if kept else Stage()
        return self._stages[name]

    def save(self) -> None:
        """End a round: write what is new, drop what has long been idle. Whatever goes wrong costs only time.

        Raises TypeError for a value that is to be kept and is no plain data, which is a mistake in the program.
        """
        kept = [stage for stage in self._stages.values() if stage.kept]
        with self._rows.together():
            for stage in kept:
                stage.save()
        self._rows.close()
        for stage in self._stages.values():
            if not stage.kept:
                stage.save()
            stage.next_round()
        self.digests.next_round()
