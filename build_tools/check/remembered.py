"""What the rules found in earlier rounds, and whether it still holds; holds no rule and judges nothing.

A rule for single files sees the file itself, `Context`, and the day. Findings are remembered by the file and by
`Surroundings`, which stands for all of `Context` but the cases; of those a rule can only ask after the ones that
its file names, and the answers are remembered beside the findings. So an edit of one case has only that case and
those that name it judged again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from build_tools.check.context import MAY_LIE_AHEAD, Context, Subject
from build_tools.load import Loaded, Schemas
from build_tools.load.library import SINGLES
from build_tools.model import Diagnostic, Library, Mark, Record

if TYPE_CHECKING:
    from datetime import date

    from build_tools.memory import Memory, Stage

# How a case is named, in coded fields and in prose.
CASE_ID = re.compile(r"RC-\d{4}-\d{4,6}")

Finding = tuple[str, int, int, str, str, str, str]
Answers = tuple[Any, ...]

# All that a rule for cases learns of another case that is there and public.
SUPPOSED: Answers = (True, True, False, False)


def packed(found: Iterable[Diagnostic]) -> tuple[Finding, ...]:
    """Findings as plain data."""
    return tuple((d.path, d.mark.line, d.mark.column, d.code, d.message, d.hint, d.severity) for d in found)


def unpacked(found: Iterable[Finding]) -> Iterator[Diagnostic]:
    """The findings again."""
    for path, line, column, code, message, hint, severity in found:
        yield Diagnostic(path, Mark(line, column), code, message, hint, severity)


def context_for(kind: str, whole: Context) -> Context:
    """What the rules for files of this kind may look at: no pages, and those for cases no lists and no forms."""
    hidden: dict[str, Any] = {"guides": ()}
    if kind == "case":
        hidden |= {"toolkits": (), **dict.fromkeys(name for name in SINGLES if name != "lookback")}
    context = replace(whole, library=replace(whole.library, **hidden))
    for name in (
        "case_files",
        "known_cases",
        "public_cases",
        "hidden_cases",
    ):  # the same cases, already sorted
        context.__dict__[name] = getattr(whole, name)
    return context


@dataclass(frozen=True)
class Judged:
    """What the rules say of one file, and what that rests on beside the file."""

    found: tuple[Finding, ...]
    asked: tuple[str, ...]  # the cases that the file names
    ahead: bool  # whether a date in it lies after today that should not

    @classmethod
    def of(cls, subject: Subject, found: Iterable[Diagnostic], today: date) -> Judged:
        """What was found in a file, with what it names and how its dates lie."""
        return cls(packed(found), _asked(subject), _ahead(subject, today.isoformat()))


def _asked(subject: Subject) -> tuple[str, ...]:
    text = subject.record.text
    named = {subject.record.id, *CASE_ID.findall(text)}
    named.update(s.value for s in subject.spots if s.facts.reference == "case")
    if "\\" in text or "\r" in text:  # written in another way than it reads
        named.update(name for _, value in subject.texts for name in CASE_ID.findall(value))
    return tuple(sorted(named))


def _ahead(subject: Subject, today: str) -> bool:
    """Whether a date lies, as far as both are known, after today; only then does another day say another thing."""
    return any(
        s.value[: len(today)] > today[: len(s.value)]
        for s in subject.spots
        if s.facts.date and s.pointer[-1] not in MAY_LIE_AHEAD
    )


class Remembered:
    """The findings of earlier rounds for the files of one context."""

    def __init__(self, context: Context, memory: Memory) -> None:
        self.context, self.memory = context, memory
        self.stage: Stage[Any] = memory.stage("findings", kept=True)
        self.today = context.today.isoformat()
        self._answers: dict[str, tuple[Answers, Answers]] = {}

    def found(self, kind: str, record: Record) -> tuple[Finding, ...] | None:
        """What the rules would say of a file; None where that is not known."""
        value = self.stage.peek(self._key(kind, record.path, record.digest)) if record.digest else None
        if value is None:
            return None
        found: tuple[Finding, ...]
        found, asked, answers, ahead, day = value
        holds = day == self.today or (not ahead and day < self.today)
        return found if holds and self._answered(kind, asked) == answers else None

    def keep(self, kind: str, record: Record, judged: Judged) -> None:
        """Remember what the rules said."""
        if record.digest:
            answers = self._answered(kind, judged.asked)
            self.put(kind, record.path, record.digest, judged, answers)

    def put(self, kind: str, path: str, digest: str, judged: Judged, answers: Answers) -> None:
        """Remember what the rules said of a file while these were the answers of the cases that it names."""
        value = (judged.found, judged.asked, answers, judged.ahead, self.today)
        self.stage.put(self._key(kind, path, digest), value)

    def _key(self, kind: str, path: str, digest: str) -> str:
        around = self._around_cases if kind == "case" else self._around_others
        return f"{around} {kind} {digest} {path}"

    @cached_property
    def _around_cases(self) -> str:
        return surroundings(context_for("case", self.context), self.memory)

    @cached_property
    def _around_others(self) -> str:
        return surroundings(context_for("", self.context), self.memory)

    def _answered(self, kind: str, asked: tuple[str, ...]) -> Answers:
        which = int(kind != "case")
        return tuple([(self._answers.get(name) or self._answer(name))[which] for name in asked])

    def _answer(self, name: str) -> tuple[Answers, Answers]:
        """All that a rule for cases, and one for other files, can learn of a case by its id.

        For an unknown one that is also what it may have been meant for.
        """
        context = self.context
        case = context.library.case_by_id.get(name)
        answer: Answers = (
            name in context.known_cases,
            name in context.public_cases,
            name in context.hidden_cases,
            name in context.known_rules,
        )
        if name not in context.known_cases:
            answer = (*answer, self._all_cases)
        answers = answer, (*answer, (case.kind, case.tombstone) if case else ())
        self._answers[name] = answers
        return answers

    @cached_property
    def _all_cases(self) -> str:
        titles = sorted((name, case.title) for name, case in self.context.library.case_by_id.items())
        return hashlib.sha256(repr(titles).encode()).hexdigest()


def surroundings(context: Context, memory: Memory) -> str:
    """A digest of all that a context holds but the cases and the day."""
    library = context.library
    rules = sorted(name for name in context.known_rules if not CASE_ID.fullmatch(name))
    whole = (*_documents(context.schemas, memory), *_files(replace(library, cases=())), *rules)
    return _digest((*whole, str("rules" in context.broken)))


def whole_run(loaded: Loaded, schemas: Schemas, today: date, memory: Memory) -> str | None:
    """A digest of all that the findings of a whole library rest on; None where something in it has none."""
    files = list(_files(loaded.library))
    if "" in files:
        return None
    reading = (part for finding in packed(loaded.diagnostics) for part in map(str, finding))
    return _digest((*_documents(schemas, memory), *files, "", *reading, "", today.isoformat()))


def _documents(schemas: Schemas, memory: Memory) -> Iterator[str]:
    for name in Schemas.__dataclass_fields__:
        yield memory.digests.of(getattr(schemas, name))


def _files(library: Library) -> Iterator[str]:
    """Path and digest of everything that was read, one kind after the other."""
    vocabularies = [vocabulary.record for vocabulary in library.vocabularies]
    singles = [record for name in SINGLES if (record := getattr(library, name))]
    for records in (library.cases, library.rules, vocabularies, library.toolkits, singles):
        yield str(len(records))
        for record in records:
            yield record.path
            yield record.digest
    for guide in library.guides:
        yield guide.path
        yield hashlib.sha256(guide.text.encode("utf-8", "surrogatepass")).hexdigest()


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
