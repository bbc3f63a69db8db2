"""The static interface: true to its own schemas and OpenAPI, complete, paged, and free of what is internal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from build_tools.export import api
from build_tools.export.api import api_files
from build_tools.export.publication import Publication, publication
from build_tools.load import PUBLIC, for_edition, load_library, load_schemas
from build_tools.output import Output
from build_tools.relate import relate
from build_tools.site.contents import newest_first
from tests.check_support import ROOT, make_library, patched, write

BASE = "api/v1"
Answers = dict[str, Any]


def published(root: Path, edition: str = PUBLIC) -> Publication:
    """One edition of the library at `root`, ready to be handed out."""
    schemas = load_schemas(root / "schema")
    library = for_edition(load_library(root).library, schemas, edition)
    cases = newest_first(library.cases)
    return publication(library, schemas, cases, relate(library, schemas, cases))


def made(outputs: Iterable[Output]) -> dict[str, bytes]:
    """Path → content of files."""
    return {output.path: output.make() for output in outputs}


def answers_of(files: dict[str, bytes]) -> Answers:
    return {path: json.loads(content) for path, content in files.items()}


@pytest.fixture(scope="module")
def source() -> Publication:
    return published(ROOT)


@pytest.fixture(scope="module")
def answers(source: Publication) -> Answers:
    return answers_of(made(api_files(source, ["downloads/cases.csv"])))


def validator(answers: Answers, pointer: str) -> Any:
    """A validator for a place in the OpenAPI document's schemas, by the document alone."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **answers[f"{BASE}/openapi.json"]}
    return jsonschema_rs.Draft202012Validator({**document, "$ref": pointer})


def by_operation(answers: Answers) -> dict[str, tuple[re.Pattern[str], str]]:
    """Path of the OpenAPI document → pattern of the files it stands for, and the schema of its answer."""
    found = {}
    for path, item in answers[f"{BASE}/openapi.json"]["paths"].items():
        parts = re.split(r"\{\w+\}", path)
        answer = item["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        found[path] = re.compile(re.escape(BASE) + "[^/]+".join(map(re.escape, parts))), answer
    return found


def test_the_openapi_document_is_valid(answers: Answers) -> None:
    OpenAPIV31SpecValidator(answers[f"{BASE}/openapi.json"]).validate()


def test_every_file_is_described_and_fits_its_description(answers: Answers) -> None:
    operations = by_operation(answers)
    for path, answer in answers.items():
        if path == f"{BASE}/openapi.json" or path.startswith(f"{BASE}/schema/"):
            continue
        # The literal path wins over one with a placeholder, as OpenAPI has it.
        said = [schema for pattern, schema in operations.values() if pattern.fullmatch(path)]
        assert said, f"{path} is not described"
        errors = [
            f"{e.instance_path}: {e.message[:200]}" for e in validator(answers, said[0]).iter_errors(answer)
        ]
        assert errors == [], path


@pytest.mark.parametrize(
    "path", ["index", "cases", "cases/RC-2026-0001", "rules", "rules/N-03", "vocabulary", "changes"]
)
def test_a_file_that_lacks_something_does_not_fit(answers: Answers, path: str) -> None:
    said = [
        schema
        for pattern, schema in by_operation(answers).values()
        if pattern.fullmatch(f"{BASE}/{path}.json")
    ]
    whole = answers[f"{BASE}/{path}.json"]
    poorer = {key: value for key, value in whole.items() if key != "edition"}
    first = whole["data"][0] if isinstance(whole["data"], list) else whole["data"]
    emptied = {**whole, "data": [{}] if first is not whole["data"] else {}}
    check = validator(answers, said[0])
    assert check.is_valid(whole) and not check.is_valid(poorer) and not check.is_valid(emptied)


def test_every_described_path_has_a_file(answers: Answers) -> None:
    for path, (pattern, _) in by_operation(answers).items():
        if "{page}" not in path:  # one page is enough for the real library
            assert any(map(pattern.fullmatch, answers)), path


@pytest.mark.parametrize("name", ["case", "rule", "vocabulary", "api", "tombstone", "site"])
def test_schemas_are_published_and_valid(answers: Answers, name: str) -> None:
    document = answers[f"{BASE}/schema/{name}.schema.json"]
    jsonschema_rs.meta.validate(document)
    assert document["$id"] == f"{name}.schema.json"


def test_published_schemas_alone_validate_the_files(answers: Answers) -> None:
    """Somebody who loads schema/*.json by file name needs no OpenAPI."""
    prefix = f"{BASE}/schema/"
    place = "https://example.org/schema/"
    schemas = [(place + p.removeprefix(prefix), d) for p, d in answers.items() if p.startswith(prefix)]
    absolute = [(url, {**document, "$id": url}) for url, document in schemas]
    registry = jsonschema_rs.Registry(absolute)
    check = jsonschema_rs.Draft202012Validator(
        {"$ref": f"{place}api.schema.json#/$defs/case"}, registry=registry
    )
    assert check.is_valid(answers[f"{BASE}/cases/RC-2026-0001.json"])
    broken = json.loads(json.dumps(answers[f"{BASE}/cases/RC-2026-0001.json"]))
    del broken["data"]["record"]["outcome"]
    assert not check.is_valid(broken)


def test_the_envelope_is_on_every_answer(answers: Answers, source: Publication) -> None:
    for path, answer in answers.items():
        if "/schema/" not in path and not path.endswith("openapi.json"):
            head = {key: answer[key] for key in ("schema_version", "edition", "library_version")}
            assert head == {
                "schema_version": 1,
                "edition": "public",
                "library_version": source.edition.version,
            }, path


def test_records_are_whole(answers: Answers, source: Publication) -> None:
    listed = answers[f"{BASE}/cases.json"]
    assert listed["total"] == len(source.cases) == answers[f"{BASE}/index.json"]["data"]["cases"]
    for case in source.cases:
        item = answers[f"{BASE}/cases/{case.id}.json"]["data"]
        assert item["record"] == json.loads(json.dumps(case.data, default=dict))
        assert (item["version"], item["digest"]) == (case.version, case.digest)
    cited = {
        c["id"]
        for rule in source.library.rules
        for c in answers[f"{BASE}/rules/{rule.id}.json"]["data"]["cited_by"]
    }
    assert "RC-2026-0001" in cited
    terms = {t["id"] for t in answers[f"{BASE}/vocabulary/error_factors.json"]["data"]["terms"]}
    assert "ef-no-approval" in terms


def test_both_sides_of_a_relation_are_told(answers: Answers, source: Publication) -> None:
    ids = {case.id for case in source.cases}
    pairs = {
        (case.id, link["id"])
        for case in source.cases
        for link in answers[f"{BASE}/cases/{case.id}.json"]["data"]["links"]
    }
    assert pairs and all((b, a) in pairs and a in ids for a, b in pairs)


def test_long_lists_are_paged(monkeypatch: pytest.MonkeyPatch, source: Publication) -> None:
    monkeypatch.setattr(api, "PAGE_SIZE", 100)
    answers = answers_of(made(api_files(source)))
    url, seen, steps = f"{BASE}/cases.json", [], []
    while url:
        answer = answers[url]
        assert len(answer["data"]) <= 100 and answer["total"] == len(source.cases)
        seen += [item["id"] for item in answer["data"]]
        steps.append(answer["page"])
        url = answer["next"]
    assert seen == [case.id for case in source.cases]
    assert steps == list(range(1, answer["pages"] + 1)) and len(steps) > 2
    assert answers[answer["previous"]]["next"] == f"{BASE}/cases-{answer['page']}.json"
    check = validator(answers, by_operation(answers)["/cases-{page}.json"][1])
    assert check.is_valid(answers[f"{BASE}/cases-2.json"])


def test_an_empty_library_still_answers(source: Publication) -> None:
    bare = replace(source, cases=(), library=replace(source.library, cases=()))
    answers = answers_of(made(api_files(bare)))
    listed = answers[f"{BASE}/cases.json"]
    assert (listed["total"], listed["data"], listed["pages"], listed["next"]) == (0, [], 1, None)
    assert answers[f"{BASE}/index.json"]["data"]["updated"] is None
    assert validator(answers, by_operation(answers)["/index.json"][1]).is_valid(answers[f"{BASE}/index.json"])


PLANTED = """
internal:
  handlers: [玄鸟科]
  notes: 内部备注玄鸟
"""
REVIEW = """
reviews:
  - {date: 2026-05-01, trigger: lt-sample, reviewer: 某机关, independence: 另组人员, findings: [lf-sustain], disclosure: DISCLOSURE, note: 回头看玄鸟}
"""


def test_internal_values_appear_only_in_the_internal_edition(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    base = (root / "cases/2026/RC-2026-0001.yaml").read_text(encoding="utf-8")
    hidden = patched(base, "id: RC-2026-0002\ntitle: 不公开的玄鸟案例\ndisclosure: internal\n")
    write(root, "cases/2026/RC-2026-0002.yaml", hidden)
    write(root, "cases/2026/RC-2026-0001.yaml", base + PLANTED + REVIEW.replace("DISCLOSURE", "internal"))
    files = made(api_files(published(root)))
    public = b"".join(files.values()) + "".join(files).encode()
    assert "玄鸟".encode() not in public and b"RC-2026-0002" not in public
    assert "internal" not in answers_of(files)[f"{BASE}/schema/case.schema.json"]["properties"]
    files = made(api_files(published(root, "internal")))
    assert b"".join(files.values()).count("玄鸟".encode()) >= 4
    answers = answers_of(files)
    assert answers[f"{BASE}/index.json"]["edition"] == "internal"
    item = validator(answers, by_operation(answers)["/cases/{id}.json"][1])
    assert item.is_valid(answers[f"{BASE}/cases/RC-2026-0002.json"])


def test_a_case_that_has_left_keeps_only_its_stone(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    base = (root / "cases/2026/RC-2026-0001.yaml").read_text(encoding="utf-8")
    record = "status_record:\n  date: 2026-11-20\n  reason: 来源撤稿\n  authority: 编辑组\n"
    write(root, "cases/2026/RC-2026-0001.yaml", patched(base, f"status: withdrawn\n{record}"))
    files = made(api_files(published(root)))
    answers = answers_of(files)
    item = answers[f"{BASE}/cases/RC-2026-0001.json"]
    assert item["data"]["record"]["status_record"]["reason"] == "来源撤稿"
    assert item["data"]["updated"] == "2026-11-20"
    assert "车棚".encode() not in b"".join(v for k, v in files.items() if "/case" in k)
    operations = by_operation(answers)
    assert validator(answers, operations["/cases/{id}.json"][1]).is_valid(item)
    assert validator(answers, operations["/cases.json"][1]).is_valid(answers[f"{BASE}/cases.json"])


def test_changes_and_look_backs_are_told_newest_first(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    base = (root / "cases/2026/RC-2026-0001.yaml").read_text(encoding="utf-8")
    write(root, "cases/2026/RC-2026-0001.yaml", base + REVIEW.replace("DISCLOSURE", "public"))
    answers = answers_of(made(api_files(published(root))))
    changes = answers[f"{BASE}/changes.json"]
    assert [(c["date"], c["type"]) for c in changes["data"]] == [
        ("2026-05-01", "lookback"),
        ("2026-03-02", "created"),
    ]
    assert "回头看玄鸟" in changes["data"][0]["what"]
    assert validator(answers, by_operation(answers)["/changes.json"][1]).is_valid(changes)


def test_the_address_of_the_site_is_written_only_where_it_is_set(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    document = json.loads(made(api_files(published(root)))[f"{BASE}/openapi.json"])
    assert document["servers"] == [{"url": "."}]
    write(root, "schema/site.yaml", "organisation: 某区纪委监委\nsite_url: https://example.org/r/\n")
    document = json.loads(made(api_files(published(root)))[f"{BASE}/openapi.json"])
    assert document["servers"] == [{"url": "https://example.org/r/api/v1"}]
    assert document["info"]["contact"]["name"] == "某区纪委监委"
