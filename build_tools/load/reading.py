"""Reads the files of a library, those that have not changed since the last time only once; judges no content."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from build_tools.load.files import Stamp, inside, path_stamp, shower, stamped_files
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import START, Diagnostic, Guide

if TYPE_CHECKING:  # which itself knows the nouns
    from build_tools.memory import Memory

T = TypeVar("T")
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of a file, and how to tell that it is still the same."""

    stamp: Stamp
    digest: bytes  # of the file's bytes; empty where it could not be read
    product: Any  # None where it holds nothing
    problems: tuple[Diagnostic, ...]


class Reader:
    """Reads files below one root, with a memory of those read before."""

    def __init__(self, root: Path, memory: Memory | None) -> None:
        self.root = root
        self.shown = shower(root)
        self.known = memory.stage("files") if memory else None
        self.place = f"{os.getcwd()}\0{root}"  # what a name may mean something else without

    def read(self, make: Callable[..., T], places: Sequence[Path], found: list[Diagnostic]) -> tuple[T, ...]:
        """`make(path, data, marks, key marks, text, digest)` for every readable YAML mapping, in path order.

        Problems go to `found`.
        """

        def parse(raw: bytes, shown: str) -> tuple[T | None, tuple[Diagnostic, ...]]:
            parsed = read_yaml(raw, shown)
            if isinstance(parsed.data, Mapping):
                made = make(shown, parsed.data, parsed.marks, parsed.key_marks, parsed.text, parsed.digest)
                return made, parsed.diagnostics
            if parsed.data is None:
                return None, parsed.diagnostics
            said = "整个文件应当是“键: 值”的映射"
            problem = Diagnostic(shown, START, "RC203", said, "参照 rongcuo new 生成的骨架")
            return None, (*parsed.diagnostics, problem)

        stamps = stamped_files(places, self.root, found)
        return self._all(make.__name__, stamps, parse, found)

    def guides(self, folder: Path, found: list[Diagnostic]) -> tuple[Guide, ...]:
        """Markdown pages under `folder`; links out of it are skipped, unreadable pages become diagnostics."""

        def parse(raw: bytes, shown: str) -> tuple[Guide | None, tuple[Diagnostic, ...]]:
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
        parse: Callable[[bytes, str], tuple[T | None, tuple[Diagnostic, ...]]],
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
        parse: Callable[[bytes, str], tuple[T | None, tuple[Diagnostic, ...]]],
    ) -> _Read:
        key = f"{kind}\0{self.place}\0{name}"
        last: _Read | None = self.known.peek(key) if self.known is not None else None
        if last is not None and stamp.same(last.stamp):
            return last
        shown = self.shown(name)
        try:
            with open(name, "rb") as file:
                raw = file.read()
        except OSError as error:
            problem = _problem(shown, "RC115", f"读不出来（{error.strerror}）", "核对文件权限")
            return _Read(stamp, b"", None, (problem,))
        digest = hashlib.sha256(raw).digest()
        if last is not None and last.digest == digest:
            read = _Read(stamp, digest, last.product, last.problems)
        else:
            read = _Read(stamp, digest, *parse(raw, shown))
        if self.known is not None:
            self.known.put(key, read)
        return read


def _problem(shown: str, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(shown, START, code, message, hint)
