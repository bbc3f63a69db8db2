"""The release manifest: SHA-256 of every file of a site and of every record in it; reads and compares nothing.

It is a tree of two levels, so that it need not be written anew for every edit: `manifest.json`, which may be
signed, has the digests of its parts, and these have those of the files and cases. Each line of a part reads as
`sha256sum` writes it. In which part a file is follows from its path and the number of parts of its folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    digests: Mapping[str, tuple[str, int]], library: Library, schemas: Schemas
) -> tuple[Output, ...]:
    """The manifest and its parts for a site with these files: path → SHA-256, bytes. Names nothing of its own.

    Records have digests of their content as this edition shows it, not of their files, so that nothing left out
    of the edition can be guessed from them.
    """
    parts = (*_file_parts(digests), *_case_parts(library))
    top = _top(parts, library, schemas)
    return (_settled(MANIFEST, (json.dumps(top, ensure_ascii=False, indent=1) + "\n").encode()), *parts)


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


def _file_parts(digests: Mapping[str, tuple[str, int]]) -> Iterator[Output]:
    """Every folder has as many parts as keep them short, a power of two: few files move when it grows."""
    folders: dict[str, list[str]] = {}
    for path in digests:
        if "\n" in path or "\\" in path:
            raise ValueError(f"{path!r}: a line of the manifest cannot hold this name")
        if path != MANIFEST and not path.startswith(PARTS):
            folders.setdefault(folder_of(path), []).append(path)
    for folder in sorted(folders):
        paths = sorted(folders[folder])
        count = 1 << max(0, -(-len(paths) // MOST) - 1).bit_length()
        lines: list[list[str]] = [[] for _ in range(count)]
        for path in paths:
            lines[crc32(path.encode()) % count].append(f"{digests[path][0]}  {path}\n")
        for number, part in enumerate(lines):
            yield _settled(f"{FILES}{folder}/{number:02x}.txt", "".join(part).encode())


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
