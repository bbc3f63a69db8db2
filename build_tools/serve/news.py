"""What browsers are told: how the preview stands and what changed; builds, serves and prints nothing."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from build_tools.check.report import one_line
from build_tools.model import Diagnostic

MOST_SHOWN = 100  # problems told to the browser
MOST_KEPT = 200  # builds whose changes are kept; a page older than that is simply loaded again


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding as shown: `where` and `code` are empty for one that belongs to no place in a file."""

    message: str
    where: str = ""  # file:line:column
    code: str = ""
    hint: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        place = f"{self.where}: {self.code} " if self.where else ""
        mark = "" if self.severity == "error" else "（警告）"
        return one_line(f"{place}{self.message}{f' — {self.hint}' if self.hint else ''}{mark}")


def as_problems(diagnostics: Sequence[Diagnostic], changed: Collection[str]) -> tuple[Problem, ...]:
    """Every error, those of the files just changed first; of the warnings only those of these files."""

    def order(d: Diagnostic) -> tuple[bool, bool, Any]:
        return (d.severity != "error", d.path not in changed, d.sort_key)

    relevant = [d for d in diagnostics if d.severity == "error" or d.path in changed]
    return tuple(
        Problem(d.message, f"{d.path}:{d.mark.line}:{d.mark.column}", d.code, d.hint, d.severity)
        for d in sorted(relevant, key=order)
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How the preview stands after some build or in the middle of one."""

    attempt: int = 0  # builds begun
    good: int = 0  # builds that gave a site
    building: bool = False
    steps: tuple[str, ...] = ()  # of the build under way, or of the last one
    failed: bool = False  # the last build gave no site
    problems: tuple[Problem, ...] = ()
    verdict: int = 0  # the build that the problems are of


class News:
    """The present standing, shared between the thread that builds and those that serve."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(8)  # tells this process from an earlier one at the same address
        self._changed = threading.Condition()
        self._standing = Standing()
        self._serial = 0
        self._log: list[tuple[int, frozenset[str]]] = []  # number of a good build, files that it changed
        self._closed = False

    @property
    def standing(self) -> Standing:
        return self._standing

    def begin(self) -> None:
        """A build begins; problems stay as they are until it ends."""
        now = self._standing
        self._put(replace(now, attempt=now.attempt + 1, building=True, steps=()))

    def step(self, said: str) -> None:
        """The build under way came to a step."""
        self._put(replace(self._standing, steps=(*self._standing.steps, said)))

    def fail(self, problems: Sequence[Problem]) -> None:
        """The build gave no site."""
        self._end(failed=True, problems=tuple(problems))

    def succeed(self, problems: Sequence[Problem], changed: Collection[str]) -> None:
        """The build gave a site; `changed` are the served files that are no longer what browsers have."""
        good = self._standing.good + 1
        self._log = [*self._log, (good, frozenset(changed))][-MOST_KEPT:]
        self._end(good=good, failed=False, problems=tuple(problems))

    def glimpse(self, changed: Collection[str]) -> None:
        """The build under way has brought these served files up to date already; the rest follows."""
        good = self._standing.good + 1
        self._log = [*self._log, (good, frozenset(changed))][-MOST_KEPT:]
        self._put(replace(self._standing, good=good, failed=False))

    def close(self) -> None:
        """Let all who wait go."""
        self._closed = True
        self._put(self._standing)

    def after(self, serial: int, patience: float) -> int | None:
        """Wait until there is something newer than `serial`, at most `patience` seconds; None once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._serial != serial or self._closed, patience)
            return None if self._closed else self._serial

    def told(self, run: str, good: int) -> dict[str, Any]:
        """The standing for a page that this or another `run` served after its good build number `good`.

        `changed` are the files that differ since then, None where that is not known.
        """
        now = self._standing
        errors = sum(p.severity == "error" for p in now.problems)
        shown = [{key: one_line(text) for key, text in asdict(p).items()} for p in now.problems[:MOST_SHOWN]]
        changed = self._since(good) if run == self.run else None
        counts = {"errors": errors, "warnings": len(now.problems) - errors}
        return {"run": self.run, "changed": changed, **counts, **asdict(now), "problems": shown}

    def _since(self, good: int) -> list[str] | None:
        newer = [(number, files) for number, files in self._log if number > good]
        if len(newer) != max(self._standing.good - good, 0):
            return None
        return sorted(frozenset[str]().union(*(files for _, files in newer)))

    def _end(self, **facts: Any) -> None:
        self._put(replace(self._standing, building=False, verdict=self._standing.attempt, **facts))

    def _put(self, standing: Standing) -> None:
        with self._changed:
            self._standing = standing
            self._serial += 1
            self._changed.notify_all()
