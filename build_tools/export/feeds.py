"""Makes the Atom feeds (RFC 4287); which change goes into which feed is said in the case schema."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from xml.etree.ElementTree import Element, SubElement, tostring

from build_tools.export.changes import Change, feeds_of, fields_of
from build_tools.export.docx_parts import clean
from build_tools.export.publication import LICENCE, LICENCE_URL, TITLE, Publication
from build_tools.memory import digest_of
from build_tools.model import Case, Term, Vocabulary
from build_tools.output import Output

FOLDER = "feeds"
ENTRIES = 100  # at most so many in a feed, so that none grows without bound
# Feeds by the name that `x-feeds` uses: title and what they tell.
FEEDS: Mapping[str, tuple[str, str]] = {
    "new": ("新入库的案例", "首次入库的案例。"),
    "changed": ("变更和回头看", "入库以后的补充、更正、状态变化和回头看。"),
    "corrected": ("更正和状态变化", "改正了什么、哪些案例不再参照或者结论已变，凭什么改。"),
}
# Names stay the same wherever the site stands, so they are made from the library's own names, not its address.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, "rongcuo")
ZONE = "T00:00:00+08:00"  # days are days in China


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: its name (file name without suffix), title, what it tells, and its changes, newest first."""

    name: str
    title: str
    about: str
    changes: tuple[Change, ...]

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.name}.xml"


def feeds(source: Publication) -> tuple[Feed, ...]:
    """The general feeds, then one for each field; a field without cases has an empty one to wait in."""
    told: dict[str, list[Change]] = {}
    vocabulary = source.library.vocabulary.get("fields")
    broader = _Broader(vocabulary)
    into: dict[str, tuple[str, ...]] = {}  # type of change → feeds
    alike: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for change in source.changes:
        same = change.type, fields_of(change.case)
        alike[same] += 1
        if alike[same] > ENTRIES:  # all the feeds that it would go into are full
            continue
        if change.type not in into:
            into[change.type] = feeds_of(change, source.schemas)
        names = into[change.type]
        for name in (*names, *(broader.feeds(change.case) if names else ())):
            if len(held := told.setdefault(name, [])) < ENTRIES:
                held.append(change)
    terms: tuple[Term, ...] = vocabulary.terms if vocabulary else ()
    named = (
        *((name, title, about) for name, (title, about) in FEEDS.items()),
        *((f"field-{t.id}", f"领域：{t.label}", f"{t.label}领域的入库、变更和回头看。") for t in terms),
    )
    return tuple(Feed(name, title, about, tuple(told.get(name, ()))) for name, title, about in named)


class _Broader:
    """The feeds of the fields of a case, of their broader fields too."""

    def __init__(self, vocabulary: Vocabulary | None) -> None:
        self.vocabulary = vocabulary
        self.known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def feeds(self, case: Case) -> tuple[str, ...]:
        own = fields_of(case)
        if own not in self.known:
            above = (t.id for f in own for t in (self.vocabulary.ancestors(f) if self.vocabulary else ()))
            self.known[own] = tuple(f"field-{name}" for name in dict.fromkeys(chain(own, above)))
        return self.known[own]


def feed_files(source: Publication, made: Iterable[Feed]) -> Iterator[Output]:
    """The feeds as files."""
    for feed in made:
        day = "" if feed.changes else source.newest  # a feed without entries says that it is up to date
        entries = (f"{change.case.digest} {change.type} {change.number}" for change in feed.changes)
        key = source.words + digest_of(day, *entries)
        yield Output(feed.path, key, partial(_xml, feed, source))


def _xml(feed: Feed, source: Publication) -> bytes:
    site = source.site
    root = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "zh-CN"})
    _text(root, "id", _name("feed", feed.name))
    _text(root, "title", f"{TITLE} · {feed.title}")
    _text(root, "subtitle", feed.about)
    _text(root, "updated", (feed.changes[0].date if feed.changes else source.newest or "1980-01-01") + ZONE)
    SubElement(root, "link", rel="self", type="application/atom+xml", href=site.address(feed.path, "../"))
    SubElement(root, "link", rel="alternate", type="text/html", href=site.address("index.html", "../"))
    author = SubElement(root, "author")
    _text(author, "name", site.organisation)
    _text(root, "rights", f"{LICENCE} {LICENCE_URL}")
    for entry in _entries(feed, source):
        root.append(entry)
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _entries(feed: Feed, source: Publication) -> Iterator[Element]:
    for change in feed.changes:
        case, entry = change.case, Element("entry")
        _text(entry, "id", _name(case.id, change.type, str(change.number)))
        _text(entry, "title", f"{change.label}：{case.title}（{case.id}）")
        _text(entry, "updated", change.date + ZONE)
        href = source.site.address(f"cases/{case.id}.html", "../")
        SubElement(entry, "link", rel="alternate", type="text/html", href=href)
        data = source.site.address(f"{source.schemas.api.document['x-base']}/cases/{case.id}.json", "../")
        SubElement(entry, "link", rel="related", type="application/json", href=data)
        for kind, value in (("kind", case.kind), ("status", case.status)):
            label = source.schemas.case.choice((kind,), value).label
            SubElement(entry, "category", term=value, label=label)
        _text(entry, "summary", _summary(change, case))
        yield entry


def _summary(change: Change, case: Case) -> str:
    """What changed, then what the case is about; on entry there is nothing but the case to tell."""
    about = str(case.data.get("summary") or "")
    said = f"{change.what}（{change.by}{f'；{change.basis}' if change.basis else ''}）"
    return "\n".join(filter(None, (said, about)))


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = clean(text)


def _name(*parts: str) -> str:
    """A permanent name (RFC 4122, version 5) that needs no address."""
    return uuid.uuid5(NAMESPACE, "/".join(parts)).urn
