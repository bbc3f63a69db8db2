"""The search room: documents, index, queries, shards for the browser; knows nothing about pages."""

from build_tools.search.documents import TYPES, Document, Field, documents
from build_tools.search.engine import Hit, Results, is_adverse, search, similar
from build_tools.search.index import Index, build_index
from build_tools.search.shards import shard_outputs, write_shards

__all__ = [
    "TYPES",
    "Document",
    "Field",
    "Hit",
    "Index",
    "Results",
    "build_index",
    "documents",
    "is_adverse",
    "search",
    "shard_outputs",
    "similar",
    "write_shards",
]
