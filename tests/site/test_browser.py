"""The site as people meet it, in headless Chromium: from a folder and over http, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

# One page of each kind.
PAGES = (
    "index.html",
    "search.html",
    "browse/index.html",
    "browse/all.html",
    "browse/kind-contrast.html",
    "browse/region-11.html",
    "browse/year-2020.html",
    "cases/RC-2026-0007.html",
    "cases/RC-2026-0034.html",
    "terms/index.html",
    "terms/ef-no-approval.html",
    "terms/bd-legal.html",
    "rules/index.html",
    "rules/N-03.html",
    "rules/L-28a.html",
    "rules/limits.html",
    "stats.html",
    "manual/index.html",
    "manual/fields.html",
    "manual/codes.html",
    "manual/RC303.html",
    "guide/index.html",
    "guide/collective.html",
    "guide/who-are-you.html",
    "about.html",
    "collection.html",
    "objection.html",
    "data.html",
    "negative.html",
    "toolkits/index.html",
    "toolkits/tk-lookback.html",
    "practice/selfcheck.html",
    "practice/drill.html",
    "team/index.html",
    "manual/coverage.html",
)
DESK, PHONE = (1280, 900), (375, 780)


@contextmanager
def visit(
    browser: Browser, size: tuple[int, int] = DESK, scheme: str = "light"
) -> Iterator[tuple[Page, list[str]]]:
    """A page in a fresh profile, and a list that fills with everything a visitor must never see."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale="zh-CN",  # type: ignore[arg-type]
    )
    page, troubles = context.new_page(), []
    page.on(
        "console", lambda m: troubles.append(f"console: {m.text}") if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda e: troubles.append(f"error: {e}"))
    # What was still on its way when the visitor left for the next page is no trouble.
    page.on(
        "requestfailed",
        lambda r: None if "ERR_ABORTED" in (r.failure or "") else troubles.append(f"failed: {r.url}"),
    )
    page.on("dialog", lambda d: (troubles.append(f"dialog: {d.message}"), d.dismiss()))
    page.on(
        "request",
        lambda r: (
            None
            if r.url.startswith(("file:", "data:", "http://127.0.0.1"))
            else troubles.append(f"foreign: {r.url}")
        ),
    )
    yield page, troubles
    context.close()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_open_without_trouble_and_fit_the_screen(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:
    with visit(browser, size) as (page, troubles):
        for name in PAGES:
            page.goto(address + name)
            page.wait_for_timeout(50)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= size[0], f"{name} is {width} px wide"
        assert troubles == []


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light")])
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible(
    browser: Browser, site: Path, name: str, size: tuple[int, int], scheme: str
) -> None:
    with visit(browser, size, scheme) as (page, _):
        page.goto(f"{site.as_uri()}/{name}")
        page.wait_for_timeout(150)
        options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
        found = Axe().run(page, options=options).response["violations"]
        assert [(v["id"], [n["html"][:160] for n in v["nodes"]][:3]) for v in found] == []


def test_suggestions_fit_a_phone(browser: Browser, site: Path) -> None:
    with visit(browser, PHONE) as (page, troubles):
        for name in ("index.html", "cases/RC-2026-0007.html"):
            page.goto((site / name).as_uri())
            page.locator(".md-header").get_by_role("combobox").fill("停车")
            panel = page.locator(".md-header .rc-box__panel")
            expect(panel.get_by_role("option").first).to_be_visible()
            box = panel.bounding_box()
            assert box and box["x"] >= 0 and box["width"] > 300 and box["x"] + box["width"] <= PHONE[0]
    assert not troubles


def test_header_box_leads_to_results(browser: Browser, address: str) -> None:
    with visit(browser) as (page, troubles):
        page.goto(address + "rules/N-03.html")
        page.fill(".rc-box__input", "未批先建")
        page.press(".rc-box__input", "Enter")
        page.wait_for_url("**/search.html*")
        expect(page.locator("#rc-search")).to_contain_text("未批先占")
        assert troubles == []


def test_home_search_and_examples_lead_to_results(browser: Browser, address: str) -> None:
    with visit(browser) as (page, troubles):
        page.goto(address + "index.html")
        page.fill(".rc-hero__input", "停车")
        page.press(".rc-hero__input", "Enter")
        page.wait_for_url("**/search.html*")
        expect(page.locator("#rc-search")).to_contain_text("停车")
        page.goto(address + "index.html")
        page.click(".rc-hero__try a >> nth=0")
        expect(page.locator("#rc-search .rc-card").first).to_be_visible()
        assert troubles == []


def test_without_scripts_the_library_can_still_be_read(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "search.html")
    expect(page.locator("noscript, .rc-banner").first).to_be_attached()
    page.goto(address + "browse/index.html")
    page.click(".rc-kinds >> text=追责对照")
    page.locator(".rc-item__title").first.click()
    expect(page.locator(".rc-summary")).to_be_visible()
    context.close()


def test_citation_can_be_copied(browser: Browser, address: str) -> None:
    with visit(browser) as (page, troubles):
        page.goto(address + "cases/RC-2026-0001.html")
        page.click('[data-copy="rc-citation"]')
        expect(page.locator('[data-copy="rc-citation"]')).to_have_text("已复制")
        assert troubles == []


def test_dark_mode_is_kept_from_page_to_page(browser: Browser, address: str) -> None:
    with visit(browser) as (page, troubles):
        page.goto(address + "index.html")
        page.click('label[title="切换到深色"]')
        page.goto(address + "cases/RC-2026-0001.html")
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
        assert troubles == []


def test_case_prints_on_a4_with_its_source_addresses(browser: Browser, site: Path) -> None:
    with visit(browser) as (page, _):
        page.goto(f"{site.as_uri()}/cases/RC-2026-0007.html")
        page.emulate_media(media="print")
        assert page.locator(".rc-header").is_hidden() and page.locator(".rc-print-url").first.is_visible()
        assert page.pdf(format="A4")[:5] == b"%PDF-"
