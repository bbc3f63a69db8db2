"""Fills content into the frames that an engine rendered, and writes their content policy; knows no cases."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import escape

THEME = Path(__file__).parent / "theme"
TITLE = "RCFRAMETITLE"
BODY = "RCFRAMEBODY"
SUMMARY = "RCFRAMESUMMARY"

SLOT = f"<div><!-- <h1> -->{BODY}</div>"

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/)[^>]*>(.*?)</script>", re.S)


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
    head = f"---\ntitle: {title}\ndescription: {SUMMARY}\n" + (f"hide:\n{hidden}" if hidden else "") + "---\n"
    # The theme puts a heading of its own before content that has none; the comment tells it there is one.
    return f"{head}\n{SLOT}\n"


def harden(html: str, depth: int) -> str:
    """The frame with its content policy, language and the way to the site's root written in.

    Scripts run only from the site itself; the theme's own inline scripts are allowed by their SHA-256.
    """
    hashes = sorted({_sha256(script) for script in INLINE_SCRIPT.findall(html)})
    policy = "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(hashes)}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
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


def _sha256(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@dataclass(frozen=True)
class Frames:
    """The rendered frames by path, ready to be filled."""

    html: dict[str, str]

    def fill(self, page: Page) -> str:
        """The complete HTML of a page; raises KeyError when its frame was not rendered."""
        frame = self.html[page.frame or page.path]
        head, _, tail = frame.partition(SLOT)
        return (
            head.replace(TITLE, str(escape(page.title))).replace(
                SUMMARY, str(escape(page.summary or page.title))
            )
            + page.body
            + tail.replace(TITLE, str(escape(page.title)))
        )


def take_frames(rendered: Path) -> Frames:
    """Read every rendered page, hardened; pages with an open body become frames and leave the folder."""
    frames = {}
    for path in sorted(rendered.rglob("*.html")):
        name = path.relative_to(rendered).as_posix()
        html = harden(path.read_text(encoding="utf-8"), name.count("/"))
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
