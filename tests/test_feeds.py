"""The Atom feeds, the sitemap and the structured data: valid, complete, stable, and harmless whatever is in them."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from build_tools.export import feeds as feeds_module
from build_tools.export import sitemap
from build_tools.export.feeds import feed_files, feeds
from build_tools.export.publication import Publication
from build_tools.export.sitemap import sitemap_files
from build_tools.export.structured import data_block, structured_case
from build_tools.load.site_config import SiteConfig
from tests.check_support import ROOT, lines, make_library, patched, write
from tests.test_api import made, published

ATOM = "{http://www.w3.org/2005/Atom}"
SITE = "organisation: 某区纪委监委\nsite_url: https://example.org/r/\n"
CHANGES = """
status: overturned
status_record: {date: 2026-06-01, reason: 复审改变, authority: 某机关}
changes:
  - {date: 2026-03-02, type: created, what: 首次入库。, by: 编辑组}
  - {date: 2026-04-01, type: supplement, what: 补充后续。, by: 编辑组}
  - {date: 2026-05-01, type: correction, what: 改正日期<b>&。, by: 编辑组, basis: 决定书}
  - {date: 2026-05-02, type: review, what: 核对过。, by: 核对组}
  - {date: 2026-06-01, type: status, what: 结论已变。, by: 编辑组}
"""


def told(source: Publication) -> dict[str, Element]:
    """Feed name → its root element."""
    files = made(feed_files(source, feeds(source)))
    return {path.removeprefix("feeds/").removesuffix(".xml"): fromstring(raw) for path, raw in files.items()}


def texts(feed: Element, tag: str) -> list[str]:
    return [entry.findtext(f"{ATOM}{tag}") or "" for entry in feed.findall(f"{ATOM}entry")]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A library whose one case has been through every kind of change."""
    root = make_library(tmp_path)
    path = root / "cases/2026/RC-2026-0001.yaml"
    path.write_text(patched(path.read_text(encoding="utf-8"), CHANGES), encoding="utf-8")
    return root


def test_feeds_of_the_real_library_have_all_that_atom_asks_for() -> None:
    """RFC 4287, sections 4.1.1 and 4.1.2: required elements, once each; dates with a zone; authors; links."""
    found = told(published(ROOT))
    assert {"new", "changed", "corrected", "field-fd-community"} <= set(found)
    for name, feed in found.items():
        for node in (feed, *feed.findall(f"{ATOM}entry")):
            for tag in ("id", "title", "updated"):
                assert len(node.findall(f"{ATOM}{tag}")) == 1 and node.findtext(f"{ATOM}{tag}"), (name, tag)
            assert (node.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
            assert datetime.fromisoformat(node.findtext(f"{ATOM}updated") or "").tzinfo
            assert node.findall(f"{ATOM}link[@rel='alternate']")
        assert feed.findtext(f"{ATOM}author/{ATOM}name") and feed.findall(f"{ATOM}link[@rel='self']")
        assert len(texts(feed, "id")) == len(set(texts(feed, "id"))) <= feeds_module.ENTRIES
        assert texts(feed, "updated") == sorted(texts(feed, "updated"), reverse=True)


def test_each_change_is_told_where_it_belongs(root: Path) -> None:
    found = told(published(root))
    labels = {name: [t.split("：")[0] for t in texts(feed, "title")] for name, feed in found.items()}
    assert labels["new"] == ["入库"]
    assert labels["changed"] == ["状态变更", "更正", "补充"]
    assert labels["corrected"] == ["状态变更", "更正"]
    assert labels["field-fd-community"] == ["状态变更", "更正", "补充", "入库"]
    assert labels["field-fd-parking"] == []
    assert "改正日期<b>&。（编辑组；决定书）" in texts(found["corrected"], "summary")[1]


def test_links_follow_the_address_of_the_site_but_names_do_not(root: Path) -> None:
    before = told(published(root))
    write(root, "schema/site.yaml", SITE)
    assert not [line for line in lines(root) if "site.yaml" in line]
    after = told(published(root))
    first = [feed["new"].find(f"{ATOM}entry/{ATOM}link") for feed in (before, after)]
    assert [link.get("href") for link in first if link is not None] == [
        "../cases/RC-2026-0001.html",
        "https://example.org/r/cases/RC-2026-0001.html",
    ]
    assert texts(before["new"], "id") == texts(after["new"], "id")
    assert after["new"].findtext(f"{ATOM}author/{ATOM}name") == "某区纪委监委"


def test_a_feed_does_not_grow_without_bound(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setattr(feeds_module, "ENTRIES", 2)
    assert [t.split("：")[0] for t in texts(told(published(root))["changed"], "title")] == [
        "状态变更",
        "更正",
    ]


def test_text_that_xml_forbids_is_left_out(root: Path) -> None:
    source = published(root)
    case = source.cases[0]
    object.__setattr__(case, "data", {**case.data, "title": "坏\x00字\ufffe"})
    assert texts(told(source)["new"], "title") == ["入库：坏字（RC-2026-0001）"]


def test_the_sitemap_needs_an_address(root: Path) -> None:
    assert list(sitemap_files(published(root), ["index.html"])) == []
    write(root, "schema/site.yaml", SITE)
    files = made(sitemap_files(published(root), ["index.html", "cases/RC-2026-0001.html"]))
    assert list(files) == ["sitemap.xml"]
    said = files["sitemap.xml"].decode()
    assert "<loc>https://example.org/r/index.html</loc>" in said
    assert "<loc>https://example.org/r/cases/RC-2026-0001.html</loc><lastmod>2026-06-01</lastmod>" in said


def test_a_large_sitemap_is_spread_over_files(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setattr(sitemap, "MOST", 2)
    write(root, "schema/site.yaml", SITE)
    files = made(sitemap_files(published(root), [f"p{n}.html" for n in range(5)]))
    assert sorted(files) == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml", "sitemap.xml"]
    assert re.findall(r"<loc>(.*?)</loc>", files["sitemap.xml"].decode()) == [
        f"https://example.org/r/sitemap-{n}.xml" for n in (1, 2, 3)
    ]
    spread = "".join(files[f"sitemap-{n}.xml"].decode() for n in (1, 2, 3))
    assert all(spread.count(f"/p{n}.html<") == 1 for n in range(5))


def test_structured_data_says_what_the_page_says() -> None:
    source = published(ROOT)
    case = source.library.case_by_id["RC-2026-0001"]
    said = structured_case(case, source.library, source.schemas, SiteConfig())
    assert (said["@type"], said["identifier"], said["headline"]) == ("Article", case.id, case.title)
    assert said["creativeWorkStatus"] == "已发布" and said["spatialCoverage"]["name"] == "浙江省宁波市象山县"
    assert len(said["citation"]) == len(case.data["sources"]) and "url" not in said
    placed = structured_case(
        case, source.library, source.schemas, SiteConfig(site_url="https://example.org/")
    )
    assert placed["url"] == "https://example.org/cases/RC-2026-0001.html"


@pytest.mark.parametrize("text", ["</script><b>x", "<!--<script>", "]]>", "&lt;", "\u2028", '"}\\'])
def test_no_text_ends_the_element_of_structured_data(text: str) -> None:
    block = data_block({"headline": text})
    inner = block.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set(inner) & set("<>&\u2028") and json.loads(inner) == {"headline": text}
