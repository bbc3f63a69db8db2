"""Says how a case resembles the pending matter, how it differs, and whether it is a 类案; ranks and prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from build_tools.export.definition import Definition
from build_tools.export.matter import (
    FACTORS,
    FIELDS,
    Matter,
    cited_rules,
    compared_fields,
    decisive_terms,
    points_of,
)
from build_tools.load import Schemas
from build_tools.model import Case, Library, Vocabulary
from build_tools.relate import coded_items


@dataclass(frozen=True, slots=True)
class Shared:
    """An element on both sides; the matter's term differs where one is broader than the other."""

    here: str
    there: str
    state: str = ""


@dataclass(frozen=True)
class Comparison:
    """A case beside the matter. Elements stand by case field; states are those of the case's coding.

    `factors`: error factors that are the same on both sides. `points`: ids of shared points at issue. `alike`: the
    basic facts agree. `on_point`: it is a 类案.
    """

    case: Case
    shared: Mapping[str, tuple[Shared, ...]]
    rules: tuple[str, ...]
    factors: tuple[str, ...]
    points: tuple[str, ...]
    only_here: Mapping[str, tuple[tuple[str, str], ...]]
    only_there: Mapping[str, tuple[tuple[str, str], ...]]
    alike: bool
    on_point: bool
    reason: str


def compare(
    matter: Matter, case: Case, library: Library, schemas: Schemas, definition: Definition
) -> Comparison:
    """Compare one case with the matter.

    The test of a 类案 (after 法发〔2020〕24号, as carried over to tolerance in the library's guide
    similar-case-search): (1) basic facts — at least one error factor is the same (a broader one is only akin),
    and a field is the same or broader, unless none could be read from the facts; and (2) point at issue — a point
    of `points` in schema/report.yaml stands on both sides. The matter's points are those that its words or codes
    name and those that the shared error factors raise (`follows`). The case's points are those of its decisive
    codes: a boundary that was kept or left unclear was not at issue. Without (2) the case is a 参考事实.
    Error factors that only state a conclusion (`verdicts`) count where the matter has no others.
    """
    coded = _coded(case, schemas)
    shared = {field: _shared(matter, field, coded[field], library, schemas, definition) for field in coded}
    shared = {field: items for field, items in shared.items() if items}
    factors = _same_factors(matter, shared.get(FACTORS, ()), definition)
    raised = _raised(factors, definition, library.vocabulary[FACTORS])
    own = points_of(decisive_terms(case, schemas, definition), definition)
    points = tuple(p.id for p in definition.points if p.id in own and p.id in matter.points | raised)
    same_field = FIELDS in shared or not matter.terms(FIELDS)
    alike = bool(factors) and same_field
    only_here, only_there = _differences(matter, coded, shared, definition)
    return Comparison(
        case,
        shared,
        _same_rules(matter.rules, cited_rules(case, schemas)),
        factors,
        points,
        only_here,
        only_there,
        alike,
        alike and bool(points),
        _reason(matter, shared, factors, points, definition, library),
    )


def _coded(case: Case, schemas: Schemas) -> dict[str, dict[str, str]]:
    """Field → term → state of the codes that count for likeness."""
    out: dict[str, dict[str, str]] = {field: {} for field in compared_fields(schemas.case)}
    for item in coded_items(case, schemas.case):
        if item.field in out:
            out[item.field][item.term] = item.state
    return out


def _shared(
    matter: Matter,
    field: str,
    coded: Mapping[str, str],
    library: Library,
    schemas: Schemas,
    definition: Definition,
) -> tuple[Shared, ...]:
    """Elements of a field on both sides with the same deciding state; prose knows no states."""
    vocabulary = library.vocabulary[compared_fields(schemas.case)[field]]
    states = definition.data["decisive"].get(field)
    found = []
    for there, state in coded.items():
        for here, own in matter.terms(field).items():
            if _related(here, there, vocabulary) and own in ("", state) and _says(state, states):
                found.append(Shared(here, there, state))
                break
    return tuple(found)


def _related(here: str, there: str, vocabulary: Vocabulary) -> bool:
    """The same term, or one broader than the other."""
    return here == there or here in _broader(there, vocabulary) or there in _broader(here, vocabulary)


def _broader(term: str, vocabulary: Vocabulary) -> set[str]:
    return {ancestor.id for ancestor in vocabulary.ancestors(term)}


def _same_factors(matter: Matter, shared: Iterable[Shared], definition: Definition) -> tuple[str, ...]:
    """Error factors that are the same on both sides; mere conclusions only where the matter has nothing else."""
    verdicts = frozenset(definition.data["verdicts"])
    idle = verdicts if matter.terms(FACTORS).keys() - verdicts else frozenset()
    return tuple(item.there for item in shared if item.here == item.there and item.there not in idle)


def _raised(factors: Iterable[str], definition: Definition, vocabulary: Vocabulary) -> frozenset[str]:
    """Points that error factors raise by themselves."""
    held = set(factors).union(*(_broader(factor, vocabulary) for factor in factors))
    return frozenset(point.id for point in definition.points if held & (point.follows | point.terms))


def _differences(
    matter: Matter,
    coded: Mapping[str, Mapping[str, str]],
    shared: Mapping[str, tuple[Shared, ...]],
    definition: Definition,
) -> tuple[dict[str, tuple[tuple[str, str], ...]], dict[str, tuple[tuple[str, str], ...]]]:
    """(term, state) by field only in the matter, and only in the case; states that decide nothing are left out."""
    decisive = definition.data["decisive"]
    here, there = {}, {}
    for field, terms in coded.items():
        if field == FIELDS and FIELDS in shared:
            continue
        items = shared.get(field, ())
        kept = {item.here for item in items}, {item.there for item in items}
        states = decisive.get(field)
        here[field] = tuple(
            (t, s) for t, s in matter.terms(field).items() if t not in kept[0] and _says(s, states)
        )
        there[field] = tuple((t, s) for t, s in terms.items() if t not in kept[1] and _says(s, states))
    return {f: t for f, t in here.items() if t}, {f: t for f, t in there.items() if t}


def _says(state: str, decisive: tuple[str, ...] | None) -> bool:
    return not state or decisive is None or state in decisive


def _same_rules(here: tuple[str, ...], there: tuple[str, ...]) -> tuple[str, ...]:
    """The case's references to rules that the matter cites too; naming a rule whole covers all its articles."""
    return tuple(
        r for r in there if any(r == h or h == r.partition("#")[0] or r == h.partition("#")[0] for h in here)
    )


def _reason(
    matter: Matter,
    shared: Mapping[str, tuple[Shared, ...]],
    factors: tuple[str, ...],
    points: tuple[str, ...],
    definition: Definition,
    library: Library,
) -> str:
    """One sentence that says why the case stands where it stands."""
    if not matter.terms(FACTORS):
        return definition.text("reasons", "nothing_read")
    labels = "、".join(map(library.label, factors))
    if not factors:
        akin = "、".join(library.label(item.there) for item in shared.get(FACTORS, ()))
        return definition.text("reasons", "akin" if akin else "no_factor", factors=akin)
    if matter.terms(FIELDS) and FIELDS not in shared:
        return definition.text("reasons", "other_field", factors=labels)
    asked = "；".join(definition.point_label(point) for point in points)
    said = definition.text("reasons", "on_point" if points else "no_point", factors=labels, points=asked)
    return said if matter.terms(FIELDS) else f"{said}；{definition.text('reasons', 'field_unread')}"
