"""Reads one filled form into an understood case, whatever kind of file it is; writes no files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from build_tools.edit.compose import compose
from build_tools.edit.layout import laid_out
from build_tools.edit.skeleton import first_change
from build_tools.forms.answers import row_texts
from build_tools.forms.blank_forms import rules_to_cite
from build_tools.forms.draft import Understood, comment, understand
from build_tools.forms.grid import read_grid
from build_tools.forms.placing import place
from build_tools.forms.plan import make_plan
from build_tools.forms.word_form import RULES_HEADING
from build_tools.load import Schemas
from build_tools.load.office import OfficeError
from build_tools.load.yaml_reader import read_yaml
from build_tools.model import Library

SUFFIXES = (".docx", ".xlsx", ".yaml")
# Keys that the importer sets in a file that came from the browser page.
SET_HERE = ("id", "status", "entered")
# One of these with its value, which may be a block of text.
OWN = re.compile(rf"^(?:{'|'.join(SET_HERE)}):(?: [|>].*\n(?: .*\n|\n)*|.*\n)", re.MULTILINE)


def import_form(path: Path, library: Library, schemas: Schemas) -> Understood:
    """What a filled .docx or .xlsx says; raises OfficeError with the reason and the remedy."""
    plan = make_plan(schemas.case, library)
    own = row_texts(plan, [case.data for case in library.cases])
    own |= {RULES_HEADING, *(rule.label for rule in rules_to_cite(library))}
    placed = place(read_grid(path), plan, own)
    if not placed.is_form:
        raise OfficeError(
            f"{path.name} 里认不出案例填报表的栏目 — 用 rongcuo form case 写一份新表，把内容填进去"
        )
    return understand(placed, plan, library, schemas.case)


def numbered_yaml(path: Path, schemas: Schemas, case_id: str, entry: str) -> str:
    """The text of a YAML file from the browser page with a number of its own, as a draft; comments are kept.

    Raises OfficeError when the file cannot be read as a case.
    """
    try:
        result = laid_out(path.read_bytes(), path.name, schemas.case)
    except OSError as error:
        raise OfficeError(f"读不出 {path.name}（{error.strerror}）— 核对文件权限") from None
    if result.text is None:
        raise OfficeError("；".join(str(d) for d in result.diagnostics))
    given = dict(zip(SET_HERE, (case_id, "draft", entry), strict=True))
    body = OWN.sub("", result.text)
    if not re.search("^changes:", body, re.MULTILINE):
        body += "\n".join(compose("changes", [first_change(entry)])) + "\n"
    head = comment(f"由 {path.name} 导入的草稿：核对每一栏，补全以后再改状态。")
    lines = [line for key, value in given.items() for line in compose(key, value)]
    whole = "\n".join([*head, *lines, body])
    whole = laid_out(whole.encode(), path.name, schemas.case).text or whole
    if not _says(whole, read_yaml(result.text.encode(), "").data, given):
        raise OfficeError(f"{path.name} 的写法认不准，没有导入 — 用“案例填报”网页打开它，重新下载再试")
    return whole


def _says(text: str, before: Any, given: Mapping[str, str]) -> bool:
    """True where the text says what the file said, with the given values in their keys."""
    made = read_yaml(text.encode(), "")
    if made.diagnostics or not isinstance(made.data, Mapping) or not isinstance(before, Mapping):
        return False
    return {"changes": made.data.get("changes"), **before, **given} == dict(made.data)
