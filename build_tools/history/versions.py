"""What each case said at each version, as far as one edition may tell; puts nothing into words, reads no files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import is_
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from build_tools.history.told import Kept, Told, Version
from build_tools.history.walk import Archive, State
from build_tools.load import INTERNAL, Schemas
from build_tools.load.edition import Pruner
from build_tools.load.named import Named
from build_tools.load.schema import Node, Schema
from build_tools.model import Case, Library

if TYPE_CHECKING:
    from build_tools.memory import Memory

_MISFIT = object()


@dataclass(frozen=True)
class History:
    """The versions of the cases of one edition, and in Chinese what is missing of them."""

    versions: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)  # by case id, oldest first
    withheld: frozenset[str] = frozenset()  # cases whose earlier wording is no longer shown
    drafted: frozenset[str] = frozenset()  # cases that were in the files before the edition showed them
    notice: str = ""

    def of(self, case: Case) -> tuple[Version, ...]:
        """The versions of a case, at least what it says now; none of a case that has left."""
        return self.versions.get(case.id, () if case.tombstone else (Version("", "", case),))


def edition_history(
    archive: Archive, read: Library, shown: Library, schemas: Schemas, memory: Memory | None = None
) -> History:
    """The history as the edition `shown` may tell it; `read` is the library that it was pruned from.

    A version counts from where the edition may show it, so drafts and internal times are no versions. What was
    hidden on purpose stays hidden: nothing is told of the time before a change of a type marked
    `x-hides-earlier` and before a withdrawal. With a `memory` of this process the versions of a case are the same
    objects as before, unless its states or those of the cases it names are others.
    """
    teller = _Teller(archive, read, shown, schemas, memory)
    found = _as_before(teller, memory) if memory else {case.id: teller.told(case) for case in shown.cases}
    versions = {case.id: found[case.id].versions for case in shown.cases if not case.tombstone}
    withheld = frozenset(name for name in versions if found[name].start)
    drafted = frozenset(case.id for case in shown.cases if found[case.id].drafted)
    return History(versions, withheld, drafted, archive.notice)


def _as_before(teller: _Teller, memory: Memory) -> dict[str, Told]:
    """What may be told of each case: as in the last round where it rests on the same objects."""
    stage = memory.stage("versions")
    way = memory.digests.of(teller.schemas.case, teller.shown.edition)
    last: Mapping[Case, tuple[Sequence[str], list[Any], Told]] = stage.peek(way) or {}
    now: dict[Case, tuple[Sequence[str], list[Any], Told]] = {}
    found: dict[str, Told] = {}
    kept = Kept(memory, way, teller.schemas.case)
    for case in teller.shown.cases:
        known, states = last.get(case), teller.states(case.id)
        named = known[0] if known and known[1][0] is states else teller.named(states)
        rests_on = teller.rests_on(states, named)
        if known is None or len(known[1]) != len(rests_on) or not all(map(is_, known[1], rests_on)):
            known = (named, rests_on, _told(teller, case, named, kept))
        found[case.id] = known[2]
        if len(now) < memory.most:
            now[case] = known
    stage.put(way, now)
    kept.use(found.values())
    teller.targets.still()  # who is known by object need not be asked for, but is not idle
    return found


def _told(teller: _Teller, case: Case, named: Sequence[str], kept: Kept) -> Told:
    """What may be told of a case, from disk where it was worked out before."""
    states = teller.states(case.id)
    if len(states) == 1 and not any(len(teller.states(name)) > 1 for name in named):
        return teller.told(case)
    key = kept.key(teller.archive, states, [(name, name in teller.shown.case_by_id) for name in named])
    told = kept.get(key, case)
    if told is None:
        told = teller.told(case)
        kept.put(key, case, told)
    return told


class _Teller:
    """Works out versions; decides which states of which case the edition may show."""

    def __init__(
        self, archive: Archive, read: Library, shown: Library, schemas: Schemas, memory: Memory | None
    ) -> None:
        self.archive, self.read, self.shown, self.schemas = archive, read, shown, schemas
        types = schemas.case.choices(("changes", 0, "type"))
        self.hiding = frozenset(c.value for c in types if c.facts.get("x-hides-earlier"))
        self.prune = Pruner(schemas.case, frozenset(), shown.edition)
        self.targets = Named(schemas.case, memory)

    def rests_on(self, states: Sequence[State], named: Sequence[str]) -> list[Any]:
        """The objects that decide about what may be told: the case's states and those of the cases it names.

        Moments count from the first commit, and what is not committed comes after the last one, so that all rest
        on the list of moments too.
        """
        return [states, self.archive.moments, *(x for t in named for x in self._tied(t))]

    def _tied(self, name: str) -> tuple[Any, ...]:
        return self.states(name), name in self.shown.case_by_id

    def told(self, case: Case) -> Told:
        """All that may be told of a case."""
        states = self.states(case.id)
        if len(states) == 1 and not any(len(self.states(t)) > 1 for t in self.named(states)):
            when = self.archive.moment(states[0])
            return Told(() if case.tombstone else (Version(when.date, when.revision, case),), 0, False)
        start = self._start(case.id)
        versions = () if case.tombstone else tuple(self.versions(case, start))
        return Told(versions, start, self.drafted(case.id))

    def states(self, name: str) -> tuple[State, ...]:
        return self.archive.states.get(name, ())

    def number_at(self, name: str, moment: int) -> int | None:
        """Which state was in force at a moment."""
        return max((n for n, s in enumerate(self.states(name)) if s.moment <= moment), default=None)

    def visible(self, name: str, moment: int) -> bool:
        """Whether the edition of that moment held the case."""
        number = self.number_at(name, moment)
        if number is None:
            return False
        states = self.states(name)
        return name in self.shown.case_by_id if len(states) == 1 else self._held(states[number].case)

    def drafted(self, name: str) -> bool:
        """Whether the case was in the files before the edition held it."""
        states = self.states(name)
        return len(states) > 1 and not self._held(states[0].case)

    def _held(self, case: Case | None) -> bool:
        """Whether the edition may show a case as it was."""
        if case is None:
            return False
        said = {key: case.data[key] for key in ("status", "disclosure") if key in case.data}
        fitted = fit(said, self.schemas.case)
        return fitted.get("status") != "draft" and self.shown.edition in (INTERNAL, fitted.get("disclosure"))

    def _start(self, name: str) -> int:
        """The first state that may be told: the one after the last withdrawal or deliberate hiding; else 0."""
        start = hidden = 0
        for number, state in enumerate(self.states(name)):
            before = hidden
            if state.case:
                told = fit({"changes": state.case.data.get("changes")}, self.schemas.case)
                hidden = sum(c.get("type") in self.hiding for c in told.get("changes") or ())
            left = state.removed or (state.case and state.case.tombstone)
            if number and (left or hidden > before):
                start = number
        return start

    def versions(self, case: Case, start: int) -> Iterator[Version]:
        """The versions of a case that the edition shows now, oldest first, the last being what it says now."""
        told = list(self._told(case, start))
        first = next((i for i, (_, said) in enumerate(told) if said), len(told))
        last: Case | None = None
        for moment, said in told[first:]:
            if last and said and said.data == last.data:
                continue
            when = self.archive.moment(State(moment, said))
            yield Version(when.date, when.revision, said, last, self.schemas.case)
            last = said or last
        if last is None or last.data != case.data:
            yield Version("", "", case, last, self.schemas.case)

    def _told(self, case: Case, start: int) -> Iterator[tuple[int, Case | None]]:
        """What the edition said of a case at each moment that mattered; None where the file was unreadable."""
        states = self.states(case.id)
        own = {state.moment for state in states[start:]}
        theirs = {s.moment for t in self.named(states[start:]) for s in self.states(t)}
        shown = False
        for moment in sorted(m for m in own | theirs if own and m >= min(own)):
            number = self.number_at(case.id, moment)
            assert number is not None
            state = states[number]
            if state.case is None:
                if (
                    shown and not state.removed and moment in own
                ):  # no word of unreadable files in internal times
                    yield moment, None
                continue
            said = self._said(state.case, number, moment)
            shown = said is not None and not said.tombstone
            if shown:
                yield moment, said

    def named(self, states: Sequence[State]) -> Sequence[str]:
        """The cases that a case named in any of these states."""
        return sorted({t for state in states if state.case for t in self.targets.of(state.case)})

    def _said(self, case: Case, number: int, moment: int) -> Case | None:
        """A state as the edition of that moment showed it: without references to cases it did not hold yet."""
        if not self._held(case):
            return None
        self.prune.ids = frozenset(t for t in self.targets.of(case) if self.visible(t, moment))
        current = case is self.read.case_by_id.get(case.id)
        data = case.data if current else fit(case.data, self.schemas.case)
        return self.prune.case(Case(f"{case.id} {number}", data, {}, {}, ""))


def fit(data: Mapping[str, Any], schema: Schema) -> Mapping[str, Any]:
    """Content of another time in the shape of today's schema: what does not fit it is left out.

    Old files may be of any shape, and a key that the schema does not know may be one that nobody may see.
    """
    fitted: Mapping[str, Any] = _fit(data, schema.document, schema)
    return fitted


def _fit(value: Any, node: Node, schema: Schema) -> Any:
    node = schema.resolve(node)
    if isinstance(value, Mapping):
        known = node.get("properties")
        if known is None:
            return _MISFIT
        kept = {k: _fit(v, known[k], schema) for k, v in value.items() if k in known}
        return MappingProxyType({k: v for k, v in kept.items() if v is not _MISFIT})
    if isinstance(value, tuple):
        if "items" not in node:
            return _MISFIT
        return tuple(v for v in (_fit(v, node["items"], schema) for v in value) if v is not _MISFIT)
    return _MISFIT if node.get("type") in ("object", "array") and value is not None else value
