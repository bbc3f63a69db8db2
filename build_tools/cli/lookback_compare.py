"""`rongcuo lookback uneven` and `law`: questions between cases, and between cases and rules; one records an answer."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from build_tools.cli.common import format_option, out
from build_tools.cli.lookback_common import Desk, as_of_option, desk_options, open_desk
from build_tools.cli.lookback_lists import within_option
from build_tools.load.coded_fields import state_key
from build_tools.load.lookback import steps
from build_tools.lookback.law import Watch, law_watch
from build_tools.lookback.uneven import (
    DECISIVE,
    ERRORS,
    EXPLAINED,
    JUDGED,
    Difference,
    Pair,
    uneven_pairs,
)
from build_tools.model import Case

AHEAD = 180  # days that the law watch looks ahead unless told otherwise
KINDS = {"lapsed": "已经失效", "lapses": "将要失效", "amended": "换了新文本"}


@click.command("uneven", help="列出同类不同处理的案例；看过、差别有理由的用 --dismiss 记下，以后不再列。")
@desk_options
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, metavar="N", help="最多列几对（默认 20）。"
)
@click.option(
    "--dismiss", nargs=2, metavar="编号 编号", default=None, help="记下这一对差别有理由（写进第一件的关系）。"
)
@click.option("--reason", metavar="理由", default="", help="为什么差别有理由。")
@click.option("--by", metavar="机关或岗位", default="", help="谁看的，不写人名。")
@format_option
def uneven_command(
    root: Path,
    more: tuple[Path, ...],
    limit: int,
    dismiss: tuple[str, str] | None,
    reason: str,
    by: str,
    form: str,
) -> None:
    """Print the open pairs, or record why one is no question any more."""
    desk = open_desk(root, more)
    if dismiss is not None:
        _dismiss(desk, dismiss, reason.strip(), by.strip())
        return
    if reason or by:
        raise click.UsageError("--reason、--by 和 --dismiss 一起用。")
    pairs = uneven_pairs(desk.library, desk.schemas)
    if form == "json":
        facts = {"schema_version": 1, "total": len(pairs), "pairs": [_facts(p) for p in pairs[:limit]]}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for number, pair in enumerate(pairs[:limit], 1):
        _tell(desk, number, pair)
    shown = f"，这里列前 {limit} 对" if len(pairs) > limit else ""
    out.print(f"同类不同处理 {len(pairs)} 对{shown}。没有看出差别的排在前面，先看。", markup=False)
    out.print("这是问题单，不是结论；公开材料没有写的，编码里也没有。", markup=False)


def _tell(desk: Desk, number: int, pair: Pair) -> None:
    """One pair on a few lines: the two cases, what is alike, what differs, what may explain it."""
    key = [_difference(desk, d) for d in pair.differences if d.weight == DECISIVE]
    rest = [_difference(desk, d) for d in pair.differences if d.weight != DECISIVE]
    title = "有决定性差别" if key else "没有看出决定性差别"
    out.print(f"{number}. 相差 {pair.gap} 级，{title}", style="bold", markup=False)
    alike = [_word(desk, c.field, c.term) + _bracketed(_state(desk, c.field, c.state)) for c in pair.alike]
    rows = [
        *(
            (side, f"{c.id} {c.title}{_results(desk, c)}")
            for side, c in (("轻", pair.mild), ("重", pair.hard))
        ),
        ("相同", "、".join(dict.fromkeys(alike))),
        ("可能说明差别的", "；".join(key)),
        ("其他不同（轻／重）" if key else "不同（轻／重）", "；".join(rest)),
    ]
    for head, text in rows:
        if text:
            out.print(f"   {head}：{text}", markup=False)
    out.print()


def _difference(desk: Desk, item: Difference) -> str:
    sides = (_state(desk, item.field, value) or "没有写" for value in (item.here, item.there))
    return f"{_word(desk, item.field, item.term)}（{'／'.join(sides)}）"


def _word(desk: Desk, field: str, term: str) -> str:
    return desk.library.label(term) if term else desk.schemas.case.title(steps(field)).partition("（")[0]


def _state(desk: Desk, field: str, value: str) -> str:
    """A verdict, a circumstance or a year in words; empty where there is none."""
    case = desk.schemas.case
    if not value or field == "date":
        return value and f"{value}年"
    if field in JUDGED:
        return case.choice((field, 0, state_key(case, field)), value).label
    if field == ERRORS:
        return "有"
    known = {choice.value: choice.label for choice in case.choices(steps(field))}
    return known.get(value) or desk.library.label(value)


def _results(desk: Desk, case: Case) -> str:
    return _bracketed("、".join(map(desk.library.label, case.get("outcome", "terms") or ())))


def _bracketed(text: str) -> str:
    return f"（{text}）" if text else ""


def _facts(pair: Pair) -> dict[str, Any]:
    return {
        "mild": pair.mild.id,
        "hard": pair.hard.id,
        "gap": pair.gap,
        "explained": pair.explained,
        "alike": [{"field": c.field, "term": c.term, "state": c.state or None} for c in pair.alike],
        "differences": [
            {"field": d.field, "term": d.term or None, "mild": d.here or None, "hard": d.there or None, "weight": d.weight}
            for d in pair.differences
        ],
    }  # fmt: skip


def _dismiss(desk: Desk, pair: tuple[str, str], reason: str, by: str) -> None:
    """Write the relation and the change into the first case, at once or not at all."""
    from build_tools.edit.write import replace_file
    from build_tools.lookback.record import edited

    if not reason or not by:
        raise click.UsageError("写明理由和谁看的：--dismiss 编号 编号 --reason 理由 --by 机关或岗位。")
    case, other = (desk.case(case_id) for case_id in pair)
    if case is other:
        raise click.UsageError("两个编号是同一件 — 写两件不同的案例。")
    today = date.today()

    def change(content: Any) -> None:
        content.setdefault("relations", []).append({"type": EXPLAINED, "target": other.id, "note": reason})
        what = f"回头看：与 {other.id} 处理不同，认为有理由。"
        content["changes"].append(
            {"date": today.isoformat(), "type": "review", "what": what, "by": by, "basis": reason}
        )

    path = desk.file(case)
    done = edited(case, path.read_bytes(), change, desk.loaded, desk.schemas, today, ("relations", "changes"))
    if done.text is None or done.errors:
        raise click.ClickException("没有写，改后通不过检查：\n" + "\n".join(map(str, done.errors)))
    replace_file(path, done.text)
    out.print(f"已记在 {case.path}：与 {other.id} 的差别有理由。以后不再列这一对。", markup=False)


@click.command("law", help="列出修订或失效的规则，以及靠着它、应当再看的案例和指引。")
@desk_options
@as_of_option
@within_option(AHEAD)
@format_option
def law_command(root: Path, more: tuple[Path, ...], as_of: date | None, within: int, form: str) -> None:
    """Print what leans on rules that change."""
    desk, day = open_desk(root, more), as_of or date.today()
    found = law_watch(desk.library, desk.schemas, day, within)
    if form == "json":
        facts = {"schema_version": 1, "as_of": day.isoformat(), "watches": [_watch(w) for w in found]}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    if not found:
        out.print(
            f"截至 {day}，今后 {within} 天内，所引规则没有在案例入库或上次回头看以后变动的。", markup=False
        )
    for watch in found:
        change = watch.change
        heir = f"，继任《{change.successor.short}》" if change.successor else ""
        out.print(f"{change.day} 《{change.rule.short}》{KINDS[change.kind]}{heir}", markup=False)
        for use in watch.cases:
            out.print(f"  {use.case.id} {use.case.title}（{'、'.join(use.references)}）", markup=False)
        for guide in watch.guides:
            out.print(f"  docs/{guide.path} {guide.title}", markup=False)


def _watch(watch: Watch) -> dict[str, Any]:
    change = watch.change
    return {
        "rule": change.rule.id,
        "kind": change.kind,
        "day": change.day.isoformat(),
        "successor": change.successor.id if change.successor else None,
        "cases": [{"id": use.case.id, "references": list(use.references)} for use in watch.cases],
        "guides": [guide.path for guide in watch.guides],
    }
