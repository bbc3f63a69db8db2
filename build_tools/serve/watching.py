"""Tells which files of the library changed; reads none of them and builds nothing.

The system's own watcher (inotify, FSEvents, …) only wakes us. What changed is found by looking at size, time and
number of the files, so that temporary files, renames, lost messages and whole checkouts all come out right. Where
there is no such watcher, and for network shares, whose watchers stay silent, we also look from time to time.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from build_tools.history.git import ask_or
from build_tools.load.library import IGNORED_NAMES

# What the site is made of, besides the folders of cases.
FOLDERS = ("rules", "schema", "docs", "lookback", "media")
SETTINGS = "mkdocs.yml"
QUIET = 0.08  # seconds without news after which a save is taken to be complete
LONGEST = 3.0  # seconds after which we go on although the news do not stop, as in a long checkout
SPARE = 5.0  # seconds between looks where the system's watcher works
POLL = 1.0  # seconds between looks where it does not
EASY = 20  # a look may take one part in so many of the time between looks

# Not the opening and closing of files: builds read every one of them.
NEWS: list[type[FileSystemEvent]] = [
    FileModifiedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
]
# Time of the last change, size and number of a file.
Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that is watched: whole, or only the files of these names right in it."""

    folder: Path
    names: frozenset[str] = frozenset()

    def counts(self, path: str) -> bool:
        """True where news of this path may concern the site."""
        parts = os.path.relpath(path, self.folder).split(os.sep)
        if self.names:
            return parts[0] in self.names
        return not any(IGNORED_NAMES.search(part) for part in parts if part != ".")


def places(root: Path, case_places: Sequence[Path]) -> tuple[Place, ...]:
    """Everything that a site of the library at `root` depends on, Git's present commit included."""
    folders = dict.fromkeys([*case_places, *(root / name for name in FOLDERS)])
    top = frozenset({SETTINGS, *(folder.name for folder in folders if folder.parent == root)})
    return (*map(Place, folders), Place(root, top), *_git_places(root))


def _git_places(root: Path) -> Iterator[Place]:
    """Where Git keeps which commit is the present one; nothing without a history."""
    said = ask_or(root, "", "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir")
    for folder in dict.fromkeys(said.splitlines()):
        yield Place(Path(folder), frozenset({"HEAD", "packed-refs"}))
    for folder in said.splitlines()[1:]:
        yield Place(Path(folder) / "refs" / "heads")


def look(watched: Sequence[Place]) -> dict[str, Stamp]:
    """Every file that counts, by path, with its stamp."""
    found: dict[str, Stamp] = {}
    for place in watched:
        for path in _files(place):
            try:
                seen = os.stat(path)
            except OSError:  # gone meanwhile
                continue
            if not stat.S_ISDIR(seen.st_mode):
                found[path] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
    return found


def _files(place: Place) -> Iterator[str]:
    """The files of a place that no editor left behind; links to folders are not followed."""
    if place.names:
        yield from (os.path.join(place.folder, name) for name in place.names)
        return
    todo = [str(place.folder)]
    while todo:
        try:
            entries = list(os.scandir(todo.pop()))
        except OSError:
            continue
        for entry in entries:
            if IGNORED_NAMES.search(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                todo.append(entry.path)
            else:
                yield entry.path


class Watcher(FileSystemEventHandler):
    """Waits for changes; what changes while nobody waits is told at the next wait."""

    def __init__(self, watched: Sequence[Place]) -> None:
        self._places = tuple(watched)
        self._seen = look(self._places)
        self._woken, self._closed = threading.Event(), threading.Event()
        self._observer: BaseObserver | None = None
        self._armed: dict[Place, tuple[tuple[int, int], ObservedWatch]] = {}
        self._pause = SPARE

    def start(self) -> str:
        """Begin; gives the reason where the system cannot watch and we look ourselves instead, else ""."""
        try:
            self._observer = Observer()
            self._observer.start()
            self._arm()
        except (OSError, RuntimeError) as error:
            self._give_up()
            return getattr(error, "strerror", None) or str(error)
        return ""

    def close(self) -> None:
        """End; whoever waits gets nothing."""
        self._closed.set()
        self._woken.set()
        self._give_up()

    def changes(self) -> tuple[str, ...]:
        """Wait for the next changes and give the paths that were added, changed or removed; () once closed."""
        while not self._closed.is_set():
            self._woken.wait(self._pause)
            self._settle()
            if changed := self._compare():
                return changed
        return ()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by the system's watcher."""
        paths = [os.fsdecode(path) for path in (event.src_path, event.dest_path) if path]
        if any(place.counts(path) for place in self._places for path in paths if _below(path, place.folder)):
            self._woken.set()

    def _settle(self) -> None:
        """Wait until an editor, or several, have finished what they are saving."""
        until = time.monotonic() + LONGEST
        while self._woken.is_set() and not self._closed.is_set() and time.monotonic() < until:
            self._woken.clear()
            self._closed.wait(QUIET)

    def _compare(self) -> tuple[str, ...]:
        started = time.monotonic()
        now, before = look(self._places), self._seen
        self._seen = now
        changed = [path for path in now.keys() | before.keys() if now.get(path) != before.get(path)]
        if self._observer:
            try:
                self._arm()
            except (OSError, RuntimeError):
                self._give_up()
        usual = SPARE if self._observer else POLL
        self._pause = max(usual, EASY * (time.monotonic() - started))
        return tuple(sorted(changed))

    def _arm(self) -> None:
        """Watch every folder that exists; one that was removed and made anew is another one to the system."""
        assert self._observer
        for place in self._places:
            number, old = _number(place.folder), self._armed.get(place)
            if old and old[0] != number:
                self._observer.unschedule(old[1])
                del self._armed[place]
            if number and (not old or old[0] != number):
                watch = self._observer.schedule(
                    self, str(place.folder), recursive=not place.names, event_filter=NEWS
                )
                self._armed[place] = (number, watch)

    def _give_up(self) -> None:
        observer, self._observer, self._pause = self._observer, None, POLL
        if observer:
            observer.stop()


def _below(path: str, folder: Path) -> bool:
    return path == str(folder) or path.startswith(f"{folder}{os.sep}")


def _number(folder: Path) -> tuple[int, int] | None:
    """What tells one folder from another of the same name; None where there is none."""
    try:
        seen = os.stat(folder)
    except OSError:
        return None
    return seen.st_dev, seen.st_ino
