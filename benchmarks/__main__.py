"""`python -m benchmarks`: what each stage costs a case, at the library's size and at ten times that size.

Cases are copies of the real ones under new identifiers, so lengths and words are real; likeness between copies
is not, which makes the relate stage look a little worse than life.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from build_tools import search
from build_tools.check import run_checks
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.site.case_pages import case_pages
from build_tools.site.contents import gather

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]


def multiply(times: int, into: Path) -> Path:
    """A library with every real case `times` over; returns its root."""
    for part in ("schema", "rules", "docs"):
        shutil.copytree(ROOT / part, into / part)
    cases = sorted((ROOT / "cases").rglob("*.yaml"))
    (into / "cases/2026").mkdir(parents=True)
    for copy in range(times):
        for path in cases:
            new = f"{path.stem[:8]}{copy:02d}{path.stem[8:]}" if copy else path.stem
            text = path.read_text(encoding="utf-8")
            text = re.sub(r"^id: .*$", f"id: {new}", text, count=1, flags=re.MULTILINE)
            (into / f"cases/2026/{new}.yaml").write_text(text, encoding="utf-8")
    return into


def measure(root: Path) -> tuple[int, dict[str, float]]:
    """Number of cases and CPU seconds of each stage."""
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], T]) -> T:
        start = time.process_time()
        result = work()
        seconds[name] = time.process_time() - start
        return result

    schemas = load_schemas(root / "schema")
    loaded = timed("load", lambda: load_library(root))
    timed("check", lambda: run_checks(loaded, schemas, date.today()))
    library = timed("edition", lambda: for_edition(loaded.library, schemas))
    contents = timed("relate", lambda: gather(library, schemas, date.today()))
    index = timed(
        "index",
        lambda: search.build_index(library, schemas, search.documents(library, schemas)),
    )
    timed("shards", lambda: search.write_shards(index, root / "shards"))
    timed("case pages", lambda: list(case_pages(contents)))
    return len(loaded.library.cases), seconds


def main() -> None:
    """Measure, print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10, help="how many times the real library")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        one, small = measure(multiply(1, Path(folder) / "one"))
        many, large = measure(multiply(times, Path(folder) / "many"))
    print(f"{'stage':<12}{f'{one} cases':>14}{f'{many} cases':>14}{'ms a case':>12}{'growth':>10}")
    for stage in small:
        growth = (large[stage] / many) / (small[stage] / one)
        print(
            f"{stage:<12}{small[stage]:>12.2f} s{large[stage]:>12.2f} s{1000 * large[stage] / many:>12.2f}{growth:>9.2f}x"
        )
    print("growth: cost a case at the larger size over cost a case at the smaller; 1.00x is linear")


if __name__ == "__main__":
    main()
