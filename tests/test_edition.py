"""Editions: what is not public leaves no trace, a body's own cases come along when asked for."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from build_tools.cli import main
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.load.edition import content_digest
from build_tools.model import Case, Library
from build_tools.search.text import simplified
from build_tools.site.build import build_site
from tests.check_support import CASE, ROOT, lines, make_library, patched, write

SCHEMAS = load_schemas(ROOT / "schema")
PUBLIC_REVIEW = """
  - date: 2026-11-22
    trigger: {trigger}
    reviewer: 市纪委监委
    independence: 与原承办人员没有交叉。
    findings: [{finding}]
    disclosure: {disclosure}
    note: {note}
"""


def add(root: Path, text: str, path: str = CASE) -> None:
    write(root, path, patched((root / CASE).read_text(encoding="utf-8"), text))


def edition(root: Path, name: str = "public") -> Library:
    return for_edition(load_library(root).library, SCHEMAS, name)


def only(library: Library) -> Case:
    (case,) = library.cases
    return case


def review(disclosure: str, note: str) -> str:
    terms = {v.name: v.terms[0].id for v in load_library(ROOT).library.vocabularies}
    return PUBLIC_REVIEW.format(
        trigger=terms["lookback_triggers"],
        finding=terms["lookback_findings"],
        disclosure=disclosure,
        note=note,
    )


def test_internal_fields_reviews_and_changes_stay_out_of_the_public_edition(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    reviews = "reviews:" + review("internal", "玄") + review("public", "白").removeprefix("\n")
    changes = (
        "changes:\n  - {date: 2026-11-22, type: created, what: 入库, by: 编辑组}\n"
        "  - {date: 2026-11-22, type: correction, what: 玄, by: 编辑组, disclosure: internal}\n"
    )
    add(root, f"internal:\n  notes: 玄\n{reviews}{changes}")
    shown, inside = only(edition(root)), only(edition(root, "internal"))
    assert "玄" not in json.dumps(shown.data, default=dict, ensure_ascii=False)
    assert [r["note"] for r in shown.data["reviews"]] == ["白"]
    assert [r["note"] for r in inside.data["reviews"]] == ["玄", "白"] and inside.get(
        "internal", "notes"
    ) == "玄"
    assert shown.text == "" and not shown.marks


def test_the_digest_tells_nothing_of_what_is_internal(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    before = only(edition(root)).digest
    add(root, "internal:\n  notes: 玄\n")
    assert only(edition(root)).digest == before != only(edition(root, "internal")).digest
    add(root, "background: 换了背景。\n")
    assert only(edition(root)).digest != before
    assert content_digest(only(edition(root)).data) == only(edition(root)).digest


def test_references_to_hidden_cases_are_left_out(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    add(root, "id: RC-2026-0002\ndisclosure: internal\n", "cases/2026/RC-2026-0002.yaml")
    add(root, "relations:\n  - {type: same_matter, target: RC-2026-0002}\n")
    assert "relations" not in only(edition(root)).data
    assert len(edition(root, "internal").cases) == 2


def test_what_has_left_keeps_only_what_its_page_says(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    add(
        root, "status: withdrawn\nstatus_record:\n  {date: 2026-11-22, reason: 来源撤稿, authority: 编辑组}\n"
    )
    kept = set(only(edition(root)).data)
    assert kept <= {n for n, node in SCHEMAS.case.properties.items() if node.get("x-tombstone")}
    assert "status_record" in kept and "background" not in kept


def test_an_unknown_edition_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        edition(make_library(tmp_path), "secret")


def test_own_cases_get_numbers_apart_and_come_along_when_asked_for(tmp_path: Path) -> None:
    root, own = make_library(tmp_path / "库"), tmp_path / "本单位"
    done = CliRunner().invoke(main, ["new", "--root", str(root), "--cases", str(own)])
    assert done.exit_code == 0, done.output
    (path,) = own.rglob("*.yaml")
    year = date.today().year
    assert path.name == f"RC-{year}-900001.yaml" and path.parent.name == str(year)
    text = path.read_text(encoding="utf-8")
    assert "disclosure: internal" in text
    schema = re.search(r"\$schema=(\S+)", text)
    assert schema and (path.parent / schema[1]).resolve() == (root / "schema/case.schema.json").resolve()
    write(own, f"{year}/RC-{year}-900001.yaml", patched(
        (root / CASE).read_text(encoding="utf-8"),
        f"id: RC-{year}-900001\ntitle: 本单位内部的一件\ndisclosure: internal\n",
    ))  # fmt: skip
    assert lines(root) == []
    asked = ["search", "--root", str(root), "内部的一件", "--format", "json", "--cases", str(own)]
    found = {
        name: CliRunner().invoke(main, [*asked, "--edition", name]).output for name in ("public", "internal")
    }
    assert "900001" in found["internal"] and "900001" not in found["public"]
    again = CliRunner().invoke(main, ["new", "--root", str(root), "--cases", str(own)])
    assert f"RC-{year}-900002" in again.output
    assert f"RC-{year}-900" not in CliRunner().invoke(main, ["new", "--root", str(root)]).output


# ---- two hundred planted secrets ------------------------------------------------------------------------------------

# One rare character each, so that no shard, tokenizer or list can break a secret into harmless pieces; none of
# those that the table of traditional characters holds.
RARE = (chr(0x3403 + 7 * n) for n in range(400))
SECRETS = [c for c in RARE if ord(c) not in simplified() and c not in simplified().values()][:200]


def plant(root: Path) -> None:
    """Internal cases, a draft, and in public cases internal fields, reviews and changes, full of secrets."""
    yaml = YAML()
    secrets = iter(SECRETS)
    source = sorted((root / "cases/2026").glob("*.yaml"))[:3]
    for number, (hidden, most) in enumerate((("internal", 46), ("draft", 45), ("internal", 46)), 1):
        data = yaml.load(source[number - 1].read_text(encoding="utf-8"))
        data["id"] = f"RC-2026-99{number:02d}"
        data["disclosure" if hidden == "internal" else "status"] = hidden
        _sow(data, secrets, most)
        yaml.dump(data, root / f"cases/2026/RC-2026-99{number:02d}.yaml")
    for path in source:
        data = yaml.load(path.read_text(encoding="utf-8"))
        data["internal"] = {"handlers": [next(secrets)], "notes": "".join(next(secrets) for _ in range(17))}
        data["reviews"] = yaml.load("r:" + review("internal", next(secrets) + next(secrets)))["r"]
        change = {"date": "2026-11-22", "type": "correction", "what": next(secrets), "by": "编辑组"}
        data["changes"].append({**change, "disclosure": "internal"})
        data["relations"] = [{"type": "same_matter", "target": "RC-2026-9901"}]
        yaml.dump(data, path)
    assert next(secrets, None) is None, "every secret is planted"


def _sow(data: object, secrets: Iterator[str], most: int) -> None:
    """Put a secret into each free text of a case, `most` in all; several into the last ones where texts run out."""
    spots = [
        (holder, key)
        for holder, key, value in _texts(data)
        if isinstance(value, str) and 8 < len(value) < 250 and re.match(r"[\u4e00-\u9fff]{2}", value)
    ]
    for number in range(most):
        holder, key = spots[number % len(spots)]
        holder[key] = f"{holder[key]}{next(secrets)}"  # type: ignore[index]


def _texts(data: object) -> Iterator[tuple[object, object, object]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield data, key, value
        yield from _texts(value)


def decoded(name: str, content: bytes) -> Iterator[str]:
    """Every way in which a file's bytes can be read as text."""
    yield name
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for inner in packed.namelist():
                yield from decoded(inner, packed.read(inner))
        return
    text = content.decode("utf-8", errors="replace")
    yield text
    yield html.unescape(text)
    yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)


def test_two_hundred_planted_secrets_leave_no_trace_in_the_public_edition(tmp_path: Path) -> None:
    root = tmp_path / "library"
    for part in ("schema", "rules", "docs", "mkdocs.yml"):
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, root / part)
    shutil.copytree(ROOT / "cases", root / "cases")
    plant(root)
    public, internal = tmp_path / "public", tmp_path / "internal"
    build_site(root, public, date(2026, 11, 22), lambda _step: None)
    secret = re.compile("[" + "".join(SECRETS) + "]")
    leaks = [
        path.relative_to(public).as_posix()
        for path in public.rglob("*")
        if path.is_file()
        and any(
            secret.search(text) or re.search(r"RC-2026-99\d\d", text)
            for text in decoded(path.name, path.read_bytes())
        )
    ]
    assert leaks == []
    build_site(root, internal, date(2026, 11, 22), lambda _step: None, "internal")
    page = (internal / "cases/RC-2026-9901.html").read_text(encoding="utf-8")
    assert secret.search(page) and "内部版" in page, "the internal edition does show them"
    assert not (internal / "cases/RC-2026-9902.html").exists(), "a draft is in no edition"
