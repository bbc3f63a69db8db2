"""Rongcuo: loads, checks, relates, indexes and renders a library of tolerance precedents."""

__version__ = "0.1.0"
