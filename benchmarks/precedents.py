"""`python -m benchmarks.precedents`: how far reading prose agrees with the editors' coding on what is a 类案.

Each public case's own account (cause, background, circumstances, error) is taken as the facts of a pending matter
and compared with its twenty nearest other cases. What the comparison by codes calls a 类案 is taken as true.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from build_tools.export.comparison import compare
from build_tools.export.definition import load_definition
from build_tools.export.matter import matter_from_case, matter_from_facts
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.search import build_index, documents
from build_tools.search.query import applicable

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT = ("trigger", "background", "circumstances", "error")
NEAREST = 20


def measure() -> dict[str, Counter[tuple[bool, bool]]]:
    """For facts alike and for 类案: (by codes, by prose) → number of pairs."""
    schemas, definition = load_schemas(ROOT / "schema"), load_definition(ROOT)
    library = for_edition(load_library(ROOT).library, schemas)
    index = build_index(library, schemas, documents(library, schemas))
    segment = index.segments["case"]
    counts: dict[str, Counter[tuple[bool, bool]]] = {"alike": Counter(), "on_point": Counter()}
    for case in library.cases:
        account = "\n".join(str(case.get(key) or "") for key in ACCOUNT)
        coded = matter_from_case(case, library, schemas, index, definition)
        prose = matter_from_facts(account, library, schemas, index, definition)
        scores = segment.scores(applicable(prose.query, segment))
        nearest = sorted(scores, key=lambda number: (-scores[number], number))
        others = [index.documents[number].id for number in nearest if index.documents[number].id != case.id]
        for other in others[:NEAREST]:
            pair = [
                compare(m, library.case_by_id[other], library, schemas, definition) for m in (coded, prose)
            ]
            counts["alike"][pair[0].alike, pair[1].alike] += 1
            counts["on_point"][pair[0].on_point, pair[1].on_point] += 1
    return counts


def main() -> None:
    """Print precision and recall of prose against codes."""
    for name, n in measure().items():
        precision = n[True, True] / (n[True, True] + n[False, True])
        recall = n[True, True] / (n[True, True] + n[True, False])
        print(f"{name:<10} pairs {n.total():>6}  precision {precision:.2f}  recall {recall:.2f}")


if __name__ == "__main__":
    main()
