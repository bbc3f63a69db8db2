"""Gathers the files of the whole library: zip, CSV and Excel, by volume where there are many cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from build_tools.export.dump import dump_files
from build_tools.export.publication import Publication
from build_tools.export.table import cases_csv, cases_xlsx, table_rows
from build_tools.export.volumes import Volume, volumes
from build_tools.memory import digest_of
from build_tools.output import Output

FOLDER = "downloads"
Rows = list[list[str]]


@dataclass(frozen=True)
class Downloads:
    """The files of each kind; the first zip holds what belongs to no volume."""

    workbooks: tuple[Output, ...]
    tables: tuple[Output, ...]
    zips: tuple[Output, ...]

    @property
    def files(self) -> tuple[Output, ...]:
        """All files; both tables of a volume stand side by side, because they are made from the same rows."""
        pairs = zip(self.tables, self.workbooks, strict=True)
        return (*self.zips, *(output for pair in pairs for output in pair))


def downloads(source: Publication) -> Downloads:
    """Every file of the whole library."""
    held = volumes(source.cases)
    rows = _LastRows(source)
    csv = _tables(source, held, ".csv", lambda volume: cases_csv(rows.of(volume)))
    author = source.site.organisation
    xlsx = _tables(source, held, ".xlsx", lambda volume: cases_xlsx(rows.of(volume), author))
    zips = (replace(output, path=f"{FOLDER}/{output.path}") for output in dump_files(source, held))
    return Downloads(tuple(xlsx), tuple(csv), tuple(zips))


def _tables(
    source: Publication, held: Sequence[Volume], suffix: str, make: Callable[[Volume], bytes]
) -> Iterator[Output]:
    for volume in held:
        key = digest_of(source.words, *[case.digest for case in volume.cases])
        yield Output(f"{FOLDER}/{volume.file('cases', suffix)}", key, partial(make, volume))


class _LastRows:
    """The rows of a volume, kept until those of another are asked for."""

    def __init__(self, source: Publication) -> None:
        self.source = source
        self.last: tuple[Volume, Rows] | None = None

    def of(self, volume: Volume) -> Rows:
        last = self.last
        if last is None or last[0] is not volume:
            last = self.last = (volume, list(table_rows(self.source, volume.cases)))
        return last[1]
