"""Tokenizer, concepts, documents, index and ranking on the Python side."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_tools.load import for_edition, load_library, load_schemas
from build_tools.search import TYPES, Document, Field, build_index, documents, search, similar, write_shards
from build_tools.search.concepts import Lexicon
from build_tools.search.engine import rank
from build_tools.search.index import LEVELS, build_segment
from build_tools.search.neighbours import smooth
from build_tools.search.query import SETTINGS, analyse, applicable
from build_tools.search.shards import checksum, encode_number
from build_tools.search.text import normalize, tokens
from tests.check_support import CASE, make_library, write
from tests.search_support import JUDGEMENTS, ROOT, quality, queries, real_index, real_library


def small_index(root: Path):  # type: ignore[no-untyped-def]
    schemas = load_schemas(root / "schema")
    library = for_edition(load_library(root).library, schemas)
    return build_index(library, schemas, documents(library, schemas))


def change_case(root: Path, *pairs: tuple[str, str]) -> None:
    """Rewrite the one case of a small library; each text must be there."""
    text = (root / CASE).read_text(encoding="utf-8")
    for old, new in pairs:
        assert re.search(old, text, re.M), old
        text = re.sub(old, new, text, count=1, flags=re.M)
    write(root, CASE, text)


# ---- tokens and concepts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("未批先建", ["未", "批", "先", "建", "未批", "批先", "先建"]),
        ("電動車", ["电", "动", "车", "电动", "动车"]),
        ("ＲＣ－２０２６－０００１", ["rc-2026-0001", "rc", "2026", "0001"]),
        ("N-03#17", ["n-03", "n", "03", "17"]),
        ("低\u200b保", ["低", "保", "低保"]),
        ("停车，收费", ["停", "车", "停车", "收", "费", "收费"]),
        ("AA制", ["aa", "制"]),
        ("\ud800😀", []),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_that_is_searched(text: str) -> None:
    assert tokens(normalize(text)) == tokens(text)


@given(st.text(alphabet="，；：（）！？<>=\u0338\u0301éＡ字国"))
def test_full_width_marks_are_folded_as_nfkc_has_them(text: str) -> None:
    assert normalize(text) == unicodedata.normalize("NFKC", text).lower()


def test_a_synonym_inside_a_longer_form_does_not_count() -> None:
    lexicon = Lexicon({"谋取私利": ("ex",), "没有谋取私利": ("tc",)}, {})
    assert lexicon.find("他没有谋取私利") == ("tc",)
    assert lexicon.find("他谋取私利") == ("ex",)


def test_overlapping_synonyms_both_count() -> None:
    lexicon = Lexicon({"停车收费": ("a",), "收费标准": ("b",)}, {})
    assert lexicon.find("停车收费标准") == ("a", "b")


def test_every_label_and_synonym_finds_its_term() -> None:
    library, _ = real_library()
    lexicon = real_index().lexicon
    for vocabulary in library.vocabularies:
        for term in vocabulary.terms:
            for form in (term.label, *term.synonyms):
                if len(normalize(form).strip()) > 1:
                    assert term.id in lexicon.find(normalize(form)), (form, term.id)


# ---- documents ------------------------------------------------------------------------------------------------------


def test_every_document_has_its_own_id_and_page() -> None:
    found = real_index().documents
    assert len({d.id for d in found}) == len({d.url for d in found}) == len(found)
    assert {d.type for d in found} == set(TYPES)


def test_codes_urls_and_internal_fields_are_not_indexed(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    with (root / CASE).open("a", encoding="utf-8") as file:
        file.write("internal:\n  notes: 绝密备注鸑鷟\n")
    words = set(small_index(root).segments["case"].postings)
    assert not words & {
        "http",
        "editor",
        "source",
        "kept",
        "unclear",
        "met",
        "published",
        "鸑鷟",
        "ef-no-approval",
    }


def test_internal_cases_are_there_in_the_internal_edition_only(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    change_case(root, (r"^disclosure: .*$", "disclosure: internal"))
    library, schemas = load_library(root).library, load_schemas(root / "schema")
    held = {
        edition: {d.type for d in documents(for_edition(library, schemas, edition), schemas)}
        for edition in ("public", "internal")
    }
    assert "case" in held["internal"] and "case" not in held["public"]


@pytest.mark.parametrize("line", ["disclosure: internal", "status: draft"])
def test_internal_cases_and_drafts_leave_no_trace(tmp_path: Path, line: str) -> None:
    root = make_library(tmp_path)
    key = line.split(":")[0]
    change_case(root, (rf"^{key}: .*$", line))
    index = small_index(root)
    assert "case" not in index.segments
    written = write_shards(index, tmp_path / "out")
    assert not [
        path
        for path in written
        if "RC-2026-0001" in path.read_text(encoding="utf-8") and "guide" not in path.name
    ]


def test_a_withdrawn_case_is_found_by_id_only(tmp_path: Path) -> None:
    root = make_library(tmp_path)
    title = load_library(root).library.cases[0].title
    change_case(root, (r"^status: .*$", "status: withdrawn"))
    index = small_index(root)
    assert [h.document.id for h in search(index, "RC-2026-0001").hits] == ["RC-2026-0001"]
    assert search(index, title).total == 0
    everything = "".join(path.read_text(encoding="utf-8") for path in write_shards(index, tmp_path / "out"))
    assert title not in everything


@pytest.mark.parametrize(("state", "coded"), [("met", True), ("not_met", False), ("not_stated", False)])
def test_only_a_condition_that_is_met_is_coded(tmp_path: Path, state: str, coded: bool) -> None:
    root = make_library(tmp_path)
    item = (
        f"conditions:\n  - term: tc-urgent\n    state: {state}\n    note: 原因\n    origin: source\noutcome:"
    )
    change_case(root, (r"^outcome:", item))
    document = small_index(root).documents[0]
    assert ("tc-urgent" in document.concepts) is coded
    assert ("tc-urgent" in document.facets.get("conditions", ())) is coded


def test_unverified_articles_are_not_indexed() -> None:
    library, _ = real_library()
    index = real_index()
    unverified = [
        (rule.id, str(a["text"]))
        for rule in library.rules
        for a in rule.get("articles") or ()
        if a.get("grade") == "unverified"
    ]
    assert unverified
    by_id = {d.id: "\n".join(f.text for f in d.fields) for d in index.documents if d.type == "rule"}
    assert not [rule for rule, text in unverified if text in by_id[rule]]


def test_facets_follow_the_schema() -> None:
    names = [facet.name for facet in real_index().facets]
    assert names[:4] == ["status", "kind", "province", "fields"]
    assert {"error_factors", "outcome", "causes", "level", "confidence", "decided_by"} <= set(names)
    assert len(names) == len(set(names))


# ---- ranking --------------------------------------------------------------------------------------------------------


def test_whoosh_ranks_by_the_sums_of_our_impacts() -> None:
    index = real_index()
    for text, facts in queries():
        asked = analyse(text, index, facts=facts)
        for kind, segment in index.segments.items():
            sums = segment.scores(applicable(asked, segment))
            best = max(sums.values(), default=0)
            kept = {n: s for n, s in sums.items() if s * 100 >= best * SETTINGS["keep_percent"]}
            plain = sorted(kept.items(), key=lambda p: (-p[1], p[0]))
            manner = "facts" if asked.facts else "words"
            own, head = SETTINGS[f"own_{manner}"], SETTINGS[f"near_{manner}"]
            expected = smooth(plain, sums, segment.near, own, head)
            assert rank(index, asked, kind, {}) == expected, (text[:20], kind)


@pytest.mark.parametrize(
    ("judgements", "floors"),
    [
        (JUDGEMENTS, {"recall@5": 0.82, "mrr@10": 0.89, "ndcg@10": 0.88}),
        (JUDGEMENTS["second"], {"recall@5": 0.7, "mrr@10": 0.88, "ndcg@10": 0.78}),
    ],
    ids=["first", "second"],
)
def test_quality_on_the_judged_queries(judgements: Mapping[str, Any], floors: Mapping[str, float]) -> None:
    found = quality(real_index(), judgements)
    assert all(found[name] >= floor for name, floor in floors.items()), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("没等批复就先开工了", "ef-no-approval"),
        ("拿集体的钱先垫", "ef-fund-lending"),
        ("专项资金挪去修路", "ef-fund-diverted"),
    ],
)
def test_lay_words_reach_the_coded_term(text: str, expected: str) -> None:
    index = real_index()
    assert expected in analyse(text, index).bridged
    assert expected in search(index, text, limit=3).hits[0].concepts


def test_traditional_and_full_width_input_finds_the_same() -> None:
    index = real_index()
    plain = [h.document.id for h in search(index, "加装电梯 12345").hits]
    assert plain
    assert [h.document.id for h in search(index, "加裝電梯　１２３４５").hits] == plain


def test_a_case_is_found_first_by_its_own_id_and_title() -> None:
    index = real_index()
    for document in index.documents:
        if document.type == "case":
            assert search(index, document.id, limit=1).hits[0].document.id == document.id
            assert document.id in [h.document.id for h in search(index, document.title, limit=2).hits]


def test_equal_scores_keep_the_documents_order() -> None:
    one, two = (Document(i, "case", "甲", f"{i}.html", (Field("t", "", 1.0, "停车"),)) for i in ("b", "a"))
    segment = build_segment("case", 0, (one, two))
    assert segment.scores({"停车": 1})[0] == segment.scores({"停车": 1})[1]
    library, schemas = real_library()
    index = build_index(library, schemas, (one, two))
    assert [h.document.id for h in search(index, "停车").hits] == ["b", "a"]


def test_impacts_grow_with_frequency_and_weight_and_shrink_with_length() -> None:
    def impact(weight: float, text: str) -> int:
        members = (
            Document("x", "case", "", "x", (Field("t", "", weight, text),)),
            Document("y", "case", "", "y", (Field("t", "", weight, "别的文字在这里"),)),
        )
        return build_segment("case", 0, members).impacts("停车")[0]

    assert 1 <= impact(1, "停车") < impact(5, "停车") <= LEVELS
    assert impact(1, "停车") < impact(1, "停车，停车")
    assert impact(1, "停车") > impact(1, "停车" + "他说" * 30)


def test_filters_are_alternatives_inside_a_facet_and_all_hold_between() -> None:
    index = real_index()
    all_ids = {h.document.id for h in search(index, "停车", limit=None).hits}

    def ids(**filters: list[str]) -> set[str]:
        return {h.document.id for h in search(index, "停车", filters=filters, limit=None).hits}

    kinds = {d.id: d.facets["kind"][0] for d in index.documents if d.type == "case"}
    both = ids(kind=["contrast", "clarified"])
    assert both == {i for i in all_ids if kinds[i] in ("contrast", "clarified")}
    assert both == ids(kind=["contrast"]) | ids(kind=["clarified"]) and ids(kind=["contrast"]) < both
    year = next(iter(index.documents[index.number[min(both)]].facets["year"]))
    assert min(both) in ids(kind=["contrast", "clarified"], year=[year]) < both
    assert ids(kind=["nonsense"]) == set() and ids(year=[]) == set()


def test_filters_alone_list_cases_in_order() -> None:
    index = real_index()
    found = search(index, "", filters={"kind": ["preclearance"]}, limit=None)
    assert {h.document.facets["kind"] for h in found.hits} == {("preclearance",)}
    expected = [d.id for d in index.documents if d.facets.get("kind") == ("preclearance",)]
    assert [h.document.id for h in found.hits] == expected


def test_pasted_facts_can_be_split_into_both_sides() -> None:
    index = real_index()
    facts = "村两委开会商量后，把上级拨的救助资金按户平均分给了村民，没有谁多拿。"
    warn = search(index, facts, facts=True, adverse=True, limit=None)
    follow = search(index, facts, facts=True, adverse=False, limit=None)
    assert {h.document.facets["kind"][0] for h in warn.hits} <= {"contrast", "corrected"}
    assert not {h.document.facets["kind"][0] for h in follow.hits} & {"contrast", "corrected"}
    assert warn.total + follow.total == search(index, facts, facts=True).total
    assert "RC-2026-0065" in [h.document.id for h in warn.hits[:2]]


def test_dates_amounts_and_plates_do_not_change_what_facts_find() -> None:
    index = real_index()
    plain = "社区书记向辖区企业收取赞助费，用于敬老节活动。"
    noisy = "2021年9月3日14时，社区书记向辖区企业收取赞助费，用于敬老节活动。2021年9月，30,000元，浙A12345。"
    ids = [h.document.id for h in search(index, plain, facts=True, limit=10).hits]
    assert [h.document.id for h in search(index, noisy, facts=True, limit=10).hits] == ids


def test_similar_cases_leave_out_the_case_itself() -> None:
    index = real_index()
    found = [hit.document.id for hit in similar(index, "RC-2026-0070", limit=4)]
    assert "RC-2026-0070" not in found and "RC-2026-0058" in found
    with pytest.raises(KeyError):
        similar(index, "RC-1999-0001")


def test_snippets_mark_only_what_the_query_says() -> None:
    index = real_index()
    for text in ("停车", "漏接电话", "电梯", "RC-2026-0007", "公车私用"):
        wanted = set(tokens(text))
        for hit in search(index, text, limit=5).hits:
            for shown, spans in (
                (hit.snippet.text, hit.snippet.marks),
                (hit.document.title, hit.snippet.title_marks),
            ):
                assert all(set(tokens(shown[a:b])) <= wanted for a, b in spans), (text, shown)
    assert search(index, "漏接电话", limit=1).hits[0].snippet.marks


HOSTILE = [
    "",
    " ",
    "\x00\x07\x1b[31m",
    "a" * 10_000,
    "停" * 10_000,
    "停车收费" * 2_500,
    "😀" * 5_000,
    "\ud800\udfff\ud800",
    "(.*)+$[^",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "@ef-no-approval",
    "\\u0000",
    "%s%n{0}",
    "*",
    "的",
    "-",
    "--",
    "\u202e\u200f停车",
    "".join(chr(c) for c in range(0x4E00, 0x4E00 + 8000)),
    "case:停车 AND NOT 收费",
    "\t\n\r",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(text[:12]) for text in HOSTILE])
@pytest.mark.parametrize("facts", [False, True])
def test_hostile_queries_are_answered(text: str, facts: bool) -> None:
    index = real_index()
    for kind in TYPES:
        found = search(index, text, type=kind, facts=facts, limit=3)
        assert len(found.hits) <= min(3, found.total)
    assert len(analyse(text, index, facts=facts).folded) <= SETTINGS["max_facts"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.booleans())
def test_any_text_is_answered(text: str, facts: bool) -> None:
    index = real_index()
    assert search(index, text, facts=facts, limit=2).total <= index.segments["case"].count


def test_a_type_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        search(real_index(), "停车", type="nonsense")


def test_an_empty_library_can_be_indexed_and_searched(tmp_path: Path) -> None:
    library, schemas = real_library()
    index = build_index(library, schemas, ())
    assert search(index, "停车").total == 0
    assert write_shards(index, tmp_path)


# ---- shards ---------------------------------------------------------------------------------------------------------


def test_the_same_index_gives_the_same_bytes(tmp_path: Path) -> None:
    library, schemas = real_library()
    again = build_index(library, schemas, documents(library, schemas))
    left, right = write_shards(real_index(), tmp_path / "a"), write_shards(again, tmp_path / "b")
    assert [p.relative_to(tmp_path / "a") for p in left] == [p.relative_to(tmp_path / "b") for p in right]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(left, right, strict=True))


def test_files_name_themselves_and_carry_a_true_checksum(tmp_path: Path) -> None:
    import json

    for path in write_shards(real_index(), tmp_path):
        call = path.read_text(encoding="utf-8")
        name, sum_, text = json.loads("[" + call.removeprefix("rongcuoShard(").removesuffix(");\n") + "]")
        assert path.name == f"{name}.js"
        assert checksum(text) == sum_


def test_term_files_stay_small(tmp_path: Path) -> None:
    sizes = {
        p.name: p.stat().st_size
        for p in write_shards(real_index(), tmp_path)
        if "-b-" in p.name or "-u-" in p.name
    }
    assert max(sizes.values()) <= 60_000, max(sizes, key=lambda name: sizes[name])


@given(st.integers(min_value=0, max_value=10**9))
def test_numbers_are_written_in_digits_that_need_no_escape(value: int) -> None:
    text = encode_number(value)
    digits = [ord(c) - (0x24 if ord(c) > 0x5C else 0x23) for c in text]
    high = 0
    for digit in digits[:-1]:
        assert 64 <= digit < 91
        high = high * 27 + digit - 64 + 1
    assert digits[-1] < 64 and high * 64 + digits[-1] == value
    assert not set(text) & set('"\\\n\t')


def test_the_engine_in_the_browser_keeps_no_second_copy_of_settings() -> None:
    script = (ROOT / "build_tools/site/assets/search/search-core.js").read_text(encoding="utf-8")
    assert not [name for name in SETTINGS if re.search(rf"\b{name}:\s*\d", script)]
