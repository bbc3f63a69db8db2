"""Made-up and spoiled input to everything that reads from outside: no crash, no hang, no half-written file.

A longer, coverage-guided run is `python -m benchmarks.fuzz`; docs/manual/security.md tells what it found.
"""

from __future__ import annotations

import json
import random
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from benchmarks.fuzz import TRAPS, small_form, vary_package, vary_yaml
from build_tools.check import run_checks
from build_tools.cli import main
from build_tools.edit.layout import laid_out
from build_tools.edit.redact import RefusedError, applied, draft
from build_tools.forms.draft import draft_text
from build_tools.forms.importing import import_form, numbered_yaml
from build_tools.load import Schemas, load_library, load_schemas
from build_tools.load.office import OfficeError
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import Library
from build_tools.search import build_index, documents, search
from build_tools.site.parts import data_script
from tests.check_support import CASE, ROOT, make_library
from tests.hostile import PAYLOADS

WHOLE = (ROOT / "cases/2026/RC-2026-0001.yaml").read_bytes()
TODAY = date(2026, 11, 22)
# Generous, since machines differ; what hangs takes for ever.
few = settings(max_examples=40, deadline=timedelta(seconds=20), suppress_health_check=list(HealthCheck))
fewer = settings(few, max_examples=10)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_library(tmp_path_factory.mktemp("模糊") / "库")


@pytest.fixture(scope="module")
def schemas(root: Path) -> Schemas:
    return load_schemas(root / "schema")


@pytest.fixture(scope="module")
def library(root: Path) -> Library:
    return load_library(root).library


def changed(raw: bytes, seed: int) -> bytes:
    """The file after a few changes of lines, values, depths and bytes."""
    dice = random.Random(seed)
    for _ in range(dice.randrange(1, 5)):
        raw = vary_yaml(raw, dice, lambda content: bytes_changed(content, dice))
    return raw


def bytes_changed(content: bytes, dice: random.Random) -> bytes:
    """Some bytes of the content replaced, doubled or cut."""
    at = dice.randrange(len(content) + 1)
    more = bytes(dice.randrange(256) for _ in range(dice.randrange(4)))
    return dice.choice(
        (content[:at] + more + content[at + len(more) :], content[:at] + more + content[at:], content[:at])
    )


yaml_text = (
    st.recursive(
        st.sampled_from(TRAPS) | st.text(max_size=20),
        lambda child: st.lists(child, max_size=4) | st.dictionaries(st.text(max_size=6), child, max_size=4),
        max_leaves=12,
    ).map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    | st.binary(max_size=200)
    | st.integers(0, 2**32).map(lambda seed: changed(WHOLE, seed))
)


@few
@given(raw=yaml_text)
def test_any_bytes_are_read_or_refused_with_a_reason(schemas: Schemas, raw: bytes) -> None:
    parsed = read_yaml(raw, "x.yaml")
    assert parsed.data is not None or parsed.diagnostics or read_yaml(raw, "x.yaml").text
    for diagnostic in parsed.diagnostics:
        assert re.fullmatch(r"RC1\d\d", diagnostic.code) and diagnostic.hint
    made = laid_out(raw, "x.yaml", schemas.case)
    assert made.text is None or read_yaml(made.text.encode(), "").data == parsed.data


@few
@given(raw=yaml_text)
def test_a_library_with_any_file_is_checked_to_the_end(root: Path, schemas: Schemas, raw: bytes) -> None:
    path = root / CASE
    before = path.read_bytes()
    try:
        path.write_bytes(raw)
        for diagnostic in run_checks(load_library(root), schemas, TODAY):
            assert str(diagnostic) and diagnostic.mark.line >= 1
    finally:
        path.write_bytes(before)


@few
@given(raw=yaml_text, name=st.sampled_from(["x.yaml", "x.md", "x.txt"]))
def test_redacting_any_file_changes_it_as_agreed_or_not_at_all(raw: bytes, name: str) -> None:
    try:
        plan = draft(raw, name)
        text = applied(plan, plan.proposals)
    except RefusedError as refused:
        assert "— " in str(refused)
        return
    assert plan.proposals or text == plan.text
    if name.endswith(".yaml"):
        assert read_yaml(text.encode(), name).data is not None


@settings(few, max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_redact_writes_whole_files_or_none(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("隐去")
    path = folder / "x.yaml"
    path.write_bytes(
        changed(WHOLE.replace(b"background: ", "background: 张某，电话13800138000。".encode()), seed)
    )
    before = path.read_bytes()
    said = CliRunner().invoke(main, ["redact", str(path), "--yes"])
    assert said.exit_code in (0, 1) and (said.exception is None or isinstance(said.exception, SystemExit))
    assert [p.name for p in folder.iterdir()] == ["x.yaml"]
    after = path.read_bytes()
    assert after == before or read_yaml(after, "x.yaml").data is not None


# ---- importers ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory, library: Library, schemas: Schemas) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("表")
    return {suffix: small_form(library, schemas, suffix, folder) for suffix in (".docx", ".xlsx")}


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
def test_a_spoiled_form_is_refused_or_read_into_what_it_says(
    suffix: str, forms: dict[str, bytes], library: Library, schemas: Schemas, tmp_path: Path
) -> None:
    path = tmp_path / f"x{suffix}"
    read = 0
    for seed in range(45):
        dice = random.Random(seed)
        raw = forms[suffix]
        for _ in range(dice.randrange(1, 4)):
            raw = vary_package(raw, dice, lambda content, dice=dice: bytes_changed(content, dice))  # type: ignore[misc]
        path.write_bytes(raw)
        try:
            made = import_form(path, library, schemas)
        except OfficeError as refused:
            assert "— " in str(refused), seed
            continue
        read += 1
        text = draft_text(made, schemas.case, "RC-2026-0002", "2026-11-22", path.name, "")
        back = read_yaml(text.encode(), "")
        assert back.data is not None and not back.diagnostics, seed
        assert plain({k: v for k, v in back.data.items() if k in made.data}) == plain(made.data), seed
        assert back.data["status"] == "draft" and back.data["id"] == "RC-2026-0002"
    assert 5 < read < 45


def plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [plain(child) for child in value]
    return {k: plain(v) for k, v in value.items()} if hasattr(value, "items") else value


@few
@given(raw=yaml_text)
def test_a_spoiled_page_file_is_refused_or_numbered(
    schemas: Schemas, tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz-page.yaml"
    path.write_bytes(raw)
    try:
        text = numbered_yaml(path, schemas, "RC-2026-0002", "2026-11-22")
    except OfficeError as refused:
        assert str(refused)
        return
    data = read_yaml(text.encode(), "").data
    assert data is not None and (data["id"], data["status"]) == ("RC-2026-0002", "draft")


@fewer
@given(raw=st.binary(max_size=60) | yaml_text, suffix=st.sampled_from([".docx", ".xlsx", ".yaml"]))
def test_import_writes_a_whole_draft_or_nothing(
    root: Path, tmp_path_factory: pytest.TempPathFactory, raw: bytes, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("入")
    path = folder / f"x{suffix}"
    path.write_bytes(raw)
    said = CliRunner().invoke(main, ["import", str(path), "--root", str(root), "--out", str(folder / "出")])
    assert said.exit_code in (0, 1) and (said.exception is None or isinstance(said.exception, SystemExit))
    made = list((folder / "出").iterdir()) if (folder / "出").exists() else []
    assert len(made) == (said.exit_code == 0)
    assert all(read_yaml(p.read_bytes(), p.name).data is not None for p in made)


# ---- what was found and mended ------------------------------------------------------------------------------------


def test_a_mapping_where_a_word_should_stand_is_reported(root: Path, schemas: Schemas) -> None:
    path = root / CASE
    before = path.read_text(encoding="utf-8")
    try:
        spoiled = re.sub(r"(?m)^( +)- (oc-[a-z-]+)$", r"\1- \2\n\1- a: b", before, count=1)
        assert spoiled != before
        path.write_text(spoiled, encoding="utf-8")
        assert any(d.code.startswith("RC20") for d in run_checks(load_library(root), schemas, TODAY))
    finally:
        path.write_text(before, encoding="utf-8")


def test_a_tab_behind_a_value_is_refused_with_its_line() -> None:
    with pytest.raises(RefusedError, match="第 2 行"):
        draft("a: 张某\nb: 13800138000\t\nc: d\n".encode(), "x.yaml")


def test_a_number_in_a_block_of_text_is_replaced_whole(schemas: Schemas, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("id: |\n  RC-2026-0081\n\n  x\ntitle: 甲乙丙丁\nstatus: published\n", encoding="utf-8")
    data = read_yaml(numbered_yaml(path, schemas, "RC-2026-0002", "2026-11-22").encode(), "").data
    assert (data["id"], data["title"], data["status"]) == ("RC-2026-0002", "甲乙丙丁", "draft")
    for text in ('""', "- a", "x"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(OfficeError):
            numbered_yaml(path, schemas, "RC-2026-0002", "2026-11-22")


# ---- queries and citations ---------------------------------------------------------------------------------------

words = (
    st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
    | st.sampled_from(PAYLOADS)
    | st.sampled_from(TRAPS)
)


@few
@given(text=words, facts=st.booleans())
def test_any_query_is_answered(index: Any, text: str, facts: bool) -> None:
    found = search(index, text, facts=facts)
    assert found is not None


@pytest.fixture(scope="module")
def index(library: Library, schemas: Schemas) -> Any:
    return build_index(library, schemas, documents(library, schemas))


CITED = re.compile(r"RC-\d{4}-\d{4,6}(?!\d)")


@pytest.mark.browser
def test_any_text_is_taken_for_citations_without_trouble(browser: Browser, tmp_path: Path) -> None:
    """The page's reader of citations over made-up texts: one answer for each id, and none for anything else."""
    dice = random.Random(6)
    bits = ("RC-2026-0001", "RC-2026-9999", "rc-2026-0001", "ＲＣ－２０２６－０００１", "第1版", "第99999999版", "摘要 0123456789ab", "摘要",
            "RC-2026-00011234567", "RC-0000-0000", "\n", "；", " ", "\u2028", "\x00", "\ud800", "RC-" * 40, *PAYLOADS, *TRAPS)  # fmt: skip
    texts = ["".join(dice.choice(bits) for _ in range(dice.randrange(12))) for _ in range(400)]
    (tmp_path / "data").mkdir()
    index_data = {"parts": {"size": 50, "room": 50, "marks": {}}, "status": {}, "complete": True}
    (tmp_path / "data/verify.js").write_text(data_script("verify", index_data), encoding="utf-8")
    for name in ("practice/practice.js", "verify/verify.js"):
        (tmp_path / Path(name).name).write_bytes((ROOT / "build_tools/site/assets" / name).read_bytes())
    (tmp_path / "x.html").write_text(
        '<html data-root=""><meta charset="utf-8"><form id="rc-verify" hidden><textarea id="rc-cited"></textarea>'
        '<button>x</button></form><div id="rc-verified"></div><script src="practice.js"></script>'
        '<script src="verify.js"></script></html>',
        encoding="utf-8",
    )
    page = browser.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto((tmp_path / "x.html").as_uri())
    page.wait_for_selector("#rc-verify:not([hidden])")
    answers = page.evaluate(
        """async (texts) => {
             const form = document.getElementById("rc-verify"), box = document.getElementById("rc-cited"), out = [];
             for (const text of texts) {
               box.value = text;
               form.requestSubmit();
               await new Promise((go) => setTimeout(go, 0));
               out.push([document.querySelectorAll(".rc-verified").length,
                         document.querySelectorAll("#rc-verified *:is(script, img, svg, iframe)").length]);
             }
             return out;
           }""",
        [text.encode("utf-8", "replace").decode() for text in texts],
    )
    page.close()
    assert troubles == []
    assert all(strange == 0 for _, strange in answers)
    plain_texts = [text for text in texts if text.isascii()]
    counts = dict(zip(texts, (n for n, _ in answers), strict=True))
    assert all(counts[t] == len(CITED.findall(re.sub("rc-(?=[0-9])", "RC-", t))) for t in plain_texts)
    assert sum(n > 0 for n, _ in answers) > 50
