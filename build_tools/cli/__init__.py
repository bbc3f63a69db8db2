"""The `rongcuo` command: reads arguments, calls the rooms, prints, sets the exit code; holds no logic."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from build_tools import __version__
from build_tools.cli.chinese import speak_chinese

speak_chinese()

# Command name -> module that defines it as `command`. Loaded only when called, so that `rongcuo check`
# does not pay for the charting and site libraries.
COMMANDS = {
    "check": "build_tools.cli.check",
    "coverage": "build_tools.cli.coverage",
    "explain": "build_tools.cli.explain",
    "fmt": "build_tools.cli.fmt",
    "new": "build_tools.cli.new",
    "report": "build_tools.cli.report",
    "search": "build_tools.cli.search",
    "similar": "build_tools.cli.similar",
    "site": "build_tools.cli.site",
}


class _Commands(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = import_module(module).command
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
            raise click.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None


@click.group(
    cls=_Commands,
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
