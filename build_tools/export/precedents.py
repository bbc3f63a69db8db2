"""Finds the precedents for a matter, sorts them into groups and into the order of precedence; writes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from build_tools.export.comparison import Comparison, compare
from build_tools.export.definition import Definition, Step
from build_tools.export.matter import FACTORS, Matter
from build_tools.load import Schemas
from build_tools.model import Case, Library
from build_tools.search import Index, is_adverse
from build_tools.search.index import Segment
from build_tools.search.query import SETTINGS, applicable
from build_tools.search.text import normalize

CANDIDATES = 200  # the best by rank on each side (adverse or not) are compared one by one
FALLBACK = 3  # adverse cases shown although only their words are alike
GROUPS = ("on_point", "adverse", "facts_only")
WORDS_SHOWN = 6
RARE = 150  # idf in hundredths; commoner pairs say nothing about likeness
COHESION = 0.2


@dataclass(frozen=True)
class Precedent:
    """A compared case in its group, with its rank score, step of precedence and shared words."""

    comparison: Comparison
    group: str
    score: int  # comparable within one search only
    step: Step
    recent: bool
    words: tuple[str, ...]

    @property
    def case(self) -> Case:
        return self.comparison.case


@dataclass(frozen=True, slots=True)
class Share:
    """How many on-point cases of one kind there are, and with which outcomes (term → number)."""

    kind: str
    count: int
    outcomes: Mapping[str, int]


@dataclass(frozen=True)
class Findings:
    """The outcome of a search: the cases shown by group, how many there are in all, and the spread.

    `totals` and `by_step` (group, step id) → (all, recent ones) count every compared case of a group, not only
    those shown.
    """

    matter: Matter
    groups: Mapping[str, tuple[Precedent, ...]]
    totals: Mapping[str, int]
    by_step: Mapping[tuple[str, str], tuple[int, int]]
    spread: tuple[Share, ...]
    examined: int


def find_precedents(
    matter: Matter,
    library: Library,
    schemas: Schemas,
    index: Index,
    definition: Definition,
    today: date,
    limit: int = 10,
) -> Findings:
    """Search the public cases for a matter; each group shows at most `limit` cases.

    Adverse cases (kinds marked `x-adverse`, and overturned ones) are ranked and limited on their own, so that
    favourable ones never push them out: on point first, then alike in fact, then those that share an error factor.
    A candidate has to reach the share of its side's best score below which the search, too, sees only noise.
    Cases alike in words only fill a group up to `FALLBACK` (to `limit` where no error factor could be read).
    Those on point stand in the order of precedence: level of the deciding body, the last years before older ones,
    then rank; the others by nearness.
    """
    ranked = _ranked(matter, index, library)
    found: dict[str, list[Precedent]] = {group: [] for group in GROUPS}
    for case, score, adverse in ranked:
        comparison = compare(matter, case, library, schemas, definition)
        group = "adverse" if adverse else "on_point" if comparison.on_point else "facts_only"
        step = step_of(case, library, definition)
        recent = _is_recent(case, today, definition.number("precedence", "recent_years"))
        found[group].append(Precedent(comparison, group, score, step, recent, ()))
    spare = FALLBACK if matter.terms(FACTORS) else limit
    for group in ("adverse", "facts_only"):
        found[group] = _worth_showing(found[group], spare)
    on_point = [p for group in GROUPS for p in found[group] if p.comparison.on_point]
    shown = {group: _shown(found[group], limit, matter, index, definition) for group in GROUPS}
    return Findings(
        matter,
        shown,
        {group: len(found[group]) for group in GROUPS},
        _by_step(p for group in GROUPS[:2] for p in found[group]),
        _spread(on_point, schemas),
        len(ranked),
    )


def _ranked(matter: Matter, index: Index, library: Library) -> list[tuple[Case, int, bool]]:
    """(case, score, adverse) of the candidates, best first; equal scores in the index's order."""
    segment = index.segments["case"]
    scores = segment.scores(applicable(matter.query, segment))
    taken: Counter[bool] = Counter()
    best: dict[bool, int] = {}
    out = []
    for number, score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0])):
        document = index.documents[number]
        case = library.case_by_id[document.id]
        if case.id == matter.case_id or case.id in matter.apart or case.tombstone:
            continue
        adverse = is_adverse(index, document) or case.status == "overturned"
        taken[adverse] += 1
        best.setdefault(adverse, score)
        if taken[adverse] <= CANDIDATES and score * 100 >= best[adverse] * SETTINGS["keep_percent"]:
            out.append((case, score, adverse))
    return out


def _worth_showing(found: Sequence[Precedent], spare: int) -> list[Precedent]:
    """Those that share an error factor; `spare` of those alike in words only fill the group up."""
    factors = [p for p in found if p.comparison.factors]
    words = [p for p in found if not p.comparison.factors]
    return factors + words[: max(0, spare - len(factors))]


def _shown(
    found: Sequence[Precedent], limit: int, matter: Matter, index: Index, definition: Definition
) -> tuple[Precedent, ...]:
    """The best of a group, those on point in the order of precedence, with the words they share with the facts."""
    steps = {step.id: place for place, step in enumerate(definition.steps)}

    def nearness(p: Precedent) -> tuple[bool, bool, bool, int]:
        c = p.comparison
        return (not c.on_point, not c.alike, not c.factors, -p.score)

    def precedence(p: Precedent) -> tuple[bool, int, bool]:
        on_point = p.comparison.on_point
        return (not on_point, steps[p.step.id] if on_point else 0, on_point and not p.recent)

    ordered = sorted(sorted(found, key=nearness)[:limit], key=lambda p: (*precedence(p), *nearness(p)))
    return tuple(
        Precedent(p.comparison, p.group, p.score, p.step, p.recent, shared_words(matter, p.case.id, index))
        for p in ordered
    )


def step_of(case: Case, library: Library, definition: Definition) -> Step:
    """The step of precedence at which a case stands, by the level or the name of the body that decided it."""
    body = case.get("outcome", "decided_by", "body")
    name = str(case.get("outcome", "decided_by", "name") or "")
    terms = library.vocabulary["deciding_bodies"].record.data["terms"]
    level = next((term.get("level") for term in terms if term.get("id") == body), None)
    last = definition.steps[-1]
    known = next((step for step in definition.steps if level in step.levels), last)
    if known is not last:
        return known
    return next((step for step in definition.steps if any(n in name for n in step.names)), last)


def _is_recent(case: Case, today: date, years: int) -> bool:
    """Whether the main date lies within the last years; a date without month or day counts when it may."""
    value = str(case.get("date", "value") or "")
    earliest = f"{today.year - years:04d}-{today.month:02d}-{today.day:02d}"
    return bool(value) and value >= earliest[: len(value)]


def _by_step(found: Iterable[Precedent]) -> dict[tuple[str, str], tuple[int, int]]:
    counts: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for p in found:
        total, recent = counts[p.group, p.step.id]
        counts[p.group, p.step.id] = total + 1, recent + p.recent
    return dict(counts)


def _spread(on_point: Iterable[Precedent], schemas: Schemas) -> tuple[Share, ...]:
    """Kinds and outcomes of the on-point cases that still hold, in the schema's order of kinds."""
    by_kind: dict[str, list[Case]] = defaultdict(list)
    for p in on_point:
        if p.case.status == "published":
            by_kind[p.case.kind].append(p.case)
    return tuple(
        Share(kind.value, len(cases), _counted(t for c in cases for t in outcome_terms(c)))
        for kind in schemas.case.choices(("kind",))
        if (cases := by_kind.get(kind.value))
    )


def _counted(terms: Iterable[str]) -> dict[str, int]:
    """Term → how often, the most frequent first; equally frequent ones by id, as on the search page."""
    return dict(sorted(Counter(terms).items(), key=lambda pair: (-pair[1], pair[0])))


def outcome_terms(case: Case) -> tuple[str, ...]:
    """The coded outcomes of a case."""
    return tuple(case.get("outcome", "terms") or ())


def shared_words(matter: Matter, case_id: str, index: Index) -> tuple[str, ...]:
    """The longest stretches of text that stand in the facts and in the case alike, most telling first.

    A stretch counts by the inverse document frequency of its pairs.
    """
    segment = index.segments["case"]
    text = "\n".join(part.text for part in index.documents[index.number[case_id]].fields)
    found: dict[str, int] = {}
    for stretch in _stretches(matter.query.folded, normalize(text)):
        for word in _words(stretch, segment):
            pairs = [segment.idf(a + b) for a, b in pairwise(word)]
            if pairs and max(pairs) >= RARE:
                found[word] = sum(weight for weight in pairs if weight >= RARE)
    best = sorted(found, key=lambda word: (-found[word], word))
    kept = [word for n, word in enumerate(best) if not any(word in longer for longer in best[:n])]
    return tuple(kept[:WORDS_SHOWN])


def _stretches(here: str, there: str) -> Iterator[str]:
    """Runs of letters of `here`, as long as they go on in `there`; each starts where the last one broke off."""
    at = 0
    while at < len(here):
        end = at
        while end < len(here) and here[end].isalnum() and here[at : end + 1] in there:
            end += 1
        if end - at > 1:
            yield here[at:end]
        at = max(at + 1, end)


def _words(stretch: str, segment: Segment) -> Iterator[str]:
    """The stretch cut where two characters meet by chance: they rarely stand together in the library.

    Holding together = documents with the pair / documents with its rarer character; no dictionary is needed.
    """
    start = 0
    for place, (a, b) in enumerate(pairwise(stretch), 1):
        rarer = min(len(segment.postings.get(a, ())), len(segment.postings.get(b, ()))) or 1
        if len(segment.postings.get(a + b, ())) < COHESION * rarer:
            yield stretch[start:place]
            start = place
    yield stretch[start:]
