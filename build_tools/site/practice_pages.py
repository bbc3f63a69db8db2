"""Makes the two pages that a visitor works through, and the files they read; what is in them others decide."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from build_tools.load.drill import drill_of
from build_tools.load.selfcheck import selfcheck_of
from build_tools.output import Output
from build_tools.site.contents import Contents
from build_tools.site.drill_data import DRILLED, drill_files
from build_tools.site.frame import Page
from build_tools.site.narrowed import reads
from build_tools.site.selfcheck_data import selfcheck_files


def practice_pages(contents: Contents) -> Iterator[Page]:
    """The self-check and the drill, each where the library defines it."""
    yield from contents.pages_of(("practice",), partial(_practice_pages, contents))


def _practice_pages(contents: Contents) -> Iterator[Page]:
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


def practice_files(contents: Contents) -> Iterator[Output]:
    """Every `.js` file that the two pages read."""
    library, schema = contents.library, contents.schemas.case
    if record := library.selfcheck:
        compared = reads(schema, "title", "kind", "status", coded=True)
        yield from contents.files_of(
            "self-check", compared, partial(selfcheck_files, questions=selfcheck_of(record))
        )
    if record := library.drill:
        shown = reads(schema, *DRILLED, coded=True)
        yield from contents.files_of("drill", shown, partial(drill_files, settings=drill_of(record)))
