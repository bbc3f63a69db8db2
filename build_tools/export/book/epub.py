"""Packs the book as EPUB 3 (https://www.w3.org/TR/epub-33/): one page a chapter and a case; decides no content."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from build_tools.export.book.content import Book
from build_tools.export.publication import LICENCE, LICENCE_URL

TEMPLATES = Path(__file__).parent / "templates"
_FOLDER = "EPUB"
_OLDEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file can hold
_CONTAINER = f"""<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="{_FOLDER}/content.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One XHTML file: its id in the package, its title, its template and what that needs beside the book."""

    id: str
    title: str
    template: str
    facts: Mapping[str, Any]

    @property
    def file(self) -> str:
        return f"{self.id}.xhtml"


def book_epub(book: Book) -> bytes:
    """The book as an EPUB file; the same book gives the same bytes."""
    pages = [*_front(book), *_body(book), *(back := list(_back(book)))]
    env = _environment()

    def render(template: str, **facts: Any) -> str:
        return env.get_template(template).render(book=book, **facts)

    files = {
        "META-INF/container.xml": _CONTAINER,
        f"{_FOLDER}/content.opf": render("content.opf.j2", pages=pages, **_package(book)),
        f"{_FOLDER}/nav.xhtml": render("nav.xhtml.j2", title="目录", back=back),
        f"{_FOLDER}/book.css": (TEMPLATES / "book.css").read_text(encoding="utf-8"),
        f"{_FOLDER}/cover.svg": render("cover.svg.j2"),
    }
    for page in pages:
        files[f"{_FOLDER}/{page.file}"] = render(page.template, title=page.title, **page.facts)
    return _packed(files, book)


def _front(book: Book) -> Iterator[Page]:
    yield Page("cover", book.title, "cover.xhtml.j2", {})
    yield Page("notes", "编例", "notes.xhtml.j2", {})


def _body(book: Book) -> Iterator[Page]:
    for chapter in book.chapters:
        yield Page(chapter.key, chapter.title, "chapter.xhtml.j2", {"chapter": chapter})
        for entry in chapter.entries:
            yield Page(entry.key, entry.title, "case.xhtml.j2", {"entry": entry})


def _back(book: Book) -> Iterator[Page]:
    parts = (
        ("gone", "已撤下、已并入的案例", book.gone), ("rules", "附录　引用的规则", book.rules),
        ("kinds", "类型索引", book.kinds), ("index", "词语索引", book.index), ("colophon", "版本说明", book.colophon),
    )  # fmt: skip
    for id, title, content in parts:
        if content:
            yield Page(id, title, f"{id}.xhtml.j2", {})


def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(href=lambda key: f"{key}.xhtml", lines=_lines)
    return env


def _lines(text: str) -> Markup:
    """A text with its line feeds as line breaks."""
    return Markup("<br/>").join(escape(line) for line in text.split("\n"))


def _package(book: Book) -> dict[str, str]:
    """The package's identifier, which follows from what is in it, its date and its licence."""
    ids = [entry.id for chapter in book.chapters for entry in chapter.entries]
    name = "\n".join((book.edition, book.digest, book.choice, *ids))
    return {
        "identifier": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        "modified": book.moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "licence": f"{LICENCE} {LICENCE_URL}",
    }


def _packed(files: Mapping[str, str], book: Book) -> bytes:
    """The ZIP file: `mimetype` first and stored, as readers look for it in the first bytes."""
    moment = max(_OLDEST, book.moment.timetuple()[:6])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"mimetype": "application/epub+zip", **files}.items():
            info = zipfile.ZipInfo(name, moment)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, text.encode())
    return out.getvalue()
