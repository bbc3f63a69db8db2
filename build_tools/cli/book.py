"""`rongcuo book`: writes the 《容错案例汇编》 as PDF or EPUB; content and layout are build_tools.export.book's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import click

from build_tools.check import run_checks
from build_tools.cli.choosing import Chosen, chosen_cases
from build_tools.cli.common import (
    case_places,
    edition_options,
    force_option,
    out,
    out_option,
    put_file,
    read_schemas,
    root_option,
    sound_moment,
    taken,
    talk,
)
from build_tools.load import Schemas, for_edition, load_library
from build_tools.model import Library

FORMATS = (".pdf", ".epub")


@click.command(
    "book", help="把案例编成一本书：《容错案例汇编》，PDF（A4，可打印）或 EPUB（电子书），由文件名定。"
)
@root_option
@edition_options
@out_option("写到哪里，以 .pdf 或 .epub 结尾。", required=True)
@click.option(
    "--select",
    "asked",
    multiple=True,
    metavar="条件",
    help="只收一部分：案例编号、词（如 未批先行）、kind=对照、field=停车与充电、year=2019..2023；可重复。",
)
@force_option
def command(
    root: Path, edition: str, more: tuple[Path, ...], target: Path, asked: tuple[str, ...], force: bool
) -> None:
    """Choose, set, write; an existing file stays unless told otherwise."""
    _check(target, force)
    library, schemas = _read(root, edition, more)
    chosen = chosen_cases(library, schemas, asked)
    talk.print(_said(chosen, library, schemas), markup=False)
    if not chosen.cases:
        raise click.ClickException(
            "一件也没有选中，没有做成书 — 去掉一部分条件，或先用 rongcuo search 看看有哪些。"
        )
    with talk.status("排版…") if talk.is_terminal else nullcontext():
        content = _make(target.suffix.lower(), library, schemas, chosen)
    put_file(target, content, force=force)
    out.print(f"已写好 {target}：{len(chosen.cases)} 件，{len(content) / 1e6:.1f} MB。", markup=False)


def _read(root: Path, edition: str, more: Sequence[Path]) -> tuple[Library, Schemas]:
    """One edition of the library; what is handed out must have passed the checks, as on the site."""
    schemas = read_schemas(root)
    loaded = load_library(root, case_places(root, more))
    errors = [d for d in run_checks(loaded, schemas, date.today()) if d.severity == "error"]
    for diagnostic in errors:
        out.print(str(diagnostic), markup=False)
    if errors:
        raise click.ClickException(
            f"没有做成书：{len(errors)} 个错误。按上面每行的提示改好再运行；rongcuo explain 代码 可看详细说明。"
        )
    return for_edition(loaded.library, schemas, edition), schemas


def _check(target: Path, force: bool) -> None:
    if target.suffix.lower() not in FORMATS:
        raise click.UsageError(f"{target} 不以 .pdf 或 .epub 结尾 — 写成 -o 汇编.pdf 的样子。")
    if target.exists() and not force:
        raise taken(target)
    sound_moment()


def _said(chosen: Chosen, library: Library, schemas: Schemas) -> str:
    """How many were chosen out of how many, by kind."""
    numbers = Counter(case.kind for case in chosen.cases if not case.tombstone)
    gone = len(chosen.cases) - numbers.total()
    kinds = "、".join(
        f"{kind.fact('short') or kind.label} {numbers[kind.value]}"
        for kind in schemas.case.choices(("kind",))
        if numbers[kind.value]
    )
    how = f"，条件是{chosen.said}" if chosen.said else ""
    said = f"选中 {len(chosen.cases)} 件，全库 {len(library.cases)} 件{how}。"
    said += f"按类型：{kinds}。" if kinds else ""
    return said + (f"其中 {gone} 件已撤下或并入，只列编号和原因。" if gone else "")


def _make(suffix: str, library: Library, schemas: Schemas, chosen: Chosen) -> bytes:
    """The finished file; Typst is slow to import, so only now."""
    from build_tools.export.book.content import make_book

    book = make_book(library, schemas, chosen.cases, chosen.said)
    if suffix == ".epub":
        from build_tools.export.book.epub import book_epub

        return book_epub(book)
    from build_tools.export.book.fonts import NoChineseFont
    from build_tools.export.book.pdf import book_pdf

    try:
        return book_pdf(book)
    except NoChineseFont as error:
        raise click.ClickException(f"{error}。") from None
