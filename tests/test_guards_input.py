"""What comes in from outside and must not act: spoiled packages, programs, entities, formulas; and what is shipped."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
import tomllib
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pytest
from click.testing import CliRunner

from build_tools.cli import main
from build_tools.export.sbom import LOCK, NOTICES, direct, licence_of, sbom, shipped
from build_tools.export.table import cases_csv, cases_xlsx
from build_tools.forms.blank_forms import case_form
from build_tools.load import load_library
from build_tools.load.office import OfficeError, open_docx, open_xlsx
from build_tools.site.frame import harden, inline_parts
from build_tools.site.front_matter import plain_head
from tests.check_support import ROOT, SCHEMAS
from tests.hostile import PAYLOADS

OUTSIDE = "不在这个文件夹里的秘密"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


# ---- packages ----------------------------------------------------------------------------------------------------


def package(
    path: Path, change: Callable[[dict[str, bytes]], None], *more: tuple[zipfile.ZipInfo, bytes]
) -> Path:
    """A good Word or Excel file with its parts changed and entries of any kind added."""
    raw = io.BytesIO()
    if path.suffix == ".docx":
        document = docx.Document()
        document.add_paragraph("核对结果")
        document.save(raw)
    else:
        book = openpyxl.Workbook()
        book.active["A1"] = "核对结果"
        book.save(raw)
    with zipfile.ZipFile(raw) as good:
        parts = {name: good.read(name) for name in good.namelist()}
    change(parts)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bad:
        warnings.simplefilter("ignore")  # of doubled names
        for name, content in parts.items():
            bad.writestr(name, content)
        for info, content in more:
            bad.writestr(info, content)
    return path


def same(_parts: dict[str, bytes]) -> None:
    """Changes nothing."""


def text_of(path: Path) -> str:
    if path.suffix == ".docx":
        return "".join(p.text for p in open_docx(path).paragraphs)
    return str(open_xlsx(path).active["A1"].value)


def link(name: str, target: Path) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info, str(target).encode()


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
@pytest.mark.parametrize(
    "name", ["../逃.xml", "/etc/逃.xml", "..\\逃.xml", "C:\\逃.xml", "word/../../逃.xml", "./x/逃"]
)
def test_names_that_lead_outside_write_and_read_nothing(tmp_path: Path, suffix: str, name: str) -> None:
    folder = tmp_path / "内"
    folder.mkdir()
    path = package(folder / f"表{suffix}", same, (zipfile.ZipInfo(name), b"<x/>"))
    try:
        assert text_of(path) == "核对结果"
    except OfficeError as refused:
        assert "— " in str(refused)
    assert sorted(p.name for p in tmp_path.rglob("*")) == sorted(["内", path.name])


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
def test_links_in_a_package_are_not_followed(tmp_path: Path, suffix: str) -> None:
    secret = tmp_path / "秘密.txt"
    secret.write_text(OUTSIDE, encoding="utf-8")
    main_part = "word/document.xml" if suffix == ".docx" else "xl/sharedStrings.xml"
    path = package(
        tmp_path / f"表{suffix}", lambda parts: parts.pop(main_part, None), link(main_part, secret)
    )
    try:
        assert OUTSIDE not in text_of(path)
    except OfficeError as refused:
        assert OUTSIDE not in str(refused)


def related(kind: str, target: str) -> Callable[[dict[str, bytes]], None]:
    """Adds a relation of the document or workbook to something outside the package."""

    def change(parts: dict[str, bytes]) -> None:
        name = next(n for n in parts if n in ("word/_rels/document.xml.rels", "xl/_rels/workbook.xml.rels"))
        line = f'<Relationship Id="rIdX" Type="{RELATED}/{kind}" Target="{target}" TargetMode="External"/>'
        parts[name] = parts[name].replace(b"</Relationships>", f"{line}</Relationships>".encode())

    return change


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
@pytest.mark.parametrize(
    "kind", ["attachedTemplate", "image", "oleObject", "externalLink", "frame", "hyperlink"]
)
def test_relations_to_the_outside_fetch_nothing(
    tmp_path: Path, suffix: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "秘密.txt"
    secret.write_text(OUTSIDE, encoding="utf-8")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the reader went to the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    for target in (secret.as_uri(), "http://e.invalid/x.dotm", "\\\\e.invalid\\x"):
        path = package(tmp_path / f"表{suffix}", related(kind, target))
        try:
            assert text_of(path) == "核对结果"
        except OfficeError as refused:
            assert OUTSIDE not in str(refused)


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x SYSTEM "http://e.invalid/x.dtd">',
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://e.invalid/p">%p;]>',
)


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declared_entities_are_refused(tmp_path: Path, suffix: str, entity: str, encoding: str) -> None:
    def change(parts: dict[str, bytes]) -> None:
        name = "docProps/core.xml"
        text = re.sub(r"<\?xml[^>]*\?>", "", parts[name].decode("utf-8"))
        parts[name] = f'<?xml version="1.0" encoding="{encoding}"?>{entity}{text}'.encode(encoding)

    with pytest.raises(OfficeError, match="DOCTYPE"):
        text_of(package(tmp_path / f"表{suffix}", change))


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
def test_bombs_of_every_build_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"表{suffix}"
    packed = zipfile.ZipInfo("media/a.xml")
    packed.compress_type = zipfile.ZIP_DEFLATED
    with pytest.raises(OfficeError, match="大得不正常"):  # one part, by ratio
        text_of(package(path, same, (packed, b" " * (4 * 2**20))))
    thin = [(zipfile.ZipInfo(f"media/{n}.bin"), b"") for n in range(1200)]
    with pytest.raises(OfficeError, match="大得不正常"):  # very many parts
        text_of(package(path, same, *thin))
    loud = [(zipfile.ZipInfo(f"media/{n}.bin"), b"\0" * 2**19) for n in range(130)]
    for info, _ in loud:
        info.compress_type = zipfile.ZIP_DEFLATED
    with pytest.raises(OfficeError, match="大得不正常"):  # parts below the ratio's notice, by their sum
        text_of(package(path, same, *loud))


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
def test_a_part_larger_than_it_says_is_refused(tmp_path: Path, suffix: str) -> None:
    """The directory of the package may lie about the size; what is unpacked is never more than it says."""
    content = b"<x>" + b"a" * 3_000_000 + b"</x>"
    packed = zipfile.ZipInfo("customXml/item9.xml")
    packed.compress_type = zipfile.ZIP_DEFLATED
    path = package(tmp_path / f"表{suffix}", same, (packed, content))
    raw = path.read_bytes()
    size = len(content).to_bytes(4, "little")
    assert raw.count(size) == 2
    path.write_bytes(raw.replace(size, (1000).to_bytes(4, "little")))
    with pytest.raises(OfficeError, match="打不开"):
        text_of(path)


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
def test_two_parts_of_one_name_cannot_hide_a_program(tmp_path: Path, suffix: str) -> None:
    """Readers differ in which of two parts they take, so both have to be harmless."""
    types = zipfile.ZipInfo("[Content_Types].xml")
    with pytest.raises(OfficeError):
        text_of(package(tmp_path / f"表{suffix}", same, (types, b'<Types ContentType="x.macroEnabled.y"/>')))
    main_part = "word/document.xml" if suffix == ".docx" else "xl/workbook.xml"
    with pytest.raises(OfficeError):
        text_of(package(tmp_path / f"表{suffix}", same, (zipfile.ZipInfo(main_part), ENTITIES[0].encode())))
    with pytest.raises(OfficeError, match="两个同名"):
        text_of(package(tmp_path / f"表{suffix}", same, (zipfile.ZipInfo(main_part), b"<x/>")))


def test_broken_packing_of_each_kind_is_told_as_broken(tmp_path: Path) -> None:
    for suffix in (".docx", ".xlsx"):
        for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            info = zipfile.ZipInfo("customXml/item9.xml")
            info.compress_type = method
            path = package(tmp_path / f"表{suffix}", same, (info, b"<x>abcdefgh</x>" * 50))
            raw = bytearray(path.read_bytes())
            start = raw.index(b"customXml/item9.xml") + 24
            raw[start : start + 12] = b"\xff\x00\xfe\x01" * 3
            path.write_bytes(raw)
            with pytest.raises(OfficeError, match="打不开"):
                text_of(path)


def test_import_leaves_no_file_behind_when_it_refuses(tmp_path: Path) -> None:
    for suffix in (".docx", ".xlsx"):
        path = package(tmp_path / f"表{suffix}", same, (zipfile.ZipInfo("word/vbaProject.bin"), b"x"))
        target = tmp_path / "草稿"
        said = CliRunner().invoke(main, ["import", str(path), "--root", str(ROOT), "--out", str(target)])
        assert said.exit_code == 1 and "宏" in said.output
        assert not target.exists()


# ---- tables going out --------------------------------------------------------------------------------------------

LEADS = (
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\u3000",
    "\xa0",
    "\u200b",
    "\ufeff",
    "\u202e",
    " \t\u3000",
)
STARTS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
    "﹦1",
    "﹢1",
    "﹣1",
    "﹫a",
    "⁼1",
    "=cmd|' /C calc'!A0",
)


@pytest.mark.parametrize("lead", LEADS)
def test_no_cell_is_worked_out_whatever_stands_before_it(lead: str) -> None:
    rows = [["标题"], *([lead + start] for start in STARTS)]
    read = list(csv.reader(io.StringIO(cases_csv(rows).decode("utf-8-sig"), newline="")))
    assert [row[0] for row in read[1:]] == [f"'{lead}{start}" for start in STARTS]
    sheet = openpyxl.load_workbook(io.BytesIO(cases_xlsx(rows, "x"))).active
    cells = [sheet.cell(n, 1) for n in range(2, len(rows) + 1)]
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)


def test_plain_words_are_left_alone() -> None:
    for text in ("甲", "2020-01", "a=b", "（+1）", "", " 甲", "1-2", "·", "——", "1"):
        assert cases_csv([[text]]).decode("utf-8-sig") == f'"{text}"\r\n'


def test_hostile_texts_are_no_formulas_in_forms(tmp_path: Path) -> None:
    library = load_library(ROOT, [ROOT / "cases/2026/RC-2026-0001.yaml"]).library
    path = tmp_path / "表.xlsx"
    path.write_bytes(case_form(library, SCHEMAS, ".xlsx", library.cases[0]))
    with zipfile.ZipFile(path) as made:
        assert not any(b"<f>" in made.read(name) for name in made.namelist() if "worksheets/" in name)
        assert not any("vba" in name.lower() or "external" in name.lower() for name in made.namelist())


# ---- pages -------------------------------------------------------------------------------------------------------


def test_only_the_themes_own_scripts_get_into_the_policy() -> None:
    theme = (
        '<html lang="x"><head></head><script>root(new URL(".",location))</script><style>p{}</style></html>'
    )
    deep = theme.replace('"."', '"../.."').replace(
        "</html>", "<script>pwn()</script><style>x{}</style></html>"
    )
    own = inline_parts(theme)
    policy = re.search(r'content="([^"]*)"', harden(deep, 2, own))
    assert policy and policy[1].count("sha256-") == 2 and "unsafe" not in policy[1]
    rules = dict(part.strip().split(" ", 1) for part in policy[1].split(";"))
    assert rules["script-src"].count("sha256") == rules["style-src"].count("sha256") == 1
    assert rules["default-src"] == "'self'" and rules["object-src"] == "'none'"
    assert "sha256" not in harden(deep, 2)


@pytest.mark.parametrize("payload", [p for p in PAYLOADS if p.isprintable()])
def test_front_matter_is_text(payload: str) -> None:
    head = "\n".join(f"{key}: {json.dumps(payload)}" for key in ("title", "description"))
    made = plain_head(f"---\n{head}\nhide: [toc]\n---\n\n# x {payload}\n")
    assert made.endswith(f"\n\n# x {payload}\n") and "toc" in made
    assert not set("<>") & set(made.partition("# x")[0])


# ---- what it is made of ------------------------------------------------------------------------------------------


def test_the_bill_of_materials_is_the_lock() -> None:
    made = sbom(ROOT, "1")
    assert made == sbom(ROOT, "1") and made["specVersion"] == "1.6"
    lock = (ROOT / LOCK).read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))
    listed = {c["name"]: c for c in made["components"] if "purl" in c}
    assert {name: c["version"] for name, c in listed.items()} == pinned
    assert sum(len(c["hashes"]) for c in listed.values()) == lock.count("--hash=sha256:")
    assert all(re.fullmatch("[0-9a-f]{64}", h["content"]) for c in listed.values() for h in c["hashes"])
    assert all(c["licenses"] for c in made["components"])
    refs = {made["metadata"]["component"]["bom-ref"], *(c["bom-ref"] for c in made["components"])}
    assert len(refs) == 1 + len(made["components"])
    assert {d["ref"] for d in made["dependencies"]} <= refs
    assert all(set(d["dependsOn"]) <= refs for d in made["dependencies"])
    assert "://" not in json.dumps(made)
    assert listed["jinja2"]["scope"] == listed["markupsafe"]["scope"] == "required"
    assert listed["pytest"]["scope"] == "excluded" and listed["zensical"]["scope"] == "optional"


def test_the_command_writes_it_and_overwrites_nothing_unasked(tmp_path: Path) -> None:
    path = tmp_path / "sbom.json"
    arguments = ["sbom", "--root", str(ROOT), "-o", str(path)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    first = path.read_bytes()
    assert json.loads(first)["bomFormat"] == "CycloneDX"
    assert CliRunner().invoke(main, arguments).exit_code == 1
    assert CliRunner().invoke(main, [*arguments, "--force"]).exit_code == 0
    assert path.read_bytes() == first and [p.name for p in tmp_path.iterdir()] == ["sbom.json"]


def test_the_manual_names_each_dependency_with_its_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    manual = (ROOT / "docs/manual/security.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w.-]+)` \| ([^|]+?) \| [^|]+ \|$", manual, re.MULTILINE))
    assert rows == {name: licence_of(name) for name in direct(project)}
    assert list(rows) == sorted(rows)


def test_what_ships_in_the_site_is_named(tmp_path: Path) -> None:
    """The theme's own list of what its scripts and styles were made of, against the notices that lie in the site."""
    named = {item.name: item for item in shipped()}
    import material

    assets = Path(material.__file__).parent / "templates/assets"
    bundles = [*assets.glob("javascripts/bundle.*.map"), *assets.glob("stylesheets/*.map")]
    sources = "\n".join(
        s for path in bundles for s in json.loads(path.read_text(encoding="utf-8"))["sources"]
    )
    packed = set(re.findall(r"node_modules/((?:@[^/\s]+/)?[^/\s]+)", sources))
    assert packed and packed <= set(named)
    lock = (ROOT / LOCK).read_text(encoding="utf-8")
    for item in named.values():
        assert item.version == "-" or f"{item.name}=={item.version} " in lock, item
    notices = NOTICES.read_text(encoding="utf-8")
    assert "://" not in notices
    for licence in {item.licence for item in named.values()}:
        assert (
            notices.count(licence) > sum(item.licence == licence for item in named.values())
            or "MIT" in licence
        )
