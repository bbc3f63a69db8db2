"""`rongcuo search`: finds cases, rules, terms and guidance on the command line; ranking is build_tools.search's."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from build_tools import search
from build_tools.check.suggest import Known, nearest
from build_tools.cli.cluster import asking_option, cluster_data, in_words, leave, say
from build_tools.cli.common import (
    case_places,
    edition_options,
    format_option,
    out,
    read_edition,
    read_schemas,
    root_option,
)
from build_tools.search import Hit, Index, Results
from build_tools.search import cluster as remote
from build_tools.search.query import analyse
from build_tools.search.shapes import Facet

SCHEMA_VERSION = 1
MAX_FACTS = 64 * 1024  # bytes that are read of pasted facts
_YEARS = frozenset(map(str, range(1949, 2100)))

# Option → facet of the schema. Each takes ids or Chinese labels, several with commas or by repeating.
FACET_OPTIONS: Mapping[str, str] = {
    "kind": "kind",
    "status": "status",
    "field": "fields",
    "factor": "error_factors",
    "outcome": "outcome",
    "cause": "causes",
    "province": "province",
    "level": "level",
    "role": "role",
    "confidence": "confidence",
}
FACET_HELP: Mapping[str, str] = {
    "kind": "类型，如 容错、对照",
    "status": "状态",
    "field": "领域，如 停车与充电",
    "factor": "错误要素，如 未批先行",
    "outcome": "处理结果，如 免予问责",
    "cause": "错误成因",
    "province": "省份，如 浙江",
    "level": "层级",
    "role": "身份",
    "confidence": "可信度",
}


def _facet_options(command: Any) -> Any:
    for option in reversed(list(FACET_OPTIONS)):
        command = click.option(f"--{option}", multiple=True, metavar="值", help=FACET_HELP[option])(command)
    return command


@click.command(
    "search", help="检索案例库：写几个词或一句话，也可以用 --facts 给出一段案情，找出类案和反面对照。"
)
@root_option
@edition_options
@click.argument("words", nargs=-1, metavar="[词语]…")
@click.option(
    "--type",
    "kind_of",
    type=click.Choice([*search.TYPES, "all"]),
    default="case",
    metavar="范围",
    help="case 案例（默认）、rule 规则、term 词条、guide 指引、all 全部。",
)
@click.option("--facts", metavar="文件", help="从文件读一段案情找类案，- 表示从标准输入读。")
@_facet_options
@click.option("--year", metavar="年份", help="2019，或 2016..2020、2019..、..2018。")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=10, metavar="N", help="最多列出几条（默认 10）。"
)
@asking_option
@format_option
def command(
    root: Path,
    edition: str,
    more: tuple[Path, ...],
    words: tuple[str, ...],
    kind_of: str,
    facts: str | None,
    year: str | None,
    limit: int,
    cluster: remote.Address | None,
    form: str,
    **chosen: tuple[str, ...],
) -> None:
    """Search and print; finding nothing is no error."""
    text = " ".join(words) if facts is None else _read_facts(facts)
    if facts is not None and words:
        raise click.UsageError("--facts 和词语只能给一样。")
    known = remote.light(root, read_schemas(root), edition, case_places(root, more)) if cluster else None
    index = known.index if known else _local_index(root, edition, more)
    filters = _filters(index, chosen, year)
    if not text.strip() and not filters:
        raise click.UsageError(
            "没有要找的内容 — 写几个词，例如：rongcuo search 未批先建；或用 --kind、--year 等筛选。"
        )
    if filters and kind_of != "case":
        raise click.UsageError("筛选只对案例有用 — 去掉 --type，或去掉筛选。")
    if facts is not None:
        if kind_of != "case":
            raise click.UsageError("--facts 只用来找案例 — 去掉 --type。")
    reached = None
    if cluster and known and kind_of in ("case", "all"):
        reached = _reach(cluster, known, text, facts is not None, filters, limit)
        index = reached.index
    if facts is not None:
        # Facts are compared with both sides, so that nobody sees only the precedents that please.
        found = {
            title: search.search(index, text, facts=True, filters=filters, adverse=adverse, limit=limit)
            for title, adverse in (("类案", False), ("反面对照", True))
        }
    else:
        types = search.TYPES if kind_of == "all" else {kind_of: search.TYPES[kind_of]}
        found = {
            label: search.search(index, text, type=one, filters=filters, limit=limit)
            for one, label in types.items()
        }
    found = _counted(found, reached)
    if form == "json":
        click.echo(_as_json(index, tuple(found.values()), cluster_data(reached)))
    else:
        _print(index, found, bool(filters))
    if reached:
        say(reached.notices)
        leave(reached)


def _local_index(root: Path, edition: str, more: Sequence[Path]) -> Index:
    library, schemas = read_edition(root, edition, more)
    return search.build_index(library, schemas, search.documents(library, schemas))


def _reach(
    address: remote.Address,
    known: remote.Light,
    text: str,
    facts: bool,
    filters: Mapping[str, Sequence[str]],
    limit: int,
) -> remote.Found:
    """What the cluster holds for a query, as an index to search like the local one."""
    with in_words(), remote.opened(address, known) as cluster:
        asked = analyse(text, cluster.index, facts=facts)
        wanted = max(remote.CANDIDATES, 2 * limit)
        return cluster.reach(asked, cluster.selections(filters, sides=facts, limit=wanted))


def _counted(found: Mapping[str, Results], reached: remote.Found | None) -> dict[str, Results]:
    """The results with the cluster's own count of cases where it made one (lists without words)."""
    total = reached.total if reached else None
    return {
        label: replace(one, total=total) if total is not None and one.type == "case" else one
        for label, one in found.items()
    }


def _read_facts(source: str) -> str:
    try:
        if source == "-":
            raw = sys.stdin.buffer.read(MAX_FACTS)
        else:
            with open(source, "rb") as file:
                raw = file.read(MAX_FACTS)
    except OSError as error:
        raise click.UsageError(f"读不出 {source}（{error.strerror}）— 核对 --facts 后面的路径。") from None
    return raw.decode("utf-8", "replace")


def _filters(index: Index, chosen: Mapping[str, tuple[str, ...]], year: str | None) -> dict[str, list[str]]:
    """Facet name → ids, from labels or ids as typed; raises click.UsageError with a suggestion."""
    facets = {facet.name: facet for facet in index.facets}
    filters: dict[str, list[str]] = {}
    for option, values in chosen.items():
        parts = [part.strip() for value in values for part in re.split("[,，、]", value) if part.strip()]
        if parts:
            facet = facets[FACET_OPTIONS[option]]
            known = known_names(index, facet)
            filters[facet.name] = [value_named(part, option, facet, known) for part in parts]
    if year:
        filters["year"] = years_within(index, year)
    return filters


def known_names(index: Index, facet: Facet) -> Known:
    """Ids of a facet with all their names, the label first."""
    if facet.choices:
        return tuple(
            (c.value, tuple(dict.fromkeys((c.fact("short") or c.label, c.label)))) for c in facet.choices
        )
    ids = {
        d.id: d.title for d in index.documents if d.type == "term" and facet.vocabulary in d.facets["list"]
    }
    names: dict[str, list[str]] = {key: [title] for key, title in ids.items()}
    for form, terms in index.lexicon.surfaces.items():
        for term in terms:
            if term in names:
                names[term].append(form)
    return tuple((key, tuple(own)) for key, own in names.items())


def value_named(part: str, option: str, facet: Facet, known: Known) -> str:
    """The id meant by an id, a name or the unmistakable beginning of one; raises click.UsageError with a suggestion."""
    for key, names in known:
        if part == key or part in names:
            return key
    starts = [key for key, names in known if any(name.startswith(part) for name in (key, *names))]
    if len(starts) == 1:  # 浙江 for 浙江省
        return starts[0]
    guess = nearest(part, known) or _alike(part, known)
    label = next((names[0] for key, names in known if key == guess), "")
    shown = "、".join(names[0] for _, names in known[:8])
    hint = (
        f"是不是“{label}”（{guess}）？"
        if guess and label != guess
        else f"是不是“{guess}”？"
        if guess
        else f"可以写：{shown}等。"
    )
    raise click.UsageError(f"--{option}：{facet.title}里没有“{part}”— {hint}")


def _alike(part: str, known: Known) -> str | None:
    """The id with the name most like what was typed; half the characters must agree (容措 → 容错)."""
    names = {name: key for key, own in known for name in own}
    close = get_close_matches(part, list(names), n=1, cutoff=0.5)
    return names[close[0]] if close else None


def years_within(index: Index, year: str, option: str = "year") -> list[str]:
    """The years of the library within `2019`, `2016..2020`, `2019..` or `..2018`; raises click.UsageError."""
    match = re.fullmatch(r"(?:(\d{4})?(?:\.\.|—|-|至)(\d{4})?|(\d{4}))", year.strip())
    if not match or not any(match.groups()):
        raise click.UsageError(f"--{option}：看不懂“{year}”— 写成 2019、2016..2020、2019.. 或 ..2018。")
    first, last = (match[3] or match[1] or "0000"), (match[3] or match[2] or "9999")
    # A cluster's cases are not at hand, so every year that could be is asked for.
    present = {value for document in index.documents for value in document.facets.get("year", ())} or _YEARS
    return sorted(value for value in present if first <= value <= last)


def _as_json(index: Index, found: Sequence[Results], more: Mapping[str, Any]) -> str:
    def one(hit: Hit) -> dict[str, Any]:
        d = hit.document
        return {
            "id": d.id,
            "type": d.type,
            "title": d.title,
            "url": d.url,
            "score": hit.score,
            "kind": next(iter(d.facets.get("kind", ())), None),
            "adverse": search.is_adverse(index, d),
            "status": next(iter(d.facets.get("status", ())), None),
            "date": d.date or None,
            "place": d.place or None,
            "concepts": [{"id": c, "label": index.lexicon.labels[c]} for c in hit.concepts],
            "snippet": {"text": hit.snippet.text, "marks": [list(span) for span in hit.snippet.marks]},
        }

    query = found[0].query
    return json.dumps(
        {
            "schema_version": SCHEMA_VERSION,
            "query": {"text": query.text, "facts": query.facts, "read_as": _read_as(index, found)},
            "total": sum(results.total for results in found),
            "results": [one(hit) for results in found for hit in results.hits],
            **more,
        },
        ensure_ascii=False,
        indent=2,
    )


def _read_as(index: Index, found: Sequence[Results]) -> list[str]:
    """Labels of the vocabulary terms by which the query was understood."""
    query = found[0].query
    ids = dict.fromkeys(c for c in (*query.concepts, *query.bridged) if c in index.matter)
    return list(dict.fromkeys(index.lexicon.labels[c] for c in ids))


def _print(index: Index, found: Mapping[str, Results], filtered: bool) -> None:
    if reading := _read_as(index, tuple(found.values()))[:6]:
        out.print(f"按词表理解为：{'、'.join(reading)}", markup=False)
    for label, results in found.items():
        if results.total:
            out.print(_table(index, f"{label}：找到 {results.total} 条", results.hits), soft_wrap=False)
    if not any(results.total for results in found.values()):
        tips = [
            "换一个更常见的说法",
            "少写几个字",
            "用 --facts 给出整段案情",
            *(["去掉一部分筛选"] if filtered else []),
        ]
        out.print(f"没有找到。可以：{'；'.join(tips)}。")


def _table(index: Index, title: str, hits: Sequence[Hit]) -> Table:
    table = Table(title=title, title_justify="left", show_lines=True, expand=out.is_terminal)
    table.add_column("编号", no_wrap=True)
    table.add_column("标题与命中处", ratio=1, overflow="fold")
    table.add_column("地区、年份", overflow="fold")
    for hit in hits:
        d = hit.document
        number = Text(d.id if d.type != "guide" else d.url)
        badges = [_label(index.kinds, d.facets.get("kind")), _status(index, d.facets.get("status"))]
        number.append("".join(f"\n[{badge}]" for badge in badges if badge))
        body = _marked(d.title, hit.snippet.title_marks, "bold")
        body.append("\n").append_text(_marked(hit.snippet.text, hit.snippet.marks, ""))
        if hit.concepts:
            body.append(
                f"\n命中要素：{'、'.join(dict.fromkeys(index.lexicon.labels[c] for c in hit.concepts))}",
                "dim",
            )
        table.add_row(number, body, "\n".join(filter(None, (d.place, d.date[:4]))))
    return table


def _status(index: Index, values: Sequence[str] | None) -> str:
    return "" if values and values[0] == "published" else _label(index.statuses, values)


def _label(choices: Sequence[Any], values: Sequence[str] | None) -> str:
    return next((c.fact("short") or c.label for c in choices if values and c.value == values[0]), "")


def _marked(text: str, spans: Sequence[tuple[int, int]], style: str) -> Text:
    shown = Text(text, style)
    for start, end in spans:
        shown.stylize("bold reverse" if out.is_terminal else "", start, end)
    return shown
