"""What of a document the browser shows: its head, and the lines that may stand under it; knows no files."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from build_tools.search.documents import Document

SHORTEST = 10  # characters; shorter lines are labels, not passages
SHOWN = 20  # bytes of the digest of what is shown


def lines(document: Document) -> list[str]:
    """The sentences of a document that can stand as a snippet, in the document's order; each once."""
    texts = (part.text for part in document.fields if part.name not in ("id", "title"))
    return list(dict.fromkeys(line for text in texts for line in text.split("\n") if len(line) >= SHORTEST))


def head(document: Document) -> str:
    """What a result card shows, as one line of JSON."""
    facets = document.facets
    shown = [
        document.id,
        document.title,
        document.url,
        (facets.get("kind") or [""])[0],
        (facets.get("status") or [""])[0],
        document.place,
        document.date,
        document.summary,
    ]
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def passages(document: Document) -> str:
    """Its lines, from which snippets are chosen."""
    return "\n".join(lines(document))


def measured(text: str) -> tuple[bytes, int]:
    """A digest of a text and its length in bytes."""
    raw = text.encode()
    return hashlib.blake2b(raw, digest_size=SHOWN).digest(), len(raw)
