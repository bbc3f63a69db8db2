"""Makes the pages of cases and the lists they are browsed by; knows nothing of rules or terms beyond links."""

from __future__ import annotations

import hashlib
import marshal
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from build_tools.history import Version
from build_tools.load.schema import Node, Schema
from build_tools.model import Case
from build_tools.relate import Count, Likeness
from build_tools.relate.links import Beside
from build_tools.relate.statistics import province_of
from build_tools.site.cards import SHOWN, alike_card, alike_digest, card, card_digest, recall_cards
from build_tools.site.contents import COUNTED, Contents
from build_tools.site.data_pages import case_facts
from build_tools.site.frame import Page
from build_tools.site.history_pages import Past
from build_tools.site.narrowed import Reads, reads

TEMPLATE = "case.html.j2"
CASE_FRAME = "cases/case-frame.html"
LIST_FRAME = "browse/list-frame.html"
PAGE_SIZE = 100
# Sections with a heading of their own; the head and the one-sentence summary open the page instead.
OPENING_SECTIONS = frozenset({"head", "summary"})
OWN_SECTION = "internal"  # there only where the edition holds it and the case has it


def case_pages(contents: Contents, past: Past) -> Iterator[Page]:
    """One page a case, in the order and under the headings of the schema; `past` tells what happened to it."""
    recall_cards(contents.cases, contents.schemas.case, contents.memory)
    maker, keys = _Maker(contents, past), _Keys(contents, past)
    for case in contents.cases:
        title = f"{case.title}（{case.id}）"
        summary = partial(_summary, case)
        yield Page(maker.path(case), title, partial(maker.body, case), keys.of(case), summary, CASE_FRAME)


def _summary(case: Case) -> str:
    return str(case.data.get("summary") or case.title)


@dataclass(frozen=True)
class _Maker:
    """Makes the bodies of the pages."""

    contents: Contents
    past: Past

    @cached_property
    def sections(self) -> Sequence[Node]:
        return [
            s for s in self.contents.schemas.case.document["x-sections"] if s["id"] not in OPENING_SECTIONS
        ]

    def path(self, case: Case) -> str:
        return f"cases/{case.id}.html"

    def body(self, case: Case) -> str:
        """The page's HTML; of other cases it gets no more than their cards, as `_Keys` says."""
        contents, relations = self.contents, self.contents.relations
        return contents.rendered(
            TEMPLATE,
            self.path(case),
            {
                "case": case,
                "sections": [
                    s for s in self.sections if s["id"] != OWN_SECTION or case.data.get(OWN_SECTION)
                ],
                "links": [replace(link, case=card(link.case)) for link in relations.links.get(case.id, ())],
                "similar": self._similar(case),
                "same_rule": [(reference, card(other)) for reference, other in relations.same_rule(case)],
                "past": self.past,
                **case_facts(case, contents),
            },
        )

    def _similar(self, case: Case) -> Mapping[str, Sequence[Likeness]]:
        """Cases alike, of whom no more than the cards is shown, by how they are alike."""
        schema, found = self.contents.schemas.case, defaultdict[str, list[Likeness]](list)
        for other in self.contents.relations.similar.get(case.id, ()):
            found[other.type].append(replace(other, case=alike_card(other.case, schema)))
        return dict(found)


class _Keys:
    """The keys of the pages: from round to round by the objects they depend on, else by digests of these."""

    def __init__(self, contents: Contents, past: Past) -> None:
        self.relations, self.past = contents.relations, past
        schema, shown = contents.schemas.case, contents.library.case_by_id
        self.words = contents.memory.digests.of(contents.words, TEMPLATE, past.history.notice)
        # What pages show of other cases, by id.
        self.cards = {name: (card_digest(case), alike_digest(case, schema)) for name, case in shown.items()}
        stage = contents.memory.stage("case pages")
        last: _Round = stage.peek(self.words) or ({}, {})
        self.last, before = last
        self.moved = {name for name, cards in self.cards.items() if before.get(name) != cards}
        self.now: dict[Case, _Entry] = {}
        self.most = contents.memory.most
        stage.put(self.words, (self.now, self.cards))

    def of(self, case: Case) -> str:
        """The key of a case's page."""
        beside, versions = self.relations.beside(case), self.past.history.versions.get(case.id, ())
        entry = self.last.get(case)
        if not (entry and entry[0] == beside and entry[1] is versions and self._as_shown(beside)):
            entry = beside, versions, self._digest(case, beside)
        if len(self.now) < self.most:
            self.now[case] = entry
        return entry[2]

    def _as_shown(self, beside: Beside) -> bool:
        """Whether the other cases read as they did in the round before."""
        return not self.moved or self.moved.isdisjoint(beside.names())

    def _digest(self, case: Case, beside: Beside) -> str:
        """Labels are among the words, and what cases share follows from their codes."""
        cards = self.cards
        said = (
            self.words,
            case.digest,
            self.past.digest(case),
            tuple([(kind, note, cards[name][0]) for kind, note, name in beside.links]),
            tuple([(cards[name][1], score, kind) for name, score, kind in beside.similar]),
            tuple([(reference, cards[name][0]) for reference, name in beside.same_rule]),
        )
        return hashlib.blake2b(marshal.dumps(said, 2), digest_size=20).hexdigest()


# What a page says of others, the versions of its case, and its key.
_Entry = tuple[Beside, tuple[Version, ...], str]
_Round = tuple[Mapping[Case, _Entry], Mapping[str, tuple[str, str]]]


def browse_pages(contents: Contents) -> Iterator[Page]:
    """The hub for browsing and the lists by kind, region, year and of everything."""
    yield from contents.group_of("browse", listed(contents.schemas.case), _browse_pages)


def listed(schema: Schema) -> Reads:
    """What lists of cases and the numbers beside them read."""
    return reads(schema, *SHOWN, *COUNTED, coded=True)


def _browse_pages(contents: Contents) -> Iterator[Page]:
    stats, live = contents.statistics, contents.followable
    yield contents.page(
        "browse.html.j2",
        "browse/index.html",
        "案例浏览",
        total=stats.total,
        kinds=stats.kinds,
        groups=_groups(contents),
    )
    yield from _paged(contents, "browse/all", "全部案例", "全部", live)
    by_kind, by_province, by_year = _sorted(live, contents.schemas.case)
    for kind in contents.schemas.case.choices(("kind",)):
        cases = by_kind[kind.value]
        yield from _paged(
            contents, f"browse/kind-{kind.value}", kind.label, "按类型", cases, lead=kind.definition
        )
    for count in stats.provinces:
        cases = by_province[count.value]
        yield from _paged(
            contents, region_path(contents, count.value), count.label, "按地区", cases, split=count
        )
    for count in stats.years:
        cases = by_year[count.value]
        yield from _paged(
            contents, f"browse/year-{count.value}", f"{count.value}年", "按年份", cases, split=count
        )


def _sorted(cases: Sequence[Case], schema: Schema) -> tuple[Mapping[str, list[Case]], ...]:
    """The cases by kind, by province and by year, in the order given."""
    by_kind, by_province, by_year = (defaultdict[str, list[Case]](list) for _ in range(3))
    for case in cases:
        by_kind[case.kind].append(case)
        by_province[province_of(case, schema)].append(case)
        by_year[case.year].append(case)
    return by_kind, by_province, by_year


def region_path(contents: Contents, province: str) -> str:
    """Address of a province's list without suffix: its place in the schema's list, which is only ever added to."""
    names = [c.value for c in contents.schemas.case.choices(("region", "province"))]
    return f"browse/region-{names.index(province) + 1:02d}" if province in names else "browse/region-00"


def _groups(contents: Contents) -> list[dict[str, Any]]:
    """The other angles of browsing: facets coded by vocabulary lead to term pages, the rest to lists."""
    stats = contents.statistics
    groups: list[dict[str, Any]] = []
    for field, counts in (
        (f, stats.terms.get(f, ())) for f in ("fields", "outcome", "error_factors", "causes")
    ):
        title = contents.schemas.case.title((field,))
        items = [
            {"label": c.label, "total": c.total, "url": f"terms/{c.value}.html"}
            for c in counts
            if _own(field, c)
        ]
        groups.append({"id": field, "title": title, "items": items})
    regions = [
        {"label": c.label, "total": c.total, "url": f"{region_path(contents, c.value)}.html"}
        for c in stats.provinces
    ]
    years = [
        {"label": c.label, "total": c.total, "url": f"browse/year-{c.value}.html"}
        for c in reversed(stats.years)
    ]
    return [
        *groups,
        {"id": "region", "title": "地区", "items": regions},
        {"id": "year", "title": "年份", "items": years},
    ]


def _own(field: str, count: Count) -> bool:
    """Within `outcome` also bodies are coded; this angle lists results only."""
    return field != "outcome" or count.value.startswith("oc-")


def page_paths(base: str, total: int, size: int = 0) -> list[str]:
    """File names of a list's pages: `base.html`, `base-2.html`, … as many as `total` items need."""
    count = max(1, -(-total // (size or PAGE_SIZE)))
    return [f"{base}.html" if n == 1 else f"{base}-{n}.html" for n in range(1, count + 1)]


def _paged(
    contents: Contents,
    base: str,
    heading: str,
    group: str,
    cases: Sequence[Case],
    *,
    lead: str = "",
    split: Count | None = None,
) -> Iterator[Page]:
    paths = page_paths(base, len(cases))
    names = [p.rsplit("/", 1)[-1] for p in paths]
    for number, path in enumerate(paths, 1):
        start = (number - 1) * PAGE_SIZE
        yield contents.page(
            "list.html.j2",
            path,
            heading if number == 1 else f"{heading}（第 {number} 页）",
            frame=path if path == "browse/all.html" else LIST_FRAME,
            heading=heading,
            group=group,
            lead=lead,
            total=len(cases),
            cases=[card(case) for case in cases[start : start + PAGE_SIZE]],
            start=start + 1,
            pages=names,
            number=number,
            split=_kind_counts(contents, split.by_kind) if split and number == 1 else (),
        )


def _kind_counts(contents: Contents, by_kind: Mapping[str, int]) -> tuple[Count, ...]:
    kinds = contents.schemas.case.choices(("kind",))
    return tuple(Count(k.value, k.label, by_kind.get(k.value, 0), {}) for k in kinds)
