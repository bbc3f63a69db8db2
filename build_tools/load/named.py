"""Which other cases a case names, wherever the schema lets it; judges nothing and looks none of them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from build_tools.load.schema import Node, Schema
from build_tools.model import Case

if TYPE_CHECKING:  # which itself knows the nouns
    from build_tools.memory import Memory


class Named:
    """The ids of the cases that cases name; with a memory kept on disk by the digest of the file.

    So who has the content at hand anyway asks for them, and who comes later need not read it.
    """

    def __init__(self, schema: Schema, memory: Memory | None) -> None:
        self._schema = schema
        self._fields = [name for name, node in schema.properties.items() if _refers(node, schema)]
        self._kept = memory.stage("named cases", kept=True) if memory else None

    def of(self, case: Case) -> tuple[str, ...]:
        """The ids that stand in a case, in file order; one may stand there twice."""
        if self._kept is None or not case.digest:
            return self._read(case)
        key = f"{self._schema.digest} {case.digest}"
        found: tuple[str, ...] = self._kept.get(key, lambda: self._read(case))
        return found

    def still(self) -> None:
        """Say that what the rounds before asked for is of use, though this one need not ask again."""
        if self._kept is not None:
            self._kept.still()

    def _read(self, case: Case) -> tuple[str, ...]:
        schema = self._schema
        return tuple(
            value
            for name in self._fields
            if name in case.data
            for _, value, node in schema.walk(case.data[name], schema.properties[name])
            if node.get("x-reference") == "case" and isinstance(value, str)
        )


def _refers(node: Node, schema: Schema) -> bool:
    node = schema.resolve(node)
    inner = [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])]
    return node.get("x-reference") == "case" or any(_refers(child, schema) for child in inner)
