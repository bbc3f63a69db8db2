"""Gathers every committed state of every case in one walk of the Git log; leaves out nothing and shows nothing."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import is_
from pathlib import Path, PurePosixPath
from typing import Any

from build_tools.history.git import NoHistory, blobs, head_of, is_shallow, walk
from build_tools.load.yaml_reader import read_yaml
from build_tools.memory import Memory, Stage
from build_tools.memory.holding import Shelf
from build_tools.model import Case, Library

CASES = "cases"
SHORT = 10  # characters of a revision that are shown
SHALLOW = "这份案例库只带了最近一段 Git 历史（浅克隆），更早的修订看不到"
NONE = "生成本站时没有 Git 历史可用，看不到更早的修订"
EMPTY = "Git 历史里没有案例文件，看不到修订历史"


@dataclass(frozen=True, slots=True)
class Moment:
    """A commit that touched cases."""

    revision: str
    date: str


@dataclass(frozen=True, slots=True)
class State:
    """What a case's file said from a moment on; no case where the file was removed or could not be read."""

    moment: int  # place in `Archive.moments`; their number for what is not committed yet
    case: Case | None
    removed: bool = False


@dataclass(frozen=True)
class Archive:
    """All states of the cases of a library, oldest first, and what is missing of them."""

    moments: tuple[Moment, ...] = ()
    states: Mapping[str, tuple[State, ...]] = field(default_factory=dict)  # by case id
    notice: str = ""  # for readers, in Chinese; empty where the history is complete
    reason: str = ""  # the same for whoever builds: why it is missing

    def moment(self, state: State) -> Moment:
        """When the state was committed; revision and date are empty where it is not."""
        return self.moments[state.moment] if state.moment < len(self.moments) else Moment("", "")


def read_archive(root: Path, library: Library, memory: Memory | None = None) -> Archive:
    """The history of the cases of `library`, as it was read from the files below `root`.

    Never raises: without Git, in an archive or in a shallow clone the notice says what is missing. With a `memory`
    of this process nothing is walked again while the last commit is the same, and cases that have not changed
    have the same states as before; where none has, it is the same archive.
    """
    log = _read_log(root, memory)
    memory = memory or Memory()
    known: _Known = memory.stage("archive").get(str(root), lambda: _Known(memory))
    return known.archive(root, library, log)


@dataclass(frozen=True, eq=False)
class _Log:
    """The steps of the main line that touched cases."""

    moments: tuple[Moment, ...]
    steps: Mapping[str, list[tuple[int, str]]]  # case id -> moment and blob
    size: int  # characters of a blob's id
    notice: str
    reason: str


def _read_log(root: Path, memory: Memory | None) -> _Log:
    """The log, the one read before where the repository stands where it stood."""
    if memory is None:
        return _walked(root)
    stage, head = memory.stage("log"), head_of(root)
    known: _Log | None = stage.peek(f"{root} {head}")
    if known is None or not head:  # without a commit nothing says whether it is still the same
        walked = _walked(root)
        if known is None or walked.moments or (walked.notice, walked.reason) != (known.notice, known.reason):
            known = walked
            stage.put(f"{root} {head}", known)
    return known


def _walked(root: Path) -> _Log:
    try:
        commits = list(walk(root, CASES))
        notice = reason = SHALLOW if is_shallow(root) else ""
        if not commits:
            notice, reason = NONE, EMPTY
    except NoHistory as problem:
        commits, notice, reason = [], NONE, str(problem)
    moments = tuple(Moment(c.revision[:SHORT], c.date) for c in commits)
    steps: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, commit in enumerate(commits):
        for name, blob in _by_id(commit.files).items():
            steps[name].append((number, blob))
    size = max((len(blob) for some in steps.values() for _, blob in some), default=0)
    return _Log(moments, dict(steps), size, notice, reason)


def _by_id(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Case id -> blob; a file that moved to another folder in one commit is the same case."""
    found: dict[str, str] = {}
    for path, blob in files:
        name = PurePosixPath(path)
        if name.suffix == ".yaml" and (blob or name.stem not in found):
            found[name.stem] = blob
    return found


class _Known:
    """What was read of the history in earlier rounds, by the cases at hand and the blobs of Git.

    On disk: which blob the file of a case is, and the cases in older blobs.
    """

    def __init__(self, memory: Memory) -> None:
        self.ids: Stage[str] = memory.stage("blobs", kept=True)
        self.on_disk: Stage[Any] = memory.stage("old cases", kept=True, held=False)
        self.shelf = Shelf(self.on_disk)
        self.log: _Log | None = None
        self.states: dict[Case, tuple[State, ...]] = {}
        self.old: dict[str, Case | None] = {}
        self.last: Archive | None = None

    def archive(self, root: Path, library: Library, log: _Log) -> Archive:
        """All states of the cases of a library; the last archive where it would say the same."""
        if (
            self.log is not log
        ):  # what states a case went through may be told otherwise; what blobs say may not
            self.log, self.last, self.states = log, None, {}
        self._use(log)
        fresh = [case for case in library.cases if case not in self.states]
        if fresh:
            self._read(root, fresh, log)
            self.states = {case: self.states[case] for case in library.cases}
        states = {case.id: self.states[case] for case in library.cases}
        last = self.last
        if (
            last is None
            or fresh
            or last.states.keys() != states.keys()
            or not all(map(is_, last.states.values(), states.values()))
        ):
            self.last = last = Archive(log.moments, states, log.notice, log.reason)
        return last

    def _use(self, log: _Log) -> None:
        """Say of what is on disk that it is still of use, though this process need not read it again."""
        if log.steps:
            self.ids.still()
            self.on_disk.used.update(self.old)

    def _read(self, root: Path, cases: Sequence[Case], log: _Log) -> None:
        """Only what differs from the file at hand is asked for, so that cases that never changed cost nothing."""
        at_hand = {case: self._blob(case, log.size) if case.id in log.steps else "" for case in cases}
        steps = {case: log.steps.get(case.id, []) for case in cases}
        wanted = {b for case in cases for _, b in steps[case] if b and b != at_hand[case]}
        self._read_old(root, wanted - self.old.keys())
        for case in cases:
            found = [State(n, *_found(case, b, at_hand[case], self.old)) for n, b in steps[case]]
            if not found or steps[case][-1][1] != at_hand[case]:
                found.append(State(len(log.moments), case))
            self.states[case] = tuple(found)

    def _blob(self, case: Case, size: int) -> str:
        if not case.digest:
            return blob_id(case.text, size)
        return self.ids.get(f"{case.digest} {size}", lambda: blob_id(case.text, size))

    def _read_old(self, root: Path, wanted: Collection[str]) -> None:
        """Have the cases in these blobs, from disk or from Git."""
        for blob in wanted:
            data = self.shelf.get(blob)
            if data is not None:
                self.old[blob] = Case("", data, {}, {}, "", blob)
        for blob, content in blobs(root, sorted(wanted - self.old.keys())):
            self.old[blob] = found = case_of("", content, blob)
            if found:
                self.shelf.put(found)


def _found(case: Case, blob: str, at_hand: str, old: Mapping[str, Case | None]) -> tuple[Case | None, bool]:
    """The case in a blob, None where it was no case or another one; True where the file was removed."""
    if not blob:
        return None, True
    found = case if blob == at_hand else old.get(blob)
    same = found is case or (found and found.data.get("id", case.id) == case.id)
    return (found if same else None), False


def case_of(path: str, content: bytes, digest: str = "") -> Case | None:
    """The case in an old file, or None where it cannot be read."""
    data = read_yaml(content, path).data
    return Case(path, data, {}, {}, "", digest) if isinstance(data, Mapping) else None


def blob_id(text: str, size: int) -> str:
    """The id Git gives to a file with this text; `size` is the length of ids in the repository, 40 or 64."""
    content = text.encode()
    kind = hashlib.sha256 if size == 64 else hashlib.sha1
    return kind(b"blob %d\0" % len(content) + content).hexdigest()
