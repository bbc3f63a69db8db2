"""Makes the two pages that a visitor works through, and the files they read; what is in them others decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from build_tools.load.drill import drill_of
from build_tools.load.selfcheck import selfcheck_of
from build_tools.site.contents import Contents
from build_tools.site.drill_data import drill_files
from build_tools.site.frame import Page
from build_tools.site.selfcheck_data import selfcheck_files


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
    """Path below the site → content of every `.js` file the two pages read."""
    library = contents.library
    return {
        **(selfcheck_files(contents, selfcheck_of(library.selfcheck)) if library.selfcheck else {}),
        **(drill_files(contents, drill_of(library.drill)) if library.drill else {}),
    }
