"""Reads `--select`: which cases a collection takes, by id and by the facets of the search; makes nothing of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import click

from build_tools import search
from build_tools.check.suggest import Known, nearest, nearest_of
from build_tools.cli.search import FACET_OPTIONS, known_names, value_named, years_within
from build_tools.load import Schemas
from build_tools.model import Case, Library
from build_tools.search import Index
from build_tools.search.shapes import Facet

YEAR, CASE = "year", "id"
_TITLES: Mapping[str, str] = {YEAR: "年份", CASE: "编号"}
_CASE_ID = re.compile(r"RC-\S*", re.IGNORECASE)
_BETWEEN = re.compile(r"[,，、]")
_SHOWN = 6  # values that the choice in words names; a longer list says only how many there are more
_HOW = "写成 kind=对照、field=停车与充电、year=2019..2023、未批先行，或案例编号"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Chosen cases in the library's order, and the choice in words (empty where everything was taken)."""

    cases: tuple[Case, ...]
    said: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One value of a condition: the facet (or YEAR, CASE), the ids it stands for and how it reads."""

    facet: str
    title: str
    values: tuple[str, ...]
    label: str


def chosen_cases(library: Library, schemas: Schemas, asked: Sequence[str]) -> Chosen:
    """The cases that `--select` asks for; raises click.UsageError, with a suggestion, for what is not there.

    Each condition is an id, `name=values` (a facet of the search or `year`) or the bare name of a term. Values of one
    facet are alternatives, different facets all have to hold, and ids come on top.
    """
    if not asked:
        return Chosen(library.cases, "")
    index = search.build_index(library, schemas, search.documents(library, schemas))
    wanted = [one for condition in asked for one in _read(condition, index, library)]
    filters: dict[str, list[str]] = {}
    for one in wanted:
        filters.setdefault(one.facet, []).extend(one.values)
    ids = frozenset(filters.pop(CASE, ()))
    hits = search.search(index, "", filters=filters, limit=None).hits if filters else ()
    passing = {hit.document.id for hit in hits}
    cases = (c for c in library.cases if c.id in ids or (c.id in passing and not c.tombstone))
    return Chosen(tuple(cases), _in_words(wanted))


def _in_words(wanted: Iterable[_Wanted]) -> str:
    """类型：对照、从宽；年份：2019..2023."""
    groups: dict[str, list[str]] = {}
    for one in wanted:
        groups.setdefault(one.title, []).append(one.label)
    return "；".join(f"{title}：{_few(list(dict.fromkeys(labels)))}" for title, labels in groups.items())


def _few(labels: Sequence[str]) -> str:
    rest = f"等 {len(labels)} 个" if len(labels) > _SHOWN else ""
    return "、".join(labels[:_SHOWN]) + rest


def _read(condition: str, index: Index, library: Library) -> Iterator[_Wanted]:
    """The values that one condition asks for."""
    name, equals, rest = condition.replace("＝", "=").partition("=")
    name = name.strip()
    parts = [part.strip() for part in _BETWEEN.split(rest if equals else name) if part.strip()]
    if not parts or (equals and not name):
        raise click.UsageError(f"--select “{condition}”里没有条件 — {_HOW}。")
    if not equals:
        yield from (_case(p, library) if _CASE_ID.fullmatch(p) else _bare(p, index) for p in parts)
    elif name in (YEAR, _TITLES[YEAR]):
        for part in parts:
            years = tuple(years_within(index, part, f"select {name}"))
            yield _Wanted(YEAR, _TITLES[YEAR], years, part)
    else:
        facet = _facet(name, index)
        known = known_names(index, facet)
        yield from (_named(facet, value_named(p, f"select {name}", facet, known), known) for p in parts)


def _named(facet: Facet, value: str, known: Known) -> _Wanted:
    label = next(names[0] for key, names in known if key == value)
    return _Wanted(facet.name, facet.title, (value,), label)


def _case(part: str, library: Library) -> _Wanted:
    found = library.case_by_id.get(part.upper())
    if found is None:
        whole = re.fullmatch(
            r"RC-\d{4}-\d{4,6}", part.upper()
        )  # then a neighbour's number is no better guess
        guess = None if whole else nearest_of(part.upper(), list(library.case_by_id))
        hint = f"是不是 {guess}？" if guess else "核对编号；内部案例要加 --edition internal。"
        raise click.UsageError(f"--select：这一版里没有 {part} — {hint}")
    return _Wanted(CASE, _TITLES[CASE], (found.id,), found.id)


def _facet(name: str, index: Index) -> Facet:
    """The facet called by its option of the search, its name or its title."""
    options = {facet: option for option, facet in FACET_OPTIONS.items()}
    for facet in index.facets:
        if name in (facet.name, facet.title, options.get(facet.name)):
            return facet
    known = tuple((options.get(f.name, f.name), (f.title, f.name)) for f in index.facets)
    guess = nearest(name, (*known, (YEAR, (_TITLES[YEAR],))))
    shown = "、".join(f"{option}（{names[0]}）" for option, names in known)
    hint = f"是不是 {guess}？" if guess else f"可以写：{shown}、{YEAR}（{_TITLES[YEAR]}）。"
    raise click.UsageError(f"--select：没有叫“{name}”的条件 — {hint}")


def _bare(part: str, index: Index) -> _Wanted:
    """A term given by its name alone, wherever it may be coded."""
    every = [(facet, known_names(index, facet)) for facet in index.facets]
    found = [
        _named(facet, key, known) for facet, known in every for key, names in known if part in (key, *names)
    ]
    if len({one.facet for one in found}) > 1:
        both = "、".join(dict.fromkeys(f"{one.title}={part}" for one in found))
        raise click.UsageError(f"--select：“{part}”在几类里都有 — 写明是哪一类：{both}。")
    if not found:
        everything = tuple(item for _, known in every for item in known)
        guess = nearest(part, everything)
        label = next((names[0] for key, names in everything if key == guess), "")
        raise click.UsageError(
            f"--select：词表里没有“{part}”— {f'是不是“{label}”？' if label else _HOW + '。'}"
        )
    return found[0]
