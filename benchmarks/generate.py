"""`python -m benchmarks.generate --cases N --seed S --out DIR`: a library of N made-up but valid cases, for timing.

Each case takes the structure of a real one: which fields it has, how long their texts are, which lists are coded.
The texts are drawn character by character from a chain of order two over all real texts of the same field, so
that characters and pairs are as frequent as in life (few common, many rare) while whole sentences do not repeat.
Coded words are drawn as often as real cases use them. The same seed gives the same bytes. Nothing made here is a
precedent; the output folder says so.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from build_tools.check.rules.status import promises
from build_tools.load import Schema, load_library, load_schemas
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


class Chain(NamedTuple):
    """How characters follow each other in the texts of one field."""

    after: Mapping[str, str]  # two characters -> all characters that follow them, as often as they do
    starts: Sequence[str]  # pairs of Chinese characters


def generate(count: int, seed: int, out: Path, year: int = 2026) -> Path:
    """Write the library into `out` (schemas, rules and guidance are the real ones); returns its root."""
    library, schemas = load_library(ROOT).library, load_schemas(ROOT / "schema")
    real = [c for c in library.cases if c.status == "published"]
    for part in ("schema", "rules", "docs"):
        shutil.copytree(ROOT / part, out / part, dirs_exist_ok=True)
    shutil.copy(ROOT / "mkdocs.yml", out / "mkdocs.yml")
    chains, words = _chains(real, schemas.case), _words(real)
    # The hand-written lists and pages cite real cases; these stand under their own ids, made ones behind them.
    for case in library.cases:
        _put(out, case.id, case.text)
    for number in range(1, count - len(library.cases) + 1):
        dice = random.Random(f"{seed}-{number}")
        base = dice.choice(real)
        case_id = f"RC-{year}-{10_000 + number:05d}"
        data = {**_made(base.data, (), schemas.case, chains, words, dice), "id": case_id}
        # As the library's own files are laid out, so that reading them costs what it costs in life.
        text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6)
        _put(out, case_id, NOTICE + text)
    return out


class _Dumper(yaml.CSafeDumper):
    """Quotes what would not be read back as the same text; knows the reader takes every value as text."""


def _put(out: Path, case_id: str, text: str) -> None:
    path = out / "cases" / case_id[3:7] / f"{case_id}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _made(
    value: Any, at: Pointer, schema: Schema, chains: Mapping[str, Chain], words: Any, dice: random.Random
) -> Any:
    """The value with its prose replaced by made-up prose of the same length, drawn words by others."""
    if isinstance(value, Mapping):
        return {
            k: v if k in KEPT and not at else _made(v, (*at, k), schema, chains, words, dice)
            for k, v in ((k, thawed(v)) for k, v in value.items())
            if at or k not in LOST
        }
    if isinstance(value, list):
        if len(at) == 1 and at[0] in DRAWN:
            return _drawn(value, str(at[0]), words, chains, dice)
        return [_made(v, (*at, i), schema, chains, words, dice) for i, v in enumerate(value)]
    if isinstance(value, str) and HAN.match(value) and len(value) > 6:
        return prose(chains[str(at[0])], len(value), dice)
    return value



def _drawn(
    items: list[Any], field: str, words: Any, chains: Mapping[str, Chain], dice: random.Random
) -> list[Any]:
    """As many items as the real case has, each with another word, no word twice."""
    chosen: dict[str, None] = {}
    while len(chosen) < len(items):
        chosen[dice.choice(words[field])] = None
    if not isinstance(items[0], Mapping):
        return list(chosen)
    made = []
    for term, item in zip(chosen, items, strict=True):
        kept = {k: v for k, v in item.items() if k != "rules"}
        note = kept.get("note")
        made.append(
            {**kept, "term": term, **({"note": prose(chains[field], len(note), dice)} if note else {})}
        )
    return made


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if HAN.match(value) and len(value) > 6:
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
            {pair: "".join(after) for pair, after in chain.items()}, [p for p in chain if HAN.match(p)]
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
        out = list(dice.choice(chain.starts))
        while len(out) < length:
            out.append(dice.choice(chain.after.get(out[-2] + out[-1]) or dice.choice(chain.starts)[0]))
        text = re.sub(r"[“”]|RC-", "", "".join(out[:length]))
        if not any(find_names(text)) and not any(promises(text)):
            return text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    print(generate(asked.cases, asked.seed, asked.out))
