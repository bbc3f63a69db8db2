"""Data files of the pages that work in the browser: scripts that register themselves, and lists cut into parts.

A part holds the cases of some consecutive serial numbers, so that an edited case changes one part and not where
others stand. Its name ends with a mark of its content: a cached file never meets another build, and a part that
did not change keeps path and bytes. What the parts hold others decide; `practice.js` reads them.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from build_tools.memory import Memory, Stage, digest_of
from build_tools.output import Output, ready

REGISTER = "rongcuoPractice"  # the browser's function that files call
# What a part says: the entries (JSON) of some cases, and something to tell of them all, as plain data.
Say = Callable[[Sequence[str]], tuple[Sequence[str], Any]]
MARK = 8  # hexadecimal characters of a content's digest


def data_script(name: str, data: Any) -> str:
    """A file that hands data to the pages which work in the browser, under the name they ask for."""
    return _script(name, json_text(data))


def data_file(name: str, data: Any) -> Output:
    """`data_script` as a file of the site."""
    return ready(f"data/{name}.js", data_script(name, data).encode())


def _script(name: str, text: str) -> str:
    return f'{REGISTER}("{name}",{text});\n'


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:MARK]


def json_text(data: Any) -> str:
    """Data as a script may hold it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@dataclass(frozen=True)
class Numbering:
    """Cases by part: `size` serial numbers to a part; each case has a number that later cases do not move."""

    size: int
    ids: Sequence[str]

    def part(self, case_id: str) -> tuple[str, int]:
        """Year and place of the part that holds a case: with a size of 50 `RC-2026-0351` is in 2026, 7."""
        _, year, serial = case_id.split("-")
        return year, int(serial) // self.size

    @cached_property
    def _parts(self) -> Mapping[str, tuple[str, int]]:
        return {name: self.part(name) for name in self.ids}

    @cached_property
    def years(self) -> Mapping[str, tuple[int, int]]:
        """Year → place of its first part among all parts, and how many parts it has; years ascending."""
        last: dict[str, int] = {}
        for year, place in set(self._parts.values()):
            last[year] = max(last.get(year, 0), place)
        found, start = {}, 0
        for year in sorted(last):
            found[year] = start, last[year] + 1
            start += last[year] + 1
        return found

    @cached_property
    def held(self) -> Mapping[int, Sequence[str]]:
        """Place of a part among all parts → its cases by id."""
        found: dict[int, list[str]] = {}
        for case_id in sorted(self.ids):
            year, place = self._parts[case_id]
            found.setdefault(self.years[year][0] + place, []).append(case_id)
        return found

    @cached_property
    def room(self) -> int:
        """Numbers set aside for a part; more than `size` only where ids differ in leading zeros alone."""
        return max([self.size, *map(len, self.held.values())])

    @cached_property
    def number(self) -> Mapping[str, int]:
        """Case id → its number: the place of its part times `room`, and its place in the part."""
        room = self.room
        return {name: place * room + n for place, ids in self.held.items() for n, name in enumerate(ids)}


@dataclass
class Group:
    """A folder of data files: parts by case, and single files.

    `files` gives those by path that were made, `outputs` those that are made only where they are wanted.
    """

    name: str
    numbering: Numbering
    files: dict[str, str] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)

    def single(self, name: str, data: Any) -> str:
        """Add a file; gives the mark that its name ends with."""
        return self._add(name, json_text(data))

    def _add(self, name: str, text: str) -> str:
        mark = _mark(text)
        path = f"{self.name}/{name}-{mark}"
        self.files[f"data/{path}.js"] = _script(path, text)
        return mark

    def parts(self, entries: Mapping[str, str], kind: str = "") -> dict[str, Any]:
        """Add entries (case id → JSON) as parts of lists [place in the part, entry]; gives what the page must know.

        `marks`: year → marks of its parts, separated by commas, nothing for a part without an entry.
        """
        room = self.numbering.room
        held: dict[int, list[Any]] = {}
        for case_id in sorted(entries):
            number = self.numbering.number[case_id]
            held.setdefault(number // room, []).append(f"[{number % room},{entries[case_id]}]")
        marks = {}
        for year, (first, count) in self.numbering.years.items():
            made = (self._part(f"{kind}{year}-{n}", held.get(first + n)) for n in range(count))
            marks[year] = ",".join(made)
        return {"size": self.numbering.size, "room": room, "marks": marks}

    def later_parts(
        self, way: str, keys: Mapping[str, str], say: Say, memory: Memory, kind: str = ""
    ) -> tuple[dict[str, Any], list[Any]]:
        """As `parts` for all cases, but nothing is worked out for a part that was known before.

        An entry follows from `way` and from the text that `keys` has for its case, and no other; an empty one is
        left out. Gives what the page must know, and for each part what is told of it, None for a part without cases.
        """
        stage: Stage[tuple[str, Any]] = memory.stage(f"parts of {self.name}", kept=True)
        marks, told = {}, []
        for year, (first, count) in self.numbering.years.items():
            names = []
            for place in range(count):
                ids = self.numbering.held.get(first + place, ())
                key = digest_of(self.name, kind, way, year, place, "\n".join([keys[name] for name in ids]))
                part = _Part(f"{self.name}/{kind}{year}-{place}", ids, say)
                mark, said = stage.get(key, part.known) if ids else ("", None)
                if mark:
                    self.outputs.append(part.output(mark, key))
                names.append(mark)
                told.append(said)
            marks[year] = ",".join(names)
        return {"size": self.numbering.size, "room": self.numbering.room, "marks": marks}, told

    def _part(self, name: str, entries: Sequence[str] | None) -> str:
        return self._add(name, f"[{','.join(entries)}]") if entries else ""


class _Part:
    """A part that is made when somebody wants it; once made, its text is kept, pressed, until it is written."""

    def __init__(self, name: str, ids: Sequence[str], say: Say) -> None:
        self.name, self.ids, self.say = name, ids, say
        self.text: bytes | None = None

    def known(self) -> tuple[str, Any]:
        """The mark of the part's text, and what is told of it."""
        entries, told = self.say(self.ids)
        rows = [f"[{n},{entry}]" for n, entry in enumerate(entries) if entry]
        text = f"[{','.join(rows)}]"
        self.text = zlib.compress(text.encode(), 1)
        return _mark(text) if rows else "", told

    def output(self, mark: str, key: str) -> Output:
        """The part as a file."""
        path = f"{self.name}-{mark}"
        return Output(f"data/{path}.js", key, partial(self._content, path))

    def _content(self, path: str) -> bytes:
        if self.text is None:
            self.known()
        text, self.text = zlib.decompress(self.text or b""), None
        return _script(path, text.decode()).encode()
