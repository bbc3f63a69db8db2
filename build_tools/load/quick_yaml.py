"""Reads the plain part of YAML that nearly all files keep to, line by line and several times as fast as a parser.

Whatever is not surely read as libyaml would read it is left to `yaml_reader`: the answer is None. Read here are
keys of letters, values on one line without a comment behind them, quotes without escapes. Judges nothing, gives no places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any, Final

# YAML's own null spellings, which editors also write for "nothing here".
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
DEPTH: Final = 12  # far below what is refused elsewhere
# Most lines of a library stand in other files too: so many of at most so many characters are read only once.
LINES: Final = 16_384
LINE: Final = 40
SHORT: Final = 24  # characters; values up to here (codes, dates) occur over and over and are kept once
_QUOTES = "'\""
_EMPTY: Mapping[str, Any] = {"{}": MappingProxyType({}), "[]": ()}

# Anything but line feeds and characters that print and stand for themselves: tabs, other line breaks, controls.
_UNUSUAL = re.compile("[^\n\x20-\x7e\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
# One line: indent, dash, key; then a plain value, one in single quotes or one in double quotes. A colon before a
# blank, a hash behind one, and a blank at the end mean something else and do not match.
_LINE = re.compile(
    r"""^(?:(\x20*+)(-\x20)?+(?:([A-Za-z_][A-Za-z0-9_]{0,60}+):(?:\x20(?=[^ \n])|$))?+"""
    r"""([^\n \-?:,\[\]{}#&*!|>'"%@`](?:[^\n: ]++|:(?=[^ \n])|\x20(?=[^ #\n]))*+"""
    r"""|'(?:[^'\n]++|'')*+'|"[^"\\\n]*+"|\{\}|\[\])?+$|\x20*+\#.*$)""",
    re.MULTILINE,
)


# One line: its indent, whether it has a dash, its key, whether a value stands behind it, and the value.
_Row = tuple[int, bool, str, bool, Any]
_NOTHING: _Row = (0, False, "", False, None)  # an empty line, or a comment
_known: dict[str, _Row] = {}


class _Unsure(Exception):
    """The lines do not stand in one of the ways that are read here."""


def quick_yaml(text: str) -> Mapping[str, Any] | None:
    """The content of a file, or None where only a parser can tell."""
    if _UNUSUAL.search(text):
        return None
    try:
        root = _built(text.split("\n"))
    except (_Unsure, IndexError):
        return None
    return MappingProxyType(root) if root else None


def _row(line: str) -> _Row:
    found = _LINE.fullmatch(line)
    if not found:
        raise _Unsure
    blank, dash, key, raw = found.groups("")
    if key or dash:
        value = _short(raw) if len(raw) <= SHORT else raw if raw[0] not in _QUOTES else _unquoted(raw)
        row = (len(blank), dash != "", intern(key), raw != "", value)
    elif raw or blank:
        raise _Unsure
    else:
        row = _NOTHING
    if len(line) <= LINE and len(_known) < LINES:
        _known[line] = row
    return row


def _built(lines: list[str]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    top: Any = root  # the mapping or list that stands open
    inner: Any
    level, waiting = 0, ""  # the indent of `top`; its last key, while nothing stands behind it
    above: list[tuple[Any, int]] = []
    lists: list[tuple[dict[str, Any], str, list[Any]]] = []
    known = _known.get
    for line in lines:
        row = known(line) or _row(line)
        if row is _NOTHING:
            continue
        indent, dash, key, valued, value = row
        if waiting:
            if indent > level or (dash and indent == level):
                above.append((top, level))
                if dash:
                    lists.append((top, waiting, inner := []))
                else:
                    top[waiting] = MappingProxyType(inner := {})
                top, level = inner, indent
            waiting = ""
        while indent < level:
            top, level = above.pop()
        if type(top) is list and not dash:
            top, level = above.pop()  # what follows a list that stood as deep as its key
        if indent != level or (type(top) is dict) is dash:
            raise _Unsure
        if dash:
            if not key:
                if not valued:
                    raise _Unsure
                top.append(value)
                continue
            above.append((top, level))
            inner = {}
            top.append(MappingProxyType(inner))
            top, level = inner, indent + 2
        if key in top or len(above) > DEPTH:
            raise _Unsure
        top[key] = value
        if not valued:
            waiting = key
    for parent, name, items in lists:
        parent[name] = tuple(items)
    return root


@lru_cache(maxsize=8192)
def _short(raw: str) -> Any:
    """The value written in one of the ways that are read here; codes and dates come over and over."""
    if raw in NULLS:
        return None
    if raw in _EMPTY:
        return _EMPTY[raw]
    return _unquoted(raw) if raw[0] in _QUOTES else raw


def _unquoted(raw: str) -> str:
    return raw[1:-1].replace("''", "'") if raw[0] == "'" else raw[1:-1]
