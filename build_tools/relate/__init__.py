"""From a library to what connects its records: coded terms, citations, relations, likeness, statistics."""

from build_tools.relate.coding import Coded, coded_items
from build_tools.relate.likeness import Likeness, similar_cases
from build_tools.relate.links import Citation, Link, Relations, TermUse, pairs_apart, relate
from build_tools.relate.statistics import Count, Statistics, count_library

__all__ = [
    "Citation",
    "Coded",
    "Count",
    "Likeness",
    "Link",
    "Relations",
    "Statistics",
    "TermUse",
    "coded_items",
    "count_library",
    "pairs_apart",
    "relate",
    "similar_cases",
]
