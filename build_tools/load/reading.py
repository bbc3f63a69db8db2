"""Reads the files of a library, those that have not changed since the last time only once; judges no content."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from build_tools.load.files import Stamp, inside, path_stamp, shower, stamped_files
from build_tools.load.yaml_reader import Parsed, read_yaml
from build_tools.model import START, Diagnostic, Guide, Record, early_of

if TYPE_CHECKING:  # which itself knows the nouns
    from build_tools.memory import Memory

T = TypeVar("T")
_Outcome = tuple[T | None, tuple[Diagnostic, ...]]
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of a file, and how to tell that it is still the same."""

    stamp: Stamp
    digest: str  # of the file's bytes; empty where it could not be read
    product: Any  # None where it holds nothing
    problems: tuple[Diagnostic, ...]


class FileChanged(OSError):
    """A file is not what it was when this run began; nothing can be said until it is read as a whole again."""

    def __init__(self, name: str) -> None:
        super().__init__(errno.ESTALE, "文件在读取期间变了，再运行一次", name)


class Reader:
    """Reads files below one root, with a memory of those read before."""

    def __init__(self, root: Path, memory: Memory | None) -> None:
        self.root, self.memory = root, memory
        self.shown = shower(root)
        self.known = memory.stage("files") if memory else None
        # The digests of files without a problem, and what is wanted of each before its content.
        self.sound = memory.stage("sound files", kept=True) if memory else None
        # What files were when they were last read by any process: stamp and digest by name.
        self.seen = memory.stage("files seen", kept=True) if memory else None
        self.place = f"{os.getcwd()}\0{root}"  # what a name may mean something else without

    def read(
        self,
        make: Callable[..., T],
        places: Sequence[Path],
        found: list[Diagnostic],
        later: Callable[..., T] | None = None,
    ) -> tuple[T, ...]:
        """`make(path, data, marks, key marks, text, digest)` for every readable YAML mapping, in path order.

        Problems go to `found`. With a memory, a file without a problem becomes `later(path, digest, early, read,
        content)` where that is given: its content can be let go, and read again. A file that an earlier process
        found sound is not opened for that.
        """

        def parse(name: str, raw: bytes, digest: str) -> _Outcome[T]:
            shown = self.shown(name)
            if (known := sound(name, digest)) is not None:
                return known, ()
            parsed = read_yaml(raw, shown)
            if isinstance(parsed.data, Mapping):
                given = (shown, parsed.data, parsed.marks, parsed.key_marks, parsed.text, digest)
                if later is not None and not parsed.diagnostics and self._note(parsed.data, digest):
                    return self._later(later, name, digest, _content(parsed)), ()
                return make(*given), parsed.diagnostics
            if parsed.data is None:
                return None, parsed.diagnostics
            said = "整个文件应当是“键: 值”的映射"
            problem = Diagnostic(shown, START, "RC203", said, "参照 rongcuo new 生成的骨架")
            return None, (*parsed.diagnostics, problem)

        def sound(name: str, digest: str) -> T | None:
            """The product of a file that was found sound before."""
            if later is None or self.sound is None or self.sound.peek(digest) is None:
                return None
            return self._later(later, name, digest, None)

        stamps = stamped_files(places, self.root, found)
        return self._all(make.__name__, stamps, parse, found, sound)

    def _later(self, later: Callable[..., T], name: str, digest: str, content: Mapping[str, Any] | None) -> T:
        assert self.memory is not None and self.sound is not None
        shown, holding = self.shown(name), self.memory.holding

        def read(record: Record) -> Mapping[str, Any]:
            raw = _bytes(name)
            if hashlib.sha256(raw).hexdigest() != digest:
                raise FileChanged(name)
            holding.took(record)
            return _content(read_yaml(raw, shown))

        made: Any = later(shown, digest, self.sound.peek(digest), read, content)
        if content is not None:
            holding.took(made)
        product: T = made
        return product

    @property
    def knows_any(self) -> bool:
        """Whether any file was found sound before."""
        return self.sound is not None and not self.sound.empty

    def foresee(self, kind: str, name: str, stamp: Stamp, digest: str, early: Mapping[str, Any]) -> None:
        """Remember of a sound file what reading it would leave in the memory; `kind` is the name of `make`."""
        if self.sound is not None and self.seen is not None:
            self.sound.put(digest, early)
            if stamp.settled:
                self.seen.put(self._key(kind, name), (*stamp.facts, digest))

    def _key(self, kind: str, name: str) -> str:
        return f"{kind}\0{self.place}\0{name}"

    def _note(self, data: Mapping[str, Any], digest: str) -> bool:
        """Remember that a file is sound, with what is wanted of it before its content; False where it cannot be."""
        early = early_of(data)
        if self.sound is None or early is None:
            return False
        self.sound.put(digest, early)
        return True

    def guides(self, folder: Path, found: list[Diagnostic]) -> tuple[Guide, ...]:
        """Markdown pages under `folder`; links out of it are skipped, unreadable pages become diagnostics."""

        def parse(name: str, raw: bytes, _digest: str) -> _Outcome[Guide]:
            path, shown = Path(name), self.shown(name)
            try:
                text = raw.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
            except UnicodeDecodeError:
                return None, (_problem(shown, "RC107", "不是 UTF-8 编码的文字", "用编辑器另存为 UTF-8"),)
            heading = HEADING.search(text)
            title = heading[1].strip() if heading else path.stem
            return Guide(path.relative_to(folder).as_posix(), title, text), ()

        paths = [p for p in sorted(folder.rglob("*.md")) if not p.is_symlink() or inside(p, folder)]
        now = time.time_ns()
        return self._all("guide", {str(path): path_stamp(path, now) for path in paths}, parse, found)

    def _all(
        self,
        kind: str,
        stamps: Mapping[str, Stamp],
        parse: Callable[[str, bytes, str], _Outcome[T]],
        found: list[Diagnostic],
        sound: Callable[[str, str], T | None] | None = None,
    ) -> tuple[T, ...]:
        """What `parse` makes of each file, or `sound` of one that need not be opened."""
        out: list[T] = []
        for name, stamp in stamps.items():
            read = self._one(kind, name, stamp, parse, sound)
            found.extend(read.problems)
            if read.product is not None:
                out.append(read.product)
        return tuple(out)

    def _one(
        self,
        kind: str,
        name: str,
        stamp: Stamp,
        parse: Callable[[str, bytes, str], _Outcome[T]],
        sound: Callable[[str, str], T | None] | None,
    ) -> _Read:
        key = self._key(kind, name)
        last: _Read | None = self.known.peek(key) if self.known is not None else None
        if last is not None and stamp.same(last.stamp):
            self._note_use(key, last.digest)
            return last
        if last is None and sound and (digest := self._unchanged(key, stamp)):
            product = sound(name, digest)
            if product is not None:
                return self._known(key, _Read(stamp, digest, product, ()))
        try:
            raw = _bytes(name)
        except OSError as error:
            problem = _problem(self.shown(name), "RC115", f"读不出来（{error.strerror}）", "核对文件权限")
            return _Read(stamp, "", None, (problem,))
        digest = hashlib.sha256(raw).hexdigest()
        if last is not None and last.digest == digest:
            read = _Read(stamp, digest, last.product, last.problems)
            self._note_use(key, digest)
        else:
            read = _Read(stamp, digest, *parse(name, raw, digest))
        if sound and self.seen is not None and stamp.settled:
            self.seen.put(key, (*stamp.facts, digest))
        return self._known(key, read)

    def _known(self, key: str, read: _Read) -> _Read:
        if self.known is not None:
            self.known.put(key, read)
        return read

    def _note_use(self, key: str, digest: str) -> None:
        """Nothing is asked of what is on disk while the process lasts, but it is needed by the next one."""
        if self.sound is not None and self.seen is not None:
            self.sound.used.add(digest)
            self.seen.used.add(key)

    def _unchanged(self, key: str, stamp: Stamp) -> str | None:
        """The digest of a file that surely is what it was when a process last read it."""
        seen = self.seen.peek(key) if self.seen is not None else None
        return str(seen[-1]) if seen is not None and seen[:-1] == stamp.facts else None


def sound_content(name: str, shown: str) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
    """Digest, early values and content of a file with which nothing is wrong; None for any other."""
    try:
        parsed = read_yaml(_bytes(name), shown)
    except OSError:
        return None
    if parsed.diagnostics or not isinstance(parsed.data, Mapping):
        return None
    early = early_of(parsed.data)
    return None if early is None else (parsed.digest, early, _content(parsed))


def _bytes(name: str) -> bytes:
    """The bytes of a file; raises OSError."""
    with open(name, "rb", buffering=0) as file:
        return file.read()


def _content(parsed: Parsed) -> dict[str, Any]:
    return {
        "data": parsed.data,
        "marks": parsed.marks,
        "key_marks": parsed.key_marks,
        "text": parsed.text,
    }


def _problem(shown: str, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(shown, START, code, message, hint)
