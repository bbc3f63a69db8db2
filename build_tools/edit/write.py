"""Puts content into files so that a crash leaves the old file or the new one, never half of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, text: str) -> None:
    """Replace the content of an existing file at once, keeping its permissions; raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, path.stat().st_mode & 0o7777)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def create_file(path: Path, text: str) -> None:
    """Write a new file at once; raises FileExistsError rather than touch one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    put_bytes(path, text.encode(), force=False)
    path.chmod(0o644)


def put_bytes(target: Path, content: bytes, *, force: bool) -> None:
    """Write a file at once, readable by its owner only; raises FileExistsError rather than replace one unasked."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if force:
            os.replace(name, target)
        else:
            _link(Path(name), target)
    finally:
        Path(name).unlink(missing_ok=True)


def _link(name: Path, target: Path) -> None:
    """Give the finished file its name unless somebody took it meanwhile; without hard links by renaming."""
    try:
        os.link(name, target)
    except FileExistsError:
        raise
    except OSError:
        if target.exists():
            raise FileExistsError(target) from None
        os.replace(name, target)
