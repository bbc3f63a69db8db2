"""Makes the pages that belong to no single record: home, search, statistics and the manual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial

import markdown
from markupsafe import Markup

from build_tools.check.manual import ManualPage
from build_tools.relate import Count
from build_tools.relate.coverage import cover
from build_tools.site.case_pages import listed
from build_tools.site.charts import LIMIT
from build_tools.site.contents import COUNTED, Contents
from build_tools.site.frame import Page
from build_tools.site.narrowed import reads

MANUAL_FRAME = "manual/manual-frame.html"

EXAMPLES = ("没等批复就先开工了", "停车", "漏接电话被处分", "集体研究过能免责吗", "专项资金挪去修路")

DOORS = (
    {
        "title": "我要办一件容错的事",
        "text": "纪检监察干部：找类案和反面案例，看相似在哪里、不同在哪里。",
        "links": (
            ("search.html#mode=facts", "粘贴案情找类案"),
            ("browse/kind-contrast.html", "先看追责对照"),
            ("guide/six-elements.html", "怎么认定"),
            ("toolkits/index.html", "表单和核对单"),
            ("rules/limits.html", "期限总表"),
        ),
    },
    {
        "title": "我想知道能不能这么干",
        "text": "社区和基层干部：先看别人怎么做、出了差错怎么办。",
        "links": (
            ("practice/selfcheck.html", "动手之前，自查一遍"),
            ("guide/first-24-hours.html", "出了差错，24 小时内先做什么"),
            ("guide/prefiling.html", "拿不准，事前怎么报备"),
            ("negative.html", "负面清单：碰不得的线"),
            ("guide/clarify.html", "被举报了怎么澄清"),
        ),
    },
    {
        "title": "我来回头看",
        "text": "回头看审查人：看处理得匀不匀、依据还在不在、该纠正的纠正了没有。",
        "links": (
            ("lookback/index.html", "哪些到期了"),
            ("lookback/uneven.html", "同类不同处理"),
            ("lookback/corrections.html", "误判纠正公示"),
            ("practice/verify.html", "核验一条引用"),
            ("guide/lookback.html", "回头看看什么"),
        ),
    },
    {
        "title": "我来编案例",
        "text": "案例编辑：不会写代码也能把一份决定变成一条合格的案例。",
        "links": (
            ("manual/fill.html", "网页填报一个案例"),
            ("manual/index.html", "四步编写手册"),
            ("manual/fields.html", "每一栏写什么"),
            ("terms/index.html", "能用哪些词"),
            ("manual/codes.html", "检查报错怎么改"),
        ),
    },
)


def desk_pages(contents: Contents, manual: Sequence[ManualPage]) -> Iterator[Page]:
    """Home, search, statistics and the manual."""
    schema = contents.schemas.case
    yield from contents.group_of("home", listed(schema), _home)
    yield contents.page("search.html.j2", "search.html", "检索")
    yield from contents.group_of("statistics", reads(schema, *COUNTED, coded=True), _statistics)
    covered = reads(schema, "status", "sources", coded=True, filled=True)
    yield from contents.group_of("coverage", covered, _coverage)
    yield from contents.pages_of(("manual", manual), partial(_manual_pages, contents, manual))


def _home(contents: Contents) -> Iterator[Page]:
    yield contents.page(
        "home.html.j2",
        "index.html",
        "容错案例库",
        stats=contents.statistics,
        doors=DOORS,
        examples=EXAMPLES,
        latest=contents.followable[:6],
    )


def _statistics(contents: Contents) -> Iterator[Page]:
    yield contents.page(
        "stats.html.j2",
        "stats.html",
        "统计",
        stats=contents.statistics,
        plots=_plots(contents),
        kinds=contents.schemas.case.choices(("kind",)),
    )


def _plots(contents: Contents) -> list[dict[str, object]]:
    """The plots of the statistics page, each with the counts its table shows."""
    stats, kinds = contents.statistics, contents.schemas.case.choices(("kind",))

    def plot(key: str, title: str, column: str, counts: Sequence[Count]) -> dict[str, object]:
        shown = [c for c in counts if c.total]
        rest = f"，图中为前 {LIMIT} 项，数据表列全部 {len(shown)} 项" if len(shown) > LIMIT else ""
        caption = f"{title}（件，按类型分色{rest}）"
        return {
            "id": key,
            "title": title,
            "column": column,
            "counts": shown,
            "caption": caption,
            "svg": contents.plot(shown, kinds, f"{title}条形图，数据见下表"),
        }

    outcomes = [c for c in stats.terms.get("outcome", ()) if c.value.startswith("oc-")]
    own = [Count(c.value, c.label, c.total, {c.value: c.total}) for c in stats.kinds]
    return [
        plot("kind", "各类型件数", "类型", own),
        plot("year", "各年份件数", "年份", tuple(reversed(stats.years))),
        plot("field", "各领域件数", "领域", stats.terms.get("fields", ())),
        plot("outcome", "处理结果", "结果", outcomes),
        plot("error", "错误要素", "要素", stats.terms.get("error_factors", ())),
        plot("cause", "错误成因", "成因", stats.terms.get("causes", ())),
        plot("province", "各地件数", "地区", stats.provinces),
        plot("level", "对象层级", "层级", stats.levels),
        plot("confidence", "可信度", "可信度", stats.confidence),
    ]


def _manual_pages(contents: Contents, manual: Sequence[ManualPage]) -> Iterator[Page]:
    titles = {v.name: v.title for v in contents.library.vocabularies}
    yield contents.page("manual.html.j2", "manual/index.html", "案例编写手册", codes=len(manual))
    yield contents.page(
        "fields.html.j2",
        "manual/fields.html",
        "字段说明",
        frame=MANUAL_FRAME,
        schema=contents.schemas.case,
        vocabulary_titles=titles,
    )
    families: dict[str, list[ManualPage]] = {}
    for entry in manual:
        families.setdefault(entry.family, []).append(entry)
    yield contents.page(
        "codes.html.j2",
        "manual/codes.html",
        "检查代码",
        frame=MANUAL_FRAME,
        pages=manual,
        families=list(families.items()),
    )
    for entry in manual:
        body = _manual_html(entry.body)
        yield contents.page(
            "code.html.j2",
            f"manual/{entry.code}.html",
            f"{entry.code} {entry.title}",
            frame=MANUAL_FRAME,
            page=entry,
            body=body,
        )


@cache
def _manual_html(text: str) -> Markup:
    # The manual is our own text, shipped with the program; its code samples are escaped by Markdown.
    return Markup(markdown.markdown(text, extensions=["fenced_code", "tables"]))


def _coverage(contents: Contents) -> Iterator[Page]:
    """The coverage report as a page."""
    found = cover(contents.library, contents.schemas, contents.followable)
    yield contents.page(
        "coverage.html.j2",
        "manual/coverage.html",
        "覆盖情况",
        frame=MANUAL_FRAME,
        cover=found,
        fields=[Count(f.name, f.title, f.filled, {}) for f in found.fields],
        sources=[Count(str(n), f"{n} 个来源", cases, {}) for n, cases in found.sources.items()],
        vocabularies=contents.library.vocabulary,
    )
