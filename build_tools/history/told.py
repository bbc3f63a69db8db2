"""What may be told of a case, and how it is kept on disk between builds; works out no versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from build_tools.history.differences import Change, differences
from build_tools.history.walk import Archive, State
from build_tools.load import Schema
from build_tools.memory import Memory, Stage, digest_of
from build_tools.memory.holding import Shelf
from build_tools.model import Case

# As it is kept: the first state that may be told, whether it was a draft before, and each version's date, revision
# and digest of content, empty where the file could not be read then.
_Row = tuple[int, bool, tuple[tuple[str, str, str], ...]]


@dataclass(frozen=True, slots=True)
class Version:
    """What a case said from a day on; `changes` make it of the version before.

    Date and revision are empty while it is not committed. No case: the file could not be read then.
    """

    date: str
    revision: str
    case: Case | None
    before: Case | None = field(default=None, repr=False)  # what it said until then
    schema: Schema | None = field(default=None, repr=False)

    @property
    def changes(self) -> tuple[Change, ...]:
        if self.case is None or self.before is None or self.schema is None:
            return ()
        return differences(self.before.data, self.case.data, self.schema)


@dataclass(frozen=True, slots=True)
class Told:
    """What may be told of one case."""

    versions: tuple[Version, ...]
    start: int  # the first state that may be told
    drafted: bool  # whether the case was in the files before the edition held it


class Kept:
    """What may be told of cases that said something else before, by digests of the states that it rests on."""

    def __init__(self, memory: Memory, way: str, schema: Schema) -> None:
        self.way, self.schema = way, schema
        self.rows: Stage[_Row] = memory.stage("told", kept=True)
        self.contents: Stage[object] = memory.stage("old versions", kept=True, held=False)
        self.shelf = Shelf(self.contents)

    def key(self, archive: Archive, states: Sequence[State], named: Iterable[tuple[str, bool]]) -> str:
        """The key of a case with these states, naming these cases, which the edition holds or not."""
        theirs = ((name, held, self._said(archive, archive.states.get(name, ()))) for name, held in named)
        return digest_of(self.way, self._said(archive, states), tuple(theirs))

    def _said(self, archive: Archive, states: Sequence[State]) -> tuple[object, ...]:
        moments = (archive.moment(state) for state in states)
        return tuple(
            (s.moment, m.date, m.revision, s.removed, s.case.digest if s.case else "")
            for s, m in zip(states, moments, strict=True)
        )

    def get(self, key: str, case: Case) -> Told | None:
        """What was told of a case; None where any of it is not known."""
        row = self.rows.peek(key)
        if row is None:
            return None
        start, drafted, found = row
        versions, last = list[Version](), None
        for number, (date, revision, digest) in enumerate(found):
            said = self._content(number, digest, case)
            if digest and said is None:
                return None
            versions.append(Version(date, revision, said, last, self.schema))
            last = said or last
        return Told(tuple(versions), start, drafted)

    def _content(self, number: int, digest: str, case: Case) -> Case | None:
        if digest == case.digest:
            return case
        data = self.shelf.get(digest) if digest else None
        return None if data is None else Case(f"{case.id} {number}", data, {}, {}, "", digest)

    def put(self, key: str, case: Case, told: Told) -> None:
        """Keep what is told of a case."""
        for version in told.versions:
            if version.case and version.case.digest != case.digest:
                self.shelf.put(version.case)
        versions = ((v.date, v.revision, v.case.digest if v.case else "") for v in told.versions)
        self.rows.put(key, (told.start, told.drafted, tuple(versions)))

    def use(self, told: Iterable[Told]) -> None:
        """Say that all this is still of use, whoever has it already."""
        self.rows.still()
        several = (t.versions for t in told if len(t.versions) > 1)
        self.contents.used.update(v.case.digest for versions in several for v in versions if v.case)
