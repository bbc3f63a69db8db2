"""Sets the book as PDF with Typst: data goes in as JSON beside a fixed template; decides no content."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typst

from build_tools.export.book.content import Book
from build_tools.export.book.fonts import Fonts, system_fonts

TEMPLATE = Path(__file__).parent / "templates" / "book.typ"
# A run of letters without a place to break it would leave the page; Chinese breaks between any two characters,
# and addresses (with a slash now and then) Typst breaks itself.
_UNBROKEN = re.compile(r"[^\s/\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]{25,}")
_PIECE = 12
_UNTOUCHED = frozenset({"url", "to", "key", "fonts"})


def book_pdf(book: Book, fonts: Fonts | None = None) -> bytes:
    """The book as a PDF file; the same book and fonts give the same bytes. Raises NoChineseFont.

    Template and data are handed over in memory. The only folder Typst may read is an empty one, where it also looks for
    packages, so that it reaches neither other files nor the network.
    """
    fonts = fonts or system_fonts()
    data = _breakable({**asdict(book), "moment": "", "fonts": asdict(fonts)}, book.digest)
    files = {"main.typ": TEMPLATE.read_bytes(), "book.json": json.dumps(data, ensure_ascii=False).encode()}
    with tempfile.TemporaryDirectory(prefix="rongcuo-book-") as empty:
        # The package's type stubs do not know that it takes a whole project in memory.
        compiler = typst.Compiler(files, root=empty, package_path=empty, package_cache_path=empty)  # type: ignore[type-var]
        made = compiler.compile(format="pdf", timestamp=book.moment)
    if not isinstance(made, bytes):
        raise RuntimeError("Typst gave several files for one PDF")
    return made


def _breakable(value: Any, whole: str) -> Any:
    """The data with invisible breaks in long unbroken words.

    What somebody may copy out of the book stays as it is: links and the digest `whole`.
    """
    if isinstance(value, str):
        return value if value == whole else _UNBROKEN.sub(_pieces, value)
    if isinstance(value, Mapping):
        if value.get("url"):
            return value
        return {k: v if k in _UNTOUCHED else _breakable(v, whole) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_breakable(item, whole) for item in value]
    return value


def _pieces(match: re.Match[str]) -> str:
    word = match[0]
    return "\u200b".join(word[start : start + _PIECE] for start in range(0, len(word), _PIECE))
