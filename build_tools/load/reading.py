"""Reads the files of a library, those that have not changed since the last time only once; judges no content."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from build_tools.load.files import Stamp, inside, path_stamp, shower, stamped_files
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import EARLY, START, Diagnostic, Guide

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


class Reader:
    """Reads files below one root, with a memory of those read before."""

    def __init__(self, root: Path, memory: Memory | None) -> None:
        self.root = root
        self.shown = shower(root)
        self.known = memory.stage("files") if memory else None
        # The digests of files without a problem, and what is wanted of each before its content.
        self.sound = memory.stage("sound files", kept=True) if memory else None
        self.place = f"{os.getcwd()}\0{root}"  # what a name may mean something else without

    def read(
        self,
        make: Callable[..., T],
        places: Sequence[Path],
        found: list[Diagnostic],
        later: Callable[..., T] | None = None,
    ) -> tuple[T, ...]:
        """`make(path, data, marks, key marks, text, digest)` for every readable YAML mapping, in path order.

        Problems go to `found`. A file that an earlier process found sound becomes `later(path, digest, early,
        read)` where that is given.
        """

        def parse(raw: bytes, shown: str, digest: str) -> _Outcome[T]:
            early = self.sound.peek(digest) if self.sound is not None and later is not None else None
            if early is not None and later is not None:
                return later(shown, digest, early, partial(_content, raw, shown)), ()
            parsed = read_yaml(raw, shown)
            if isinstance(parsed.data, Mapping):
                if later is not None and not parsed.diagnostics:
                    self._note(parsed.data, digest)
                made = make(shown, parsed.data, parsed.marks, parsed.key_marks, parsed.text, digest)
                return made, parsed.diagnostics
            if parsed.data is None:
                return None, parsed.diagnostics
            said = "整个文件应当是“键: 值”的映射"
            problem = Diagnostic(shown, START, "RC203", said, "参照 rongcuo new 生成的骨架")
            return None, (*parsed.diagnostics, problem)

        stamps = stamped_files(places, self.root, found)
        return self._all(make.__name__, stamps, parse, found)

    def _note(self, data: Mapping[str, Any], digest: str) -> None:
        """Remember that a file is sound, with what is wanted of it before its content."""
        early = {key: data[key] for key in EARLY if key in data}
        if self.sound is not None and all(isinstance(value, str) for value in early.values()):
            self.sound.put(digest, early)

    def guides(self, folder: Path, found: list[Diagnostic]) -> tuple[Guide, ...]:
        """Markdown pages under `folder`; links out of it are skipped, unreadable pages become diagnostics."""

        def parse(raw: bytes, shown: str, _digest: str) -> _Outcome[Guide]:
            path = names[shown]
            try:
                text = raw.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
            except UnicodeDecodeError:
                return None, (_problem(shown, "RC107", "不是 UTF-8 编码的文字", "用编辑器另存为 UTF-8"),)
            heading = HEADING.search(text)
            title = heading[1].strip() if heading else path.stem
            return Guide(path.relative_to(folder).as_posix(), title, text), ()

        paths = [p for p in sorted(folder.rglob("*.md")) if not p.is_symlink() or inside(p, folder)]
        names = {self.shown(str(path)): path for path in paths}
        now = time.time_ns()
        return self._all("guide", {str(path): path_stamp(path, now) for path in paths}, parse, found)

    def _all(
        self,
        kind: str,
        stamps: Mapping[str, Stamp],
        parse: Callable[[bytes, str, str], _Outcome[T]],
        found: list[Diagnostic],
    ) -> tuple[T, ...]:
        """What `parse` makes of each file."""
        out: list[T] = []
        for name, stamp in stamps.items():
            read = self._one(kind, name, stamp, parse)
            found.extend(read.problems)
            if read.product is not None:
                out.append(read.product)
        return tuple(out)

    def _one(
        self,
        kind: str,
        name: str,
        stamp: Stamp,
        parse: Callable[[bytes, str, str], _Outcome[T]],
    ) -> _Read:
        key = f"{kind}\0{self.place}\0{name}"
        last: _Read | None = self.known.peek(key) if self.known is not None else None
        if last is not None and stamp.same(last.stamp):
            if self.sound is not None:
                self.sound.used.add(last.digest)
            return last
        shown = self.shown(name)
        try:
            with open(name, "rb") as file:
                raw = file.read()
        except OSError as error:
            problem = _problem(shown, "RC115", f"读不出来（{error.strerror}）", "核对文件权限")
            return _Read(stamp, "", None, (problem,))
        digest = hashlib.sha256(raw).hexdigest()
        if last is not None and last.digest == digest:
            read = _Read(stamp, digest, last.product, last.problems)
            if self.sound is not None:
                self.sound.used.add(digest)
        else:
            read = _Read(stamp, digest, *parse(raw, shown, digest))
        if self.known is not None:
            self.known.put(key, read)
        return read


def _content(raw: bytes, shown: str) -> dict[str, Any]:
    parsed = read_yaml(raw, shown)
    return {
        "data": parsed.data,
        "marks": parsed.marks,
        "key_marks": parsed.key_marks,
        "text": parsed.text,
    }


def _problem(shown: str, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(shown, START, code, message, hint)
