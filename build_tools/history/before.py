"""The cases as they were at a revision, as far as the files at hand differ from them; judges nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from build_tools.history.git import blobs, commit_of, tree, walk
from build_tools.history.walk import CASES, blob_id, case_of
from build_tools.model import Case, Library


@dataclass(frozen=True)
class Before:
    """Cases by the name of their file; those that are the same now are left out, as is what could not be read."""

    changed: dict[str, Case] = field(default_factory=dict)  # at the revision; another content now, or gone
    retired: dict[str, Case] = field(default_factory=dict)  # gone before the revision, and here again now


def read_before(root: Path, revision: str, library: Library) -> Before:
    """What the cases of `library` (read from `root`) were at a revision; raises NoHistory."""
    commit = commit_of(root, revision)
    then = {PurePosixPath(path).stem: (path, blob) for path, blob in tree(root, commit, CASES).items()}
    size = max((len(blob) for _, blob in then.values()), default=40)
    now = {PurePosixPath(case.path).stem: blob_id(case.text, size) for case in library.cases}
    changed = {name: place for name, place in then.items() if now.get(name) != place[1]}
    retired: dict[str, tuple[str, str]] = {}
    if fresh := now.keys() - then.keys():
        for step in walk(root, CASES, commit):
            for path, blob in step.files:
                if blob and (name := PurePosixPath(path).stem) in fresh:
                    retired[name] = (path, blob)
    wanted = sorted({blob for places in (changed, retired) for _, blob in places.values()})
    contents = dict(blobs(root, wanted))

    def read(places: dict[str, tuple[str, str]]) -> dict[str, Case]:
        found = ((name, case_of(path, contents.get(blob, b""))) for name, (path, blob) in places.items())
        return {name: case for name, case in found if case}

    return Before(read(changed), read(retired))
