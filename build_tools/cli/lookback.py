"""`rongcuo lookback`: the reviewer's desk; a group whose commands are listed here and stand in other modules."""

from __future__ import annotations

import click

from build_tools.cli import LazyCommands

# Command name -> module:name, imported when it is called. A new command is a new line.
SUBCOMMANDS = {
    "due": "build_tools.cli.lookback_lists:due_command",
    "calendar": "build_tools.cli.lookback_lists:calendar_command",
    "sample": "build_tools.cli.lookback_sample:sample_command",
    "worksheet": "build_tools.cli.lookback_record:worksheet_command",
    "record": "build_tools.cli.lookback_record:record_command",
    "obligations": "build_tools.cli.lookback_lists:obligations_command",
    "done": "build_tools.cli.lookback_record:done_command",
    "uneven": "build_tools.cli.lookback_compare:uneven_command",
    "law": "build_tools.cli.lookback_compare:law_command",
    "report": "build_tools.cli.lookback_report:report_command",
}


@click.group(
    "lookback",
    cls=LazyCommands,
    table=SUBCOMMANDS,
    help="回头看：哪些到期、怎样抽、逐项核对、记录结论、盯住义务、汇总上报。",
    options_metavar="[选项]",
    subcommand_metavar="命令 [参数]…",
)
def command() -> None:
    """Nothing of its own."""
