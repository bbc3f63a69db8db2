"""Walks the library's folders and gives a `Library` plus what could not be read; judges no content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from build_tools.load.yaml_reader import Parsed, read_yaml
from build_tools.model import START, Case, Diagnostic, Guide, Library, Record, Rule, Term, Vocabulary

TOOLKITS = "schema/toolkits"
# Files of which there is one at most: the field of `Library` that holds it, and the schema of the same name.
SINGLES = {
    name: f"schema/{name.replace('_', '-')}.yaml"
    for name in ("negative_list", "selfcheck", "drill", "lookback", "site")
}
# Editors and systems leave these behind; they are neither cases nor worth a complaint.
IGNORED_NAMES = re.compile(r"^(\.|~\$)|~$|^(Thumbs\.db|desktop\.ini)$")


@dataclass(frozen=True)
class Loaded:
    """The library and the diagnostics of reading it."""

    library: Library
    diagnostics: tuple[Diagnostic, ...]


def load_library(root: Path, case_paths: Sequence[Path] | None = None) -> Loaded:
    """Read everything below `root`; `case_paths` (files or folders) replaces `root/cases` when given.

    Never raises for bad content: a file that cannot be read becomes a diagnostic and the rest goes on.
    """
    found: list[Diagnostic] = []

    def read(*places: Path) -> list[tuple[Any, ...]]:
        return _read_all(places, root, found)

    cases = [Case(*fields) for fields in read(*([root / "cases"] if case_paths is None else case_paths))]
    rules = [Rule(*fields) for fields in read(root / "rules")]
    vocabularies = [_vocabulary(Record(*fields)) for fields in read(root / "schema" / "vocabulary")]
    guides = _guides(root / "docs", root, found)
    toolkits = [Record(*fields) for fields in read(root / TOOLKITS)] if (root / TOOLKITS).exists() else []

    def one(name: str) -> Record | None:
        return (
            next((Record(*fields) for fields in read(root / name)), None) if (root / name).exists() else None
        )

    library = Library(
        tuple(cases), tuple(rules), tuple(vocabularies), tuple(guides), toolkits=tuple(toolkits)
    )
    singles: dict[str, Any] = {name: one(path) for name, path in SINGLES.items()}
    return Loaded(replace(library, **singles), tuple(found))


def _read_all(places: Iterable[Path], root: Path, found: list[Diagnostic]) -> list[tuple[Any, ...]]:
    """The fields of a `Record` for every readable YAML mapping under `places`, in path order.

    Problems go to `found`.
    """
    out: list[tuple[Any, ...]] = []
    for path in yaml_files(places, root, found):
        shown = shown_path(path, root)
        parsed = _read_one(path, shown)
        found.extend(parsed.diagnostics)
        if isinstance(parsed.data, Mapping):
            out.append((shown, parsed.data, parsed.marks, parsed.key_marks, parsed.text, parsed.digest))
        elif parsed.data is not None:
            found.append(
                Diagnostic(
                    shown, START, "RC203", "整个文件应当是“键: 值”的映射", "参照 rongcuo new 生成的骨架"
                )
            )
    return out


def _read_one(path: Path, shown: str) -> Parsed:
    try:
        raw = path.read_bytes()
    except OSError as error:
        problem = Diagnostic(shown, START, "RC115", f"读不出来（{error.strerror}）", "核对文件权限")
        return Parsed(None, "", "", diagnostics=(problem,))
    return read_yaml(raw, shown)


def yaml_files(places: Iterable[Path], root: Path, found: list[Diagnostic]) -> list[Path]:
    """YAML files under `places`; links that leave the tree and files of other kinds become diagnostics."""
    out: set[Path] = set()
    for place in places:
        if not place.exists() and not place.is_symlink():
            found.append(
                Diagnostic(shown_path(place, root), START, "RC115", "没有这个文件或文件夹", "核对路径")
            )
            continue
        base = place if place.is_dir() else place.parent
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_symlink() and not _inside(path, base):
                found.append(
                    Diagnostic(
                        shown_path(path, root),
                        START,
                        "RC112",
                        "符号链接指到了库外面",
                        "删去链接，放入真实文件",
                    )
                )
            elif path.is_dir() or any(IGNORED_NAMES.search(part) for part in path.relative_to(base).parts):
                continue
            elif not path.is_file():
                found.append(
                    Diagnostic(shown_path(path, root), START, "RC111", "不是普通文件", "删去它，或放到别处")
                )
            elif path.suffix != ".yaml":
                found.append(
                    Diagnostic(
                        shown_path(path, root),
                        START,
                        "RC111",
                        f"不是案例库认识的文件类型（{path.suffix or '没有扩展名'}）",
                        "这里只放 .yaml 文件；把它移到别处",
                    )
                )
            else:
                out.add(path)
    return sorted(out)


def _inside(path: Path, base: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(base.resolve())
    except (OSError, RuntimeError):
        return False


def shown_path(path: Path, root: Path) -> str:
    """The path as people read it in messages: relative to the library when inside it, with forward slashes."""
    try:
        return path.absolute().relative_to(root.absolute()).as_posix()
    except ValueError:
        return path.as_posix()


def _vocabulary(record: Record) -> Vocabulary:
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


def _guides(folder: Path, root: Path, found: list[Diagnostic]) -> list[Guide]:
    """Markdown pages under `folder`; links out of it are skipped, unreadable pages become diagnostics."""
    guides = []
    for path in sorted(folder.rglob("*.md")):
        if path.is_symlink() and not _inside(path, folder):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            found.append(
                Diagnostic(
                    shown_path(path, root), START, "RC107", "不是 UTF-8 编码的文字", "用编辑器另存为 UTF-8"
                )
            )
            continue
        except OSError as error:
            found.append(
                Diagnostic(
                    shown_path(path, root), START, "RC115", f"读不出来（{error.strerror}）", "核对文件权限"
                )
            )
            continue
        heading = re.search(r"^# (.+)$", text, re.MULTILINE)
        guides.append(
            Guide(path.relative_to(folder).as_posix(), heading[1].strip() if heading else path.stem, text)
        )
    return guides
