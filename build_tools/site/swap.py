"""Puts a finished folder in the place of the old one, one build at a time; knows nothing of what is in it."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# linux/fs.h: exchange two paths in one step, so that no moment exists without a good folder.
RENAME_EXCHANGE = 2
AT_FDCWD = -100


def swap_in(new: Path, target: Path) -> None:
    """Make `new` stand at `target`; the old content is removed last.

    Where the system can exchange two names in one step there is no moment without a good folder. Elsewhere
    the old one is set aside first, and `restore` puts it back if the build dies in between.
    """
    aside = _aside(target)
    shutil.rmtree(aside, ignore_errors=True)
    if not target.exists():
        os.rename(new, target)
    elif _exchange(new, target):
        os.rename(new, aside)  # `new` now names the old content
    else:
        os.rename(target, aside)
        os.rename(new, target)
    shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def only_one(work: Path, report: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of `work` (created when missing); waits, and says so, while another build holds it.

    The system drops the lock when the process ends, however it ends. Where the system has no such locks
    (Windows), nothing is held.
    """
    work.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(work / ".lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("另一个生成正在进行，等它结束")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def restore(target: Path) -> None:
    """Undo a swap that was cut off half-way: bring the set-aside folder back when nothing took its place."""
    aside = _aside(target)
    if aside.exists() and not target.exists():
        os.rename(aside, target)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names; False where the system cannot."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return int(rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)) == 0
