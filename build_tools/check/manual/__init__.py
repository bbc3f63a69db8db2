"""The manual: one Markdown page a code, the only place for a code's title and severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

FAMILIES = MappingProxyType(
    {
        "1": "读取",
        "2": "格式",
        "3": "编号与引用",
        "4": "含义",
        "5": "个人信息",
        "6": "词表与清单",
        "7": "规则",
        "8": "措辞与分量",
        "9": "变动",
    }
)


@dataclass(frozen=True, slots=True)
class ManualPage:
    """One page: what a code means and how to mend what it reports."""

    code: str
    title: str
    severity: str  # "error" or "warning"
    family: str
    body: str  # Markdown without the front matter


@cache
def load_manual() -> tuple[ManualPage, ...]:
    """All pages in the order of their codes; raises ValueError when a page lacks its front matter."""
    pages = [
        _page(entry.name, entry.read_text(encoding="utf-8"))
        for entry in files(__name__).iterdir()
        if entry.name.endswith(".md")
    ]
    return tuple(sorted(pages, key=lambda page: page.code))


@cache
def severities() -> Mapping[str, str]:
    """Code -> "error" or "warning"."""
    return {page.code: page.severity for page in load_manual()}


def _page(name: str, text: str) -> ManualPage:
    opening, head, body = [*text.split("---\n", 2), "", ""][:3]
    facts = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    code = facts.get("code", "")
    if opening or f"{code}.md" != name or facts.get("severity") not in ("error", "warning"):
        raise ValueError(f"{name}: front matter needs code, title and severity")
    return ManualPage(code, facts["title"], facts["severity"], FAMILIES[code[2]], body.strip() + "\n")
