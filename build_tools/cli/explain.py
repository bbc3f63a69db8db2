"""`rongcuo explain`: shows a code's manual page, or the list of all codes."""

from __future__ import annotations

import click
from rich.markdown import Markdown

from build_tools.check.manual import ManualPage, load_manual
from build_tools.check.suggest import nearest_of
from build_tools.cli.common import out

SEVERITY = {"error": "错误", "warning": "警告"}


@click.command("explain", help="解释一个检查代码：是什么、为什么、怎样改。不写代码就列出全部。")
@click.argument("code", required=False, metavar="[代码]")
def command(code: str | None) -> None:
    """Print the page, or the list; an unknown code is a usage error with the nearest one."""
    pages = {page.code: page for page in load_manual()}
    if code is None:
        _list(list(pages.values()))
        return
    wanted = code.strip().upper()
    page = pages.get(wanted) or pages.get(f"RC{wanted}")
    if page is None:
        guess = nearest_of(wanted, list(pages))
        raise click.UsageError(
            f"没有检查代码 {code}。" + (f"是不是 {guess}？" if guess else "全部代码：rongcuo explain")
        )
    out.print(f"[bold]{page.code}[/bold] {page.title}（{SEVERITY[page.severity]}，{page.family}）\n")
    out.print(Markdown(page.body), soft_wrap=False)


def _list(pages: list[ManualPage]) -> None:
    family = ""
    for page in pages:
        if page.family != family:
            family = page.family
            out.print(f"\n[bold]{page.code[:3]}xx {family}[/bold]")
        out.print(f"  {page.code}  {SEVERITY[page.severity]}  {page.title}", markup=False)
    out.print("\n看一个代码的说明：rongcuo explain 代码")
