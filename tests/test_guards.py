"""Guards: what may not happen to published cases between two states; the manual's pages show one example each."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build_tools.cli import main
from tests.check_support import CASE, against, check, patched, write
from tests.git_support import commit, git
from tests.lookback_support import with_policy

CREATED = "  - date: 2026-03-02\n    type: created\n    what: 首次入库。\n    by: 编辑组\n"
LATER = "  - date: 2026-08-01\n    type: {type}\n    what: 按原文改。\n    by: 编辑组\n"
REVIEW = """reviews:
  - date: 2026-09-01
    trigger: lt-schedule
    reviewer: 某区委组织部
    independence: 与原承办人员没有交叉。
    findings: [lf-maintain]
    obligations:
      - {{kind: disclose, text: 公开说明。, due: 2026-10-01{done}}}
    disclosure: public
"""
ERROR = "error: 没有取得批复、也没有公示就先行施工。\n"
OTHER = "cases/2026/RC-2026-0002.yaml"


def edit(root: Path, fragment: str, path: str = CASE) -> None:
    source = root / path if (root / path).exists() else root / CASE
    write(root, path, patched(source.read_text(encoding="utf-8"), fragment))


def codes(root: Path, revision: str = "HEAD") -> list[str]:
    return [d.code for d in against(root, revision)]


@pytest.fixture
def kept(library: Path) -> Path:
    commit(library)
    return library


def test_an_untouched_library_is_clean(kept: Path) -> None:
    assert codes(kept) == []


@pytest.mark.parametrize("fragment", ["status: draft", "disclosure: internal"])
def test_a_published_case_does_not_leave_by_another_door(kept: Path, fragment: str) -> None:
    edit(kept, fragment)
    assert "RC901" in codes(kept)


def test_a_draft_may_be_changed_and_deleted(library: Path) -> None:
    edit(library, "status: draft")
    commit(library)
    edit(library, f"{ERROR}status: published\nchanges:\n{CREATED}")
    assert codes(library) == []
    (library / CASE).unlink()
    assert codes(library) == []


def test_a_file_that_cannot_be_read_is_not_taken_for_deleted(kept: Path) -> None:
    write(kept, CASE, "id: [\n")
    assert codes(kept) == [] and [d.code for d in check(kept)] == ["RC101"]


def test_an_id_that_was_deleted_long_ago_is_not_given_again(kept: Path) -> None:
    edit(kept, "id: RC-2026-0002\nstatus: draft", OTHER)
    commit(kept)
    text = (kept / OTHER).read_text(encoding="utf-8")
    (kept / OTHER).unlink()
    commit(kept)
    write(kept, OTHER, text)  # the same matter brought back
    assert codes(kept) == []
    edit(
        kept,
        "date:\n  value: 2024-05\n  basis: decision\nbackground: 某镇发放秋粮补贴时把两户的面积填反。\n"
        "error: 面积的数字填反。\nsources:\n  - publisher: 某县\n    title: 选登\n    kind: official",
        OTHER,
    )
    assert codes(kept) == ["RC902"]


def test_rewording_a_case_thoroughly_is_no_other_matter(kept: Path) -> None:
    edit(
        kept,
        "background: 社区车棚多年漏雨，居民多次反映，雨季前社区先行组织翻修。\nerror: 没有取得批复就施工。\n"
        f"changes:\n{CREATED}{LATER.format(type='correction')}",
    )
    assert codes(kept) == []


@pytest.mark.parametrize(
    "fragment",
    [ERROR, "kind: lenient", "conditions:\n  - {term: tc-diligence, state: met, origin: source}"],
)
def test_what_was_decided_changes_only_with_an_entry(kept: Path, fragment: str) -> None:
    edit(kept, fragment)
    assert codes(kept) == ["RC903"]
    edit(kept, f"changes:\n{CREATED}{LATER.format(type='created')}")
    assert codes(kept) == ["RC903"]
    edit(kept, f"changes:\n{CREATED}{LATER.format(type='correction')}")
    assert codes(kept) == []


def test_an_entry_that_says_nothing_changed_covers_no_change(kept: Path) -> None:
    edit(kept, f"{ERROR}changes:\n{CREATED}{LATER.format(type='review')}")
    assert codes(kept) == ["RC903"]


def test_a_look_back_is_an_entry_too_unless_it_upheld_the_decision(kept: Path) -> None:
    edit(kept, f"{ERROR}{REVIEW.format(done='')}")
    assert codes(kept) == []  # no policy says what its finding means
    with_policy(kept)
    assert codes(kept) == ["RC903"]
    edit(kept, REVIEW.format(done="").replace("lf-maintain", "lf-vary"))
    assert codes(kept) == []


def test_an_entry_covers_one_change_and_not_the_next(kept: Path) -> None:
    edit(kept, f"{ERROR}changes:\n{CREATED}{LATER.format(type='correction')}")
    commit(kept)
    edit(kept, "error: 又换了一种说法的差错。")
    assert codes(kept) == ["RC903"] and codes(kept, "HEAD~1") == []


def test_words_that_decide_nothing_change_freely(kept: Path) -> None:
    edit(kept, "summary: 社区书记没等批复就组织翻修漏雨的车棚，核查后认定出于公心、手续已补，免予问责。")
    assert codes(kept) == []


def test_a_review_may_be_completed_once_and_not_rewritten(kept: Path) -> None:
    edit(kept, REVIEW.format(done=""))
    commit(kept)
    edit(kept, REVIEW.format(done=", done: 2026-09-20, evidence: 已公开。"))
    assert codes(kept) == []
    commit(kept)
    edit(kept, REVIEW.format(done=", done: 2026-09-20, evidence: 已在区里公开。"))
    assert codes(kept) == ["RC904"]
    edit(kept, REVIEW.format(done=", done: 2026-09-20"))
    assert codes(kept) == ["RC904"]
    edit(kept, "# 没有 reviews")
    assert codes(kept) == ["RC904"]


def test_entries_of_changes_are_only_added_at_the_end(kept: Path) -> None:
    one, two = LATER.format(type="correction"), LATER.format(type="supplement")
    edit(kept, f"changes:\n{CREATED}{one}")
    commit(kept)
    edit(kept, f"changes:\n{CREATED}{one}{two}")
    assert codes(kept) == []
    edit(kept, f"changes:\n{CREATED}{two}{one}")
    assert codes(kept) == ["RC905"]


# ---- the command -------------------------------------------------------------------------------------------------


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--root", str(root), *arguments])


def test_the_command_fails_on_a_guard_and_passes_without(kept: Path) -> None:
    edit(kept, ERROR)
    assert run(kept).exit_code == 0
    done = run(kept, "--against", "main")
    assert done.exit_code == 1 and "RC903" in done.output
    assert run(kept, "--against", "main", "--ignore", "RC9").exit_code == 0


def test_a_comparison_that_cannot_be_made_is_said(library: Path, tmp_path: Path) -> None:
    done = run(library, "--against", "main")
    assert done.exit_code == 2 and "不在 Git 仓库里" in done.output
    commit(library)
    commit(library)
    shallow = tmp_path / "浅"
    git(tmp_path, "clone", "--quiet", "--depth", "1", library.as_uri(), str(shallow))
    done = run(shallow, "--against", "HEAD~1")
    assert done.exit_code == 2 and "浅克隆" in done.output
