"""Forms: what is written into a blank is read back unchanged, in Word and Excel, and nothing written anywhere is lost."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from build_tools.edit.compose import compose
from build_tools.edit.layout import laid_out
from build_tools.forms.answers import answers_of, example_rows, row_texts
from build_tools.forms.blank_forms import case_form, rules_to_cite
from build_tools.forms.draft import Understood, draft_text, understand
from build_tools.forms.grid import Line, book_lines, read_grid
from build_tools.forms.placing import place
from build_tools.forms.plan import LEAD, Field, Table, make_plan
from build_tools.forms.sheet_form import FORM, form_book, sheet_form
from build_tools.forms.word_form import RULES_HEADING, word_form
from build_tools.load import load_library
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import Case
from tests.check_support import ROOT, SCHEMAS

LIBRARY = load_library(ROOT).library
PLAN = make_plan(SCHEMAS.case, LIBRARY)
CASES = [case for case in LIBRARY.cases if case.status == "published"]
EXAMPLES = example_rows(PLAN, [case.data for case in CASES])
OWN = row_texts(PLAN, [case.data for case in CASES]) | {
    RULES_HEADING,
    *(r.label for r in rules_to_cite(LIBRARY)),
}
WORD = {"word": ".docx", "sheet": ".xlsx"}


def plain(value: Any) -> Any:
    """Lists and dictionaries for the record's frozen values."""
    if isinstance(value, tuple | list):
        return [plain(child) for child in value]
    return {key: plain(child) for key, child in value.items()} if isinstance(value, Mapping) else value


def asked(data: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a record that a form asks for."""
    nodes = SCHEMAS.case.properties
    return {key: plain(value) for key, value in data.items() if nodes[key].get("x-asked", True)}


def read(lines: tuple[Line, ...]) -> Understood:
    return understand(place(lines, PLAN, OWN), PLAN, LIBRARY, SCHEMAS.case)


def through_file(data: Mapping[str, Any], path: Path) -> Understood:
    """Fill a form, write it to disk, read it back."""
    answers = answers_of(PLAN, data)
    write = (
        sheet_form(PLAN, answers, EXAMPLES)
        if path.suffix == ".xlsx"
        else word_form(PLAN, (), answers, EXAMPLES)
    )
    path.write_bytes(write)
    return read(read_grid(path))


def assert_same(made: Understood, data: Mapping[str, Any]) -> None:
    assert plain(made.data) == plain(data)
    assert made.left_over == [] and made.notes == {}


# ---- the plan ----------------------------------------------------------------------------------------------------


def test_the_form_asks_everything_that_an_editor_writes_and_nothing_that_tools_keep() -> None:
    asked_keys = {part.path[0] for part in PLAN.parts}
    kept = {"id", "status", "entered", "status_record", "reviews", "changes"}
    assert asked_keys == set(SCHEMAS.case.properties) - kept
    public = make_plan(SCHEMAS.case, LIBRARY, internal=False)
    assert asked_keys - {part.path[0] for part in public.parts} == {"internal"}


def test_guidance_speaks_of_words_and_not_of_ids() -> None:
    shown = [b.about for p in PLAN.parts for b in (p.blanks if isinstance(p, Table) else (p.blank,))]
    shown += [p.about for p in PLAN.parts if isinstance(p, Table)]
    assert "“查无差错”" in "".join(shown)
    assert not any(term in text for text in shown for term in LIBRARY.term_by_id)


# ---- round trips -------------------------------------------------------------------------------------------------


def test_real_cases_survive_the_workbook() -> None:
    """Over the workbook in memory, which is what the file holds; files themselves are tried below."""
    for case in LIBRARY.cases[:: max(len(LIBRARY.cases) // 12, 1)]:
        book = form_book(PLAN, answers_of(PLAN, case.data))
        assert_same(read(tuple(book_lines(book))), asked(case.data))


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
def test_real_cases_survive_the_file(suffix: str, tmp_path: Path) -> None:
    for case in CASES[:: len(CASES) // 2]:
        assert_same(through_file(case.data, tmp_path / f"form{suffix}"), asked(case.data))


# What spreadsheets, Word, YAML or the form itself could take for something else.
TRAPS = (
    "=1+1", "+8613", "-x", "@SUM(A1)", "=HYPERLINK(\"http://x\")", "_x0041_", "例", "序号", "1", "请选择", "标题",
    "标题 ＊", "案例信息", LEAD[0], "a\nb", "# x", "a: b", "- x", "null", "2016", "010", "12:30", "true", "“”", "a  b",
    "<w:t>", "&amp;", "{{x}}", "'x", "\"x\"", "\\x", "x\ty", "第一段\n\n第二段",
)  # fmt: skip
ANY = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn")), max_size=40)


def texts(node: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Texts that a blank may hold: with nothing around them and not longer than the schema allows."""
    most = node.get("maxLength", 200)
    return (st.sampled_from(TRAPS) | ANY).map(lambda t: t.strip()[:most].strip()).filter(bool)


def values(node: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Records of the shape the schema asks for, with texts as hostile as can be."""
    node = SCHEMAS.case.resolve(node)
    words = [o.value for o in _options(node)]
    if words:
        return st.sampled_from(words)
    if node.get("x-date"):
        return st.sampled_from(
            ["2015-03-08"] if node["x-date"] == "day" else ["2015", "2015-03", "2015-03-08"]
        )
    if node.get("x-reference"):
        return st.sampled_from([case.id for case in CASES[:5]])
    if node.get("type") == "array":
        return st.lists(values(node["items"]), min_size=1, max_size=min(3, node["maxItems"]))
    if node.get("type") == "object":
        required = node.get("required", ())
        needed = {k: values(n) for k, n in node["properties"].items() if k in required}
        others = {k: values(n) for k, n in node["properties"].items() if k not in required}
        found = st.fixed_dictionaries(needed, optional=others).filter(bool)
        return found.map(lambda data: {key: data[key] for key in node["properties"] if key in data})
    return texts(node)


def _options(node: Mapping[str, Any]) -> tuple[Any, ...]:
    from build_tools.forms.plan import options_of

    return options_of(node, LIBRARY)


RECORDS = st.fixed_dictionaries(
    {},
    optional={k: values(n) for k, n in SCHEMAS.case.properties.items() if n.get("x-asked", True)},
).map(lambda data: {k: data.get(k, {}) for k in SCHEMAS.case.properties if k in data or k == "region"})
FEW = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FEW
@given(RECORDS)
def test_any_record_survives_the_workbook(tmp_path: Path, data: dict[str, Any]) -> None:
    assert_same(through_file(data, tmp_path / "form.xlsx"), data)


@FEW
@given(RECORDS)
def test_any_record_survives_the_word_file(tmp_path: Path, data: dict[str, Any]) -> None:
    assert_same(through_file(data, tmp_path / "form.docx"), data)


@settings(max_examples=12, deadline=None)
@given(RECORDS)
def test_a_draft_holds_the_record_in_the_layout_of_fmt(data: dict[str, Any]) -> None:
    made = Understood(data=data, notes={"title": ["x: y # z\u2028- a"]}, left_over=["甲\n乙: 丙"])
    text = draft_text(made, SCHEMAS.case, "RC-2026-9999", "2026-11-22", "表\n.docx", "")
    assert asked(read_yaml(text.encode(), "").data) == data
    bare = draft_text(Understood(data=data), SCHEMAS.case, "RC-2026-9999", "2026-11-22", "表.docx", "")
    assert laid_out(bare.encode(), "", SCHEMAS.case).text in (
        bare,
        None,
    )  # None: fmt leaves what looks like comments


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TRAPS) | ANY.map(str.strip).filter(bool))
def test_composed_text_is_what_fmt_writes(text: str) -> None:
    whole = (
        "\n".join(
            [*compose("title", text), *compose("keywords", [text]), *compose("sources", [{"title": text}])]
        )
        + "\n"
    )
    assert plain(read_yaml(whole.encode(), "").data) == {
        "title": text,
        "keywords": [text],
        "sources": [{"title": text}],
    }
    assert laid_out(whole.encode(), "", SCHEMAS.case).text in (whole, None)


# ---- the files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
def test_the_same_form_gives_the_same_bytes(suffix: str) -> None:
    assert case_form(LIBRARY, SCHEMAS, suffix) == case_form(LIBRARY, SCHEMAS, suffix)


def test_formulas_stay_texts(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    made = through_file({"title": "=1+1", "keywords": ["@x", "+1", "-1"]}, path)
    assert made.data["title"] == "=1+1"
    with zipfile.ZipFile(path) as package:
        assert not any(
            b"<f>" in package.read(n) for n in package.namelist() if n.startswith("xl/worksheets/")
        )


def test_the_workbook_offers_every_choice_and_word() -> None:
    book = form_book(PLAN)
    sheet = book[FORM]
    offered = {rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    assert book["选项"].sheet_state == "hidden"
    shown = {tuple(c.value for c in column if c.value) for column in book["选项"].columns}
    for part in PLAN.parts:
        for blank in part.blanks if isinstance(part, Table) else (part.blank,):
            if blank.options and not blank.many:
                assert tuple(o.label for o in blank.options) in shown
    assert len(offered) == len(shown)


def test_the_word_file_offers_every_choice_and_word(tmp_path: Path) -> None:
    path = tmp_path / "form.docx"
    path.write_bytes(word_form(PLAN))
    body = Document(str(path)).element.body
    lists = {
        tuple(item.get(f"{{{body.nsmap['w']}}}displayText") for item in found)[1:]
        for found in body.iter(f"{{{body.nsmap['w']}}}dropDownList")
    }
    wanted = {
        tuple(o.label for o in blank.options)
        for part in PLAN.parts
        for blank in (part.blanks if isinstance(part, Table) else (part.blank,))
        if blank.options and not blank.node.get("x-reference")
    }
    assert lists == wanted


# ---- what people do to a form ------------------------------------------------------------------------------------


def edited(edit: Any, data: Mapping[str, Any] | None = None) -> Understood:
    """The workbook's form after somebody has worked on it; `edit` gets the sheet and the row of each label."""
    book = form_book(PLAN, answers_of(PLAN, data or {}), EXAMPLES)
    sheet = book[FORM]
    rows = {str(cell.value).removesuffix(" ＊"): cell.row for cell in sheet["A"] if cell.value}
    edit(sheet, rows)
    return read(tuple(book_lines(book)))


def test_unknown_words_are_kept_and_never_guessed() -> None:
    def edit(sheet: Any, rows: dict[str, int]) -> None:
        sheet.cell(rows["类型"], 2).value = "容错免责"
        sheet.cell(rows["错误要素"] + 3, 2).value = "先上车后补票"

    made = edited(edit)
    assert "kind" not in made.data and "error_factors" not in made.data
    assert "“容错免责”不在可选的词里；是不是 tolerated（容错免责减责）？" in made.notes["kind"][0]
    assert "是不是 ef-no-approval（未批先行）？" in made.notes["error_factors"][0]
    text = draft_text(made, SCHEMAS.case, "RC-2026-9999", "2026-11-22", "表.xlsx", "")
    assert "先上车后补票" in text and "容错免责" in text


def test_dates_are_read_however_people_write_them() -> None:
    from datetime import datetime

    def edit(sheet: Any, rows: dict[str, int]) -> None:
        sheet.cell(rows["日期"], 2).value = "2016年5月"
        sheet.cell(rows["处理结果 · 日期"], 2).value = datetime(2016, 5, 14)

    made = edited(edit)
    assert made.data["date"]["value"] == "2016-05" and made.data["outcome"]["date"] == "2016-05-14"
    assert any(entry.note == "“2016年5月”写成 2016-05" for entry in made.report)


def test_inserted_rows_notes_and_words_beside_the_form_are_kept() -> None:
    from openpyxl.comments import Comment

    def edit(sheet: Any, rows: dict[str, int]) -> None:
        last = rows["关键词"] + 2 + 7
        sheet.insert_rows(last + 1)
        sheet.cell(last + 1, 2).value = "插入的词"
        sheet.cell(rows["标题"], 10).value = "写在说明里的话"
        sheet.cell(rows["标题"], 2).comment = Comment("批注里的话", "某人")
        sheet.cell(rows["一句话"], 16).value = "写在旁边的话"
        sheet.parent.create_sheet("附页")["C3"] = "附页上的话"

    made = edited(edit)
    assert made.data["keywords"] == ("插入的词",)
    text = draft_text(made, SCHEMAS.case, "RC-2026-9999", "2026-11-22", "表.xlsx", "")
    for words in ("写在说明里的话", "批注里的话", "写在旁边的话", "附页上的话"):
        assert f"{words}\n" in text, words


def test_a_renamed_label_loses_nothing_and_says_what_it_may_be() -> None:
    def edit(sheet: Any, rows: dict[str, int]) -> None:
        sheet.cell(rows["标题"], 1).value = "案例标题"

    made = edited(edit, {"title": "一个标题"})
    assert "title" not in made.data
    assert any("一个标题" in line and "是不是“标题”？" in line for line in made.left_over)


def test_an_overwritten_example_row_is_no_data_but_is_kept() -> None:
    def edit(sheet: Any, rows: dict[str, int]) -> None:
        sheet.cell(rows["来源"] + 2, 2).value = "写在示范行里的发布者"

    made = edited(edit)
    assert "sources" not in made.data
    assert any("写在示范行里的发布者" in line for line in made.left_over)


def test_text_outside_the_tables_of_a_word_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "form.docx"
    path.write_bytes(word_form(PLAN))
    document = Document(str(path))
    document.add_paragraph("写在表格外面的话")
    document.tables[0].rows[0].cells[1].text = "改过的标题"
    document.tables[0].rows[0].cells[0].add_paragraph("写在栏目名下面的话")
    document.save(str(path))
    made = read(read_grid(path))
    assert made.data["title"] == "改过的标题"
    assert any("写在表格外面的话" in line for line in made.left_over)
    assert any("写在栏目名下面的话" in line for line in made.left_over)


def test_comments_and_odd_spans_of_a_word_file_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "form.docx"
    path.write_bytes(word_form(PLAN))
    document = Document(str(path))
    run = document.paragraphs[0].runs[0]
    document.add_comment(run, text="批注里的话", author="某人")
    cell = document.tables[0].rows[0].cells[1]
    cell.text = "标题写在这里"
    cell._tc.get_or_add_tcPr().get_or_add_gridSpan().set(
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}val", "9" * 5000
    )
    document.save(str(path))
    made = read(read_grid(path))
    assert made.data["title"] == "标题写在这里"
    assert any("批注里的话" in line for line in made.left_over)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice（soffice）没有安装，未核对经它改存的表")
@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
def test_a_form_saved_again_by_libreoffice_reads_the_same(suffix: str, tmp_path: Path) -> None:
    case: Case = CASES[0]
    source, saved = tmp_path / f"form{suffix}", tmp_path / "saved"
    through_file(case.data, source)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        suffix[1:],
        "--outdir",
        str(saved),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    assert_same(read(read_grid(saved / source.name)), asked(case.data))


def test_every_blank_has_guidance_or_a_telling_title() -> None:
    for part in PLAN.parts:
        if isinstance(part, Field):
            assert part.blank.about, part.label
