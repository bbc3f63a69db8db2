"""What is worked out from one round to the next is what is worked out from nothing, byte for byte."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from build_tools.export.definition import load_definition
from build_tools.export.page_data import page_data
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.load.edition import content_digest
from build_tools.memory import Memory
from build_tools.memory.rows import FILE
from build_tools.model import Case, Library, thawed
from build_tools.relate import Relations, Statistics, count_library, relate
from build_tools.search import Index, build_index, documents, remembered, shard_outputs, term_files
from build_tools.search.term_files import groups_of
from build_tools.site.contents import newest_first

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = load_schemas(ROOT / "schema")
WHOLE = for_edition(load_library(ROOT).library, SCHEMAS)
FEW = replace(WHOLE, cases=WHOLE.cases[:40], rules=WHOLE.rules[:5], guides=WHOLE.guides[:2])
WORDS = "停车收费补办手续口罩采购招标集体土地复工审批容错免责清单，。"


def altered(case: Case, **facts: Any) -> Case:
    data = MappingProxyType({**case.data, **facts})
    return Case(case.path, data, {}, {}, "", content_digest(thawed(data)))


def edited(library: Library, dice: random.Random) -> Library:
    """The library after one edit of a kind that happens."""
    cases = list(library.cases)
    place = dice.randrange(len(cases))
    case, other = cases[place], dice.choice(cases)
    what = dice.choice(
        [
            "text",
            "text",
            "word",
            "codes",
            "codes",
            "status",
            "date",
            "add",
            "withdraw",
            "remove",
            "label",
            "all",
        ]
    )
    if what == "text":
        cases[place] = altered(case, background="".join(dice.choices(WORDS, k=dice.randrange(5, 400))))
    elif what == "word":
        cases[place] = altered(case, title=case.title + dice.choice(WORDS))
    elif what == "codes":
        cases[place] = altered(
            case,
            fields=other.data.get("fields", ()),
            error_factors=other.data.get("error_factors", ()),
        )
    elif what == "status":
        cases[place] = altered(case, status=dice.choice(["published", "superseded", "overturned"]))
    elif what == "date":
        cases[place] = altered(case, date=other.data["date"], kind=other.kind)
    elif what == "add":
        fresh = f"RC-2026-{dice.randrange(5000, 9999)}"
        if fresh not in library.case_by_id:
            cases.append(altered(other, id=fresh, title="新增的案例"))
    elif what == "withdraw":
        keep = ("id", "title", "kind", "date", "disclosure")
        data = MappingProxyType({**{k: case.data[k] for k in keep if k in case.data}, "status": "withdrawn"})
        cases[place] = Case(case.path, data, {}, {}, "", content_digest(thawed(data)))
    elif what == "remove" and len(cases) > 25:
        del cases[place]
    elif what == "label":
        lists = list(library.vocabularies)
        first = lists[0]
        term = replace(first.terms[0], label=first.terms[0].label + dice.choice(WORDS[:-2]))
        record = replace(first.record, digest=str(dice.random()))
        lists[0] = replace(first, terms=(term, *first.terms[1:]), record=record)
        return replace(library, vocabularies=tuple(lists))
    else:
        cases = [altered(c, summary=dice.choice(WORDS) * 12) for c in cases]
    return replace(library, cases=tuple(cases))


def files(index: Index, memory: Memory | None = None) -> tuple[str, Mapping[str, tuple[str, bytes]]]:
    build, outputs = shard_outputs(index, {"more": "内容"}, memory)
    return build, {output.path: (output.key, output.make()) for output in outputs}


def worked_out(library: Library, memory: Memory | None = None) -> tuple[Index, Relations, Statistics]:
    cases = newest_first(library.cases)
    live = [case for case in cases if not case.tombstone]
    index = build_index(library, SCHEMAS, documents(library, SCHEMAS, memory), memory)
    return index, relate(library, SCHEMAS, cases, memory), count_library(library, SCHEMAS, live)


@pytest.mark.parametrize("seed", range(2))
def test_every_round_is_as_if_it_were_the_first(seed: int, tmp_path: Path) -> None:
    dice, memory, library = random.Random(seed), Memory(), FEW
    for _ in range(5):
        if seed % 2:  # each round is a process of its own
            memory = Memory(tmp_path)
        index, relations, statistics = worked_out(library, memory)
        fresh, anew, counted = worked_out(library)
        assert index.documents == fresh.documents
        assert statistics == counted
        for part in ("uses", "citations", "links", "similar"):
            assert dict(getattr(relations, part)) == dict(getattr(anew, part))
        # Dictionaries count as equal in any order; pages would not.
        assert list(relations.uses) == list(anew.uses) and list(relations.similar) == list(anew.similar)
        assert str(statistics) == str(counted)
        for case in library.cases:
            assert relations.same_rule(case) == anew.same_rule(case)
        for kind, segment in index.segments.items():
            assert {t: list(p) for t, p in segment.postings.items()} == {
                t: list(p) for t, p in fresh.segments[kind].postings.items()
            }
            assert segment.near == fresh.segments[kind].near
        assert files(index, memory) == files(fresh)
        memory.save()
        for _ in range(dice.choice([1, 1, 1, 3])):
            library = edited(library, dice)


def test_an_edit_of_one_case_changes_few_files_and_no_foreign_objects() -> None:
    memory = Memory()
    index, before, _ = worked_out(WHOLE, memory)
    (build, outputs), place = shard_outputs(index, {}, memory), len(WHOLE.cases) // 2
    case = WHOLE.cases[place]
    fresh = altered(case, title=case.title + "补")
    library = replace(WHOLE, cases=(*WHOLE.cases[:place], fresh, *WHOLE.cases[place + 1 :]))
    index, after, _ = worked_out(library, memory)
    build_now, outputs_now = shard_outputs(index, {}, memory)
    keys = {output.path.removeprefix(f"search/{build}/"): output.key for output in outputs}
    differ = [o.path for o in outputs_now if keys.get(o.path.removeprefix(f"search/{build_now}/")) != o.key]
    assert build != build_now and len(differ) < len(outputs) / 8
    unlike = [name for name, alike in after.similar.items() if alike != before.similar[name]]
    assert unlike and all(any(item.case is fresh for item in after.similar[name]) for name in unlike)
    touched = {use.coded.term for uses in after.uses.values() for use in uses if use.case is fresh}
    assert {term for term, uses in after.uses.items() if uses is not before.uses[term]} == touched


def unread(library: Library) -> Library:
    """The library as a new process finds it: cases whose content nobody may ask for."""

    def read() -> Mapping[str, Any]:
        raise AssertionError("read")

    early = ("id", "title", "kind", "status", "disclosure")
    cases = (
        Case.later(c.path, c.digest, {k: c.data[k] for k in early if k in c.data}, read)
        for c in library.cases
    )
    return replace(library, cases=tuple(cases))


def everything(library: Library, memory: Memory | None) -> Mapping[str, bytes]:
    """The content of all files of the index, by their names."""
    index = build_index(library, SCHEMAS, documents(library, SCHEMAS, memory), memory)
    data = page_data(library, SCHEMAS, index, load_definition(ROOT), memory)
    build, outputs = shard_outputs(index, data, memory)
    return {
        output.path.replace(build, "@"): output.make().replace(build.encode(), b"@") for output in outputs
    }


def with_edit(library: Library, place: int) -> Library:
    fresh = altered(library.cases[place], background="停车费收错了，当日改正，另案处理。")
    return replace(library, cases=(*library.cases[:place], fresh, *library.cases[place + 1 :]))


def test_a_new_process_reads_no_case_that_it_knows(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    everything(FEW, memory)
    memory.save()
    known = unread(FEW)
    after = with_edit(FEW, 7)
    library = replace(known, cases=(*known.cases[:7], after.cases[7], *known.cases[8:]))
    assert everything(library, Memory(tmp_path)) == everything(after, None)


@pytest.mark.parametrize("lost", ["search rows", "document texts", "page elements", "search state"])
def test_what_the_disk_has_lost_is_worked_out_again(tmp_path: Path, lost: str) -> None:
    before, after = replace(FEW, cases=FEW.cases[:12]), with_edit(replace(FEW, cases=FEW.cases[:12]), 7)
    memory = Memory(tmp_path)
    everything(before, memory)
    memory.save()
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        assert database.execute("delete from kept where stage = ? and rowid % 2", (lost,)).rowcount
    assert everything(after, Memory(tmp_path)) == everything(after, None)


def test_edits_are_carried_along_until_all_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "_FEW", 2)
    library, letters = FEW, []
    for place in range(4):
        case = library.cases[place]
        fresh = altered(case, summary=str(case.get("summary"))[::-1])
        library = replace(library, cases=(*library.cases[:place], fresh, *library.cases[place + 1 :]))
        memory = Memory(tmp_path)
        files = everything(library, memory)
        letters += [found[0] for key, found in memory.stage("search state").live.items() if "near" not in key]
        memory.save()
    assert files == everything(library, None)
    assert letters == ["a", "a", "a", "b"]


@pytest.mark.parametrize("some", [7, 300])
def test_files_of_terms_are_the_same_alone_and_many_at_once(
    some: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    segment = worked_out(FEW, memory)[0].segments["case"]
    assert not segment.few
    for group in groups_of(segment, True).values():
        alone = [group._texts(file, file + 1)[0] for file in range(group.count)]
        monkeypatch.setattr(term_files, "_AT_ONCE", some)
        monkeypatch.setattr(term_files, "_POSTINGS", 10 * some)
        for order in (range(group.count), range(group.count // 2, group.count), range(group.count)[::-1]):
            assert [group.text(file) for file in order] == [alone[file] for file in order]
