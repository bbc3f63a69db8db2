"""The page of data and feeds, and how to object: every file is listed, every address leads somewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from build_tools.load import for_edition, load_library, load_schemas
from build_tools.load.site_config import SiteConfig, site_of
from build_tools.site.contents import Contents, gather
from build_tools.site.data_pages import (
    CONTACT_PLACE,
    Published,
    case_facts,
    contact_block,
    fill_contact,
    objection_text,
)
from build_tools.site.frame import Page
from tests.check_support import ROOT, lines, make_library, write
from tests.test_api import made

from .conftest import TODAY


@pytest.fixture(scope="module")
def contents() -> Contents:
    schemas = load_schemas(ROOT / "schema")
    return gather(for_edition(load_library(ROOT).library, schemas), schemas, TODAY)


@pytest.fixture(scope="module")
def published(contents: Contents) -> tuple[Page, dict[str, bytes]]:
    found = Published(contents, ["index.html"])
    return found.page(), made(found.files)


def test_every_link_of_the_page_leads_to_a_file(published: tuple[Page, dict[str, bytes]]) -> None:
    page, files = published
    ids = set(re.findall(r'id="([^"]+)"', page.body))
    links = {unescape(link) for link in re.findall(r'href="([^"]+)"', page.body)}
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    local = {link for link in links if not link.startswith(("#", "https:"))}
    assert {link for link in local if not link.endswith(".html") and "#" not in link} <= set(files)
    elsewhere = {link.split("#")[0] for link in local} - set(files)
    assert elsewhere == {"objection.html", "manual/commands.html"}


def test_every_published_file_is_on_the_page(published: tuple[Page, dict[str, bytes]]) -> None:
    page, files = published
    said = re.findall(r'href="([^"#]+)"|<code>(api/[^<]+)</code>', page.body)
    either = "|".join(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(link or code)) for link, code in said)
    # Further pages of a list stand with the first.
    missing = [path for path in files if not re.fullmatch(either, re.sub(r"-\d+\.json$", ".json", path))]
    assert missing == []


def test_the_page_says_size_licence_and_rule(
    published: tuple[Page, dict[str, bytes]], contents: Contents
) -> None:
    page, files = published
    size = f"{round(len(files['downloads/rongcuo-public.zip']) / 1000)}\u00a0KB"
    assert size in page.body and "CC BY 4.0" in page.body and "更新规则" in page.body
    assert f"案例 {len(contents.cases)} 件" in page.body


def test_the_text_to_copy_names_page_case_and_version(contents: Contents) -> None:
    case = contents.library.case_by_id["RC-2026-0001"]
    said = objection_text(case, SiteConfig(site_url="https://example.org/r/"))
    assert f"RC-2026-0001《{case.title}》第 {case.version} 版" in said
    assert "网页：https://example.org/r/cases/RC-2026-0001.html" in said
    assert "网页：cases/RC-2026-0001.html" in str(case_facts(case, contents)["objection"])


def test_the_contact_is_the_one_that_is_set(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    page = f"# 页\n\n{CONTACT_PLACE}\n"
    unset = fill_contact(page, load_library(root).library)
    assert "尚未设置联系方式，请通过发布本库的机关" in unset
    write(
        root,
        "schema/site.yaml",
        "organisation: 某区<b>纪委\ncontact:\n  text: 三楼\n  phone: 010-12345678\n  email: a@example.org\n",
    )
    assert lines(root) == []
    said = fill_contact(page, load_library(root).library)
    assert "某区&lt;b&gt;纪委" in said and "电话：010-12345678" in said and "邮箱：a@example.org" in said
    assert "尚未设置" not in said


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("site_url: https://example.org/no-slash\n", "RC205"),
        ("site_url: javascript:alert(1)/\n", "RC205"),
        ("organisatoin: 某机关\n", "RC201"),
        ("contact: 电话\n", "RC203"),
        ("contact:\n  email: 不是邮箱\n", "RC205"),
        ("organisation:\n", "RC209"),
    ],
)
def test_settings_of_the_site_are_checked(tmp_path: Path, text: str, code: str) -> None:
    root = make_library(tmp_path)
    write(root, "schema/site.yaml", text)
    found = [line for line in lines(root) if line.startswith("schema/site.yaml")]
    assert [line.split(": ")[1].split(" ")[0] for line in found] == [code]


def test_without_settings_the_defaults_stand(contents: Contents) -> None:
    bare = site_of(replace(contents.library, site=None))
    assert bare.organisation and bare.channel and not bare.reachable and not bare.site_url
    assert "尚未设置" in contact_block(bare)
