"""Makes title and description of hand-written pages plain text for a theme that writes them as markup; renders nothing."""

from __future__ import annotations

import re
from html import escape

import yaml

HEAD = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*\n", re.DOTALL)
SHOWN = ("title", "description")  # what the theme puts into pages


def plain_head(text: str) -> str:
    """The Markdown with the texts of its front matter escaped; as it is where nothing in them could act."""
    head = HEAD.match(text)
    if head is None:
        return text
    try:
        facts = yaml.safe_load(head[1])
    except yaml.YAMLError:  # the engine says what is wrong with it
        return text
    said = {key: facts[key] for key in SHOWN if key in facts} if isinstance(facts, dict) else {}
    if all(str(value) == escape(str(value)) for value in said.values()):
        return text
    facts |= {key: escape(str(value)) for key, value in said.items()}
    return f"---\n{yaml.safe_dump(facts, allow_unicode=True, sort_keys=False)}---\n{text[head.end() :]}"
