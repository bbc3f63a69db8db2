"""The benchmark over foreign collections, the neighbours that smooth scores, and who stands behind whom in a tie."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.retrieval import ENGINES, index_of, main, read
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.search import Index, build_index, documents, search
from build_tools.search.engine import rank
from build_tools.search.neighbours import NEIGHBOURS, SHARES, smooth
from build_tools.search.query import SETTINGS, analyse
from tests.check_support import CASE, make_library, write

ACTORS = ("居委会", "村委会", "街道办", "镇政府", "社区书记", "网格员", "驻村干部", "物业公司")
DEEDS = (
    "没等批复先开工",
    "垫付改造款",
    "错录补贴名单",
    "收取停车费",
    "分发救助物资",
    "漏接值班电话",
    "清理占道摊点",
    "加装电梯",
)
ENDS = ("被通报批评", "免予问责", "予以容错", "退回款项", "澄清正名", "诫勉谈话")
QUESTIONS = (
    "停车费",
    "先开工 批复",
    "书记垫钱改造怎么办",
    "電梯",
    "电话",
    "RC-2026",
    "zz 不存在的词",
    "",
    "的",
    "街道办2023年5月6日" + "没等批复先开工，垫付改造款三万元，群众有意见，" * 6 + "想知道会不会被问责。",
    "网格员录错补贴名单，发现后已追回。" * 9,
)


def rows() -> list[dict[str, str]]:
    """Seventy short made-up texts; some of the same words, one empty, one twice."""
    dice = random.Random(3)
    made = [
        {
            "id": f"d{i}",
            "title": dice.choice(DEEDS) if i % 3 else "",
            "text": "。".join(
                dice.choice(ACTORS) + dice.choice(DEEDS) + dice.choice(ENDS) for _ in range(1 + i % 4)
            ),
        }
        for i in range(68)
    ]
    return [*made, {"id": "empty", "title": "", "text": ""}, {**made[5], "id": "twin"}]


def run(folder: Path, engine: str, *more: str) -> list[list[str]]:
    """Write the collection, run the benchmark, and return the rows of the run."""
    with gzip.open(folder / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())
    asked = [json.dumps({"id": f"q{i}", "text": text, "other": "电梯"}) for i, text in enumerate(QUESTIONS)]
    (folder / "queries.jsonl").write_text("\n".join(asked) + "\n", encoding="utf-8")
    out = folder / f"{engine}.tsv"
    words = [
        "--corpus", str(folder / "corpus.jsonl.gz"), "--queries", str(folder / "queries.jsonl"), "--out", str(out),
        "--engine", engine, *more,
    ]  # fmt: skip
    # In a thread of its own: the session's browser keeps an event loop in this one, and a second cannot start here.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(main, words).result()
    return [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]


def test_a_run_is_tab_separated_and_falls_in_score(tmp_path: Path) -> None:
    found = run(tmp_path, "batch", "--limit", "7")
    assert all(len(row) == 3 for row in found)
    for number in range(len(QUESTIONS)):
        scores = [int(score) for query, _, score in found if query == f"q{number}"]
        assert scores == sorted(scores, reverse=True) and len(scores) <= 7
    # q5 to q8: words that stand nowhere, nothing, and a character that no text holds.
    assert {row[0] for row in found} == {f"q{i}" for i in range(len(QUESTIONS))} - {"q5", "q6", "q7", "q8"}
    best = [row[1] for row in found if row[0] == "q0"]
    assert all("停车费" in row["title"] + row["text"] for row in rows() if row["id"] == best[0])


def test_another_key_of_the_queries_can_be_searched_by(tmp_path: Path) -> None:
    found = run(tmp_path, "batch", "--field", "other")
    orders = {tuple(row[1] for row in found if row[0] == f"q{i}") for i in range(len(QUESTIONS))}
    assert len(orders) == 1 and orders != {()}


@pytest.mark.browser
@pytest.mark.parametrize("large", [False, True])
def test_the_three_engines_give_the_same_run(
    tmp_path: Path, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:  # as in a library of thousands, where common words are passed over and coverage counts
        monkeypatch.setitem(SETTINGS, "common_from", 10)
    expected = run(tmp_path, "whoosh")
    assert expected
    for engine in ENGINES:
        assert run(tmp_path, engine) == expected, engine


def test_an_empty_collection_answers_nothing(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
    index = index_of(read(tmp_path / "none.jsonl"))
    for engine in ("batch", "whoosh"):
        assert list(ENGINES[engine](index, ["停车"], 10)) == [[]]


# ---- neighbours -----------------------------------------------------------------------------------------------------


def made_index(texts: Sequence[str]) -> Index:
    return index_of({"id": str(i), "title": "", "text": text} for i, text in enumerate(texts))


def test_neighbours_are_the_documents_that_share_rare_words() -> None:
    texts = ["加装电梯补偿方案", "加装电梯遮挡采光", "秸秆焚烧扣发补贴", "秸秆焚烧通报批评", "孤零零"]
    near = made_index(texts).segments["case"].near
    assert [dict(near[i]).get(j, 0) for i, j in ((0, 1), (1, 0), (2, 3), (3, 2))] == [SHARES] * 4
    assert near[4] == ()


def test_shares_add_up_and_no_document_is_its_own_neighbour() -> None:
    near = index_of(rows()).segments["case"].near
    assert len(near) == len(rows())
    for number, pairs in near.items():
        assert number not in dict(pairs) and len(pairs) <= NEIGHBOURS
        assert not pairs or abs(sum(share for _, share in pairs) - SHARES) <= NEIGHBOURS


def test_one_document_or_none_has_no_neighbours() -> None:
    assert made_index(["停车"]).segments["case"].near == {} == made_index([]).segments


def test_pasted_facts_find_what_is_like_the_best_results() -> None:
    """The last two texts share one word with the facts; only the last is like the first three, which share many."""
    same = "乡里组织志愿者转运防疫物资，登记台账遗漏，事后补登"
    texts = [same + "口罩", same + "药品", same + "帐篷", "转运集装箱船期被延误", "转运登记台账遗漏编号"]
    index = made_index(
        [*texts, *("".join(map(chr, range(0x5000 + 9 * i, 0x5009 + 9 * i))) for i in range(15))]
    )
    asked = analyse("志愿者转运防疫物资口罩药品帐篷。", index, facts=True)
    plain = index.segments["case"].scores(asked.terms)
    assert plain[3] == plain[4]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SETTINGS, "keep_percent", 0)  # both are far behind the first three
        smoothed = dict(rank(index, asked, "case", {}))
    assert smoothed[4] > smoothed[3]


@settings(deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=12), st.data())
def test_nothing_beyond_the_head_overtakes(scores: list[int], data: st.DataObject) -> None:
    held = dict(enumerate(scores))
    plain = sorted(held.items(), key=lambda pair: (-pair[1], pair[0]))
    pair = st.tuples(st.sampled_from(range(len(scores))), st.integers(min_value=1, max_value=50))
    near = {n: tuple(data.draw(st.lists(pair, max_size=4))) for n in held}
    head = data.draw(st.integers(min_value=0, max_value=len(scores)))
    again = smooth(plain, held, near, SHARES, head)
    assert {n for n, _ in again[:head]} == {n for n, _ in plain[:head]}
    assert again[head:] == [(n, SHARES * s) for n, s in plain[head:]]


# ---- ties -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("facts", [False, True])
def test_less_certain_and_superseded_cases_stand_behind_their_equals(tmp_path: Path, facts: bool) -> None:
    root = make_library(tmp_path)
    base = (root / CASE).read_text(encoding="utf-8")
    kinds = {
        "0002": ("published", "low"),
        "0003": ("superseded", "high"),
        "0004": ("published", "high"),
        "0005": ("published", "medium"),
    }
    (root / CASE).unlink()
    for number, (status, grade) in kinds.items():
        text = re.sub(r"^id: .*$", f"id: RC-2026-{number}", base, count=1, flags=re.M)
        text = re.sub(r"^status: .*$", f"status: {status}", text, count=1, flags=re.M)
        text = re.sub(r"^  grade: (high|medium|low)$", f"  grade: {grade}", text, count=1, flags=re.M)
        assert f"grade: {grade}\n" in text
        write(root, f"cases/2026/RC-2026-{number}.yaml", text)
    schemas = load_schemas(root / "schema")
    library = for_edition(load_library(root).library, schemas)
    index = build_index(library, schemas, documents(library, schemas))
    hits = search(index, library.cases[0].title, facts=facts).hits
    assert [hit.document.id[-4:] for hit in hits] == ["0004", "0005", "0002", "0003"]
    assert len({hit.score for hit in hits}) == 1
