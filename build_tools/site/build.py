"""Builds the site: load → check → relate → index → render, gather everything, then write and swap in."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from build_tools import search
from build_tools.check import run_checks
from build_tools.check.manual import load_manual
from build_tools.export.changes import newest
from build_tools.export.definition import load_definition
from build_tools.export.manifest import write_manifest
from build_tools.export.moment import moment_of
from build_tools.export.page_data import page_data
from build_tools.history import History, edition_history, read_archive
from build_tools.load import PUBLIC, Schemas, for_edition, load_library, load_schemas
from build_tools.model import Diagnostic, Library
from build_tools.site.case_pages import CASE_FRAME, LIST_FRAME, browse_pages, case_pages
from build_tools.site.contents import Contents, gather
from build_tools.site.data_pages import fill_contact, publish
from build_tools.site.desk_pages import MANUAL_FRAME, desk_pages
from build_tools.site.engines import DEFAULT, Engine, engine_named
from build_tools.site.entry_pages import entry_files, entry_pages
from build_tools.site.frame import TITLE, FrameError, Page, stub, take_frames
from build_tools.site.front_matter import plain_head
from build_tools.site.history_pages import VERSION_FRAME, Past, history_files, history_pages
from build_tools.site.link_check import broken_links
from build_tools.site.lookback_pages import lookback_files, lookback_pages, read_draws
from build_tools.site.practice_pages import practice_files, practice_pages
from build_tools.site.shortcodes import expand
from build_tools.site.swap import only_one, restore, swap_in
from build_tools.site.toolkit_pages import DOWNLOADS, TOOLKIT_FRAME, toolkit_files, toolkit_pages
from build_tools.site.verify_pages import verify_files, verify_pages
from build_tools.site.word_pages import RULE_FRAME, TERM_FRAME, rule_pages, term_pages

ASSETS = Path(__file__).parent / "assets"
SHARED_FRAMES = (CASE_FRAME, LIST_FRAME, TERM_FRAME, RULE_FRAME, MANUAL_FRAME, TOOLKIT_FRAME, VERSION_FRAME)
# A site that is being written; the name starts with a dot so that nobody takes it for the site.
FRESH = ".site-"
EDITION_MARK = "内部版 · 不得外传"
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


@dataclass(frozen=True)
class _Gathered:
    """Everything a site is made of, worked out before anything is written."""

    contents: Contents
    index: search.Index
    search_data: Mapping[str, str]
    pages: tuple[Page, ...]
    files: Mapping[str, bytes]  # data scripts and forms by path


def build_site(
    root: Path,
    out: Path,
    today: date,
    report: Report,
    edition: str = PUBLIC,
    case_places: Sequence[Path] | None = None,
    engine: str = DEFAULT,
) -> Built:
    """Build one edition of the library at `root` into `out`; one build at a time for one library.

    `case_places` are the folders of cases, `root/cases` alone when not given; `engine` is one of ENGINES.

    Raises CheckFailed when the library has errors and FrameError when the frame cannot be rendered; in both
    cases, and when the process is killed at any moment, the site that stood at `out` stays.
    """
    started = time.monotonic()
    frame_engine = engine_named(engine)
    work = root / "build"
    out.parent.mkdir(parents=True, exist_ok=True)
    with only_one(work, report):
        restore(out)
        for stale in out.parent.glob(f"{FRESH}*"):  # left by a build that was killed
            shutil.rmtree(stale, ignore_errors=True)
        report("读取案例、规则和词表")
        loaded, schemas = load_library(root, case_places), load_schemas(root / "schema")
        report("检查")
        diagnostics = run_checks(loaded, schemas, today)
        if any(d.severity == "error" for d in diagnostics):
            raise CheckFailed(diagnostics)
        report("梳理关系、建立索引、生成页面")
        library = for_edition(loaded.library, schemas, edition)
        archive = read_archive(root, loaded.library)
        if archive.reason:
            report(archive.reason)
        history = edition_history(archive, loaded.library, library, schemas)
        # Pages tell of the last day in the data, so that the same library gives the same site tomorrow.
        day = moment_of(newest(library.cases)).date()
        gathered = _gather(root, library, schemas, day, history)
        files, size = _write_site(root, work, out, gathered, frame_engine, report)
    pages = len(gathered.pages) + len(library.guides)
    cases = len(gathered.contents.cases)
    return Built(cases, pages, files, size, time.monotonic() - started, diagnostics)


def _gather(root: Path, library: Library, schemas: Schemas, today: date, history: History) -> _Gathered:
    contents = gather(library, schemas, today)
    past, draws = Past(contents, history), read_draws(root, library)
    index = search.build_index(library, schemas, search.documents(library, schemas))
    pages = (
        *desk_pages(contents, load_manual()),
        *case_pages(contents, past),
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
    data_files = {**practice_files(contents), **history_files(past), **verify_files(past)}
    scripts = {name: text.encode() for name, text in data_files.items()}
    forms = {f"{DOWNLOADS}/{name}": content for name, content in toolkit_files(contents).items()}
    data = page_data(library, schemas, index, load_definition(root))
    guides = [_markdown_target(guide.path) for guide in library.guides]
    data_page, published = publish(contents, [*(page.path for page in pages), *guides])
    return _Gathered(contents, index, data, (*pages, data_page), {**scripts, **forms, **entry_files(contents), **lookback_files(contents, draws), **published})


def _write_site(
    root: Path, work: Path, out: Path, gathered: _Gathered, engine: Engine, report: Report
) -> tuple[int, int]:
    """Render the frames, write everything into a fresh folder, swap it in; gives number of files and bytes."""
    library = gathered.contents.library
    fresh = Path(tempfile.mkdtemp(prefix=FRESH, dir=out.parent))
    try:
        report("排版")
        docs, rendered = work / "docs", work / "frame"
        _write_documents(docs, library, gathered.pages)
        engine.render(root, docs, rendered, "" if library.edition == PUBLIC else EDITION_MARK)
        frames = take_frames(rendered)
        report("写出网站")
        shutil.copytree(rendered, fresh, dirs_exist_ok=True)
        shutil.copytree(ASSETS, fresh / "assets", dirs_exist_ok=True)
        search.write_shards(gathered.index, fresh / "search", gathered.search_data)
        for page in gathered.pages:
            _write(fresh / page.path, frames.fill(page).encode())
        for name, content in gathered.files.items():
            _write(fresh / name, content)
        _check_guides(fresh, library)
        write_manifest(fresh, library, gathered.contents.schemas)
        measured = _measure(fresh)
        fresh.chmod(0o755)
        swap_in(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return measured


def _write_documents(docs: Path, library: Library, pages: Sequence[Page]) -> None:
    """The Markdown tree that the frame engine renders: hand-written pages, and a stub for each frame."""
    shutil.rmtree(docs, ignore_errors=True)
    for guide in library.guides:
        text = plain_head(fill_contact(guide.text, library))
        _write(docs / guide.path, expand(text, library, "../" * guide.path.count("/")).encode())
    for page in pages:
        if not page.frame or page.frame == page.path:
            _write(docs / _markdown(page.path), stub(page.title).encode())
    for frame in SHARED_FRAMES:
        _write(docs / _markdown(frame), stub(TITLE).encode())


def _check_guides(site: Path, library: Library) -> None:
    """Raise FrameError when a hand-written page links to a page that does not exist."""
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    names = {_markdown_target(guide.path) for guide in library.guides}
    guides = {name: (site / name).read_text(encoding="utf-8") for name in names}
    broken = [f"{page} 里的链接 {link}" for page, link in broken_links(guides, files)]
    if broken:
        raise FrameError("指引页有链接指向不存在的页面：" + "；".join(broken) + "。改正 docs/ 里对应的链接")


def _markdown_target(path: str) -> str:
    return path.removesuffix(".md") + ".html"


def _markdown(path: str) -> str:
    return path.removesuffix(".html") + ".md"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _measure(folder: Path) -> tuple[int, int]:
    sizes = [os.path.getsize(Path(base) / name) for base, _, names in os.walk(folder) for name in names]
    return len(sizes), sum(sizes)
