"""What the commands of looking back share: reading library and policy, days, finding a case, writing a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from build_tools.check.suggest import nearest_of
from build_tools.cli.common import case_places, cases_option, read_schemas, root_option
from build_tools.load import Loaded, Schemas, load_library
from build_tools.load.lookback import Policy, sound_policy
from build_tools.lookback.filing import Words
from build_tools.model import Case, Library

NUMBER_HINT = "编号写成 RC-2026-0001 的样子"


@dataclass(frozen=True)
class Desk:
    """The whole library with its policy, as officers work on it."""

    root: Path
    loaded: Loaded
    schemas: Schemas
    policy: Policy

    @property
    def library(self) -> Library:
        return self.loaded.library

    @property
    def words(self) -> Words:
        return Words(self.library, self.policy, self.schemas)

    def label(self, field: str, value: str) -> str:
        """The label of a value of a closed list at the top of a case."""
        return self.schemas.case.choice((field,), value).label

    def case(self, case_id: str) -> Case:
        """The case with this number; raises click.UsageError with the nearest one."""
        wanted = case_id.strip().upper()
        found = self.library.case_by_id.get(wanted)
        if found is None:
            guess = nearest_of(wanted, sorted(self.library.case_by_id))
            meant = f"是不是 {guess}（{self.library.case_by_id[guess].title}）？" if guess else NUMBER_HINT
            raise click.UsageError(f"库里没有案例 {case_id} — {meant}")
        return found

    def file(self, case: Case) -> Path:
        """Where the case's file is."""
        return self.root / case.path


def open_desk(root: Path, more: Sequence[Path] = ()) -> Desk:
    """Read everything; raises click.ClickException where there is no sound policy."""
    schemas = read_schemas(root)
    loaded = load_library(root, case_places(root, more))
    policy = sound_policy(loaded.library.lookback)
    if policy is None:
        raise click.ClickException(
            "回头看政策 schema/lookback.yaml 没有或读不出来 — 运行 rongcuo check 看哪里不对"
        )
    return Desk(root, loaded, schemas, policy)


def desk_options(command: Any) -> Any:
    """`--root` and `--cases`."""
    return root_option(cases_option(command))


def day(_context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """The day an option names; None where it is not given."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"“{value}”不是日期 — 写成 2026-11-22 的样子") from None


as_of_option = click.option(
    "--as-of", "as_of", metavar="日期", callback=day, help="按哪一天算（默认今天），如 2026-12-31。"
)


def check_suffix(target: Path, suffixes: Sequence[str]) -> None:
    """Raises click.UsageError where the file's name does not end in one of these."""
    if target.suffix.lower() not in suffixes:
        raise click.UsageError(
            f"{target} 应当以 {'、'.join(suffixes)} 结尾 — 写成 -o 文件{suffixes[0]} 的样子。"
        )
