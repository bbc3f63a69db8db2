"""Finds links between pages that lead nowhere; knows only addresses, not content."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class _Collector(HTMLParser):
    """Gathers the addresses a page points to and the anchors it offers."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        for name in ("href", "src", "action"):
            if value := facts.get(name):
                self.links.append(value)
        if anchor := facts.get("id") or (facts.get("name") if tag == "a" else None):
            self.anchors.add(anchor)


def broken_links(pages: Mapping[str, str], files: Collection[str]) -> Iterator[tuple[str, str]]:
    """(page, address) for every local link of `pages` that leads to no page of them and to none of `files`.

    `pages` maps paths relative to the site to HTML; anchors are checked where the target is among `pages`.
    """
    return ((page, link) for page, link, target in links_out(pages) if not target or target not in files)


def links_out(pages: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(page, address, path on the site) for every local link of `pages` that leads to none of them.

    No path where it leads to one of them, but to an anchor that is not there.
    """
    parsed = {path: _collect(html) for path, html in pages.items()}
    for path, found in parsed.items():
        for link in dict.fromkeys(found.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            place = posixpath.join(posixpath.dirname(path), unquote(parts.path))
            target = posixpath.normpath(place) if parts.path else path
            if target not in parsed:
                yield path, link, target
            elif _anchor(parts.fragment) and unquote(parts.fragment) not in parsed[target].anchors:
                yield path, link, ""


def _collect(html: str) -> _Collector:
    collector = _Collector()
    collector.feed(html)
    return collector


def _anchor(fragment: str) -> bool:
    """Fragments with an equals sign carry the search page's state and name no place."""
    return bool(fragment) and "=" not in fragment
