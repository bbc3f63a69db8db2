"""The record of a draw as JSON: written, read and verified by drawing again; writes no files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from build_tools.lookback.dates import day_of
from build_tools.lookback.sample import Draw, Stratum, drawn, population, values_of
from build_tools.model import Library

FORMAT = "rongcuo-lookback-sample"
VERSION = 1
_KEYS = frozenset(
    {"format", "version", "date", "seed", "rate", "size", "least", "strata", "population", "digest", "chosen"}
)


class DrawError(ValueError):
    """Why a record of a draw cannot be read, in Chinese."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found: faults of the record itself, and how the library has changed since."""

    faults: tuple[str, ...]
    gone: tuple[str, ...] = ()  # drawn from, no longer in the library
    missed: tuple[str, ...] = ()  # entered by then and in a drawn state now, but not drawn from
    moved: tuple[str, ...] = ()  # in another stratum now
    left: tuple[str, ...] = ()  # drawn from, withdrawn or merged since

    @property
    def good(self) -> bool:
        return not self.faults


def draw_json(draw: Draw) -> str:
    """The record of a draw, complete in itself."""
    data = {
        "format": FORMAT,
        "version": VERSION,
        "date": draw.date,
        "seed": draw.seed,
        "rate": draw.rate,
        "size": draw.size,
        "least": draw.least,
        "strata": list(draw.strata),
        "population": [
            {"values": list(layer.values), "share": layer.share, "ids": list(layer.ids)}
            for layer in draw.layers
        ],
        "digest": draw.digest,
        "chosen": list(draw.chosen),
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def draw_of(text: str) -> Draw:
    """A draw from its record; raises DrawError where the text is not such a record."""
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise DrawError("不是抽样记录 — 要用 rongcuo lookback sample -o 写出的文件")
        if data.get("version") != VERSION:
            raise DrawError(
                f"抽样记录的版本是 {data.get('version')}，这里只认识 {VERSION} — 用写出它的那一版程序核验"
            )
        if missing := sorted(_KEYS - data.keys()):
            raise DrawError(f"抽样记录缺 {'、'.join(missing)} — 记录不完整，找原件")
        return _read(data)
    except (json.JSONDecodeError, RecursionError):
        raise DrawError("不是完好的 JSON 文件 — 找抽样时写出的原件") from None
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise (
            error if isinstance(error, DrawError) else DrawError("抽样记录里有不认识的写法 — 找原件")
        ) from None


def _read(data: Mapping[str, Any]) -> Draw:
    def words(values: Any) -> tuple[str, ...]:
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise TypeError
        return tuple(values)

    def number(value: Any) -> int | None:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise TypeError
        return value

    layers = tuple(
        Stratum(words(s["values"]), words(s["ids"]), number(s["share"]) or 0) for s in data["population"]
    )
    rate, size = number(data["rate"]), number(data["size"])
    if (rate is None) == (size is None) or day_of(data["date"]) is None or not isinstance(data["seed"], str):
        raise TypeError
    return Draw(
        data["date"],
        data["seed"],
        rate,
        size,
        number(data["least"]) or 0,
        words(data["strata"]),
        layers,
        str(data["digest"]),
        words(data["chosen"]),
    )


def verify(draw: Draw, library: Library) -> Verdict:
    """Draw again from the record's own population and compare; then compare that population with the library."""
    layers = {layer.values: layer.ids for layer in draw.layers}
    ids = [case_id for layer in draw.layers for case_id in layer.ids]
    again = drawn(draw.date, draw.seed, draw.rate, draw.size, draw.least, draw.strata, layers)
    faults = []
    if len(layers) < len(draw.layers) or len(set(ids)) < len(ids):
        faults.append("总体里有重复的层或编号")
    if again.digest != draw.digest:
        faults.append("总体和它的摘要对不上：名单在抽样以后被改过")
    if {layer.values: layer.share for layer in again.layers} != {s.values: s.share for s in draw.layers}:
        faults.append("各层应抽的件数和比例（件数）对不上")
    if again.chosen != tuple(sorted(draw.chosen)):
        faults.append("用同一个种子重抽，抽中的不是这几件")
    return Verdict(tuple(faults), *_since(draw, library, frozenset(ids)))


def _since(
    draw: Draw, library: Library, known: frozenset[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """How the library differs from the population: ids gone, missed, moved, left."""
    day = day_of(draw.date) or date.max
    now = {case.id for case in population(library, day)}
    gone = sorted(known - library.case_by_id.keys())
    where = {case_id: layer.values for layer in draw.layers for case_id in layer.ids}
    here = [library.case_by_id[case_id] for case_id in sorted(known & library.case_by_id.keys())]
    left = tuple(case.id for case in here if case.tombstone)
    moved = tuple(
        case.id for case in here if not case.tombstone and values_of(case, draw.strata) != where[case.id]
    )
    return tuple(gone), tuple(sorted(now - known)), moved, left
