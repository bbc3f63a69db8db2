"""Fills the definition of the 类案检索报告 with what was found; makes no files.

Parts, labels, columns and notes come from schema/report.yaml; here stand only the values under their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from build_tools.export.definition import Definition
from build_tools.export.edition import Edition, edition_of
from build_tools.export.matter import FACTORS, FIELDS, cited_rules
from build_tools.export.precedents import Findings, Precedent
from build_tools.export.wording import (
    Wording,
    decided_by,
    different_lines,
    element_line,
    force_text,
    other_fields,
    outcome_labels,
    place_of,
    shared_lines,
)
from build_tools.load import Schemas
from build_tools.model import Library, Rule
from build_tools.search.query import SETTINGS

BAR = 18  # characters of the longest bar
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence of guidance."""

    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A labelled value; an empty one is a blank for the officer."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: key of the cells, heading, width in centimetres."""

    id: str
    label: str
    width: float


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `empty` stands in its place when it has no rows."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str


Block = Note | Entry | Table


@dataclass(frozen=True, slots=True)
class Part:
    """One of the eight parts."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The finished content; `footer` holds {page} and {pages}, `attachment` (heading, facts) may be empty."""

    title: str
    header: str
    footer: str
    parts: tuple[Part, ...]
    notice: str
    attachment: tuple[str, str]


@dataclass(frozen=True)
class _Source:
    """Everything the values are made of."""

    findings: Findings
    words: Wording
    edition: Edition
    today: date

    @property
    def text(self) -> Any:
        return self.words.text


def build_report(
    findings: Findings,
    library: Library,
    schemas: Schemas,
    definition: Definition,
    today: date,
    *,
    by: str = "",
    case_name: str = "",
) -> Report:
    """Fill in all parts; `by` and `case_name` stay blank when not given."""
    source = _Source(findings, Wording(library, schemas, definition), edition_of(library), today)
    entries = {"by": by, "case_name": case_name, **_entries(source)}
    tables = _tables(source)
    parts = tuple(
        Part(part["heading"], tuple(_blocks(part["content"], entries, tables, definition)))
        for part in definition.data["parts"]
    )
    edition, text = source.edition, definition.text
    header = text(
        "header",
        platform=text("platform"),
        version=edition.version,
        date=today.isoformat(),
        cases=edition.cases,
        digest=edition.digest[:12],
    )
    facts = findings.matter.text.strip()
    attachment = (text("texts", "attachment"), facts) if _is_long(source) else ("", "")
    return Report(text("title"), header, str(definition.data["footer"]), parts, text("notice"), attachment)


def _blocks(
    content: Sequence[Mapping[str, str]],
    entries: Mapping[str, str | None],
    tables: Mapping[str, Sequence[Row]],
    definition: Definition,
) -> Iterable[Block]:
    for item in content:
        if "note" in item:
            yield Note(item["note"])
        elif "blank" in item:
            yield Entry(item["label"], "")
        elif "entry" in item:
            value = entries[item["entry"]]
            if value is not None:
                yield Entry(item["label"], value)
        else:
            columns = tuple(
                Column(c["id"], c["label"], float(c["width"]))
                for c in definition.data["columns"][item["columns"]]
            )
            yield Table(item["title"], columns, tuple(tables[item["table"]]), item["empty"])


def _is_long(source: _Source) -> bool:
    limit = source.words.definition.number("attachment_from")
    return not source.findings.matter.case_id and len(source.findings.matter.text.strip()) > limit


def _entries(source: _Source) -> dict[str, str | None]:
    """Values by name; None leaves the entry out."""
    findings, words, text = source.findings, source.words, source.text
    matter, edition = findings.matter, source.edition
    label = words.library.label
    method = text("texts", "method", examined=findings.examined)
    if len(matter.text) > SETTINGS["max_facts"]:
        method += text("texts", "truncated", read=SETTINGS["max_facts"])
    none = text("texts", "nothing_cited")
    points = "；".join(p.label for p in words.definition.points if p.id in matter.points)
    named = {field: "、".join(map(label, matter.terms(field))) or none for field in (FIELDS, FACTORS)}
    cited = [words.rule(ref) for ref in matter.rules]
    cited += [text("texts", "unknown_rule", name=name) for name in matter.unknown_rules]
    recommended = "、".join(map(label, matter.recommended))
    return {
        "date": source.today.isoformat(),
        "platform": text(
            "texts", "platform", platform=text("platform"), version=edition.version, cases=edition.cases
        ),
        "method": method,
        "digest": edition.digest,
        "facts": matter.case_id or (text("texts", "attached") if _is_long(source) else matter.text.strip()),
        "fields": element_line(matter, (FIELDS,), words, titled=False) or none,
        "factors": element_line(matter, (FACTORS,), words, titled=False) or none,
        "points": points or none,
        "others": element_line(matter, other_fields(matter), words, titled=True) or None,
        "cited": "、".join(cited) or none,
        "recommended": text("texts", "recommended", terms=recommended) if recommended else None,
        "query": text("texts", "query", fields=named[FIELDS], factors=named[FACTORS], points=points or none),
    }


def _tables(source: _Source) -> dict[str, list[Row]]:
    groups = source.findings.groups
    on_point = [p for p in (*groups["on_point"], *groups["adverse"]) if p.comparison.on_point]
    text = source.text
    return {
        "steps": _steps(source),
        "on_point": [_case_row(p, source) for p in groups["on_point"]],
        "adverse": [_case_row(p, source) for p in groups["adverse"]],
        "facts_only": [_facts_row(p, source) for p in groups["facts_only"]],
        "spread": _spread(source),
        "opinions": [
            {"case": _case(p, source), "choice": text("texts", "choice"), "reason": ""} for p in on_point
        ],
        "rules": _rules(source, (*groups["on_point"], *groups["adverse"])),
        "precedents": [{"precedent": "", "adopted": text("texts", "reply"), "reply": ""}],
    }


def _steps(source: _Source) -> list[Row]:
    rows: list[Row] = []
    for step in source.words.definition.steps:
        row = {"step": step.label, "scope": step.scope}
        for group in ("on_point", "adverse"):
            total, recent = source.findings.by_step.get((group, step.id), (0, 0))
            row[group] = source.text("texts", "step_count", total=total, recent=recent)
        rows.append(row)
    return rows


def _case(p: Precedent, source: _Source) -> str:
    case, absent = p.case, source.text("absent")
    grade = source.words.schemas.case.choice(
        ("confidence", "grade"), str(case.get("confidence", "grade") or "")
    )
    version = source.text("labels", "version", version=case.version)
    return str(
        source.text(
            "texts", "case", id=case.id, title=case.title, place=place_of(case), year=case.year or absent,
            grade=grade.label, version=version,
        )
    )  # fmt: skip


def _case_row(p: Precedent, source: _Source) -> Row:
    case, words = p.case, source.words
    absent = source.text("absent")
    basis = words.schemas.case.choice(("date", "basis"), str(case.get("date", "basis") or "")).label
    return {
        "case": _case(p, source),
        "handling": source.text(
            "texts", "handling", kind=words.choice("kind", case.kind), body=decided_by(case, words) or absent,
            level=p.step.label, date=case.get("date", "value") or absent, basis=basis,
        ),
        "shared": "\n".join(shared_lines(p, words)),
        "different": "\n".join(different_lines(p.comparison, words, from_case=bool(source.findings.matter.case_id))),
        "outcome": _outcome(p, source),
        "force": force_text(case, words),
    }  # fmt: skip


def _outcome(p: Precedent, source: _Source) -> str:
    measures = str(p.case.get("outcome", "measures") or "")
    return "\n".join(filter(None, (outcome_labels(p.case, source.words), measures)))


def _facts_row(p: Precedent, source: _Source) -> Row:
    return {"case": _case(p, source), "reason": p.comparison.reason, "outcome": _outcome(p, source)}


def _spread(source: _Source) -> list[Row]:
    spread, words = source.findings.spread, source.words
    most = max((share.count for share in spread), default=1)
    return [
        {
            "kind": words.choice("kind", share.kind),
            "count": str(share.count),
            "bar": source.text("texts", "bar") * max(1, round(BAR * share.count / max(BAR, most))),
            "outcomes": "、".join(
                source.text("texts", "spread_item", label=words.library.label(term), count=count)
                for term, count in share.outcomes.items()
            ),
        }
        for share in spread
    ]


def _rules(source: _Source, precedents: Iterable[Precedent]) -> list[Row]:
    """Rules that the listed cases and the facts cite, with force, grade and whether they may be a basis."""
    cases = {ref: [str(source.text("texts", "in_facts"))] for ref in source.findings.matter.rules}
    for p in precedents:
        for ref in cited_rules(p.case, source.words.schemas):
            cases.setdefault(ref, []).append(p.case.id)
    return [_rule_row(ref, ids, source) for ref, ids in sorted(cases.items())]


def _rule_row(ref: str, ids: Sequence[str], source: _Source) -> Row:
    rule_id, _, article_id = ref.partition("#")
    rule = source.words.library.rule_by_id.get(rule_id)
    article = rule.article(article_id) if rule and article_id else None
    grade = str((article or {}).get("grade") or (rule.get("grade") if rule else "unverified"))
    if rule is None or not rule.verified:
        grade = "unverified"
    force, expired = _force(rule, source)
    basis = (
        "unverified"
        if grade == "unverified"
        else "expired"
        if expired
        else "second_hand"
        if grade == "C"
        else "usable"
    )
    return {
        "rule": source.words.rule(ref),
        "force": force,
        "grade": source.words.schemas.rule.choice(("grade",), grade).label,
        "use": source.text("basis", basis),
        "cases": "\n".join(ids),
    }


def _force(rule: Rule | None, source: _Source) -> tuple[str, bool]:
    """The period of force in words, and whether it is over."""
    begins, ends = (str(rule.get("force", key) or "") if rule else "" for key in ("from", "to"))
    today, text = source.today.isoformat(), source.text
    expired = bool(ends) and ends < today[: len(ends)]
    coming = bool(begins) and begins > today[: len(begins)]
    if not begins and not ends:
        return text("absent"), False
    key = "until" if begins and ends else "since" if begins else "ended"
    period = text("force", key, **{"from": begins, "to": ends})
    state = text("force", "expired" if expired else "not_yet" if coming else "in_force")
    return f"{period}\n{state}", expired
