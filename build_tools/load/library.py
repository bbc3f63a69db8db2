"""Walks the library's folders and gives a `Library` plus what could not be read; judges no content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from build_tools.load.files import IGNORED_NAMES as IGNORED_NAMES
from build_tools.load.files import shown_path as shown_path
from build_tools.load.files import yaml_files as yaml_files
from build_tools.load.reading import Reader
from build_tools.model import Case, Diagnostic, Library, Record, Rule, Term, Vocabulary

if TYPE_CHECKING:  # which itself knows the nouns
    from build_tools.memory import Memory

TOOLKITS = "schema/toolkits"
# Files of which there is one at most: the field of `Library` that holds it, and the schema of the same name.
SINGLES = {
    name: f"schema/{name.replace('_', '-')}.yaml"
    for name in ("negative_list", "selfcheck", "drill", "lookback", "site")
}


@dataclass(frozen=True)
class Loaded:
    """The library and the diagnostics of reading it."""

    library: Library
    diagnostics: tuple[Diagnostic, ...]


def load_library(
    root: Path, case_paths: Sequence[Path] | None = None, memory: Memory | None = None
) -> Loaded:
    """Read everything below `root`; `case_paths` (files or folders) replaces `root/cases` when given.

    Never raises for bad content: a file that cannot be read becomes a diagnostic and the rest goes on. With a
    `memory` of this process, files that have not changed give the same objects as before, and so does a whole
    library none of whose files has.
    """
    found: list[Diagnostic] = []
    reader = Reader(root, memory)
    cases = reader.read(_case, [root / "cases"] if case_paths is None else case_paths, found, Case.later)
    rules = reader.read(_rule, [root / "rules"], found)
    vocabularies = reader.read(_vocabulary, [root / "schema" / "vocabulary"], found)
    guides = reader.guides(root / "docs", found)
    toolkits = reader.read(_record, [root / TOOLKITS], found) if (root / TOOLKITS).exists() else ()
    singles: dict[str, Any] = {}
    for name, path in SINGLES.items():
        read = reader.read(_record, [root / path], found) if (root / path).exists() else ()
        singles[name] = next(iter(read), None)
    library = Library(cases, rules, vocabularies, guides, toolkits=toolkits, **singles)
    return _as_before(Loaded(library, tuple(found)), root, memory)


def _as_before(loaded: Loaded, root: Path, memory: Memory | None) -> Loaded:
    """What was loaded the last time, where all of it is the same objects."""
    if memory is None:
        return loaded
    stage, name = memory.stage("library"), str(root)
    last: Loaded | None = stage.peek(name)
    if last is not None and last.diagnostics == loaded.diagnostics and last.library.same(loaded.library):
        return last
    stage.put(name, loaded)
    return loaded


def _case(*given: Any) -> Case:
    return Case(*given)


CASE = _case.__name__  # what the memory calls a file that is read as a case


def _rule(*given: Any) -> Rule:
    return Rule(*given)


def _record(*given: Any) -> Record:
    return Record(*given)


def _vocabulary(*given: Any) -> Vocabulary:
    record = Record(*given)

    def text(data: Mapping[str, Any], key: str) -> str:
        value = data.get(key)
        return value if isinstance(value, str) else ""

    def term(data: Mapping[str, Any]) -> Term:
        synonyms = data.get("synonyms")
        return Term(
            id=text(data, "id"),
            list=text(record.data, "list"),
            label=text(data, "label"),
            definition=text(data, "definition"),
            synonyms=tuple(s for s in synonyms if isinstance(s, str)) if isinstance(synonyms, tuple) else (),
            broader=text(data, "broader"),
            check=text(data, "check"),
            basis=text(data, "basis"),
            proposed=text(data, "origin") == "proposed",
            severity=text(data, "severity"),
        )

    entries = record.data.get("terms")
    terms = tuple(term(e) for e in entries if isinstance(e, Mapping)) if isinstance(entries, tuple) else ()
    return Vocabulary(
        text(record.data, "list"),
        text(record.data, "title"),
        text(record.data, "prefix"),
        text(record.data, "description"),
        terms,
        record,
    )
