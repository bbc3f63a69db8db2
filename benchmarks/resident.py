"""`python -m benchmarks.resident ROOT OUT ROUNDS`: one process builds a site, then again after each edit of a case.

What `make serve` does at every save, without its wait for the editor to finish and without a browser. Prints one
line of JSON a round: CPU and wall-clock seconds until the whole site is up to date, and until the edited case's
own page is (nothing in the first round, which is the full build). Edits the library at ROOT.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from pathlib import Path

from benchmarks.run import own_cpu
from benchmarks.sites import our_site
from build_tools.memory import Memory
from build_tools.site.build import build_site


def main() -> None:
    """Build and tell."""
    root, out, rounds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    site, memory = our_site(root, out, 0), Memory(root / "build")
    for number in range(rounds + 1):
        if number:
            site.edit()
        wall, cpu = time.perf_counter(), own_cpu()
        page: list[tuple[float, float]] = []

        def ahead(wall: float = wall, cpu: float = cpu, page: list[tuple[float, float]] = page) -> None:
            page.append((own_cpu() - cpu, time.perf_counter() - wall))

        build_site(root, out, date.today(), lambda step: None, memory=memory, ahead=ahead)
        wall, cpu = time.perf_counter() - wall, own_cpu() - cpu
        said = {"cpu": cpu, "wall": wall, "page": page[0] if page else None, "fault": site.fault()}
        print(json.dumps(said, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
