"""Puts a finished folder, or a finished change, in its place, one build at a time; knows nothing of what is in it."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# linux/fs.h: exchange two paths in one step, so that no moment exists without a good folder.
RENAME_EXCHANGE = 2
AT_FDCWD = -100
# A decided change: its new files and what else is to be done.
FILES, PLAN = "files", "plan.json"


def swap_in(new: Path, target: Path) -> None:
    """Make `new` stand at `target`; the old content is then at `new`, for the caller to remove.

    Where the system can exchange two names in one step there is no moment without a good folder. Elsewhere
    the old one is set aside first, and `restore` puts it back if the build dies in between.
    """
    aside = _aside(target)
    shutil.rmtree(aside, ignore_errors=True)
    if not target.exists():
        os.rename(new, target)
    elif not _exchange(new, target):
        os.rename(target, aside)
        os.rename(new, target)
        os.rename(aside, new)


def remove_later(folder: Path) -> None:
    """Remove a folder without anybody waiting for it but the end of the process."""
    threading.Thread(target=shutil.rmtree, args=(folder, True)).start()


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
    """Finish what a killed build had begun: a decided change goes on, a swap cut off half-way is undone."""
    aside = _aside(target)
    if aside.exists() and not target.exists():
        os.rename(aside, target)
    carry_out(target)


def decide(
    change: Path, target: Path, removed: Collection[str] = (), renamed: Mapping[str, str] | None = None
) -> None:
    """Put a prepared change into effect: from here on it will be carried out, whatever becomes of this process.

    `change` holds in `FILES` what is new, under the paths that it will have below `target`; `renamed` folders keep
    their content, and `removed` files go.
    """
    plan = {"renamed": dict(renamed or {}), "removed": sorted(removed)}
    (change / PLAN).write_text(json.dumps(plan), encoding="utf-8")
    os.rename(change, _next(target))
    carry_out(target)


def carry_out(target: Path) -> None:
    """Carry out what was decided; each step may have been done before."""
    change = _next(target)
    if not target.is_dir() or not (change / PLAN).is_file():  # a site that is gone cannot be mended
        shutil.rmtree(change, ignore_errors=True)
        return
    plan = json.loads((change / PLAN).read_text(encoding="utf-8"))
    for old, new in plan["renamed"].items():
        if (target / old).exists() and not (target / new).exists():
            os.rename(target / old, target / new)
    for base, _, names in os.walk(change / FILES):
        place = target / Path(base).relative_to(change / FILES)
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            os.replace(os.path.join(base, name), place / name)
    for path in plan["removed"]:
        (target / path).unlink(missing_ok=True)
        _remove_empty((target / path).parent, target)
    shutil.rmtree(change, ignore_errors=True)


def _remove_empty(folder: Path, top: Path) -> None:
    """Remove a folder and those above it as long as nothing is in them."""
    while folder != top:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _next(target: Path) -> Path:
    return target.with_name(f".{target.name}.next")


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names; False where the system cannot."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return int(rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)) == 0
