"""Groups of pages read of cases what they say they read, and are made anew when that changes and only then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from build_tools.load import for_edition, load_library, load_schemas
from build_tools.load.edition import content_digest
from build_tools.memory import Memory
from build_tools.memory.weak import once_per_record
from build_tools.model import Case, Library
from build_tools.output import Output
from build_tools.relate.coding import coded_items
from build_tools.site import (
    case_pages,
    desk_pages,
    entry_pages,
    lookback_pages,
    practice_pages,
    toolkit_pages,
    word_pages,
)
from build_tools.site.contents import Contents, gather
from build_tools.site.frame import Page
from build_tools.site.narrowed import Undeclared, coded_fields, reads

from .conftest import ROOT, TODAY, small_library

SCHEMAS = load_schemas(ROOT / "schema")
EDITED = "RC-2026-0001"
# Other values of fields that the library's cases leave out or have alike.
NEW = {
    "status": "superseded",
    "kind": "contrast",
    "entered": "2026-10-09",
    "disclosure": "internal",
    "relations": (MappingProxyType({"type": "similar", "target": "RC-2026-0007", "note": "情形相同"}),),
    "reviews": (
        MappingProxyType(
            {"date": "2026-10-01", "reviewer": "复查组", "trigger": "lt-schedule", "findings": ("lf-uphold",)}
        ),
    ),
    "status_record": MappingProxyType({"date": "2026-10-01", "reason": "证据不足", "authority": "某市纪委"}),
    "remedies": (MappingProxyType({"term": "re-train", "note": "另外写的一句话。", "origin": "source"}),),
    "aftermath": "另外写的一句话。",
}
# What makes each group, by the name under which its module knows it.
MAKERS = {
    case_pages: ("_browse_pages",),
    word_pages: ("_term_pages", "_rule_pages"),
    desk_pages: ("_home", "_statistics", "_coverage", "_manual_pages"),
    toolkit_pages: ("_negative_page", "_form_pages", "_form_files"),
    lookback_pages: ("_desk", "_corrections", "_uneven", "_law", "_samples", "_calendars"),
    practice_pages: ("_practice_pages", "selfcheck_files", "drill_files"),
    entry_pages: ("examples_of",),
}
GROUPS: tuple[Callable[[Contents], Iterator[Page | Output]], ...] = (
    case_pages.browse_pages,
    partial(desk_pages.desk_pages, manual=()),
    toolkit_pages.toolkit_pages,
    toolkit_pages.toolkit_files,
    lookback_pages.lookback_pages,
    lookback_pages.lookback_files,
    practice_pages.practice_pages,
    practice_pages.practice_files,
)
SLOW = (word_pages.term_pages, word_pages.rule_pages, entry_pages.entry_files)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = small_library(tmp_path_factory.mktemp("narrowed") / "library")
    return for_edition(load_library(root).library, SCHEMAS)


def edited(library: Library, name: str, value: object) -> Library:
    """The library with another value in a field of one case, or without the field."""
    old = library.case_by_id[EDITED]
    content = (
        {**old.data, name: value} if value is not None else {k: old.data[k] for k in old.data if k != name}
    )
    data = MappingProxyType(content)
    case = Case(old.path, data, {}, {}, "", content_digest(data))
    return replace(library, cases=tuple(case if c.id == EDITED else c for c in library.cases))


def contents_of(library: Library, memory: Memory) -> Contents:
    return gather(library, SCHEMAS, TODAY, memory)


def made_of(contents: Contents, groups: Any = GROUPS) -> dict[str, Page | Output]:
    return {made.path: made for group in groups for made in group(contents)}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each group was made."""
    numbers: Counter[str] = Counter()

    def counting(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
        def count(*given: Any, **named: Any) -> Any:
            numbers[name] += 1
            return make(*given, **named)

        return count

    for module, names in MAKERS.items():
        for name in names:
            monkeypatch.setattr(module, name, counting(name, getattr(module, name)))
    return numbers


def test_prose_leaves_alone_what_does_not_show_it(library: Library, counted: Counter[str]) -> None:
    memory = Memory()
    every = (*GROUPS, *SLOW)
    first = {path: made.key for path, made in made_of(contents_of(library, memory), every).items()}
    assert set(counted) == {name for names in MAKERS.values() for name in names}
    counted.clear()
    memory.save()
    after = contents_of(edited(library, "aftermath", "另外写的一句话。"), memory)
    assert {path: made.key for path, made in made_of(after, every).items()} == first
    assert not counted


def test_what_is_read_makes_the_group_anew(library: Library, counted: Counter[str]) -> None:
    memory = Memory()
    made_of(contents_of(library, memory))
    counted.clear()
    made_of(contents_of(edited(library, "summary", "换了一句话。"), memory))
    assert set(counted) == {"_browse_pages", "_home"}
    counted.clear()
    made_of(contents_of(edited(library, "sources", ()), memory))
    assert "_coverage" in counted and "_statistics" not in counted
    counted.clear()
    made_of(contents_of(edited(library, "background", "换了一段经过。"), memory))
    assert set(counted) == {"drill_files"}


@pytest.fixture(scope="module")
def lasting(library: Library) -> Memory:
    """A memory that knows the library."""
    memory = Memory()
    made_of(contents_of(library, memory))
    memory.save()
    return memory


@pytest.mark.parametrize("name", [n for n in SCHEMAS.case.properties if n not in ("id", "internal")])
def test_nothing_old_is_shown(library: Library, lasting: Memory, name: str) -> None:
    """Whatever field changes: everything has the key that it has when it is made from nothing."""
    other = next(c for c in library.cases if c.id != EDITED)
    said = NEW.get(name) or other.data.get(name)
    changed = edited(library, name, None if said == library.case_by_id[EDITED].data.get(name) else said)
    after = made_of(contents_of(changed, lasting))
    fresh = made_of(contents_of(changed, Memory()))
    lasting.save()
    assert changed.case_by_id[EDITED].digest != library.case_by_id[EDITED].digest
    assert {path: made.key for path, made in after.items()} == {p: made.key for p, made in fresh.items()}


def test_a_field_that_is_not_declared_cannot_be_read(library: Library) -> None:
    contents = contents_of(library, Memory()).narrowed(reads(SCHEMAS.case, "title", "status"))
    case = contents.library.case_by_id[EDITED]
    assert case.title and case.id == EDITED and case.data["title"] == case.get("title") and not case.tombstone
    asked: tuple[Callable[[Case], object], ...] = (
        lambda c: c.kind,
        lambda c: c.data.get("summary"),
        lambda c: c.data["summary"],
        lambda c: "summary" in c.data,
        lambda c: list(c.data),
        lambda c: dict(c.data),
        lambda c: c.data.items(),
        lambda c: len(c.data),
        lambda c: c.get("outcome", "terms"),
        lambda c: coded_items(c, SCHEMAS.case),
        lambda c: contents.env.from_string("{{ case.data.summary }}").render(case=c),
        lambda c: contents.env.from_string("{% if case.data.no_such %}{% endif %}").render(case=c),
    )
    for ask in asked:
        with pytest.raises(Undeclared):
            ask(case)
    for ask_all in (lambda: contents.statistics, lambda: contents.relations):
        with pytest.raises(Undeclared):
            ask_all()
    with pytest.raises(ValueError, match="sumary"):
        reads(SCHEMAS.case, "sumary")


def test_codes_and_what_is_filled_can_be_walked(library: Library) -> None:
    whole = contents_of(library, Memory())
    coded = whole.narrowed(reads(SCHEMAS.case, coded=True))
    assert coded_fields(SCHEMAS.case) > {"error_factors", "outcome", "relations"}
    for case in library.cases:
        assert coded_items(coded.library.case_by_id[case.id], SCHEMAS.case) == coded_items(case, SCHEMAS.case)
    filled = whole.narrowed(reads(SCHEMAS.case, filled=True)).library.case_by_id[EDITED]
    assert dict(filled.data.items()).keys() == library.case_by_id[EDITED].data.keys()
    with pytest.raises(Undeclared):
        filled.data["summary"]


def test_what_reads_as_before_is_the_same_object_and_holds_no_old_content(library: Library) -> None:
    memory, how = Memory(), reads(SCHEMAS.case, "title", "outcome")
    worked: list[str] = []

    @once_per_record
    def work(case: Case) -> str:
        worked.append(case.id)
        return case.title

    before = contents_of(library, memory).narrowed(how)
    list(map(work, before.cases))
    later = edited(library, "aftermath", "另外写的一句话。")
    after = contents_of(later, memory).narrowed(how)
    list(map(work, after.cases))
    assert all(map(lambda one, two: one is two, before.cases, after.cases))
    assert len(worked) == len(library.cases)
    new, narrow = later.case_by_id[EDITED], after.library.case_by_id[EDITED]
    assert narrow.data["outcome"] is new.data["outcome"]
    assert narrow.data._of is new
    renamed = contents_of(edited(library, "title", "改了题目"), memory).narrowed(how)
    assert [c.id for c in renamed.cases if c.title == "改了题目"] == [EDITED]
    assert sum(c not in after.cases for c in renamed.cases) == 1


def test_no_content_is_read_for_what_did_not_change(library: Library, tmp_path: Path) -> None:
    """In another process the cases come without their content."""
    memory = Memory(tmp_path)
    every = (*GROUPS, *SLOW)
    first = list(made_of(contents_of(library, memory), every))
    memory.save()

    def unread(case: Case) -> Case:
        def read(_: object) -> Mapping[str, Any]:
            raise AssertionError(case.id)

        early = {name: case.data[name] for name in ("id", "title", "kind", "status", "disclosure", "date")}
        return Case.later(case.path, case.digest, early, read)

    later = replace(library, cases=tuple(map(unread, library.cases)))
    assert list(made_of(contents_of(later, Memory(tmp_path)), every)) == first


def test_the_order_of_cases_is_part_of_what_is_read(library: Library) -> None:
    how = reads(SCHEMAS.case, "title")
    seen = {
        contents_of(replace(library, cases=cases), Memory()).table.digest(how.fields, how.filled)
        for cases in (library.cases, library.cases[::-1], library.cases[1:], ())
    }
    assert len(seen) == 4
