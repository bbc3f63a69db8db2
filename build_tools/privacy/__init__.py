"""Finds what points to a person, a home or an account in any text; reads no files, judges no library, logs nothing."""

from build_tools.privacy.detect import Finding, detect, exposing, masked
from build_tools.privacy.kinds import KINDS, Kind
from build_tools.privacy.numbers import patterns
from build_tools.privacy.plain import HIDDEN
from build_tools.privacy.rare import day_told, eventful, rare_places

__all__ = [
    "HIDDEN",
    "KINDS",
    "Finding",
    "Kind",
    "day_told",
    "detect",
    "eventful",
    "exposing",
    "masked",
    "patterns",
    "rare_places",
]
