"""The book as readers get it: what the PDF and the EPUB say, on which page, and that hostile text stays text."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typst
from click.testing import CliRunner, Result

from build_tools.cli import main
from build_tools.export.book import pdf as pdf_module
from build_tools.export.book.blocks import clean, run
from build_tools.export.book.content import Book, make_book, numeral
from build_tools.export.book.entry import OPENING
from build_tools.export.book.epub import book_epub
from build_tools.export.book.fonts import NoChineseFont, choose_fonts
from build_tools.export.book.pdf import book_pdf
from build_tools.export.book.sections import SECTIONS
from build_tools.load import for_edition, load_library, load_schemas
from tests.check_support import FIXTURES, SCHEMAS, make_library, patched, write

XHTML = "{http://www.w3.org/1999/xhtml}"
BASE = (FIXTURES / "base-case.yaml").read_text(encoding="utf-8")
RULE = (FIXTURES / "base-rule.yaml").read_text(encoding="utf-8")
HOSTILE = (
    '#import "@preview/evil:1.0.0": * $x^2$ *粗* _斜_ `码` @case-1 <case-1> // 注 /* 注 */ \\u{41} #{1+1} [x](y) '
    "= 题 <script>alert(1)</script> ]]> &amp; {{ 7*7 }} {% raw %} 🦄 a​b \"引\" '号'"
)
LONG = "W" * 400
CASES = {
    "RC-2026-0001": "",
    "RC-2026-0002": (
        "title: 居委会主任挪用救济款被处分\nkind: contrast\nfields:\n  - fd-relief-supply\ndate:\n  value: 2021-03\n"
        "  basis: decision\nerror_factors:\n  - term: ef-no-approval\n    origin: editor\n    note: 编者补的说明，条文未核实。\n"
        "    rules: [N-90#2]\noutcome:\n  terms: [oc-party-warning]\n  measures: 给予处分。\n"
    ),
    "RC-2026-0003": "title: 旧案在同一领域里排在后面\ndate:\n  value: 2019-01-05\n  basis: event\n",
    "RC-2026-0004": (
        "title: 只许内部看的案例\ndisclosure: internal\ninternal:\n  notes: 内部备注独此一句\n"
        "summary: 内部案例的一句话写在这里，公开版里不得出现。\n"
    ),
    "RC-2026-0005": (
        "title: 撤下的案例不留标题\nstatus: withdrawn\nstatus_record:\n  date: 2026-05-01\n  reason: 错录。\n"
        "  authority: 编辑组\n"
    ),
    "RC-2026-0006": (
        "title: 已被推翻的旧结论\nstatus: overturned\nstatus_record:\n  date: 2026-05-01\n  reason: 复查改变。\n"
        "  authority: 编辑组\n  before: 原先免予问责。\n  after: 现在给予批评教育。\n"
    ),
}


def make_books_library(root: Path) -> Path:
    """The small library with a case of each sort and a rule of which one article is not verified."""
    make_library(root)
    for id, fragment in CASES.items():
        write(root, f"cases/2026/{id}.yaml", patched(BASE, f"id: {id}\n{fragment}"))
    unverified = RULE.replace("谋取私利的，不予容错。", "谋取私利的，不予容错。\n    grade: unverified")
    write(root, "rules/N-90.yaml", unverified)
    return root


def book_of(root: Path, edition: str = "public") -> Book:
    schemas = load_schemas(root / "schema")
    library = for_edition(load_library(root).library, schemas, edition)
    return make_book(library, schemas, library.cases)


def text_of(content: bytes, *options: str) -> str:
    made = subprocess.run(
        ["pdftotext", *(options or ("-raw",)), "-", "-"], input=content, capture_output=True, check=True
    )
    return made.stdout.decode()


def flat(text: str) -> str:
    """Text without spaces and line ends, which depend on where lines break."""
    return re.sub(r"\s+", "", text)


def pages_of(content: bytes) -> list[str]:
    return [flat(page) for page in text_of(content).split("\f")[:-1]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_books_library(tmp_path_factory.mktemp("book") / "库")


@pytest.fixture(scope="module")
def printed(root: Path) -> bytes:
    return book_pdf(book_of(root))


@pytest.fixture(scope="module")
def pages(printed: bytes) -> list[str]:
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler-utils is missing: tests/need.sh says how to install it")
    return pages_of(printed)


def rongcuo(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["book", "--root", str(root), *arguments])


# ---- what stands in the PDF ------------------------------------------------------------------------------------


def test_every_section_of_the_schema_has_its_place_in_the_book() -> None:
    known = {*OPENING, *SECTIONS}
    assert {section["id"] for section in SCHEMAS.case.document["x-sections"]} == known


def test_the_cover_and_the_colophon_say_which_library_this_is(root: Path, pages: list[str]) -> None:
    book = book_of(root)
    assert all(said in pages[0] for said in ("容错案例汇编", "公开版", "2026年5月1日", "4件"))
    assert pages[0].count(book.edition) == 2 and "页" not in pages[0]  # no page number on the cover
    last = pages[-1]
    assert book.digest in last and "CCBY4.0" in last and "案例编号、版次、哪一句" in last


def test_a_case_stands_in_the_order_of_its_page_in_words(pages: list[str]) -> None:
    case = "".join(page for page in pages if "RC-2026-0002追责对照" in page)
    expected = (
        "▲居委会主任挪用救济款被处分", "追责对照", "已发布", "反面对照：", "背景", "错误要素", "未批先行", "编者补的说明，条文未核实。",
        "《容错办法》第二条", "边界与区分", "不违反法律法规", "未触碰", "三个区分：来源未载",
        "处理结果", "给予处分。", "成因、措施与启示", "错误成因：来源未载", "办理过程：来源未载", "后续与相关",
        "来源与引用", "〔官方发布〕", "https://example.org/2025/10/1.html", "版本与回头看", "第1版",
    )  # fmt: skip
    at = 0
    for said in expected:
        at = case.find(flat(said), at)
        assert at >= 0, said
    assert "编者归纳" in case and "未核实" in case and "ef-no-approval" not in case and "bd-legal" not in case


def test_chapters_follow_the_list_of_fields_and_newest_comes_first(root: Path, pages: list[str]) -> None:
    chapters = book_of(root).chapters
    assert [c.title for c in chapters] == ["第一章　社区治理", "第二章　物资与救济"]
    assert [e.id for e in chapters[0].entries] == ["RC-2026-0001", "RC-2026-0006", "RC-2026-0003"]
    starts = [next(n for n, p in enumerate(pages) if e.id + e.kind_label in p) for e in chapters[0].entries]
    assert starts == sorted(starts)


def test_page_numbers_of_contents_and_index_are_true(pages: list[str]) -> None:
    start = next(n for n, page in enumerate(pages, 1) if "RC-2026-0002追责对照" in page)
    contents = next(page for page in pages if page.startswith("容错案例汇编（公开版）目录"))
    assert re.search(rf"居委会主任挪用救济款被处分对照\.*{start}", contents)
    index = next(page for page in pages if page.startswith("容错案例汇编（公开版）词语索引"))
    assert f"物资与救济▲{start}" in index
    assert f"—{start}—" in pages[start - 1]


def test_adverse_cases_have_an_index_and_a_mark_of_their_own(pages: list[str]) -> None:
    kinds = next(page for page in pages if page.startswith("容错案例汇编（公开版）类型索引"))
    assert kinds.index("▲追责对照（1件）") < kinds.index("容错免责减责（3件）")
    tabs = [
        page for page in pages if page.startswith("▲对照")
    ]  # the tab at the edge, on every page of the case
    assert tabs and all("RC-2026-0002" in page for page in tabs)


def test_a_changed_conclusion_is_said_before_the_facts(pages: list[str]) -> None:
    case = next(
        page
        for page in pages
        if "△" not in page and "▲" not in page and "已被推翻的旧结论" in page and "背景" in page
    )
    assert case.index("结论已变：") < case.index("原结论：原先免予问责。") < case.index("背景")
    assert "现结论：现在给予批评教育。" in case


def test_rules_list_articles_and_the_cases_that_cite_them(pages: list[str]) -> None:
    rules = next(page for page in pages if page.startswith("容错案例汇编（公开版）附录引用的规则"))
    assert "《示例容错办法》N-90" in rules and "第一条出于公心、程序补正的，可以免予问责。" in rules
    assert re.search(r"第二条未核实谋取私利的，不予容错。引用：▲RC-2026-0002（第\d+页）", rules)


def test_what_left_the_library_is_listed_without_its_content(pages: list[str]) -> None:
    gone = next(page for page in pages if page.startswith("容错案例汇编（公开版）已撤下"))
    assert "RC-2026-0005已撤下，2026年5月1日：错录。" in gone
    assert not any("撤下的案例不留标题" in page for page in pages)


def test_bookmarks_lead_to_chapters_and_cases(printed: bytes, tmp_path: Path) -> None:
    if shutil.which("pdftohtml") is None:
        pytest.skip("poppler-utils is missing")
    path = tmp_path / "book.pdf"
    path.write_bytes(printed)
    made = subprocess.run(["pdftohtml", "-xml", "-i", "-stdout", str(path)], capture_output=True, check=True)
    outline = re.findall(r'<item page="(\d+)">([^<]*)</item>', made.stdout.decode())
    names = [flat(name) for _, name in outline]
    assert names[:3] == ["编例", "目录", "第一章社区治理"] and names[-1] == "版本说明"
    assert "▲居委会主任挪用救济款被处分" in names and "背景" not in names


# ---- editions --------------------------------------------------------------------------------------------------


def test_the_public_book_knows_nothing_of_internal_cases(root: Path, pages: list[str]) -> None:
    text = "".join(pages)
    epub = zipfile.ZipFile(io.BytesIO(book_epub(book_of(root))))
    everything = text + "".join(epub.read(name).decode() for name in epub.namelist())
    for secret in ("只许内部看的案例", "RC-2026-0004", "内部备注独此一句", "内部版"):
        assert secret not in everything


def test_every_page_of_the_internal_book_says_so(root: Path, pages: list[str]) -> None:
    book = book_of(root, "internal")
    inside = pages_of(book_pdf(book))
    assert len(inside) > len(pages) and all("内部版不得公开传播" in page for page in inside)
    assert any("内部备注独此一句" in page for page in inside) and "CCBY4.0" not in inside[-1]
    with zipfile.ZipFile(io.BytesIO(book_epub(book))) as epub:
        shown = [epub.read(n).decode() for n in epub.namelist() if n.endswith((".xhtml", ".svg"))]
    assert all("内部版　不得公开传播" in page for page in shown)


# ---- hostile text ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A book with every kind of part, in one case of which every free text is hostile or endless."""
    root = make_books_library(tmp_path_factory.mktemp("hostile") / "库")
    quoted = "'" + HOSTILE.replace("'", "''") + "'"
    fragment = (
        f"title: {quoted}\nsummary: {quoted}\nbackground: '{LONG}{quoted[1:]}\nerror: 编号{LONG}\n"
        f"keywords: [{quoted}]\ntrigger: {quoted}\n"
        f"error_factors:\n  - term: {LONG}\n    note: {quoted}\n    origin: source\n"
        f"lessons:\n  - audience: cadre\n    text: http://example.org/{LONG}\n    origin: editor\n"
        f"sources:\n  - publisher: {quoted}\n    title: {LONG}\n    url: 'javascript:alert(1)'\n    kind: media\n"
    )
    write(root, "cases/2026/RC-2026-0001.yaml", patched(BASE, fragment))
    return book_of(root, "internal")


def test_hostile_text_is_printed_as_it_is(hostile: Book) -> None:
    content = book_pdf(hostile)
    shown = flat(text_of(content)).replace("\u200b", "")
    for said in (
        '#import"@preview/evil:1.0.0":*',
        "$x^2$*粗*_斜_`码`@case-1<case-1>",
        "/*注*/\\u{41}#{1+1}",
        "{{7*7}}",
    ):
        assert shown.count(said) >= 4, said
    assert b"javascript:" not in content and b"/JavaScript" not in content


def test_nothing_runs_off_the_page(hostile: Book) -> None:
    boxes = text_of(book_pdf(hostile), "-bbox")
    width = float(re.findall(r'<page width="([\d.]+)"', boxes)[0])
    reach = [float(x) for x, _ in re.findall(r'<word [^>]*xMax="([\d.]+)"[^>]*>([^<]*W)', boxes)]
    assert len(reach) > 20 and max(reach) < width - 60
    assert boxes.count("W") > 3 * 400


def test_hostile_text_is_no_markup_in_the_epub(hostile: Book) -> None:
    with zipfile.ZipFile(io.BytesIO(book_epub(hostile))) as epub:
        case = ElementTree.fromstring(epub.read("EPUB/case-1.xhtml"))
        everything = [epub.read(name).decode() for name in epub.namelist()]
    assert not list(case.iter(f"{XHTML}script")) and HOSTILE in "".join(case.itertext())
    assert not any('href="javascript:' in text for text in everything)


def test_what_xml_and_paper_cannot_hold_is_replaced() -> None:
    assert clean("a\x07b\ud800c\ufffed\u202e反\u2066转") == "a\ufffdb\ufffdc\ufffdd反转"
    assert run("x", url="file:///etc/passwd").url == "" and run("x", url="https://example.org").url


def test_typst_can_read_no_file_outside_its_own(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("秘密", encoding="utf-8")
    template = tmp_path / "book.typ"
    monkeypatch.setattr(pdf_module, "TEMPLATE", template)
    for way in (str(secret), os.path.relpath(secret), f"../{secret.name}"):
        template.write_text(f'#read("{way}")', encoding="utf-8")
        with pytest.raises(typst.TypstError):
            book_pdf(book_of(root))


# ---- same input, same bytes ------------------------------------------------------------------------------------


def test_the_same_library_gives_the_same_bytes_anywhere(
    root: Path, printed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    other = make_books_library(tmp_path / "别处")
    assert book_pdf(book_of(other)) == printed
    assert book_epub(book_of(other)) == book_epub(book_of(root))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert b"D:20231114221320" in book_pdf(book_of(other))
    assert b"2023-11-14T22:13:20Z" in zipfile.ZipFile(io.BytesIO(book_epub(book_of(other)))).read(
        "EPUB/content.opf"
    )


# ---- EPUB ------------------------------------------------------------------------------------------------------


def test_the_epub_is_complete_and_fetches_nothing(root: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(book_epub(book_of(root)))) as epub:
        first = epub.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        files = {name: epub.read(name).decode() for name in epub.namelist()}
    listed = set(re.findall(r'<item [^>]*href="([^"]+)"', files["EPUB/content.opf"]))
    assert listed == {n.removeprefix("EPUB/") for n in files if n.startswith("EPUB/")} - {"content.opf"}
    for name, text in files.items():
        assert not re.search(r"(?:src|link[^>]+href)=\"https?:|url\(|@import", text), name
        if name.endswith(".xhtml"):
            page = ElementTree.fromstring(text)
            assert page.get("lang") == "zh-CN"
            for link in page.iter(f"{XHTML}a"):
                target = link.get("href", "").partition("#")[0]
                assert not target or target.startswith("http") or f"EPUB/{target}" in files
    nav = files["EPUB/nav.xhtml"]
    assert all(e.title in nav for chapter in book_of(root).chapters for e in chapter.entries)


QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # a short run is over before Java has optimised it


def epubcheck() -> list[str]:
    """The command that runs epubcheck, which Debian gives as a Java archive; empty where it is missing."""
    found, java = shutil.which("epubcheck"), shutil.which("java")
    if not found:
        return []
    archive = Path(found).resolve()
    return [found] if archive.suffix != ".jar" else [java, *QUICK, "-jar", str(archive)] if java else []


@pytest.mark.skipif(not epubcheck(), reason="epubcheck is missing: tests/need.sh says how to install it")
def test_the_epub_passes_epubcheck(hostile: Book, tmp_path: Path) -> None:
    path = tmp_path / "book.epub"
    path.write_bytes(book_epub(hostile))
    made = subprocess.run([*epubcheck(), str(path)], capture_output=True, text=True)
    assert made.returncode == 0 and "0 errors / 0 warnings" in made.stdout, made.stdout + made.stderr


# ---- the command -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "count"), [
    ([], 5), (["kind=对照"], 1), (["类型=容错"], 3), (["year=..2021"], 2), (["year=2021", "kind=容错"], 0),
    (["kind=对照", "RC-2026-0003"], 2), (["rc-2026-0001，RC-2026-0003"], 2), (["物资与救济"], 1), (["未批先行"], 4),
])  # fmt: skip
def test_select_takes_what_it_says(root: Path, tmp_path: Path, asked: list[str], count: int) -> None:
    target = tmp_path / "书.epub"
    options = [word for condition in asked for word in ("--select", condition)]
    result = rongcuo(root, "-o", str(target), *options)
    assert f"选中 {count} 件，全库 5 件" in result.stderr
    assert (result.exit_code, target.exists()) == ((0, True) if count else (1, False))


@pytest.mark.parametrize(("asked", "said"), [
    ("kind=对招", "是不是“对照”"), ("knd=对照", "没有叫“knd”的条件 — 是不是 kind？"), ("未批先形", "是不是“未批先行”"),
    ("RC-2026-9999", "这一版里没有 RC-2026-9999"), ("RC-2026-0004", "--edition internal"), ("year=去年", "看不懂“去年”"),
    ("kind=", "没有条件"), ("谁也不认识的词", "词表里没有“谁也不认识的词”"),
])  # fmt: skip
def test_a_wrong_choice_is_refused_with_a_suggestion(
    root: Path, tmp_path: Path, asked: str, said: str
) -> None:
    target = tmp_path / "书.pdf"
    result = rongcuo(root, "-o", str(target), "--select", asked)
    assert result.exit_code == 2 and said in result.stderr and not target.exists()


def test_a_library_with_errors_makes_no_book(root: Path, tmp_path: Path) -> None:
    broken = tmp_path / "库"
    shutil.copytree(root, broken)
    write(broken, "cases/2026/RC-2026-0003.yaml", patched(BASE, "id: RC-2026-0003\noutcome: 免予问责\n"))
    result = rongcuo(broken, "-o", str(tmp_path / "书.epub"))
    assert result.exit_code == 1 and "cases/2026/RC-2026-0003.yaml:" in result.stdout
    assert "没有做成书" in result.stderr and not (tmp_path / "书.epub").exists()


def test_the_choice_stands_on_the_cover_and_in_the_colophon(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "书.epub"
    assert rongcuo(root, "-o", str(target), "--select", "kind=对照").exit_code == 0
    with zipfile.ZipFile(target) as epub:
        assert "选编　类型：对照" in epub.read("EPUB/cover.xhtml").decode()
        assert "1 件，从全库 5 件中选出：类型：对照" in epub.read("EPUB/colophon.xhtml").decode()


def test_an_existing_file_and_a_foreign_suffix_are_refused(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "书.epub"
    target.write_text("旧", encoding="utf-8")
    kept = rongcuo(root, "-o", str(target))
    assert kept.exit_code == 2 and "加 --force" in kept.stderr and target.read_text(encoding="utf-8") == "旧"
    assert rongcuo(root, "-o", str(target), "--force").exit_code == 0 and zipfile.is_zipfile(target)
    assert "不以 .pdf 或 .epub 结尾" in rongcuo(root, "-o", str(tmp_path / "书.doc")).stderr


def test_without_a_chinese_font_it_says_what_to_install(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoChineseFont):
        choose_fonts({"DejaVu Sans", "Libertinus Serif"})
    assert choose_fonts({"SimSun"}).hei == "SimSun"
    monkeypatch.setattr(pdf_module, "system_fonts", lambda: choose_fonts(()))
    result = rongcuo(root, "-o", str(tmp_path / "书.pdf"))
    assert result.exit_code == 1 and "fonts-noto-cjk" in result.stderr and not list(tmp_path.iterdir())


def test_numbers_of_chapters_read_as_chinese() -> None:
    assert [numeral(n) for n in (1, 10, 11, 20, 32, 99, 100)] == [
        "一",
        "十",
        "十一",
        "二十",
        "三十二",
        "九十九",
        "100",
    ]
