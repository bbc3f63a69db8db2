"""From files to a `Library` with the place of every value; judges no content."""

from build_tools.load.edition import INTERNAL, PUBLIC, for_edition
from build_tools.load.library import Loaded, load_library, shown_path, yaml_files
from build_tools.load.schema import Choice, Schema, Schemas, choices_of, load_schemas

__all__ = [
    "INTERNAL",
    "PUBLIC",
    "Choice",
    "Loaded",
    "Schema",
    "Schemas",
    "choices_of",
    "for_edition",
    "load_library",
    "load_schemas",
    "shown_path",
    "yaml_files",
]
