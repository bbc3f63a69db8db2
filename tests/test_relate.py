"""What is worked out between records: coded terms, likeness, relations, citations, counts."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from build_tools.load import for_edition, load_library, load_schemas
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import Case, Library
from build_tools.relate import coded_items, count_library, relate, similar_cases

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = load_schemas(ROOT / "schema")
LIBRARY = for_edition(load_library(ROOT).library, SCHEMAS)
CASES = LIBRARY.cases


def case(number: int, body: str) -> Case:
    """A case made of the given top-level YAML; only what these tests look at need be there."""
    parsed = read_yaml(f"id: RC-2026-{number:04d}\n{body}".encode(), f"cases/2026/RC-2026-{number:04d}.yaml")
    assert not parsed.diagnostics
    return Case(f"RC-2026-{number:04d}.yaml", parsed.data, parsed.marks, parsed.key_marks, parsed.text)


def factors(*terms: str) -> str:
    return "error_factors:\n" + "".join(f"  - {{term: {t}, origin: source}}\n" for t in terms)


def test_coded_items_carry_field_state_and_origin() -> None:
    made = case(
        1,
        "fields: [fd-parking]\nboundaries:\n  - {term: bd-legal, verdict: crossed, note: 未批, origin: editor}\n",
    )
    found = [(c.field, c.term, c.state, c.note, c.origin) for c in coded_items(made, SCHEMAS.case)]
    assert found == [
        ("fields", "fd-parking", "", "", ""),
        ("boundaries", "bd-legal", "crossed", "未批", "editor"),
    ]


def test_likeness_prefers_rare_shared_elements_and_needs_a_point_at_issue() -> None:
    point = "boundaries:\n  - {term: bd-legal, verdict: crossed, origin: source}\n"
    kind = "kind: tolerated\n"
    cases = [
        case(1, kind + factors("ef-split-project", "ef-late-report") + point),
        case(2, kind + factors("ef-split-project") + point),
        case(3, kind + factors("ef-late-report")),
        case(4, kind + factors("ef-late-report")),
        case(5, "kind: contrast\n" + factors("ef-late-report")),
    ]
    found = similar_cases(cases, SCHEMAS.case)["RC-2026-0001"]
    assert [(item.case.id, item.type) for item in found] == [
        ("RC-2026-0002", "same_point"),
        ("RC-2026-0003", "facts_only"),
        ("RC-2026-0004", "facts_only"),
        ("RC-2026-0005", "other_outcome"),
    ]
    assert found[0].score > found[1].score


def test_likeness_is_mutual_and_never_of_oneself() -> None:
    found = similar_cases(CASES, SCHEMAS.case, limit=len(CASES))
    scores = {(a, item.case.id): item.score for a, items in found.items() for item in items}
    assert scores and all(a != b for a, b in scores)
    for (a, b), score in scores.items():
        assert scores[b, a] == pytest.approx(score)
        assert 0 < score <= 1.000001


def test_likeness_names_what_is_shared() -> None:
    for items in similar_cases(CASES, SCHEMAS.case).values():
        for item in items:
            own = {(c.field, c.term, c.state) for c in coded_items(item.case, SCHEMAS.case)}
            assert item.shared and all((c.field, c.term, c.state) in own for c in item.shared)


def test_relations_are_seen_from_both_sides() -> None:
    body = "status: published\ndisclosure: public\n"
    follower = case(2, body + "relations:\n  - {type: followed, target: RC-2026-0001, note: 参照其理由}\n")
    library = Library((case(1, body), follower), (), LIBRARY.vocabularies)
    links = relate(library, SCHEMAS, library.cases).links
    assert [(link.label, link.case.id) for link in links["RC-2026-0002"]] == [("参照", "RC-2026-0001")]
    assert [(link.label, link.case.id, link.note) for link in links["RC-2026-0001"]] == [
        ("被参照", "RC-2026-0002", "参照其理由")
    ]


def test_pairs_found_not_alike_are_recommended_on_neither_page() -> None:
    body = "status: published\ndisclosure: public\nkind: tolerated\n" + factors("ef-late-report")
    verdict = "relations:\n  - {type: not_similar, target: RC-2026-0001, note: 争点不同}\n"
    linked = "relations:\n  - {type: distinguished, target: RC-2026-0001, note: 金额不同}\n"
    cases = (case(1, body), case(2, body + verdict), case(3, body + linked))
    found = relate(Library(cases, (), LIBRARY.vocabularies), SCHEMAS, cases)
    similar = {cid: [item.case.id for item in items] for cid, items in found.similar.items()}
    assert similar == {
        "RC-2026-0001": ["RC-2026-0003"],
        "RC-2026-0002": ["RC-2026-0003"],
        "RC-2026-0003": ["RC-2026-0001", "RC-2026-0002"],
    }
    # The judgement itself stays visible on both pages.
    assert [(link.type, link.case.id) for link in found.links["RC-2026-0002"]] == [
        ("not_similar", "RC-2026-0001")
    ]
    assert ("not_similar", "RC-2026-0002") in [(x.type, x.case.id) for x in found.links["RC-2026-0001"]]


def test_a_pair_found_not_alike_gives_its_place_to_the_next_best() -> None:
    cases = [case(n, factors("ef-late-report")) for n in range(1, 5)]
    apart = {frozenset(("RC-2026-0001", "RC-2026-0002"))}
    found = similar_cases(cases, SCHEMAS.case, limit=2, apart=apart)
    assert [item.case.id for item in found["RC-2026-0001"]] == ["RC-2026-0003", "RC-2026-0004"]


def test_relations_to_hidden_cases_are_not_shown() -> None:
    shown = case(2, "relations:\n  - {type: same_matter, target: RC-2026-0001}\n")
    library = Library((case(1, "disclosure: internal\n"), shown), (), LIBRARY.vocabularies)
    assert relate(library, SCHEMAS, (shown,)).links == {}


def test_citations_know_article_and_field() -> None:
    cited = case(1, "outcome:\n  rules:\n    - {ref: N-03#17, origin: source}\n")
    found = relate(Library((cited,), LIBRARY.rules, ()), SCHEMAS, (cited,)).citations
    assert [(c.article, c.field) for c in found["N-03"]] == [("17", "outcome")]


def test_counts_add_up() -> None:
    stats = count_library(LIBRARY, SCHEMAS, CASES)
    assert stats.total == len(CASES) == sum(c.total for c in stats.kinds)
    assert [c.value for c in stats.kinds] == [c.value for c in SCHEMAS.case.choices(("kind",))]
    for counts in (stats.years, stats.provinces, *stats.terms.values()):
        assert all(sum(c.by_kind.values()) == c.total for c in counts)


def test_records_cannot_be_changed() -> None:
    assert isinstance(CASES[0].data, MappingProxyType)
    with pytest.raises(TypeError):
        CASES[0].data["title"] = "另一个标题"  # type: ignore[index]
