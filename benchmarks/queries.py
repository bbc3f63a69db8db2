"""The same queries over the same cases: our index on the command line and in the browser, Whoosh, FTS5, Tantivy."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks import browser
from benchmarks.run import Run, run
from benchmarks.sites import QUIET
from benchmarks.tools import ROOT, Tools
from build_tools import search
from build_tools.load import for_edition, load_library, load_schemas

JUDGED = ROOT / "tests/search_judged_full.yaml"
# Group here → groups of the judged queries; every other one of each, to save time.
GROUPS = {"words": ("words", "question"), "facts": ("facts",)}
OURS, BROWSER = "本库（命令行）", "本库（浏览器）"
PEERS = {"Whoosh + jieba": "whoosh", "SQLite FTS5": "fts5", "Tantivy": "tantivy"}
NEEDED = {"whoosh": ("whoosh",), "fts5": ("fts5",), "tantivy": ("tantivy",)}


@dataclass(frozen=True)
class Figures:
    """What one tool showed; `index` is CPU seconds, `size` bytes on disk, `ms` times by group; `shown` by a browser."""

    tool: str
    index: float
    size: float
    memory: float
    ms: Mapping[str, Sequence[float]]
    shown: Sequence[browser.Shown] = ()
    failed: str = ""


def judged_queries() -> dict[str, list[str]]:
    """Texts by group, from the judged set of the repository."""
    judged = yaml.safe_load(JUDGED.read_text(encoding="utf-8"))["queries"]
    return {
        group: [text for part in parts for text in [q["text"] for q in judged if q["group"] == part][::2]]
        for group, parts in GROUPS.items()
    }


def measure(root: Path, folder: Path, tools: Tools, limit: float) -> Iterator[Figures]:
    """Every tool over the library at `root`; files go below `folder`."""
    asked, documents = folder / "queries.json", folder / "documents.jsonl"
    queries = judged_queries()
    folder.mkdir(parents=True, exist_ok=True)
    asked.write_text(json.dumps(queries), encoding="utf-8")
    _write_documents(root, documents)
    shards = folder / "shards"
    ours = [sys.executable, "-m", "benchmarks.ask_ours", str(root), str(asked), str(shards)]
    yield (command_line := _figures(OURS, run(ours, folder, 5 * limit, QUIET)))
    (folder / "page").mkdir()
    if not command_line.failed:
        asked_there = browser.ask(shards, folder / "page", queries)
        again = {s.group: s.again for s in asked_there.shown if s.setting == browser.QUICK.name}
        yield Figures(BROWSER, 0, command_line.size, 0, again, asked_there.shown, asked_there.failed)
    for name, tool in PEERS.items():
        (folder / tool).mkdir()
        command = [str(tools.python), str(ROOT / "benchmarks/ask_peers.py"), tool, str(documents), str(asked)]
        lacking = tools.lacking(*NEEDED[tool])
        done = Run(0, 0, 0, failed=lacking) if lacking else run([*command, folder / tool], folder, limit)
        yield _figures(name, done)


def _write_documents(root: Path, target: Path) -> None:
    """Title and text of the searched fields of each case."""
    schemas = load_schemas(root / "schema")
    library = for_edition(load_library(root).library, schemas)
    with target.open("w", encoding="utf-8") as out:
        for document in search.documents(library, schemas):
            if document.type == "case":
                text = "\n".join(f.text for f in document.fields if f.name != "title")
                row = {"id": document.id, "title": document.title, "text": text}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _figures(tool: str, done: Run) -> Figures:
    if done.failed:
        return Figures(tool, 0, 0, 0, {}, failed=done.failed)
    said = json.loads(done.output.strip().splitlines()[-1])
    return Figures(tool, said["index"], said["size"], done.memory, said["ms"])
