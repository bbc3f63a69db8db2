"""The `rongcuo` command: reads arguments, calls the rooms, prints, sets the exit code; holds no logic."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from build_tools import __version__
from build_tools.cli.chinese import speak_chinese

speak_chinese()

# Command name -> module that defines it as `command`. Loaded only when called, so that `rongcuo check`
# does not pay for the charting and site libraries.
COMMANDS = {
    "book": "build_tools.cli.book",
    "check": "build_tools.cli.check",
    "coverage": "build_tools.cli.coverage",
    "explain": "build_tools.cli.explain",
    "fmt": "build_tools.cli.fmt",
    "form": "build_tools.cli.form",
    "import": "build_tools.cli.import_",
    "index": "build_tools.cli.index",
    "lookback": "build_tools.cli.lookback",
    "new": "build_tools.cli.new",
    "redact": "build_tools.cli.redact",
    "report": "build_tools.cli.report",
    "sbom": "build_tools.cli.sbom",
    "search": "build_tools.cli.search",
    "serve": "build_tools.cli.serve",
    "similar": "build_tools.cli.similar",
    "site": "build_tools.cli.site",
    "verify": "build_tools.cli.verify",
}


class LazyCommands(click.Group):
    """A group that imports a command's module when the command is asked for.

    `table` gives for each name the module, whose `command` is meant, or `module:name`.
    """

    def __init__(self, *args: Any, table: Mapping[str, str], **facts: Any) -> None:
        super().__init__(*args, **facts)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        module, _, name = self.table[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name or "command")
        command.options_metavar = "[选项]"
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except (
            click.NoSuchCommand
        ) as error:  # click looks for near names among loaded commands, which are none
            raise click.NoSuchCommand(error.command_name, possibilities=self.table, ctx=ctx) from None


@click.group(
    cls=LazyCommands,
    table=COMMANDS,
    help="容错案例库：检查、检索案例，生成离线可用的网站。",
    options_metavar="[选项]",
    subcommand_metavar="命令 [参数]…",
)
@click.version_option(__version__, prog_name="rongcuo", message="%(prog)s %(version)s")
def main() -> None:
    """Entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        # Chinese must come out under any locale, and a file name of broken bytes must not stop a report.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
