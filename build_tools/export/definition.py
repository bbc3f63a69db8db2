"""Gives schema/report.yaml, the one place that holds the report's words, points at issue and precedence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs

from build_tools.load.yaml_reader import read_yaml
from build_tools.model import thawed

SOURCE = "schema/report.yaml"


@dataclass(frozen=True, slots=True)
class Point:
    """A point at issue: terms that name it, and error factors that raise it where the facts name none."""

    id: str
    label: str
    terms: frozenset[str]
    follows: frozenset[str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the order of precedence: levels of the deciding body, and names that stand for them."""

    id: str
    label: str
    scope: str
    levels: frozenset[str]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """The report's definition; every text is reached by its keys in the file."""

    data: Mapping[str, Any]
    points: tuple[Point, ...]
    steps: tuple[Step, ...]

    def text(self, *keys: str, **facts: object) -> str:
        """The text under `keys` with its `{places}` filled; facts are inserted as they are."""
        value: Any = self.data
        for key in keys:
            value = value[key]
        return str(value).format_map(facts)

    def number(self, *keys: str) -> int:
        """The whole number under `keys`."""
        return int(self.text(*keys))

    def table_title(self, name: str) -> str:
        """The title of one of the report's tables."""
        items = (item for part in self.data["parts"] for item in part["content"])
        return next(str(item["title"]) for item in items if item.get("table") == name)

    def point_label(self, point_id: str) -> str:
        return next(point.label for point in self.points if point.id == point_id)


def load_definition(root: Path) -> Definition:
    """Read and validate the definition; raises OSError or ValueError with what is wrong."""
    parsed = read_yaml((root / SOURCE).read_bytes(), SOURCE)
    if parsed.diagnostics:
        raise ValueError(str(parsed.diagnostics[0]))
    schema = root / "schema" / "report.schema.json"
    shape = jsonschema_rs.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    for error in shape.iter_errors(thawed(parsed.data)):
        raise ValueError(f"{SOURCE}：{'/'.join(map(str, error.instance_path))}：{error.message}")
    data = parsed.data
    points = tuple(
        Point(p["id"], p["label"], frozenset(p["terms"]), frozenset(p["follows"])) for p in data["points"]
    )
    steps = tuple(
        Step(s["id"], s["label"], s["scope"], frozenset(s["levels"]), s["names"])
        for s in data["precedence"]["steps"]
    )
    return Definition(data, points, steps)
