"""Publishes an edition's data: the files for other programs, the page that lists them, and how to object."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape

from build_tools.export.api import PAGE_SIZE, api_files
from build_tools.export.downloads import downloads
from build_tools.export.feeds import feed_files, feeds
from build_tools.export.publication import LICENCE, LICENCE_URL, publication
from build_tools.export.sitemap import sitemap_files
from build_tools.export.structured import data_block, structured_case
from build_tools.export.volumes import MOST, WHOLE
from build_tools.load.site_config import SiteConfig, site_of
from build_tools.model import Case, Library
from build_tools.output import Output
from build_tools.site.contents import Contents
from build_tools.site.frame import Page

PATH = "data.html"
TITLE = "数据与订阅"
SUMMARY = "数据接口、整库下载和订阅：有哪些文件、多大、怎样用、什么许可、什么时候更新。"
TEMPLATE = "data.html.j2"
# Where a hand-written page wants the office's contact details; an element, so that searching passes over it.
CONTACT_PLACE = '<div data-fill="contact"></div>'


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the data page: files of one kind, their number and their bytes together."""

    title: str
    about: str
    url: str  # empty where the line stands for many files
    shown: str
    count: int
    size: int

    @property
    def weight(self) -> str:
        """The size of a file, the average of several: `12 KB`."""
        return said_size(self.size / max(self.count, 1))


def said_size(size: float) -> str:
    """`12 KB`, `3.4 MB` on one line; nothing is said to be less than one KB."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))}\u00a0KB"
    return f"{size / 1_000_000:.1f}\u00a0MB"


class Published:
    """Everything an edition hands out, and the page that lists it with the size of each file."""

    def __init__(self, contents: Contents, pages: Iterable[str]) -> None:
        """`pages` are the paths of the site's other pages."""
        self.contents = contents
        self.source = source = publication(
            contents.library, contents.schemas, contents.cases, contents.relations, contents.digests
        )
        self.downloads = downloads(source)
        self.api = api_files(source, [output.path for output in self.downloads.files])
        self.feeds = feeds(source)
        self.told = tuple(feed_files(source, self.feeds))
        self.sitemap = tuple(sitemap_files(source, [*pages, PATH]))

    @property
    def files(self) -> tuple[Output, ...]:
        """All files but the page."""
        return (*self.api, *self.downloads.files, *self.told, *self.sitemap)

    def page(self, sizes: Mapping[str, tuple[Any, ...]] | None = None) -> Page:
        """The data page. `sizes` (path → SHA-256, bytes) are those of the files as they were written.

        Without them the page makes every file once more to know its size.
        """
        if sizes is not None:
            facts = self._facts(_Sizes(sizes))
            return self.contents.page(TEMPLATE, PATH, TITLE, summary=SUMMARY, **facts)
        depends = "".join([f"{output.path} {output.key}\n" for output in self.files])
        return self.contents.page_of(
            TEMPLATE, PATH, TITLE, (depends,), lambda: self._facts(_Sizes({})), summary=SUMMARY
        )

    def _facts(self, sizes: _Sizes) -> dict[str, Any]:
        source, files = self.source, self.downloads
        kinds = (("xlsx", files.workbooks), ("csv", files.tables), ("zip", files.zips))
        listed = [
            (
                feed.name.startswith("field-"),
                feed.path,
                feed.title,
                feed.about,
                len(feed.changes),
                sizes.said(told),
            )
            for feed, told in zip(self.feeds, self.told, strict=True)
        ]
        return {
            "base": source.schemas.api.document["x-base"],
            "api": self._api_lines(sizes),
            "page_size": PAGE_SIZE,
            "whole": WHOLE,
            "most": MOST,
            "files": {
                kind: [(output.path, sizes.said(output)) for output in outputs] for kind, outputs in kinds
            },
            "general": [line[1:] for line in listed if not line[0]],
            "by_field": [line[1:] for line in listed if line[0]],
            "edition": source.edition,
            "newest": source.newest,
            "site": source.site,
            "licence": (LICENCE, LICENCE_URL),
            "example": source.cases[0].id if source.cases else "",
        }

    def _api_lines(self, sizes: _Sizes) -> list[Listed]:
        """One line an answer of the interface, then the schemas and the description."""
        document = self.source.schemas.api.document
        base, lines = str(document["x-base"]), []
        for node in (node for node in document["$defs"].values() if "x-path" in node):
            path = base + node["x-path"]
            found = self._fitting([base + node[key] for key in ("x-path", "x-more") if key in node])
            url = "" if "{" in path else path
            total = sum(map(sizes.of, found))
            lines.append(Listed(node["title"], node["description"], url, path, len(found), total))
        shown = f"{base}/schema/{{name}}.schema.json"
        found = self._fitting([shown])
        about = "全部记录和信封的 JSON Schema。"
        lines.append(Listed("格式", about, "", shown, len(found), sum(map(sizes.of, found))))
        path = f"{base}/openapi.json"
        about = "本接口的 OpenAPI 3.1 说明，由上面的格式生成。"
        return [*lines, Listed("接口说明", about, path, path, 1, sum(map(sizes.of, self._fitting([path]))))]

    def _fitting(self, templates: Iterable[str]) -> list[Output]:
        """The files whose paths fit one of the templates, `{name}` standing for any name."""
        found = []
        for template in templates:
            wanted = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))
            inside = self._by_folder.get(template.rpartition("/")[0], ())
            found += [output for output in inside if wanted.fullmatch(output.path)]
        return found

    @cached_property
    def _by_folder(self) -> Mapping[str, Sequence[Output]]:
        """The interface's files by folder; names stand for names of files only."""
        found: dict[str, list[Output]] = {}
        for output in self.api:
            found.setdefault(output.path.rpartition("/")[0], []).append(output)
        return found


class _Sizes:
    """How many bytes files have, as measured, or by making them."""

    def __init__(self, measured: Mapping[str, tuple[Any, ...]]) -> None:
        self.measured = measured

    def of(self, output: Output) -> int:
        known = self.measured.get(output.path)
        size: int = len(output.make()) if known is None else known[1]
        return size

    def said(self, output: Output) -> str:
        return said_size(self.of(output))


def case_facts(case: Case, contents: Contents) -> dict[str, object]:
    """What a case's page says of itself for programs and for those who object, by the template's names."""
    library, schemas = contents.library, contents.schemas
    site = site_of(library)
    return {
        "structured": Markup(data_block(structured_case(case, library, schemas, site))),
        "objection": objection_text(case, site),
        "api_base": schemas.api.document["x-base"],
    }


def objection_text(case: Case, site: SiteConfig) -> str:
    """What somebody who objects can copy: which page, which version, and what the office needs to know."""
    said = (
        "【报告错误／提出异议】",
        f"案例：{case.id}《{case.title}》第 {case.version} 版（摘要 {case.digest[:12]}）",
        f"网页：{site.address(f'cases/{case.id}.html')}",
        "哪一句、哪一栏：",
        "现在写的是：",
        "应当是：",
        "依据（文件、报道、决定书，附件目录）：",
        "我的身份（当事人、当事人所在单位、来源单位、读者）：",
        "希望怎样处理（更正、补充后续、遮盖信息、撤下）：",
        "怎样答复我（公开的办公联系方式即可）：",
    )
    return "\n".join(said)


def fill_contact(text: str, library: Library) -> str:
    """The Markdown of a hand-written page with the office's contact details where it asks for them."""
    return text.replace(CONTACT_PLACE, contact_block(site_of(library)))


def contact_block(site: SiteConfig) -> Markup:
    """Whom to turn to; says plainly where no office is named."""
    name = escape(site.organisation)
    if not site.reachable:
        channel = escape(site.channel)
        return Markup(
            f'<div class="rc-contact"><p>本站维护单位（{name}）尚未设置联系方式，请通过{channel}。</p></div>'
        )
    facts = (("单位", site.organisation), ("受理处", site.text), ("电话", site.phone), ("邮箱", site.email))
    items = "".join(f"<li>{label}：{escape(said)}</li>" for label, said in facts if said)
    return Markup(f'<div class="rc-contact"><ul>{items}</ul></div>')
