"""Gives the questions of the self-check as typed values; trusts that their shape has been checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from build_tools.model import Record

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Code:
    """A vocabulary term that an answer stands for, with the verdict or state it would have on a case."""

    term: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its effect on the conclusion, why, what to do, the terms it stands for and its rules."""

    id: str
    text: str
    effect: str
    why: str
    todo: str
    codes: tuple[Code, ...]
    rules: tuple[str, ...]
    applies: tuple[str, ...]  # rules that apply to whoever gives this answer
    limits: tuple[str, ...]  # rules whose time limits hold for whoever gives this answer


@dataclass(frozen=True, slots=True)
class Question:
    """One question; the answer 不清楚 belongs to each and is not among `answers`."""

    id: str
    text: str
    help: str
    many: bool
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Questions that are asked one after the other under one heading."""

    id: str
    title: str
    lead: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A conclusion: it holds when any answer has one of the effects `when`; an empty `when` always holds."""

    id: str
    when: tuple[str, ...]
    title: str
    text: str
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The whole questionnaire; the first of `verdicts` that holds is the conclusion."""

    title: str
    lead: str
    disclaimer: str
    unknown_text: str
    unknown_why: str
    verdicts: tuple[Verdict, ...]
    steps: tuple[Step, ...]

    @property
    def answers(self) -> Iterator[Answer]:
        """Every answer of every question, in order."""
        return (a for step in self.steps for question in step.questions for a in question.answers)


def selfcheck_of(record: Record) -> SelfCheck:
    """The questionnaire in `schema/selfcheck.yaml`; raises KeyError where a key is missing."""
    data = record.data
    return SelfCheck(
        data["title"],
        data["lead"],
        data["disclaimer"],
        data["unknown"]["text"],
        data["unknown"]["why"],
        tuple(
            Verdict(v["id"], v.get("when") or (), v["title"], v["text"], v["next"]) for v in data["verdicts"]
        ),
        tuple(
            Step(s["id"], s["title"], s["lead"], tuple(map(_question, s["questions"]))) for s in data["steps"]
        ),
    )


def _question(data: Node) -> Question:
    return Question(
        data["id"],
        data["text"],
        data.get("help") or "",
        data.get("many") == "yes",
        tuple(map(_answer, data["answers"])),
    )


def _answer(data: Node) -> Answer:
    return Answer(
        data["id"],
        data["text"],
        data["effect"],
        data.get("why") or "",
        data.get("todo") or "",
        tuple(Code(c["term"], c.get("state") or "") for c in data.get("terms") or ()),
        data.get("rules") or (),
        data.get("applies") or (),
        data.get("limits") or (),
    )
