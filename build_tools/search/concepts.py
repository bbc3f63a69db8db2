"""Finds the vocabulary's labels and synonyms in a text; knows the words, not the documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from build_tools.model import Library
from build_tools.search.text import normalize

SHORTEST = 2  # characters; a one-character synonym would be found everywhere


@dataclass(frozen=True)
class Lexicon:
    """Folded surface form → ids of the terms it stands for, and the label of each term."""

    surfaces: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]

    @cached_property
    def _lengths(self) -> Mapping[str, tuple[int, ...]]:
        """Lengths of the surfaces that begin with a given pair of characters, longest first."""
        found: dict[str, set[int]] = {}
        for surface in self.surfaces:
            found.setdefault(surface[:SHORTEST], set()).add(len(surface))
        return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}

    def find(self, folded: str) -> tuple[str, ...]:
        """Ids of the terms named in folded text, in order of appearance, each once.

        A form inside a longer one does not count: 没有谋取私利 is not 谋取私利.
        """
        return tuple(
            dict.fromkeys(
                one for start, end in self.places(folded) for one in self.surfaces[folded[start:end]]
            )
        )

    def places(self, folded: str) -> Iterator[tuple[int, int]]:
        """Start and end of every form found in folded text, in order."""
        reached = 0
        for start in range(len(folded) - SHORTEST + 1):
            for length in self._lengths.get(folded[start : start + SHORTEST], ()):
                end = start + length
                if end > reached and end <= len(folded) and folded[start:end] in self.surfaces:
                    yield start, end
                    reached = end
                    break


def build_lexicon(library: Library) -> Lexicon:
    """All labels and synonyms of all lists; a form shared by several terms stands for each of them."""
    surfaces: dict[str, list[str]] = {}
    labels: dict[str, str] = {}
    for vocabulary in library.vocabularies:
        for term in vocabulary.terms:
            labels[term.id] = term.label
            for surface in _forms(term.label, term.synonyms):
                ids = surfaces.setdefault(surface, [])
                if term.id not in ids:
                    ids.append(term.id)
    return Lexicon({form: tuple(ids) for form, ids in sorted(surfaces.items())}, labels)


def _forms(label: str, synonyms: Iterable[str]) -> list[str]:
    folded = (normalize(form).strip() for form in (label, *synonyms))
    return [form for form in dict.fromkeys(folded) if len(form) >= SHORTEST]
