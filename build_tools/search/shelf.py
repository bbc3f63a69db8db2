"""Keeps what was made of cases on disk, by their content; makes nothing of them itself."""

from __future__ import annotations

import hashlib
import marshal
import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from sys import intern
from typing import Any

import numpy as np

from build_tools.memory import Memory
from build_tools.model import Case
from build_tools.search.documents import Brief, Document, Field
from build_tools.search.shown import head, measured, passages

_KEY = 12  # bytes
_FAST = 1  # level of compression


class Shelf:
    """The documents of cases. In the process are only their briefs; the rest is read when it is asked for.

    `way` says all that a document depends on beside its case, `make` makes it, `rank` gives what it is sorted by.
    """

    def __init__(
        self,
        memory: Memory,
        way: str,
        make: Callable[[Case], Document],
        rank: Callable[[Case], tuple[bool, int, str]],
    ) -> None:
        self._briefs = memory.stage("document briefs", kept=True)
        self._texts = memory.stage("document texts", kept=True, held=False)
        self.way, self._make, self._rank = way[: 2 * _KEY], make, rank

    def document(self, case: Case) -> Document:
        """The document of a case, of which only the brief is known."""
        key = hashlib.blake2b(f"{self.way}{case.digest}".encode(), digest_size=_KEY).hexdigest()
        brief = self._briefs.peek(key)
        if brief is None:
            document = self._make(case)
            brief = _brief(document, self._rank(case))
            self._texts.put(key, _packed(document))
            self._briefs.put(key, brief)
        self._texts.used.add(key)
        return Document.later(case.id, key, Brief._make(brief), self, case)

    def whole(self, document: Document) -> Document:
        """All of a document."""
        found = self.read(document.key)
        if found is None:
            assert document.case
            found = self._make(document.case)
            self._texts.put(document.key, _packed(found))
        return found

    def read(self, key: str) -> Document | None:
        """The document that once had this key, where it is still known."""
        packed = self._texts.peek(key)
        return _unpacked(packed) if packed else None


def _brief(document: Document, rank: tuple[bool, int, str]) -> tuple[Any, ...]:
    lengths = array("I", (len(part.text) for part in document.fields)).tobytes()
    (head_key, head_size), (text_key, text_size) = measured(head(document)), measured(passages(document))
    shown = head_key + text_key + array("I", (head_size, text_size)).tobytes()
    names = intern("\t".join(part.name for part in document.fields))
    return (*rank, names, lengths, _flat(document.facets), shown)


def _flat(facets: Mapping[str, Sequence[str]]) -> tuple[str | int, ...]:
    """Names, how many values, and these, one after the other; the words are the same objects wherever they stand."""
    out: list[str | int] = []
    for name, values in facets.items():
        out += (intern(name), len(values), *map(intern, values))
    return tuple(out)


_SAID = attrgetter(*(field.name for field in fields(Field)))


def _packed(document: Document) -> bytes:
    parts = tuple(map(_SAID, document.fields))
    facts = (document.title, document.url, document.summary, document.place, document.date)
    whole = (document.id, document.type, facts, parts, dict(document.concepts), dict(document.facets))
    return zlib.compress(marshal.dumps(whole), _FAST)


def _unpacked(packed: bytes) -> Document:
    id, type, (title, url, summary, place, date), fields, concepts, facets = marshal.loads(
        zlib.decompress(packed)
    )
    parts = tuple(Field(*part) for part in fields)
    return Document(id, type, title, url, parts, concepts, facets, summary, place, date)


def length_sums(documents: Iterable[Document]) -> dict[tuple[str, bool], int]:
    """By field how many characters there are (True) and how many documents have it (False), by their briefs."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for document in documents:
        brief = document.brief
        assert brief
        found[brief.names].append(brief.lengths)
    sums: dict[tuple[str, bool], int] = defaultdict(int)
    for names, rows in found.items():
        table = np.frombuffer(b"".join(rows), dtype=np.uint32).reshape(len(rows), -1)
        for name, total in zip(names.split("\t"), table.sum(axis=0, dtype=np.int64).tolist(), strict=True):
            sums[name, True] += total
            sums[name, False] += len(rows)
    return sums
