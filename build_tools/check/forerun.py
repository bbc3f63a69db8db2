"""Reads and judges the cases of a library of which nothing is remembered, by several processes at once.

One process reads a file and judges it, supposing that the other cases it names are there and public. What comes of
it is left in the memory, where reading and judging come upon it and see whether that was so. Files with a problem,
and all that is not simple, are left to them. So this saves time and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from build_tools.check.context import Context
from build_tools.check.judge import Judge
from build_tools.check.remembered import SUPPOSED, Answers, Judged, Remembered, context_for
from build_tools.check.spread import MANY, can_spread, spread
from build_tools.load import Schemas, load_library
from build_tools.load.files import stamped_files
from build_tools.load.library import CASE
from build_tools.load.reading import Reader, sound_content
from build_tools.model import Case, Library

if TYPE_CHECKING:
    from build_tools.memory import Memory

# Digest and early values of a sound file, what the rules say of it, and what they were told of the cases it names.
_Outcome = tuple[str, dict[str, Any], Judged, Answers]
# Files whose outcomes are held at once.
_AT_ONCE = 20_000


def forerun(
    root: Path, places: Sequence[Path], schemas: Schemas, today: date, workers: int, memory: Memory
) -> None:
    """Leave in the memory what `load_library` and `run_checks` would work out of the cases; of few, nothing."""
    reader = Reader(root, memory)
    if not can_spread(workers) or reader.knows_any:
        return
    files = list(stamped_files(places, root, []).items())
    if len(files) < MANY:
        return
    others = load_library(root, (), memory)
    context = Context(others.library, schemas, today, others.diagnostics)
    remembered = Remembered(context, memory)
    global _runner
    _runner = _Runner(reader, schemas, context)
    for start in range(0, len(files), _AT_ONCE):
        part = files[start : start + _AT_ONCE]
        for (name, stamp), outcome in zip(
            part, spread(_run, [name for name, _ in part], workers), strict=True
        ):
            if outcome is not None:
                digest, early, judged, answers = outcome
                reader.foresee(CASE, name, stamp, digest, early)
                remembered.put("case", reader.shown(name), digest, judged, answers)
    _runner = None


class _All(frozenset[str]):
    """The ids of all cases, whatever they are, but those that it is made of; it can only be asked for single ones."""

    def __contains__(self, name: object) -> bool:
        return not super().__contains__(name)


class _Runner:
    """Reads and judges one file after the other."""

    def __init__(self, reader: Reader, schemas: Schemas, context: Context) -> None:
        self.reader, self.judge = reader, Judge("case", schemas.case)
        self.shown, self.hidden = (context_for("case", replace(context)) for _ in range(2))
        for one in (self.shown, self.hidden):
            one.__dict__.update(known_cases=_All(), public_cases=_All(), hidden_cases=frozenset())

    def __call__(self, name: str) -> _Outcome | None:
        """What comes of a file; None where that is better left to others."""
        path = self.reader.shown(name)
        sound = sound_content(name, path)
        if sound is None:
            return None
        digest, early, content = sound
        case = Case(path, **content, digest=digest)
        judged = self.judge(case, self._around(case))
        own = (True, _public(case), not _public(case), False)
        answers = tuple(own if name == case.id else SUPPOSED for name in judged.asked)
        return digest, early, judged, answers

    def _around(self, case: Case) -> Context:
        """The library as it is supposed to be around a case."""
        if _public(case):
            return self.shown
        own = (case.id,)
        self.hidden.__dict__.update(public_cases=_All(own), hidden_cases=frozenset(own))
        return self.hidden


def _public(case: Case) -> bool:
    return any(Library((case,), (), ()).public_cases())


# Here, and not among the arguments, because forked processes see it without its being copied to them.
_runner: _Runner | None = None


def _run(name: str) -> _Outcome | None:
    assert _runner is not None
    return _runner(name)
