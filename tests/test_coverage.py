"""The coverage report: what the library's cases use of its words and fields."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from build_tools.cli import main
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.relate.coverage import cover

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = load_schemas(ROOT / "schema")
LIBRARY = for_edition(load_library(ROOT).library, SCHEMAS)


def test_every_published_case_has_what_a_reader_needs() -> None:
    published = [c for c in LIBRARY.cases if c.status == "published"]
    needed = {"background", "error", "outcome", "sources", "boundaries", "confidence"}
    filled = {f.name: f.filled for f in cover(LIBRARY, SCHEMAS, published).fields}
    assert {name: filled[name] for name in needed} == dict.fromkeys(needed, len(published))


def test_narrower_terms_count_for_broader_ones() -> None:
    found = cover(LIBRARY, SCHEMAS, LIBRARY.cases)
    assert found.by_term["ef-procedure"] > found.by_term["ef-no-approval"] > 0
    assert "ef-procedure" not in {t.id for t in found.unused.get("error_factors", ())}


def test_terms_without_a_case_are_named() -> None:
    one = next(c for c in LIBRARY.cases if c.id == "RC-2026-0001")
    found = cover(LIBRARY, SCHEMAS, [one])
    assert {"ef-no-approval"} <= {t.id for t in found.unused["error_factors"]}
    assert "ef-progress-lag" not in {t.id for t in found.unused["error_factors"]}


def test_command_gives_the_same_as_json() -> None:
    result = CliRunner().invoke(main, ["coverage", "--root", str(ROOT), "--format", "json"])
    facts = json.loads(result.stdout)
    assert result.exit_code == 0
    assert facts["cases"] == len(LIBRARY.cases)
    assert facts["filled_fields"]["background"] == facts["cases"]
