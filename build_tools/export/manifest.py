"""The release manifest: SHA-256 of every file of a finished site and of every record in it; compares nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from build_tools.export.edition import edition_of
from build_tools.load import Schemas
from build_tools.load.edition import content_digest
from build_tools.model import Library

MANIFEST = "manifest.json"
FORMAT = 1  # rises when the meaning of a key changes; new keys may come without it
CHUNK = 1 << 20  # bytes read at a time


def write_manifest(folder: Path, library: Library, schemas: Schemas) -> None:
    """Write the manifest of a finished site; everything else must be there already."""
    text = json.dumps(manifest_of(folder, library, schemas), ensure_ascii=False, indent=1) + "\n"
    fresh = folder / f".{MANIFEST}.new"
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, folder / MANIFEST)


def manifest_bytes(digests: Mapping[str, tuple[str, int]], library: Library, schemas: Schemas) -> bytes:
    """The manifest of a site with these files: path → SHA-256, bytes."""
    files = {path: digest for path, (digest, _) in digests.items()}
    return (json.dumps(_manifest(files, library, schemas), ensure_ascii=False, indent=1) + "\n").encode()


def manifest_of(folder: Path, library: Library, schemas: Schemas) -> dict[str, Any]:
    """The manifest of a finished site as plain data."""
    files = {name: file_digest(path) for name, path in site_files(folder)}
    return _manifest(files, library, schemas)


def _manifest(files: Mapping[str, str], library: Library, schemas: Schemas) -> dict[str, Any]:
    """The manifest as plain data, sorted by name, the same for the same content.

    Records have digests of their content as this edition shows it, not of their files, so that nothing left out
    of the edition can be guessed from them.
    """
    edition = edition_of(library)
    return {
        "format": FORMAT,
        "algorithm": "SHA-256",
        "library": {
            "edition": edition.name,
            "version": edition.version,
            "cases": edition.cases,
            "digest": edition.digest,
        },
        "cases": {case.id: case.digest for case in sorted(library.cases, key=lambda c: c.id)},
        "rules": {rule.id: content_digest(rule.data) for rule in sorted(library.rules, key=lambda r: r.id)},
        "schema": {
            field.name: content_digest(getattr(schemas, field.name).document)
            for field in sorted(fields(schemas), key=lambda f: f.name)
        },
        "vocabulary": {
            v.name: content_digest(v.record.data) for v in sorted(library.vocabularies, key=lambda v: v.name)
        },
        "files": dict(sorted(files.items())),
    }


def site_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder but the manifest at its top, by path with forward slashes; links as they are."""
    for base, folders, names in os.walk(folder):
        linked = [name for name in folders if os.path.islink(os.path.join(base, name))]
        for name in (*names, *linked):
            path = Path(base) / name
            shown = path.relative_to(folder).as_posix()
            if shown != MANIFEST:
                yield shown, path


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal; raises OSError."""
    with path.open("rb") as stream:
        return stream_digest(stream)[0]


def stream_digest(stream: IO[bytes], most: int | None = None) -> tuple[str, int]:
    """SHA-256 and length of what a stream holds; stops reading after more than `most` bytes."""
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if most is not None and size > most:
            break
    return digest.hexdigest(), size
