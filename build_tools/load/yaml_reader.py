"""Reads one YAML file strictly, with the place of every value; judges only what makes it unreadable.

Every scalar stays text (``010`` is never 8, ``12:30`` never 750); an empty plain value is None. Duplicate
keys, anchors, aliases, tags and bombs are refused, because case text is data from many hands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import yaml

from build_tools.load.quick_yaml import NULLS as NULLS
from build_tools.load.quick_yaml import quick_yaml
from build_tools.model import START, Diagnostic, Mark, Pointer

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24


@dataclass(frozen=True)
class Parsed:
    """The outcome of reading one file: content (None when unreadable) and what was wrong."""

    data: Any
    text: str
    digest: str
    marks: Mapping[Pointer, Mark] = field(default_factory=dict)
    key_marks: Mapping[Pointer, Mark] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


class _Refused(Exception):
    """Stops the reading of one file; carries the diagnostic that says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


def read_yaml(raw: bytes, path: str) -> Parsed:
    """Parse the bytes of one file; never raises for bad content, the diagnostics say what is wrong."""
    digest = hashlib.sha256(raw).hexdigest()
    found: list[Diagnostic] = []
    try:
        text = _decode(raw, path, found)
        if (plain := _plain(text)) is not None:
            places = _Places(text, path)
            marks, key_marks = _Later(places, "marks"), _Later(places, "key_marks")
            return Parsed(plain, text, digest, marks, key_marks, tuple(found))
        builder = _Builder(path, found)
        data = builder.build(text)
    except _Refused as refused:
        return Parsed(None, "", digest, diagnostics=(*found, refused.diagnostic))
    return Parsed(data, text, digest, builder.marks, builder.key_marks, tuple(found))


def _decode(raw: bytes, path: str, found: list[Diagnostic]) -> str:
    """Text of the file, with the problems of its encoding noted; raises `_Refused` where there is none."""

    def refuse(code: str, message: str, hint: str, mark: Mark = START) -> _Refused:
        return _Refused(Diagnostic(path, mark, code, message, hint))

    if len(raw) > MAX_BYTES:
        raise refuse(
            "RC106",
            f"文件有 {len(raw) / 1024:.0f} KB，超过上限 256 KB",
            "一个案例只写一件事；拆分或删去无关内容",
        )
    if raw.startswith(b"\xef\xbb\xbf"):
        found.append(
            Diagnostic(
                path, START, "RC108", "文件开头有 BOM 标记", "另存为“UTF-8”（不带 BOM），或运行 rongcuo fmt"
            )
        )
        raw = raw[3:]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        mark = Mark(before.count(b"\n") + 1, len(before.rsplit(b"\n", 1)[-1].decode("utf-8", "replace")) + 1)
        raise refuse("RC107", "不是 UTF-8 编码的文字", "用编辑器另存为 UTF-8", mark) from None
    if "\r" in text:
        line = text[: text.index("\r")].count("\n") + 1
        found.append(
            Diagnostic(
                path,
                Mark(line, 1),
                "RC109",
                "换行符是 Windows 格式（CRLF）",
                "改用 LF 换行，或运行 rongcuo fmt",
            )
        )
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise refuse("RC110", "文件是空的", "用 rongcuo new 生成骨架再填写，或删去这个文件")
    return text


# What libyaml says, and what that means to somebody who has never heard of YAML.
_PARSER_TALK = (
    (
        "found character '\\t' that cannot start any token",
        "RC102",
        "缩进里用了制表符（Tab）",
        "改用两个空格缩进",
    ),
    (
        "mapping values are not allowed",
        "RC101",
        "这一行多了一个冒号，或上一行的缩进不对",
        "值里有英文冒号加空格时给整个值加双引号；或核对缩进",
    ),
    (
        "did not find expected key",
        "RC101",
        "缩进对不齐，或上一处引号、括号没有收尾",
        "核对这一行和上一行的缩进与引号",
    ),
    (
        "did not find expected '-' indicator",
        "RC101",
        "列表里有一行缺少“- ”，或缩进对不齐",
        "列表每一项以“- ”开头，并与其他项对齐",
    ),
    ("could not find expected ':'", "RC101", "键后面缺少冒号和空格", "写成“键: 值”，冒号用英文半角并空一格"),
    ("found unexpected end of stream", "RC101", "引号没有收尾", "补上配对的引号"),
    ("did not find expected ',' or ']'", "RC101", "方括号列表没有收尾", "补上“]”，或改成每行一项的写法"),
    ("did not find expected ',' or '}'", "RC101", "花括号没有收尾", "补上“}”，或改成每行一键的写法"),
    (
        "did not find expected node content",
        "RC101",
        "这里缺少内容，或有多余的标点",
        "删去多余的括号、逗号，或给值加双引号",
    ),
    ("cannot start any token", "RC101", "值以特殊符号开头", "给整个值加双引号"),
    ("control characters are not allowed", "RC114", "含有看不见的控制字符", "删去这个字符后重新输入"),
    ("found unknown escape character", "RC101", "双引号里的反斜杠写法不对", "把反斜杠写成两个，或改用单引号"),
    ("found undefined tag handle", "RC104", "用了 YAML 标签（以 ! 开头）", "给整个值加双引号，或删去标签"),
    ("exceeded max depth", "RC105", "嵌套层数过多", "核对括号和缩进，案例最多嵌套几层"),
)


def _explain(error: yaml.YAMLError, path: str, text: str) -> Diagnostic:
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    place = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if place is None and (position := getattr(error, "position", None)) is not None:
        before = text.encode()[:position].decode("utf-8", "ignore")  # libyaml counts bytes here
        mark = Mark(before.count("\n") + 1, len(before.rsplit("\n", 1)[-1]) + 1)
    else:
        mark = Mark(place.line + 1, place.column + 1) if place else START
    for said, code, message, hint in _PARSER_TALK:
        if said in problem:
            if code == "RC101" and _tab_indented(text, mark.line):
                return Diagnostic(path, mark, "RC102", "缩进里用了制表符（Tab）", "改用两个空格缩进")
            return Diagnostic(path, mark, code, message, hint)
    return Diagnostic(path, mark, "RC101", f"YAML 写法有误（{problem}）", "核对这一行的缩进、冒号和引号")


def _tab_indented(text: str, line: int) -> bool:
    lines = text.split("\n")
    row = lines[line - 1] if line <= len(lines) else ""
    return "\t" in row[: len(row) - len(row.lstrip())]


class _Unusual(Exception):
    """The text holds something that the quick reading leaves to the careful one."""


def _plain(text: str) -> Any:
    """The document without any places, in half the time; None for whatever is not entirely in order."""
    if (quick := quick_yaml(text)) is not None:
        return quick
    try:
        get: Callable[[], Any] = yaml.CSafeLoader(text).get_event
        get()
        if not isinstance(get(), yaml.DocumentStartEvent):
            return None
        data = _plain_value(get(), get, 1)
        get()
        return data if isinstance(get(), yaml.StreamEndEvent) else None
    except (_Unusual, yaml.YAMLError, ValueError):
        return None


def _plain_value(event: Any, get: Callable[[], Any], depth: int) -> Any:
    kind = type(event)
    if event.anchor or event.tag or depth > MAX_DEPTH:
        raise _Unusual
    if kind is yaml.ScalarEvent:
        return None if event.implicit[0] and not event.style and event.value in NULLS else event.value
    if kind is yaml.SequenceStartEvent:
        items = []
        while type(child := get()) is not yaml.SequenceEndEvent:
            items.append(_plain_value(child, get, depth + 1))
        return tuple(items)
    data: dict[str, Any] = {}
    while type(key := get()) is not yaml.MappingEndEvent:
        if type(key) is not yaml.ScalarEvent or key.value in data or key.value == "<<":
            raise _Unusual
        data[key.value] = _plain_value(get(), get, depth + 1)
    return MappingProxyType(data)


class _Places:
    """Finds the places of a text's values when somebody first asks: only findings need them."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path

    @cached_property
    def built(self) -> _Builder:
        builder = _Builder(self.path, [])
        builder.build(self.text)
        return builder


class _Later(Mapping[Pointer, Mark]):
    """One of the builder's mappings of places, worked out at the first look."""

    def __init__(self, places: _Places, name: str) -> None:
        self._places, self._name = places, name

    def _make(self) -> Mapping[Pointer, Mark]:
        made: Mapping[Pointer, Mark] = getattr(self._places.built, self._name)
        return made

    def __getitem__(self, pointer: Pointer) -> Mark:
        return self._make()[pointer]

    def __iter__(self) -> Iterator[Pointer]:
        return iter(self._make())

    def __len__(self) -> int:
        return len(self._make())


class _Builder:
    """Turns parser events into frozen data and remembers where each value stood."""

    def __init__(self, path: str, found: list[Diagnostic]) -> None:
        self.path = path
        self.found = found
        self.marks: dict[Pointer, Mark] = {}
        self.key_marks: dict[Pointer, Mark] = {}

    def build(self, text: str) -> Any:
        """The document as mappings, tuples, text and None; raises `_Refused` when it cannot be read."""
        events = self._events(text)
        data: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refused(
                        event,
                        "RC113",
                        "一个文件里有多个文档（用 --- 隔开）",
                        "一个案例一个文件；删去 --- 之后的部分",
                    )
                data = self._value(next(events), events, (), 1)
        if documents == 0 or data is None:
            raise _Refused(
                Diagnostic(
                    self.path, START, "RC110", "文件里只有注释，没有内容", "用 rongcuo new 生成骨架再填写"
                )
            )
        return data

    def _events(self, text: str) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(text, Loader=yaml.CSafeLoader)
        except (yaml.YAMLError, ValueError) as error:
            raise _Refused(
                _explain(error, self.path, text)
                if isinstance(error, yaml.YAMLError)
                else Diagnostic(self.path, START, "RC101", f"YAML 写法有误（{error}）", "核对特殊字符")
            ) from None

    def _refused(self, event: yaml.Event, code: str, message: str, hint: str) -> _Refused:
        return _Refused(Diagnostic(self.path, _mark(event), code, message, hint))

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], at: Pointer, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            raise self._refused(
                event,
                "RC104",
                f"用了 YAML 别名（*{event.anchor}）",
                "把内容完整写出来；值以 * 开头时给它加双引号",
            )
        if anchor := getattr(event, "anchor", None):
            raise self._refused(
                event, "RC104", f"用了 YAML 锚点（&{anchor}）", "删去锚点；值以 & 开头时给它加双引号"
            )
        if (tag := getattr(event, "tag", None)) and tag != "!":
            raise self._refused(
                event, "RC104", f"用了 YAML 标签（{_shown(tag)}）", "删去标签；值以 ! 开头时给它加双引号"
            )
        if depth > MAX_DEPTH:
            raise self._refused(
                event, "RC105", f"嵌套超过 {MAX_DEPTH} 层", "核对括号和缩进，案例最多嵌套几层"
            )
        self.marks[at] = _mark(event)
        if isinstance(event, yaml.ScalarEvent):
            return None if event.implicit[0] and not event.style and event.value in NULLS else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, at, depth)
        return self._mapping(events, at, depth)

    def _sequence(self, events: Iterator[yaml.Event], at: Pointer, depth: int) -> tuple[Any, ...]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._value(event, events, (*at, len(items)), depth + 1))
        return tuple(items)

    def _mapping(self, events: Iterator[yaml.Event], at: Pointer, depth: int) -> Mapping[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._refused(
                    event,
                    "RC101",
                    "键必须是一个词，不能是列表或映射",
                    "键以字母开头；值里有括号或 ? 时加双引号",
                )
            key, pointer, mark = event.value, (*at, event.value), _mark(event)
            if key == "<<":
                raise self._refused(event, "RC104", "用了 YAML 合并键（<<）", "把内容完整写出来")
            if key in items:
                first = self.key_marks[pointer].line
                self.found.append(
                    Diagnostic(
                        self.path,
                        mark,
                        "RC103",
                        f"键 {key} 写了两次（第一次在第 {first} 行）",
                        "合并成一处，删去另一处",
                    )
                )
                kept = dict(self.marks), dict(self.key_marks)
                self._value(next(events), events, pointer, depth + 1)
                self.marks, self.key_marks = kept
                continue
            self.key_marks[pointer] = mark
            items[key] = self._value(next(events), events, pointer, depth + 1)
        return MappingProxyType(items)


def _mark(event: yaml.Event) -> Mark:
    start = event.start_mark
    return Mark(start.line + 1, start.column + 1) if start else START


def _shown(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
