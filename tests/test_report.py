"""The 类案检索报告: its definition, what is filled in, and the Word file."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from docx import Document
from docx.oxml.ns import qn

from build_tools.cli import main
from build_tools.edit.write import put_bytes
from build_tools.export.definition import load_definition
from build_tools.export.docx_report import docx_report
from build_tools.export.edition import edition_of
from build_tools.export.matter import compared_fields
from build_tools.export.precedents import Findings
from build_tools.export.report import Entry, Report, Table, build_report
from build_tools.load import for_edition
from build_tools.model import Case, Library
from tests.matter_support import FACTS, GAIN, TODAY, definition, find, small_case
from tests.search_support import ROOT, real_library

HEADINGS = [
    "一、检索人、日期和平台", "二、待决事项", "三、检索式与顺位", "四、类案", "五、不利案例", "六、意见", "七、规则核对",
    "八、归档与回应",
]  # fmt: skip
MATTER = (
    "上级拨来一笔小型水利维修专项资金。村里的便桥被洪水冲断，村支书开会决定挪用这笔专项资金先修桥，钱没进个人腰包。"
    "审计依据《问责条例》和《某县容错办法》提出问题。"
)


def run(*args: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["report", "--root", str(ROOT), *args], input=text)


def filled(findings: Findings, today: date = TODAY, library: Library | None = None, **more: str) -> Report:
    real, schemas = real_library()
    return build_report(findings, library or real, schemas, definition(), today, **more)


def entries(report: Report) -> dict[str, str]:
    return {b.label: b.value for part in report.parts for b in part.blocks if isinstance(b, Entry)}


def table(report: Report, title: str) -> Table:
    return next(
        b for part in report.parts for b in part.blocks if isinstance(b, Table) and b.title.startswith(title)
    )


def words_of(raw: bytes) -> str:
    """All text of a .docx: body, tables, header, footer."""
    document = Document(io.BytesIO(raw))
    body = document.element.body.iter(qn("w:t"))
    section = document.sections[0]
    return "\n".join([
        "".join(t.text or "" for t in body),
        *(p.text for p in (*section.header.paragraphs, *section.footer.paragraphs)),
    ])  # fmt: skip


# The definition


def test_the_definition_names_only_terms_fields_and_states_that_exist() -> None:
    library, schemas = real_library()
    data = definition()
    named = {term for point in data.points for term in point.terms | point.follows} | set(
        data.data["verdicts"]
    )
    assert sorted(named - library.term_by_id.keys()) == []
    fields = compared_fields(schemas.case)
    for field, states in data.data["decisive"].items():
        items = schemas.case.node_at((field, 0)) or {}
        known = {c.value for key in items["properties"] for c in schemas.case.choices((field, 0, key))}
        assert field in fields and set(states) <= known
    levels = {term.get("level") for term in library.vocabulary["deciding_bodies"].record.data["terms"]}
    stepped = [level for step in data.steps for level in step.levels]
    assert sorted(stepped) == sorted(set(stepped)) and levels <= set(stepped)


def test_every_question_the_library_codes_belongs_to_a_point() -> None:
    """A condition, exclusion, boundary or distinction outside all points could never make a 类案."""
    library, _ = real_library()
    covered = {term for point in definition().points for term in point.terms}
    lists = ("boundaries", "distinctions", "tolerance_conditions", "exclusions")
    assert [t.id for name in lists for t in library.vocabulary[name].terms if t.id not in covered] == []


def test_tables_fill_the_page() -> None:
    for name, columns in definition().data["columns"].items():
        assert sum(float(column["width"]) for column in columns) == pytest.approx(17), name


@pytest.mark.parametrize(("before", "after", "said"), [
    ("title: 类案检索报告\n", "", "title"),
    ("recent_years: 3", "recent_years: 三", "recent_years"),
    ("title: 类案检索报告", "title: [", "RC101"),
])  # fmt: skip
def test_a_broken_definition_is_refused_with_its_place(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    shutil.copytree(ROOT / "schema", tmp_path / "schema")
    path = tmp_path / "schema/report.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        load_definition(tmp_path)
    (tmp_path / "cases").mkdir()
    result = CliRunner().invoke(main, ["similar", "--root", str(tmp_path), "-"], input=FACTS)
    assert result.exit_code == 1 and "报告的定义读不出来" in result.output


# What is filled in


def test_the_eight_parts_are_filled_from_what_was_found() -> None:
    findings = find(MATTER)
    report = filled(findings, by="某区纪委监委", case_name="某村挪用专款一案")
    assert [part.heading for part in report.parts] == HEADINGS
    said = entries(report)
    assert said["检索人（机关或岗位）"] == "某区纪委监委" and said["案件或事项名称"] == "某村挪用专款一案"
    assert said["检索日期"] == "2026-11-22" and said["案情"] == MATTER
    assert "改变专项资金用途（案情写“挪用”）" in said["错误要素"]
    assert "专项资金能不能改变用途、调剂使用" in said["争议焦点"]
    assert said["案情所引规则"] == "《问责条例》（N-03）、某县容错办法（本库未收）"
    assert said["库摘要（SHA-256）"] == edition_of(real_library()[0]).digest
    adverse = table(report, "不利案例")
    assert [row["case"].split("\n")[0] for row in adverse.rows] == [
        p.case.id for p in findings.groups["adverse"]
    ]
    assert (
        adverse.rows[0]["shared"].startswith("类案\n")
        and "错误要素：改变专项资金用途" in adverse.rows[0]["shared"]
    )
    assert all(row["force"] == "现行" for row in adverse.rows)


def test_what_the_officer_decides_stays_blank() -> None:
    said = entries(filled(find(MATTER)))
    for label in (
        "检索人（机关或岗位）",
        "总的意见和理由",
        "与现行规定是否一致",
        "当地现行办法",
        "承办人补正",
    ):
        assert said[label] == ""
    opinions = table(filled(find(MATTER)), "逐案意见")
    assert opinions.rows and all(row["reason"] == "" and "□ 不参考" in row["choice"] for row in opinions.rows)


def test_opinions_are_asked_only_on_precedents() -> None:
    findings = find(
        FACTS,
        small_case(1, GAIN),
        small_case(2, GAIN, kind="contrast"),
        small_case(3, kind="contrast"),
        small_case(4),
    )
    rows = table(filled(findings), "逐案意见").rows
    assert sorted(row["case"][:12] for row in rows) == ["RC-2026-0001", "RC-2026-0002"]


def test_nothing_found_is_said_in_words() -> None:
    report = filled(find(FACTS, small_case(1, factors=["ef-attitude"])))
    assert table(report, "类案（").rows == () and "没有检到类案" in table(report, "类案（").empty
    assert table(report, "不利案例").rows == () and "不等于没有" in table(report, "不利案例").empty


def test_steps_and_spread_count_all_that_was_found() -> None:
    cases = [
        small_case(n, f"{GAIN}outcome:\n  terms: [oc-exempt]\n  decided_by: {{body: db-city-jiwei}}\n")
        for n in range(1, 5)
    ]
    report = filled(find(FACTS, *cases, small_case(9, GAIN, kind="contrast"), limit=1))
    assert len(table(report, "类案（").rows) == 1
    assert {row["step"]: row["on_point"] for row in table(report, "顺位").rows}["市级"] == "4（0）"
    spread = table(report, "类案的处理分布").rows
    assert [(row["kind"], row["count"], row["bar"]) for row in spread] == [
        ("容错免责减责", "4", "████"),
        ("追责对照", "1", "█"),
    ]
    assert spread[0]["outcomes"] == "容错免责 4"


def test_a_case_without_force_is_marked() -> None:
    rows = table(filled(find(FACTS, small_case(1, GAIN, status="superseded"))), "类案（").rows
    assert rows[0]["force"] == "失效（不再参照），不得参照"


@pytest.mark.parametrize(("ref", "today", "grade", "use", "force"), [
    ("N-03#20", TODAY, "未核实", "未核实，不作依据", "2019-09 起\n现行"),
    ("N-27", TODAY, "未核实", "未核实，不作依据", ""),
    ("L-01a#46", TODAY, "A 原文", "核对现行文本后可以引用", "2019-01-01 起\n现行"),
    ("L-01a#46", date(2018, 12, 31), "A 原文", "核对现行文本后可以引用", "2019-01-01 起\n尚未施行"),
])  # fmt: skip
def test_rules_are_checked(ref: str, today: date, grade: str, use: str, force: str) -> None:
    cited = f"{GAIN}outcome:\n  rules:\n    - {{ref: {ref}, origin: source}}\n"
    (row,) = table(filled(find(FACTS, small_case(1, cited)), today), "案情和以上案例引用的规则").rows
    assert (row["grade"], row["use"], row["cases"]) == (grade, use, "RC-2026-0001")
    assert row["force"] == force or not force
    assert f"（{ref}）" in row["rule"]


def test_an_expired_rule_is_no_basis() -> None:
    library, _ = real_library()
    rule = library.rule_by_id["L-01a"]
    over = type(rule)(rule.path, {**rule.data, "force": {"from": "2019-01-01", "to": "2024"}}, {}, {}, "", "")
    findings = find(FACTS, small_case(1, f"{GAIN}outcome:\n  rules:\n    - {{ref: L-01a, origin: source}}\n"))
    (row,) = table(
        filled(findings, library=Library(library.cases, (over,), library.vocabularies)), "案情和以上"
    ).rows
    assert row["force"] == "2019-01-01 至 2024\n已失效" and row["use"] == "已失效，不作新事项的依据"


def test_long_facts_move_to_an_attachment() -> None:
    facts = MATTER * 12
    report = filled(find(facts))
    assert entries(report)["案情"] == "见附件" and report.attachment == ("附件：案情", facts)
    assert "只读前 2000 字" in entries(filled(find(MATTER * 30)))["检索方法"]
    assert filled(find(MATTER)).attachment == ("", "")


def public(*cases: Case) -> Library:
    return for_edition(Library(cases, (), ()), real_library()[1])


def test_the_digest_follows_the_public_cases_only() -> None:
    one, two, hidden = small_case(1), small_case(2), small_case(3, status="draft")
    of = lambda *cases: edition_of(public(*cases)).digest  # noqa: E731
    assert of(one, two) == of(two, one) == of(one, hidden, two) != of(one)
    assert of(one) != of(small_case(1, GAIN))
    assert re.fullmatch("[0-9a-f]{64}", of(one)) and edition_of(public(one, hidden)).cases == 1


def test_internal_notes_never_reach_the_report() -> None:
    secret = small_case(1, f"{GAIN}internal:\n  notes: 内部备注玄鸟，依据 N-03\n  handlers: [玄鸟科]\n")
    assert "玄鸟" not in repr(filled(find(FACTS, secret)).parts)


# The file


def as_docx(report: Report) -> bytes:
    return docx_report(report, definition().text("blank"), "容错案例库", datetime(2026, 11, 22))


def test_the_file_holds_everything_with_chinese_fonts_and_page_numbers() -> None:
    raw = as_docx(filled(find(MATTER), by="某区纪委监委"))
    said = words_of(raw)
    for heading in ("类案检索报告", *HEADINGS, "____", "某区纪委监委", MATTER):
        assert heading in said
    digest = edition_of(real_library()[0]).digest
    assert digest in said and f"库摘要 {digest[:12]}" in said and "容错案例库 0." in said
    document: Any = Document(io.BytesIO(raw))
    fonts = {
        name: document.styles[name].element.rPr.rFonts.get(qn("w:eastAsia"))
        for name in ("Normal", "Heading 1")
    }
    assert fonts == {"Normal": "宋体", "Heading 1": "黑体"}
    page = document.sections[0]
    assert (round(page.page_width.cm, 1), round(page.page_height.cm, 1)) == (21.0, 29.7)
    footer = page.footer._element.xml
    assert 'w:instr="PAGE"' in footer and 'w:instr="NUMPAGES"' in footer
    assert (
        document.core_properties.author == "容错案例库" and document.core_properties.created.date() == TODAY
    )


def test_the_same_report_gives_the_same_content() -> None:
    report = filled(find(MATTER))
    parts = [
        {n: z.read(n) for n in z.namelist()}
        for z in (zipfile.ZipFile(io.BytesIO(as_docx(report))) for _ in range(2))
    ]
    assert parts[0] == parts[1]


def test_characters_that_xml_forbids_and_markup_do_no_harm() -> None:
    nasty = "先上车后补票\x00\x08\x1b[31m\ufffe\ud800<w:t>&lt;{by}%s\u2028案"
    raw = as_docx(filled(find(nasty, small_case(1, GAIN)), by="\x07某\x0b委", case_name="<b>{date}"))
    said = words_of(raw)
    assert "先上车后补票[31m<w:t>&lt;{by}%s" in said and "某委" in said and "<b>{date}" in said


def test_the_command_writes_a_new_file_and_keeps_an_old_one(tmp_path: Path) -> None:
    target = tmp_path / "报告.docx"
    result = run("-", "-o", str(target), text=MATTER)
    assert result.exit_code == 0, result.output
    assert "不利案例" in result.output and MATTER[:10] not in result.output
    assert MATTER in words_of(target.read_bytes()) and [p.name for p in tmp_path.iterdir()] == ["报告.docx"]
    target.write_bytes(b"mine")
    refused = run("-", "-o", str(target), text=MATTER)
    assert (
        refused.exit_code == 2 and "已经有了，没有覆盖" in refused.output and target.read_bytes() == b"mine"
    )
    assert run("-", "-o", str(target), "--force", text=MATTER).exit_code == 0
    assert MATTER in words_of(target.read_bytes()) and [p.name for p in tmp_path.iterdir()] == ["报告.docx"]
    if os.name == "posix":
        assert target.stat().st_mode & 0o077 == 0  # the facts are nobody else's business


@pytest.mark.parametrize(("args", "text", "code", "said"), [
    (["-o", "x.doc"], MATTER, 2, "不以 .docx 结尾"),
    (["-o", "没有的文件夹/x.docx"], MATTER, 1, "写不了"),
    (["-o", "x.docx"], "  \n", 2, "没有案情"),
    (["-o", "x.docx"], "字" * 20_001, 2, "超过 20,000 字"),
    ([], MATTER, 2, "-o"),
])  # fmt: skip
def test_wrong_use_is_explained_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], text: str, code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("-", *args, text=text)
    assert result.exit_code == code and said in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        put_bytes(tmp_path / "a.docx", b"x", force=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.docx"
    target.write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        put_bytes(target, b"ours", force=False)

    def no_links(*_args: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(FileExistsError):
        put_bytes(target, b"ours", force=False)
    assert target.read_bytes() == b"theirs" and list(tmp_path.iterdir()) == [target]
    put_bytes(tmp_path / "b.docx", b"ours", force=False)
    assert (tmp_path / "b.docx").read_bytes() == b"ours"


OFFICE, TO_TEXT = shutil.which("soffice"), shutil.which("pdftotext")


@pytest.mark.skipif(
    not (OFFICE and TO_TEXT),
    reason="LibreOffice or pdftotext is missing: apt-get install libreoffice-writer-nogui poppler-utils",
)
def test_libreoffice_opens_the_report(tmp_path: Path) -> None:
    target = tmp_path / "report.docx"
    assert run("-", "-o", str(target), "--by", "某区纪委监委", text=MATTER).exit_code == 0
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        str(OFFICE),
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(target),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    shown = subprocess.run(
        [str(TO_TEXT), "-layout", str(tmp_path / "report.pdf"), "-"], check=True, capture_output=True
    )
    text = re.sub(r"\s+", "", shown.stdout.decode())
    leaves = shown.stdout.decode().split("\f")[:-1]
    pages = len(leaves)
    assert pages >= 3 and all(heading in text for heading in HEADINGS)
    assert f"第1页，共{pages}页" in text and f"第{pages}页，共{pages}页" in text
    assert re.search(r"检索人（机关或岗位）：某区纪委监委", text) and "挪用这笔专项资金先修桥" in text
    assert (
        sum(bool(re.search("编号 +处理 +相同 +不同", leaf)) for leaf in leaves) >= 2
    )  # the head row is repeated


def test_the_schema_of_the_definition_describes_every_key() -> None:
    """Editors complete and explain by it."""
    schema = json.loads((ROOT / "schema/report.schema.json").read_text(encoding="utf-8"))

    def nodes(node: Any) -> Any:
        if isinstance(node, dict):
            if "properties" in node:
                yield from node["properties"].items()
            for child in node.values():
                yield from nodes(child)
        elif isinstance(node, list):
            for child in node:
                yield from nodes(child)

    assert [name for name, child in nodes(schema) if not child.get("description")] == []
    assert (
        (ROOT / "schema/report.yaml")
        .read_text(encoding="utf-8")
        .startswith("# yaml-language-server: $schema=report.schema.json")
    )


def test_hidden_cases_are_not_found() -> None:
    hidden: list[Case] = [small_case(2, GAIN, status="draft"), small_case(3, GAIN)]
    assert [p.case.id for group in find(FACTS, *hidden).groups.values() for p in group] == ["RC-2026-0003"]
