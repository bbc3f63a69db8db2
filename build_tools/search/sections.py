"""The fields of a case to which a search can be limited; the files that say where words stand are in `term_files.py`."""

from __future__ import annotations

from build_tools.search.index import Index

TYPE = "case"


def section_fields(index: Index) -> list[list[int | str]]:
    """The bit of each field in the masks of postings, its name and its title."""
    segment = index.segments[TYPE]
    titles = {part.name: part.title for d in index.documents if d.type == TYPE for part in d.fields}
    return [[bit, name, titles[name]] for bit, name in enumerate(segment.fields) if name != "id"]
