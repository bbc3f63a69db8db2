"""Builds the site: load → check → relate → index → render, gather everything, then write what changed."""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from build_tools import search
from build_tools.check import run_checks
from build_tools.check.manual import load_manual
from build_tools.export.changes import newest, recall
from build_tools.export.definition import load_definition
from build_tools.export.manifest import manifest_outputs
from build_tools.export.moment import moment_of
from build_tools.export.page_data import page_data
from build_tools.history import edition_history, read_archive
from build_tools.load import PUBLIC, Schemas, for_edition, load_library, load_schemas
from build_tools.memory import Memory
from build_tools.model import Diagnostic
from build_tools.output import Output, ready
from build_tools.site.case_pages import browse_pages, case_pages
from build_tools.site.contents import Contents, gather
from build_tools.site.data_pages import Published
from build_tools.site.desk_pages import desk_pages
from build_tools.site.engines import DEFAULT, engine_named
from build_tools.site.entry_pages import entry_files, entry_pages
from build_tools.site.frame import Frames, Page
from build_tools.site.framing import Setting, check_guides, frame_documents, guide_pages, rendered_frame
from build_tools.site.history_pages import Past, history_files, history_pages
from build_tools.site.lookback_pages import lookback_files, lookback_pages, read_draws
from build_tools.site.practice_pages import practice_files, practice_pages
from build_tools.site.swap import only_one, restore
from build_tools.site.toolkit_pages import toolkit_files, toolkit_pages
from build_tools.site.verify_pages import verify_files, verify_pages
from build_tools.site.word_pages import rule_pages, term_pages
from build_tools.site.writer import FRESH, Digests, Ending, Written, write_ahead, write_site

ASSETS = Path(__file__).parent / "assets"
WORKERS = min(4, os.cpu_count() or 1)
# What is remembered of the frames; so many pages of edited cases are written before the rest at most.
FRAMES, AHEAD = "frames", 100
Report = Callable[[str], None]


class CheckFailed(Exception):
    """The library has errors; nothing was written. Carries the diagnostics."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(f"{len(diagnostics)} 个问题")
        self.diagnostics = diagnostics


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made."""

    cases: int
    pages: int
    files: int
    size: int  # bytes
    seconds: float
    warnings: tuple[Diagnostic, ...]
    changed: tuple[str, ...]  # paths that this build wrote or removed


@dataclass(frozen=True)
class _Gathered:
    """Everything a site is made of, worked out before anything is written."""

    contents: Contents
    pages: tuple[Page, ...]
    files: tuple[Output, ...]  # all but the pages and the index
    build: str  # the name of the index's folder
    published: Published


def build_site(
    root: Path,
    out: Path,
    today: date,
    report: Report,
    edition: str = PUBLIC,
    case_places: Sequence[Path] | None = None,
    engine: str = DEFAULT,
    memory: Memory | None = None,
    workers: int = WORKERS,
    ahead: Callable[[], None] | None = None,
) -> Built:
    """Build one edition of the library at `root` into `out`; one build at a time for one library.

    `case_places` are the folders of cases, `root/cases` alone when not given; `engine` is one of ENGINES. With a
    `memory` of earlier builds only what changed is made and written; the site is the same without. Pages are made
    by as many processes as there are `workers`, where they are many. Where `ahead` is given, the pages of edited
    cases are written before the rest is worked out, and it is called: for a moment they are newer than the rest.

    Raises CheckFailed when the library has errors and FrameError when the frame cannot be rendered; in both
    cases, and when the process is killed at any moment, the site that stood at `out` stays.
    """
    started = time.monotonic()
    engine_named(engine)  # says at once when it is not there
    memory = memory or Memory()
    work = root / "build"
    out.parent.mkdir(parents=True, exist_ok=True)
    with only_one(work, report), _uncollected():
        restore(out)
        for stale in out.parent.glob(f"{FRESH}*"):  # left by a build that was killed
            shutil.rmtree(stale, ignore_errors=True)
        report("读取案例、规则和词表")
        loaded = load_library(root, case_places, memory)
        schemas = _schemas(root, memory)
        report("检查")
        diagnostics = run_checks(loaded, schemas, today, workers, memory)
        if any(d.severity == "error" for d in diagnostics):
            raise CheckFailed(diagnostics)
        report("梳理关系、建立索引、生成页面")
        library = for_edition(loaded.library, schemas, edition, memory)
        archive = read_archive(root, loaded.library, memory)
        if archive.reason:
            report(archive.reason)
        history = edition_history(archive, loaded.library, library, schemas, memory)
        recall(library.cases, memory)
        # Pages tell of the last day in the data, so that the same library gives the same site tomorrow.
        day = moment_of(newest(library.cases)).date()
        contents = gather(library, schemas, day, memory)
        past = Past(contents, history)
        cases = tuple(case_pages(contents, past))
        early = _write_ahead(out, cases, memory) if ahead else ()
        if ahead and early:
            ahead()
        gathered = _gather(root, contents, past, cases)
        written = _write(Setting(root, work, engine, library.edition), out, gathered, workers, report)
        memory.save()
    pages = len(gathered.pages) + 1 + len(library.guides)  # the data page is made last
    seconds = time.monotonic() - started
    changed = tuple(sorted({*early, *written.changed}))
    return Built(len(contents.cases), pages, written.files, written.size, seconds, diagnostics, changed)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for circular garbage: there is hardly any, and looking through a library takes long."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _write_ahead(out: Path, cases: Sequence[Page], memory: Memory) -> tuple[str, ...]:
    """Bring the pages of edited cases up to date in the frames of the round before."""
    frames: Frames | None = memory.stage(FRAMES).peek(str(out))
    return write_ahead(out, map(frames.output, cases), AHEAD, memory) if frames else ()


def _gather(root: Path, contents: Contents, past: Past, cases: Sequence[Page]) -> _Gathered:
    library, schemas, memory = contents.library, contents.schemas, contents.memory
    draws = read_draws(root)
    index = search.build_index(library, schemas, search.documents(library, schemas, memory), memory)
    pages = (
        *desk_pages(contents, load_manual()),
        *cases,
        *history_pages(past),
        *verify_pages(past),
        *browse_pages(contents),
        *term_pages(contents),
        *rule_pages(contents),
        *practice_pages(contents),
        *toolkit_pages(contents),
        *lookback_pages(contents, draws),
        *entry_pages(contents),
    )
    data = page_data(library, schemas, index, load_definition(root), memory)
    build, shards = search.shard_outputs(index, data, memory)
    published = Published(contents, [*(page.path for page in pages), *guide_pages(library)])
    made = [*practice_files(contents), *history_files(past), *verify_files(past)]
    made += [*lookback_files(contents, draws), *toolkit_files(contents), *entry_files(contents)]
    made += published.files
    return _Gathered(contents, pages, (*made, *shards, *_assets()), build, published)


def _schemas(root: Path, memory: Memory) -> Schemas:
    """The schemas; the same object as in the round before where no file has changed."""
    found = load_schemas(root / "schema")
    known: Schemas = memory.stage("schemas").get(memory.digests.of(found), lambda: found)
    return known


def _assets() -> Iterator[Output]:
    for path in sorted(path for path in ASSETS.rglob("*") if path.is_file()):
        yield ready(f"assets/{path.relative_to(ASSETS).as_posix()}", path.read_bytes())


def _write(setting: Setting, out: Path, gathered: _Gathered, workers: int, report: Report) -> Written:
    """Render the frames, then bring the site up to date."""
    library, schemas = gathered.contents.library, gathered.contents.schemas
    memory = gathered.contents.memory
    report("排版")
    data_page = gathered.published.page()
    documents = frame_documents(library, (*gathered.pages, data_page), memory)
    frames, others = rendered_frame(setting, documents, memory)
    memory.stage(FRAMES).put(str(out), frames)
    report("写出网站")
    ours = {output.path: output for output in gathered.files}
    theirs = [output for path, output in others.items() if path not in ours]
    outputs = [*theirs, *ours.values(), *map(frames.output, gathered.pages)]
    check_guides(library, others, {data_page.path, *(output.path for output in outputs)}, memory)

    def last(digests: Digests) -> Sequence[Output]:
        """The page that tells how large files are, then the manifest, which has the page's digest too."""
        filled = frames.output(gathered.published.page(digests))
        content = filled.make()
        known = {**digests, filled.path: (hashlib.sha256(content).hexdigest(), len(content))}
        page = Output(filled.path, filled.key, lambda: content)
        return (page, *manifest_outputs(known, library, schemas, memory))

    return write_site(out, outputs, Ending(last, {"search": gathered.build}), memory, workers)
