"""Writes a site: all of it into a fresh folder, or only what changed where it stands already; makes no content."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from build_tools.check.spread import spread
from build_tools.memory import Memory, Stage
from build_tools.output import Output
from build_tools.site.swap import FILES, decide, swap_in

# A site that is being written; the name starts with a dot so that nobody takes it for the site.
FRESH = ".site-"
# Folders named after their content: the name stands for this in what is remembered.
_ANY = "@"
# Size, time of the last change in nanoseconds, number of the file: what tells that it was not touched since.
State = tuple[int, int, int]
# What is remembered of a file: the output's key, its SHA-256 and the state in which it was left.
Remembered = tuple[str, str, State]
Digests = Mapping[str, tuple[str, int]]  # path → SHA-256, bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A site as it stands now: how many files of how many bytes, and which of them this build changed or removed."""

    files: int
    size: int
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Ending:
    """What is written last, because it tells of all other files; and folders whose name changes with their content."""

    outputs: Callable[[Digests], Sequence[Output]]
    folders: Mapping[str, str]  # "search" → "4f0c…": search/4f0c… may have had another name before


def write_site(out: Path, outputs: Iterable[Output], ending: Ending, memory: Memory, workers: int) -> Written:
    """Make `out` hold exactly these files. What stands there from an earlier build and has the same key stays.

    When the process is killed at any moment, either the site as it was stands at `out`, or `restore` completes
    the new one. Raises ValueError for two outputs with one path, OSError where writing fails.
    """
    standing, renamed = _renamed(_standing(out), ending.folders)
    change = Path(tempfile.mkdtemp(prefix=FRESH, dir=out.parent))
    try:
        stage = memory.stage(f"site {out}", kept=True)
        desk = _Desk(change / FILES, standing, stage, ending.folders, workers)
        desk.add(list(outputs))
        desk.add(ending.outputs(desk.digests))
        removed = standing.keys() - desk.digests.keys()
        if len(desk.made) == len(desk.digests):
            swap_in(change / FILES, out)
        elif desk.made or removed or renamed:
            decide(change, out, removed, renamed)  # files go under the names that folders have by then
    finally:
        shutil.rmtree(change, ignore_errors=True)
    size = sum(size for _, size in desk.digests.values())
    return Written(len(desk.digests), size, tuple(sorted([*desk.made, *removed])))


def write_ahead(out: Path, outputs: Iterable[Output], most: int, memory: Memory) -> tuple[str, ...]:
    """Bring those of the outputs up to date that stand in the site with another key; gives their paths.

    For files that were written before and will be written again in this build: nothing is added or removed, and
    where there are more than `most`, or none, nothing is done.
    """
    stage: Stage[Remembered] = memory.stage(f"site {out}", kept=True)
    changed = [o for o in outputs if (known := stage.peek(o.path)) and known[0] != o.key]
    changed = [o for o in changed if (out / o.path).is_file()]
    if not changed or len(changed) > most:
        return ()
    change = Path(tempfile.mkdtemp(prefix=FRESH, dir=out.parent))
    try:
        wanted = [Wanted(output, "") for output in changed]
        for output, (sha, state) in zip(changed, _make_all(wanted, change / FILES, 1), strict=True):
            assert state is not None
            stage.put(output.path, (output.key, sha, state))
        decide(change, out)
    finally:
        shutil.rmtree(change, ignore_errors=True)
    return tuple(output.path for output in changed)


class _Desk:
    """Makes what is not there yet below `place` and remembers every file by its path."""

    def __init__(
        self,
        place: Path,
        standing: Mapping[str, State],
        stage: Stage[Remembered],
        folders: Mapping[str, str],
        workers: int,
    ) -> None:
        self.place, self.standing, self.stage, self.workers = place, standing, stage, workers
        self.named = {f"{folder}/{name}/": f"{folder}/{_ANY}/" for folder, name in folders.items()}
        self.digests: dict[str, tuple[str, int]] = {}
        self.made: list[str] = []
        place.mkdir()
        place.chmod(0o755)

    def add(self, outputs: Sequence[Output]) -> None:
        """Take these outputs into the site: as they stand, or made anew."""
        known = {output.path: self._known(output) for output in outputs}
        missing = [o for o in outputs if (held := known[o.path]) is None or held[0] != o.key]
        missing.sort(
            key=lambda o: not o.here
        )  # those that this process has to make itself, first and together
        wanted = [Wanted(o, held[1] if (held := known[o.path]) else "") for o in missing]
        for output, (sha, state) in zip(missing, _make_all(wanted, self.place, self.workers), strict=True):
            self.stage.put(self._key(output.path), (output.key, sha, state or self.standing[output.path]))
            if state:
                self.made.append(output.path)
        for output in outputs:
            self._count(output.path)

    def _known(self, output: Output) -> Remembered | None:
        """What is remembered of an output that stands as it was left; None for any other."""
        state = self.standing.get(output.path)
        known = self.stage.peek(self._key(output.path)) if state else None
        return known if known and known[2] == state else None

    def _count(self, path: str) -> None:
        if path in self.digests:
            raise ValueError(f"two outputs are called {path}")
        known = self.stage.peek(self._key(path))
        assert known is not None  # it stood there or was made just now
        self.digests[path] = (known[1], known[2][0])

    def _key(self, path: str) -> str:
        for named, unnamed in self.named.items():
            if path.startswith(named):
                return unnamed + path[len(named) :]
        return path


@dataclass(frozen=True, slots=True)
class Wanted:
    """An output to be made, and the SHA-256 of what stands in its place, if anything does."""

    output: Output
    standing: str


# Here, and not among the arguments, because forked processes see it without its being copied to them.
_making: tuple[Sequence[Wanted], Path] = ((), Path())


def _make_all(wanted: Sequence[Wanted], place: Path, workers: int) -> list[tuple[str, State | None]]:
    """SHA-256 and state of every output, written below `place`; no state where it came out as it stands already."""
    global _making
    _making = (wanted, place)
    for folder in {os.path.dirname(item.output.path) for item in wanted}:
        (place / folder).mkdir(parents=True, exist_ok=True)
    try:
        own = sum(item.output.here for item in wanted)
        return [*map(_make, range(own)), *spread(_make, range(own, len(wanted)), workers)]
    finally:
        _making = ((), Path())


def _make(number: int) -> tuple[str, State | None]:
    wanted, place = _making
    output = wanted[number].output
    content = output.make()
    sha = hashlib.sha256(content).hexdigest()
    if sha == wanted[number].standing:
        return sha, None
    path = os.path.join(place, output.path)
    with open(path, "wb") as stream:
        stream.write(content)
    return sha, _state(os.stat(path))


def _state(facts: os.stat_result) -> State:
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def _standing(folder: Path) -> dict[str, State]:
    """Every file below a folder by path with forward slashes; links and other oddities have a state of no file."""
    found: dict[str, State] = {}
    todo = [("", str(folder))] if folder.is_dir() else []
    while todo:
        prefix, base = todo.pop()
        with os.scandir(base) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    todo.append((f"{prefix}{entry.name}/", entry.path))
                else:
                    facts = entry.stat(follow_symlinks=False)
                    plain = entry.is_file(follow_symlinks=False)
                    found[prefix + entry.name] = _state(facts) if plain else (-1, 0, 0)
    return found


def _renamed(
    standing: Mapping[str, State], folders: Mapping[str, str]
) -> tuple[Mapping[str, State], dict[str, str]]:
    """The standing files under the names they will have, and which folder takes which name."""
    renamed: dict[str, str] = {}
    for folder, name in folders.items():
        inside = (path.split("/") for path in standing if path.startswith(f"{folder}/"))
        olds = {parts[1] for parts in inside if len(parts) > 2}
        if len(olds) == 1 and name not in olds:
            renamed[f"{folder}/{olds.pop()}"] = f"{folder}/{name}"
    if not renamed:
        return standing, renamed
    return {_after(path, renamed): state for path, state in standing.items()}, renamed


def _after(path: str, renamed: Mapping[str, str]) -> str:
    for old, new in renamed.items():
        if path.startswith(f"{old}/"):
            return new + path[len(old) :]
    return path
