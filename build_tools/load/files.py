"""Finds the files of a library, each with a stamp that tells whether it may have changed; opens none of them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from build_tools.model import START, Diagnostic

# Editors and systems leave these behind; they are neither cases nor worth a complaint.
IGNORED_NAMES = re.compile(r"^(\.|~\$)|~$|^(Thumbs\.db|desktop\.ini)$")
# A file changed within this time before it was looked at may change again without its stamp showing it: clocks of
# file systems stand still for up to two seconds (FAT).
RACY = 2_000_000_000  # nanoseconds


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the system says of a file without reading it, and whether that is enough to know it again."""

    size: int
    modified: int
    changed: int
    number: int
    settled: bool

    def same(self, other: Stamp) -> bool:
        """True where a file with this stamp surely still is what it was when it had the other one."""
        return other.settled and self.facts == other.facts

    @property
    def facts(self) -> tuple[int, int, int, int]:
        """All that the system says."""
        return self.size, self.modified, self.changed, self.number


UNKNOWN = Stamp(0, 0, 0, 0, False)  # of a file that cannot be asked


def stamp_of(facts: os.stat_result, now: int) -> Stamp:
    """The stamp of a file; `now` is the time in nanoseconds, taken before the file is read."""
    settled = now - max(facts.st_mtime_ns, facts.st_ctime_ns) > RACY
    return Stamp(facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino, settled)


def yaml_files(places: Iterable[Path], root: Path, found: list[Diagnostic]) -> list[Path]:
    """YAML files under `places`; links that leave the tree and files of other kinds become diagnostics."""
    return [Path(name) for name in stamped_files(list(places), root, found)]


def stamped_files(places: Sequence[Path], root: Path, found: list[Diagnostic]) -> dict[str, Stamp]:
    """The same by name in path order, with their stamps."""
    out: dict[str, Stamp] = {}
    now = time.time_ns()
    for place in places:
        if not place.exists() and not place.is_symlink():
            found.append(
                Diagnostic(shown_path(place, root), START, "RC115", "没有这个文件或文件夹", "核对路径")
            )
        elif place.is_dir():
            for entry, ignored in _entries(str(place), False):
                _judge(entry.path, entry, place, ignored, root, now, found, out)
        else:
            ignored = IGNORED_NAMES.search(place.name) is not None
            _judge(str(place), place, place.parent, ignored, root, now, found, out)
    return out if len(places) == 1 else {name: out[name] for name in sorted(out, key=Path)}


def _entries(folder: str, ignored: bool) -> Iterator[tuple[os.DirEntry[str], bool]]:
    """Everything below a folder in path order, and whether a name on the way to it is to be ignored."""
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        passed_over = ignored or IGNORED_NAMES.search(entry.name) is not None
        yield entry, passed_over
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(entry.path, passed_over)


def _judge(
    name: str,
    entry: os.DirEntry[str] | Path,
    base: Path,
    ignored: bool,
    root: Path,
    now: int,
    found: list[Diagnostic],
    out: dict[str, Stamp],
) -> None:
    """Put a file among those to be read, or say what is wrong with it."""

    def refuse(code: str, message: str, hint: str) -> None:
        found.append(Diagnostic(shown_path(Path(name), root), START, code, message, hint))

    if entry.is_symlink() and not inside(Path(name), base):
        refuse("RC112", "符号链接指到了库外面", "删去链接，放入真实文件")
    elif ignored or entry.is_dir():
        return
    elif not entry.is_file():
        refuse("RC111", "不是普通文件", "删去它，或放到别处")
    elif not name.endswith(".yaml"):
        refuse(
            "RC111",
            f"不是案例库认识的文件类型（{Path(name).suffix or '没有扩展名'}）",
            "这里只放 .yaml 文件；把它移到别处",
        )
    else:
        out[name] = path_stamp(entry, now)


def path_stamp(entry: os.DirEntry[str] | Path, now: int) -> Stamp:
    try:
        return stamp_of(entry.stat(), now)
    except OSError:
        return UNKNOWN


def inside(path: Path, base: Path) -> bool:
    """True where a link leads to something that is there, below `base`."""
    try:
        return path.resolve(strict=True).is_relative_to(base.resolve())
    except (OSError, RuntimeError):
        return False


def shown_path(path: Path, root: Path) -> str:
    """The path as people read it in messages: relative to the library when inside it, with forward slashes."""
    try:
        return path.absolute().relative_to(root.absolute()).as_posix()
    except ValueError:
        return path.as_posix()


def shower(root: Path) -> Callable[[str], str]:
    """`shown_path` for many names, far quicker for those below `root`."""
    here, base = os.getcwd(), str(root.absolute()) + os.sep

    def shown(name: str) -> str:
        whole = os.path.join(here, name)
        if whole.startswith(base):
            return whole[len(base) :].replace(os.sep, "/")
        return shown_path(Path(name), root)

    return shown
