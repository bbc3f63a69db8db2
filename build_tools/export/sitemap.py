"""Makes sitemap.xml, which only a site with a known address can have: its entries must be full addresses."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from build_tools.export.changes import updated
from build_tools.export.publication import Publication

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST = 50_000  # addresses that the protocol (sitemaps.org) allows in a file


def sitemap_files(source: Publication, pages: Iterable[str]) -> dict[str, bytes]:
    """Path below the site → XML, for pages given by path; nothing where the site has no known address.

    More pages than one file may hold are spread over several, and sitemap.xml lists these.
    """
    address = source.site.address
    if not source.site.site_url:
        return {}
    days = {f"cases/{case.id}.html": updated(case) for case in source.cases}
    entries = [(address(path), days.get(path, "")) for path in sorted(set(pages))]
    parts = [entries[start : start + MOST] for start in range(0, len(entries), MOST)]
    if len(parts) == 1:
        return {"sitemap.xml": _xml("urlset", "url", parts[0])}
    files = {f"sitemap-{n}.xml": _xml("urlset", "url", part) for n, part in enumerate(parts, 1)}
    return {"sitemap.xml": _xml("sitemapindex", "sitemap", [(address(name), "") for name in files]), **files}


def _xml(root_tag: str, tag: str, entries: Iterable[tuple[str, str]]) -> bytes:
    root = Element(root_tag, xmlns=NAMESPACE)
    for address, day in entries:
        entry = SubElement(root, tag)
        SubElement(entry, "loc").text = address
        if day:
            SubElement(entry, "lastmod").text = day
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"
