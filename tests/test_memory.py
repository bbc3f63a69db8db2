"""What is remembered: values that stay on disk, and content that is let go and comes back the same."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from build_tools.load import PUBLIC, for_edition, load_library
from build_tools.load.reading import FileChanged
from build_tools.memory import Memory
from build_tools.memory.rows import FILE
from build_tools.model import Case, thawed
from tests.check_support import ROOT, SCHEMAS

NUMBERS = ("0002", "0003", "0005", "0012", "0020")


def loose(folder: Path | None) -> Memory:
    """A memory with a stage that is kept but not held."""
    memory = Memory(folder)
    memory.stage("words", kept=True, held=False)
    return memory


def test_values_that_are_not_held_are_there_in_the_next_process(tmp_path: Path) -> None:
    first = loose(tmp_path)
    for number in range(1200):  # more than wait to be written
        first.stage("words").put(str(number), ("词", number))
    assert first.stage("words").peek("3") == ("词", 3)
    assert first.stage("words").peek("1199") == ("词", 1199)
    first.save()
    assert loose(tmp_path).stage("words").peek("1199") == ("词", 1199)
    assert loose(tmp_path).stage("words").peek("1200") is None


def test_without_a_folder_they_last_as_long_as_the_process() -> None:
    memory = loose(None)
    memory.stage("words").put("a", 1)
    memory.save()
    assert memory.stage("words").peek("a") == 1


def test_a_damaged_value_is_no_value(tmp_path: Path) -> None:
    memory = loose(tmp_path)
    memory.stage("words").put("a", "一")
    memory.stage("words").put("b", "二")
    memory.save()
    with sqlite3.connect(tmp_path / FILE) as database:
        ((raw,),) = database.execute("select value from kept where key = 'a'")
        database.execute("update kept set value = ? where key = 'a'", (raw[:-1] + b"?",))
    database.close()
    again = loose(tmp_path)
    assert again.stage("words").peek("a") is None
    assert again.stage("words").peek("b") == "二"


def test_a_damaged_file_is_put_aside_and_written_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    memory = loose(tmp_path)
    assert memory.stage("words").peek("a") is None
    memory.stage("words").put("a", 1)
    memory.save()
    assert loose(tmp_path).stage("words").peek("a") == 1


def test_idle_values_go_once_they_are_most(tmp_path: Path) -> None:
    memory = loose(tmp_path)
    for number in range(10):
        memory.stage("words").put(str(number), number)
    memory.save()
    memory = loose(tmp_path)
    assert memory.stage("words").peek("7") == 7
    memory.save()
    left = loose(tmp_path).stage("words")
    assert [number for number in range(10) if left.peek(str(number)) is not None] == [7]


def test_a_stage_holds_no_more_than_it_may_and_forgets_nothing(tmp_path: Path) -> None:
    memory = Memory(tmp_path, most=3)
    for number in range(1200):
        memory.stage("cards", kept=True).put(str(number), ["词", number])
    cards = memory.stage("cards")
    assert [cards.peek(str(number)) for number in range(1200)] == [["词", n] for n in range(1200)]
    assert len(cards.live) == 3
    memory.save()
    for most in (3, 5000):
        again = Memory(tmp_path, most=most).stage("cards", kept=True)
        assert [again.peek(str(number)) for number in range(1200)] == [["词", n] for n in range(1200)]
        assert len(again.live) == min(most, 1200)
        assert again.peek("1200") is None


def test_a_value_that_is_not_held_can_be_replaced(tmp_path: Path) -> None:
    memory = Memory(tmp_path, most=1)
    words = memory.stage("words", kept=True)
    for value in ("旧", "新"):
        for key in ("a", "b"):
            words.put(key, value)
    assert (words.peek("a"), words.peek("b")) == ("新", "新")
    memory.save()
    again = Memory(tmp_path, most=1).stage("words", kept=True)
    assert (again.peek("a"), again.peek("b")) == ("新", "新")


@pytest.mark.parametrize("most", [2, 100])
def test_idle_values_of_a_held_stage_go_too_but_not_those_said_to_be_of_use(
    tmp_path: Path, most: int
) -> None:
    memory = Memory(tmp_path, most=most)
    for number in range(10):
        memory.stage("words", kept=True).put(str(number), number)
        memory.stage("cards", kept=True).put(str(number), number)
    memory.save()
    memory = Memory(tmp_path, most=most)
    for number in range(10):
        memory.stage("cards", kept=True).peek(str(number))
    assert memory.stage("words", kept=True).peek("7") == 7
    memory.save()
    memory.stage("cards").peek("7")
    memory.stage("cards").still()
    memory.save()
    left = Memory(tmp_path, most=most)
    words, cards = left.stage("words", kept=True), left.stage("cards", kept=True)
    assert [number for number in range(10) if words.peek(str(number)) is not None] == [7]
    assert [cards.peek(str(number)) for number in range(10)] == list(range(10))


def test_what_cannot_be_kept_is_said_at_once(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.stage("words", kept=True).put("a", 1)
    memory.save()
    memory.stage("words").put("b", object())
    with pytest.raises(TypeError, match="object cannot be kept on disk"):
        memory.save()
    assert Memory(tmp_path).stage("words", kept=True).peek("a") == 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "cases/2026"
    folder.mkdir(parents=True)
    for number in NUMBERS:
        shutil.copy(ROOT / f"cases/2026/RC-2026-{number}.yaml", folder)
    for name in ("rules", "schema", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def public(root: Path, memory: Memory | None) -> tuple[Case, ...]:
    return for_edition(load_library(root, None, memory).library, SCHEMAS, PUBLIC, memory).cases


def test_content_that_was_let_go_comes_back_the_same(root: Path) -> None:
    wanted = [(case.digest, thawed(case.data)) for case in public(root, None)]
    memory = Memory(root / "build")
    memory.holding.most = 2
    cases = public(root, memory)
    for _ in range(3):  # each round puts out what the one before took in
        assert [(case.digest, thawed(case.data)) for case in cases] == wanted
        assert sum("data" in vars(case) for case in cases) <= 2
    memory.save()
    after = Memory(root / "build")
    after.holding.most = 2
    assert [(case.digest, thawed(case.data)) for case in public(root, after)] == wanted


def test_a_new_process_reads_no_content_until_it_is_asked_for(root: Path) -> None:
    memory = Memory(root / "build")
    public(root, memory)
    memory.save()
    cases = public(root, Memory(root / "build"))
    assert not any("data" in vars(case) for case in cases)
    first = cases[0]
    assert (first.title, first.kind, first.day) == (
        first.data["title"],
        first.data["kind"],
        first.data["date"]["value"],
    )


def test_a_file_that_changes_under_way_is_not_taken_for_what_it_was(root: Path) -> None:
    memory = Memory(root / "build")
    public(root, memory)
    memory.save()
    case = public(root, Memory(root / "build"))[0]
    path = root / "cases/2026" / f"{case.id}.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# 后来\n", encoding="utf-8")
    with pytest.raises(FileChanged, match="文件在读取期间变了，再运行一次"):
        len(case.data)
