"""RC406 and RC414: the kind of a case agrees with what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from build_tools.check.context import Context, Subject
from build_tools.check.mark import record_rule
from build_tools.model import Diagnostic

TOLERANT = frozenset(
    {
        "oc-exempt",
        "oc-reduce",
        "oc-no-accountability",
        "oc-exempt-accountability",
        "oc-no-discipline",
        "oc-exempt-discipline",
        "oc-no-liability",
    }
)
CLEARED = frozenset(
    {
        "oc-clarify",
        "oc-close-no-problem",
        "oc-withdraw-case",
        "oc-judicial-cleared",
        "oc-accuser-handled",
        "oc-public-explanation",
    }
)
UNDONE = frozenset(
    {
        "oc-revoked",
        "oc-varied",
        "oc-accountability-corrected",
        "oc-withdraw-case",
        "oc-judicial-cleared",
        "oc-suit-won",
    }
)
FILED = frozenset({"oc-file-accepted", "oc-file-refused"})
PUNISHED = frozenset(
    {
        "oc-admonition",
        "oc-circular",
        "oc-org-adjust",
        "oc-party-warning",
        "oc-party-serious",
        "oc-party-remove",
        "oc-party-probation",
        "oc-party-expel",
        "oc-gov-warning",
        "oc-gov-demerit",
        "oc-gov-major-demerit",
        "oc-subsidy-cut",
        "oc-violation-found",
        "oc-criminal",
        "oc-refused",
        "oc-transferred",
        "oc-dismissed",
        "oc-case-filed",
        "oc-admin-demerit",
    }
)
UNKNOWN = frozenset({"oc-pending"})
# Outcomes that go with any kind.
NEUTRAL = frozenset(
    {
        "oc-lighter",
        "oc-mitigated",
        "oc-talk",
        "oc-criticism",
        "oc-written-inspection",
        "oc-order-rectify",
        "oc-recover-reuse",
        "oc-maintained",
        "oc-criminal-exempt",
        "oc-practice-corrected",
    }
)


@dataclass(frozen=True)
class Expectation:
    """What outcomes a kind shows: at least one of `typical` (if any are named) and none of `odd`."""

    typical: frozenset[str]
    odd: frozenset[str]


# The only place that says which outcome words agree with which kind of case.
EXPECTED = {
    "tolerated": Expectation(
        TOLERANT | CLEARED | {"oc-lighter", "oc-mitigated"}, frozenset({"oc-refused", "oc-criminal"})
    ),
    "lenient": Expectation(frozenset(), frozenset({"oc-refused", "oc-clarify"})),
    "clarified": Expectation(CLEARED | TOLERANT, PUNISHED - {"oc-transferred"}),
    "corrected": Expectation(UNDONE | CLEARED, frozenset({"oc-maintained"})),
    "contrast": Expectation(frozenset(), TOLERANT | CLEARED),
    "preclearance": Expectation(FILED, frozenset()),
}


@record_rule("case")
def kind_agrees_with_outcome(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC414 where every outcome contradicts the kind, RC406 where one is missing or odd."""
    kind, known = subject.text("kind"), context.library.term_by_id
    listed = subject.record.get("outcome", "terms")
    terms = [t for t in listed if isinstance(t, str) and t in known] if isinstance(listed, tuple) else []
    if kind not in EXPECTED or not terms or set(terms) <= UNKNOWN:
        return
    wanted = EXPECTED[kind]
    label = subject.schema.choice(("kind",), kind).label
    shown = "、".join(context.term(t) for t in terms)
    against = set(terms) - UNKNOWN
    if against <= wanted.odd or (kind == "tolerated" and against <= PUNISHED):
        yield subject.at(
            ("kind",),
            "RC414",
            f"类型是“{label}”，处理结果却只有 {shown}",
            "核对 kind 与 outcome.terms，改其中一个",
        )
        return
    if wanted.typical and not against & wanted.typical:
        usual = "、".join(context.library.label(t) for t in sorted(wanted.typical) if t in known)
        yield subject.at(
            ("outcome", "terms"),
            "RC406",
            f"类型是“{label}”，处理结果里却没有与它相应的词（现在是 {shown}）",
            f"核对类型；相应的词有：{usual}",
        )
    for i, term in enumerate(listed):
        if isinstance(term, str) and term in wanted.odd and kind != "contrast":
            yield subject.at(
                ("outcome", "terms", i),
                "RC406",
                f"类型是“{label}”，处理结果里却有 {context.term(term)}",
                "核对类型；确有多人处理不同，可以不改",
            )
