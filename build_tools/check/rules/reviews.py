"""RC421–RC427: what a case records of a look-back follows the policy in schema/lookback.yaml."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from build_tools.check.context import Context, Subject, text_in
from build_tools.check.mark import record_rule
from build_tools.check.suggest import nearest
from build_tools.load.lookback import Policy
from build_tools.model import Diagnostic, Pointer

# Answers that are worth nothing without a reason.
EXPLAINED = ("fail", "unclear")


@record_rule("case")
def items_are_in_the_policy(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC421: each item of a checklist is one of the policy's, and is answered once."""
    policy = context.policy
    for review, _ in subject.items("reviews") if policy else ():
        seen: set[str] = set()
        for pointer, answer in subject.items(*review, "checklist"):
            item = text_in(answer, "item")
            if item and policy and item not in policy.items:
                known = tuple((i.id, (i.label,)) for i in policy.checklist)
                guess = nearest(item, known)
                hint = f"是不是 {guess}（{policy.items[guess].label}）？" if guess else ""
                hint += f"可用的核对项：{'、'.join(f'{i.id}（{i.label}）' for i in policy.checklist)}"
                yield subject.at((*pointer, "item"), "RC421", f"核对单里没有“{item[:30]}”这一项", hint)
            elif item in seen:
                yield subject.at((*pointer, "item"), "RC421", f"核对项 {item} 答了两次", "合并成一项")
            seen.add(item)


@record_rule("case")
def checklist_is_complete(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC422: a look-back answers every item, with a reason wherever not everything is in order."""
    policy = context.policy
    for review, entry in subject.items("reviews") if policy else ():
        answered = [text_in(a, "item") for _, a in subject.items(*review, "checklist")]
        missing = [i for i in policy.checklist if i.id not in answered] if policy else []
        if missing:
            names = "、".join(f"{i.id}（{i.label}）" for i in missing)
            where = (*review, "checklist") if "checklist" in entry else review
            yield subject.at_key(
                where, "RC422", f"核对单没有答全，缺 {names}", "补答；确实不涉及的写 na（不适用）"
            )
        for pointer, answer in subject.items(*review, "checklist"):
            said = text_in(answer, "answer")
            if said in EXPLAINED and not text_in(answer, "note").strip():
                label = subject.schema.choice((*pointer, "answer"), said).label
                yield subject.at(
                    (*pointer, "answer"),
                    "RC422",
                    f"答“{label}”没有写理由",
                    "加 note，写明哪里不符、缺什么材料",
                )


@record_rule("case")
def findings_agree(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC423: findings do not contradict each other, and every failed item leads to one."""
    policy = context.policy
    for review, entry in subject.items("reviews") if policy else ():
        assert policy is not None
        findings = _findings(entry)
        yield from _contradictions(subject, context, policy, review, findings)
        for pointer, answer in subject.items(*review, "checklist"):
            item = policy.items.get(text_in(answer, "item"))
            if item and text_in(answer, "answer") == "fail" and not set(item.findings) & set(findings):
                names = "、".join(map(context.term, item.findings))
                yield subject.at(
                    (*pointer, "answer"),
                    "RC423",
                    f"“{item.label}”不通过，却没有相应的结论",
                    f"在 findings 里至少写一条：{names}",
                )


def _contradictions(
    subject: Subject, context: Context, policy: Policy, review: Pointer, findings: list[str]
) -> Iterator[Diagnostic]:
    """Kept and changed at once, more than one grade, or one finding twice."""
    where = (*review, "findings")
    effects: dict[str, list[str]] = {}
    for term in dict.fromkeys(findings):
        if term in policy.findings:
            effects.setdefault(policy.findings[term].effect, []).append(term)
    clash = [*effects.get("keep", []), *effects.get("change", [])]
    if "keep" in effects and "change" in effects:
        said = f"结论互相矛盾：{'、'.join(map(context.term, clash))}"
        yield subject.at_key(where, "RC423", said, "维持和改变只能取一边")
    if len(effects.get("grade", [])) > 1:
        said = f"评查等次写了 {len(effects['grade'])} 个：{'、'.join(map(context.term, effects['grade']))}"
        yield subject.at_key(where, "RC423", said, "只写一个等次")
    for term in [term for term, n in Counter(findings).items() if n > 1]:
        yield subject.at_key(where, "RC423", f"结论 {context.term(term)}写了两次", "只写一次")


@record_rule("case")
def findings_oblige(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC424: a finding opens the obligations that the policy says."""
    policy = context.policy
    for review, entry in subject.items("reviews") if policy else ():
        assert policy is not None
        opened = {text_in(o, "kind") for _, o in subject.items(*review, "obligations")}
        for i, term in enumerate(_findings(entry)):
            finding = policy.findings.get(term)
            lacking = [kind for kind in finding.obliges if kind not in opened] if finding else []
            if lacking:
                kinds = subject.schema
                at = (*review, "obligations", 0, "kind")
                names = "、".join(f"{k}（{kinds.choice(at, k).label}）" for k in lacking)
                yield subject.at(
                    (*review, "findings", i),
                    "RC424",
                    f"结论 {context.term(term)}没有开出义务：{names}",
                    "在 obligations 里写明做什么、哪天办完；不需要做的，写明并当天办结",
                )


@record_rule("case")
def outcome_changes_are_kept(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC425: a finding that changes the outcome changes the status, with what stood before and what stands now."""
    policy, status = context.policy, subject.text("status")
    for review, entry in subject.items("reviews") if policy else ():
        assert policy is not None
        for i, term in enumerate(_findings(entry)):
            finding = policy.findings.get(term)
            if not finding or not finding.status:
                continue
            pointer: Pointer = (*review, "findings", i)
            label = subject.schema.choice(("status",), finding.status).label
            if status != finding.status and status not in policy.exempt:
                own = subject.schema.choice(("status",), status).label
                yield subject.at(
                    pointer,
                    "RC425",
                    f"结论 {context.term(term)}改变了案例，状态却还是“{own}”",
                    f"status 改成 {finding.status}（{label}），写 status_record",
                )
            elif finding.changes and not _kept(subject):
                yield subject.at(
                    pointer,
                    "RC425",
                    f"结论 {context.term(term)}改变了原处理，却没有保留前后结论",
                    "在 status_record 里写 before（原结论）和 after（现结论）",
                )


def _kept(subject: Subject) -> bool:
    return all(subject.text("status_record", key).strip() for key in ("before", "after"))


@record_rule("case")
def reviewers_are_others(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC426: nobody looks back at what he handled himself."""
    if not subject.record.data.get("reviews"):
        return
    handlers = subject.record.get("internal", "handlers")
    own = {_folded(h) for h in handlers if isinstance(h, str)} if isinstance(handlers, tuple) else set()
    decided = _folded(subject.text("outcome", "decided_by", "name"))
    for review, entry in subject.items("reviews"):
        name = text_in(entry, "reviewer")
        if name and _folded(name) in own:
            yield subject.at(
                (*review, "reviewer"),
                "RC426",
                f"审查的“{name}”就是原承办",
                "换没有办过原案的机构或岗位来看；同一机关里换人的，写到具体的内设机构或岗位",
            )
        elif name and _folded(name) == decided:
            yield subject.at(
                (*review, "reviewer"),
                "RC426",
                f"审查的“{name}”就是作出原决定的机关",
                "由本机关自己复查的，写到没有办过原案的内设机构或岗位；否则换别的机关",
            )


@record_rule("case")
def changes_of_status_are_public(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC427: what an internal look-back says of the status is public with the case."""
    policy = context.policy if subject.text("disclosure") == "public" else None
    for review, entry in subject.items("reviews") if policy else ():
        assert policy is not None
        findings = [policy.findings[term] for term in _findings(entry) if term in policy.findings]
        if text_in(entry, "disclosure") == "internal" and any(finding.status for finding in findings):
            yield subject.at(
                (*review, "disclosure"),
                "RC427",
                "回头看记录是内部的，据它改变的状态、原因和前后结论却随案例公开",
                "核对 status_record 里没有不能公开的话；能公开的，回头看记录也写 public",
            )


def _folded(name: str) -> str:
    """A name without what only looks different: widths, blanks, brackets."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def _findings(entry: Mapping[str, Any]) -> list[str]:
    value = entry.get("findings")
    return [term for term in value if isinstance(term, str)] if isinstance(value, tuple) else []
