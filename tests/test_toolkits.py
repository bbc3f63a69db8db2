"""The negative list and the printable forms: complete on the page and in Word, derived, and true to their sources."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docx import Document

from build_tools.check import run_checks
from build_tools.export.forms import form_document
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.load.checklists import Form, cite, items_of, make_forms
from build_tools.site.contents import Contents, gather
from build_tools.site.frame import Page
from build_tools.site.shortcodes import expand, resolve
from build_tools.site.toolkit_pages import toolkit_files, toolkit_pages
from tests.check_support import FIXTURES, ROOT, TODAY, lines, write

SCHEMAS = load_schemas(ROOT / "schema")
LIBRARY = for_edition(load_library(ROOT).library, SCHEMAS)
FORMS = make_forms(LIBRARY, SCHEMAS)
ITEMS = LIBRARY.negative_list.data["items"] if LIBRARY.negative_list else ()
TEXTS = SCHEMAS.toolkit.document["x-texts"]
SAMPLE = "schema/toolkits/tk-sample.yaml"

by_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
by_item = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])


@pytest.fixture(scope="module")
def contents() -> Contents:
    return gather(LIBRARY, SCHEMAS, TODAY)


@pytest.fixture(scope="module")
def pages(contents: Contents) -> dict[str, Page]:
    return {page.path: page for page in toolkit_pages(contents)}


def tight(text: str) -> str:
    return re.sub(r"[\s\u00a0\u3000]+", "", text)


def spoken(html: str) -> str:
    return tight(unescape(re.sub(r"<[^>]+>", "", html)))


def in_word(raw: bytes) -> str:
    """The text of a Word file's body, each merged cell once."""
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        root = ElementTree.fromstring(package.read("word/document.xml"))
    return tight("".join(root.itertext()))


def said(form: Form) -> list[str]:
    """Everything a form must say wherever it is shown."""
    words = [form.title, form.purpose, form.filled_by, form.when, *form.notes]
    words += [cite(reference, LIBRARY) for reference in form.basis]
    for section in form.sections:
        words += [section.title, section.note]
        for row in section.rows:
            words += [row.label, row.hint, *(f"{TEXTS['box']}{option}" for option in row.options)]
            words += [cite(reference, LIBRARY) for reference in row.rules]
    return [tight(word) for word in words if word]


def word_file(form: Form) -> bytes:
    return form_document(form, LIBRARY, SCHEMAS.toolkit)


def test_there_are_forms_for_every_step() -> None:
    assert len(FORMS) >= 12
    assert {form.group for form in FORMS} == {c.value for c in SCHEMAS.toolkit.choices(("group",))}


@by_form
def test_the_page_says_all_of_the_form(form: Form, pages: dict[str, Page]) -> None:
    text = spoken(pages[f"toolkits/{form.id}.html"].body)
    assert [word for word in said(form) if word not in text] == []
    assert TEXTS["disclaimer"] in text


@by_form
def test_the_word_file_says_all_of_the_form(form: Form) -> None:
    text = in_word(word_file(form))
    assert [word for word in said(form) if word not in text] == []


@by_form
def test_the_word_file_opens_as_a4_with_chinese_fonts_and_the_librarys_name(form: Form) -> None:
    document = Document(io.BytesIO(word_file(form)))
    page = document.sections[0]
    assert (round(page.page_width.cm, 1), round(page.page_height.cm, 1)) == (21.0, 29.7)
    assert TEXTS["library"] in page.header.paragraphs[0].text
    assert TEXTS["number"].format(number=form.number) in page.header.paragraphs[0].text
    assert document.core_properties.title == form.title
    fonts = {name: document.styles[name].element.xml for name in ("Normal", "Heading 1")}
    assert 'w:eastAsia="宋体"' in fonts["Normal"] and 'w:eastAsia="黑体"' in fonts["Heading 1"]
    assert "asciiTheme" not in fonts["Heading 1"]


@by_form
def test_the_same_form_gives_the_same_bytes(form: Form) -> None:
    assert word_file(form) == word_file(form)
    with zipfile.ZipFile(io.BytesIO(word_file(form))) as package:
        assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    core = Document(io.BytesIO(word_file(form))).core_properties
    assert core.created == core.modified and core.created.year == 2000


@by_form
def test_tables_of_a_form_can_be_read_out(form: Form, pages: dict[str, Page]) -> None:
    html = pages[f"toolkits/{form.id}.html"].body
    tables = re.findall(r"<table.*?</table>", html, flags=re.S)
    assert len(tables) == len(form.sections)
    for table, section in zip(tables, form.sections, strict=True):
        assert f"<strong>{section.title}</strong>" in table.split("</caption>")[0]
        assert len(re.findall(r'<th scope="row">', table)) == len(section.rows)
        assert len(re.findall(r'<th scope="col">', table)) == (
            len(TEXTS["columns"]) if section.is_checklist else 0
        )
    assert "<script" not in html and not re.search(r"\s(?:style|on[a-z]+)=", html)


def test_every_form_has_a_word_file_behind_its_links(contents: Contents, pages: dict[str, Page]) -> None:
    files = {file.path.removeprefix("downloads/") for file in toolkit_files(contents)}
    assert files == {f"{form.id}.docx" for form in FORMS}
    for path in ("toolkits/index.html", *(f"toolkits/{form.id}.html" for form in FORMS)):
        linked = re.findall(r'href="\.\./downloads/([^"]+)"', pages[path].body)
        assert linked and set(linked) <= files
    assert len(re.findall(r'href="\.\./downloads/', pages["toolkits/index.html"].body)) == len(FORMS)


def test_each_form_prints_on_one_page(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is missing (Debian package libreoffice-writer-nogui)")
    for form in FORMS:
        (tmp_path / f"{form.id}.docx").write_bytes(word_file(form))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    files = sorted(str(path) for path in tmp_path.glob("*.docx"))
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    pages = {
        path.stem: len(re.findall(rb"/Type\s*/Page\b", path.read_bytes())) for path in tmp_path.glob("*.pdf")
    }
    assert pages == {form.id: 1 for form in FORMS}


def test_the_five_conditions_are_those_of_the_vocabulary() -> None:
    form = next(f for f in FORMS if f.id == "tk-five-conditions")
    five = form.sections[1].rows
    terms = LIBRARY.vocabulary["tolerance_conditions"].by_id
    assert len(five) == 5
    assert [row.label for row in five][:2] == [terms["tc-direction"].label, terms["tc-no-prohibition"].label]
    assert five[3].hint == terms["tc-diligence"].check + terms["tc-no-private-gain"].check
    states = SCHEMAS.case.choices(("conditions", 0, "state"))
    assert {row.options for row in five} == {tuple(state.label for state in states)}


def test_cards_are_drawn_from_the_negative_list() -> None:
    for form_id, level in (("tk-red-lines", "red"), ("tk-high-risk", "high"), ("tk-first-24", "first24")):
        rows = next(f for f in FORMS if f.id == form_id).sections[1].rows
        assert [row.label for row in rows] == [item["text"] for item in items_of(level, LIBRARY)]


def test_the_look_back_asks_the_ten_questions() -> None:
    ten = next(f for f in FORMS if f.id == "tk-lookback").sections[1].rows
    standards = LIBRARY.rule_by_id["N-12"].article("standards")
    assert standards is not None
    assert [row.label for row in ten[:8]] == standards["text"].rstrip("。").split("、")
    assert len(ten) == 10 and all(row.options == ten[0].options for row in ten)


def test_short_fields_stand_side_by_side_and_long_ones_alone() -> None:
    section = next(f for f in FORMS if f.id == "tk-application").sections[0]
    assert [[row.label for row in line] for line in section.lines][:2] == [["单位", "岗位"], ["身份"]]


def test_no_form_states_a_number_of_days() -> None:
    """Local time limits are unverified; forms send their readers to the rules in force instead."""
    for form in FORMS:
        text = "".join(said(form))
        assert not re.search(r"[0-9一二三四五六七八九十两]+(?:个工作)?(?:日|天|个月)内", text), form.id


def test_hostile_text_stays_text(contents: Contents) -> None:
    form = replace(FORMS[0], title="<script>alert(1)</script>\x07&", notes=("<b>\x00注</b>",))
    assert "<script>alert(1)</script>&" in in_word(word_file(form))
    schema = SCHEMAS.toolkit
    page = contents.page(
        "toolkit.html.j2", "toolkits/x.html", "x", form=form, group=schema.choice(("group",), form.group),
        texts=TEXTS, label=schema.title, blank={"date": "", "sign": "", "text": "", "long": ""},
    )  # fmt: skip
    assert "<script>" not in page.body and "<b>" not in page.body


@by_item
def test_every_entry_rests_on_a_rule_or_a_case(item) -> None:
    assert item.get("rules") or item.get("cases")
    if not item.get("cases"):
        assert item.get("gap"), "an entry without a case says so"


@by_item
def test_every_case_of_an_entry_is_public_and_of_the_right_kind(item) -> None:
    shown = {case.id: case for case in LIBRARY.cases}
    assert {shown[c].kind for c in item.get("cases", ())} <= {"contrast", "lenient"}
    assert "contrast" not in {shown[c].kind for c in item.get("models", ())}


@by_item
def test_the_page_links_an_entry_to_its_rules_cases_and_terms(item, pages: dict[str, Page]) -> None:
    html = re.search(
        rf'<li class="rc-negative__item" id="{item["id"]}">.*?</dl></li>', pages["negative.html"].body, re.S
    )
    assert html
    for rule in item.get("rules", ()):
        rule_id, _, article = rule.partition("#")
        assert f'href="rules/{rule_id}.html' + (f'#a-{article}"' if article else '"') in html[0]
    for case in (*item.get("cases", ()), *item.get("models", ())):
        assert f'href="cases/{case}.html"' in html[0]
    for term in item.get("terms", ()):
        assert f'href="terms/{term}.html"' in html[0]
    assert tight(item["text"]) in spoken(html[0]) and tight(item["advice"]) in spoken(html[0])


def test_the_list_is_marked_as_a_draft_before_anything_else(pages: dict[str, Page]) -> None:
    body = pages["negative.html"].body
    assert 0 < body.index("建议稿，须经当地纪检监察机关审定") < body.index('class="rc-negative__item"')
    for word in LIBRARY.negative_list.data["approval"] if LIBRARY.negative_list else ():
        assert f'<th scope="row">{word}</th>' in body


def test_favourable_cases_are_said_to_be_no_model(pages: dict[str, Page]) -> None:
    body = pages["negative.html"].body
    assert "不是示范" in body[: body.index('class="rc-negative__item"')]


def test_all_levels_are_there_in_order(pages: dict[str, Page]) -> None:
    levels = [c.value for c in SCHEMAS.negative_list.choices(("items", 0, "level"))]
    found = re.findall(r'<h2 id="(\w+)"><span class="rc-badge"', pages["negative.html"].body)
    assert found == levels == ["red", "high", "lenient", "first24"]


def test_the_number_beside_a_term_counts_cases_that_hold_it(pages: dict[str, Page]) -> None:
    held = {
        case.id
        for case in LIBRARY.cases
        if case.kind == "contrast"
        for item in case.data.get("exclusions") or ()
        if item["term"] == "ex-private-gain" and item["state"] == "present"
    }
    link = re.search(r'href="terms/ex-private-gain\.html">.*?</a>', pages["negative.html"].body)
    assert link and f"追责对照 {len(held)}" in unescape(re.sub(r"<[^>]+>", "", link[0]))


def test_a_case_that_is_not_public_is_left_out_of_the_page(library: Path) -> None:
    negative = (FIXTURES / "base-negative-list.yaml").read_text(encoding="utf-8")
    for rule in ("N-01#2", "N-06#10", "N-06#11", "N-01"):
        negative = negative.replace(f"- {rule}\n", "- N-90\n")
    write(library, "schema/negative-list.yaml", negative)
    path = library / "cases/2026/RC-2026-0001.yaml"

    def body() -> str:
        loaded, schemas = load_library(library), load_schemas(library / "schema")
        assert not [
            d for d in run_checks(loaded, schemas, TODAY) if d.severity == "error" and "schema" in d.path
        ]
        return next(
            iter(toolkit_pages(gather(for_edition(loaded.library, schemas), schemas, date.today())))
        ).body

    assert "RC-2026-0001" in body()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("disclosure: public", "disclosure: internal"), encoding="utf-8")
    assert "RC-2026-0001" not in body()


def negative_list(entry: str) -> str:
    head = "title: 负面清单\nnotice: 建议稿\nlead: 用于示例。\nrules:\n  - N-90\nitems:\n"
    return f"{head}  - id: nl-one\n    level: red\n    text: 示例。\n    advice: 示例。\n{entry}"


@pytest.mark.parametrize(
    ("entry", "place", "code"),
    [
        ("    rules:\n      - N-91\n", "12:9", "RC305"),
        ("    rules:\n      - N-90#7\n", "12:9", "RC306"),
        ("    rules:\n      - N-90\n    cases:\n      - RC-2026-0009\n", "14:9", "RC304"),
        ("    rules:\n      - N-90\n    terms:\n      - ex-nothing\n", "14:9", "RC303"),
        ("    rules:\n      - N-90\n    cases:\n      - RC-2026-0001\n", "14:9", "RC608"),
        ("    terms:\n      - ex-knowing\n", "7:9", "RC608"),
        ("    rules:\n      - N-90\n    rule: N-90\n", "13:5", "RC201"),
    ],
)
def test_check_says_where_the_list_names_what_is_not_there(
    library: Path, entry: str, place: str, code: str
) -> None:
    write(library, "schema/negative-list.yaml", negative_list(entry))
    assert [line.split(" ")[:2] for line in lines(library)] == [[f"schema/negative-list.yaml:{place}:", code]]


def form(rows: str, more: str = "") -> str:
    head = "id: tk-sample\nnumber: 1\ntitle: 示例表\ngroup: before\npurpose: 示例。\nfilled_by: 经办人\nwhen: 事前\n"
    return f"{head}basis:\n  - N-90#1\nsections:\n  - title: 一\n{more}    rows:\n{rows}"


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        (form("      - {kind: text, label: 甲, rules: [N-91]}\n"), "13:40", "RC305"),
        (form("      - {kind: long, ask: [tc-nothing]}\n"), "13:28", "RC303"),
        (form("      - {kind: check, label: 甲, answers: {list: nowhere}}\n"), "13:49", "RC609"),
        (form("      - {kind: check, label: 甲, answers: {choices: case.title}}\n"), "13:52", "RC609"),
        (form("      - {kind: choice, label: 甲}\n"), "13:9", "RC609"),
        (form("      - {kind: text}\n"), "13:9", "RC609"),
        (form("      - {kind: text, label: 甲}\n", "    list: boundaries\n"), "11:5", "RC609"),
        (form("      - {kind: text, label: 甲}\n").replace("id: tk-sample", "id: tk-other"), "1:5", "RC301"),
    ],
)
def test_check_says_where_a_form_cannot_be_filled_in(library: Path, text: str, place: str, code: str) -> None:
    write(library, SAMPLE, text)
    assert [f"{SAMPLE}:{place}:", code] in [line.split(" ")[:2] for line in lines(library)]


def test_two_forms_with_one_number_are_reported(library: Path) -> None:
    plain = form("      - {kind: text, label: 甲}\n")
    write(library, SAMPLE, plain)
    write(library, "schema/toolkits/tk-twin.yaml", plain.replace("tk-sample", "tk-twin"))
    assert [line.split(" ")[:2] for line in lines(library)] == [
        ["schema/toolkits/tk-twin.yaml:2:9:", "RC611"]
    ]


def test_guidance_pages_can_point_to_forms_and_entries(library: Path) -> None:
    assert resolve("tk-lookback", LIBRARY) is not None
    assert expand("见 [[nl-offbook|账]]", LIBRARY, "../") == '见 <a href="../negative.html#nl-offbook">账</a>'
    write(library, "docs/说明.md", "# 说明\n\n见 [[tk-nothing]]。\n")
    assert [line.split(" ")[:2] for line in lines(library)] == [["docs/说明.md:3:3:", "RC310"]]


def test_a_library_without_list_and_forms_still_has_its_pages(library: Path) -> None:
    loaded = load_library(library)
    made = list(toolkit_pages(gather(loaded.library, load_schemas(library / "schema"), TODAY)))
    assert [page.path for page in made] == ["negative.html", "toolkits/index.html"]
    assert "还没有负面清单" in made[0].body
