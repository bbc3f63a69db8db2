"""Judges a loaded library: every problem of every file in one pass; prints nothing and never stops early."""

from build_tools.check.engine import run_checks

__all__ = ["run_checks"]
