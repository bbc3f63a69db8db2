"""Cases of which only some fields may be read, for groups of pages that depend on nothing else; makes no pages.

A group that reads another field than it says would show old content one day; so that is an error at once.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from build_tools.load import Schema
from build_tools.load.schema import Node
from build_tools.model import EARLY, Case

_NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Undeclared(RuntimeError):
    """A field was read that the group of pages does not say it reads. No template and no `get` swallows this."""


@dataclass(frozen=True, slots=True)
class Reads:
    """The top-level fields that a group of pages reads of cases.

    `walked`: it also walks over them in search of codes. `filled`: it also asks which of the others hold something.
    """

    fields: frozenset[str]
    walked: bool = False
    filled: bool = False

    def also(self, names: Iterable[str]) -> Reads:
        """With more fields, which the library names; those that the schema does not have stand on no case."""
        return replace(self, fields=self.fields.union(names))


def reads(schema: Schema, *names: str, coded: bool = False, filled: bool = False) -> Reads:
    """The fields of these names; `coded`: and all that hold a term or a reference. Ids may always be read.

    Raises ValueError for a name that the schema of cases does not have.
    """
    fields = {"id", *names, *(coded_fields(schema) if coded else ())}
    if unknown := sorted(fields - schema.properties.keys()):
        raise ValueError(f"案例没有这样的字段：{'、'.join(unknown)}")
    return Reads(frozenset(fields), coded, filled)


def coded_fields(schema: Schema) -> frozenset[str]:
    """The top-level fields in which terms or references may stand."""
    return frozenset(name for name, node in schema.properties.items() if _coded(schema, node))


def _coded(schema: Schema, raw: Node) -> bool:
    node = schema.resolve(raw)
    inner = [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else ())]
    return "x-vocabulary" in node or "x-reference" in node or any(_coded(schema, child) for child in inner)


class _Only(Mapping[str, Any]):
    """The content of a case as far as it may be read; the content itself is shared, and read no sooner than asked for."""

    __slots__ = ("_of", "_reads")

    def __init__(self, of: Case, reads: Reads) -> None:
        self._of, self._reads = of, reads

    def _allow(self, key: object) -> None:
        if key not in self._reads.fields:
            raise Undeclared(
                f"这组页面没有声明要读案例的 {key!r} — 在它的 reads(…) 里加上，不然这个字段改了页面不会更新"
            )

    def __getitem__(self, key: str) -> Any:
        self._allow(key)
        early = self._of.top(key) if key in EARLY else None
        return self._of.data[key] if early is None else early

    def get(self, key: str, default: Any = None) -> Any:
        self._allow(key)
        found = self._of.top(key)
        return default if found is None and key not in self._of.data else found

    def __contains__(self, key: object) -> bool:
        self._allow(key)
        return key in self._of.data

    def __iter__(self) -> Iterator[str]:
        how = self._reads
        if not how.walked and not how.filled:
            raise Undeclared("这组页面没有声明要逐个看案例的字段 — 在它的 reads(…) 里写 coded 或 filled")
        return iter([key for key in self._of.data if how.filled or key in how.fields])

    def items(self) -> ItemsView[str, Any]:
        """Of a field that is not read no more than whether it holds something."""
        data, fields = self._of.data, self._reads.fields
        return {key: data[key] if key in fields else bool(data[key]) for key in self}.items()

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Narrowed(Case):
    """A case of which only some fields may be read; takes hardly any room, because every group has one of every case.

    `said` is the digest of what may be read.
    """

    __slots__ = ("_of", "_reads", "said")
    said: bytes

    if not TYPE_CHECKING:  # what a record holds is here read off another
        marks = key_marks = _NOTHING
        text = ""
        path = property(lambda self: self._of.path)
        id = property(lambda self: self._of.id)
        data = property(lambda self: _Only(self._of, self._reads))
        digest = property(lambda self: self.said.hex())
        coded = property(lambda self: self._of if self._reads.walked else self)

    def __init__(self, of: Case, reads: Reads, said: bytes) -> None:
        object.__setattr__(self, "_reads", reads)
        object.__setattr__(self, "said", said)
        self.read_of(of)

    def read_of(self, of: Case) -> None:
        """Read from here on of this case, which says the same."""
        object.__setattr__(self, "_of", of)


def narrowed(
    cases: Sequence[Case],
    digests: Sequence[bytes],
    how: Reads,
    last: Mapping[str, Narrowed],
) -> dict[str, Narrowed]:
    """By id the cases as they may be read; one that reads as in the round before (`last`) is the same object."""
    found = {}
    for case, digest in zip(cases, digests, strict=True):
        known = last.get(case.id)
        if known is None or known.said != digest:
            known = Narrowed(case, how, digest)
        else:
            known.read_of(case)  # so that the content of the round before is not kept
        found[case.id] = known
    return found
