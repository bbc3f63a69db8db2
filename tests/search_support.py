"""Builds indexes for the tests of search and scores the judged queries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from build_tools.load import Schemas, for_edition, load_library, load_schemas
from build_tools.model import Library
from build_tools.search import Index, build_index, documents
from build_tools.search.engine import rank
from build_tools.search.query import Query, analyse

ROOT = Path(__file__).parent.parent
JUDGEMENTS: Mapping[str, Any] = yaml.safe_load(
    (ROOT / "tests/search_judgements.yaml").read_text(encoding="utf-8")
)

# Shapes of real matters, as somebody would write them down; several end in what they want to know.
MATTERS = (
    "老旧小区改造时间紧，居委会没有等全体业主表决，就先让施工队把楼道线路迁了，有三户不同意，投诉到12345。",
    "村里把征地补偿款先借给合作社周转，两个月后还清，没有利息，村民代表事后才知道。",
    "疫情期间社区把捐来的口罩优先发给志愿者和值守人员，有居民质疑分配不公，要求公开名单。",
    "网格员录入残疾人补贴信息时把身份证号填错一位，导致两个月补贴发到别人账户，发现后已追回并补发。",
    "2024年5月17日，某镇便民服务中心窗口人员在材料不齐的情况下先行受理企业变更申请，承诺三个工作日内补齐，企业后来没有补。",
    "街道执法队清理占道经营时与摊主发生拉扯，视频传到网上，队员被停职，事后查明是摊主先动手。",
    "一名驻村工作队员因为参加县里培训没有接到省里的暗访电话，被通报批评，他认为自己请过假。",
    "乡镇为了完成秸秆禁烧任务，要求农户必须在三天内把秸秆运走，否则不发耕地补贴，群众意见很大。",
    "社区公共收益账户里的电梯广告费没有公示，用来给值班人员买饮用水和防暑药品，金额两千三百元。",
    "国有平台公司投资的农贸市场建成后商户不愿意入驻，空置一年多，审计认为决策前没有充分论证。",
)


@cache
def real_library() -> tuple[Library, Schemas]:
    """The public edition of this repository's library, and its schemas."""
    schemas = load_schemas(ROOT / "schema")
    return for_edition(load_library(ROOT).library, schemas), schemas


@cache
def real_index() -> Index:
    """The index over the real library, public edition."""
    library, schemas = real_library()
    return build_index(library, schemas, documents(library, schemas))


def ranked_ids(index: Index, asked: Query, kind: str = "case") -> list[str]:
    return [index.documents[number].id for number, _ in rank(index, asked, kind, {})]


def quality(index: Index, judgements: Mapping[str, Any] = JUDGEMENTS) -> dict[str, float]:
    """Mean recall@5 (against at most five), MRR@10 of the matter itself, and NDCG@10 over the judged queries."""
    first, last = judgements["pool"]
    rows = []
    for judged in judgements["queries"]:
        found = ranked_ids(index, analyse(judged["text"], index, facts=judged.get("facts", False)))
        rows.append(score([i for i in found if first <= i <= last], judged["relevant"]))
    names = ("recall@5", "mrr@10", "ndcg@10")
    return {name: sum(row[i] for row in rows) / len(rows) for i, name in enumerate(names)}


def score(found: Sequence[str], relevant: Mapping[str, int]) -> tuple[float, float, float]:
    """Recall@5 (against at most five), reciprocal rank of the first grade 2 in ten, NDCG@10 (gain 2^grade − 1)."""
    recall = len(set(found[:5]) & set(relevant)) / min(5, len(relevant))
    mrr = next((1 / (i + 1) for i, one in enumerate(found[:10]) if relevant.get(one) == 2), 0.0)
    gains = [2.0 ** relevant.get(one, 0) - 1 for one in found[:10]]
    ideal = sorted((2.0**grade - 1 for grade in relevant.values()), reverse=True)[:10]
    return recall, mrr, _discounted(gains) / _discounted(ideal)


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(i + 2) for i, gain in enumerate(gains))


def queries() -> list[tuple[str, bool]]:
    """Over three hundred different queries of all shapes, with whether they are pasted facts."""
    library, _ = real_library()
    cases = library.cases
    words = [
        term.label
        for name in ("error_factors", "causes", "fields")
        for term in library.vocabulary[name].terms
    ]
    found = [
        *(
            (q["text"], bool(q.get("facts")))
            for q in (*JUDGEMENTS["queries"], *JUDGEMENTS["second"]["queries"])
        ),
        *((text, True) for text in MATTERS),
        *((text * 4, False) for text in MATTERS[:3]),
        *((str(case.get("keywords", 1) or case.title), False) for case in cases[:40]),
        *((case.title, False) for case in cases[:120]),
        *((word, False) for word in words),
        *((str(case.get("background")), True) for case in cases[:30]),
        ("RC-2026-0007", False),
        ("n-03", False),
        ("停", False),
        ("電梯", False),
        ("ＡＡ聚餐", False),
        ("没有谋取私利", False),
        ("", False),
        ("2019年 宣州", False),
    ]
    return list(dict.fromkeys(found))
