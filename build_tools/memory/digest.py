"""Digests of the nouns that pages are made of; says plainly when something has none."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import PurePath
from types import MethodType
from typing import Any

from build_tools.load.schema import Schema
from build_tools.model import Library, Record, Vocabulary

# Version 2 of the format writes equal values alike, whoever else holds them; later ones do not.
_FORMAT = 2
_AS_IT_IS = frozenset({str, int, float, bool, bytes, type(None)})


class Undigestible(TypeError):
    """The value may hold anything (a function, an open file), so that no digest can stand for it."""


class Digests:
    """Digests of values, each worked out once for one object as long as it is asked for in every round."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[Any, Any]] = {}
        self._now: dict[int, tuple[Any, Any]] = {}

    def of(self, *values: Any) -> str:
        """A hexadecimal digest of what the values say; raises Undigestible.

        A record counts by its kind, id and digest: whoever holds it may read all of it. Values must not be
        changed afterwards.
        """
        plain = tuple(self._known(value) for value in values)
        return hashlib.blake2b(marshal.dumps(plain, _FORMAT), digest_size=20).hexdigest()

    def next_round(self) -> None:
        """Forget what this round did not ask for."""
        self._last, self._now = self._now, {}

    def _known(self, value: Any) -> Any:
        if type(value) in _AS_IT_IS:
            return value
        number = id(value)
        entry = self._now.get(number) or self._last.get(number)
        # The object is kept beside its digest, so that no other can come to the same number.
        if entry is None or entry[0] is not value:
            raw = marshal.dumps(plain(value), _FORMAT)
            entry = (value, hashlib.blake2b(raw, digest_size=20).digest())
        self._now[number] = entry
        return entry[1]


def digest_of(*values: Any) -> str:
    """A hexadecimal digest of what the values say; raises Undigestible."""
    return Digests().of(*values)


def short_digest(*values: Any) -> bytes:
    """As `digest_of`, in bytes and without looking whether a value is known; for the very many."""
    return hashlib.blake2b(marshal.dumps(plain(values), _FORMAT), digest_size=20).digest()


def plain(value: Any) -> Any:
    """The value as tuples of text, numbers and None, from which nothing that it says is missing."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind not in _WAYS:
        _WAYS[kind] = _way(kind)
    return _WAYS[kind](value)


# How values of each type met so far are made plain.
_WAYS: dict[type, Callable[[Any], Any]] = {}


def _way(kind: type) -> Callable[[Any], Any]:
    """How values of one type are made plain; raises Undigestible for a type that has no way."""
    if issubclass(kind, Record):
        return lambda record: (kind.__name__, record.id, record.digest)
    if issubclass(kind, Vocabulary):
        return lambda vocabulary: ("Vocabulary", vocabulary.name, vocabulary.record.digest)
    if issubclass(kind, Schema):
        return lambda schema: (schema.name, plain(schema.document))
    if issubclass(kind, str):  # text that is known to be markup
        return lambda text: (kind.__name__, str(text))
    if issubclass(kind, Mapping):
        return lambda mapping: (kind.__name__, *((plain(key), plain(item)) for key, item in mapping.items()))
    if issubclass(kind, tuple | list):  # what is plain already is seen without a call
        return lambda items: tuple([i if type(i) in _AS_IT_IS else plain(i) for i in items])
    if issubclass(kind, set | frozenset):
        return lambda items: ("set", *sorted(map(plain, items), key=repr))
    if issubclass(kind, date):
        return lambda day: ("date", day.isoformat())
    if issubclass(kind, PurePath):
        return lambda path: ("path", path.as_posix())
    if issubclass(kind, MethodType):  # what it gives follows from the object it belongs to
        return lambda method: ("method", method.__name__, plain(method.__self__))
    if is_dataclass(kind) and not issubclass(kind, Library):
        names = [field.name for field in fields(kind)]
        return lambda item: (kind.__qualname__, *(plain(getattr(item, name)) for name in names))
    raise Undigestible(kind.__qualname__)
