"""Fixtures that several test modules share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check_support import make_library


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The folder of a small valid library: one case, one rule, one guide, the real vocabularies."""
    return make_library(tmp_path / "库")
