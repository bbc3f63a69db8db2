"""What a round needs to know of a case that did not change is on disk: its content is not read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest

from build_tools.export.changes import changes_of, recall, updated
from build_tools.export.manifest import manifest_outputs
from build_tools.history import History
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.memory import Memory
from build_tools.model import Case, Library
from build_tools.site.cards import alike_card, alike_digest, card, card_digest, recall_cards
from build_tools.site.case_pages import case_pages
from build_tools.site.contents import gather
from build_tools.site.frame import Page
from build_tools.site.history_pages import Past, history_files
from build_tools.site.parts import Group, Numbering
from build_tools.site.verify_pages import verify_files

from .conftest import ROOT, TODAY, small_library

SCHEMAS = load_schemas(ROOT / "schema")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library(tmp_path_factory.mktemp("keys"))


def edition(root: Path) -> Library:
    return for_edition(load_library(root).library, SCHEMAS)


def unread(library: Library) -> list[Case]:
    """The cases as another process knows them: reading their content is an error."""

    def read(case: Case) -> MappingProxyType[str, object]:
        raise AssertionError(f"{case.id} was read")

    names = ("id", "title", "kind", "status")
    return [Case.later(c.path, c.digest, {n: c.data[n] for n in names}, read) for c in library.cases]


def test_cards_say_what_lists_show_and_have_its_digest(root: Path, tmp_path: Path) -> None:
    library = edition(root)
    case = library.cases[0]
    shown, alike = card(case), alike_card(case, SCHEMAS.case)
    assert (shown.title, shown.get("region", "province")) == (case.title, case.get("region", "province"))
    assert alike.data["error_factors"] == case.data["error_factors"]
    assert "background" not in shown.data and "background" not in alike.data
    memory = Memory(tmp_path)
    recall_cards(library.cases, SCHEMAS.case, memory)
    memory.save()
    later = unread(library)
    recall_cards(later, SCHEMAS.case, Memory(tmp_path))
    assert card_digest(later[0]) == card(later[0]).digest == shown.digest
    assert alike_digest(later[0], SCHEMAS.case) == alike.digest


def test_days_of_changes_are_known_without_the_content(root: Path, tmp_path: Path) -> None:
    library = edition(root)
    memory = Memory(tmp_path)
    recall(library.cases, memory)
    memory.save()
    later = unread(library)
    recall(later, Memory(tmp_path))
    assert list(map(updated, later)) == list(map(updated, library.cases))
    before, after = (changes_of(cases, library, SCHEMAS) for cases in (library.cases, later))
    assert [(c.date, c.type, c.number, c.label) for c in before] == [
        (c.date, c.type, c.number, c.label) for c in after
    ]
    with pytest.raises(AssertionError, match="was read"):
        assert after[0].what


def keys(library: Library, memory: Memory) -> dict[str, str]:
    recall(library.cases, memory)
    contents = gather(library, SCHEMAS, TODAY, memory)
    past = Past(contents, History())
    pages: Sequence[Page] = tuple(case_pages(contents, past))
    files = (*history_files(past), *verify_files(past))
    return {made.path: made.key for made in (*pages, *files)}


def test_the_keys_of_pages_and_parts_are_those_of_another_process(root: Path, tmp_path: Path) -> None:
    first = keys(edition(root), Memory())
    memory = Memory(tmp_path)
    assert keys(edition(root), memory) == first
    memory.save()
    assert keys(edition(root), Memory(tmp_path)) == first


def saying(asked: list[str]) -> Callable[[Sequence[str]], tuple[Sequence[str], int]]:
    def say(ids: Sequence[str]) -> tuple[Sequence[str], int]:
        asked.extend(ids)
        return [json.dumps(name) for name in ids], len(ids)

    return say


def test_parts_made_later_are_those_made_at_once(tmp_path: Path) -> None:
    ids = ["RC-2025-0003", "RC-2026-0001", "RC-2026-0009", "RC-2026-0021"]
    at_once, asked = Group("x", Numbering(10, ids)), list[str]()
    told = at_once.parts({name: json.dumps(name) for name in ids})
    memory = Memory(tmp_path)
    for expected in (ids, []):  # the second time from disk
        group = Group("x", Numbering(10, ids))
        keys = {name: name for name in ids}
        assert group.later_parts("", keys, saying(asked), memory) == (told, [1, 2, None, 1])
        assert asked == expected
        assert {o.path: o.make().decode() for o in group.outputs} == at_once.files
        memory.save()
        memory = Memory(tmp_path)
        asked.clear()


def test_of_the_manifest_only_the_parts_are_made_that_list_another_file(root: Path) -> None:
    library, memory = edition(root), Memory()
    files = {f"cases/{n}.html": (f"{n:064x}", n) for n in range(3000)} | {"index.html": ("0" * 64, 1)}
    first = {o.path: o for o in manifest_outputs(files, library, SCHEMAS, memory)}
    other = {**files, "cases/7.html": ("f" * 64, 7), "a/new.html": ("e" * 64, 1)}
    second = {o.path: o for o in manifest_outputs(other, library, SCHEMAS, memory)}
    fresh = {o.path: o.make() for o in manifest_outputs(other, library, SCHEMAS)}
    assert {path: output.make() for path, output in second.items()} == fresh
    same = [p for p in first if first[p] is second[p]]
    assert len(same) == sum(p.startswith("manifest/files/") for p in first) - 1
