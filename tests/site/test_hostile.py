"""Hostile text in every field of a case, a rule, a term and a guidance page: shown as text, never run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser

from build_tools.load import Schema, load_schemas
from build_tools.site.build import Built

from .conftest import ROOT
from .test_browser import visit

Build = Callable[[], tuple[Path, Built]]
SCHEMAS = load_schemas(ROOT / "schema")
PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'onfocus=alert(1) autofocus x='",
    "</script><b id=pwn>x</b>",
    "{{7*7}}{%x%}[[x]]`$",
    "javascript:alert(1)//",
)


def poison(value: Any, schema: Schema, node: Any, payload: str, number: Iterator[int]) -> Any:
    """The value with `payload` put into every free text that the schema lets through, each text another one."""
    node = schema.resolve(node)
    if isinstance(value, dict):
        return {
            k: v if k == "article" else poison(v, schema, node["properties"][k], payload, number)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [poison(v, schema, node["items"], payload, number) for v in value]
    closed = {"pattern", "oneOf", "enum", "x-vocabulary", "x-url"} & set(node)
    if closed or not isinstance(value, str):
        return value
    room = node.get("maxLength", 10_000)
    return payload + value if len(payload + value) <= room else payload[: room - 3] + f"{next(number):03d}"


def poison_file(path: Path, schema: Schema, payload: str) -> None:
    data = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    poisoned = poison(data, schema, schema.document, payload, count())
    path.write_text(yaml.safe_dump(poisoned, allow_unicode=True), encoding="utf-8")


@pytest.mark.browser
@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_only_text(library: Path, build: Build, browser: Browser, payload: str) -> None:
    poison_file(library / "cases/2026/RC-2026-0007.yaml", SCHEMAS.case, payload)
    poison_file(library / "rules/N-03.yaml", SCHEMAS.rule, payload)
    poison_file(library / "schema/vocabulary/distinctions.yaml", SCHEMAS.vocabulary, payload)
    site, _ = build()
    with visit(browser) as (page, troubles):
        for name in (
            "index.html",
            "cases/RC-2026-0007.html",
            "cases/RC-2026-0001.html",
            "browse/all.html",
            "browse/index.html",
            "stats.html",
            "terms/index.html",
            "terms/ef-no-approval.html",
            "terms/ds-public-good.html",
            "rules/N-03.html",
            "rules/index.html",
            "rules/limits.html",
            "manual/coverage.html",
        ):
            page.goto(f"{site.as_uri()}/{name}")
            page.wait_for_timeout(30)
            assert (
                page.locator(
                    "#pwn, article img, article [onload], article [onfocus], article [onerror]"
                ).count()
                == 0
            )
            assert page.locator("article a[href^='javascript:']").count() == 0
        page.goto(f"{site.as_uri()}/cases/RC-2026-0007.html")
        assert payload[:24] in page.locator("h1").inner_text()
        page.goto(f"{site.as_uri()}/search.html#q=未批先占")
        page.locator(".rc-card").first.wait_for()
        assert payload[:12] in page.locator("#rc-search").inner_text()
        assert page.locator("#pwn").count() == 0
        assert troubles == []
