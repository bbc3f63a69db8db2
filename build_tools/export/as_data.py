"""Findings as plain data for other programs (JSON); its shape is described in docs/manual/commands.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from build_tools.export.comparison import Shared
from build_tools.export.edition import edition_of
from build_tools.export.matter import Matter
from build_tools.export.precedents import GROUPS, Findings, Precedent, outcome_terms
from build_tools.export.wording import Wording, decided_by, place_of

SCHEMA_VERSION = 1


def findings_data(findings: Findings, words: Wording) -> dict[str, Any]:
    """Everything that was found; of the facts only the words that point to elements are repeated."""
    label = words.library.label
    edition = edition_of(words.library)
    return {
        "schema_version": SCHEMA_VERSION,
        "library": {"version": edition.version, "cases": edition.cases, "digest": edition.digest},
        "query": _query(findings.matter, words),
        "totals": dict(findings.totals),
        "spread": [
            {
                "kind": share.kind,
                "label": words.choice("kind", share.kind),
                "count": share.count,
                "outcomes": [{"id": t, "label": label(t), "count": n} for t, n in share.outcomes.items()],
            }
            for share in findings.spread
        ],
        "results": [_result(p, words) for group in GROUPS for p in findings.groups[group]],
    }


def _query(matter: Matter, words: Wording) -> dict[str, Any]:
    label = words.library.label
    return {
        "kind": "case" if matter.case_id else "facts",
        "case": matter.case_id or None,
        "elements": {
            field: [
                {
                    "id": sign.term,
                    "label": label(sign.term),
                    "how": sign.how,
                    "words": sign.words,
                    "denied": sign.denied,
                    "state": sign.state or None,
                }
                for sign in signs
            ]
            for field, signs in matter.signs.items()
            if signs
        },
        "points": _points((p.id for p in words.definition.points if p.id in matter.points), words),
        "rules": [{"id": ref, "label": words.rule(ref)} for ref in matter.rules],
        "unknown_rules": list(matter.unknown_rules),
        "recommended": [{"id": term, "label": label(term)} for term in matter.recommended],
    }


def _points(points: Iterable[str], words: Wording) -> list[dict[str, str]]:
    return [{"id": point, "label": words.definition.point_label(point)} for point in points]


def _result(p: Precedent, words: Wording) -> dict[str, Any]:
    case, c = p.case, p.comparison
    shared: dict[str, list[dict[str, Any]]] = {
        field: [_shared(item, words) for item in items] for field, items in c.shared.items()
    }
    if c.rules:
        shared["rules"] = [{"id": ref, "label": words.rule(ref)} for ref in c.rules]
    return {
        "id": case.id,
        "title": case.title,
        "url": f"cases/{case.id}.html",
        "kind": case.kind,
        "status": case.status,
        "date": case.get("date", "value"),
        "place": place_of(case) or None,
        "confidence": case.get("confidence", "grade"),
        "step": p.step.id,
        "recent": p.recent,
        "score": p.score,
        "group": p.group,
        "on_point": c.on_point,
        "reason": c.reason,
        "points": _points(c.points, words),
        "shared": shared,
        "shared_words": list(p.words),
        "only_here": _side(c.only_here, words),
        "only_there": _side(c.only_there, words),
        "outcome": {
            "terms": [{"id": t, "label": words.library.label(t)} for t in outcome_terms(case)],
            "measures": case.get("outcome", "measures"),
            "decided_by": decided_by(case, words) or None,
        },
    }


def _shared(item: Shared, words: Wording) -> dict[str, Any]:
    return {
        "id": item.there,
        "label": words.library.label(item.there),
        "state": item.state or None,
        "here": item.here,
    }


def _side(side: Mapping[str, tuple[tuple[str, str], ...]], words: Wording) -> dict[str, list[dict[str, Any]]]:
    return {
        field: [{"id": t, "label": words.library.label(t), "state": s or None} for t, s in items]
        for field, items in side.items()
    }
