"""Makes the 案例填报 page and the files that go with it: its data and the empty forms; what is asked others decide."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from build_tools.forms.blank_forms import case_form, examples_of, plan_of
from build_tools.forms.plan import Table
from build_tools.output import Output
from build_tools.site.contents import Contents
from build_tools.site.entry_data import entry_data
from build_tools.site.frame import Page
from build_tools.site.narrowed import reads
from build_tools.site.parts import data_script
from build_tools.site.toolkit_pages import DOWNLOADS

PAGE = "manual/fill.html"
DATA = "data/entry.js"
FORMS = {suffix: f"{DOWNLOADS}/case-form{suffix}" for suffix in (".docx", ".xlsx")}
SUMMARY = "在浏览器里填写一个案例：边填边检查，填好下载成文件，不联网，不保存。"


def entry_pages(contents: Contents) -> Iterator[Page]:
    """The page to fill in a case."""
    yield contents.page("entry.html.j2", PAGE, "案例填报", summary=SUMMARY, forms=FORMS)


def entry_files(contents: Contents) -> Iterator[Output]:
    """The page's data, and the forms to fill in with an office program."""
    library, schemas = contents.library, contents.schemas
    yield contents.slow_file(DATA, (), lambda: data_script("entry", entry_data(library, schemas)).encode())
    plan = plan_of(library, schemas)
    seen = reads(
        schemas.case,
        "status",
        "disclosure",
        *(part.path[0] for part in plan.parts if isinstance(part, Table)),
    )
    examples = contents.value_of("examples", seen, lambda narrowed: examples_of(plan, narrowed.library))
    for suffix, path in FORMS.items():
        yield contents.slow_file(path, (examples,), partial(case_form, library, schemas, suffix))
