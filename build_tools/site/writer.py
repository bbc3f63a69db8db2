"""Writes a site: all of it into a fresh folder, or only what changed where it stands already; makes no content."""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from build_tools.check.spread import spread
from build_tools.memory import Memory
from build_tools.output import Output
from build_tools.site.standing import Files, Remembered, Standing, files_of
from build_tools.site.swap import FILES, decide, remove_later, swap_in

# A site that is being written; the name starts with a dot so that nobody takes it for the site.
FRESH = ".site-"
Digests = Mapping[str, tuple[Any, ...]]  # path → SHA-256, bytes, and what else is remembered
# After so many outputs the circular garbage that making them leaves is taken away: some 50 KB a page, 5 MB a form.
_OFTEN, _FORMS = 200, 10
# Of a file as it was written: SHA-256, time of the last change in nanoseconds and number; nothing where what stood
# there is the same.
Made = tuple[str, int, int] | None


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
    files = files_of(out, memory)
    standing = Standing(out, files, ending.folders)
    discard: Callable[[Path], object] = partial(shutil.rmtree, ignore_errors=True)
    change = Path(tempfile.mkdtemp(prefix=FRESH, dir=out.parent))
    try:
        desk = _Desk(change / FILES, standing, files, workers)
        desk.add(list(outputs))
        desk.add(ending.outputs(desk.digests))
        removed = standing.by_path.keys() - desk.digests.keys()
        if len(desk.made) == len(desk.digests):
            swap_in(change / FILES, out)  # which leaves there the many files of the old site
            discard = remove_later
        elif desk.made or removed or standing.renamed:
            # files go under the names that folders have by then
            decide(change, out, removed, standing.renamed)
    finally:
        discard(change)
    files.forget(map(standing.key, removed))
    files.keep_only(map(standing.key, desk.digests), len(desk.digests))
    files.save()
    size = sum(known[1] for known in desk.digests.values())
    return Written(len(desk.digests), size, tuple(sorted([*desk.made, *removed])))


def write_ahead(out: Path, outputs: Iterable[Output], most: int, memory: Memory) -> tuple[str, ...]:
    """Bring those of the outputs up to date that stand in the site with another key; gives their paths.

    For files that were written before and will be written again in this build: nothing is added or removed, and
    where there are more than `most`, or none, nothing is done.
    """
    files = files_of(out, memory)
    changed = [o for o in outputs if (known := files.by_path.get(o.path)) and known[2] != o.key]
    if not changed or len(changed) > most:
        return ()
    wanted = [Wanted(o, files.standing(out, o.path)) for o in changed if (out / o.path).is_file()]
    change = Path(tempfile.mkdtemp(prefix=FRESH, dir=out.parent))
    try:
        written = list[str]()
        for item, (size, made) in zip(wanted, _make_all(wanted, change / FILES, 1), strict=True):
            path, key = item.output.path, item.output.key
            if made:
                written.append(path)
                files.put(path, (made[0], size, key, *made[1:]))
            else:
                files.put(path, (*files.by_path[path][:2], key, *files.by_path[path][3:]))
        if written:
            decide(change, out)
    finally:
        shutil.rmtree(change, ignore_errors=True)
    return tuple(written)


class _Desk:
    """Makes what is not there yet below `place` and remembers every file by its path."""

    def __init__(self, place: Path, standing: Standing, files: Files, workers: int) -> None:
        self.place, self.standing, self.files, self.workers = place, standing, files, workers
        self.digests: dict[str, Remembered] = {}
        self.made: list[str] = []
        place.mkdir()
        place.chmod(0o755)

    def add(self, outputs: Sequence[Output]) -> None:
        """Take these outputs into the site: as they stand, or made anew."""
        standing, digests, before = self.standing.by_path, self.digests, len(self.digests)
        missing = list[Output]()
        for output in outputs:
            known = standing.get(output.path)
            if known is not None and known[2] == output.key:
                digests[output.path] = known
            else:
                missing.append(output)
        # those that this process has to make itself, first and together
        missing.sort(key=lambda output: not output.here)
        wanted = [Wanted(o, known[0] if (known := standing.get(o.path)) else "") for o in missing]
        for output, (size, made) in zip(missing, _make_all(wanted, self.place, self.workers), strict=True):
            old = standing.get(output.path)
            if made:
                self.made.append(output.path)
                known = (made[0], size, output.key, *made[1:])
            else:
                assert old is not None
                known = (*old[:2], output.key, *old[3:])
            digests[output.path] = known
            self.files.put(self.standing.key(output.path), known)
        if len(digests) != before + len(outputs):
            raise ValueError(f"two outputs are called {_twice(outputs, digests)}")


def _twice(outputs: Sequence[Output], digests: Digests) -> str:
    """The first path that two outputs have."""
    seen = digests.keys() - {output.path for output in outputs}
    for output in outputs:
        if output.path in seen:
            return output.path
        seen.add(output.path)
    return ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An output to be made, and the SHA-256 of what stands in its place, if anything does."""

    output: Output
    standing: str


# Here, and not among the arguments, because forked processes see it without its being copied to them.
_making: tuple[Sequence[Wanted], Path] = ((), Path())


def _make_all(wanted: Sequence[Wanted], place: Path, workers: int) -> list[tuple[int, Made]]:
    """Every output, written below `place`: its bytes and how it was left."""
    global _making
    _making = (wanted, place)
    gc.freeze()  # what is there already is no garbage: `_make` looks only through what comes after
    for folder in {os.path.dirname(item.output.path) for item in wanted}:
        (place / folder).mkdir(parents=True, exist_ok=True)
    try:
        own = sum(item.output.here for item in wanted)
        return [*map(_make, range(own)), *spread(_make, range(own, len(wanted)), workers)]
    finally:
        _making = ((), Path())
        gc.unfreeze()


def _make(number: int) -> tuple[int, Made]:
    wanted, place = _making
    output = wanted[number].output
    content = output.make()
    sha = hashlib.sha256(content).hexdigest()
    if sha == wanted[number].standing:
        return len(content), None
    path = os.path.join(place, output.path)
    with open(path, "wb") as stream:
        stream.write(content)
    if number % (_FORMS if output.here else _OFTEN) == 0:
        gc.collect()
    facts = os.stat(path)
    return len(content), (sha, facts.st_mtime_ns, facts.st_ino)
