"""`rongcuo check`: reads the library, runs all rules, prints the findings, sets the exit code."""

from __future__ import annotations

import gc
import os
import sys
from datetime import date
from pathlib import Path

import click

from build_tools.check import run_checks
from build_tools.check.forerun import forerun
from build_tools.check.manual import load_manual
from build_tools.check.report import Chosen, as_github, as_json, as_text, count, filtered
from build_tools.check.suggest import nearest_of
from build_tools.cli.common import read_schemas, root_option
from build_tools.load import Loaded, Schemas, load_library
from build_tools.load.library import SINGLES, TOOLKITS
from build_tools.memory import Memory
from build_tools.model import Diagnostic

# The places that are read anyway; a path elsewhere is read as a case.
PLACES = ("cases", "rules", "schema/vocabulary", *SINGLES.values(), TOOLKITS, "docs")


def _codes(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Codes or beginnings of codes (RC5), separated by commas or given several times."""
    known = [page.code for page in load_manual()]
    codes = [
        part.strip().upper()
        for value in values
        for part in value.replace("，", ",").split(",")
        if part.strip()
    ]
    for code in codes:
        if len(code) < 3 or not any(k.startswith(code) for k in known):
            guess = nearest_of(code, known)
            raise click.BadParameter(
                f"没有检查代码 {code}。" + (f"是不是 {guess}？" if guess else "全部代码：rongcuo explain")
            )
    return tuple(codes)


@click.command("check", help="检查案例、规则、词表和指引，一次报出全部问题。不写路径就检查整个案例库。")
@root_option
@click.argument("paths", nargs=-1, metavar="[路径]…", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    metavar="格式",
    help="text（默认）、json 或 github。",
)
@click.option(
    "--select",
    multiple=True,
    callback=_codes,
    metavar="代码",
    help="只报这些代码，如 RC301 或 RC5（整类），逗号隔开。",
)
@click.option("--ignore", multiple=True, callback=_codes, metavar="代码", help="不报这些代码。")
@click.option("--strict", is_flag=True, help="有警告也算不通过。")
@click.option(
    "--against",
    metavar="版本",
    help="再与 Git 里的一个版本比较（如 main、HEAD~1），看已发布的案例有没有被擅自改动。",
)
def command(
    root: Path,
    paths: tuple[Path, ...],
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    against: str | None,
) -> None:
    """Report on the chosen files; references are resolved against the whole library."""
    gc.disable()  # ten thousand cases are millions of objects and no cycles; looking for some costs a quarter
    places = tuple(Path(os.path.abspath(path)) for path in paths)
    memory = Memory(root / "build")
    schemas, today, workers = read_schemas(root), date.today(), os.cpu_count() or 1
    forerun(root, _case_places(root, places), schemas, today, workers, memory)
    loaded = load_library(root, _case_places(root, places), memory)
    chosen = Chosen(root, places)
    found = run_checks(loaded, schemas, today, workers, memory)
    memory.save()
    if against is not None:
        found = (*found, *_guarded(root, against, loaded, schemas))
    diagnostics = filtered([d for d in found if chosen(d.path)], select, ignore)
    counts = count(loaded, diagnostics, chosen)
    if form == "json":
        click.echo(as_json(diagnostics, counts))
    elif form == "github":
        click.echo(as_github(diagnostics), nl=bool(diagnostics))
    else:
        click.echo(as_text(diagnostics, counts))
    sys.exit(1 if counts.errors or (strict and counts.warnings) else 0)


def _guarded(root: Path, revision: str, loaded: Loaded, schemas: Schemas) -> tuple[Diagnostic, ...]:
    """What the guards find between a revision and the files at hand."""
    from build_tools.check.guards import run_guards
    from build_tools.history.before import read_before
    from build_tools.history.git import NoHistory

    try:
        return run_guards(read_before(root, revision, loaded.library), loaded, schemas)
    except NoHistory as reason:
        raise click.UsageError(f"不能与 {revision} 比较：{reason}") from None


def _case_places(root: Path, places: tuple[Path, ...]) -> list[Path]:
    """The folder of cases, and the wanted places that lie outside everything that is read anyway."""
    usual = [Path(os.path.abspath(root / place)) for place in PLACES]
    return [
        root / "cases",
        *(p for p in places if not any(p.is_relative_to(u) or u.is_relative_to(p) for u in usual)),
    ]
