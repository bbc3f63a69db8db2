"""Words an assessment as a report for a superior body; counts nothing and makes no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from build_tools.export.report import Block, Column, Entry, Note, Part, Report, Row, Table
from build_tools.load.checklists import cite
from build_tools.lookback.assess import Appointment, Assessment, Look
from build_tools.lookback.filing import ANSWER, OBLIGATION, Words
from build_tools.lookback.obligations import Obligation
from build_tools.model import Case

MOST = 60  # rows of a list; the rest is counted
NAME = "容错案例库"


def assessment_report(found: Assessment, words: Words, *, by: str = "", extra: Sequence[Part] = ()) -> Report:
    """The whole report; `extra` parts (unevenness, law watch) come before the obligations."""
    period, end = found.period, found.end
    parts = (
        _summary(found, words, by),
        _coverage(found, words),
        _timeliness(found, words),
        _findings(found, words),
        _changed(found, words),
        *extra,
        _owed(found, words),
        _policy(words),
    )
    numbers = "一二三四五六七八九十"
    numbered = tuple(
        Part(f"{numbers[i]}、{part.heading}", part.blocks) for i, part in enumerate(parts[: len(numbers)])
    )
    return Report(
        title=f"回头看情况报告（{period.name}）",
        header=f"{NAME}　{period.first} 至 {end}",
        footer="第 {page} 页，共 {pages} 页",
        parts=numbered,
        notice=words.policy.disclaimer,
        attachment=("", ""),
    )


def _summary(found: Assessment, words: Words, by: str) -> Part:
    done, late = len(found.looks), len(found.late) + len(found.missed)
    said = (
        f"{found.period.first} 至 {found.end}，应看 {len(found.appointments)} 件次（含提前看的），"
        f"按时 {len(found.timely)} 件次，逾期 {late} 件次（其中还没有看的 {len(found.missed)} 件次）；"
        f"实际回头看 {done} 次，涉及 {len(found.looked)} 件。"
        f"改变原处理 {len(found.changed(words.policy))} 次。"
        f"未办结义务 {len(found.pending)} 项，逾期 {len(found.overdue)} 项。"
    )
    return Part("概况", (Entry("报告机关", by), Entry("报告日期", str(found.end)), Entry("情况", said)))


def _coverage(found: Assessment, words: Words) -> Part:
    stock, covered = len(found.stock), len(found.covered)
    months, basis = words.policy.coverage, words.policy.coverage_basis
    rules = "、".join(cite(rule, words.library) for rule in basis.rules)
    drafts = sum(case.status == "draft" for case in found.stock)
    said = (
        f"到 {found.end}，应当回头看的 {stock} 件（其中草稿 {drafts} 件），近 {months} 个月内看过的 {covered} 件，"
        f"占 {_share(covered, stock)}；从来没有看过的 {len(found.never)} 件。"
        f"{months} 个月全覆盖：{words.origin(basis.origin)}{'，' + rules if rules else ''}。"
    )
    columns = _columns(
        ("kind", "类型", 6),
        ("stock", "应看的案例", 4),
        ("looked", "本期看过", 3.5),
        ("changed", "改变原处理", 3.5),
    )
    rows = [
        {
            "kind": words.schema.choice(("kind",), line.kind).label,
            "stock": str(line.stock),
            "looked": str(line.looked),
            "changed": str(line.changed),
        }
        for line in found.kinds
    ]
    return Part("覆盖", (Entry("情况", said), Table("各类型", columns, tuple(rows), "没有案例。")))


def _timeliness(found: Assessment, words: Words) -> Part:
    def row(item: Appointment) -> Row:
        days = ((item.done or found.end) - item.due).days
        return {
            **_named(item.case),
            "due": str(item.due),
            "done": str(item.done or "还没有看"),
            "days": str(days),
        }

    late = sorted((*found.missed, *found.late), key=lambda a: (a.due, a.case.id))
    columns = _columns(
        ("id", "编号", 3),
        ("title", "案例", 6.5),
        ("due", "到期", 2.8),
        ("done", "实际", 2.7),
        ("days", "逾期天数", 2),
    )
    return Part(
        "及时", (Table("逾期的", columns, tuple(map(row, late[:MOST])), "没有逾期的。"), *_more(late))
    )


def _findings(found: Assessment, words: Words) -> Part:
    label = words.library.label
    triggers = _counted({label(t): n for t, n in found.triggers.items()})
    results = _counted({label(t): n for t, n in found.findings.items()})
    answers = [(c.value, c.label) for c in words.schema.choices(ANSWER)]
    columns = _columns(("item", "核对项", 5), *((value, name, 3.0) for value, name in answers))
    rows = [
        {"item": item.label, **{value: str(found.answers.get((item.id, value), 0)) for value, _ in answers}}
        for item in words.policy.checklist
    ]
    blocks: list[Block] = [Entry("因什么启动", triggers or "无"), Entry("结论", results or "无")]
    blocks.append(Table("核对单各项", columns, tuple(rows) if found.looks else (), "本期没有回头看。"))
    return Part("发现", tuple(blocks))


def _changed(found: Assessment, words: Words) -> Part:
    def row(look: Look) -> Row:
        record: Mapping[str, str] = look.case.data.get("status_record") or {}
        return {
            **_named(look.case),
            "finding": "、".join(map(words.library.label, look.findings)),
            "result": f"原：{record.get('before', '')}\n现：{record.get('after', '')}" if record else "",
            "disclosed": look.disclosed or "还没有写",
        }

    changed = found.changed(words.policy)
    columns = _columns(
        ("id", "编号", 2.6),
        ("title", "案例", 4),
        ("finding", "结论", 2.8),
        ("result", "前后结论", 4.6),
        ("disclosed", "公开情况", 3),
    )
    table = Table("改变原处理的", columns, tuple(map(row, changed[:MOST])), "本期没有改变原处理的。")
    return Part("误判纠正", (table, *_more(changed)))


def _owed(found: Assessment, words: Words) -> Part:
    labels = {c.value: c.label for c in words.schema.choices(OBLIGATION)}
    late = [o for o in found.closed if o.done and o.done > o.due]
    said = (
        f"本期开出 {len(found.opened)} 项，办结 {len(found.closed)} 项（其中逾期办结 {len(late)} 项）；"
        f"到 {found.end} 未办结 {len(found.pending)} 项，逾期 {len(found.overdue)} 项。"
    )

    def row(item: Obligation) -> Row:
        days = f"逾期 {item.overdue} 天" if item.overdue > 0 else ""
        return {
            **_named(item.case),
            "kind": labels.get(item.kind, item.kind),
            "text": item.text,
            "due": f"{item.due}\n{days}".strip(),
        }

    columns = _columns(
        ("id", "编号", 2.6),
        ("title", "案例", 4.2),
        ("kind", "义务", 1.8),
        ("text", "内容", 5.6),
        ("due", "到期", 2.8),
    )
    table = Table("没有办结的", columns, tuple(map(row, found.pending[:MOST])), "没有未办结的义务。")
    return Part("义务", (Entry("情况", said), table, *_more(found.pending)))


def _policy(words: Words) -> Part:
    """What the figures rest on: intervals with their nature."""
    columns = _columns(
        ("field", "案例", 4), ("months", "周期", 2.5), ("reason", "理由", 7.5), ("origin", "性质", 3)
    )
    rows = []
    for line in words.policy.intervals:
        rows.append(
            {
                "field": f"{words.schema.title(line.field)}：{words.schema.choice(line.field, line.value).label}",
                "months": f"{line.months} 个月",
                "reason": line.basis.reason,
                "origin": words.origin(line.basis.origin),
            }
        )
    note = Note("周期按案例现在的类型、状态和可信度算；适用几条的，取最短的一条。")
    return Part("口径", (note, Table("周期", columns, tuple(rows), "没有周期。")))


def _named(case: Case) -> dict[str, str]:
    return {"id": case.id, "title": case.title}


def _columns(*facts: tuple[str, str, float]) -> tuple[Column, ...]:
    return tuple(Column(*fact) for fact in facts)


def _counted(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return "，".join(f"{name} {count}" for name, count in ordered)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0%"


def _more(items: Sequence[object]) -> tuple[Note, ...]:
    return (Note(f"另有 {len(items) - MOST} 项没有列出。"),) if len(items) > MOST else ()
