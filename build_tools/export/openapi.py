"""Describes the static interface in OpenAPI 3.1, from the JSON Schemas alone; knows no data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from build_tools.export.publication import LICENCE, LICENCE_URL, TITLE, Publication
from build_tools.load import Schemas

SUFFIX = ".schema.json"
REFERENCE = re.compile(rf"^(?P<file>[a-z-]+{re.escape(SUFFIX)})?(?:#(?P<place>/.*)?)?$")
PLACE = re.compile(r"\{(\w+)\}")
# Of a document that becomes a part of another; the dialect is OpenAPI's own.
DOCUMENT_KEYS = frozenset({"$schema", "$id"})
Node = Mapping[str, Any]


def published_schemas(schemas: Schemas, *, internal: bool) -> dict[str, dict[str, Any]]:
    """File name → schema, of everything that the edition may know of.

    The case schema loses the fields that this edition never holds; a schema for cases that have left is made of
    the fields that they keep.
    """
    documents = {
        f"{schema.name}{SUFFIX}": dict(schema.document)
        for schema in (getattr(schemas, field.name) for field in fields(schemas))
    }
    case = dict(schemas.case.document)
    if not internal:
        hidden = [k for k, node in schemas.case.properties.items() if node.get("x-disclosure") == "internal"]
        case["properties"] = {k: v for k, v in case["properties"].items() if k not in hidden}
    kept = {k: v for k, v in case["properties"].items() if v.get("x-tombstone")}
    stone = {
        **case,
        "$id": f"tombstone{SUFFIX}",
        "title": "已撤下或已并入的案例",
        "description": "只剩编号、类型、状态和原因。",
        "required": [key for key in case["required"] if key in kept],
        "properties": kept,
    }
    return {**documents, f"case{SUFFIX}": case, f"tombstone{SUFFIX}": stone}


def openapi(documents: Mapping[str, Node], source: Publication) -> dict[str, Any]:
    """The OpenAPI document: one path an answer in api.schema.json, all schemas among its components."""
    api = documents[f"api{SUFFIX}"]
    components: dict[str, Any] = {}
    for name, document in documents.items():
        own = _component(name)
        components[own] = _moved(
            {k: v for k, v in document.items() if k not in (*DOCUMENT_KEYS, "$defs")}, name
        )
        for part, node in document.get("$defs", {}).items():
            components[f"{own}_{part}"] = _moved(node, name)
    answers = {name: node for name, node in api["$defs"].items() if "x-path" in node}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": api["$schema"],
        "info": {
            "title": f"{TITLE} {api['title']}",
            "description": api["description"],
            "version": source.edition.version,
            "license": {"name": LICENCE, "url": LICENCE_URL},
            "contact": {"name": source.site.organisation},
        },
        "servers": [{"url": source.site.address(api["x-base"]) if source.site.site_url else "."}],
        "paths": {
            node[key]: _path(f"{name}_{page}" if page else name, name, node, node[key], api["x-parameters"])
            for name, node in answers.items()
            for key, page in (("x-path", ""), ("x-more", "page"))
            if key in node
        },
        "components": {"schemas": components},
    }


def _path(operation: str, name: str, node: Node, path: str, parameters: Mapping[str, Node]) -> dict[str, Any]:
    """A path that can only be read."""
    given = [
        {
            "name": parameter,
            "in": "path",
            "required": True,
            "description": parameters[parameter]["description"],
            "schema": {k: v for k, v in parameters[parameter].items() if k != "description"},
        }
        for parameter in PLACE.findall(path)
    ]
    answer = {"$ref": f"#/components/schemas/{_component(f'api{SUFFIX}')}_{name}"}
    return {
        "get": {
            "operationId": operation,
            "summary": node["title"],
            "description": node["description"],
            **({"parameters": given} if given else {}),
            "responses": {
                "200": {"description": node["title"], "content": {"application/json": {"schema": answer}}},
                "404": {"description": "没有这个文件。"},
            },
        }
    }


def _component(name: str) -> str:
    return name.removesuffix(SUFFIX).replace("-", "_")


def _moved(node: Any, home: str) -> Any:
    """The node with its references pointing to where schemas lie in the OpenAPI document."""
    if isinstance(node, Mapping):
        return {
            key: _reference(str(value), home) if key == "$ref" else _moved(value, home)
            for key, value in node.items()
        }
    return [_moved(item, home) for item in node] if isinstance(node, list) else node


def _reference(reference: str, home: str) -> str:
    """`case.schema.json#/$defs/status` as `#/components/schemas/case_status`."""
    found = REFERENCE.match(reference)
    if found is None:
        raise ValueError(reference)
    place = found["place"] or ""
    name = _component(found["file"] or home)
    if place.startswith("/$defs/"):
        part, _, rest = place.removeprefix("/$defs/").partition("/")
        return f"#/components/schemas/{name}_{part}" + (f"/{rest}" if rest else "")
    return f"#/components/schemas/{name}{place}"
