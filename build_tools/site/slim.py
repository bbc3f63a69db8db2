"""Leaves out of the engine's style sheets the rules that no page can use, and what only developers of the theme read.

The theme ships styles for everything it can do; a page of this site uses less than half of them. A rule goes only when
it asks for a class that stands in no page the engine made and nowhere in the program (templates, scripts, code), for
the direction of writing of other languages, or for a palette of colours that the pages do not name. What cannot be
read for certain stays as it is. Judges no style of the site's own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROGRAM = Path(__file__).parents[1]
WRITTEN = (".py", ".j2", ".js", ".html")  # files of the program in which classes are named
SHEET = re.compile(r"assets/stylesheets/.*\.css$")
MAPPED = re.compile(r"\n?(?:/\*|//)[#@] sourceMappingURL=\S*?(?:\s*\*/)?\s*$")
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_CLASSES = re.compile(r"""\bclass=(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""")
_COLOURS = re.compile(r"""(data-md-color-(?:primary|accent))=["']?([\w-]+)""")
_MARK = re.compile(r"(?<=\.)[0-9a-f]{8}(?=\.)")
# Where a rule of a sheet may begin or end; strings, comments and addresses may hold the same characters.
_TOKEN = re.compile(
    r""" "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | /\*.*?\*/ | url\([^)"']*\) | [{};] """, re.S | re.X
)
_GROUPS = ("@media", "@supports")
_ARGUMENT = re.compile(
    r":[\w-]+\((?:[^()]|\([^()]*\))*\)"
)  # :not(…), :is(…): what is in it need not be there
_ATTRIBUTE = re.compile(r"""\[(?:"[^"]*"|'[^']*'|[^\]"'])*\]""")
_CLASS = re.compile(r"\.((?:[\w-]|\\.)+)")


@dataclass(frozen=True)
class Used:
    """What pages may ask of a sheet: names of classes, beginnings of names made up by scripts, names of colours."""

    classes: frozenset[str]
    begins: tuple[str, ...]
    colours: frozenset[tuple[str, str]]

    def may(self, selector: str) -> bool:
        """Whether an element of a page may match."""
        for name, value in _COLOURS.findall(selector):
            if (name, value) not in self.colours:
                return False
        if re.search(r"""\[dir=["']?rtl""", selector):
            return False
        plain = _ATTRIBUTE.sub("", _ARGUMENT.sub("", selector))
        names = (name.replace("\\", "") for name in _CLASS.findall(plain))
        return all(name in self.classes or name.startswith(self.begins) for name in names)


def slim(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The same files (path, content) with slimmer sheets, under names that tell their content; without source maps."""
    used = _used(files)
    names: dict[bytes, bytes] = {}
    kept = []
    for path, content in files:
        if path.endswith((".css.map", ".js.map")):
            continue
        if path.startswith("assets/") and path.endswith((".css", ".js")):
            content = MAPPED.sub("\n", content.decode()).encode()
        if SHEET.match(path):
            content = slim_sheet(content.decode(), used).encode()
            mark = hashlib.sha256(content).hexdigest()[:8]
            before, path = path, _MARK.sub(mark, path)
            names[Path(before).name.encode()] = Path(path).name.encode()
        kept.append((path, content))
    return [(path, _renamed(content, names) if path.endswith(".html") else content) for path, content in kept]


def _renamed(html: bytes, names: dict[bytes, bytes]) -> bytes:
    for before, after in names.items():
        html = html.replace(before, after)
    return html


def _used(files: Sequence[tuple[str, bytes]]) -> Used:
    words, colours = set(_program()), set[tuple[str, str]]()
    for path, content in files:
        if path.endswith(".html"):
            html = content.decode()
            for found in _CLASSES.findall(html):
                words.update("".join(found).split())
            colours.update(_COLOURS.findall(html))
        elif path.endswith(".js"):
            words.update(_WORD.findall(content.decode()))
    begins = tuple(sorted(word for word in words if word.endswith("-") and len(word) > 2))
    return Used(frozenset(words), begins, frozenset(colours))


@cache
def _program() -> frozenset[str]:
    """Every word of the program: one that is no class does no harm."""
    paths = (path for path in PROGRAM.rglob("*") if path.suffix in WRITTEN)
    return frozenset(word for path in paths for word in _WORD.findall(path.read_text(encoding="utf-8")))


def slim_sheet(text: str, used: Used) -> str:
    """A style sheet without the rules that nothing can use; as it is where its braces do not match."""
    try:
        return "".join(_kept(text, used))
    except ValueError:
        return text


def _kept(text: str, used: Used) -> Iterator[str]:
    for head, body in _rules(text):
        if body is None:
            yield head
        elif head.lstrip().startswith(_GROUPS):
            inner = "".join(_kept(body, used))
            if inner:
                yield f"{head}{{{inner}}}"
        elif head.lstrip().startswith("@"):
            yield f"{head}{{{body}}}"
        else:
            chosen = [one for one in _selectors(head) if used.may(one)]
            if chosen:
                yield f"{','.join(chosen)}{{{body}}}"


def _rules(text: str) -> Iterator[tuple[str, str | None]]:
    """Head and body of each rule; a statement or what is left at the end has no body. Raises ValueError."""
    start = depth = opened = 0
    for token in _TOKEN.finditer(text):
        if token[0] == "{":
            depth += 1
            if depth == 1:
                opened = token.end()
        elif token[0] == "}":
            depth -= 1
            if depth < 0:
                raise ValueError(text)
            if not depth:
                yield text[start : opened - 1], text[opened : token.start()]
                start = token.end()
        elif token[0] == ";" and not depth:
            yield text[start : token.end()], None
            start = token.end()
    if depth:
        raise ValueError(text)
    yield text[start:], None


def _selectors(head: str) -> list[str]:
    """The alternatives of a rule's head, split at commas outside brackets."""
    found, depth = [""], 0
    for character in head:
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            found.append("")
        else:
            found[-1] += character
    return found
