"""`rongcuo lookback sample`: draws cases at random, or verifies the record of an earlier draw."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from build_tools.cli.common import force_option, format_option, out, out_option, put_file
from build_tools.cli.lookback_common import (
    Desk,
    as_of_option,
    check_suffix,
    desk_options,
    open_desk,
)
from build_tools.load.lookback import steps
from build_tools.lookback.draw_record import DrawError, draw_json, draw_of, verify
from build_tools.lookback.sample import Draw, sample

RECORD_MOST = 32 * 2**20


@click.command("sample", help="分层随机抽取案例回头看，写出记录；任何人以后都能用记录重抽核验。")
@desk_options
@as_of_option
@click.option("--rate", type=click.IntRange(1, 100), metavar="N", help="每层抽百分之几（默认按政策）。")
@click.option("--size", type=click.IntRange(1), metavar="N", help="一共抽几件，按各层大小分配。")
@click.option(
    "--strata", metavar="字段", help="按哪些字段分层，逗号隔开，如 kind,region.province（默认按政策）。"
)
@click.option("--seed", metavar="种子", help="随机种子：一个数或一句话，最好当众定（默认用日期）。")
@out_option("把抽样记录写到哪里，以 .json 结尾。")
@force_option
@click.option(
    "--verify",
    "record",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="记录",
    help="核验一份抽样记录：用它的名单和种子重抽，再与现在的库对照。",
)
@format_option
def sample_command(
    root: Path,
    more: tuple[Path, ...],
    as_of: date | None,
    rate: int | None,
    size: int | None,
    strata: str | None,
    seed: str | None,
    target: Path | None,
    force: bool,
    record: Path | None,
    form: str,
) -> None:
    """Draw or verify."""
    desk = open_desk(root, more)
    if record is not None:
        if any(value is not None for value in (as_of, rate, size, strata, seed, target)):
            raise click.UsageError("--verify 不和抽样的选项一起用：种子和比例都在记录里。")
        _verify(desk, record)
        return
    if rate is not None and size is not None:
        raise click.UsageError("--rate（比例）和 --size（件数）只用一个。")
    if target is not None:
        check_suffix(target, (".json",))
    day = as_of or date.today()
    fields = _fields(desk, strata) if strata is not None else None
    draw = sample(
        desk.library, desk.policy, day, seed or day.strftime("%Y%m%d"), rate=rate, size=size, strata=fields
    )
    if target is not None:
        put_file(target, draw_json(draw).encode(), force=force)
    if form == "json":
        click.echo(draw_json(draw), nl=False)
    else:
        _print(desk, draw, target)


def _fields(desk: Desk, strata: str) -> tuple[str, ...]:
    fields = tuple(dict.fromkeys(f for f in strata.replace("，", ",").replace(" ", "").split(",") if f))
    for field in fields:
        node = desk.schemas.case.node_at(steps(field))
        if node is None or node.get("type", "string") != "string":
            raise click.UsageError(
                f"不能按“{field}”分层 — 写只有一个值的字段，如 kind、confidence.grade、region.province"
            )
    return fields


def _print(desk: Desk, draw: Draw, target: Path | None) -> None:
    table = Table("层", "总数", "抽取", title="分层抽样", expand=out.is_terminal)
    table.add_column("抽中", ratio=1, overflow="fold")
    for layer in sorted(draw.layers, key=lambda layer: _place(desk, draw.strata, layer.values)):
        names = (
            desk.schemas.case.choice(steps(f), v).label
            for f, v in zip(draw.strata, layer.values, strict=True)
        )
        ids = "、".join(case_id for case_id in draw.chosen if case_id in layer.ids)
        table.add_row(Text("、".join(n or "未写" for n in names)), str(len(layer.ids)), str(layer.share), ids)
    out.print(table)
    total = sum(len(layer.ids) for layer in draw.layers)
    out.print(
        f"从 {total} 件里抽 {len(draw.chosen)} 件；种子 {draw.seed}，总体摘要 {draw.digest[:16]}…",
        markup=False,
    )
    if passed := sum(not layer.share for layer in draw.layers):
        out.print(
            f"注意：有 {passed} 层一件也没有抽到；每层都要抽到的，至少抽 {len(draw.layers)} 件。",
            markup=False,
        )
    if target is None:
        out.print("没有留记录：加 -o 抽样.json 写下来，以后才能核验。", markup=False)
    else:
        out.print(f"记录写在 {target}；核验：rongcuo lookback sample --verify {target}", markup=False)


def _place(desk: Desk, strata: tuple[str, ...], values: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    """Where a layer stands in the table: in the schema's order of values, others by name."""
    orders = ([c.value for c in desk.schemas.case.choices(steps(field))] for field in strata)
    return tuple(
        (order.index(value) if value in order else len(order), value)
        for order, value in zip(orders, values, strict=True)
    )


def _verify(desk: Desk, record: Path) -> None:
    try:
        if record.stat().st_size > RECORD_MOST:
            raise DrawError("文件太大，不像抽样记录 — 找原件")
        draw = draw_of(record.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(f"读不出 {record} — 核对文件和权限。") from None
    except DrawError as error:
        raise click.UsageError(f"{record}：{error}。") from None
    verdict = verify(draw, desk.library)
    for fault in verdict.faults:
        out.print(f"不符：{fault}。", markup=False)
    if verdict.good:
        total = sum(len(layer.ids) for layer in draw.layers)
        out.print(
            f"相符：{draw.date} 用种子 {draw.seed} 从 {total} 件里抽出的正是这 {len(draw.chosen)} 件。",
            markup=False,
        )
    for words, ids in (
        ("当时在名单里，现在库里没有", verdict.gone),
        ("当时已入库、现在可以抽，却不在名单里（当时还是草稿，或漏列）", verdict.missed),
        ("抽样以后分层的字段改过", verdict.moved),
        ("抽样以后撤下或并入了别的案例", verdict.left),
    ):
        if ids:
            out.print(f"注意：{len(ids)} 件{words}：{'、'.join(ids)}。", markup=False)
    sys.exit(0 if verdict.good else 1)
