"""Chooses the cases fit for training and hides what gives their outcome away; draws no pages.

A case qualifies when it is published and not of low confidence, all three boundaries are coded and at least one of
them is decided, the reasons are stated, an error factor and at least one distinction or condition are coded, and
enough of its facts is left once every sentence that speaks of the outcome is hidden.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from build_tools.load import Schemas
from build_tools.load.drill import DrillSettings
from build_tools.model import Case, Library
from build_tools.relate.coding import coded_items

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
    words = hidden_words(library, schemas, settings)
    made = []
    for case in sorted(cases, key=lambda c: c.id):
        facts = tuple((f, text) for f in FACTS if (text := hide(str(case.data.get(f) or ""), words)))
        if _detailed(case, library) and _length(facts) >= settings.facts_min:
            terms = _with_broader(library, {c.term for c in coded_items(case, schemas.case)})
            own = frozenset(_with_broader(library, set(case.data["fields"])))
            modules = tuple(m.id for m in settings.modules if terms.intersection(m.terms))
            made.append(Exercise(case, facts, _options(case, library, settings.options), own, modules))
    return tuple(made)


def hidden_words(library: Library, schemas: Schemas, settings: DrillSettings) -> tuple[str, ...]:
    """Words that give an outcome away: labels and synonyms of outcomes, labels of kinds, and the settings' own."""
    words = set(settings.hidden)
    for term in library.vocabulary["outcomes"].terms:
        words.update((term.label, *term.synonyms))
    for kind in schemas.case.choices(("kind",)):
        words.update((kind.label, kind.fact("short")))
    return tuple(sorted(w for w in words if w and w not in settings.harmless))


def hide(text: str, words: Sequence[str]) -> str:
    """The text with each run of sentences that contain one of `words` as one gap; empty when nothing is left."""
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


def _with_broader(library: Library, terms: set[str]) -> set[str]:
    above = set(terms)
    for term_id in terms:
        if term := library.term_by_id.get(term_id):
            above.update(t.id for t in library.vocabulary[term.list].ancestors(term_id))
    return above


def _options(case: Case, library: Library, count: int) -> tuple[str, ...]:
    """The case's error factors among others of the same branch; the same case always gives the same others."""
    vocabulary = library.vocabulary["error_factors"]
    true = {f["term"] for f in case.data["error_factors"]}
    kin = _with_broader(library, true) | {
        t.id for t in vocabulary.terms if true & {a.id for a in vocabulary.ancestors(t.id)}
    }
    branches = {vocabulary.by_id[t].broader for t in true if t in vocabulary.by_id}
    parents = {t.broader for t in vocabulary.terms}
    others = [t for t in vocabulary.terms if t.id not in kin and t.id not in parents]
    others.sort(key=lambda t: (t.broader not in branches, _lot(case.id, t.id)))
    wrong = max(2, count - len(true))
    chosen = true | {t.id for t in others[:wrong]}
    return tuple(t.id for t in vocabulary.terms if t.id in chosen)


def _lot(case_id: str, term_id: str) -> str:
    """A draw that looks random and never changes."""
    return hashlib.sha256(f"{case_id} {term_id}".encode()).hexdigest()
