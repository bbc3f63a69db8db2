"""What each case said at each version, as far as one edition may tell; puts nothing into words, reads no files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from build_tools.history.differences import Change, differences
from build_tools.history.walk import Archive, State
from build_tools.load import Schemas, for_edition
from build_tools.load.schema import Node, Schema
from build_tools.model import Case, Library

_MISFIT = object()


@dataclass(frozen=True, slots=True)
class Version:
    """What a case said from a day on; `changes` make it of the version before.

    Date and revision are empty while it is not committed. No case: the file could not be read then.
    """

    date: str
    revision: str
    case: Case | None
    changes: tuple[Change, ...] = ()


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


def edition_history(archive: Archive, read: Library, shown: Library, schemas: Schemas) -> History:
    """The history as the edition `shown` may tell it; `read` is the library that it was pruned from.

    A version counts from where the edition may show it, so drafts and internal times are no versions. What was
    hidden on purpose stays hidden: nothing is told of the time before a change of a type marked
    `x-hides-earlier` and before a withdrawal.
    """
    teller = _Teller(archive, read, shown, schemas)
    versions = {case.id: tuple(teller.versions(case)) for case in shown.cases if not case.tombstone}
    withheld = frozenset(name for name in versions if teller.starts[name])
    drafted = frozenset(case.id for case in shown.cases if teller.drafted(case.id))
    return History(versions, withheld, drafted, archive.notice)


class _Teller:
    """Works out versions; remembers which states of which case the edition may show."""

    def __init__(self, archive: Archive, read: Library, shown: Library, schemas: Schemas) -> None:
        self.archive, self.read, self.shown, self.schemas = archive, read, shown, schemas
        self.referring = [n for n, node in schemas.case.properties.items() if _refers(node, schemas.case)]
        types = schemas.case.choices(("changes", 0, "type"))
        self.hiding = frozenset(c.value for c in types if c.facts.get("x-hides-earlier"))
        tagged = [
            self._tagged(state.case, number)
            for states in archive.states.values()
            for number, state in enumerate(states)
            if state.case
            and (len(states) > 1 or any(len(self.states(t)) > 1 for t in self.targets(state.case)))
        ]
        self.pruned = {case.path: case for case in self._prune(tagged)}
        self.starts = {case.id: self._start(case.id) for case in shown.cases}

    def _prune(self, cases: Sequence[Case]) -> tuple[Case, ...]:
        return for_edition(replace(self.read, cases=tuple(cases)), self.schemas, self.shown.edition).cases

    def states(self, name: str) -> tuple[State, ...]:
        return self.archive.states.get(name, ())

    def targets(self, case: Case) -> frozenset[str]:
        """The cases that a case names."""
        schema = self.schemas.case
        return frozenset(
            value
            for name in self.referring
            if name in case.data
            for _, value, node in schema.walk(case.data[name], schema.properties[name])
            if node.get("x-reference") == "case" and isinstance(value, str)
        )

    def number_at(self, name: str, moment: int) -> int | None:
        """Which state was in force at a moment."""
        return max((n for n, s in enumerate(self.states(name)) if s.moment <= moment), default=None)

    def visible(self, name: str, moment: int) -> bool:
        """Whether the edition of that moment held the case."""
        number = self.number_at(name, moment)
        if number is None:
            return False
        if len(self.states(name)) == 1:
            return name in self.shown.case_by_id
        return _tag(name, number) in self.pruned

    def drafted(self, name: str) -> bool:
        """Whether the case was in the files before the edition held it."""
        return len(self.states(name)) > 1 and _tag(name, 0) not in self.pruned

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

    def versions(self, case: Case) -> Iterator[Version]:
        """The versions of a case that the edition shows now, oldest first, the last being what it says now."""
        told = list(self._told(case))
        first = next((i for i, (_, said) in enumerate(told) if said), len(told))
        last: Case | None = None
        for moment, said in told[first:]:
            if last and said and said.data == last.data:
                continue
            when = self.archive.moment(State(moment, said))
            changes = differences(last.data, said.data, self.schemas.case) if last and said else ()
            yield Version(when.date, when.revision, said, changes)
            last = said or last
        if last is None or last.data != case.data:
            yield Version("", "", case, differences(last.data, case.data, self.schemas.case) if last else ())

    def _told(self, case: Case) -> Iterator[tuple[int, Case | None]]:
        """What the edition said of a case at each moment that mattered; None where the file was unreadable."""
        states, start = self.states(case.id), self.starts[case.id]
        if len(states) == 1 and _tag(case.id, 0) not in self.pruned:
            yield states[0].moment, case
            return
        own = {state.moment for state in states[start:]}
        named = {t for state in states[start:] if state.case for t in self.targets(state.case)}
        theirs = {s.moment for t in named for s in self.states(t)}
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

    def _said(self, case: Case, number: int, moment: int) -> Case | None:
        """A state as the edition of that moment showed it: without references to cases it did not hold yet."""
        said = self.pruned.get(_tag(case.id, number))
        seen = [t for t in self.targets(case) if self.visible(t, moment)]
        if said is None or len(seen) == len(self.targets(case)):
            return said
        others = [s.case for t in seen if (s := self.states(t)[self.number_at(t, moment) or 0]).case]
        tag = _tag(case.id, number)
        return next(c for c in self._prune([self._tagged(case, number), *others]) if c.path == tag)

    def _tagged(self, case: Case, number: int) -> Case:
        """The case under a path that tells its states apart after pruning; what is old is made to fit."""
        current = case is self.read.case_by_id.get(case.id)
        data = case.data if current else fit(case.data, self.schemas.case)
        return Case(_tag(case.id, number), data, {}, {}, "")


def _tag(name: str, number: int) -> str:
    return f"{name} {number}"


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


def _refers(node: Node, schema: Schema) -> bool:
    node = schema.resolve(node)
    inner = [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])]
    return node.get("x-reference") == "case" or any(_refers(child, schema) for child in inner)
