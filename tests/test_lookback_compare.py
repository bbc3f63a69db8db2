"""Questions between cases (unlike outcomes) and between cases and rules (changed law), and how an answer is kept."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build_tools.cli import main
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.lookback.law import law_watch
from build_tools.lookback.uneven import Pair, outliers, uneven_pairs
from build_tools.site.contents import gather
from build_tools.site.lookback_pages import lookback_files, lookback_pages, of_edition, read_draws
from tests.check_support import CASE, ROOT, TODAY, lines, patched, write
from tests.lookback_support import add_case, review, with_policy

SCHEMAS = load_schemas(ROOT / "schema")
ALIKE = """
fields: [fd-parking]
error_factors:
  - {term: ef-no-approval, origin: source}
boundaries:
  - {term: bd-legal, verdict: crossed, origin: source}
  - {term: bd-organization, verdict: kept, origin: source}
  - {term: bd-others-rights, verdict: kept, origin: source}
conditions:
  - {term: tc-no-private-gain, state: met, origin: source}
"""
MILD = ALIKE + "outcome:\n  terms: [oc-exempt-accountability]\n  measures: 免予问责。\n"
HARD = ALIKE + "outcome:\n  terms: [oc-party-warning]\n  measures: 党内警告。\nkind: contrast\n"


@pytest.fixture
def desk(library: Path) -> Path:
    """A library with the policy and one mild case more than the base case (which is about something else)."""
    with_policy(library)
    add_case(library, 2, MILD)
    return library


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["lookback", *words, "--root", str(root)])


def pairs(root: Path) -> tuple[Pair, ...]:
    return uneven_pairs(load_library(root).library, SCHEMAS)


def test_cases_alike_with_outcomes_far_apart_are_a_question(desk: Path) -> None:
    add_case(desk, 3, HARD)
    assert lines(desk) == []
    (pair,) = pairs(desk)
    assert (pair.mild.id, pair.hard.id, pair.gap) == ("RC-2026-0002", "RC-2026-0003", 3)
    assert {c.term for c in pair.alike} >= {"ef-no-approval", "fd-parking", "bd-legal", "tc-no-private-gain"}
    assert not pair.explained


@pytest.mark.parametrize(
    "change",
    [
        ("oc-party-warning", "oc-criticism"),  # only one step harder
        ("ef-no-approval", "ef-decision"),  # another error
        ("fd-parking", "fd-rural"),  # another field
        ("verdict: kept", "verdict: unclear"),  # too little is known to be alike
        ("status: published", "status: draft"),
    ],
)
def test_what_is_no_question(desk: Path, change: tuple[str, str]) -> None:
    add_case(
        desk, 3, "status: published\n" + HARD.replace(*change) if change[0] != "status: published" else HARD
    )
    if change[0] == "status: published":
        path = desk / "cases/2026/RC-2026-0003.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    assert pairs(desk) == ()


def test_a_bar_on_the_harder_side_explains_and_is_put_behind(desk: Path) -> None:
    add_case(desk, 3, HARD)
    add_case(desk, 4, HARD + "exclusions:\n  - {term: ex-private-gain, state: present, origin: source}\n")
    found = pairs(desk)
    assert [(p.hard.id, p.explained) for p in found] == [("RC-2026-0003", False), ("RC-2026-0004", True)]
    key = [d for d in found[1].differences if d.weight == "decisive"]
    assert [(d.term, d.here, d.there) for d in key] == [("ex-private-gain", "", "present")]


def test_a_bar_on_the_milder_side_explains_nothing(desk: Path) -> None:
    add_case(desk, 3, HARD)
    add_case(desk, 4, MILD + "exclusions:\n  - {term: ex-private-gain, state: present, origin: source}\n")
    assert {p.explained for p in pairs(desk)} == {False}


def test_that_a_crime_was_found_is_the_outcome_and_no_explanation(desk: Path) -> None:
    add_case(desk, 3, HARD + "exclusions:\n  - {term: ex-criminal, state: present, origin: source}\n")
    assert [p.explained for p in pairs(desk)] == [False]


def test_a_dismissed_pair_does_not_come_back_and_the_reason_is_kept(desk: Path) -> None:
    add_case(desk, 3, HARD)
    done = run(
        desk,
        "uneven",
        "--dismiss",
        "RC-2026-0002",
        "RC-2026-0003",
        "--reason",
        "后者事后隐瞒",
        "--by",
        "复查组",
    )
    assert done.exit_code == 0, done.output
    assert pairs(desk) == () and lines(desk, date.today()) == []
    case = load_library(desk).library.case_by_id["RC-2026-0002"]
    assert case.data["relations"][-1] == {
        "type": "explained",
        "target": "RC-2026-0003",
        "note": "后者事后隐瞒",
    }
    assert case.data["changes"][-1]["by"] == "复查组" and case.version == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dismiss", "RC-2026-0002", "RC-2026-0002", "--reason", "同", "--by", "组"], "两个编号是同一件"),
        (["--dismiss", "RC-2026-0002", "RC-2026-0009", "--reason", "同", "--by", "组"], "库里没有案例"),
        (["--dismiss", "RC-2026-0002", "RC-2026-0003"], "写明理由和谁看的"),
        (["--reason", "同"], "一起用"),
    ],
)
def test_a_dismissal_that_is_not_whole_writes_nothing(desk: Path, words: list[str], said: str) -> None:
    add_case(desk, 3, HARD)
    before = {p: p.read_bytes() for p in (desk / "cases").rglob("*.yaml")}
    done = run(desk, "uneven", *words)
    assert done.exit_code != 0 and said in done.output
    assert {p: p.read_bytes() for p in (desk / "cases").rglob("*.yaml")} == before


def test_a_refused_edit_leaves_the_file_as_it_was(desk: Path) -> None:
    add_case(desk, 3, HARD)
    path = desk / "cases/2026/RC-2026-0002.yaml"
    before = path.read_bytes()
    done = run(
        desk, "uneven", "--dismiss", "RC-2026-0002", "RC-2026-0003", "--reason", "长" * 400, "--by", "组"
    )
    assert done.exit_code != 0 and "没有写" in done.output
    assert path.read_bytes() == before


def test_a_case_far_from_the_middle_of_its_kind_stands_out(desk: Path) -> None:
    for serial in range(3, 8):
        add_case(desk, serial, MILD)
    add_case(desk, 8, HARD.replace("oc-party-warning", "oc-criminal"))
    (found,) = outliers(load_library(desk).library, SCHEMAS)
    assert (found.case.id, found.severity, found.middle, found.size) == ("RC-2026-0008", 9, 0, 7)


def test_lists_as_json_carry_both_sides(desk: Path) -> None:
    add_case(desk, 3, HARD)
    facts = json.loads(run(desk, "uneven", "--format", "json").stdout)
    assert facts["total"] == 1 and facts["pairs"][0]["hard"] == "RC-2026-0003"


# ---- law ------------------------------------------------------------------------------------------------------------


def rule(root: Path, fragment: str, name: str = "N-90") -> None:
    path = f"rules/{name}.yaml"
    base = (root / "rules/N-90.yaml").read_text(encoding="utf-8")
    write(root, path, patched(base, f"id: {name}\n{fragment}"))


def citing(root: Path) -> None:
    write(
        root,
        CASE,
        patched(
            (root / CASE).read_text(encoding="utf-8"),
            "outcome:\n  terms: [oc-exempt]\n  measures: 免责。\n  rules:\n    - {ref: N-90#1, origin: source}\n",
        ),
    )


def watched(root: Path, day: date = TODAY) -> list[tuple[str, str, list[str], list[str]]]:
    return [
        (w.change.rule.id, w.change.kind, [c.case.id for c in w.cases], [g.path for g in w.guides])
        for w in law_watch(load_library(root).library, SCHEMAS, day)
    ]


def test_a_rule_that_lapses_lists_cases_and_guidance_that_lean_on_it(library: Path) -> None:
    with_policy(library)
    citing(library)
    write(library, "docs/guide/a.md", "# 甲\n\n见 [[N-90#1]]。\n")
    write(library, "docs/guide/b.md", "# 乙\n\n`[[N-90]]` 只是写法，见 [[RC-2026-0001]]。\n")
    assert watched(library) == []
    rule(library, "title: 新办法\nshort: 新办法\n", "N-91")
    rule(library, "force:\n  from: 2019-01-01\n  to: 2026-10-31\nsuccessor: N-91\n")
    assert watched(library) == [("N-90", "lapsed", ["RC-2026-0001"], ["guide/a.md"])]
    assert watched(library, date(2026, 6, 1)) == [("N-90", "lapses", ["RC-2026-0001"], ["guide/a.md"])]
    assert watched(library, date(2026, 1, 1)) == [], "further ahead than half a year"
    out = run(library, "law", "--as-of", "2026-11-22").output
    assert "《新办法》" in out and "RC-2026-0001" in out and "docs/guide/a.md" in out
    assert "另有 1 件所引的规则变动了" in run(library, "due", "--as-of", "2026-11-22").output


def test_a_case_looked_at_since_is_done(library: Path) -> None:
    with_policy(library)
    citing(library)
    rule(library, "force:\n  from: 2019-01-01\n  to: 2026-10\n")
    reviews = "reviews:\n" + review("2026-11-10")
    write(library, CASE, patched((library / CASE).read_text(encoding="utf-8"), reviews))
    assert watched(library) == [("N-90", "lapsed", [], [])]


def test_a_newer_text_sends_back_the_cases_entered_before_it(library: Path) -> None:
    with_policy(library)
    citing(library)
    rule(library, "replaces: 旧办法\nforce:\n  from: 2026-07-01\n")
    assert watched(library) == [("N-90", "amended", ["RC-2026-0001"], [])]
    rule(library, "replaces: 旧办法\nforce:\n  from: 2020-07-01\n")
    assert watched(library) == []


# ---- pages ----------------------------------------------------------------------------------------------------------


def test_the_section_shows_what_is_due_uneven_corrected_and_drawn(desk: Path) -> None:
    add_case(desk, 3, HARD)
    draw = run(
        desk, "sample", "--seed", "7", "--rate", "50", "--as-of", "2026-11-22", "-o", str(desk / "draw.json")
    )
    assert draw.exit_code == 0, draw.output
    write(desk, "lookback/2026.json", (desk / "draw.json").read_bytes())
    write(desk, "lookback/broken.json", "{")
    reviews = "reviews:\n" + review("2026-10-01", ["lf-revoke"], [("restore", "2026-11-01", "")])
    record = "status: overturned\nstatus_record: {date: 2026-10-01, reason: 证据不足, authority: 某市纪委, before: 警告, after: 撤销}\n"
    change = "changes:\n  - {date: 2026-03-02, type: created, what: 入库, by: 编辑组}\n  - {date: 2026-10-01, type: status, what: 撤销, by: 复查组}\n"
    add_case(desk, 4, reviews + record + change)
    library = for_edition(load_library(desk).library, SCHEMAS)
    contents = gather(library, SCHEMAS, TODAY)
    pages = {p.path: p.body for p in lookback_pages(contents, read_draws(desk))}
    assert "RC-2026-0003" in pages["lookback/uneven.html"]
    assert "没有看出决定性差别" in pages["lookback/uneven.html"]
    register = pages["lookback/corrections.html"]
    assert "RC-2026-0004" in register and "原结论：警告" in register and "现结论：撤销" in register
    assert "过期 21 天" in pages["lookback/index.html"]
    assert "用记录里的名单和种子重抽，结果相符" in pages["lookback/samples.html"]
    assert pages["lookback/samples.html"].count("<h2") == 1
    files = {f.path: f.make() for f in lookback_files(contents, read_draws(desk))}
    assert b"BEGIN:VCALENDAR" in files["lookback/due.ics"]
    assert files["lookback/draws/2026.json"] == (desk / "draw.json").read_bytes()


def test_a_conclusion_changed_by_an_internal_look_back_is_in_the_register(desk: Path) -> None:
    reviews = "reviews:\n" + review("2026-10-01", ["lf-revoke"], disclosure="internal")
    record = "status: overturned\nstatus_record: {date: 2026-10-01, reason: 证据不足, authority: 某市纪委, before: 警告, after: 撤销}\n"
    add_case(desk, 4, reviews + record)
    contents = gather(for_edition(load_library(desk).library, SCHEMAS), SCHEMAS, TODAY)
    pages = {p.path: p.body for p in lookback_pages(contents, ())}
    register = pages["lookback/corrections.html"]
    assert "RC-2026-0004" in register and "证据不足" in register and "没有公开回头看的记录" in register


def test_pairs_are_told_on_the_terminal_with_what_is_alike_and_what_differs(desk: Path) -> None:
    add_case(desk, 3, HARD + "date: {value: '2015', basis: decision}\n")
    said = run(desk, "uneven").output
    assert "轻：RC-2026-0002" in said and "重：RC-2026-0003" in said and "没有看出决定性差别" in said
    assert "不违反法律法规（触碰）" in said and "2015年" in said


def test_a_draw_over_hidden_cases_is_not_published(desk: Path) -> None:
    add_case(desk, 3, "disclosure: internal\n")
    run(desk, "sample", "--seed", "7", "--as-of", "2026-11-22", "-o", str(desk / "draw.json"))
    write(desk, "lookback/2026.json", (desk / "draw.json").read_bytes())
    whole = load_library(desk).library
    draws = read_draws(desk)
    assert len(draws) == 1
    assert of_edition(draws, for_edition(whole, SCHEMAS)) == ()
    assert of_edition(draws, for_edition(whole, SCHEMAS, "internal")) == draws


def test_the_real_library_has_questions_that_a_reader_can_follow() -> None:
    library = for_edition(load_library(ROOT).library, SCHEMAS)
    for pair in uneven_pairs(library, SCHEMAS):
        assert {c.field for c in pair.alike} >= {"error_factors", "fields"}
        assert pair.gap >= 2 and pair.mild.status == pair.hard.status == "published"
