"""The same public cases as Markdown sites for other generators: front matter, headings, sections, tags; builds nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from build_tools.load import Schema, for_edition, load_library, load_schemas
from build_tools.model import Case, Library

# Coded fields whose words become tags; their pages correspond to our pages of terms.
TAGGED = ("fields", "error_factors", "causes", "remedies")
MKDOCS = """site_name: 案例
theme: {name: material, language: zh, font: false}
plugins: [search]
use_directory_urls: false
nav: [index.md]
validation: {nav: {omitted_files: ignore}}
"""  # Cases stay out of the navigation: in it, three thousand of them take minutes.
HUGO = """title = "案例"
baseURL = "/"
languageCode = "zh-CN"
hasCJKLanguage = true
[taxonomies]
tag = "tags"
kind = "kinds"
[pagination]
pagerSize = 50
[services.rss]
limit = 20
"""
_BASE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ .Title }}</title><meta name="description" content="{{ .Description }}"></head><body>
<header><a href="{{ "/" | relURL }}">案例</a> <a href="{{ "/tags/" | relURL }}">词条</a></header>
<main>{{ block "main" . }}{{ end }}</main><footer>共 {{ len site.RegularPages }} 件</footer></body></html>"""
_SINGLE = """{{ define "main" }}<article data-pagefind-body><h1>{{ .Title }}</h1><p>{{ .Description }}</p>
<ul>{{ range .GetTerms "tags" }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}
{{ range .GetTerms "kinds" }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>
{{ .TableOfContents }}{{ .Content }}</article>
<nav>{{ with .PrevInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</nav>{{ end }}"""
_LIST = """{{ define "main" }}<h1>{{ .Title }}</h1><ul>{{ range .Paginator.Pages }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ .Description }}</li>{{ end }}</ul>
{{ with .Paginator }}{{ if .HasPrev }}<a href="{{ .Prev.URL }}">上一页</a>{{ end }}
{{ if .HasNext }}<a href="{{ .Next.URL }}">下一页</a>{{ end }}{{ end }}{{ end }}"""
_LAYOUTS = {"baseof": _BASE, "single": _SINGLE, "list": _LIST}


def mkdocs_site(root: Path, folder: Path) -> None:
    """The cases of the library at `root` as a site for MkDocs or Zensical."""
    _put(folder / "mkdocs.yml", MKDOCS)
    _put(folder / "docs/index.md", "# 案例\n")
    _cases(root, folder / "docs/cases")


def hugo_site(root: Path, folder: Path) -> None:
    """The same for Hugo, with layouts of its own."""
    _put(folder / "hugo.toml", HUGO)
    for name, text in _LAYOUTS.items():
        _put(folder / f"layouts/_default/{name}.html", text)
    _put(folder / "content/_index.md", "---\ntitle: 案例\n---\n")
    _cases(root, folder / "content/cases")


def _cases(root: Path, folder: Path) -> None:
    schemas = load_schemas(root / "schema")
    library = for_edition(load_library(root).library, schemas)
    for case in library.cases:
        if not case.tombstone:
            _put(folder / f"{case.id.lower()}.md", page(case, library, schemas.case))


def page(case: Case, library: Library, schema: Schema) -> str:
    """One case: what it is about in the front matter, a section a field, every value in words."""
    terms = (value for pointer, value, _ in schema.coded(case.data) if pointer[0] in TAGGED)
    head = {
        "title": case.title,
        "description": case.get("summary") or "",
        "date": f"{case.get('entered')}T00:00:00Z",
        "kinds": [schema.choice(("kind",), case.kind).label],
        "tags": list(dict.fromkeys(map(library.label, terms))),
    }
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    return "\n".join(["---", *lines, "---", *_body(case, library, schema), ""])


def _body(case: Case, library: Library, schema: Schema) -> Iterator[str]:
    for pointer, value, node in schema.walk(case.data):
        if len(pointer) == 1 and pointer[0] not in ("title", "summary"):
            yield f"\n## {schema.title(pointer)}\n"
        if isinstance(value, str) and len(pointer) and pointer[0] not in ("title", "summary"):
            said = library.label(value) if "x-vocabulary" in node else schema.choice(pointer, value).label
            said = re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", said)
            yield said if len(pointer) == 1 else f"- **{schema.title(pointer)}** {said}"


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
