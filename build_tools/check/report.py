"""Turns findings into text, JSON or GitHub annotations; chooses which are wanted; prints nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from build_tools.check.manual import load_manual
from build_tools.load import Loaded
from build_tools.model import Diagnostic

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was looked at and what was found."""

    cases: int
    rules: int
    vocabularies: int
    guides: int
    unreadable: int
    errors: int
    warnings: int


def count(loaded: Loaded, diagnostics: Sequence[Diagnostic], chosen: Chosen) -> Counts:
    """The counts of a report over the chosen files."""
    library = loaded.library
    lists = [library.negative_list] if library.negative_list else []
    words = [v.record for v in library.vocabularies]
    read = {r.path for r in (*library.cases, *library.rules, *words, *lists, *library.toolkits)}
    unreadable = {d.path for d in loaded.diagnostics if d.path not in read}
    return Counts(
        sum(map(chosen, (c.path for c in library.cases))),
        sum(map(chosen, (r.path for r in library.rules))),
        sum(map(chosen, (v.record.path for v in library.vocabularies))),
        sum(map(chosen, (f"docs/{g.path}" for g in library.guides))),
        sum(map(chosen, unreadable)),
        sum(d.severity == "error" for d in diagnostics),
        sum(d.severity == "warning" for d in diagnostics),
    )


@dataclass(frozen=True)
class Chosen:
    """Says whether a shown path lies at or below one of the wanted places; no places mean all."""

    root: Path
    places: tuple[Path, ...]

    def __call__(self, shown: str) -> bool:
        if not self.places:
            return True
        path = Path(os.path.abspath(self.root / shown))
        return any(path == p or path.is_relative_to(p) for p in self.places)


def filtered(
    diagnostics: Iterable[Diagnostic], select: Sequence[str], ignore: Sequence[str]
) -> list[Diagnostic]:
    """Findings whose code begins with a selected prefix (all, when none is given) and with no ignored one."""
    return [
        d
        for d in diagnostics
        if (not select or d.code.startswith(tuple(select)))
        and not (ignore and d.code.startswith(tuple(ignore)))
    ]


def as_text(diagnostics: Sequence[Diagnostic], counts: Counts) -> str:
    """One line a finding, then what was looked at and what to do next."""
    looked = f"{counts.cases} 个案例、{counts.rules} 部规则、{counts.vocabularies} 张词表"
    if counts.guides:
        looked += f"、{counts.guides} 页指引"
    lost = f"，另有 {counts.unreadable} 个文件读不出来" if counts.unreadable else ""
    found = f"{counts.errors} 个错误、{counts.warnings} 个警告" if diagnostics else "没有发现问题"
    after = f"详细说明：rongcuo explain {diagnostics[0].code}" if diagnostics else ""
    lines = [one_line(str(d)) + ("" if d.severity == "error" else "（警告）") for d in diagnostics]
    return "\n".join([*lines, f"共检查 {looked}{lost}：{found}。{after}"])


def one_line(text: str) -> str:
    """Control characters, line breaks above all, shown as what they are: a finding is one line."""
    return "".join(c if c.isprintable() or c == "\u3000" else repr(c)[1:-1] for c in text)


def as_json(diagnostics: Sequence[Diagnostic], counts: Counts) -> str:
    """An object with `schema_version`, `counts` and `diagnostics`, for programs."""
    titles = {page.code: page.title for page in load_manual()}
    rows = [
        {
            "path": d.path,
            "line": d.mark.line,
            "column": d.mark.column,
            "code": d.code,
            "severity": d.severity,
            "title": titles.get(d.code, ""),
            "message": d.message,
            "hint": d.hint,
        }
        for d in diagnostics
    ]
    shown = {name: getattr(counts, name) for name in Counts.__slots__}
    return json.dumps(
        {"schema_version": SCHEMA_VERSION, "counts": shown, "diagnostics": rows}, ensure_ascii=False, indent=2
    )


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands that GitHub shows beside the changed lines."""
    return "\n".join(
        f"::{d.severity} file={_property(d.path)},line={d.mark.line},col={d.mark.column},title={_property(d.code)}"
        f"::{_data(d.message + (f' — {d.hint}' if d.hint else ''))}"
        for d in diagnostics
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
