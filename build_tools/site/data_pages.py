"""Publishes an edition's data: the files for other programs, the page that lists them, and how to object."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from build_tools.export.api import PAGE_SIZE, api_files
from build_tools.export.dump import dump, dump_name
from build_tools.export.feeds import Feed, feed_files, feeds
from build_tools.export.publication import LICENCE, LICENCE_URL, Publication, publication
from build_tools.export.sitemap import sitemap_files
from build_tools.export.structured import data_block, structured_case
from build_tools.export.table import cases_csv, cases_xlsx, table_rows
from build_tools.load.site_config import SiteConfig, site_of
from build_tools.model import Case, Library
from build_tools.site.contents import Contents
from build_tools.site.frame import Page

PATH = "data.html"
DOWNLOADS = "downloads"
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


def publish(contents: Contents, pages: Iterable[str]) -> tuple[Page, dict[str, bytes]]:
    """The data page, and path below the site → content of every published file; `pages` are the site's others."""
    source = publication(contents.library, contents.schemas, contents.cases, contents.relations)
    rows = list(table_rows(source))
    downloads = {
        f"{DOWNLOADS}/{dump_name(source)}": dump(source),
        f"{DOWNLOADS}/cases.csv": cases_csv(rows),
        f"{DOWNLOADS}/cases.xlsx": cases_xlsx(rows, source.site.organisation),
    }
    api, made = api_files(source, list(downloads)), feeds(source)
    told = feed_files(source, made)
    page = _data_page(contents, source, api, downloads, made, told)
    return page, {**api, **downloads, **told, **sitemap_files(source, [*pages, PATH])}


def _data_page(
    contents: Contents,
    source: Publication,
    api: Mapping[str, bytes],
    downloads: Mapping[str, bytes],
    made: Iterable[Feed],
    told: Mapping[str, bytes],
) -> Page:
    base = source.schemas.api.document["x-base"]
    names = dict(zip(("zip", "csv", "xlsx"), downloads.items(), strict=True))
    listed = [(feed, said_size(len(told[feed.path]))) for feed in made]
    return contents.page(
        "data.html.j2",
        PATH,
        "数据与订阅",
        summary="数据接口、整库下载和订阅：有哪些文件、多大、怎样用、什么许可、什么时候更新。",
        base=base,
        api=_api_lines(source, api),
        page_size=PAGE_SIZE,
        files={kind: (path, said_size(len(content))) for kind, (path, content) in names.items()},
        general=[item for item in listed if not item[0].name.startswith("field-")],
        by_field=[item for item in listed if item[0].name.startswith("field-")],
        edition=source.edition,
        newest=source.newest,
        site=source.site,
        licence=(LICENCE, LICENCE_URL),
        example=source.cases[0].id if source.cases else "",
    )


def _api_lines(source: Publication, api: Mapping[str, bytes]) -> list[Listed]:
    """One line an answer of the interface, then the schemas and the description."""
    document = source.schemas.api.document
    base, lines = str(document["x-base"]), []
    for node in (node for node in document["$defs"].values() if "x-path" in node):
        path = base + node["x-path"]
        sizes = _sizes(api, [base + node[key] for key in ("x-path", "x-more") if key in node])
        url = "" if "{" in path else path
        lines.append(Listed(node["title"], node["description"], url, path, len(sizes), sum(sizes)))
    shown = f"{base}/schema/{{name}}.schema.json"
    sizes = _sizes(api, [shown])
    lines.append(Listed("格式", "全部记录和信封的 JSON Schema。", "", shown, len(sizes), sum(sizes)))
    path = f"{base}/openapi.json"
    about = "本接口的 OpenAPI 3.1 说明，由上面的格式生成。"
    return [*lines, Listed("接口说明", about, path, path, 1, len(api[path]))]


def _sizes(files: Mapping[str, bytes], templates: Iterable[str]) -> list[int]:
    """Bytes of the files whose paths fit one of the templates, `{name}` standing for any name."""
    either = "|".join(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)) for template in templates)
    wanted = re.compile(either)
    return [len(content) for path, content in files.items() if wanted.fullmatch(path)]


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
