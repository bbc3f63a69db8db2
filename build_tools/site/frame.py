"""Fills content into the frames that an engine rendered, and writes their content policy; knows no cases."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import escape

THEME = Path(__file__).parent / "theme"
TITLE = "RCFRAMETITLE"
BODY = "RCFRAMEBODY"
SUMMARY = "RCFRAMESUMMARY"

SLOT = f"<div><!-- <h1> -->{BODY}</div>"

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/)[^>]*>(.*?)</script>", re.S)
INLINE_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.S)
# How the theme's scripts name the site's root, which differs with the depth of the page.
WAY_UP = re.compile(r'"\.{1,2}(?:/\.\.)*/?"')


class FrameError(Exception):
    """The engine could not render, or said something that must be put right first (text in Chinese)."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site: where it goes, what it says of itself, its body and the frame it is filled into."""

    path: str  # relative to the site, with forward slashes, for example "cases/RC-2026-0001.html"
    title: str
    body: str
    summary: str = ""
    frame: str = ""  # the stub it fills; its own path when empty


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


@dataclass(frozen=True)
class Frames:
    """The rendered frames by path, ready to be filled."""

    html: dict[str, str]

    def fill(self, page: Page) -> str:
        """The complete HTML of a page; raises KeyError when its frame was not rendered."""
        frame = self.html[page.frame or page.path]
        said = {TITLE: str(escape(page.title)), SUMMARY: str(escape(page.summary or page.title))}
        # In one go, so that a title that reads like a slot stays a title.
        head, tail = (
            re.sub(f"{TITLE}|{SUMMARY}", lambda slot: said[slot[0]], part)
            for part in frame.partition(SLOT)[::2]
        )
        return head + page.body + tail


def take_frames(rendered: Path) -> Frames:
    """Read every rendered page, hardened; pages with an open body become frames and leave the folder."""
    frames = {}
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(rendered.rglob("*.html"))}
    theme = frozenset[str]().union(*(inline_parts(html) for html in pages.values() if SLOT in html))
    for path, plain in pages.items():
        name = path.relative_to(rendered).as_posix()
        html = harden(plain, name.count("/"), theme)
        if SLOT in html:
            frames[name] = html
            path.unlink()
        else:
            path.write_text(html, encoding="utf-8")
    for leftover in ("sitemap.xml", "sitemap.xml.gz", "404.html", "objects.inv"):
        (rendered / leftover).unlink(missing_ok=True)
    for unused in ("assets/javascripts/lunr", "assets/javascripts/workers"):
        shutil.rmtree(rendered / unused, ignore_errors=True)
    return Frames(frames)
