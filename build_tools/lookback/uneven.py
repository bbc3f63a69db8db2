"""Finds cases alike in what matters and unlike in how they ended, and what may explain it; decides nothing.

Meant as work for a reviewer, not as a verdict: a pair is a question ("why so different?"), and the answer, once
a reviewer has read both, is kept on the case as a relation of the type `explained`.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from build_tools.load import Schema, Schemas
from build_tools.load.coded_fields import state_key
from build_tools.memory import Memory, digest_of
from build_tools.model import Case, Library
from build_tools.relate import Coded, coded_items
from build_tools.relate.links import NOT_SIMILAR, pairs_apart

EXPLAINED = "explained"
ERRORS, FIELDS, RESULT = "error_factors", "fields", "outcome"
JUDGED = ("boundaries", "exclusions", "conditions", "distinctions")  # coded with a verdict, weightiest first
# Steps of the vocabulary's scale of severity between two outcomes that call for a reason.
GAP = 2
# Cases that make a cluster, and steps from its middle that make one of them stand out.
CLUSTER, OUTLIER = 5, 3
# Fewer decided questions in common than this and the likeness is one of subject only.
COMMON = 3
YEARS = 5  # a difference in years that may come from other rules or another time
# How a difference weighs as an explanation: what the rules themselves make decisive, and what may only matter.
DECISIVE, POSSIBLE = "decisive", "possible"
# Says how the matter ended rather than what was done; it cannot explain why it ended so.
CIRCULAR = "ex-criminal"
ADVERSE, OPEN = "✗", ("?", "")  # marks (`x-mark`) of verdicts in the schema


Codes = Mapping[tuple[str, str], Coded]  # by field and term


@dataclass(frozen=True, slots=True)
class Outcome:
    """Mildest and hardest result of a case on the vocabulary's scale (0 to 9), with the term of each."""

    mildest: tuple[int, str]
    hardest: tuple[int, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What sets two cases apart: the field, the term where one is coded, how each side has it, and its weight."""

    field: str
    term: str
    here: str
    there: str
    weight: str  # DECISIVE or POSSIBLE


@dataclass(frozen=True)
class Pair:
    """Two cases alike and handled unlike: `mild` was let off more lightly than `hard` by `gap` steps."""

    mild: Case
    hard: Case
    gap: int
    alike: tuple[Coded, ...]  # what is coded on both, as the mild case has it
    differences: tuple[Difference, ...]

    @property
    def explained(self) -> bool:
        """True where a difference is one that the rules make decisive."""
        return any(d.weight == DECISIVE for d in self.differences)


# A pair as it is remembered and put in order: whether it is explained, gap and likeness negated, mild id, hard id.
_Row = tuple[bool, int, int, str, str]


@dataclass(frozen=True)
class Outlier:
    """A case that ended much harder or milder than others with the same error in the same field."""

    case: Case
    error: str
    field: str
    severity: int
    middle: float  # median severity of the cluster
    size: int


def outcome_of(case: Case, library: Library) -> Outcome | None:
    """The outcome on the scale; None where no coded result has a place on it."""
    return _outcome(case.get("outcome", "terms") or (), library)


def _outcome(terms: Iterable[str], library: Library) -> Outcome | None:
    ranked = sorted(
        (int(term.severity), term.id)
        for name in terms
        if (term := library.term_by_id.get(name)) and term.severity
    )
    return Outcome(ranked[0], ranked[-1]) if ranked else None


@dataclass(frozen=True)
class Unevenness:
    """How many open pairs there are, how many of them are unexplained, and the first of them."""

    total: int
    unexplained: int
    pairs: tuple[Pair, ...]


def uneven_pairs(library: Library, schemas: Schemas) -> tuple[Pair, ...]:
    """All open pairs: unexplained ones first, then the wider gap, the more alike, the smaller ids.

    Alike: the same error factor in the same field and at least `COMMON` decided questions answered alike.
    Unlike: the hardest result of one is at least `GAP` steps below the mildest result of the other.
    """
    return unevenness(library, schemas).pairs


def unevenness(
    library: Library, schemas: Schemas, most: int | None = None, memory: Memory | None = None
) -> Unevenness:
    """The open pairs, in the order of `uneven_pairs`; at most `most` of them are told in full."""
    published = {case.id: case for case in library.cases if case.status == "published"}
    coded = {cid: _codes(case, schemas.case) for cid, case in published.items()}
    ranked = {cid: _ended(codes, library) for cid, codes in coded.items()}
    judge = _Judge(library, schemas.case, ranked, coded)
    known = pairs_apart((case.coded for case in library.cases), (EXPLAINED, NOT_SIMILAR))
    found = _known_or_found(published, judge, _words(library, schemas), memory or Memory())
    ordered = sorted(row for row in found if frozenset(row[-2:]) not in known)
    told = (judge.pair(mild, hard) for *_, mild, hard in ordered[:most])
    return Unevenness(
        len(ordered), sum(not explained for explained, *_ in ordered), tuple(pair for pair in told if pair)
    )


def _words(library: Library, schemas: Schemas) -> str:
    """Digest of what two cases are judged by beside what is coded on them."""
    return digest_of(schemas.case, [v.record.digest for v in library.vocabularies])


def _known_or_found(cases: Mapping[str, Case], judge: _Judge, words: str, memory: Memory) -> list[_Row]:
    """Every pair that asks a question; of two cases that stand as they stood, the answer is remembered."""
    stage = memory.stage("uneven", kept=True)
    known: tuple[dict[str, str], list[_Row]] = stage.peek(words) or ({}, [])
    before, rows = known
    now = {cid: case.digest for cid, case in cases.items()}
    changed = {cid for cid, digest in now.items() if before.get(cid) != digest}
    gone = changed | (before.keys() - now.keys())
    found = [row for row in rows if row[-1] not in gone and row[-2] not in gone]
    pairs = (judge.pair(mild, hard) for mild, hard in _candidates(judge, changed))
    found += [(p.explained, -p.gap, -len(p.alike), p.mild.id, p.hard.id) for p in pairs if p]
    stage.put(words, (now, found))
    return found


def outliers(library: Library, schemas: Schemas) -> tuple[Outlier, ...]:
    """Cases far from the middle of a cluster (the same error factor in the same field), farthest first."""
    clusters: dict[tuple[str, str], list[tuple[int, Case]]] = defaultdict(list)
    for case in library.cases:
        codes = _codes(case, schemas.case) if case.status == "published" else {}
        if outcome := _ended(codes, library):
            for key in _subjects(codes):
                clusters[key].append((outcome.hardest[0], case))
    found: dict[str, Outlier] = {}
    for (error, field), members in clusters.items():
        middle = statistics.median(severity for severity, _ in members)
        for severity, case in members if len(members) >= CLUSTER else ():
            far = abs(severity - middle)
            held = found.get(case.id)
            if far >= OUTLIER and (held is None or far > abs(held.severity - held.middle)):
                found[case.id] = Outlier(case, error, field, severity, middle, len(members))
    return tuple(sorted(found.values(), key=lambda o: (-abs(o.severity - o.middle), -o.size, o.case.id)))


def _codes(case: Case, schema: Schema) -> Codes:
    """What is coded on a case, by field and term."""
    return {(c.field, c.term): c for c in coded_items(case, schema)}


def _ended(codes: Codes, library: Library) -> Outcome | None:
    """As `outcome_of`, from what is coded on a case."""
    return _outcome((term for field, term in codes if field == RESULT), library)


def _subjects(codes: Codes) -> Iterator[tuple[str, str]]:
    """(error factor, main field) of a case: what it is about."""
    main = next((term for field, term in codes if field == FIELDS), "")
    yield from ((term, main) for field, term in codes if field == ERRORS and main)


def _candidates(judge: _Judge, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    """(mild, hard) for ids about the same subject, far enough apart and alike enough, each pair once, one `wanted`.

    From the postings of the subjects, split by how hard a case ended, so that only such pairs are looked at.
    """
    clusters: dict[tuple[str, str], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for cid, codes in judge.coded.items():
        if outcome := judge.ranked[cid]:
            for key in _subjects(codes):
                clusters[key][outcome.hardest[0]].append(cid)
    seen: set[tuple[str, str]] = set()
    for cluster in clusters.values():
        for one in (cid for members in cluster.values() for cid in members if cid in wanted):
            for pair in _apart(one, cluster, judge.ranked):
                if pair not in seen and judge.agree(*pair):
                    seen.add(pair)
                    yield pair


def _apart(
    one: str, cluster: Mapping[int, Sequence[str]], ranked: Mapping[str, Outcome | None]
) -> Iterator[tuple[str, str]]:
    """(mild, hard) for one id and those of a cluster, by their hardest result, that ended far enough from it."""
    own = ranked[one]
    assert own is not None
    for hardest, members in cluster.items():
        if hardest <= own.mildest[0] - GAP:
            yield from ((other, one) for other in members)
        elif hardest >= own.hardest[0] + GAP:
            found = ((other, ranked[other]) for other in members)
            yield from ((one, o) for o, r in found if r and r.mildest[0] >= own.hardest[0] + GAP)


def _decided(codes: Codes, schema: Schema) -> frozenset[tuple[str, str, str]]:
    """The questions that were decided on a case, each with the answer."""
    return frozenset(
        (c.field, c.term, c.state)
        for c in codes.values()
        if c.field in JUDGED and _mark(schema, c.field, c.state) not in OPEN
    )


def _mark(schema: Schema, field: str, state: str) -> str:
    key = state_key(schema, field)
    return schema.choice((field, 0, key), state).fact("mark") if state else ""


class _Judge:
    """Looks at two cases; holds what is known of all of them."""

    def __init__(
        self,
        library: Library,
        schema: Schema,
        ranked: Mapping[str, Outcome | None],
        coded: Mapping[str, Codes],
    ) -> None:
        self.library, self.schema, self.ranked, self.coded = library, schema, ranked, coded
        self._decided: dict[str, frozenset[tuple[str, str, str]]] = {}

    def pair(self, one: str, two: str) -> Pair | None:
        """The pair of a milder and a harder case, or None where it asks no question."""
        first, second = self.ranked[one], self.ranked[two]
        if first is None or second is None:
            return None
        gap = second.mildest[0] - first.hardest[0]
        if gap < GAP:
            return None
        here, there = self.coded[one], self.coded[two]
        if not self.agree(one, two):
            return None
        alike = tuple(c for key, c in here.items() if self._same(c, there.get(key)))
        mild, hard = self.library.case_by_id[one], self.library.case_by_id[two]
        return Pair(mild, hard, gap, alike, (*self._coded(here, there), *_circumstances(mild, hard)))

    def agree(self, one: str, two: str) -> bool:
        """Whether enough questions were decided alike."""
        return len(self._answers(one) & self._answers(two)) >= COMMON

    def _answers(self, cid: str) -> frozenset[tuple[str, str, str]]:
        found = self._decided.get(cid)
        if found is None:
            found = self._decided[cid] = _decided(self.coded[cid], self.schema)
        return found

    def _same(self, here: Coded, there: Coded | None) -> bool:
        """The same term, and where it was judged, judged alike and not left open; results do not count."""
        if (
            there is None
            or "x-similar" not in self.schema.properties[here.field]
            or here.state != there.state
        ):
            return False
        return here.field not in JUDGED or _mark(self.schema, here.field, here.state) not in OPEN

    def _coded(self, here: Codes, there: Codes) -> list[Difference]:
        """What is coded unlike, the decisive differences first.

        Decisive is what speaks against the hard case and not against the mild one: a line crossed, a bar
        present, a condition not met, the wrong side of a distinction.
        """
        rows = []
        for field, term in dict.fromkeys([*here, *there]):
            ours, theirs = here.get((field, term)), there.get((field, term))
            states = (ours.state if ours else "", theirs.state if theirs else "")
            if field in JUDGED and states[0] != states[1]:
                marks = [_mark(self.schema, field, state) for state in states]
                decisive = marks[1] == ADVERSE != marks[0] and term != CIRCULAR and marks[0] not in OPEN[:1]
                rows.append(Difference(field, term, *states, DECISIVE if decisive else POSSIBLE))
            elif field == ERRORS and (ours is None or theirs is None):
                present = ("present" if ours else "", "present" if theirs else "")
                rows.append(Difference(field, term, *present, POSSIBLE))
        order = (*JUDGED, ERRORS)
        return sorted(rows, key=lambda d: (d.weight != DECISIVE, order.index(d.field)))


def _circumstances(mild: Case, hard: Case) -> Iterator[Difference]:
    """Level, role, duty and time, which may explain another outcome but do not decide it."""
    for path in (("subject", "level"), ("subject", "role"), ("subject", "duty")):
        values = [str(case.get(*path) or "") for case in (mild, hard)]
        if all(values) and values[0] != values[1]:
            yield Difference(".".join(path), "", values[0], values[1], POSSIBLE)
    if all(c.year for c in (mild, hard)) and abs(int(mild.year) - int(hard.year)) >= YEARS:
        yield Difference("date", "", mild.year, hard.year, POSSIBLE)
