"""What pages show of other cases, and nothing else of them, so that a page changes only when something shown does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from build_tools.load.edition import alone, content_digest
from build_tools.load.schema import Schema
from build_tools.memory import Memory, Stage
from build_tools.model import EARLY, Case, Record

# The top-level fields that the macros for lists read (`case_head`, `case_item` in macros.html.j2).
SHOWN = ("id", "title", "kind", "status", "summary", "region", "date", "confidence")
# Those that a case's page reads of cases like it, beside the codes by which they are alike (`differs`).
BESIDE = ("id", "title", "kind", "status", "date", "subject", "error_factors")
# Where a case keeps the digests of its two cards, and the cards; its content never changes.
_DIGESTS, _CARD, _ALIKE = "_cards", "_card", "_alike_card"


def card(case: Case) -> Case:
    """The case with what lists show of it; its digest is that of these fields."""
    # At the case itself, which it reads: with both in a table of weak keys neither would ever be freed.
    known: Case | None = vars(case).get(_CARD)
    if known is None:
        known = vars(case)[_CARD] = _narrowed(case, SHOWN, card_digest(case))
    return known


def alike_card(case: Case, schema: Schema) -> Case:
    """The case with what the pages of cases like it show of it; its digest is that of these fields."""
    digest = alike_digest(case, schema)
    known: Case | None = vars(case).get(_ALIKE)
    if known is None or known.digest != digest:
        known = vars(case)[_ALIKE] = _narrowed(case, _alike(schema), digest)
    return known


def card_digest(case: Case) -> str:
    """The digest of `card`."""
    known: tuple[str, str] | None = vars(case.coded).get(_DIGESTS)
    return known[0] if known else content_digest(_fields(case, SHOWN))


def alike_digest(case: Case, schema: Schema) -> str:
    """The digest of `alike_card`."""
    known: tuple[str, str] | None = vars(case.coded).get(_DIGESTS)
    return known[1] if known else content_digest(_fields(case, _alike(schema)))


def recall_cards(cases: Iterable[Case], schema: Schema, memory: Memory) -> None:
    """Have the digests of the cards on hand, so that nobody reads the content of cases for them."""
    stage: Stage[tuple[str, str]] = memory.stage("cards", kept=True)
    way = memory.digests.of(_alike(schema))
    for case in cases:
        key = f"{case.digest} {way}"
        known = stage.peek(key)
        if known is None:
            known = content_digest(_fields(case, SHOWN)), content_digest(_fields(case, _alike(schema)))
            stage.put(key, known)
        vars(case)[_DIGESTS] = known


def _alike(schema: Schema) -> tuple[str, ...]:
    coded = (name for name, node in schema.properties.items() if "x-similar" in node)
    return tuple(dict.fromkeys((*BESIDE, *coded)))


def _narrowed(case: Case, names: Collection[str], digest: str) -> Case:
    early = {name: said for name in EARLY if name in names and (said := case.top(name)) is not None}
    return Case.later(case.path, digest, early, _reading(case, names))


def _reading(case: Case, names: Collection[str]) -> Callable[[Record], Mapping[str, Any]]:
    def read(_: Record) -> Mapping[str, Any]:
        return alone(_fields(case, names))

    return read


def _fields(case: Case, names: Collection[str]) -> Mapping[str, Any]:
    data = case.data
    return MappingProxyType({name: data[name] for name in names if name in data})
