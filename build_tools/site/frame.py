"""Fills content into the frames that an engine rendered, and writes their content policy; knows no cases."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from markupsafe import escape

from build_tools.memory import digest_of
from build_tools.output import Output

THEME = Path(__file__).parent / "theme"
TITLE = "RCFRAMETITLE"
BODY = "RCFRAMEBODY"
SUMMARY = "RCFRAMESUMMARY"

SLOT = f"<div><!-- <h1> -->{BODY}</div>"

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/)[^>]*>(.*?)</script>", re.S)
INLINE_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.S)
# What engines write and this site has no use for: it has a search, an error-free tree and a sitemap of its own.
_UNUSED = re.compile(r"(sitemap\.xml(\.gz)?|404\.html|objects\.inv)$|assets/javascripts/(lunr|workers)/")
# How the theme's scripts name the site's root, which differs with the depth of the page.
WAY_UP = re.compile(r'"\.{1,2}(?:/\.\.)*/?"')


class FrameError(Exception):
    """The engine could not render, or said something that must be put right first (text in Chinese)."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page of the site: where it goes, what it says of itself, how its body is made, the frame it is filled into.

    Two pages with the same path, key and frame are the same; so a page that was written before need not be made.
    """

    path: str  # relative to the site, with forward slashes, for example "cases/RC-2026-0001.html"
    title: str
    make: Callable[[], str] = field(repr=False)
    key: str = field(repr=False)
    summary: str | Callable[[], str] = ""
    frame: str = ""  # the stub it fills; its own path when empty

    @property
    def body(self) -> str:
        """The page's own HTML, made anew at each call."""
        return self.make()

    @property
    def about(self) -> str:
        """What the page is about, in a sentence; empty where nothing is said."""
        return self.summary if isinstance(self.summary, str) else self.summary()


def stub(title: str, hide: Iterable[str] = ("navigation", "toc")) -> str:
    """Markdown of a page whose body is filled in later."""
    hidden = "".join(f"  - {name}\n" for name in hide)
    # A JSON string is a YAML string; escaped, because the theme writes it as markup.
    head = (
        f"---\ntitle: {json.dumps(str(escape(title)), ensure_ascii=False)}\ndescription: {SUMMARY}\n"
        + (f"hide:\n{hidden}" if hidden else "")
        + "---\n"
    )
    # The theme puts a heading of its own before content that has none; the comment tells it there is one.
    return f"{head}\n{SLOT}\n"


def harden(html: str, depth: int, theme: Collection[str] = ()) -> str:
    """The page with its content policy, language and the way to the site's root written in.

    Scripts and styles come only from the site itself; of those in the page, the theme's own (`inline_parts` of a
    frame) are allowed by their SHA-256, so that one which somebody wrote into a hand-written page does not run.
    """
    policy = "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {_hashes(INLINE_SCRIPT, html, theme)}".rstrip(),
            f"style-src 'self' {_hashes(INLINE_STYLE, html, theme)}".rstrip(),
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    html = re.sub(r'<html lang="[^"]*"', f'<html lang="zh-CN" data-root="{"../" * depth}"', html, count=1)
    html = re.sub(r'\s*<meta name="generator"[^>]*>', "", html)
    return html.replace("<head>", f"<head>\n    {meta}", 1)


def inline_parts(html: str) -> frozenset[str]:
    """The inline scripts and styles of a page, all with the same way to the site's root."""
    return frozenset(map(_rootless, (*INLINE_SCRIPT.findall(html), *INLINE_STYLE.findall(html))))


def _rootless(text: str) -> str:
    return WAY_UP.sub('"."', text)


def _hashes(inline: re.Pattern[str], html: str, theme: Collection[str]) -> str:
    """What the policy allows of the inline elements of one kind."""
    return " ".join(sorted({_sha256(text) for text in inline.findall(html) if _rootless(text) in theme}))


def _sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class Frames:
    """The rendered frames by path, ready to be filled."""

    def __init__(self, html: Mapping[str, str]) -> None:
        self.html = html
        self._digests = {path: digest_of(text) for path, text in html.items()}
        self._last: tuple[str, Pieces] = ("", ())

    def fill(self, page: Page) -> bytes:
        """The complete HTML of a page; raises KeyError when its frame was not rendered."""
        path = page.frame or page.path
        if path != self._last[0]:  # pages of one frame come one after the other
            self._last = path, tuple(_pieces(self.html[path]))
        title, summary = str(escape(page.title)), str(escape(page.about or page.title))
        said = {TITLE: title.encode(), SUMMARY: summary.encode(), BODY: page.body.encode()}
        return b"".join([said[piece] if isinstance(piece, str) else piece for piece in self._last[1]])

    def output(self, page: Page) -> Output:
        """The page as a file to be written; raises KeyError when its frame was not rendered."""
        frame = self._digests[page.frame or page.path]
        return Output(page.path, frame + page.key, partial(self.fill, page))


# A frame cut at its slots: what stands between them, and the name of each.
Pieces = Sequence[bytes | str]


def _pieces(html: str) -> Iterator[bytes | str]:
    """A frame cut up, so that a page can be put together in one go and a title that reads like a slot stays one."""
    head, _, tail = html.partition(SLOT)
    for part, end in ((head, BODY), (tail, "")):
        for number, piece in enumerate(re.split(f"({TITLE}|{SUMMARY})", part)):
            yield piece if number % 2 else piece.encode()
        if end:
            yield end


def take_frames(rendered: Mapping[str, bytes]) -> tuple[Frames, dict[str, bytes]]:
    """What the engine rendered, pages hardened: those with an open body as frames, and all other files by path."""
    pages = {path: rendered[path].decode() for path in sorted(rendered) if path.endswith(".html")}
    theme = frozenset[str]().union(*(inline_parts(html) for html in pages.values() if SLOT in html))
    hard = {path: harden(plain, path.count("/"), theme) for path, plain in pages.items()}
    frames = {path: html for path, html in hard.items() if SLOT in html}
    whole = {path: html.encode() for path, html in hard.items() if path not in frames}
    others = {path: content for path, content in rendered.items() if path not in pages}
    kept = {path: content for path, content in {**others, **whole}.items() if not _UNUSED.match(path)}
    return Frames(frames), kept
