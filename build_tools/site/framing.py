"""Has the engine render the frame and the hand-written pages, unless they were rendered before; fills nothing in."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from build_tools.load import PUBLIC
from build_tools.memory import Memory, digest_of
from build_tools.model import Library
from build_tools.output import Output
from build_tools.site.case_pages import CASE_FRAME, LIST_FRAME
from build_tools.site.data_pages import fill_contact
from build_tools.site.desk_pages import MANUAL_FRAME
from build_tools.site.engines import engine_named
from build_tools.site.frame import THEME, TITLE, FrameError, Frames, Page, stub, take_frames
from build_tools.site.front_matter import plain_head
from build_tools.site.history_pages import VERSION_FRAME
from build_tools.site.link_check import links_out
from build_tools.site.shortcodes import expand
from build_tools.site.slim import slim
from build_tools.site.toolkit_pages import TOOLKIT_FRAME
from build_tools.site.word_pages import RULE_FRAME, TERM_FRAME

SHARED_FRAMES = (CASE_FRAME, LIST_FRAME, TERM_FRAME, RULE_FRAME, MANUAL_FRAME, TOOLKIT_FRAME, VERSION_FRAME)
EDITION_MARK = "内部版 · 不得外传"
STAGE = "frame"


@dataclass(frozen=True)
class Setting:
    """Where the frame is rendered, with what, and where from."""

    root: Path
    work: Path
    engine: str
    edition: str

    @property
    def mark(self) -> str:
        """What every page of this edition says at its top."""
        return "" if self.edition == PUBLIC else EDITION_MARK


def rendered_frame(
    setting: Setting, documents: Mapping[str, str], memory: Memory
) -> tuple[Frames, Mapping[str, Output]]:
    """The frames that the engine makes of the Markdown `documents` (by path), and all its other files by path.

    Raises FrameError when the engine is not there, or when it warns or fails.
    """
    engine = engine_named(setting.engine)
    config = (setting.root / "mkdocs.yml").read_bytes()
    key = digest_of(setting.engine, setting.mark, config, _tree(THEME), sorted(documents.items()))

    def render() -> tuple[dict[str, str], list[tuple[str, str, bytes]]]:
        docs, out = setting.work / "docs", setting.work / "frame"
        shutil.rmtree(docs, ignore_errors=True)
        for path, text in documents.items():
            (docs / path).parent.mkdir(parents=True, exist_ok=True)
            (docs / path).write_text(text, encoding="utf-8")
        engine.render(setting.root, docs, out, setting.mark)
        frames, others = take_frames(dict(slim(_tree(out))))
        made = [(path, hashlib.sha256(content).hexdigest(), content) for path, content in others.items()]
        return dict(frames.html), made

    def ready() -> tuple[Frames, Mapping[str, Output]]:
        html, others = memory.stage(STAGE, kept=True, held=False).get(key, render)
        return Frames(html), {
            path: Output(path, sha, partial(bytes, content)) for path, sha, content in others
        }

    found: tuple[Frames, Mapping[str, Output]] = memory.stage("rendered frames").get(key, ready)
    return found


def _tree(folder: Path) -> list[tuple[str, bytes]]:
    """Path and content of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in files]


def frame_documents(library: Library, pages: Iterable[Page], memory: Memory) -> dict[str, str]:
    """The Markdown that the engine renders, by path: hand-written pages, and a stub for each frame."""
    documents, heads = {}, memory.stage("guides", kept=True)
    for guide in library.guides:
        text = fill_contact(guide.text, library)
        text = heads.get(digest_of(text), partial(plain_head, text))
        documents[guide.path] = expand(text, library, "../" * guide.path.count("/"))
    for page in pages:
        if not page.frame or page.frame == page.path:
            documents[_markdown(page.path)] = stub(page.title)
    return documents | {_markdown(frame): stub(TITLE) for frame in SHARED_FRAMES}


def guide_pages(library: Library) -> list[str]:
    """Paths of the hand-written pages on the site."""
    return [guide.path.removesuffix(".md") + ".html" for guide in library.guides]


def check_guides(
    library: Library, files: Mapping[str, Output], paths: Collection[str], memory: Memory
) -> None:
    """Raise FrameError when a hand-written page (among `files`) links to a page that is not among the `paths`."""
    guides = {name: files[name] for name in guide_pages(library)}

    def read() -> list[tuple[str, str, str]]:
        return list(links_out({name: output.make().decode() for name, output in guides.items()}))

    key = digest_of([(name, output.key) for name, output in guides.items()])
    links = memory.stage("guide links", kept=True).get(key, read)
    broken = [f"{page} 里的链接 {link}" for page, link, target in links if not target or target not in paths]
    if broken:
        raise FrameError("指引页有链接指向不存在的页面：" + "；".join(broken) + "。改正 docs/ 里对应的链接")


def _markdown(path: str) -> str:
    return path.removesuffix(".html") + ".md"
