"""Fixtures of the site's tests: the real site built once, small libraries to break, a browser."""

from __future__ import annotations

import http.server
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from build_tools.site.build import Built, build_site

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 22)


def silent(_step: str) -> None:
    """Takes the build's talk and says nothing."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public site of the real library."""
    out = tmp_path_factory.mktemp("real") / "site"
    build_site(ROOT, out, date.today(), silent)
    return out


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A small library of three real cases, every rule and term, and two short guidance pages."""
    return small_library(tmp_path / "library")


def small_library(root: Path) -> Path:
    """Write the library of the fixture `library` to `root`."""
    for part in ("schema", "rules"):
        shutil.copytree(ROOT / part, root / part)
    # The real list names cases that this library does not have.
    shutil.copy(ROOT / "tests/fixtures/base-negative-list.yaml", root / "schema/negative-list.yaml")
    # The lists of the real library point to cases that are not in this one.
    listed = root / "schema/negative-list.yaml"
    text = re.sub(r"cases: \[[^\]]*\]", "cases: [RC-2026-0001]", listed.read_text(encoding="utf-8"))
    listed.write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "mkdocs.yml", root / "mkdocs.yml")
    (root / "cases/2026").mkdir(parents=True)
    for number in (1, 7, 34):
        name = f"RC-2026-{number:04d}.yaml"
        shutil.copy(ROOT / "cases/2026" / name, root / "cases/2026" / name)
    named = re.findall(r"[\w./-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    for name in (n for n in named if (ROOT / "docs" / n).is_file()):
        path = root / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# 测试页\n\n正文见 [[RC-2026-0001]]。\n", encoding="utf-8")
    return root


@pytest.fixture
def build(library: Path) -> Callable[[], tuple[Path, Built]]:
    """Builds the small library and gives the site's folder and what the build said."""

    def run() -> tuple[Path, Built]:
        return library / "site", build_site(library, library / "site", TODAY, silent)

    return run


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Access lines would bury the tests' own output."""


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor who leaves in the middle of a file is no error."""


@pytest.fixture(scope="session", params=["file", "http"])
def address(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    """The site's address, once as a folder and once over http; ends with a slash."""
    if request.param == "file":
        yield f"{site.as_uri()}/"
        return
    server = _Server(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
