"""`rongcuo coverage`: which terms and fields the cases use and which they do not; counting is done in relate."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.table import Table

from build_tools.cli.common import case_places, edition_options, out, read_schemas, root_option


@click.command("coverage", help="看覆盖情况：哪些词还没有案例，哪些栏目常缺，来源和可信度怎样。")
@root_option
@edition_options
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="输出形式。")
def command(root: Path, edition: str, more: tuple[Path, ...], form: str) -> None:
    """Print the coverage report of one edition."""
    from build_tools.load import for_edition, load_library
    from build_tools.relate.coverage import cover

    library, schemas = load_library(root, case_places(root, more)).library, read_schemas(root)
    found = cover(library, schemas, for_edition(library, schemas, edition).cases)
    if form == "json":
        facts = {
            "schema_version": 1,
            "cases": found.cases,
            "cases_by_term": dict(sorted(found.by_term.items())),
            "unused_terms": {name: [t.id for t in terms] for name, terms in found.unused.items()},
            "filled_fields": {f.name: f.filled for f in found.fields},
            "cases_by_number_of_sources": found.sources,
            "drafts": [c.id for c in found.drafts],
        }
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    table = Table("栏目", "填写件数", "比例", title=f"{found.cases} 个公开案例的栏目填写情况")
    for item in found.fields:
        table.add_row(item.title, str(item.filled), f"{item.filled / max(found.cases, 1):.0%}")
    out.print(table)
    out.print("来源数：" + "，".join(f"{n} 个来源的 {cases} 件" for n, cases in found.sources.items()))
    for name, terms in found.unused.items():
        words = "、".join(t.label for t in terms)
        out.print(f"{library.vocabulary[name].title}：{len(terms)} 个词还没有案例：{words}", markup=False)
    out.print(f"草稿 {len(found.drafts)} 件：{'、'.join(c.id for c in found.drafts) or '无'}", markup=False)
