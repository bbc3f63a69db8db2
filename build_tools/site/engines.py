"""The engines that render the frame and the hand-written pages; what is filled into frames is not known here.

Nothing of the library depends on one engine: all of them read the same Markdown tree, the same mkdocs.yml and
the same theme folder, and give the same slots to fill. What each lacks is told in docs/manual/engines.md.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import yaml

from build_tools.site.frame import THEME, FrameError

# (root of the library, folder of Markdown, folder to render into, mark of the edition or "")
Render = Callable[[Path, Path, Path, str], None]

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to render the frame; `render` raises FrameError in the engine's own words when it warns or fails."""

    package: str
    render: Render


def engine_named(name: str) -> Engine:
    """The engine of that name, ready to run; raises FrameError when it is unknown or not installed."""
    engine = ENGINES.get(name)
    if engine is None:
        raise FrameError(f"没有名为 {name} 的排版引擎 — 可用的有 {'、'.join(ENGINES)}")
    if importlib.util.find_spec(engine.package) is None:
        raise FrameError(
            f"排版引擎 {name} 没有安装 — 在项目文件夹里运行 {sys.executable} -m pip install -e '.[engines]'，"
            f"或者去掉 --engine 用默认的 {DEFAULT}"
        )
    return engine


def _in_process(package: str, root: Path, docs: Path, out: Path, edition: str) -> None:
    """Render with MkDocs or with its fork: same functions, another top-level package."""
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    build = importlib.import_module(f"{package}.commands.build").build
    load_config = importlib.import_module(f"{package}.config").load_config
    yaml_load = importlib.import_module(f"{package}.utils.yaml").yaml_load

    problems: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            problems.append(record.getMessage())

    logger = logging.getLogger(package)
    handler = Collect(logging.WARNING)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        source = root / "mkdocs.yml"
        with _plainly(source):
            written = yaml_load(source.read_text(encoding="utf-8"))
        theme = {**written["theme"], "custom_dir": str(THEME)}
        extra = {**written.get("extra", {}), "edition": edition}
        config = load_config(str(source), docs_dir=str(docs), site_dir=str(out), theme=theme, extra=extra)
        build(config)
    except click.ClickException as error:  # both have their own exceptions, all of them of this kind
        raise FrameError(str(error)) from error
    finally:
        logger.removeHandler(handler)
    if problems:
        raise FrameError("；".join(problems))


def _zensical(root: Path, docs: Path, out: Path, edition: str) -> None:
    """Render with Zensical, which runs as a program and wants a config file above both folders.

    Its cache is not kept: a render costs about a second, and a damaged cache could not be told from a good one.
    """
    source = (root / "mkdocs.yml").resolve()
    missing = [page for page in _menu_pages(_menu(source)) if not (docs / page).is_file()]
    if missing:  # Zensical says nothing of them
        raise FrameError(
            f"{source.name} 的 nav 里写了没有的页面：{'、'.join(missing)} — 改正文件名，或者删去这几行"
        )
    docs, out = docs.absolute(), out.absolute()
    place = Path(os.path.commonpath((docs, out)))
    config = place / "zensical.yml"
    settings = {
        "INHERIT": str(source),
        "docs_dir": str(docs.relative_to(place)),
        "site_dir": str(out.relative_to(place)),
        # The classic variant has the class names that our styles and the theme folder are written for.
        "theme": {"custom_dir": str(THEME), "variant": "classic"},
        "extra": {"edition": edition},
    }
    config.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "--config-file", str(config)]
    run = subprocess.run(command, cwd=place, capture_output=True, encoding="utf-8", errors="replace")
    shutil.rmtree(place / ".cache", ignore_errors=True)
    if run.returncode:
        raise FrameError(ANSI.sub("", f"{run.stdout}\n{run.stderr}").strip())
    # Its own search is not used, and the look of the other variant is not linked from any page.
    (out / "search.json").unlink(missing_ok=True)
    shutil.rmtree(out / "assets/stylesheets/modern", ignore_errors=True)


def _menu(source: Path) -> Any:
    """The `nav` of a configuration; the base loader reads names of functions in it as plain text."""
    with _plainly(source):
        return yaml.load(source.read_text(encoding="utf-8"), yaml.BaseLoader).get("nav", [])


@contextmanager
def _plainly(source: Path) -> Iterator[None]:
    """Say in plain words, with the place, that a configuration is not YAML."""
    try:
        yield
    except (yaml.YAMLError, click.ClickException) as error:  # MkDocs wraps the first into one of the second
        broken = error if isinstance(error, yaml.YAMLError) else error.__context__
        if not isinstance(broken, yaml.YAMLError):
            raise
        mark = getattr(broken, "problem_mark", None)
        place = f"{source.name}:{mark.line + 1}:{mark.column + 1}" if mark else source.name
        raise FrameError(f"{place} 不合 YAML 的格式 — 核对这一行和上一行的缩进、冒号和引号") from error


def _menu_pages(entry: Any) -> Iterator[str]:
    """The Markdown files named anywhere in a menu."""
    if isinstance(entry, str):
        yield from [entry] if entry.endswith(".md") else []
    else:
        for part in entry.values() if isinstance(entry, Mapping) else entry:
            yield from _menu_pages(part)


ENGINES: Mapping[str, Engine] = {
    "mkdocs": Engine("mkdocs", partial(_in_process, "mkdocs")),
    "properdocs": Engine("properdocs", partial(_in_process, "properdocs")),
    "zensical": Engine("zensical", _zensical),
}
DEFAULT = "mkdocs"
