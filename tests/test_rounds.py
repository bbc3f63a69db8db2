"""Rounds of reading, checking, pruning and history: with a memory they give what they give without one."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from build_tools.check import run_checks
from build_tools.check.context import Subject
from build_tools.history import edition_history, read_archive
from build_tools.load import INTERNAL, PUBLIC, for_edition, load_library, load_schemas
from build_tools.load.quick_yaml import quick_yaml
from build_tools.load.yaml_reader import _Builder
from build_tools.memory import Memory
from build_tools.memory.rows import FILE
from build_tools.model import Case, Record, thawed
from build_tools.privacy import detect
from tests.check_support import CASE, ROOT, SCHEMAS, TODAY, make_library, patched, write
from tests.git_support import commit
from tests.test_fuzz import changed

Step = Callable[[Path, random.Random], None]
DRAFT, SEEN = "status: draft", "status: published"


def said(record: Record) -> Any:
    """All that a record says, with the places of everything in it."""
    places = dict(record.marks), dict(record.key_marks)
    return (
        type(record),
        record.path,
        thawed(record.data),
        list(record.data),
        places,
        record.text,
        record.digest,
    )


def result(root: Path, today: date, memory: Memory | None) -> dict[str, Any]:
    """What one round gives, in a form that can be compared."""
    loaded, schemas = load_library(root, memory=memory), load_schemas(root / "schema")
    library = loaded.library
    out: dict[str, Any] = {
        "cases": [*map(said, library.cases)],
        "others": [
            *map(said, (*library.rules, *library.toolkits, *(v.record for v in library.vocabularies)))
        ],
        "terms": [v.terms for v in library.vocabularies],
        "guides": library.guides,
        "lookback": library.lookback and said(library.lookback),
        "reading": loaded.diagnostics,
        "findings": run_checks(loaded, schemas, today, memory=memory),
    }
    archive = read_archive(root, library, memory=memory)
    for edition in (PUBLIC, INTERNAL):
        shown = for_edition(library, schemas, edition, memory=memory)
        history = edition_history(archive, library, shown, schemas, memory=memory)
        out[edition] = [*map(said, shown.cases)]
        out[f"{edition} history"] = [
            (name, [(v.date, v.revision, v.case and thawed(v.case.data), v.changes) for v in versions])
            for name, versions in history.versions.items()
        ] + [history.withheld, history.drafted, history.notice]
    return out


def some_case(root: Path, dice: random.Random) -> Path:
    return dice.choice(sorted((root / "cases").rglob("*.yaml")))


def replaced(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8", "surrogateescape").replace(old, new), "utf-8", "surrogateescape")


def reword(root: Path, dice: random.Random) -> None:
    word = dice.choice(
        ("车棚", "雨棚", "凉亭", "13812345678", "RC-2026-0003", "RC-2026-0009", "一定能免责", "[[x")
    )
    replaced(some_case(root, dice), dice.choice(("车棚", "漏雨", "社区")), word)


def spoil(root: Path, dice: random.Random) -> None:
    path = some_case(root, dice)
    path.write_bytes(changed(path.read_bytes(), dice.randrange(10**6)))


def mend(root: Path, dice: random.Random) -> None:
    path = some_case(root, dice)
    name = path.stem if path.stem.startswith("RC-") else "RC-2026-0001"
    write(root, str(path.relative_to(root)), patched(base(), f"id: {name}"))


def add(root: Path, dice: random.Random) -> None:
    name = f"RC-2026-000{dice.randrange(2, 9)}"
    other = f"RC-2026-000{dice.randrange(1, 9)}"
    relation = f"relations:\n  - type: followed\n    target: {other}\n"
    status = dice.choice((DRAFT, SEEN, f"{SEEN}\ndisclosure: internal"))
    write(root, f"cases/2026/{name}.yaml", patched(base(), f"id: {name}\n{status}\n{relation}"))


def drop(root: Path, dice: random.Random) -> None:
    if len(list((root / "cases").rglob("*.yaml"))) > 1:
        some_case(root, dice).unlink()


def rename(root: Path, dice: random.Random) -> None:
    path = some_case(root, dice)
    path.rename(path.with_name(f"RC-2026-00{dice.randrange(10, 99)}.yaml"))


def turn(root: Path, dice: random.Random) -> None:
    pairs = [(SEEN, DRAFT), (DRAFT, SEEN), ("disclosure: public", "disclosure: internal")]
    replaced(some_case(root, dice), *dice.choice([*pairs, ("disclosure: internal", "disclosure: public")]))


def touch(root: Path, dice: random.Random) -> None:
    some_case(root, dice).touch()


def hide_edit(root: Path, dice: random.Random) -> None:
    """Another text of the same length under the same time."""
    path = some_case(root, dice)
    facts = path.stat()
    replaced(path, "社区", dice.choice(("街道", "社区")))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def edit_words(root: Path, dice: random.Random) -> None:
    path = root / "schema/vocabulary/error_factors.yaml"
    replaced(path, "id: ef-no-approval", dice.choice(("id: ef-no-approval", "id: ef-no-approvals")))
    replaced(path, "未批先行", dice.choice(("未批先行", "先上车后补票", "未批先做")))


def edit_rule(root: Path, dice: random.Random) -> None:
    replaced(root / "rules/N-90.yaml", "grade: A", "grade: unverified")
    replaced(root / "rules/N-90.yaml", 'id: "1"', f'id: "{dice.randrange(1, 3)}"')


def edit_schema(root: Path, dice: random.Random) -> None:
    replaced(root / "schema/case.schema.json", '"maxLength": 30', f'"maxLength": {dice.choice((9, 30, 31))}')


def edit_guide(root: Path, dice: random.Random) -> None:
    write(root, "docs/说明.md", f"# 说明\n\n先看 [[RC-2026-000{dice.randrange(1, 6)}]]。电话 13812345678\n")


def edit_lookback(root: Path, dice: random.Random) -> None:
    path = root / "schema/lookback.yaml"
    if path.exists() and dice.random() < 0.5:
        path.unlink()
    else:
        shutil.copy(ROOT / "schema/lookback.yaml", path)


def record(root: Path, dice: random.Random) -> None:
    commit(root)


STEPS: tuple[Step, ...] = (
    *(reword, reword, spoil, mend, add, add, drop, rename, turn, touch, hide_edit, hide_edit),
    *(edit_words, edit_rule, edit_schema, edit_guide, edit_lookback, record),
)


def base() -> str:
    return (ROOT / "tests/fixtures/base-case.yaml").read_text(encoding="utf-8")


def damaged(file: Path, dice: random.Random) -> None:
    """The memory's file after an accident."""
    raw = bytearray(file.read_bytes())
    match dice.randrange(3):
        case 0:
            raw = raw[: dice.randrange(len(raw))]
        case 1:
            for _ in range(20):
                raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        case 2:
            at = raw.rfind(bytes(dice.choice("车棚免责").encode()))
            raw[at] ^= 255
    file.write_bytes(raw)


@pytest.mark.parametrize("seed", range(5))
def test_a_round_gives_the_same_with_any_memory(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    root, folder = make_library(tmp_path / "库"), tmp_path / "记忆"
    add(root, dice)
    commit(root)
    resident, today = Memory(), TODAY
    for _ in range(6):
        for step in dice.sample(STEPS, dice.randrange(3)):
            step(root, dice)
        today += timedelta(days=dice.choice((0, 0, 1, -1)))
        expected = result(root, today, None)
        assert result(root, today, resident) == expected
        resident.save()
        for _ in range(2):
            kept = Memory(folder)
            assert result(root, today, kept) == expected
            kept.save()
        if dice.random() < 0.4:
            damaged(folder / FILE, dice)


def test_unchanged_files_give_the_same_objects(tmp_path: Path) -> None:
    root, memory = make_library(tmp_path), Memory()
    text = base()
    for number in range(2, 6):
        write(root, f"cases/2026/RC-2026-000{number}.yaml", patched(text, f"id: RC-2026-000{number}"))
    schemas = load_schemas(root / "schema")

    def round_() -> tuple[Any, Any, Any]:
        loaded = load_library(root, memory=memory)
        shown = for_edition(loaded.library, schemas, memory=memory)
        archive = read_archive(root, loaded.library, memory=memory)
        told = edition_history(archive, loaded.library, shown, schemas, memory=memory)
        memory.save()
        return loaded, shown, told

    first, again = round_(), round_()
    assert first[0] is again[0] and first[1] is again[1]
    (root / CASE).touch()
    assert round_()[0] is first[0]
    replaced(root / CASE, "车棚", "雨棚")
    loaded, shown, told = round_()
    for before, after in ((first[0].library.cases, loaded.library.cases), (first[1].cases, shown.cases)):
        assert [one is two for one, two in zip(before, after, strict=True)] == [False] + [True] * 4
    assert loaded.library.rules[0] is first[0].library.rules[0]
    assert loaded.library.vocabularies == first[0].library.vocabularies
    same = [told.versions[name] is versions for name, versions in first[2].versions.items()]
    assert same == [False] + [True] * 4


def test_a_case_is_pruned_anew_when_one_that_it_names_is_hidden(tmp_path: Path) -> None:
    root, memory = make_library(tmp_path), Memory()
    relation = "relations:\n  - type: followed\n    target: RC-2026-0001\n"
    write(root, "cases/2026/RC-2026-0002.yaml", patched(base(), f"id: RC-2026-0002\n{relation}"))
    schemas = load_schemas(root / "schema")

    def second() -> Case:
        library = for_edition(load_library(root, memory=memory).library, schemas, memory=memory)
        memory.save()
        return library.case_by_id["RC-2026-0002"]

    assert second().get("relations")
    replaced(root / CASE, SEEN, DRAFT)
    assert second().get("relations") is None
    replaced(root / CASE, DRAFT, SEEN)
    assert second().get("relations")


def test_a_memory_says_nothing_of_another_edition(tmp_path: Path) -> None:
    root, folder = make_library(tmp_path / "库"), tmp_path / "记忆"
    replaced(root / CASE, "disclosure: public", "disclosure: internal")
    schemas, library = load_schemas(root / "schema"), load_library(root).library
    memory = Memory(folder)
    assert len(for_edition(library, schemas, INTERNAL, memory=memory).cases) == 1
    memory.save()
    assert for_edition(library, schemas, PUBLIC, memory=Memory(folder)).cases == ()


def test_quick_reading_gives_what_the_parser_gives_or_nothing() -> None:
    dice = random.Random(7)
    whole = [path.read_bytes() for path in sorted((ROOT / "cases").rglob("*.yaml"))[:40]]
    read = 0
    for _ in range(2500):
        raw = changed(dice.choice(whole), dice.randrange(10**9))
        text = raw.decode("utf-8", "replace")
        lines = text.split("\n")
        start = dice.randrange(len(lines))
        text = "\n".join(lines[start : start + dice.randrange(1, 30)])
        content = quick_yaml(text)
        if content is not None:
            read += 1
            assert repr(content) == repr(_Builder("x", []).build(text))
    assert read > 200


def test_a_state_keeps_its_references_to_cases_that_never_changed(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    relation = "relations:\n  - type: followed\n    target: RC-2026-0001\n"
    path = root / "cases/2026/RC-2026-0002.yaml"
    write(root, str(path.relative_to(root)), patched(base(), f"id: RC-2026-0002\n{relation}"))
    commit(root)
    replaced(path, "雨季前", "汛期前")
    commit(root)
    schemas, library = load_schemas(root / "schema"), load_library(root).library
    shown = for_edition(library, schemas)
    history = edition_history(read_archive(root, library), library, shown, schemas)
    versions = history.versions["RC-2026-0002"]
    assert [[change.path for change in version.changes] for version in versions] == [[], [("background",)]]
    assert all(version.revision for version in versions)


def test_what_is_left_out_of_the_quick_look_holds_nothing_to_find() -> None:
    snippets = yaml.safe_load((ROOT / "tests/fixtures/privacy_snippets.yaml").read_text(encoding="utf-8"))
    texts = [text for text in _texts(snippets) if "\n" not in text]
    assert len(texts) > 100
    for text in [
        *texts,
        "wxab-cdefg",
        "vx abc-defg",
        "q 12345678",
        "13812345678",
        "2026-11-22",
        "ef-no-approval",
    ]:
        record = Record("x.yaml", MappingProxyType({"note": text, "list": (text,)}), {}, {}, f"# {text}\n")
        free = Subject("case", record, SCHEMAS.case, ()).prose
        assert free.count(text) == 3 or (free.count(text) == 1 and not detect(text)), text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _texts(child)
