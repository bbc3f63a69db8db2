"""Finds the vocabulary's terms in the prose of a pending matter and quotes the words; judges no likeness.

Two ways, always told apart. *Named*: a label or synonym stands in the text, function words aside (没有公示 is
没公示). *Resembles*: within one clause stands enough of a form, by weight of its characters and pairs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from build_tools.model import Term
from build_tools.search.concepts import Lexicon
from build_tools.search.text import folded_tokens, normalize

NAMED, RESEMBLES = "named", "resembles"
# Share of a form's weight that has to stand in a clause. Measured over the library's own cases (their facts against
# their coded error factors): 42 instead of 38 of 100 factors are found, 54 instead of 58 of 100 found are right;
# wordings that nobody foresaw gain more than these, whose words the synonyms were collected from.
ENOUGH = 0.6
SHORTEST = 3  # characters; shorter forms have to stand in the text whole
_QUOTE = 24  # characters of a clause that are quoted

_CLAUSE = re.compile(r"[^，。；！？,;:：、\n“”‘’（）()]{2,}")
_NOT = re.compile("没有|未曾|尚未|未能|并未|未经|没能|不曾|未")
_PARTICLES = re.compile("[了过的着地得]")
# Said just before a form, these deny it: 不存在虚报, 没有发现截留. The form's own 没 is not meant.
_DENIED = re.compile("(?:没有|没|未|不存在|无|并非|不是|查无)(?:发现|出现|发生|任何|存在)?$")

Weigh = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Sign:
    """A term, the words of the facts that point to it, how they do, and the state coded (cases only)."""

    term: str
    words: str = ""
    how: str = NAMED
    denied: bool = False
    state: str = ""


@dataclass(frozen=True, slots=True)
class _Form:
    term: str
    text: str
    negated: bool  # begins with 没 or 不, which then only has to stand before the rest
    weights: Mapping[str, float]
    total: float


def recognise(
    text: str, terms: Iterable[Term], lexicon: Lexicon, weigh: Weigh, everyday: Iterable[str] = ()
) -> tuple[Sign, ...]:
    """Signs of `terms` in `text`, each term once with its best evidence, in order of appearance.

    `weigh` gives the weight of a token (its inverse document frequency); `everyday` forms point to nothing.
    Reads the whole text; linear in it.
    """
    wanted = {term.id: term for term in terms}
    folded = normalize(text)
    idle = frozenset(map(normalize, everyday))
    found: dict[str, Sign] = {}
    for sign in (*_named(folded, lexicon, idle), *_resembling(folded, wanted.values(), weigh, idle)):
        known = found.get(sign.term)
        if sign.term in wanted and (
            known is None or (known.denied and sign.how == NAMED and not sign.denied)
        ):
            found[sign.term] = sign
    return tuple(found.values())


def _named(folded: str, lexicon: Lexicon, idle: frozenset[str]) -> Iterator[Sign]:
    for start, end in lexicon.places(folded):
        words = folded[start:end]
        if words in idle:
            continue
        denied = words[0] not in "没未不无" and bool(_DENIED.search(folded[max(0, start - 8) : start]))
        for term in lexicon.surfaces[words]:
            yield Sign(term, words, NAMED, denied)


def _resembling(folded: str, terms: Iterable[Term], weigh: Weigh, idle: frozenset[str]) -> Iterator[Sign]:
    forms, postings = _forms(terms, weigh, idle)
    best: dict[str, tuple[float, Sign]] = {}
    for match in _CLAUSE.finditer(folded):
        clause = _canonical(match[0])
        for number, share in _shares(clause, forms, postings):
            form = forms[number]
            how = NAMED if form.text in clause else RESEMBLES
            if how == RESEMBLES and len(form.text) < SHORTEST:
                continue
            if share > best.get(form.term, (0.0, None))[0]:
                sign = Sign(form.term, match[0].strip()[:_QUOTE], how, _denies(clause, form))
                best[form.term] = share, sign
    yield from (sign for _, sign in best.values())


def _forms(
    terms: Iterable[Term], weigh: Weigh, idle: frozenset[str] = frozenset()
) -> tuple[list[_Form], Mapping[str, list[int]]]:
    """Forms long enough to be recognised in parts, and for each token the numbers of the forms it is in."""
    forms: list[_Form] = []
    postings: dict[str, list[int]] = defaultdict(list)
    for term in terms:
        surfaces = (normalize(form) for form in (term.label, *term.synonyms))
        for text in dict.fromkeys(_canonical(form) for form in surfaces if form not in idle):
            if len(text) >= 2:
                negated = text[0] in "没不"
                weights = {token: weigh(token) for token in folded_tokens(text[1:] if negated else text)}
                for token in weights:
                    postings[token].append(len(forms))
                forms.append(_Form(term.id, text, negated, weights, sum(weights.values())))
    return forms, postings


def _shares(
    clause: str, forms: list[_Form], postings: Mapping[str, list[int]]
) -> Iterator[tuple[int, float]]:
    """(form, share of its weight that stands in the clause) for the forms that stand there sufficiently."""
    sums: dict[int, float] = defaultdict(float)
    for token in dict.fromkeys(folded_tokens(clause)):  # in order: ties must not hang on hashing
        for number in postings.get(token, ()):
            sums[number] += forms[number].weights[token]
    for number, held in sums.items():
        form = forms[number]
        if held < ENOUGH * form.total:
            continue
        if form.negated:
            at = clause.find(form.text[0])
            after = set(folded_tokens(clause[at + 1 :])) if at >= 0 else set()
            held = sum(weight for token, weight in form.weights.items() if token in after)
        if held >= ENOUGH * form.total:
            yield number, held / form.total


def _denies(clause: str, form: _Form) -> bool:
    """Whether the clause says 没有 just before the first pair of the form that stands in it."""
    starts = [clause.find(token) for token in form.weights if len(token) > 1 and token in clause]
    return not form.negated and bool(starts) and bool(_DENIED.search(clause[: min(starts)]))


def _canonical(text: str) -> str:
    """Folded text with one word for "not" and without particles, so that 没有公示 and 未公示 are one form."""
    return _PARTICLES.sub("", _NOT.sub("没", text)).strip()


def given(term: str) -> Sign:
    """A term the officer added."""
    return replace(Sign(term), how="given")
