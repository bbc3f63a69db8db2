"""What stands under each heading of a case, section by section of the schema; neither the opening nor layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from build_tools.export.book.blocks import (
    ABSENT,
    BAD,
    GOOD,
    QUIET,
    UNSURE,
    Block,
    Facts,
    Heading,
    Items,
    Prose,
    Run,
    Runs,
    Table,
    clean,
    joined,
    prose,
    run,
)
from build_tools.export.book.source import Source, adverse_mark
from build_tools.load.coded_fields import state_key
from build_tools.model import Case
from build_tools.relate import Likeness
from build_tools.site.templating import citation, differs, spoken_date

LIKENESS: Mapping[str, str] = {"same_point": "争点相同", "other_outcome": "事实相近、结果不同"}
LIKE_MOST = 3  # like cases of each sort that an entry names
DIGEST = 16  # characters of a digest that an entry gives
# The colour of the schema's marks; the word itself always stands beside it.
_MOODS: Mapping[str, str] = {"✓": GOOD, "✗": BAD, "?": UNSURE}


def _background(case: Case, source: Source) -> tuple[Block, ...]:
    data = case.data
    subject: Mapping[str, Any] = data.get("subject") or {}
    who: list[Run] = [run(subject.get("description", ""))]
    if subject.get("role"):
        who += [Run("（"), source.term(subject["role"]), Run("）")]
    rows: list[tuple[str, Runs]] = [(source.title("subject"), tuple(who))]
    if subject.get("duty"):
        duty = source.choice("subject", "duty", value=subject["duty"])
        rows.append((source.title("subject", "duty"), (run(duty.label),)))
    rows.append((source.title("trigger"), (run(data["trigger"]) if data.get("trigger") else source.absent,)))
    rows.append((source.title("keywords"), (run("、".join(map(str, data.get("keywords") or ()))),)))
    out: list[Block] = list(prose(data.get("background")))
    if more := prose(data.get("circumstances")):
        out += [Heading(source.title("circumstances")), *more]
    return (*out, Facts(tuple(rows)))


def _error(case: Case, source: Source) -> tuple[Block, ...]:
    rows: list[tuple[Runs, ...]] = []
    for item in case.data.get("error_factors") or ():
        rules = joined((source.rule(ref) for ref in item.get("rules") or ()), "、")
        note: Runs = (run(item["note"]),) if item.get("note") else ()
        why: Runs = (*note, *rules, *source.origin(item)) or (source.absent,)
        rows.append(((source.term(item["term"]),), why))
    head = (source.title("error_factors"), "说明")
    return (*prose(case.data.get("error")), _table(head, (3, 7), rows, source))


def _table(head: tuple[str, ...], widths: tuple[float, ...], rows: Any, source: Source) -> Block:
    """The table, or where it is empty the sentence that the source says nothing."""
    if not rows:
        return Prose((run(f"{head[0]}："), source.absent))
    return Table(head, widths, tuple(rows))


def _judgement(case: Case, source: Source) -> tuple[Block, ...]:
    """Boundaries, distinctions, conditions and exclusions: whatever the schema puts there and codes with a verdict."""
    out: list[Block] = []
    for field, node in source.schemas.case.properties.items():
        if node.get("x-section") == "judgement" and (case.data.get(field) or "x-absent" in node):
            out.append(_judged(field, case, source))
    return tuple(out)


def _judged(field: str, case: Case, source: Source) -> Block:
    key = state_key(source.schemas.case, field)
    rows: list[tuple[Runs, ...]] = []
    for item in case.data.get(field) or ():
        state = source.choice(field, 0, key, value=item.get(key))
        why = run(item["note"]) if item.get("note") else source.absent
        mood = _MOODS.get(state.fact("mark"), "")
        rows.append(((source.term(item["term"]),), (run(state.label, mood),), (why, *source.origin(item))))
    return _table((source.title(field), "结论", "理由"), (3.4, 1.5, 5.6), rows, source)


def _outcome(case: Case, source: Source) -> tuple[Block, ...]:
    data: Mapping[str, Any] = case.get("outcome") or {}

    def title(key: str) -> str:
        return source.title("outcome", key)

    body: Mapping[str, Any] = data.get("decided_by") or {}
    decided: list[Run] = [source.term(body["body"])] if body.get("body") else [source.absent]
    if body.get("name"):
        decided.append(run(f"（{body['name']}）"))
    cited = [(*source.rule(r["ref"]), *_noted(r), *source.origin(r)) for r in data.get("rules") or ()]
    rows = (
        (title("terms"), joined((source.term(t),) for t in data.get("terms") or ())),
        (title("decided_by"), tuple(decided)),
        (
            title("date").partition("（")[0],
            (run(spoken_date(data["date"])) if data.get("date") else source.absent,),
        ),
        (title("reasons"), (run(data["reasons"]) if data.get("reasons") else source.absent,)),
        (title("rules"), joined(cited, "；") or (source.absent,)),
    )
    return (*prose(data.get("measures")), Facts(rows))


def _noted(item: Mapping[str, Any]) -> Runs:
    return (run(f"：{item['note']}"),) if item.get("note") else ()


def _analysis(case: Case, source: Source) -> tuple[Block, ...]:
    out: list[Block] = []
    for field in ("causes", "remedies"):
        items = case.data.get(field) or ()
        rows = [((source.term(i["term"]),), _why(i, source)) for i in items]
        out.append(_table((source.title(field), "说明"), (3, 7), rows, source))
    rows = []
    for item in case.data.get("lessons") or ():
        audience = source.choice("lessons", 0, "audience", value=item.get("audience"))
        rows.append(((run(audience.label),), (run(item["text"]), *source.origin(item))))
    out.append(_table((source.title("lessons"), "内容"), (3, 7), rows, source))
    return tuple(out)


def _why(item: Mapping[str, Any], source: Source) -> Runs:
    note: Runs = (run(item["note"]),) if item.get("note") else ()
    return (*note, *source.origin(item)) or (source.absent,)


def _procedure(case: Case, source: Source) -> tuple[Block, ...]:
    rows: list[tuple[Runs, ...]] = []
    for step in case.data.get("procedure") or ():
        when = run(spoken_date(step["date"])) if step.get("date") else Run("时间未载", ABSENT)
        stage: Runs = (source.term(step["stage"]),)
        if step.get("body"):
            stage += (run(f"（{source.library.label(step['body'])}）", QUIET),)
        rows.append(((when,), stage, (run(step["text"]),)))
    return (_table((source.title("procedure"), "阶段", "经过"), (2.2, 3, 5.6), rows, source),)


def _aftermath(case: Case, source: Source) -> tuple[Block, ...]:
    said = prose(case.data.get("aftermath")) or (Prose((source.absent,)),)
    links = source.relations.links.get(case.id, ())
    items = [_elsewhere(x.case, source, x.label + (f"：{x.note}" if x.note else "")) for x in links]
    linked = {x.case.id for x in links}
    similar = [s for s in source.relations.similar.get(case.id, ()) if s.case.id not in linked]
    for type in LIKENESS:
        items += [_like(case, s, source) for s in similar if s.type == type][:LIKE_MOST]
    if not items:
        return said
    return (*said, Heading(source.title("relations")), Items(tuple(items)))


def _like(case: Case, like: Likeness, source: Source) -> Runs:
    apart = differs(case, like.case, source.library, source.schemas)
    return _elsewhere(like.case, source, f"{LIKENESS[like.type]}（按编码推出）：{apart}")


def _elsewhere(case: Case, source: Source, said: str) -> Runs:
    """Another case: its id and title, a way there where the book has it, and why it is named."""
    mark = adverse_mark(case, source.schemas)
    name = run(f"{mark}{case.id} {case.title}", to=source.keys.get(case.id, ""))
    return (name, run(f"。{said}", QUIET))


def _sources(case: Case, source: Source) -> tuple[Block, ...]:
    items: list[Runs] = []
    for s in case.data.get("sources") or ():
        kind = source.choice("sources", 0, "kind", value=s.get("kind")).label
        date = f"，{spoken_date(s['date'])}" if s.get("date") else ""
        seen = f"（{s['accessed']} 查阅）" if s.get("accessed") else ""
        said = run(f"〔{kind}〕{s.get('publisher', '')}：{s.get('title', '')}{date}{seen}")
        url = str(s.get("url") or "")
        items.append((said, Run("　"), run(url, QUIET, url=url)) if url else (said,))
    grade = source.choice("confidence", "grade", value=case.get("confidence", "grade"))
    sure = run(f"{grade.label}（{grade.definition}）{case.get('confidence', 'caveat') or ''}")
    cite = run(citation(case, source.library, source.schemas))
    return (
        Items(tuple(items), numbered=True),
        Facts(((source.title("confidence"), (sure,)), ("怎样引用", (cite,)))),
    )


def _history(case: Case, source: Source) -> tuple[Block, ...]:
    """The version, every change that made one, and the look-backs."""
    data = case.data
    entered = f"第 {case.version} 版，{spoken_date(data.get('entered') or '')}入库，"
    rows: list[tuple[str, Runs]] = [
        ("版次", (run(f"{entered}内容摘要（SHA-256）{case.digest[:DIGEST]}"),)),
    ]
    for change in data.get("changes") or ():
        if case.opens_version(change):
            label = source.choice("changes", 0, "type", value=change.get("type")).label
            said = f"{label}：{change.get('what', '')}（{change.get('by', '')}）"
            rows.append((clean(spoken_date(change.get("date") or "")), (run(said),)))
    reviews = data.get("reviews") or ()
    rows += [(source.title("reviews"), _review(review, source)) for review in reviews]
    if not reviews:
        rows.append((source.title("reviews"), (Run("尚无"),)))
    return (Facts(tuple(rows)),)


def _review(review: Mapping[str, Any], source: Source) -> Runs:
    findings = "、".join(source.library.label(str(f)) for f in review.get("findings") or ())
    parts = (
        f"{spoken_date(review.get('date') or '')}，{review.get('reviewer', '')}，"
        f"{source.library.label(str(review.get('trigger', '')))}",
        f"独立性：{review.get('independence', '')}",
        f"结论：{findings}",
        str(review.get("note") or ""),
        f"公开情况：{review['disclosed']}" if review.get("disclosed") else "",
        *(_obligation(o, source) for o in review.get("obligations") or ()),
    )
    return (run("；".join(p.rstrip("。；") for p in parts if p) + "。"),)


def _obligation(item: Mapping[str, Any], source: Source) -> str:
    kind = source.choice("reviews", 0, "obligations", 0, "kind", value=item.get("kind")).label
    done = f"已于 {item['done']} 完成" if item.get("done") else "未完成"
    return f"{kind}：{item.get('text', '')}（{item.get('due', '')} 前，{done}）"


def _internal(case: Case, source: Source) -> tuple[Block, ...]:
    data: Mapping[str, Any] = case.get("internal") or {}
    rows = tuple(
        (source.title("internal", key), (run("、".join(v) if isinstance(v, tuple) else v),))
        for key, v in data.items()
    )
    return (Facts(rows),) if rows else ()


# Sections of the schema → what stands in them. A section that the schema gains needs its line here.
SECTIONS: Mapping[str, Callable[[Case, Source], tuple[Block, ...]]] = {
    "background": _background,
    "error": _error,
    "judgement": _judgement,
    "outcome": _outcome,
    "analysis": _analysis,
    "procedure": _procedure,
    "aftermath": _aftermath,
    "sources": _sources,
    "history": _history,
    "internal": _internal,
}
