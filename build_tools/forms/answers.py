"""Turns a record into what is written in a form's blanks and back; knows no file format and judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from build_tools.check.suggest import nearest
from build_tools.forms.plan import PLACEHOLDER, Blank, Field, Place, Plan, Table
from build_tools.load import Schema
from build_tools.model import Library

Row = Mapping[str, str]  # key of the blank → text
# What the blanks hold: the text of a field, the rows of a table.
Answers = Mapping[Place, str | tuple[Row, ...]]

# What an empty drop-down shows: the form's words, or those that Word puts in their place.
INVITATIONS = frozenset({PLACEHOLDER, "选择一项。", "Choose an item."})
MARKS = re.compile(r"[、，,；;\n]+")
# 2016年5月14日, 2016.5.14, 2016/5/14, 2016年5月
DATE = re.compile(r"(\d{4})\s*[年./-]\s*(?:(\d{1,2})\s*(?:[月./-]\s*(?:(\d{1,2})\s*日?)?)?)?")


@dataclass(frozen=True, slots=True)
class Read:
    """What was made of the text in a blank: the value, or None with the words that were not understood."""

    value: Any
    note: str = ""
    lost: tuple[str, ...] = ()  # one line each: the words and what they may mean


def answers_of(plan: Plan, data: Mapping[str, Any]) -> Answers:
    """What a filled form says about a record; keys that the plan does not ask are left out."""
    found: dict[Place, str | tuple[Row, ...]] = {}
    for part in plan.parts:
        value = _at(data, part.path)
        if isinstance(part, Table) and isinstance(value, tuple | list):
            found[part.path] = tuple(_row(part, item) for item in value)
        elif isinstance(part, Field) and isinstance(value, str):
            found[part.path] = spoken(part.blank, value)
    return found


def _at(data: Any, path: Place) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _row(table: Table, item: Any) -> Row:
    if table.plain:
        return {"": spoken(table.blanks[0], item)} if isinstance(item, str) else {}
    given = item if isinstance(item, Mapping) else {}
    return {b.key: spoken(b, given[b.key]) for b in table.blanks if given.get(b.key) is not None}


def spoken(blank: Blank, value: Any) -> str:
    """A value as it stands in the blank."""
    if blank.many:
        return "、".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
    return blank.label_of.get(value, str(value))


def understood(blank: Blank, text: str, library: Library) -> Read:
    """The value that a text in a blank stands for; an unknown word is never replaced by a likely one."""
    text = text.strip()
    if not text or (blank.options and text in INVITATIONS):
        return Read(None)
    if blank.many:
        return _several(blank, text, library)
    if not blank.options:
        return _plain(blank, text)
    value = blank.by_word.get(text)
    if value is None and blank.node.get("x-reference") and re.search(str(blank.node.get("pattern")), text):
        value = text  # a rule the library does not hold; check says so
    return Read(value) if value is not None else Read(None, lost=(_unknown(blank, text, library),))


def _several(blank: Blank, text: str, library: Library) -> Read:
    """A list in one cell: rule references apart from each other by any of the usual marks."""
    known, lost = [], []
    pieces = [part for piece in MARKS.split(text) for part in _parts(blank, piece.strip())]
    for piece in filter(None, pieces):
        value = blank.by_word.get(piece)
        if value is None and re.search(str(blank.node.get("pattern", "$^")), piece):
            value = piece
        if value is None:
            lost.append(_unknown(blank, piece, library))
        else:
            known.append(value)
    return Read(tuple(known) or None, lost=tuple(lost))


def _parts(blank: Blank, piece: str) -> list[str]:
    """An option as it stands in the list, blanks and all, or the words between blanks."""
    return [piece] if piece in blank.by_word else piece.split()


def _plain(blank: Blank, text: str) -> Read:
    if not blank.node.get("x-date") or re.search(str(blank.node["pattern"]), text):
        return Read(text)
    match = DATE.fullmatch(text)
    if match is None:
        return Read(text, note="不是日期的写法，照原样写入，请改正")
    parts = [match[1], *(f"{int(part):02d}" for part in match.groups()[1:] if part)]
    return Read("-".join(parts), note=f"“{text}”写成 {'-'.join(parts)}")


def _unknown(blank: Blank, text: str, library: Library) -> str:
    terms = library.vocabulary.get(str(blank.node.get("x-vocabulary")))
    if terms:
        known = tuple((t.id, (t.label, *t.synonyms)) for t in terms.terms)
    else:
        known = tuple((o.value, (o.label,)) for o in blank.options)
    guess = nearest(text[:200], known)
    meant = f"；是不是 {guess}（{blank.label_of[guess]}）？" if guess else ""
    return f"“{text}”不在可选的词里{meant}"


def record_of(plan: Plan, values: Mapping[Place, Any], schema: Schema) -> dict[str, Any]:
    """The record out of values by place, in the plan's order; what is empty is left out.

    A required mapping in which nothing has to stand (a case without a place) is written as an empty one.
    """
    data: dict[str, Any] = {}
    for part in plan.parts:
        head, value = part.path[0], values.get(part.path)
        node = schema.properties[head]
        if len(part.path) > 1 and head in schema.document["required"] and not node.get("required"):
            data.setdefault(head, {})
        if value is None or value == ():
            continue
        place = data
        for key in part.path[:-1]:
            place = place.setdefault(key, {})
        place[part.path[-1]] = value
    return data


def example_rows(plan: Plan, records: Iterable[Mapping[str, Any]]) -> Mapping[Place, Row]:
    """For each table the first row of the first record that has one, to show how it is filled in."""
    shown: dict[Place, Row] = {}
    wanted = [part for part in plan.parts if isinstance(part, Table)]
    for data in records:
        for part in tuple(wanted):
            value = _at(data, part.path)
            if isinstance(value, tuple | list) and value:
                shown[part.path] = _row(part, value[0])
                wanted.remove(part)
        if not wanted:
            break
    return {part.path: shown[part.path] for part in plan.parts if part.path in shown}


def row_texts(plan: Plan, records: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Every text in the tables of the records: where an example in a form, old or new, was taken from."""
    filled = (value for data in records for value in answers_of(plan, data).values())
    return frozenset(
        text for rows in filled if not isinstance(rows, str) for row in rows for text in row.values()
    )
