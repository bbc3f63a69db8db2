"""Style sheets without what no page uses: pages look the same, and a case weighs less than the budget."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import material
import pytest
from playwright.sync_api import Browser

from build_tools.site.slim import Used, slim, slim_sheet

from .test_browser import DESK, PHONE, visit

USED = Used(frozenset({"a", "b-1"}), ("made-",), frozenset({("data-md-color-primary", "custom")}))
FIRST_VIEW = 300 * 1024
PAGES = ("index.html", "cases/RC-2026-0007.html", "guide/collective.html", "manual/commands.html")
STYLES = """() => Array.from(document.querySelectorAll("body, body *"), (element) =>
    element.tagName + "." + element.className + ["", "::before", "::after"].map((part) => {
        const style = getComputedStyle(element, part || null);
        return Array.from(style, (name) => name + ":" + style.getPropertyValue(name)).join(";"); }).join("|"))"""


@pytest.mark.parametrize(
    ("sheet", "kept"),
    [
        (".a{x:1}.gone{x:2}", ".a{x:1}"),
        (".a,.gone .a,p>.b-1{x:1}", ".a,p>.b-1{x:1}"),
        (".made-up{x:1}.a.gone:hover{x:2}", ".made-up{x:1}"),
        ("@media print{.gone{x:1}}@media screen{p{x:1}.gone{x:2}}", "@media screen{p{x:1}}"),
        ("@keyframes gone{12.5%{x:1}}@charset \"U\";p{y:url(a;b.c)}", "@keyframes gone{12.5%{x:1}}@charset \"U\";p{y:url(a;b.c)}"),
        ('p{content:"}.gone{"}.gone{content:"{"}', 'p{content:"}.gone{"}'),
        ('[href$=".gone"]{x:1}p:not(.gone){x:2}:is(.gone,p){x:3}', '[href$=".gone"]{x:1}p:not(.gone){x:2}:is(.gone,p){x:3}'),
        ("[dir=rtl] p{x:1}[dir=ltr] p{x:2}", "[dir=ltr] p{x:2}"),
        ("[data-md-color-primary=red]{x:1}[data-md-color-primary=custom]{x:2}", "[data-md-color-primary=custom]{x:2}"),
        (".gone{x:1}}p{", ".gone{x:1}}p{"),
    ],
)  # fmt: skip
def test_a_rule_goes_only_when_nothing_can_match_it(sheet: str, kept: str) -> None:
    assert slim_sheet(sheet, USED) == kept


def test_a_sheet_is_named_after_what_is_left_of_it() -> None:
    path = "assets/stylesheets/main.01234567.min.css"
    html = b'<link href="../assets/stylesheets/main.01234567.min.css"><p class="zq-one">'
    sheet = b".zq-one{x:1}.zq-two{x:2}\n/*# sourceMappingURL=main.css.map */"
    files = dict(slim([("p/a.html", html), (path, sheet), (f"{path}.map", b"{}")]))
    [name] = [name for name in files if name.endswith(".css")]
    assert files[name] == b".zq-one{x:1}\n" and name != path
    assert files == {"p/a.html": html.replace(path.encode(), name.encode()), name: files[name]}
    more = dict(slim([("p/a.html", html + b'<p class="zq-two">'), (path, sheet)]))
    assert name not in more and b".zq-one{x:1}.zq-two{x:2}\n" in more.values()


@pytest.fixture(scope="module")
def whole(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages with the theme's own sheets, and the assets."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(site / "assets", folder / "assets")
    theme = Path(material.__file__).parent / "templates/assets/stylesheets"
    for name in PAGES:
        html = (site / name).read_text(encoding="utf-8")
        for stem in ("main", "palette"):
            [sheet] = theme.glob(f"{stem}.*.css")
            html = re.sub(rf"{stem}\.[0-9a-f]{{8}}\.min\.css", sheet.name, html)
            shutil.copy(sheet, folder / "assets/stylesheets")
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(html, encoding="utf-8")
    return folder


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_pages_look_as_they_do_with_the_whole_sheets(
    browser: Browser, site: Path, whole: Path, size: tuple[int, int]
) -> None:
    with visit(browser, size) as (page, troubles):
        for name in PAGES:
            styles = []
            for folder in (site, whole):
                page.goto((folder / name).as_uri())
                page.wait_for_selector("#__palette_0", state="attached")
                styles.append(page.evaluate(STYLES))
            assert styles[0] == styles[1], name
    assert not troubles


@pytest.mark.browser
def test_the_first_view_of_a_case_is_light(browser: Browser, site: Path) -> None:
    heaviest = max((site / "cases").glob("*.html"), key=lambda path: path.stat().st_size)
    with visit(browser) as (page, troubles):
        read: set[str] = set()
        page.on("request", lambda asked: read.add(unquote(asked.url.partition("#")[0])))
        page.goto(heaviest.as_uri())
        page.wait_for_load_state("networkidle")
    files = [Path(url.removeprefix("file://")) for url in read if url.startswith("file:")]
    assert heaviest in files and len(files) > 5
    assert sum(path.stat().st_size for path in files) <= FIRST_VIEW
    assert not troubles
