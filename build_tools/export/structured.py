"""Describes a case in schema.org's words, as JSON-LD inside its page; says nothing the page does not show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from build_tools.export.changes import updated
from build_tools.export.publication import LICENCE_URL, TITLE
from build_tools.export.wording import place_of
from build_tools.load import Schemas
from build_tools.load.site_config import SiteConfig
from build_tools.model import Case, Library


def structured_case(case: Case, library: Library, schemas: Schemas, site: SiteConfig) -> dict[str, Any]:
    """The case as a schema.org Article; what the sources do not say is left out."""
    data = case.data
    place = "" if case.tombstone else place_of(case)
    facts: Mapping[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "identifier": case.id,
        "headline": case.title,
        "abstract": data.get("summary"),
        "url": site.address(f"cases/{case.id}.html") if site.site_url else None,
        "inLanguage": "zh-CN",
        "genre": schemas.case.choice(("kind",), case.kind).label,
        "creativeWorkStatus": schemas.case.choice(("status",), case.status).label,
        "version": str(case.version),
        "datePublished": data.get("entered"),
        "dateModified": updated(case),
        "temporalCoverage": case.get("date", "value"),
        "spatialCoverage": {"@type": "Place", "name": place} if place else None,
        "keywords": list(data.get("keywords") or ()),
        "about": [
            {"@type": "DefinedTerm", "name": library.label(f), "termCode": f}
            for f in data.get("fields") or ()
        ],
        "citation": [_source(source) for source in data.get("sources") or ()],
        "license": LICENCE_URL,
        "publisher": {"@type": "Organization", "name": site.organisation},
        "isPartOf": {"@type": "Dataset", "name": TITLE} | ({"url": site.site_url} if site.site_url else {}),
    }
    return {key: value for key, value in facts.items() if value}


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    facts = {
        "@type": "CreativeWork",
        "name": source["title"],
        "publisher": {"@type": "Organization", "name": source["publisher"]},
        "datePublished": source.get("date"),
        "url": source.get("url"),
    }
    return {key: value for key, value in facts.items() if value}


def data_block(data: Mapping[str, Any]) -> str:
    """A `<script>` element that holds data, which browsers never run and a content policy does not concern.

    No text inside can end the element: `<`, `>` and `&` are written as escapes.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/ld+json">{text}</script>'
