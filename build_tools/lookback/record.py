"""Turns a filing into the entries of a case and the case's new text; writes no files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from build_tools.check.engine import check_case
from build_tools.check.rules.reviews import EXPLAINED
from build_tools.edit.amend import amended
from build_tools.load import Loaded, Schemas
from build_tools.load.checklists import cite
from build_tools.load.lookback import Policy
from build_tools.load.yaml_reader import read_yaml
from build_tools.lookback.dates import day_of
from build_tools.lookback.filing import Filing, Opened
from build_tools.lookback.obligations import Obligation
from build_tools.model import Case, Diagnostic, Library

KEYS = ("status", "status_record", "reviews", "changes")
BY_MOST, TEXT_MOST = 60, 300  # characters that the case schema lets into `changes`
RESULT_MOST = 400
Entry = dict[str, Any]


@dataclass(frozen=True)
class Recorded:
    """The case's new text (None where it stays as it is) and what the check says about it."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.severity == "error")


def problems_of(case: Case, filing: Filing, policy: Policy) -> Iterator[str]:
    """What keeps this filing from being recorded in this case, in Chinese."""
    if filing.case and filing.case != case.id:
        yield f"表是 {filing.case} 的，不是 {case.id} 的 — 核对编号"
    if reason := policy.exempt.get(case.status):
        yield f"{case.id} 不再安排回头看 — {reason}"
    changing = [term for term in filing.findings if policy.findings[term].status]
    if changing and case.status == "draft":
        yield f"{case.id} 还是草稿，没有可以改变的状态 — 直接改草稿，结论写“更新案例条目”"
    elif any(policy.findings[term].changes for term in changing) and not filing.after:
        yield "结论改变了原处理，没有写“现结论”（after） — 写明变更或撤销以后是什么结论"
    altering = any(policy.findings[term].changes for term in changing)
    if altering and not any(answer.answer in EXPLAINED for answer in filing.checklist):
        yield "结论改变了原处理，核对单却没有一项“不通过”或“不明” — 把查出问题的那一项改过来，写明理由"


def obligations_for(filing: Filing, policy: Policy) -> list[Opened]:
    """Every obligation to open: what the findings oblige, in the reviewer's words where he wrote some."""
    day = day_of(filing.date) or date.max
    named = {opened.kind for opened in filing.obligations}
    missing = [Opened(kind) for kind in policy.obliged(filing.findings) if kind not in named]
    order = list(policy.duties)
    wanted = sorted([*filing.obligations, *missing], key=lambda opened: order.index(opened.kind))
    return [
        replace(
            opened,
            text=opened.text or policy.duties[opened.kind].text,
            due=opened.due or (day + timedelta(days=policy.duties[opened.kind].days)).isoformat(),
        )
        for opened in wanted
    ]


def review_entry(filing: Filing, policy: Policy) -> Entry:
    """The entry for `reviews`, empty keys left out."""
    entry: Entry = {
        "date": filing.date,
        "trigger": filing.trigger,
        "reviewer": filing.reviewer,
        "independence": filing.independence,
        "checklist": [_full({"item": a.item, "answer": a.answer, "note": a.note}) for a in filing.checklist],
        "findings": list(filing.findings),
        "note": filing.note,
        "obligations": [
            {"kind": o.kind, "text": o.text, "due": o.due} for o in obligations_for(filing, policy)
        ],
        "disclosure": filing.disclosure,
        "disclosed": filing.disclosed,
    }
    return _full(entry)


def status_entries(case: Case, filing: Filing, policy: Policy, library: Library) -> Entry:
    """`status` and `status_record` where a finding changes them, else nothing; the last such finding decides."""
    changing = [policy.findings[term] for term in filing.findings if policy.findings[term].status]
    if not changing:
        return {}
    last = changing[-1]
    said = f"回头看结论：{'、'.join(library.label(finding.term) for finding in changing)}。"
    record: Entry = {"date": filing.date, "reason": filing.reason or said}
    record["authority"] = filing.authority or filing.reviewer
    if any(finding.changes for finding in changing):
        record["before"] = filing.before or result_before(case)
        record["after"] = filing.after
    return {"status": last.status, "status_record": _full(record)}


def result_before(case: Case) -> str:
    """The conclusion that stood until now: the last one recorded, or else what was done."""
    said = case.get("status_record", "after") or case.get("outcome", "measures") or ""
    return " ".join(str(said).split())[:RESULT_MOST]


def change_entry(case: Case, filing: Filing, policy: Policy, schemas: Schemas, library: Library) -> Entry:
    """The entry for `changes`: what the look-back came to, what changed, and on which rules."""
    status = status_entries(case, filing, policy, library)
    findings = "、".join(map(library.label, filing.findings))
    what = f"回头看：{findings}。"
    if status:
        old, new = (schemas.case.choice(("status",), s).label for s in (case.status, status["status"]))
        record = status["status_record"]
        what += f"状态由“{old}”改为“{new}”。"
        if "after" in record:
            what += f"原结论：{record['before']}　现结论：{record['after']}"
    rules = dict.fromkeys(rule for term in filing.findings for rule in policy.findings[term].basis.rules)
    trigger = f"{filing.date} 回头看（{library.label(filing.trigger)}）"
    entry: Entry = {
        "date": filing.date,
        "type": "status" if status else "review",
        "what": _cut(what, TEXT_MOST),
        "by": _cut(filing.reviewer, BY_MOST),
        "basis": _cut("；".join([trigger, *(cite(rule, library) for rule in rules)]), TEXT_MOST),
    }
    # What a status says is public with the case; a look-back that changes none may stay inside.
    if filing.disclosure != "public" and not status:
        entry["disclosure"] = filing.disclosure
    return entry


def record_filing(
    case: Case, raw: bytes, filing: Filing, policy: Policy, loaded: Loaded, schemas: Schemas, today: date
) -> Recorded:
    """The case with the look-back in it, checked; `raw` is the file as it is now."""
    library = loaded.library
    review = review_entry(filing, policy)
    status = status_entries(case, filing, policy, library)
    change = change_entry(case, filing, policy, schemas, library)

    def apply(content: Any) -> None:
        content.update(status)
        content.setdefault("reviews", []).append(review)
        content.setdefault("changes", []).append(change)

    return edited(case, raw, apply, loaded, schemas, today)


def record_done(
    case: Case,
    raw: bytes,
    obligation: Obligation,
    done: tuple[str, str, str],
    loaded: Loaded,
    schemas: Schemas,
    today: date,
) -> Recorded:
    """The case with one obligation marked as done; `done` is the day, how it was done, and who says so."""
    day, evidence, by = done
    label = schemas.case.choice(("reviews", 0, "obligations", 0, "kind"), obligation.kind).label
    change: Entry = {
        "date": today.isoformat(),
        "type": "supplement",
        "what": _cut(f"{obligation.opened} 回头看的义务“{label}”已于 {day} 办结：{evidence}", TEXT_MOST),
        "by": by,
    }
    if case.get("reviews", obligation.review - 1, "disclosure") != "public":
        change["disclosure"] = "internal"

    def apply(content: Any) -> None:
        entry = content["reviews"][obligation.review - 1]["obligations"][obligation.number - 1]
        entry["done"], entry["evidence"] = day, evidence
        content.setdefault("changes", []).append(change)

    return edited(case, raw, apply, loaded, schemas, today)


def edited(
    case: Case,
    raw: bytes,
    apply: Any,
    loaded: Loaded,
    schemas: Schemas,
    today: date,
    keys: Collection[str] = KEYS,
) -> Recorded:
    """The file's text after `apply` worked on the top-level `keys`, and what the check says of it; writes nothing."""
    result = amended(raw, case.path, schemas.case, keys, apply)
    if result.text is None:
        return Recorded(None, result.diagnostics)
    parsed = read_yaml(result.text.encode(), case.path)
    after = Case(case.path, parsed.data, parsed.marks, parsed.key_marks, parsed.text, parsed.digest)
    return Recorded(result.text, (*parsed.diagnostics, *check_case(after, loaded, schemas, today)))


def _full(entry: Entry) -> Entry:
    return {key: value for key, value in entry.items() if value}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
