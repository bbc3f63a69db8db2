"""`python -m benchmarks.ask_ours ROOT QUERIES FOLDER`: our index and the command line's engine, as ask_peers.py.

Prints the same figures; the browser's shards are left in FOLDER and count as the size.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.ask_peers import BEST, timed
from build_tools import search
from build_tools.load import for_edition, load_library, load_schemas


def main() -> None:
    """Index, ask, print."""
    root, asked, folder = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    schemas = load_schemas(root / "schema")
    library = for_edition(load_library(root).library, schemas)
    documents = search.documents(library, schemas)
    queries = json.loads(asked.read_text(encoding="utf-8"))
    started = time.process_time()
    index = search.build_index(library, schemas, documents)
    search.write_shards(index, folder)
    spent = time.process_time() - started
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    times = {}
    for group, texts in queries.items():

        def ask(text: str, facts: bool = group == "facts") -> object:
            return search.search(index, text, facts=facts, limit=BEST).hits

        times[group] = list(timed(ask, texts))
    print(json.dumps({"index": spent, "size": size, "ms": times}))


if __name__ == "__main__":
    main()
