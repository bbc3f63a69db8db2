"""Takes personal data out of a file's text: proposes, and applies what was agreed to; reads and writes no files."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from build_tools.edit.layout import quoted
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import Pointer
from build_tools.privacy import Finding, day_told, detect

AROUND = 16  # characters shown on either side of a finding
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)
_LINE = re.compile(r"[^\r\n]+")


class RefusedError(Exception):
    """The file stays as it is; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch `start` to `end` of the file and what it says; a YAML value also has its pointer."""

    start: int
    end: int
    value: str
    pointer: Pointer | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """One finding with what a person needs in order to decide."""

    piece: Piece
    finding: Finding
    line: int

    @property
    def place(self) -> str:
        """The value's pointer as text; empty for running text."""
        return ".".join(str(s + 1 if isinstance(s, int) else s) for s in self.piece.pointer or ())

    @property
    def around(self) -> tuple[str, str]:
        """The text before and after the finding."""
        value, found = self.piece.value, self.finding
        return value[max(0, found.start - AROUND) : found.start], value[found.end : found.end + AROUND]


@dataclass(frozen=True)
class Draft:
    """A file's text and all that is proposed for it, in file order."""

    text: str
    data: Any  # the content of a YAML file, None for running text
    proposals: tuple[Proposed, ...]


def draft(raw: bytes, name: str) -> Draft:
    """Proposals for the bytes of a file: values and comments of YAML (by the name's ending), else lines of text.

    Raises RefusedError for bytes that are no UTF-8 text and for YAML that cannot be read.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError(
            "不是 UTF-8 编码的文字文件 — 另存为 UTF-8 再试；Word、Excel 文件先导入成案例"
        ) from None
    if "\0" in text:
        raise RefusedError("不是文字文件 — 只处理 YAML、Markdown 和纯文字")
    if not name.lower().endswith((".yaml", ".yml")):
        return Draft(
            text, None, tuple(_proposed(text, (Piece(*m.span(), m[0]) for m in _LINE.finditer(text))))
        )
    data = read_yaml(raw, name).data
    if data is None:
        raise RefusedError("YAML 读不出来 — 先运行 rongcuo check 改好格式")
    pieces = _yaml_pieces(text)
    day = day_told((piece.pointer or (), piece.value) for piece in pieces)
    return Draft(text, data, tuple(_proposed(text, pieces, day)))


def _proposed(text: str, pieces: Iterable[Piece], day: bool = False) -> Iterator[Proposed]:
    for piece in pieces:
        heading = piece.pointer is not None and piece.pointer[-1:] == ("title",)
        for finding in detect(piece.value, heading, day):
            yield Proposed(piece, finding, text.count("\n", 0, piece.start) + 1)


def _yaml_pieces(text: str) -> list[Piece]:
    """The values of a readable YAML text and, between them, its comments, in file order.

    Raises RefusedError: this reading gives places of characters but is stricter, for example about tabs after values.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f"第 {place.line + 1} 行" if place else "有一处"
        raise RefusedError(f"YAML 的{where}写法不规范 — 删去那里多余的制表符（Tab）和空白再试") from None
    values = list(_values(root, ()))
    taken = [(piece.start, piece.end) for piece in values]
    comments = [
        Piece(found.start(), found.end(), found[0])
        for found in _COMMENT.finditer(text)
        if not any(start <= found.start() < end for start, end in taken)
    ]
    return sorted((*values, *comments), key=lambda piece: piece.start)


def _values(node: yaml.Node | None, at: Pointer) -> Iterator[Piece]:
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            yield from _values(child, (*at, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for i, child in enumerate(node.value):
            yield from _values(child, (*at, i))
    elif isinstance(node, yaml.ScalarNode):
        yield Piece(node.start_mark.index, node.end_mark.index, node.value, at)


def applied(plan: Draft, chosen: Collection[Proposed]) -> str:
    """The file's text with the chosen findings replaced and not a character changed elsewhere.

    Raises RefusedError where a YAML file would come to say anything but what was agreed to.
    """
    agreed: dict[Piece, list[Finding]] = defaultdict(list)
    for proposed in chosen:
        agreed[proposed.piece].append(proposed.finding)
    if plan.data is None:
        return _rewritten(plan.text, {piece: _after(piece, found) for piece, found in agreed.items()})
    wanted = plan.data
    for piece, found in agreed.items():
        if piece.pointer is not None:
            wanted = _with(wanted, piece.pointer, _after(piece, found))
    for careful in (False, True):
        sources = {piece: _source(plan.text, piece, found, careful) for piece, found in agreed.items()}
        text = _rewritten(plan.text, sources)
        if read_yaml(text.encode(), "").data == wanted:
            return text
    raise RefusedError("替换会改变别的内容 — 文件没有动，请手工改")


def _after(piece: Piece, findings: Iterable[Finding]) -> str:
    """The piece's value with the findings replaced."""
    value = piece.value
    for finding in sorted(findings, key=lambda finding: -finding.start):
        value = value[: finding.start] + finding.proposal + value[finding.end :]
    return value


def _rewritten(text: str, sources: Mapping[Piece, str]) -> str:
    for piece in sorted(sources, key=lambda piece: -piece.start):
        text = text[: piece.start] + sources[piece] + text[piece.end :]
    return text


def _source(text: str, piece: Piece, findings: Iterable[Finding], careful: bool) -> str:
    """How the piece is to be written: in place where its words stand there as they are, else quoted anew."""
    source = text[piece.start : piece.end]
    if piece.pointer is None:
        return _after(piece, findings)
    if not careful and source.count(piece.value) == 1:
        return source.replace(piece.value, _after(piece, findings))
    if not careful and (replaced := _in_place(source, piece, findings)) is not None:
        return replaced
    ending = source[len(source.rstrip()) :]
    value = _after(piece, findings)
    return (_double_quoted(value) if "\n" in value else quoted(value)) + ending


def _double_quoted(value: str) -> str:
    """The value in one line of YAML, whatever it holds."""
    as_json = json.dumps(value, ensure_ascii=False)  # a JSON string is a YAML string
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in as_json)


def _in_place(source: str, piece: Piece, findings: Iterable[Finding]) -> str | None:
    """The source with each finding replaced where it stands; None where it is written in another way there."""
    for finding in sorted(findings, key=lambda finding: -finding.start):
        if source.count(finding.text) != piece.value.count(finding.text):
            return None
        place = -1
        for _ in range(piece.value.count(finding.text, 0, finding.start) + 1):
            place = source.index(finding.text, place + 1)
        source = source[:place] + finding.proposal + source[place + len(finding.text) :]
        piece = Piece(piece.start, piece.end, _after(piece, [finding]), piece.pointer)
    return source


def _with(data: Any, pointer: Pointer, value: str) -> Any:
    """The data with one value replaced; the original is left alone."""
    if not pointer:
        return value
    step, rest = pointer[0], pointer[1:]
    if isinstance(step, int):
        return tuple(_with(item, rest, value) if i == step else item for i, item in enumerate(data))
    return {key: _with(item, rest, value) if key == step else item for key, item in data.items()}
