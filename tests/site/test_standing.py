"""What is remembered of a site's files is believed only where the file stands as it was left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from build_tools.memory import Memory
from build_tools.output import Output, ready
from build_tools.site.standing import Standing, files_of
from build_tools.site.writer import Digests, Ending, Written, write_ahead, write_site


def write(site: Path, memory: Memory, files: dict[str, str], build: str = "b1") -> Written:
    """Make the site hold these files; those in `search/@` are in a folder named after the build."""

    def last(_: Digests) -> tuple[Output, ...]:
        return ()

    named = {path.replace("@", build): text.encode() for path, text in files.items()}
    outputs = [ready(path, content) for path, content in named.items()]
    written = write_site(site, outputs, Ending(last, {"search": build}), memory, 1)
    memory.save()
    assert {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()} == named
    return written


FILES = {"index.html": "首页", "cases/a.html": "甲", "cases/b.html": "乙", "search/@/x.js": "索引"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write(tmp_path / "site", Memory(tmp_path / "build"), FILES)
    return tmp_path / "site"


def again(site: Path) -> Memory:
    """The memory of another process."""
    return Memory(site.parent / "build")


def test_another_process_finds_every_file_as_it_was_left(site: Path) -> None:
    assert write(site, again(site), FILES).changed == ()


def test_a_touched_file_is_not_believed(site: Path) -> None:
    path = site / "cases/a.html"
    facts = path.stat()
    path.write_text("丙")  # as many bytes
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    memory = again(site)
    standing = Standing(site, files_of(site, memory), {"search": "b1"})
    assert [name for name, known in standing.by_path.items() if known is None] == ["cases/a.html"]
    assert write(site, again(site), FILES).changed == ("cases/a.html",)


def test_a_link_in_place_of_a_file_is_not_believed(site: Path) -> None:
    (site / "cases/a.html").rename(site.parent / "a.html")
    (site / "cases/a.html").symlink_to(site.parent / "a.html")
    assert write(site, again(site), FILES).changed == ("cases/a.html",)
    assert not (site / "cases/a.html").is_symlink()


def test_files_of_a_folder_named_after_its_content_stay(site: Path) -> None:
    number = (site / "search/b1/x.js").stat().st_ino
    assert write(site, again(site), FILES, "b2").changed == ()
    assert (site / "search/b2/x.js").stat().st_ino == number


def test_what_is_gone_is_forgotten(site: Path) -> None:
    memory = again(site)
    assert write(site, memory, {"index.html": "首页"}).changed == (
        "cases/a.html",
        "cases/b.html",
        "search/b1/x.js",
    )
    assert list(files_of(site, memory).by_path) == ["index.html"]
    assert list(files_of(site, again(site)).by_path) == ["index.html"]


def test_what_is_written_ahead_is_written_only_where_it_is_another(site: Path) -> None:
    memory = again(site)
    same = Output("cases/a.html", "another key", "甲".encode)
    assert write_ahead(site, [same, ready("cases/b.html", "新".encode())], 9, memory) == ("cases/b.html",)
    assert (site / "cases/b.html").read_text() == "新"
    assert write(site, memory, {**FILES, "cases/b.html": "新"}).changed == ()


def test_two_outputs_with_one_path_are_refused(site: Path) -> None:
    outputs = [ready("a.html", b"1"), ready("b.html", b"2"), ready("a.html", b"3")]
    with pytest.raises(ValueError, match=r"two outputs are called a\.html"):
        write_site(site, outputs, Ending(lambda _: (), {}), Memory(), 1)
