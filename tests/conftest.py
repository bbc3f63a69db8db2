"""Fixtures that several test modules share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.check_support import make_library


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The folder of a small valid library: one case, one rule, one guide, the real vocabularies."""
    return make_library(tmp_path / "库")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium with no way out."""
    executable = shutil.which("chromium")
    assert executable, "Chromium is missing: tests/need.sh says how to install it"
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=quiet)
        yield chromium
        chromium.close()
