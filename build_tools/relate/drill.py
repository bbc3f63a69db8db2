"""Chooses the cases fit for training and hides what gives their outcome away; draws no pages.

A case qualifies when it is published and not of low confidence, all three boundaries are coded and at least one of
them is decided, the reasons are stated, an error factor and at least one distinction or condition are coded, and
enough of its facts is left once every sentence that speaks of the outcome is hidden.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from build_tools.load import Schemas
from build_tools.load.drill import DrillSettings
from build_tools.model import Case, Library, Vocabulary

FACTS = ("background", "trigger", "circumstances", "error")
# What is shown first must stand on these; a trigger alone tells no story.
CORE_FACTS = frozenset({"background", "circumstances", "error"})
GAP = "……"
SENTENCE = re.compile(r"[^。！？；!?;\n]+[。！？；!?;\n]*")


@dataclass(frozen=True, slots=True)
class Exercise:
    """A case made ready: facts by field with gaps for what is hidden, options, and the sets it belongs to."""

    case: Case
    facts: tuple[tuple[str, str], ...]
    options: tuple[str, ...]  # error factors, in the vocabulary's order
    fields: frozenset[str]
    modules: tuple[str, ...]


def exercises(
    cases: Iterable[Case], library: Library, schemas: Schemas, settings: DrillSettings
) -> tuple[Exercise, ...]:
    """The qualifying cases among `cases`, by id."""
    trainer = Trainer(library, schemas, settings)
    found = map(trainer.exercise, sorted(cases, key=lambda case: case.id))
    return tuple(exercise for exercise in found if exercise)


class Trainer:
    """Makes exercises; holds what does not depend on the case."""

    def __init__(self, library: Library, schemas: Schemas, settings: DrillSettings) -> None:
        self.library, self.settings = library, settings
        self.words = hidden_words(library, schemas, settings)
        self._draw = _Draw(library.vocabulary["error_factors"])

    def exercise(self, case: Case) -> Exercise | None:
        """The case made ready, or None where it does not qualify."""
        library, settings = self.library, self.settings
        if not _detailed(case, library):
            return None
        facts = tuple((f, text) for f in FACTS if (text := hide(str(case.data.get(f) or ""), self.words)))
        if _length(facts) < settings.facts_min:
            return None
        terms = _with_broader(library, _terms(case.data, library))
        own = frozenset(_with_broader(library, set(case.data["fields"])))
        modules = tuple(m.id for m in settings.modules if not terms.isdisjoint(m.terms))
        return Exercise(case, facts, self._draw.options(case, settings.options), own, modules)


def hidden_words(library: Library, schemas: Schemas, settings: DrillSettings) -> tuple[str, ...]:
    """Words that give an outcome away: labels and synonyms of outcomes, labels of kinds, and the settings' own.

    Words that contain another of them are left out, for they hide nothing more.
    """
    words = set(settings.hidden)
    for term in library.vocabulary["outcomes"].terms:
        words.update((term.label, *term.synonyms))
    for kind in schemas.case.choices(("kind",)):
        words.update((kind.label, kind.fact("short")))
    kept: list[str] = []
    for word in sorted((w for w in words if w and w not in settings.harmless), key=lambda w: (len(w), w)):
        if not any(shorter in word for shorter in kept):
            kept.append(word)
    return tuple(sorted(kept))


def hide(text: str, words: Sequence[str]) -> str:
    """The text with each run of sentences that contain one of `words` as one gap; empty when nothing is left."""
    words = [word for word in words if word in text]
    out: list[str] = []
    for sentence in SENTENCE.findall(text):
        if not any(word in sentence for word in words):
            out.append(sentence)
        elif not out or out[-1] != GAP:
            out.append(GAP)
    return "" if set(out) <= {GAP} else "".join(out).strip()


def _detailed(case: Case, library: Library) -> bool:
    wanted = {term.id for term in library.vocabulary["boundaries"].terms}
    verdicts = {b["term"]: b["verdict"] for b in case.data.get("boundaries") or ()}
    return bool(
        case.status == "published"
        and case.get("confidence", "grade") != "low"
        and set(verdicts) == wanted
        and set(verdicts.values()) != {"unclear"}
        and case.get("outcome", "reasons")
        and case.data.get("error_factors")
        and (case.data.get("distinctions") or case.data.get("conditions"))
    )


def _length(facts: Iterable[tuple[str, str]]) -> int:
    return sum(len(text.replace(GAP, "")) for field, text in facts if field in CORE_FACTS)


def _terms(value: Any, library: Library) -> set[str]:
    """Every term named anywhere inside a value; ids look like nothing else that is written in a case."""
    known, found, rest = library.term_by_id, set[str](), [value]
    while rest:
        part = rest.pop()
        if type(part) is str:
            if part in known:
                found.add(part)
        elif part:
            rest.extend(part.values() if isinstance(part, Mapping) else part)
    return found


def _with_broader(library: Library, terms: set[str]) -> set[str]:
    above = set(terms)
    for term_id in terms:
        if term := library.term_by_id.get(term_id):
            above.update(t.id for t in library.vocabulary[term.list].ancestors(term_id))
    return above


class _Draw:
    """Draws wrong options from a vocabulary; the same case always gets the same ones."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.terms = vocabulary.terms
        self.branch = {t.id: t.broader for t in vocabulary.terms}
        self.above = {t.id: {a.id for a in vocabulary.ancestors(t.id)} for t in vocabulary.terms}
        inner = set(self.branch.values())
        self.leaves = [t.id for t in vocabulary.terms if t.id not in inner]
        self.names = {t: t.encode() for t in self.leaves}

    def options(self, case: Case, count: int) -> tuple[str, ...]:
        """The case's error factors among others, first of the same branch, never broader or narrower ones."""
        true = {f["term"] for f in case.data["error_factors"]}
        above = {a for t in true for a in self.above.get(t, ())}
        branches = {self.branch[t] for t in true if t in self.branch}
        others = [t for t in self.leaves if t not in true and t not in above and not self.above[t] & true]
        drawn = zlib.crc32(f"{case.id} ".encode())
        others.sort(key=lambda t: (self.branch[t] not in branches, zlib.crc32(self.names[t], drawn), t))
        chosen = true.union(others[: max(2, count - len(true))])
        return tuple(t.id for t in self.terms if t.id in chosen)
