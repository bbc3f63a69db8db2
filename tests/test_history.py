"""History: versions out of scratch Git repositories, differences that replay, and what an edition may not tell."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from build_tools.history import History, edition_history, read_archive
from build_tools.history.as_of import spans
from build_tools.history.differences import apply, differences
from build_tools.history.git import NoHistory, walk
from build_tools.history.wording import Speaker, changed_sentences
from build_tools.load import INTERNAL, PUBLIC, for_edition, load_library
from build_tools.load.yaml_reader import read_yaml
from build_tools.memory import Memory
from tests.check_support import CASE, SCHEMAS, make_library, patched, write
from tests.git_support import commit, git

ID = "RC-2026-0001"


def history(root: Path, edition: str = PUBLIC) -> History:
    """The history, which is the same with what an earlier process kept on disk, and says so of the next edit."""
    found = history_with(None, root, edition)
    for _ in range(2):
        memory = Memory(root / "build")
        assert everything(history_with(memory, root, edition)) == everything(found)
        memory.save()
    return found


def history_with(memory: Memory | None, root: Path, edition: str) -> History:
    read = load_library(root, None, memory).library
    shown = for_edition(read, SCHEMAS, edition, memory)
    return edition_history(read_archive(root, read, memory), read, shown, SCHEMAS, memory)


def everything(history: History) -> tuple[object, ...]:
    versions = {
        name: [(v.date, v.revision, v.case and (v.case.digest, v.case.data), v.changes) for v in told]
        for name, told in history.versions.items()
    }
    return versions, history.withheld, history.drafted, history.notice


def reason(root: Path) -> str:
    return read_archive(root, load_library(root).library).reason


def edit(root: Path, fragment: str, path: str = CASE) -> None:
    """Replace top-level keys of a case."""
    target = root / path
    base = target if target.exists() else root / CASE
    write(root, path, patched(base.read_text(encoding="utf-8"), fragment))


@pytest.fixture
def told(library: Path) -> Path:
    """A library with a case that was changed twice."""
    commit(library, "2026-03-02")
    edit(library, "summary: 社区书记没等批复就组织翻修漏雨的车棚，核查认定出于公心，手续补齐，免予问责。")
    commit(library, "2026-05-01")
    edit(
        library,
        "background: 某社区的公共车棚漏雨多年。居民多次反映。雨季前社区先行翻修，花去三万元。\nkeywords:\n  - 车棚\n  - 社区治理",
    )
    commit(library, "2026-07-01")
    return library


def test_versions_are_told_with_dates_and_short_revisions(told: Path) -> None:
    versions = history(told).versions[ID]
    assert [v.date for v in versions] == ["2026-03-02", "2026-05-01", "2026-07-01"]
    revisions = git(told, "log", "--reverse", "--format=%H").split()
    assert [v.revision for v in versions] == [r[:10] for r in revisions]
    assert versions[-1].case.data == for_edition(load_library(told).library, SCHEMAS).cases[0].data


def test_differences_are_said_in_words(told: Path) -> None:
    _, first, last = history(told).versions[ID]
    library = load_library(told).library
    said = Speaker(library, SCHEMAS.case).say(last.changes, first.case.data, last.case.data)
    assert [(s.where, s.kind) for s in said] == [("关键词", "顺序"), ("背景", "改动")]
    assert said[1].before == "某社区的公共车棚漏雨多年，雨季前居民多次反映，社区先行翻修。"


def test_codes_are_said_by_their_labels_and_entries_by_their_term(library: Path) -> None:
    old = load_library(library).library.cases[0].data
    edit(
        library,
        "boundaries:\n  - term: bd-legal\n    verdict: kept\n    origin: source\n"
        "  - term: bd-others-rights\n    verdict: kept\n    origin: editor",
    )
    read = load_library(library).library
    new = read.cases[0].data
    said = Speaker(read, SCHEMAS.case).say(differences(old, new, SCHEMAS.case), old, new)
    assert [(s.kind, s.before, s.after) for s in said[1:]] == [("改动", "不明", "未触碰")]
    assert said[0].kind == "删去" and read.label("bd-organization") in said[0].before
    assert said[1].where == f"三条边界 › {read.label('bd-others-rights')} › 边界结论"


def test_of_a_long_text_only_the_changed_sentences_are_shown() -> None:
    before = "甲说明了情况。乙没有签字。丙到场。" * 1 + "最后归档。"
    after = "甲说明了情况。乙补了签字。丙到场。最后归档，并公示。"
    assert changed_sentences(before, after) == (
        "乙没有签字。……最后归档。",
        "乙补了签字。……最后归档，并公示。",
        True,
    )


def test_uncommitted_words_are_the_last_version_without_date(told: Path) -> None:
    edit(told, "title: 社区书记没等批复先修车棚后免予问责")
    last = history(told).versions[ID][-1]
    assert (last.date, last.revision, last.case.title) == ("", "", "社区书记没等批复先修车棚后免予问责")


def test_layout_alone_makes_no_version(told: Path) -> None:
    text = (told / CASE).read_text(encoding="utf-8")
    write(told, CASE, text + "# 注释\n")
    commit(told, "2026-08-01")
    assert len(history(told).versions[ID]) == 3


def test_a_version_that_cannot_be_read_is_named(told: Path) -> None:
    text = (told / CASE).read_text(encoding="utf-8")
    write(told, CASE, text + "title: [\n")
    commit(told, "2026-08-01")
    write(told, CASE, text.replace("翻修", "修缮"))
    commit(told, "2026-08-02")
    versions = history(told).versions[ID]
    assert [v.case is None for v in versions] == [False, False, False, True, False]
    assert versions[3].date == "2026-08-01" and versions[4].changes


def test_a_file_that_moved_is_the_same_case(told: Path) -> None:
    target = told / "cases/2025" / Path(CASE).name
    target.parent.mkdir()
    shutil.move(told / CASE, target)
    commit(told, "2026-08-01")
    assert len(history(told).versions[ID]) == 3


def test_a_merge_counts_as_one_step_of_the_main_line(told: Path) -> None:
    git(told, "checkout", "--quiet", "-b", "side")
    for number, day in enumerate(("2026-08-01", "2026-08-02")):
        edit(told, f"title: 旁支上第 {number} 次改动的标题")
        commit(told, day)
    git(told, "checkout", "--quiet", "main")
    git(told, "merge", "--quiet", "--no-ff", "-m", "并入", "side", day="2026-08-03")
    assert [v.date for v in history(told).versions[ID]][3:] == ["2026-08-03"]


# ---- what is missing is said, and nothing fails ------------------------------------------------------------------


def test_without_git_history_says_so(library: Path) -> None:
    found = history(library)
    assert "没有 Git 历史" in found.notice and "不在 Git 仓库里" in reason(library)
    assert [v.case.id for v in found.versions[ID]] == [ID]


def test_without_the_program_history_says_so(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "没有装 Git" in reason(told)


def test_a_shallow_clone_tells_what_it_has(told: Path, tmp_path: Path) -> None:
    shallow = tmp_path / "浅"
    git(tmp_path, "clone", "--quiet", "--depth", "2", told.as_uri(), str(shallow))
    found = history(shallow)
    assert "浅克隆" in found.notice
    assert [v.date for v in found.versions[ID]] == ["2026-05-01", "2026-07-01"]


def test_a_repository_without_commits_says_so(library: Path) -> None:
    git(library, "init", "--quiet")
    assert "没有提交" in reason(library)


def test_a_library_inside_a_larger_repository_has_its_history(tmp_path: Path) -> None:
    root = make_library(tmp_path / "仓" / "库")
    (tmp_path / "仓/cases").mkdir()
    write(tmp_path / "仓", "cases/别的.yaml", "id: 别的\n")
    commit(tmp_path / "仓", "2026-03-02")
    edit(root, "title: 社区书记没等批复先修车棚后免予问责")
    commit(tmp_path / "仓", "2026-04-02")
    assert [v.date for v in history(root).versions[ID]] == ["2026-03-02", "2026-04-02"]


def test_a_hook_that_runs_us_does_not_lead_git_astray(
    told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert not history(told).notice


def test_an_option_is_no_revision(told: Path) -> None:
    from build_tools.history.git import commit_of

    with pytest.raises(NoHistory):
        commit_of(told, "--output=x")
    assert list(walk(told, "cases"))


# ---- what an edition may not tell --------------------------------------------------------------------------------


def test_the_public_edition_tells_nothing_of_drafts_and_internal_times(library: Path) -> None:
    edit(library, "status: draft\nerror: 草稿里的话。")
    commit(library, "2026-03-02")
    edit(library, "status: published\ndisclosure: internal\nerror: 内部时的话。")
    commit(library, "2026-04-02")
    edit(library, "disclosure: public\nerror: 公开的话一。")
    commit(library, "2026-05-02")
    edit(library, "error: 公开的话二。\ninternal:\n  notes: 不得外传的话。")
    commit(library, "2026-06-02")
    edit(library, "internal:\n  notes: 另一句不得外传的话。")
    commit(library, "2026-07-02")
    found = history(library)
    assert [v.date for v in found.versions[ID]] == ["2026-05-02", "2026-06-02"]
    assert found.drafted == {ID}
    told = str(found.versions)
    assert [s for s in ("草稿里的话", "内部时的话", "不得外传") if s in told] == []
    assert len(history(library, INTERNAL).versions[ID]) == 4


def test_cases_outside_the_edition_have_no_history(library: Path) -> None:
    edit(library, "id: RC-2026-0002\ndisclosure: internal", "cases/2026/RC-2026-0002.yaml")
    commit(library)
    edit(library, "title: 改过标题的内部案例一件", "cases/2026/RC-2026-0002.yaml")
    commit(library)
    assert list(history(library).versions) == [ID]
    assert len(history(library, INTERNAL).versions["RC-2026-0002"]) == 2


def test_a_reference_shows_from_when_its_target_was_shown(library: Path) -> None:
    other = "cases/2026/RC-2026-0002.yaml"
    edit(library, "id: RC-2026-0002\nstatus: draft", other)
    edit(library, "relations:\n  - type: followed\n    target: RC-2026-0002")
    commit(library, "2026-03-02")
    edit(library, "status: published", other)
    commit(library, "2026-04-02")
    first, second = history(library).versions[ID]
    assert "relations" not in first.case.data and second.date == "2026-04-02"
    assert second.case.digest == for_edition(load_library(library).library, SCHEMAS).case_by_id[ID].digest


@pytest.mark.parametrize(
    "fragment",
    [
        "changes:\n  - date: 2026-03-02\n    type: created\n    what: 首次入库。\n    by: 编辑组\n"
        "  - date: 2026-08-01\n    type: redaction\n    what: 隐去地名。\n    by: 编辑组\n    disclosure: internal",
        "status: withdrawn\nstatus_record:\n  date: 2026-08-01\n  reason: 错录。\n  authority: 编辑组",
    ],
)
def test_what_was_hidden_on_purpose_stays_hidden(told: Path, fragment: str) -> None:
    before = (told / CASE).read_text(encoding="utf-8")
    edit(told, fragment)
    commit(told, "2026-08-01")
    if "withdrawn" in fragment:
        assert ID not in history(told).versions
        write(told, CASE, before.replace("翻修", "修缮"))
        commit(told, "2026-08-02")
    found = history(told)
    assert len(found.versions[ID]) == 1 and found.withheld == {ID}


def test_old_files_of_any_shape_do_no_harm_and_tell_no_secret(library: Path) -> None:
    good = (library / CASE).read_text(encoding="utf-8")
    for number, odd in enumerate(
        (
            "changes: 一句话\nreviews: {a: b}\nrelations: x\nmemo: 没有人该看到的话",
            "outcome: [没有人该看到的话]\nchanges: [一句话, {type: [x]}]\nregion: 某省",
            "status: [published]\ntitle: {a: 没有人该看到的话}",
            "outcome:\n  terms: [oc-exempt-accountability]\n  measures: 免予问责。\n  memo: 没有人该看到的话",
        )
    ):
        write(library, CASE, patched(good, odd))
        commit(library, f"2026-03-1{number}")
    write(library, CASE, good)
    commit(library, "2026-04-01")
    for edition in (PUBLIC, INTERNAL):
        versions = history(library, edition).versions[ID]
        assert len(versions) > 2 and versions[-1].case.data["title"] in good
        assert "没有人该看到" not in str(versions)
        spans(versions[-1].case, history(library, edition), [])


def test_a_case_that_was_deleted_and_came_back_starts_anew(told: Path) -> None:
    text = (told / CASE).read_text(encoding="utf-8")
    (told / CASE).unlink()
    commit(told, "2026-08-01")
    write(told, CASE, text)
    commit(told, "2026-08-02")
    assert [v.date for v in history(told).versions[ID]] == ["2026-08-02"]


def test_an_unreadable_version_hides_nothing(told: Path) -> None:
    text = (told / CASE).read_text(encoding="utf-8")
    hide = "  - date: 2026-08-01\n    type: redaction\n    what: 隐去地名。\n    by: 编辑组\n"
    for number, some in enumerate((text + hide, "id: [\n", text.replace("翻修", "修缮") + hide)):
        write(told, CASE, some)
        commit(told, f"2026-08-0{number + 1}")
    assert [v.date for v in history(told).versions[ID]] == ["2026-08-01", "2026-08-02", "2026-08-03"]


def test_names_and_messages_of_commits_are_not_taken_along(told: Path) -> None:
    archive = read_archive(told, load_library(told).library)
    assert "一步" not in str(archive.moments) and "x" not in {m.revision for m in archive.moments}


# ---- a case on a day ---------------------------------------------------------------------------------------------


def test_status_and_version_by_day(told: Path) -> None:
    edit(told, "status: superseded\nstatus_record:\n  date: 2026-09-01\n  reason: 旧。\n  authority: 编辑组")
    commit(told, "2026-09-03")
    found = history(told)
    case = for_edition(load_library(told).library, SCHEMAS).cases[0]
    assert [(s.date, s.status, s.version) for s in spans(case, found, ["2026-06-01"])] == [
        ("2026-03-02", "published", 1),
        ("2026-06-01", "published", 2),
        ("2026-09-01", "superseded", 2),
    ]


# ---- differences replay ------------------------------------------------------------------------------------------

WORDS = st.text("社区车棚，。；修补\n1a ", min_size=1, max_size=12).filter(str.strip)
VALUES = st.recursive(
    st.none() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abterm"), inner, max_size=4),
    max_leaves=12,
)


def frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: frozen(child) for key, child in value.items()})
    return tuple(map(frozen, value)) if isinstance(value, list) else value


FIELDS = {
    "title": WORDS,
    "keywords": st.lists(WORDS, max_size=4),
    "causes": st.lists(
        st.fixed_dictionaries({"term": st.sampled_from(["ca-a", "ca-b", "ca-c"])}, optional={"note": WORDS}),
        max_size=5,
    ),
    "lessons": st.lists(st.fixed_dictionaries({"audience": st.just("cadre"), "text": WORDS}), max_size=4),
    "outcome": st.fixed_dictionaries({"measures": WORDS}, optional={"reasons": WORDS}),
    "未知": VALUES,
}
RECORDS = st.fixed_dictionaries({}, optional=FIELDS)


@given(RECORDS, RECORDS)
def test_differences_make_the_new_content_of_the_old(old: Any, new: Any) -> None:
    one, other = frozen(old), frozen(new)
    found = differences(one, other, SCHEMAS.case)
    assert apply(one, found) == other
    assert bool(found) == (one != other)


EDITS: dict[str, Callable[[dict[str, Any], str], object]] = {
    "title": lambda data, word: data.update(title=f"标题改成{word}的案例"),
    "reword": lambda data, word: data.update(background=f"某社区的车棚漏雨多年。{word}。居民多次反映。"),
    "keyword": lambda data, word: data["keywords"].insert(0, f"词{word}{len(data['keywords'])}"),
    "turn": lambda data, word: data["boundaries"].reverse(),
    "drop": lambda data, word: data["boundaries"].pop() if len(data["boundaries"]) > 1 else None,
    "note": lambda data, word: data["error_factors"][0].update(note=word),
    "layout": lambda data, word: None,
    "change": lambda data, word: data["changes"].append(
        {"date": "2026-08-01", "type": "correction", "what": word, "by": "编辑组"}
    ),
}


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.sampled_from("甲乙丙")), max_size=5))
def test_any_sequence_of_edits_replays_to_the_file_on_disk(steps: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        base = Path(__file__).parent / "fixtures/base-case.yaml"
        write(root, CASE, base.read_text(encoding="utf-8"))
        commit(root)
        data = yaml.load(base.read_text(encoding="utf-8"), yaml.BaseLoader)
        for number, (name, word) in enumerate(steps):
            EDITS[name](data, word)
            text = yaml.safe_dump(data, allow_unicode=True) + f"# {number if name == 'layout' else ''}\n"
            write(root, CASE, text)
            commit(root)
        versions = history(root).versions[ID]
        content = versions[0].case.data
        for version in versions[1:]:
            content = apply(content, version.changes)
        assert content == read_yaml((root / CASE).read_bytes(), CASE).data
