"""What `similar` and `report` share: reading the pending matter and searching for it; prints nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from build_tools import search
from build_tools.check.suggest import nearest
from build_tools.cli.cluster import in_words
from build_tools.cli.common import case_places, read_schemas
from build_tools.export.definition import Definition, load_definition
from build_tools.export.matter import Matter, compared_fields, matter_from_case, matter_from_facts
from build_tools.export.precedents import CANDIDATES, Findings, find_precedents
from build_tools.load import Schemas, for_edition, load_library
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import Case, Library, Term
from build_tools.search import Index
from build_tools.search import cluster as remote

MAX_CHARACTERS = 20_000
MAX_BYTES = 4 * MAX_CHARACTERS + 4
# Word files, PDFs, pictures: their first bytes. Anybody may take such a file for "the facts".
NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff")


@dataclass(frozen=True)
class Searched:
    """Findings and everything they were made of."""

    findings: Findings
    library: Library
    schemas: Schemas
    definition: Definition
    reached: remote.Found | None = None  # where a cluster was asked


def element_options(command: Any) -> Any:
    """Options by which the officer corrects what was read."""
    for name, said in (
        ("drop", "去掉认错的要素。"),
        ("add", "补上漏认的要素，写词的名称或 id，如 未批先行；逗号隔开或重复。"),
    ):
        command = click.option(f"--{name}", multiple=True, metavar="要素", help=said)(command)
    return command


def searched(
    root: Path,
    source: str,
    added: Sequence[str],
    dropped: Sequence[str],
    today: date,
    limit: int,
    edition: str,
    places: Sequence[Path],
    cluster: remote.Address | None = None,
) -> Searched:
    """Read the matter and search here, or in a cluster; raises click.UsageError with what to do otherwise."""
    if cluster:
        return _in_cluster(cluster, root, source, added, dropped, today, limit, edition, places)
    schemas, definition = read_schemas(root), _definition(root)
    whole = load_library(root, case_places(root, places)).library
    library = for_edition(whole, schemas, edition)
    known = whole.case_by_id.get(source.strip().upper())
    read = _reader(source, known, added, dropped, library, schemas, definition)
    index = search.build_index(library, schemas, search.documents(library, schemas))
    if "case" not in index.segments:
        raise click.ClickException("这个版本里还没有案例 — 先用 rongcuo new 写案例，状态改成 published。")
    matter = read(library, index)
    findings = find_precedents(matter, library, schemas, index, definition, today, limit)
    return Searched(findings, library, schemas, definition)


def _reader(
    source: str,
    known: Case | None,
    added: Sequence[str],
    dropped: Sequence[str],
    library: Library,
    schemas: Schemas,
    definition: Definition,
) -> Callable[[Library, Index], Matter]:
    """Reads the source once; what it gives reads the matter out of it with the words of a library and its index."""
    case = known or (_case_file(source) if source.endswith((".yaml", ".yml")) else None)
    if case and (added or dropped):
        raise click.UsageError(
            "--add、--drop 只用于案情文字；案例按它自己的编码比对 — 去掉这两个选项，或改案例文件。"
        )
    if case:
        return lambda library, index: matter_from_case(case, library, schemas, index, definition)
    facts = read_facts(source)
    more, less = (_terms(words, library, schemas) for words in (added, dropped))
    return lambda library, index: matter_from_facts(facts, library, schemas, index, definition, more, less)


def _in_cluster(
    address: remote.Address,
    root: Path,
    source: str,
    added: Sequence[str],
    dropped: Sequence[str],
    today: date,
    limit: int,
    edition: str,
    places: Sequence[Path],
) -> Searched:
    """As `searched`, over the cases that a cluster finds for the matter on each side."""
    schemas, definition = read_schemas(root), _definition(root)
    light = remote.light(root, schemas, edition, case_places(root, places))
    known = remote.read_case(light, source.strip().upper())
    read = _reader(source, known, added, dropped, light.library, schemas, definition)
    with in_words(), remote.opened(address, light) as cluster:
        # Read without any case first, for the words to look for; then with the cases found.
        asked = read(light.library, cluster.index).query
        reached = cluster.reach(asked, cluster.selections({}, sides=True, limit=CANDIDATES))
    matter = read(reached.library, reached.index)
    findings = find_precedents(matter, reached.library, schemas, reached.index, definition, today, limit)
    return Searched(findings, reached.library, schemas, definition, reached)


def _definition(root: Path) -> Definition:
    try:
        return load_definition(root)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"报告的定义读不出来（{error}）— 用 git checkout schema 恢复") from None


def read_facts(source: str) -> str:
    """The facts from a file or, for `-`, from standard input; the text itself never goes into a message."""
    raw = _bytes(source)
    shown = "标准输入" if source == "-" else source
    if raw.startswith(NOT_TEXT) or (b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise click.UsageError(f"{shown} 不是文字文件 — 在 Word 等软件里把案情另存为“纯文本（.txt）”再试。")
    text = _decoded(raw, shown)
    if not text.strip():
        raise click.UsageError(f"{shown} 里没有案情 — 写下时间、谁、做了什么、结果怎样，几句话就可以。")
    if len(raw) > MAX_BYTES or len(text) > MAX_CHARACTERS:
        raise click.UsageError(f"{shown} 超过 {MAX_CHARACTERS:,} 字 — 只留下与认定有关的事实再试。")
    return text


def _bytes(source: str) -> bytes:
    try:
        if source == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with open(source, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        hint = "核对路径；案例编号写成 RC-2026-0001 的样子"
        raise click.UsageError(f"读不出 {source}（{error.strerror}）— {hint}。") from None


def _decoded(raw: bytes, shown: str) -> str:
    """UTF-8, UTF-16 with its mark, or GB 18030, in which Windows' own editor still saves."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    cut = raw[:MAX_BYTES]
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return cut.decode(encoding, "strict" if len(raw) <= MAX_BYTES else "ignore")
        except UnicodeDecodeError:
            continue
    raise click.UsageError(f"{shown} 的文字编码认不出来 — 另存为 UTF-8 再试。")


def _case_file(source: str) -> Case:
    try:
        raw = Path(source).read_bytes()
    except OSError as error:
        raise click.UsageError(f"读不出 {source}（{error.strerror}）— 核对路径。") from None
    parsed = read_yaml(raw, source)
    if not hasattr(parsed.data, "get"):
        said = str(parsed.diagnostics[0]) if parsed.diagnostics else f"{source} 不是案例"
        raise click.UsageError(f"{said}（运行 rongcuo check {source} 看全部问题）")
    return Case(source, parsed.data, parsed.marks, parsed.key_marks, parsed.text, parsed.digest)


def _terms(words: Sequence[str], library: Library, schemas: Schemas) -> tuple[str, ...]:
    """Ids of the terms named by label, synonym-free, or id; raises click.UsageError with a suggestion."""
    terms = [t for name in compared_fields(schemas.case).values() for t in library.vocabulary[name].terms]
    parts = (part.strip() for word in words for part in word.replace("，", ",").replace("、", ",").split(","))
    return tuple(one for part in parts if part for one in _term(part, terms))


def _term(word: str, terms: Sequence[Term]) -> list[str]:
    """A label that stands in two lists (谋取私利) means the term in each of them."""
    if found := [term.id for term in terms if word in (term.id, term.label)]:
        return found
    guess = nearest(word, tuple((term.id, (term.label, *term.synonyms)) for term in terms))
    label = next((term.label for term in terms if term.id == guess), "")
    hint = f"是不是“{label}”？" if guess else "全部的词见网站的“词条”页。"
    raise click.UsageError(f"词表里没有要素“{word}”— {hint}")
