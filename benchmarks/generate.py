"""`python -m benchmarks.generate --cases N --seed S --out DIR`: a library of N made-up but valid cases, for timing.

Each case takes the structure of a real one: which fields it has, how long their texts are, which lists are coded.
The texts are drawn character by character from a chain of order two over all real texts of the same field, so
that characters and pairs are as frequent as in life (few common, many rare) while whole sentences do not repeat.
Coded words are drawn as often as real cases use them. A case in which the check finds an error (a number that looks
like a telephone's, say) is drawn again. The same seed gives the same bytes, and more cases are fewer and some more.
Nothing made here is a precedent; every file says so.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from build_tools.check import run_checks
from build_tools.check.rules.status import promises
from build_tools.load import Schema, Schemas, load_library, load_schemas
from build_tools.model import Case, Pointer, thawed
from build_tools.privacy.names import find_names

ROOT = Path(__file__).resolve().parents[1]
HAN = re.compile(r"[\u4e00-\u9fff]{2}")
# Texts that are names, dates or closed words in spite of their letters: kept as the real case has them.
KEPT = ("region", "date", "sources", "keywords", "disclosure", "entered", "id", "changes", "internal")
LOST = ("relations", "reviews", "status_record")
# Lists whose words are drawn anew; elsewhere a word goes with its neighbours and stays.
DRAWN = ("fields", "error_factors", "causes", "remedies")
NOTICE = "# 由 benchmarks.generate 生成的假案例，只用来量速度，不是先例。\n"
FIRST = 10_001  # serial of the first made case, well behind the real ones
AT_ONCE = 1_000  # cases made and checked together, to bound memory


class Chain(NamedTuple):
    """How characters follow each other in the texts of one field."""

    after: Mapping[str, str]  # two characters -> all characters that follow them, as often as they do
    starts: Sequence[str]  # pairs of Chinese characters, as often as they stand


class Mint(NamedTuple):
    """What made cases are struck from."""

    real: Sequence[Case]
    schema: Schema
    chains: Mapping[str, Chain]
    words: Mapping[str, Sequence[str]]

    def case(self, case_id: str, dice: random.Random) -> str:
        """The text of one made case."""
        base = dice.choice(self.real)
        data = {**_made(base.data, (), self, dice), "id": case_id}
        # As the library's own files are laid out, so that reading them costs what it costs in life.
        return NOTICE + yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6)


def generate(
    count: int, seed: int, out: Path, year: int = 2026, progress: Callable[[int], None] = lambda done: None
) -> Path:
    """Write the library into `out` (schemas, rules and guidance are the real ones); returns its root.

    `progress` is told, now and then, how many made cases stand.
    """
    library, schemas = load_library(ROOT).library, load_schemas(ROOT / "schema")
    real = [c for c in library.cases if c.status == "published"]
    # What cites cases by hand comes last: the check of each thousand cases would miss the others.
    for part in ("schema", "rules"):
        shutil.copytree(ROOT / part, out / part, dirs_exist_ok=True)
    # The hand-written lists and pages cite real cases; these stand under their own ids, made ones behind them.
    for case in library.cases:
        _put(out, case.id, case.text)
    mint = Mint(real, schemas.case, _chains(real, schemas.case), _words(real))
    last = FIRST + count - len(library.cases)
    for start in range(FIRST, last, AT_ONCE):
        serials = range(start, min(start + AT_ONCE, last))
        _make(mint, {n: f"RC-{year}-{n:05d}" for n in serials}, seed, out, schemas)
        progress(serials.stop - FIRST)
    shutil.copytree(ROOT / "docs", out / "docs", dirs_exist_ok=True)
    shutil.copy(ROOT / "mkdocs.yml", out / "mkdocs.yml")
    return out


def _make(mint: Mint, ids: Mapping[int, str], seed: int, out: Path, schemas: Schemas) -> None:
    """Write these cases, again and again those in which the check finds an error."""
    todo, turn = ids, 0
    while todo:
        for number, case_id in todo.items():
            dice = random.Random(f"{seed}-{number}-{turn}")
            _put(out, case_id, mint.case(case_id, dice))
        wrong = _wrong(out, todo.values(), schemas)
        todo, turn = {n: case_id for n, case_id in todo.items() if _path(case_id) in wrong}, turn + 1


def _wrong(out: Path, ids: Iterable[str], schemas: Schemas) -> set[str]:
    """The files of these cases that hold an error."""
    loaded = load_library(out, [out / _path(case_id) for case_id in ids])
    return {d.path for d in run_checks(loaded, schemas, date.today()) if d.severity == "error"}


class _Dumper(yaml.CSafeDumper):
    """Quotes what would not be read back as the same text; knows the reader takes every value as text."""


def _path(case_id: str) -> str:
    return f"cases/{case_id[3:7]}/{case_id}.yaml"


def _put(out: Path, case_id: str, text: str) -> None:
    path = out / _path(case_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _made(value: Any, at: Pointer, mint: Mint, dice: random.Random) -> Any:
    """The value with its prose replaced by made-up prose of the same length, drawn words by others."""
    if isinstance(value, Mapping):
        return {
            k: v if k in KEPT and not at else _made(v, (*at, k), mint, dice)
            for k, v in ((k, thawed(v)) for k, v in value.items())
            if at or k not in LOST
        }
    if isinstance(value, list):
        if len(at) == 1 and at[0] in DRAWN:
            return _drawn(value, str(at[0]), mint, dice)
        return [_made(v, (*at, i), mint, dice) for i, v in enumerate(value)]
    if isinstance(value, str) and _is_prose(value):
        return prose(mint.chains[str(at[0])], len(value), dice)
    return value


def _drawn(items: list[Any], field: str, mint: Mint, dice: random.Random) -> list[Any]:
    """As many items as the real case has, each with another word, no word twice."""
    chosen: dict[str, None] = {}
    while len(chosen) < len(items):
        chosen[dice.choice(mint.words[field])] = None
    if not isinstance(items[0], Mapping):
        return list(chosen)
    made = []
    for term, item in zip(chosen, items, strict=True):
        kept = {k: v for k, v in item.items() if k != "rules"}
        note = kept.get("note")
        made.append(
            {**kept, "term": term, **({"note": prose(mint.chains[field], len(note), dice)} if note else {})}
        )
    return made


def _is_prose(value: str) -> bool:
    return len(value) > 6 and HAN.search(value) is not None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if _is_prose(value):
            yield value
    else:
        for child in value.values() if isinstance(value, Mapping) else value or ():
            yield from _texts(child)


def _chains(cases: list[Case], schema: Schema) -> dict[str, Chain]:
    chains: dict[str, dict[str, list[str]]] = {name: defaultdict(list) for name in schema.properties}
    for case in cases:
        for name, value in case.data.items():
            for text in _texts(value):
                for i in range(len(text) - 2):
                    chains[name][text[i : i + 2]].append(text[i + 2])
    return {
        name: Chain(
            {pair: "".join(after) for pair, after in chain.items()},
            [pair for pair, after in chain.items() if HAN.match(pair) for _ in after],
        )
        for name, chain in chains.items()
    }


def _words(cases: list[Case]) -> dict[str, list[str]]:
    """The words of each drawn list, as often as real cases use them."""
    return {
        field: [
            item["term"] if isinstance(item, Mapping) else item
            for case in cases
            for item in case.data.get(field) or ()
        ]
        for field in DRAWN
    }


def prose(chain: Chain, length: int, dice: random.Random) -> str:
    """Made-up text of at most `length` characters in which the check finds no name and no promise."""
    while True:
        out = dice.choice(chain.starts)
        while len(out) < length:
            followers = chain.after.get(out[-2:])
            out += dice.choice(followers or chain.starts)
        text = re.sub(r"[“”]|RC-", "", out[:length])
        if not any(find_names(text)) and not any(promises(text)):
            return text


def main() -> None:
    """Write a library, tell how far it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()

    def tell(done: int) -> None:
        print(f"\r{done:,} 件", end="", file=sys.stderr, flush=True)

    root = generate(asked.cases, asked.seed, asked.out, progress=tell)
    print(file=sys.stderr)
    print(root)


if __name__ == "__main__":
    main()
