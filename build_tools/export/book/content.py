"""The whole book from an edition and the chosen cases: front matter, chapters, appendices, indexes; no layout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from build_tools.export.book.blocks import Runs, clean, run
from build_tools.export.book.entry import Entry, entry
from build_tools.export.book.rules_cited import RuleGroup, rules_cited
from build_tools.export.book.source import ADVERSE_MARKS, Source
from build_tools.export.publication import LICENCE, LICENCE_URL, TITLE, Publication, publication
from build_tools.load import INTERNAL, Schemas
from build_tools.model import Case, Library
from build_tools.relate import relate
from build_tools.search.shapes import facets_of, read_record, shape_of
from build_tools.site.templating import spoken_date

BOOK_TITLE = "容错案例汇编"
EDITIONS = {"public": "公开版", "internal": "内部版"}
WARNING = "内部版　不得公开传播"
_NUMERALS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Chapter:
    """The cases of one main field."""

    key: str
    title: str
    about: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class IndexWord:
    """A word of the index: the cases coded with it, as (key in the book, id, ▲ or △ or nothing)."""

    label: str
    places: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class IndexGroup:
    """The words of one facet, in the order of their list."""

    title: str
    words: tuple[IndexWord, ...]


@dataclass(frozen=True, slots=True)
class KindGroup:
    """All cases of one kind; `mark` is ▲ or △ where the kind is adverse."""

    key: str
    label: str
    about: str
    mark: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that stands in the book, in reading order; labelled values as (label, runs)."""

    title: str
    edition: str
    warning: str  # stands on every page; empty in the public edition
    choice: str  # what was chosen, in words; empty where everything was
    organisation: str
    cover: tuple[tuple[str, Runs], ...]
    notes: tuple[tuple[str, Runs], ...]
    chapters: tuple[Chapter, ...]
    gone: tuple[tuple[str, Runs], ...]
    rules: tuple[RuleGroup, ...]
    kinds: tuple[KindGroup, ...]
    index: tuple[IndexGroup, ...]
    colophon: tuple[tuple[str, Runs], ...]
    moment: datetime
    digest: str

    @property
    def cases(self) -> int:
        """Number of cases with content."""
        return sum(len(chapter.entries) for chapter in self.chapters)


def make_book(library: Library, schemas: Schemas, cases: Sequence[Case], choice: str = "") -> Book:
    """The book of `cases`, which belong to one edition's `library`; `choice` says in words how they were chosen.

    Chapters follow the main field in the order of its list; in one, the newest case comes first.
    """
    ordered = _ordered(cases, library)
    keys = {case.id: f"case-{number}" for number, case in enumerate(ordered, 1)}
    relations = relate(library, schemas, [*ordered, *(c for c in cases if c.tombstone)])
    published = publication(library, schemas, library.cases, relations)
    source = Source(library, schemas, relations, keys)
    entries = {case.id: entry(case, source) for case in ordered}
    edition = published.edition
    return Book(
        title=BOOK_TITLE,
        edition=EDITIONS[edition.name],
        warning=WARNING if edition.name == INTERNAL else "",
        choice=clean(choice),
        organisation=clean(published.site.organisation),
        cover=_cover(published, len(ordered)),
        notes=_notes(schemas),
        chapters=_chapters(ordered, entries, library),
        gone=_gone(cases, source),
        rules=rules_cited(source),
        kinds=_kinds(ordered, entries, schemas),
        index=_index(ordered, entries, source),
        colophon=_colophon(published, len(ordered), choice),
        moment=published.moment,
        digest=edition.digest,
    )


def _main_field(case: Case) -> str:
    return str((case.data.get("fields") or ("",))[0])


def _ordered(cases: Sequence[Case], library: Library) -> list[Case]:
    """Cases with content by main field in the order of its list, then newest first, then by id."""
    place = {term.id: n for n, term in enumerate(library.vocabulary["fields"].terms)}
    live = sorted((c for c in cases if not c.tombstone), key=lambda c: c.id)
    live.sort(key=lambda c: str(c.get("date", "value") or ""), reverse=True)
    return sorted(live, key=lambda c: (place.get(_main_field(c), len(place)), _main_field(c)))


def _chapters(ordered: Sequence[Case], entries: dict[str, Entry], library: Library) -> tuple[Chapter, ...]:
    groups: dict[str, list[Entry]] = defaultdict(list)
    for case in ordered:
        groups[_main_field(case)].append(entries[case.id])
    out = []
    for number, (field, found) in enumerate(groups.items(), 1):
        term = library.term_by_id.get(field)
        title = f"第{numeral(number)}章　{term.label if term else field or '领域未载'}"
        about = term.definition if term else ""
        out.append(Chapter(f"chapter-{number}", clean(title), clean(about), tuple(found)))
    return tuple(out)


def numeral(number: int) -> str:
    """A number from 1 to 99 in Chinese: 1 一, 12 十二, 30 三十; beyond that in digits."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _NUMERALS[tens] + "十"
    return head + (_NUMERALS[ones] if ones else "")


def _cover(published: Publication, chosen: int) -> tuple[tuple[str, Runs], ...]:
    return (
        ("版本", (run(f"{EDITIONS[published.edition.name]}，{TITLE} {published.edition.version}"),)),
        ("数据截至", (run(_newest(published)),)),
        ("收录", (run(f"{chosen} 件"),)),
    )


def _notes(schemas: Schemas) -> tuple[tuple[str, Runs], ...]:
    """How to read the book: kinds, statuses and marks in the schema's own words."""
    kinds = [
        (_marked(k.label, ADVERSE_MARKS.get(k.fact("adverse"), "")), f"{k.definition}{k.fact('follow')}")
        for k in schemas.case.choices(("kind",))
    ]
    statuses = [(s.label, s.definition) for s in schemas.case.choices(("status",)) if s.value != "draft"]
    origin = schemas.case.choice(("error_factors", 0, "origin"), "editor")
    absent = str(schemas.case.document["x-absent-text"])
    rows = [
        ("编排", "按主领域分章，章内按日期从新到旧。书末有引用规则、类型索引和词语索引。"),
        (
            "反面案例",
            "▲ 表示被追究责任，△ 表示原处理不当后来纠正；页边色签、目录和索引里都有。遇到同样要素，先看这些。",
        ),
        *kinds,
        *statuses,
        (origin.label, origin.definition),
        (absent, "公开来源没有写。没有写不等于没有。"),
        ("未核实", "没有见到规则文本，只作线索，不得作为依据引用。"),
        ("参照", "每件案例只供比对。是否参照，须逐项核对条件，说明理由；不等于同样处理。"),
    ]
    return tuple((clean(label), (run(said),)) for label, said in rows)


def _marked(label: str, mark: str) -> str:
    return f"{mark} {label}" if mark else label


def _gone(cases: Sequence[Case], source: Source) -> tuple[tuple[str, Runs], ...]:
    """Withdrawn and merged cases: id, status and reason are all that is left of them."""
    rows = []
    for case in sorted((c for c in cases if c.tombstone), key=lambda c: c.id):
        status = source.schemas.case.choice(("status",), case.status).label
        record = case.get("status_record") or {}
        after = f"；见 {record['successor']}" if record.get("successor") else ""
        day = spoken_date(record.get("date") or "")
        rows.append((clean(case.id), (run(f"{status}，{day}：{record.get('reason', '')}{after}"),)))
    return tuple(rows)


def _kinds(ordered: Sequence[Case], entries: dict[str, Entry], schemas: Schemas) -> tuple[KindGroup, ...]:
    """Cases by kind; adverse kinds come first, because a warning is what is overlooked."""
    out = []
    for number, kind in enumerate(schemas.case.choices(("kind",)), 1):
        found = tuple(entries[c.id] for c in ordered if c.kind == kind.value)
        mark = ADVERSE_MARKS.get(kind.fact("adverse"), "")
        if found:
            out.append(KindGroup(f"kind-{number}", clean(kind.label), clean(kind.definition), mark, found))
    weights = list(ADVERSE_MARKS.values())
    return tuple(sorted(out, key=lambda g: weights.index(g.mark) if g.mark else len(weights)))


def _index(ordered: Sequence[Case], entries: dict[str, Entry], source: Source) -> tuple[IndexGroup, ...]:
    """The coded words of every facet with the cases of which they hold (not those of which they are denied)."""
    shape = shape_of(source.schemas.case)
    places: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for case in ordered:
        one = entries[case.id]
        for name, values in read_record(case.data, shape, source.library).facets.items():
            for value in values:
                places[name, value].append((one.key, one.id, one.mark))
    groups = []
    for facet in facets_of(source.schemas.case):
        terms = source.library.vocabulary[facet.vocabulary].terms if facet.vocabulary else ()
        found = ((t, tuple(places.get((facet.name, t.id), ()))) for t in terms)
        words = tuple(IndexWord(clean(term.label), cases) for term, cases in found if cases)
        if words:
            groups.append(IndexGroup(clean(facet.title), words))
    return tuple(groups)


def _colophon(published: Publication, chosen: int, choice: str) -> tuple[tuple[str, Runs], ...]:
    edition, site = published.edition, published.site
    reach = "；".join(filter(None, (site.text, site.phone, site.email))) or site.channel
    licence = (
        run(f"{LICENCE}，"),
        run(LICENCE_URL, url=LICENCE_URL),
        run(f"。转用请注明“{TITLE}”和案例编号；所列来源的权利归原作者。"),
    )
    internal = edition.name == INTERNAL
    said = (
        ("使用提示", f"{WARNING}。含内部案例和内部栏目，按本单位保密规定保管、销毁。" if internal else ""),
        ("书名", f"《{BOOK_TITLE}》（{EDITIONS[edition.name]}）"),
        ("编者", site.organisation),
        ("网址", site.site_url),
        ("收录", f"{chosen} 件" + (f"，从全库 {edition.cases} 件中选出：{choice}" if choice else "")),
        ("数据截至", _newest(published)),
        ("库版本", edition.version),
        ("库摘要", edition.digest),
        ("核对", "库摘要是全库案例的 SHA-256，同一份案例库摘要相同；每件案例的版次和摘要写在“版本与回头看”。"),
        ("许可", "" if internal else licence),
        ("异议", f"发现错误、侵害权益或者有了新结论，请通过{reach}提出，写明案例编号、版次、哪一句、应当是什么、依据。"),
        ("更正", "核对属实就改，改动写进该案例的变更记录，版次加一；以最新版为准。"),
        ("性质", "案情和处理结果取自公开来源，由编者转述和编码；本书不是规范性文件，不代替有权机关的认定。"),
    )  # fmt: skip
    return tuple((label, (run(text),) if isinstance(text, str) else text) for label, text in said if text)


def _newest(published: Publication) -> str:
    return spoken_date(published.newest) if published.newest else "未载"
