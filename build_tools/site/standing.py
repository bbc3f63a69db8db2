"""What stands in a site as it was left, and what is remembered of each of its files; writes no files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from zlib import crc32

from build_tools.memory import Memory, Stage

# SHA-256 and bytes of a file, the key of its output, and the time of its last change in nanoseconds and its number:
# with the size what tells that it was not touched since.
Remembered = tuple[str, int, str, int, int]
# Files are remembered in so many rows, so that few files make few rows to write and all are read quickly.
_ROWS = 256
# Folders named after their content: the name stands for this in what is remembered.
_ANY = "@"


class Files:
    """What is remembered of the files of one site, by path; in the process between rounds, on disk beyond it."""

    def __init__(self, stage: Stage[dict[str, Remembered]]) -> None:
        self._stage = stage
        self.by_path: dict[str, Remembered] = {}
        # The paths of each row; some may be twice, and some of files that are no more.
        self._rows: list[list[str]] = []
        for row in range(_ROWS):
            held = stage.peek(str(row)) or {}
            self._rows.append(list(held))
            self.by_path.update(held)
        self._changed: set[int] = set()

    def put(self, path: str, known: Remembered) -> None:
        """Remember a file."""
        row = _row(path)
        if path not in self.by_path:
            self._rows[row].append(path)
        self.by_path[path] = known
        self._changed.add(row)

    def standing(self, site: Path, path: str) -> str:
        """SHA-256 of a file that stands as it was left; empty for any other."""
        known = self.by_path.get(path)
        return known[0] if known and _same(os.lstat(site / path), known) else ""

    def keep_only(self, paths: Iterable[str], count: int) -> None:
        """Forget all files but these, which are so many, all of them known."""
        if len(self.by_path) > count:
            self.forget(self.by_path.keys() - set(paths))

    def forget(self, paths: Iterable[str]) -> None:
        """Forget files that are no more."""
        for path in paths:
            if self.by_path.pop(path, None):
                self._changed.add(_row(path))

    def save(self) -> None:
        """Have on disk what is new; said in every round, because what nobody asks for is dropped."""
        for row in self._changed:
            held = {path: known for path in self._rows[row] if (known := self.by_path.get(path))}
            self._rows[row] = list(held)
            self._stage.put(str(row), held)
        self._stage.used.update(map(str, range(_ROWS)))
        self._changed.clear()


def files_of(site: Path, memory: Memory) -> Files:
    """What is remembered of the files of a site."""
    stage: Stage[dict[str, Remembered]] = memory.stage(f"site {site}", kept=True, held=False)
    known: Files = memory.stage("sites").get(str(site), lambda: Files(stage))
    return known


def _same(facts: os.stat_result, known: Remembered) -> bool:
    return (facts.st_size, facts.st_mtime_ns, facts.st_ino) == (known[1], known[3], known[4])


def _row(path: str) -> int:
    return crc32(path.encode()) % _ROWS


class Standing:
    """The files that stand in a folder, by path below it: as they were left, or None where somebody touched them.

    `folders` are those whose name changes with their content, and the name that each has now: "search" → "4f0c…".
    Their files are given under the names that they will have; `renamed` says which folder takes which name.
    """

    def __init__(self, site: Path, files: Files, folders: Mapping[str, str]) -> None:
        self._files = files.by_path
        self._named = {f"{folder}/{name}/": f"{folder}/{_ANY}/" for folder, name in folders.items()}
        self.renamed = dict(_renamed(site, folders))
        self.by_path: dict[str, Remembered | None] = {}
        todo = [("", str(site))] if site.is_dir() else []
        while todo:
            prefix, place = todo.pop()
            inside = self._read(prefix, place)
            todo += [(f"{self.renamed.get(path, path)}/", f"{site}/{path}") for path in inside]

    def _read(self, prefix: str, place: str) -> list[str]:
        """Take up the files of a folder; gives the folders in it."""
        files, found, folders = self._files, self.by_path, list[str]()
        remembered = self.key(prefix)
        with os.scandir(place) as entries:
            for entry in entries:
                name = entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(prefix + name)
                    continue
                known = files.get(remembered + name)
                same = known is not None and _same(entry.stat(follow_symlinks=False), known)
                found[prefix + name] = known if same else None
        return folders

    def key(self, path: str) -> str:
        """The path under which a file, or all in a folder, is remembered."""
        for named, unnamed in self._named.items():
            if path.startswith(named):
                return unnamed + path[len(named) :]
        return path


def _renamed(site: Path, folders: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The path that each folder with another name has, and the one it will have."""
    for folder, name in folders.items():
        olds = [path.name for path in _folders(site / folder) if any(path.iterdir())]
        if len(olds) == 1 and name not in olds:
            yield f"{folder}/{olds[0]}", f"{folder}/{name}"


def _folders(place: Path) -> list[Path]:
    return [path for path in place.iterdir() if path.is_dir()] if place.is_dir() else []
