"""Asks for a look-back on the terminal, question by question; keeps what was answered, so that it can go on later."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

from build_tools.check.rules.reviews import EXPLAINED
from build_tools.check.suggest import nearest
from build_tools.cli.common import out
from build_tools.cli.lookback_common import Desk
from build_tools.edit.write import put_bytes
from build_tools.load.checklists import cite
from build_tools.lookback.dates import day_of
from build_tools.lookback.filing import FINDINGS, TRIGGERS, Options
from build_tools.lookback.known import known_lines
from build_tools.lookback.record import result_before
from build_tools.model import Case

FOLDER = ".lookback"  # in the library's folder, unknown to Git: what has been answered so far
PUBLIC = "public"
State = dict[str, Any]


def answers_file(desk: Desk, case: Case) -> Path:
    """Where the answers given so far are kept."""
    return desk.root / FOLDER / f"{case.id}.json"


def asked(desk: Desk, case: Case, today: date) -> State:
    """Everything a filing needs, asked for; goes on where an earlier walk through stopped.

    Raises click.Abort when the reviewer stops; the answers given so far are kept.
    """
    place = answers_file(desk, case)
    state = _kept(place)
    if state:
        out.print(f"接着上次没有答完的（要从头来，删掉 {place}）。", markup=False)
    if state.setdefault("digest", case.digest) != case.digest:
        out.print("注意：上次答题以后案例改过，请核对已经答的。", markup=False)
    for key, ask in _questions(desk, case, state, today):
        if key not in state:
            state[key] = ask()
            _keep(place, state)
    return {**state, "case": case.id}


def forget(desk: Desk, case: Case) -> None:
    """Delete the kept answers once they are recorded."""
    answers_file(desk, case).unlink(missing_ok=True)


def _kept(place: Path) -> State:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise click.ClickException(f"{place} 读不出来 — 删掉它，从头答") from None
    return found if isinstance(found, dict) else {}


def _keep(place: Path, state: State) -> None:
    try:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        put_bytes(place, json.dumps(state, ensure_ascii=False, indent=1).encode(), force=True)
    except OSError as error:
        raise click.ClickException(
            f"存不下已答的内容（{error.strerror}）— 核对 {place.parent} 的权限"
        ) from None


def _questions(desk: Desk, case: Case, state: State, today: date) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Key and question, in order; which ones follow depends on what `state` has by then."""
    words, policy = desk.words, desk.policy
    out.print(f"{case.id} {case.title}", style="bold", markup=False)
    for basis in policy.reviewers:
        out.print(f"  {words.based(basis)}", markup=False)
    yield "date", lambda: _day(words.title("date"), today)
    yield "trigger", lambda: _one(words.title("trigger"), words.terms(TRIGGERS))
    yield "reviewer", lambda: _text(f"{words.title('reviewer')}（写机关或岗位，不写人名）")
    yield "independence", lambda: _text(f"{words.title('independence')}（审查人和原承办、审理人员怎样分开）")
    yield "checklist", lambda: _checklist(desk, case, state)
    yield "findings", lambda: _several(words.title("findings"), words.terms(FINDINGS))
    changing = [t for t in state.get("findings", ()) if policy.findings[t].changes]
    if changing:
        yield "before", lambda: _text(words.title("before"), result_before(case))
        yield "after", lambda: _text(words.title("after"))
    if any(policy.findings[t].status for t in state.get("findings", ())):
        yield "reason", lambda: _text(words.title("reason"))
        yield "authority", lambda: _text(words.title("authority"), state["reviewer"])
    yield "obligations", lambda: _obligations(desk, state)
    yield "note", lambda: _text(f"{words.title('note')}（可以不写）", "")
    yield "disclosure", lambda: _one("结论是否公开", words.disclosures)
    if state.get("disclosure") == PUBLIC:
        yield "disclosed", lambda: _text(f"{words.title('disclosed')}（还没有公开就直接回车）", "")


def _checklist(desk: Desk, case: Case, state: State) -> list[State]:
    """The answers to all items; each is kept at once under a key of its own."""
    place = answers_file(desk, case)
    given: State = state.setdefault("items", {})
    total = len(desk.policy.checklist)
    for number, item in enumerate(desk.policy.checklist, 1):
        if item.id in given:
            continue
        out.print(f"\n{number}/{total} {item.label}：{item.question}", style="bold", markup=False)
        based = "、".join(cite(rule, desk.library) for rule in item.rules)
        out.print(f"  {desk.words.origin(item.origin)}{'：' + based if based else ''}", markup=False)
        for line in known_lines(case, item, desk.library, desk.schemas.case):
            out.print(f"  · {line}", markup=False)
        answer = _one("答", desk.words.answers)
        need = answer in EXPLAINED
        given[item.id] = {
            "answer": answer,
            "note": _text("理由" if need else "理由（可以不写）", None if need else ""),
        }
        _keep(place, state)
    state.pop("items")
    return [{"item": item.id, **given[item.id]} for item in desk.policy.checklist]


def _obligations(desk: Desk, state: State) -> list[State]:
    """The obligations that the findings open, each confirmed or reworded."""
    opened = []
    labels = dict(desk.words.kinds)
    for kind in desk.policy.obliged(tuple(state["findings"])):
        duty = desk.policy.duties[kind]
        nature = desk.words.origin(duty.deadline)
        out.print(f"\n义务：{labels[kind][0]}（{duty.days} 天内，{nature}）", style="bold", markup=False)
        opened.append({"kind": kind, "text": _text("做什么", duty.text), "due": ""})
    return opened


def _text(title: str, default: str | None = None) -> str:
    """A line of text; asked again until there is one, unless there is a default (which may be empty)."""
    while True:
        said = click.prompt(title, default=default, show_default=bool(default), prompt_suffix="：", type=str)
        if (text := " ".join(str(said).split())) or default == "":
            return text
        out.print("这一项要写。")


def _day(title: str, today: date) -> str:
    while True:
        said = _text(f"{title}（如 {today}）", today.isoformat())
        if (found := day_of(said)) and found <= today:
            return said
        out.print("日期写成 2026-11-22 的样子，不能晚于今天。")


def _one(title: str, options: Options) -> str:
    """One of the options, by its number, its name or its id."""
    _list(options)
    while True:
        said = _text(title)
        if picked := _picked(said, options):
            return picked
        _unknown(said, options)


def _several(title: str, options: Options) -> list[str]:
    """Some of the options, with blanks between them."""
    _list(options)
    while True:
        said = _text(f"{title}（可以写几个，用空格隔开）")
        picked = {word: _picked(word, options) for word in said.replace("、", " ").replace("，", " ").split()}
        if all(picked.values()):
            return list(dict.fromkeys(key for key in picked.values() if key))
        for word in (word for word, key in picked.items() if not key):
            _unknown(word, options)


def _list(options: Options) -> None:
    for number, (_, names) in enumerate(options, 1):
        out.print(f"  {number}. {names[0]}", markup=False)


def _picked(word: str, options: Options) -> str:
    if word.isascii() and word.isdigit() and 1 <= int(word) <= len(options):
        return options[int(word) - 1][0]
    return next((key for key, names in options if word == key or word in names), "")


def _unknown(word: str, options: Options) -> None:
    guess = nearest(word, options)
    meant = f"是不是“{dict(options)[guess][0]}”？" if guess else ""
    out.print(f"没有“{word[:30]}”。{meant}写编号或名称。", markup=False)
