"""The worksheet of a look-back: its rows, pre-filled with what the library knows, and what a filled-in one says.

Each row begins with a marker that stays the same whatever is written elsewhere; by it a filled-in sheet is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from build_tools.forms.grid import Line as GridLine
from build_tools.forms.grid import read_grid
from build_tools.load.checklists import cite
from build_tools.load.office import OfficeError
from build_tools.lookback.filing import FINDINGS, STATUS_KEYS, TRIGGERS, Options, Words
from build_tools.lookback.known import known_lines
from build_tools.lookback.record import result_before
from build_tools.model import Case

HEADS = ("标记（勿改）", "核对内容和库里知道的", "回答", "理由、说明")
CASE, DIGEST, CHECK, DUTY = "case", "digest", "check.", "duty."
BOX = "□"
TICKS = "☑☒■√✓✔✅●◉"
INTRO = (
    "只填“回答”“理由、说明”两栏；有方框的，把要选的一个 □ 改成 ☑ 或 √，也可以只留下要选的词。",
    "“标记”一栏是录入用的，不要改。填好后运行 rongcuo lookback record 案例编号 --from 这个文件。",
    "日期写成 2026-11-22 的样子。不写姓名，写机关或岗位。",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: marker, what is asked, guidance and what is known, and where an answer goes."""

    marker: str
    label: str
    hints: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    many: bool = False
    value: str = ""  # what stands in the answer already
    noted: bool = False  # whether a reason or text belongs beside the answer


@dataclass(frozen=True, slots=True)
class Block:
    """Rows under one heading."""

    title: str
    note: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A worksheet ready to be drawn as a Word or Excel file."""

    title: str
    intro: tuple[str, ...]
    blocks: tuple[Block, ...]


def worksheet(case: Case, words: Words) -> Worksheet:
    """The worksheet for one case."""
    return Worksheet(
        f"回头看核对表：{case.id} {case.title}",
        (*INTRO, words.policy.disclaimer),
        (
            Block("一、案件和审查人", "哪些人不能参加，看“审查机关”一行。", tuple(_about(case, words))),
            Block("二、核对单", "逐项回答；答“不通过”“不明”的写理由。", tuple(_checks(case, words))),
            Block("三、结论", "可以选几个；各结论产生的义务会自动开出。", tuple(_findings(words))),
            Block(
                "四、结论改变原处理时填", "原处理变更或撤销的，前后结论都要写。", tuple(_status(case, words))
            ),
            Block(
                "五、义务",
                "不写就用默认的内容和期限。要改的，“回答”写哪天办完，“理由、说明”写做什么。",
                tuple(_duties(words)),
            ),
        ),
    )


def _about(case: Case, words: Words) -> Iterator[Row]:
    yield Row(CASE, "案例编号", (case.title,), value=case.id)
    yield Row(DIGEST, "领表时案例的内容摘要", ("录入时用来核对案例有没有改过",), value=case.digest)
    yield Row("date", words.title("date"), ("作出结论的日期",))
    trigger = tuple(
        f"{words.library.label(term)}：{words.based(basis)}" for term, basis in words.policy.triggers.items()
    )
    yield Row("trigger", words.title("trigger"), trigger, _labels(words.terms(TRIGGERS)))
    barred = tuple(words.based(basis) for basis in words.policy.reviewers)
    yield Row("reviewer", words.title("reviewer"), ("写机关或岗位，不写人名", *barred))
    yield Row("independence", words.title("independence"), ("审查人和原承办、审理人员怎样分开",))
    yield Row("disclosure", "结论是否公开", (), _labels(words.disclosures))
    yield Row("disclosed", words.title("disclosed"), ("在什么范围、以什么方式公开；还没有公开就空着",))
    yield Row("note", words.title("note"), ("总的说明，可以不写",))


def _checks(case: Case, words: Words) -> Iterator[Row]:
    options = _labels(words.answers)
    for number, item in enumerate(words.policy.checklist, 1):
        based = "、".join(cite(rule, words.library) for rule in item.rules)
        nature = words.origin(item.origin)
        failing = "、".join(map(words.library.label, item.findings))
        hints = (
            item.question,
            f"{nature}：{based}" if based else nature,
            *known_lines(case, item, words.library, words.schema),
            f"不通过时可以是：{failing}",
        )
        yield Row(f"{CHECK}{item.id}", f"{number} {item.label}", hints, options, noted=True)


def _findings(words: Words) -> Iterator[Row]:
    labels = dict(words.kinds)
    hints = []
    for term, finding in words.policy.findings.items():
        duties = "、".join(labels[kind][0] for kind in finding.obliges if kind in labels)
        hints.append(
            f"{words.library.label(term)}：{finding.basis.reason}" + (f"（开出：{duties}）" if duties else "")
        )
    yield Row("findings", words.title("findings"), tuple(hints), _labels(words.terms(FINDINGS)), many=True)


def _status(case: Case, words: Words) -> Iterator[Row]:
    hints = {
        "before": "改变前的结论，库里现在写的",
        "after": "变更或撤销以后是什么结论",
        "reason": "为什么改变；不写就写结论",
        "authority": "谁批准的；不写就是审查机关",
    }
    for key in STATUS_KEYS:
        yield Row(key, words.title(key), (hints[key],), value=result_before(case) if key == "before" else "")


def _duties(words: Words) -> Iterator[Row]:
    for kind, names in words.kinds:
        duty = words.policy.duties[kind]
        days = f"默认 {duty.days} 天内（{words.origin(duty.deadline)}）：{duty.text}"
        yield Row(f"{DUTY}{kind}", names[0], (days, words.based(duty.basis)), noted=True)


def _labels(options: Options) -> tuple[str, ...]:
    return tuple(names[0] for _, names in options)


def filled(path: Path, words: Words) -> Mapping[str, Any]:
    """What a filled-in worksheet says, for `filing_of`; raises OfficeError where it is none or not safe to open."""
    found = _by_marker(read_grid(path))
    if CASE not in found:
        raise OfficeError(
            f"{path.name} 不是回头看核对表（没有标记 case 那一行）— 用 rongcuo lookback worksheet 重新领表"
        )
    data: dict[str, Any] = {}
    options = {
        "trigger": _labels(words.terms(TRIGGERS)),
        "disclosure": _labels(words.disclosures),
    }
    findings: list[str] = []
    for marker, (answer, note) in found.items():
        if marker.startswith("findings"):
            findings += ticked(answer, _labels(words.terms(FINDINGS)))
        elif marker.startswith(CHECK):
            data.setdefault("checklist", []).append(_answered(marker, answer, note, words))
        elif marker.startswith(DUTY):
            if answer or note:
                duty = {"kind": marker.removeprefix(DUTY), "due": answer, "text": note}
                data.setdefault("obligations", []).append(duty)
        else:
            data[marker] = "、".join(ticked(answer, options[marker])) if marker in options else answer
    return {**data, "findings": findings}


def _answered(marker: str, answer: str, note: str, words: Words) -> dict[str, str]:
    picked = ticked(answer, _labels(words.answers))
    return {"item": marker.removeprefix(CHECK), "answer": "、".join(picked), "note": note}


def _by_marker(lines: Sequence[GridLine]) -> dict[str, tuple[str, str]]:
    """Marker -> (answer, note); a marker that stands twice keeps its first filled-in row."""
    known = re.compile(
        rf"{CASE}|{DIGEST}|date|trigger|reviewer|independence|disclosure|disclosed|note"
        rf"|{'|'.join(STATUS_KEYS)}|findings(\.\d)?|(check|duty)\.[a-z-]+"
    )
    found: dict[str, tuple[str, str]] = {}
    for line in lines:
        cells = {cell.column: cell.text for cell in line.cells}
        marker = "".join(cells.get(0, "").split()).casefold()
        if not line.loose and known.fullmatch(marker) and not any(found.get(marker, ())):
            found[marker] = (cells.get(2, ""), cells.get(3, ""))
    return found


def ticked(text: str, options: Sequence[str]) -> list[str]:
    """The options chosen in an answer: ticked ones, or those without a box left, or what was typed instead."""
    if not any(mark in text for mark in BOX + TICKS):
        return [word for word in re.split(r"[，、；;,\s]+", text) if word]
    longest = sorted(options, key=len, reverse=True)
    marks = re.findall(rf"([{BOX}{TICKS}]?)\s*({'|'.join(map(re.escape, longest))})", text)
    chosen = [label for mark, label in marks if mark and mark != BOX]
    return list(dict.fromkeys(chosen or [label for mark, label in marks if not mark]))
