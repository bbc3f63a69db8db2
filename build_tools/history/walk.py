"""Gathers every committed state of every case in one walk of the Git log; leaves out nothing and shows nothing."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from build_tools.history.git import NoHistory, blobs, is_shallow, walk
from build_tools.load.yaml_reader import read_yaml
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


def read_archive(root: Path, library: Library) -> Archive:
    """The history of the cases of `library`, as it was read from the files below `root`.

    Never raises: without Git, in an archive or in a shallow clone the notice says what is missing.
    """
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
    states = _states(root, library, steps, len(commits))
    return Archive(moments, states, notice, reason)


def _by_id(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Case id -> blob; a file that moved to another folder in one commit is the same case."""
    found: dict[str, str] = {}
    for path, blob in files:
        name = PurePosixPath(path)
        if name.suffix == ".yaml" and (blob or name.stem not in found):
            found[name.stem] = blob
    return found


def _states(
    root: Path, library: Library, steps: Mapping[str, list[tuple[int, str]]], now: int
) -> dict[str, tuple[State, ...]]:
    """Only what differs from the file at hand is asked for, so that cases that never changed cost nothing."""
    size = max((len(blob) for some in steps.values() for _, blob in some), default=0)
    at_hand = {case.id: blob_id(case.text, size) for case in library.cases}
    wanted = {b for name, some in steps.items() for _, b in some if b and b != at_hand.get(name, b)}
    old = {blob: case_of("", content) for blob, content in blobs(root, sorted(wanted))}
    out: dict[str, tuple[State, ...]] = {}
    for case in library.cases:
        own, blob = steps.get(case.id, []), at_hand[case.id]
        found = [State(n, *_found(case, b, blob, old)) for n, b in own]
        if not own or own[-1][1] != blob:
            found.append(State(now, case))
        out[case.id] = tuple(found)
    return out


def _found(case: Case, blob: str, at_hand: str, old: Mapping[str, Case | None]) -> tuple[Case | None, bool]:
    """The case in a blob, None where it was no case or another one; True where the file was removed."""
    if not blob:
        return None, True
    found = case if blob == at_hand else old.get(blob)
    return (found if found and found.data.get("id", case.id) == case.id else None), False


def case_of(path: str, content: bytes) -> Case | None:
    """The case in an old file, or None where it cannot be read."""
    data = read_yaml(content, path).data
    return Case(path, data, {}, {}, "") if isinstance(data, Mapping) else None


def blob_id(text: str, size: int) -> str:
    """The id Git gives to a file with this text; `size` is the length of ids in the repository, 40 or 64."""
    content = text.encode()
    kind = hashlib.sha256 if size == 64 else hashlib.sha1
    return kind(b"blob %d\0" % len(content) + content).hexdigest()
