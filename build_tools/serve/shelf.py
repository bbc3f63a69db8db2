"""The site's folder as browsers may see it: finds files safely and remembers what was given out; speaks no HTTP."""

from __future__ import annotations

import hashlib
import mimetypes
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

INDEX = "index.html"
# The built-in table alone: that of the system may say that scripts are plain text, and then they do not run.
_TYPES = mimetypes.MimeTypes()
_TYPES.add_type("text/javascript", ".js")
_TYPES.add_type("font/woff2", ".woff2")
_TEXTS = ("text/", "application/json", "application/xml", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the site: `kind` is its media type."""

    name: str
    kind: str
    content: bytes


def name_of(address: str) -> str | None:
    """The name of a file in the site, for the path of an address; None for one that no site has."""
    path = unquote(address.partition("?")[0].partition("#")[0], errors="replace").removeprefix("/")
    name = f"{path}{INDEX}" if not path or path.endswith("/") else path
    bad = any(not part or part.startswith(".") or set(part) & set("\\:\0") for part in name.split("/"))
    return None if bad else name


class Shelf:
    """Files below one folder, and a digest of each state of a file that some browser was given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._given: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    @property
    def stands(self) -> bool:
        """True where there is a site."""
        return (self.folder / INDEX).is_file()

    def take(self, name: str) -> Found | None:
        """The file of this name as it is now, or None; either way it is remembered."""
        with self._lock:  # also while reading, so that `changed` never misses a state that is on its way out
            content = self._read(name)
            self._given.setdefault(name, set()).add(_digest(content))
        return None if content is None else Found(name, media_type(name), content)

    def is_folder(self, name: str) -> bool:
        """True where the name is that of a folder with an index page."""
        return self._read(f"{name}/{INDEX}") is not None

    def changed(self) -> set[str]:
        """Names of what was given out and is something else now; from here on only the new state is known."""
        with self._lock:
            now = {name: {_digest(self._read(name))} for name in self._given}
            stale = {name for name in now if self._given[name] != now[name]}
            self._given = now
        return stale

    def _read(self, name: str) -> bytes | None:
        """Nothing outside the folder, not even through a link, and nothing but plain files."""
        try:
            path = (self.folder / name).resolve(strict=True)
            if path.is_relative_to(self.folder.resolve()) and path.is_file():
                return path.read_bytes()
        except (OSError, ValueError, RuntimeError):
            pass
        return None


def media_type(name: str) -> str:
    """What the browser is told that a file is."""
    guess, packed = _TYPES.guess_type(name)
    kind = guess if guess and not packed else "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(_TEXTS) else kind


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()
