"""A filled-in look-back: from words on a form to a checked `Filing`; touches no case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from build_tools.check.rules.reviews import EXPLAINED
from build_tools.check.suggest import nearest
from build_tools.load import Schema, Schemas
from build_tools.load.checklists import cite
from build_tools.load.lookback import Basis, Policy
from build_tools.lookback.dates import day_of, written_day
from build_tools.model import Library, Pointer

# Keys of a filled-in form; the schema of `reviews` names all but those about status and the form itself.
REVIEW: Pointer = ("reviews", 0)
ANSWER: Pointer = (*REVIEW, "checklist", 0, "answer")
OBLIGATION: Pointer = (*REVIEW, "obligations", 0, "kind")
TRIGGERS, FINDINGS = "lookback_triggers", "lookback_findings"
STATUS_KEYS = ("before", "after", "reason", "authority")
TEXTS = ("date", "reviewer", "independence", "note", "disclosed", *STATUS_KEYS)
NEEDED = ("date", "trigger", "reviewer", "independence", "findings", "disclosure")

Options = tuple[
    tuple[str, tuple[str, ...]], ...
]  # (value, (label, synonyms…)) for every word that is allowed


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered item of the checklist."""

    item: str
    answer: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """An obligation as the reviewer wrote it; empty text and day mean the policy's."""

    kind: str
    text: str = ""
    due: str = ""


@dataclass(frozen=True)
class Filing:
    """A look-back ready to be recorded. `digest` is that of the case when its worksheet was made, if there was one."""

    case: str
    date: str
    trigger: str
    reviewer: str
    independence: str
    checklist: tuple[Answer, ...]
    findings: tuple[str, ...]
    disclosure: str
    obligations: tuple[Opened, ...] = ()
    note: str = ""
    disclosed: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""
    authority: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Words:
    """The words a form may use, each list with its values, labels and synonyms."""

    library: Library
    policy: Policy
    schemas: Schemas

    @property
    def schema(self) -> Schema:
        return self.schemas.case

    def terms(self, name: str) -> Options:
        """The terms of a vocabulary; findings only as far as the policy knows them, in its order."""
        terms = self.library.vocabulary[name].by_id
        ids = [t for t in self.policy.findings if t in terms] if name == FINDINGS else list(terms)
        return tuple((key, (terms[key].label, *terms[key].synonyms)) for key in ids)

    def choices(self, pointer: Pointer) -> Options:
        return tuple((c.value, (c.label,)) for c in self.schema.choices(pointer))

    @property
    def answers(self) -> Options:
        return self.choices(ANSWER)

    @property
    def kinds(self) -> Options:
        """Kinds of obligation, in the policy's order."""
        labels = dict(self.choices(OBLIGATION))
        return tuple((kind, labels.get(kind, (kind,))) for kind in self.policy.duties)

    @property
    def items(self) -> Options:
        return tuple((item.id, (item.label,)) for item in self.policy.checklist)

    @property
    def disclosures(self) -> Options:
        return self.choices((*REVIEW, "disclosure"))

    def origin(self, value: str) -> str:
        """规范写明 or 编者建议, as the policy's schema says it."""
        return self.schemas.lookback.choice(("coverage", "origin"), value).label

    def based(self, basis: Basis) -> str:
        """A line of the policy with where it comes from: 原案审查人员不得参与（规范写明：《…》第五十九条）."""
        rules = "、".join(cite(rule, self.library) for rule in basis.rules)
        nature = self.origin(basis.origin) + (f"：{rules}" if rules else "")
        return f"{basis.reason.removesuffix('。')}（{nature}）"

    def title(self, key: str) -> str:
        """How people call a key of a form."""
        where: Pointer = ("status_record", key) if key in STATUS_KEYS else (*REVIEW, key)
        return self.schema.title(where).partition("（")[0]


def filing_of(data: Mapping[str, Any], words: Words) -> tuple[Filing | None, tuple[str, ...]]:
    """The filing that a form's content says, or None with everything that is wrong with it, in Chinese."""
    reader = _Reader(words)
    filing = reader.read(data)
    return (None, tuple(reader.problems)) if reader.problems else (filing, ())


class _Reader:
    """Turns words into values and collects what cannot be understood, so that all of it is shown at once."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.problems: list[str] = []

    def read(self, data: Mapping[str, Any]) -> Filing:
        known = {*TEXTS, *NEEDED, "case", "digest", "checklist", "obligations"}
        for key in data.keys() - known:
            self.problems.append(f"不认识的栏目“{key}” — 可用的栏目：{'、'.join(sorted(known))}")
        for key in NEEDED:
            if not data.get(key):
                self.problems.append(f"没有填“{self.words.title(key)}”（{key}） — 必填")
        answers = tuple(self.answers(data.get("checklist")))
        self.complete(answers)
        texts = {key: self.text(data.get(key), key) for key in TEXTS}
        texts["date"] = written_day(texts["date"])
        if texts["date"] and day_of(texts["date"]) is None:
            self.problems.append(f"日期“{texts['date']}”看不懂 — 写成 2026-11-22 的样子")
        return Filing(
            case=self.text(data.get("case"), "case"),
            digest=self.text(data.get("digest"), "digest"),
            trigger=self.pick(data.get("trigger"), self.words.terms(TRIGGERS), self.words.title("trigger")),
            disclosure=self.pick(
                data.get("disclosure"), self.words.disclosures, self.words.title("disclosure")
            ),
            findings=tuple(self.findings(data.get("findings"))),
            checklist=answers,
            obligations=tuple(self.obligations(data.get("obligations"))),
            **texts,
        )

    def text(self, value: Any, key: str) -> str:
        if value is None or isinstance(value, str):
            return " ".join((value or "").split())
        self.problems.append(f"“{key}”应当是一段文字 — 不要写成列表")
        return ""

    def pick(self, value: Any, options: Options, title: str) -> str:
        """The value of the one word written; an empty string where nothing is, or nothing that is known."""
        word = self.text(value, title)
        if not word:
            return ""
        found = next((key for key, names in options if word == key or word in names), None)
        if found is None:
            guess = nearest(word, options)
            labels = {key: names[0] for key, names in options}
            meant = f"是不是“{labels[guess]}”？" if guess else ""
            self.problems.append(f"{title}里没有“{word[:30]}” — {meant}可选：{'、'.join(labels.values())}")
        return found or ""

    def findings(self, value: Any) -> Iterator[str]:
        for word in _listed(value):
            if picked := self.pick(word, self.words.terms(FINDINGS), self.words.title("findings")):
                yield picked

    def answers(self, value: Any) -> Iterator[Answer]:
        for entry in self.entries(value, "checklist", ("item", "answer", "note")):
            title = self.words.title("checklist")
            item = self.pick(entry.get("item"), self.words.items, title)
            label = self.words.policy.items[item].label if item else title
            answer = self.pick(entry.get("answer"), self.words.answers, f"“{label}”的答案")
            if item and (answer or entry.get("answer")):
                yield Answer(item, answer, self.text(entry.get("note"), "note"))

    def complete(self, answers: Sequence[Answer]) -> None:
        """Every item is answered, with a reason wherever not everything is in order."""
        answered = {answer.item for answer in answers}
        if missing := [i.label for i in self.words.policy.checklist if i.id not in answered]:
            hint = "每一项都要答，不涉及的答“不适用”"
            self.problems.append(f"核对单没有答全，缺 {'、'.join(missing)} — {hint}")
        labels = {value: names[0] for value, names in self.words.answers}
        for answer in answers:
            if answer.answer in EXPLAINED and not answer.note:
                label = self.words.policy.items[answer.item].label
                self.problems.append(
                    f"“{label}”答了“{labels[answer.answer]}”，没有写理由 — 写明哪里不符、缺什么"
                )

    def obligations(self, value: Any) -> Iterator[Opened]:
        for entry in self.entries(value, "obligations", ("kind", "text", "due")):
            title = self.words.title("obligations")
            kind, last = (
                self.pick(entry.get("kind"), self.words.kinds, title),
                written_day(self.text(entry.get("due"), "due")),
            )
            if not entry.get("kind"):
                self.problems.append(f"有一项{title}没有写 kind（类型） — 必填")
            if last and day_of(last) is None:
                self.problems.append(f"{title}的到期日“{last}”看不懂 — 写成 2026-12-22 的样子")
            yield Opened(kind, self.text(entry.get("text"), "text"), last)

    def entries(self, value: Any, key: str, allowed: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """The mappings in a list; whatever else stands there is a problem."""
        if value is None:
            return
        for entry in value if isinstance(value, (tuple, list)) else [value]:
            if not isinstance(entry, Mapping) or entry.keys() - set(allowed):
                self.problems.append(f"{key} 里有一项看不懂 — 每一项只写 {'、'.join(allowed)}")
            else:
                yield entry


def _listed(value: Any) -> list[Any]:
    """One word, or several in a list or with a separator between them."""
    if isinstance(value, str):
        return re.split(r"[，、；;,\s]+", value.strip())
    if isinstance(value, (tuple, list)):
        return list(value)
    return [value] if value else []
