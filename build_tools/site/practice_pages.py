"""Makes the two pages that a visitor works through, and the files they read; what is in them others decide."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from build_tools.load.drill import drill_of
from build_tools.load.selfcheck import selfcheck_of
from build_tools.relate.drill import exercises
from build_tools.site.contents import Contents
from build_tools.site.drill_data import drill_index, exercise_answer, exercise_facts
from build_tools.site.frame import Page
from build_tools.site.selfcheck_data import precedent_data, selfcheck_data

REGISTER = "rongcuoPractice"  # the browser's function that files call
CHUNK = 20  # exercises to a file


def practice_pages(contents: Contents) -> Iterator[Page]:
    """The self-check and the drill, each where the library defines it."""
    if record := contents.library.selfcheck:
        questions = selfcheck_of(record)
        effects = {e.value: e for e in contents.schemas.selfcheck.choices(("verdicts", 0, "when", 0))}
        yield contents.page(
            "selfcheck.html.j2",
            "practice/selfcheck.html",
            "自查",
            summary=questions.lead,
            check=questions,
            effects=effects,
        )
    if record := contents.library.drill:
        settings = drill_of(record)
        yield contents.page(
            "drill.html.j2",
            "practice/drill.html",
            "研习",
            summary=settings.lead,
            settings=settings,
        )


def practice_files(contents: Contents) -> Mapping[str, str]:
    """Path below the site → content of every `.js` file the two pages read.

    Files register themselves with one function, because neither `fetch` nor ES modules work on `file://`. The
    parts of the drill lie in a folder named after their content, so that a cached file never meets another build.
    """
    files: dict[str, str] = {}
    if record := contents.library.selfcheck:
        questions = selfcheck_of(record)
        files["selfcheck"] = data_script("selfcheck", selfcheck_data(contents, questions))
        files["precedents"] = data_script("precedents", precedent_data(contents, questions))
    if contents.library.drill:
        files.update(_drill_files(contents))
    return {f"data/{name}.js": text for name, text in files.items()}


def _drill_files(contents: Contents) -> Iterator[tuple[str, str]]:
    assert contents.library.drill is not None
    settings = drill_of(contents.library.drill)
    ready = exercises(contents.followable, contents.library, contents.schemas, settings)
    parts: dict[str, list[Any]] = {}
    for start in range(0, len(ready), CHUNK):
        some, number = ready[start : start + CHUNK], start // CHUNK
        parts[f"facts-{number}"] = [exercise_facts(e, contents) for e in some]
        parts[f"answers-{number}"] = [exercise_answer(e, contents) for e in some]
    build = hashlib.sha256(_json(parts).encode()).hexdigest()[:12]
    yield (
        "drill",
        data_script("drill", {"build": build, "chunk": CHUNK, **drill_index(contents, settings, ready)}),
    )
    for name, part in parts.items():
        yield f"drill-{build}/{name}", data_script(name, part)


def data_script(name: str, data: Any) -> str:
    """A file that hands data to the pages which work in the browser, under the name they ask for."""
    return f'{REGISTER}("{name}",{_json(data)});\n'


def _json(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
