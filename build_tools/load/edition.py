"""Prunes a library to what one edition may hold, straight after checking; decides nothing about how it is shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from build_tools.load.named import Named
from build_tools.load.schema import Node, Schema, Schemas
from build_tools.model import Case, Library, Record, early_of

if TYPE_CHECKING:  # which itself knows the nouns
    from build_tools.memory import Memory, Stage

PUBLIC, INTERNAL = "public", "internal"
_GONE = object()
_NO_PLACES: Mapping[Any, Any] = MappingProxyType({})
# The ids of the cases that a case names, and its early values.
_Head = tuple[tuple[str, ...], dict[str, Any]]


def for_edition(
    library: Library, schemas: Schemas, edition: str = PUBLIC, memory: Memory | None = None
) -> Library:
    """The library as this edition may show it; everything after the check works on the result.

    Drafts are in no edition. A case that has left (withdrawn, merged) keeps nothing but what the schema marks
    `x-tombstone`. The public edition also loses cases and entries whose `disclosure` is not public, fields
    marked `x-disclosure: internal`, and references to cases that it does not hold. A kept case has neither the
    file's text nor the places in it, and its digest is SHA-256 over the kept content as canonical JSON, so that
    nothing internal can be told from it. Raises ValueError for an edition that does not exist.

    With a `memory` of this process a case that has not changed, and whose references lead where they led, gives
    the same object as before; in another process its content is read when somebody asks for it.
    """
    if edition not in (PUBLIC, INTERNAL):
        raise ValueError(edition)
    shown = [c for c in library.cases if c.status != "draft" and edition in (INTERNAL, c.disclosure)]
    ids = frozenset(case.id for case in shown)
    prune = Pruner(schemas.case, ids, edition)
    if memory is None:
        cases = tuple(map(prune.case, shown))
    else:
        known = _Known(memory, memory.digests.of(schemas.case, edition), schemas.case)
        cases = tuple(known.pruned(case, prune) for case in shown)
    return _as_before(replace(library, cases=cases, edition=edition), memory)


def _as_before(library: Library, memory: Memory | None) -> Library:
    """The library of the last round, where it holds the same objects."""
    if memory is None:
        return library
    stage = memory.stage("edition")
    last: Library | None = stage.peek(library.edition)
    if last is not None and last.same(library):
        return last
    stage.put(library.edition, library)
    return library


def content_digest(data: Mapping[str, Any]) -> str:
    """SHA-256, hexadecimal, of content as JSON with sorted keys, no spaces, and letters as they are."""
    text = json.dumps(data, default=dict, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Pruned:
    """What a case became, and which of the cases it names the edition held then."""

    case: Case
    named: Mapping[str, bool]


class _Known:
    """Cases pruned in earlier rounds, by the object they came from; on disk what can be known without the content."""

    def __init__(self, memory: Memory, way: str, schema: Schema) -> None:
        stage: Stage[dict[Case, _Pruned]] = memory.stage("pruned")
        self.last = stage.peek(way) or {}
        self.live: dict[Case, _Pruned] = {}
        stage.put(way, self.live)
        # What a case comes to: the cases it names and its early values; its digest, by those of them that are held.
        self.heads: Stage[_Head] = memory.stage("edition heads", kept=True)
        self.digests: Stage[str] = memory.stage("edition digests", kept=True)
        self.memory, self.way = memory, way
        self.names = Named(schema, memory)

    def pruned(self, case: Case, prune: Pruner) -> Case:
        """The case as the edition may show it."""
        made = self.last.get(case)
        if made is not None and all((name in prune.ids) is held for name, held in made.named.items()):
            self.heads.used.add(self._key(case, {}))
            self.digests.used.add(self._key(case, made.named))
        else:
            made = (self._unread(case, prune) if case.digest else None) or self._read(case, prune)
        self.live[case] = made
        return made.case

    def _unread(self, case: Case, prune: Pruner) -> _Pruned | None:
        """The case, without its content being read; None where it is not known what it comes to."""
        head = self.heads.peek(self._key(case, {}))
        if head is None:
            return None
        named = {name: name in prune.ids for name in head[0]}
        digest = self.digests.peek(self._key(case, named))
        return None if digest is None else _Pruned(self._later(case, digest, head[1], prune, None), named)

    def _read(self, case: Case, prune: Pruner) -> _Pruned:
        data, named = prune.content(case)
        self.names.of(case)  # the history will ask for them
        self.memory.holding.let_go(case)  # nobody will ask for the file's text and places
        digest = content_digest(data)
        early = early_of(data)
        if not case.digest or early is None:
            return _Pruned(_shown(case, data, digest), named)
        self.heads.put(self._key(case, {}), (tuple(named), early))
        self.digests.put(self._key(case, named), digest)
        return _Pruned(self._later(case, digest, early, prune, alone(data)), named)

    def _later(
        self,
        case: Case,
        digest: str,
        early: Mapping[str, Any],
        prune: Pruner,
        content: Mapping[str, Any] | None,
    ) -> Case:
        """A case whose content can be let go; it comes back from the shelf, or is pruned once more."""
        holding, shelf = self.memory.holding, self.memory.shelf

        def read(record: Record) -> Mapping[str, Any]:
            data = shelf.get(digest)
            if data is None:
                data, _ = prune.content(case)
                holding.let_go(case)
            holding.took(record, shelf.put)
            return alone(data)

        early = case.early if case.early == early else early  # one of the two is enough to hold
        made = Case.later(case.path, digest, early, read, content, self.memory)
        if content is not None:
            holding.took(made, shelf.put)
        return made

    def _key(self, case: Case, named: Mapping[str, bool]) -> str:
        held = "".join(f" {name}" for name in sorted(name for name, held in named.items() if held))
        return f"{self.way} {case.digest}{held}"


def alone(data: Mapping[str, Any]) -> dict[str, Any]:
    """Content as `Record.later` takes it, without a file's text and places."""
    return {"data": data, "marks": _NO_PLACES, "key_marks": _NO_PLACES, "text": ""}


def _shown(case: Case, data: Mapping[str, Any], digest: str) -> Case:
    return Case(case.path, data, {}, {}, "", digest)


class Pruner:
    """Leaves out of cases what the edition may not hold; keeps which parts of the schema can hold such a thing."""

    def __init__(self, schema: Schema, ids: frozenset[str], edition: str) -> None:
        self.schema, self.ids, self.edition = schema, ids, edition
        self.named: dict[str, bool] = {}
        self.touched = {
            name for name, node in schema.properties.items() if name != "disclosure" and self._hides(node)
        }

    def case(self, case: Case) -> Case:
        """The case without what the edition may not hold."""
        data, _ = self.content(case)
        return _shown(case, data, content_digest(data))

    def content(self, case: Case) -> tuple[Mapping[str, Any], Mapping[str, bool]]:
        """What is left of a case, and which of the cases it names the edition holds."""
        self.named = {}
        properties = self.schema.properties
        pruned = {
            key: self._value(value, properties[key]) if key in self.touched else value
            for key, value in case.data.items()
            if not case.tombstone or properties.get(key, {}).get("x-tombstone")
        }
        data = MappingProxyType({key: value for key, value in pruned.items() if value is not _GONE})
        return data, self.named

    def _hides(self, node: Node) -> bool:
        node = self.schema.resolve(node)
        if node.get("x-disclosure") == INTERNAL or node.get("x-reference") == "case":
            return True
        inner = node.get("properties", {})
        return "disclosure" in inner or any(map(self._hides, [*inner.values(), *_items(node)]))

    def _value(self, value: Any, node: Node) -> Any:
        node = self.schema.resolve(node)
        if self.edition == PUBLIC and node.get("x-disclosure") == INTERNAL:
            return _GONE
        if node.get("x-reference") == "case":
            held = self.named[value] = value in self.ids
            return value if held else _GONE
        if isinstance(value, tuple) and "items" in node:
            kept = tuple(v for v in (self._value(v, node["items"]) for v in value) if v is not _GONE)
            return kept or _GONE
        return self._mapping(value, node) if isinstance(value, Mapping) else value

    def _mapping(self, value: Mapping[str, Any], node: Node) -> Any:
        if self.edition == PUBLIC and value.get("disclosure", PUBLIC) != PUBLIC:
            return _GONE
        known = node.get("properties", {})
        kept = {k: self._value(v, known[k]) if k in known else v for k, v in value.items()}
        lost = {k for k, v in kept.items() if v is _GONE}
        if lost & set(node.get("required", ())):
            return _GONE  # an entry is nothing without what it must have
        return MappingProxyType({k: v for k, v in kept.items() if k not in lost})


def _items(node: Node) -> list[Node]:
    return [node["items"]] if "items" in node else []
