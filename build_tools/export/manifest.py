"""The release manifest: SHA-256 of every file of a site and of every record in it; reads and compares nothing.

It is a tree of two levels, so that it need not be written anew for every edit: `manifest.json`, which may be
signed, has the digests of its parts, and these have those of the files and cases. Each line of a part reads as
`sha256sum` writes it. In which part a file is follows from its path and the number of parts of its folder.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
        self.folders: dict[str, _Folder] = {}
        self.last: dict[str, tuple[list[str], list[str], Output]] = {}

    def outputs(self, digests: Mapping[str, tuple[Any, ...]]) -> Iterator[Output]:
        """All parts, by folder and number."""
        folders: dict[str, _Folder] = {}
        now: dict[str, tuple[list[str], list[str], Output]] = {}
        for name, inside in sorted(_by_folder(digests)):
            known_folder = self.folders.get(name)
            if known_folder is None or known_folder[0] != inside:
                known_folder = inside, _parted(name, inside)
            folders[name] = known_folder
            for part, paths in known_folder[1].items():
                sums = [digests[path][0] for path in paths]
                known = self.last.get(part)
                if known is None or known[0] != paths or known[1] != sums:
                    sha = hashlib.sha256(_lines(paths, sums)).hexdigest()
                    known = paths, sums, Output(part, sha, partial(_lines, paths, sums))
                now[part] = known
                yield known[2]
        self.folders, self.last = folders, now


# The files of a folder in the order of their paths, and by the part that lists them.
_Folder = tuple[list[str], dict[str, list[str]]]


def _by_folder(digests: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """The files to be listed by the folder at the top of the site, in the order of their paths."""
    paths, outside, start = sorted(digests), list[str](), 0
    while start < len(paths):
        name, slash, _ = paths[start].partition("/")
        # All that is in the folder stands together: no path that begins with its name and another sign is among it.
        end = bisect_left(paths, f"{name}{chr(ord('/') + 1)}", start) if slash else start + 1
        if not slash:
            outside += paths[start:end]
        elif f"{name}/" != PARTS:
            yield name, paths[start:end]
        start = end
    if outside := [path for path in outside if path != MANIFEST]:
        yield TOP, outside


def _parted(folder: str, paths: Sequence[str]) -> dict[str, list[str]]:
    """Path of a part → the paths of the files that it lists.

    There are as many parts as keep them short, a power of two: few files move when the folder grows.
    """
    count = 1 << (-(-len(paths) // MOST) - 1).bit_length()
    parts: list[list[str]] = [[] for _ in range(count)]
    for path in paths:
        if "\n" in path or "\\" in path:
            raise ValueError(f"{path!r}: a line of the manifest cannot hold this name")
        parts[crc32(path.encode()) % count].append(path)
    return {f"{FILES}{folder}/{number:02x}.txt": part for number, part in enumerate(parts)}


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
