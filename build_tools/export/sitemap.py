"""Makes sitemap.xml, which only a site with a known address can have: its entries must be full addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from xml.sax.saxutils import escape

from build_tools.export.changes import updated
from build_tools.export.publication import Publication
from build_tools.memory import digest_of
from build_tools.output import Output

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
MOST = 50_000  # addresses that the protocol (sitemaps.org) allows in a file
Entry = tuple[str, str]  # address, and the day of the last change or nothing


def sitemap_files(source: Publication, pages: Iterable[str]) -> Iterator[Output]:
    """The sitemap of pages given by path; nothing where the site has no known address.

    More pages than one file may hold are spread over several, and sitemap.xml lists these.
    """
    address = source.site.address
    if not source.site.site_url:
        return
    days = {f"cases/{case.id}.html": updated(case) for case in source.cases}
    entries = [(address(path), days.get(path, "")) for path in sorted(set(pages))]
    parts = [entries[start : start + MOST] for start in range(0, len(entries), MOST)]
    if len(parts) == 1:
        yield _file("sitemap.xml", "urlset", "url", parts[0])
        return
    names = [f"sitemap-{n}.xml" for n in range(1, len(parts) + 1)]
    yield _file("sitemap.xml", "sitemapindex", "sitemap", [(address(name), "") for name in names])
    for name, part in zip(names, parts, strict=True):
        yield _file(name, "urlset", "url", part)


def _file(path: str, root: str, tag: str, entries: Sequence[Entry]) -> Output:
    return Output(path, digest_of(entries), partial(_xml, root, tag, entries))


def _xml(root: str, tag: str, entries: Iterable[Entry]) -> bytes:
    said = (
        f"<{tag}><loc>{escape(address)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</{tag}>"
        for address, day in entries
    )
    return f'{HEAD}<{root} xmlns="{NAMESPACE}">{"".join(said)}</{root}>\n'.encode()
