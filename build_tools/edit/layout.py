"""Gives a YAML file the library's one layout without changing what it says; reads and writes no files."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.emitter import Emitter
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, PlainScalarString
from ruamel.yaml.tag import Tag

from build_tools.edit.order import ordered
from build_tools.load import Schema
from build_tools.load.yaml_reader import NULLS, Parsed, read_yaml
from build_tools.model import START, Diagnostic

# Problems of reading that the layout itself mends.
MENDED = frozenset({"RC108", "RC109"})
# What the resolver of YAML 1.2, which editors use, may take a plain value for and do no harm.
HARMLESS = frozenset({"str", "timestamp"})
# What YAML 1.1, still widely used, takes for a truth value or a number to base sixty.
YAML_1_1_TRAPS = re.compile(r"(?:y|n|yes|no|on|off)|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?", re.IGNORECASE)
ROUNDS = 4


@dataclass(frozen=True)
class LaidOut:
    """The laid-out text, or None with the reasons why the file must stay as it is."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()


class _TextOnly(VersionedResolver):
    """Resolves every plain value to text, as `read_yaml` does; only an empty value is nothing."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is ScalarNode and implicit[0]:
            return Tag(suffix="tag:yaml.org,2002:" + ("null" if value in NULLS else "str"))
        return super().resolve(kind, value, (False, implicit[1]) if isinstance(implicit, tuple) else implicit)


class _PlainOrDouble(Emitter):
    """Writes a value plainly where YAML allows it and in double quotes elsewhere, never in single ones."""

    def choose_scalar_style(self) -> Any:
        style = super().choose_scalar_style()
        return '"' if style == "'" else style


def laid_out(raw: bytes, path: str, schema: Schema) -> LaidOut:
    """The content of `raw` in the canonical layout: keys in the schema's order, two spaces, LF, comments kept.

    Refuses, with diagnostics, what cannot be read, and anything whose data the layout would change.
    """
    before = read_yaml(raw, path)
    refused = tuple(d for d in before.diagnostics if d.code not in MENDED)
    if refused or before.data is None:
        return LaidOut(None, refused)
    text = before.text
    for _ in range(ROUNDS):
        try:
            # Before: comments still stand where they were written. After: inline lists have become lines.
            fresh = _trimmed(ordered(_dumped(ordered(text, schema, path)), schema, path), before)
        except (YAMLError, ValueError, TypeError, AttributeError, AssertionError) as error:
            return LaidOut(None, (_refusal(path, f"排版程序处理不了（{type(error).__name__}）"),))
        if fresh == text:
            break
        text = fresh
    else:
        return LaidOut(None, (_refusal(path, "排版没有稳定的结果"),))
    if not _same(text, before):
        return LaidOut(None, (_refusal(path, "排版会改变内容"),))
    return LaidOut(text)


def _refusal(path: str, what: str) -> Diagnostic:
    return Diagnostic(path, START, "RC101", what, "文件没有动；把注释或特殊写法移开后再试")


def _same(text: str, before: Parsed) -> bool:
    after = read_yaml(text.encode(), "")
    return not after.diagnostics and after.data == before.data and _comments(after) == _comments(before)


def _comments(parsed: Parsed) -> list[str]:
    """Everything that may be a comment, in no order; blank differences do not count."""
    return sorted(" ".join(found.split()) for found in re.findall(r"(?:^|\s)#(.*)", parsed.text))


def round_trip() -> YAML:
    """A reader and writer that keeps comments, order and text as it is; every plain value is text."""
    yaml = YAML(typ="rt", pure=True)
    yaml.Resolver = _TextOnly
    yaml.Emitter = _PlainOrDouble
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 1 << 30
    yaml.allow_unicode = True
    yaml.preserve_quotes = True
    yaml.representer.add_representer(type(None), _represent_nothing)
    return yaml


def _represent_nothing(representer: Any, _value: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "")


def _dumped(text: str) -> str:
    yaml = round_trip()
    data = yaml.load(text)
    out = io.StringIO()
    yaml.dump(_styled(data), out)
    return out.getvalue()


def _styled(value: Any) -> Any:
    """The value with block style everywhere and each text in the one style that fits it."""
    if isinstance(value, CommentedMap):
        value.fa.set_block_style()
        for key in list(value):
            value[key] = _styled(value[key])
    elif isinstance(value, CommentedSeq):
        value.fa.set_block_style()
        for i, child in enumerate(value):
            value[i] = _styled(child)
    elif isinstance(value, str):
        return _styled_text(str(value))
    return value


def _styled_text(value: str) -> str:
    if "\n" in value:
        style = LiteralScalarString if _fits_literal(value) else DoubleQuotedScalarString
    else:
        style = DoubleQuotedScalarString if _looks_like_other(value) else PlainScalarString
    styled: str = style(value)
    return styled


def _fits_literal(value: str) -> bool:
    """True where a literal block keeps the text exactly, without blanks that nobody sees."""
    lines = value.split("\n")
    seen = all(c.isprintable() or c in "\n\u3000" for c in value)
    return seen and not value.startswith((" ", "\n")) and all(line == line.rstrip() for line in lines)


_EDITORS = VersionedResolver((1, 2), None)


@lru_cache(maxsize=4096)
def _looks_like_other(value: str) -> bool:
    """True where other readers of YAML would take the plain value for a number, a truth value or nothing."""
    if value in NULLS or YAML_1_1_TRAPS.fullmatch(value):
        return True
    return str(_EDITORS.resolve(ScalarNode, value, (True, False))).rpartition(":")[2] not in HARMLESS


# A key with a plain value or none, and a comment that stands further off than two blanks.
STRAYED = re.compile(r"^(?! *#)( *(?:- )*(?:[^\s\"'#]\S*:)?(?: [^\"'#]*[^\s\"'#])?) {3,}(#.*)$", re.MULTILINE)


def _trimmed(text: str, before: Parsed) -> str:
    """The text without blanks at line ends and with one final newline, comments two blanks behind their values.

    Where that would change the data (inside blocks of text), the text as it is.
    """
    trimmed = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n") + "\n"
    neat = STRAYED.sub(r"\1  \2", trimmed)
    return next((form for form in (neat, trimmed) if _same(form, before)), text)


def quoted(value: str) -> str:
    """One line of text as the layout would write it behind a key."""
    as_json = json.dumps(value, ensure_ascii=False)  # a JSON string is a YAML string
    return _dumped(f"k: {as_json}\n").removeprefix("k: ").removesuffix("\n")
