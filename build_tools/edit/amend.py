"""Changes some top-level keys of a case's file and nothing else, comments and layout kept; reads and writes no files."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection
from typing import Any

from ruamel.yaml.error import YAMLError

from build_tools.edit.layout import LaidOut, laid_out, round_trip
from build_tools.load import Schema
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import START, Diagnostic


def amended(
    raw: bytes, path: str, schema: Schema, keys: Collection[str], change: Callable[[Any], None]
) -> LaidOut:
    """The file's text after `change` worked on its content, in the canonical layout.

    `change` gets the content as nested dicts and lists and may touch the top-level `keys` only. Refuses, with
    diagnostics, what cannot be read and any change elsewhere, so that the file stays as it is.
    """
    before = read_yaml(raw, path)
    if before.data is None or before.diagnostics:
        return LaidOut(None, before.diagnostics)
    yaml = round_trip()
    out = io.StringIO()
    try:
        content = yaml.load(before.text)
        change(content)
        yaml.dump(content, out)
    except (YAMLError, ValueError, TypeError, AttributeError, AssertionError) as error:
        return LaidOut(None, (_refusal(path, f"编辑程序处理不了（{type(error).__name__}）"),))
    result = laid_out(out.getvalue().encode(), path, schema)
    if result.text is None:
        return result
    after = read_yaml(result.text.encode(), path)
    touched = {key for key in {*before.data, *after.data} if before.data.get(key) != after.data.get(key)} | (
        {*before.data} ^ {*after.data}
    )
    if after.diagnostics or not touched <= set(keys):
        return LaidOut(None, (_refusal(path, "编辑会改动别的栏目"),))
    return result


def _refusal(path: str, what: str) -> Diagnostic:
    return Diagnostic(path, START, "RC101", what, "文件没有动；把注释或特殊写法移开后再试")
