"""The fields of a case to which a search can be limited; the files that say where words stand are in `term_files.py`."""

from __future__ import annotations

from build_tools.search.index import Index

TYPE = "case"


def section_fields(index: Index) -> list[list[int | str]]:
    """The bit of each field in the masks of postings, its name and its title."""
    fields = enumerate(index.segments[TYPE].fields)
    return [[bit, name, index.titles[name]] for bit, name in fields if name != "id"]
