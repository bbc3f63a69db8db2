"""The release manifest: SHA-256 of every file of a site and of every record in it; reads and compares nothing.

It is a tree of two levels, so that it need not be written anew for every edit: `manifest.json`, which may be
signed, has the digests of its parts, and these have those of the files and cases. Each line of a part reads as
`sha256sum` writes it. In which part a file is follows from its path and the number of parts of its folder.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import fields
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary
from zlib import crc32

from build_tools.export.edition import edition_of
from build_tools.export.volumes import volumes
from build_tools.load import Schemas
from build_tools.load.edition import content_digest
from build_tools.load.schema import Schema
from build_tools.memory import Memory
from build_tools.model import Library, Record
from build_tools.output import Output

MANIFEST = "manifest.json"
PARTS = "manifest/"  # the folder of the parts, which nothing else may use
FILES = f"{PARTS}files/"
TOP = "_top"  # stands for a folder's name where a file is in none
FORMAT = 2  # rises when the meaning of a key changes; new keys may come without it
# When more files than these are others, all are sorted into their parts anew.
_FEW = 500
MOST = 512  # lines of a part of files, on average

# Digests of records and schemas, which are the same objects as long as their content is the same.
_contents: WeakKeyDictionary[Record | Schema, str] = WeakKeyDictionary()


def manifest_outputs(
    digests: Mapping[str, tuple[Any, ...]], library: Library, schemas: Schemas, memory: Memory | None = None
) -> tuple[Output, ...]:
    """The manifest and its parts for a site with these files: path → SHA-256 and more. Names nothing of its own.

    Records have digests of their content as this edition shows it, not of their files, so that nothing left out
    of the edition can be guessed from them. With a `memory` of this process only parts are made that list a file
    that is another than in the round before.
    """
    known = (memory or Memory()).stage("manifest").get(library.edition, _Parts)
    parts = (*known.outputs(digests), *_case_parts(library))
    top = _top(parts, library, schemas)
    return (_settled(MANIFEST, (json.dumps(top, ensure_ascii=False, indent=1) + "\n").encode()), *parts)


class _Parts:
    """The parts of files, and those of the round before."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.sizes: Counter[str] = Counter()  # files by folder
        self.listed: dict[str, list[str]] = {}  # path of a part → paths of its files
        self.last: dict[str, tuple[list[str], list[str], Output]] = {}

    def outputs(self, digests: Mapping[str, tuple[Any, ...]]) -> Iterator[Output]:
        """All parts, by folder and number."""
        self._list(digests.keys())
        now: dict[str, tuple[list[str], list[str], Output]] = {}
        for part, paths in self.listed.items():
            sums = [digests[path][0] for path in paths]
            known = self.last.get(part)
            if known is None or known[0] != paths or known[1] != sums:
                sha = hashlib.sha256(_lines(paths, sums)).hexdigest()
                known = paths, sums, Output(part, sha, partial(_lines, paths, sums))
            now[part] = known
            yield known[2]
        self.last = now

    def _list(self, paths: Set[str]) -> None:
        """Have these paths in their parts; where few are others than before, only their parts are touched."""
        gone, fresh = self.paths - paths, paths - self.paths
        self.paths = (self.paths - gone) | fresh
        gone, fresh = set(filter(_is_listed, gone)), set(filter(_is_listed, fresh))
        before = {folder: _count(self.sizes[folder]) for folder in map(folder_of, gone | fresh)}
        self.sizes.subtract(map(folder_of, gone))
        self.sizes.update(map(folder_of, fresh))
        if len(gone | fresh) > _FEW or any(_count(self.sizes[name]) != n for name, n in before.items()):
            self.listed = _parted(filter(_is_listed, self.paths))
            return
        for path in gone | fresh:
            part = part_of(path, before.__getitem__)
            self.listed[part] = sorted({path} ^ set(self.listed[part]))


def _is_listed(path: str) -> bool:
    if "\n" in path or "\\" in path:
        raise ValueError(f"{path!r}: a line of the manifest cannot hold this name")
    return path != MANIFEST and not path.startswith(PARTS)


def _count(files: int) -> int:
    """Parts of a folder with so many files: a power of two, so that few files move when it grows."""
    return 1 << (-(-files // MOST) - 1).bit_length() if files else 0


def _lines(paths: Iterable[str], sums: Iterable[str]) -> bytes:
    return "".join([f"{sha}  {path}\n" for path, sha in zip(paths, sums, strict=True)]).encode()


def part_of(path: str, count: Callable[[str], int]) -> str:
    """The part that lists a file; `count` gives the number of parts of a folder at the top of the site."""
    folder = folder_of(path)
    return f"{FILES}{folder}/{crc32(path.encode()) % max(count(folder), 1):02x}.txt"


def folder_of(path: str) -> str:
    """The folder at the top of the site in which a file is."""
    folder, slash, _ = path.partition("/")
    return folder if slash else TOP


def _top(parts: Iterable[Output], library: Library, schemas: Schemas) -> dict[str, Any]:
    edition = edition_of(library)
    by_field = {field.name: getattr(schemas, field.name) for field in fields(schemas)}
    return {
        "format": FORMAT,
        "algorithm": "SHA-256",
        "library": {
            "edition": edition.name,
            "version": edition.version,
            "cases": edition.cases,
            "digest": edition.digest,
        },
        "rules": {rule.id: _content(rule) for rule in sorted(library.rules, key=lambda r: r.id)},
        "schema": {name: _content(by_field[name]) for name in sorted(by_field)},
        "vocabulary": {
            v.name: _content(v.record) for v in sorted(library.vocabularies, key=lambda v: v.name)
        },
        "parts": {part.path: part.key for part in parts},
    }


def _parted(paths: Iterable[str]) -> dict[str, list[str]]:
    """Path of a part → the paths of the files that it lists."""
    folders: dict[str, list[str]] = {}
    for path in sorted(paths):
        folders.setdefault(folder_of(path), []).append(path)
    found: dict[str, list[str]] = {}
    for folder, held in sorted(folders.items()):
        count = _count(len(held))
        parts: list[list[str]] = [[] for _ in range(count)]
        for path in held:
            parts[crc32(path.encode()) % count].append(path)
        found |= {f"{FILES}{folder}/{number:02x}.txt": part for number, part in enumerate(parts)}
    return found


def _case_parts(library: Library) -> Iterator[Output]:
    for volume in volumes(sorted(library.cases, key=lambda case: case.id)):
        lines = (f"{case.digest}  {case.id}\n" for case in volume.cases)
        yield _settled(volume.file(f"{PARTS}cases", ".txt"), "".join(lines).encode())


def _settled(path: str, content: bytes) -> Output:
    """A file whose key is its SHA-256."""
    return Output(path, hashlib.sha256(content).hexdigest(), partial(bytes, content))


def _content(item: Record | Schema) -> str:
    known = _contents.get(item)
    if known is None:
        known = content_digest(item.document if isinstance(item, Schema) else item.data)
        _contents[item] = known
    return known
