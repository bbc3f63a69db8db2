"""Hostile text in every field of a library, in addresses, forms and boxes: shown as text, never run."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import lxml.html
import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page

from build_tools.check import run_checks
from build_tools.check.report import one_line
from build_tools.edit.compose import compose
from build_tools.forms.answers import answers_of
from build_tools.forms.draft import draft_text
from build_tools.forms.importing import import_form
from build_tools.forms.plan import make_plan
from build_tools.forms.sheet_form import sheet_form
from build_tools.forms.word_form import word_form
from build_tools.load import load_library, load_schemas
from build_tools.load.yaml_reader import read_yaml
from build_tools.site.build import build_site
from build_tools.site.data_pages import CONTACT_PLACE
from tests.hostile import MARK, PAYLOADS, Poison, Put

from .conftest import ROOT, TODAY, silent, small_library

SCHEMAS = load_schemas(ROOT / "schema")
HOSTILE_NAME = "guide/<svg onload=pwn()>.md"
# A hand-written page may hold HTML; what of it would run is held by the content policy alone.
MARKUP_PAGE = "guide/appeal.md"
MARKUP = """<script>pwn()</script>

<div><svg onload="pwn()"></svg><img src="data:image/svg+xml,x" onerror="pwn()"><a id="pwn" href="javascript:pwn()">点</a>
<iframe srcdoc="&lt;script&gt;parent.pwn()&lt;/script&gt;"></iframe><style>h1 { display: none }</style></div>
"""
# Words that other parts of the library are built on: ids of articles and states that must be those of a list.
KEPT = frozenset({"article", "state"})
FILES = (
    ("cases/2026/*.yaml", SCHEMAS.case),
    ("rules/*.yaml", SCHEMAS.rule),
    ("schema/vocabulary/*.yaml", SCHEMAS.vocabulary),
    ("schema/toolkits/*.yaml", SCHEMAS.toolkit),
    ("schema/selfcheck.yaml", SCHEMAS.selfcheck),
    ("schema/drill.yaml", SCHEMAS.drill),
    ("schema/negative-list.yaml", SCHEMAS.negative_list),
    ("schema/lookback.yaml", SCHEMAS.lookback),
    ("schema/site.yaml", SCHEMAS.site),
)
SITE = {
    "organisation": "编辑组",
    "channel": "来信来访",
    "contact": {"text": "办公室", "phone": "010-12345678", "email": "office@example.org"},
    "site_url": "https://example.org/rongcuo/",
}
# Counts every call of pwn(), every breach of the content policy and what the page would let through.
WATCH = """
window.__pwned = [];
window.pwn = (...a) => { window.__pwned.push("pwn " + location.href); };
for (const name of ["alert", "confirm", "prompt"]) window[name] = () => window.__pwned.push(name);
document.addEventListener("securitypolicyviolation",
  (e) => window.__pwned.push("policy " + e.violatedDirective + " " + e.blockedURI + " " + e.sample));
"""
MARKED = re.compile(MARK + "[b-z]{4}")
NOT_TEXT = re.compile(r"<(script|noscript)\b.*?</\1>|<[^>]*>", re.S)
LOOK = """() => {
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT), said = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent || !parent.closest("script, style, template, noscript")) said.push(walker.currentNode.data);
  }
  return { text: said.join(""), pwned: window.__pwned || [] };
}"""


@dataclass(frozen=True)
class Hostile:
    """A library full of hostile text, built in both editions, and what was put where."""

    root: Path
    put: dict[str, Put]

    def site(self, edition: str) -> Path:
        return self.root / edition


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    """One library for all tests of this module; one of its cases went through a Word form, one through Excel."""
    root = small_library(tmp_path_factory.mktemp("敌意") / "库")
    (root / "schema/site.yaml").write_text(yaml.safe_dump(SITE, allow_unicode=True), encoding="utf-8")
    with (root / "cases/2026/RC-2026-0034.yaml").open("a", encoding="utf-8") as file:
        file.write("internal:\n  notes: 内部备注\n")
    poison = Poison()
    for pattern, schema in FILES:
        for path in sorted(root.glob(pattern)):
            poison.file(path, schema, KEPT)
        if schema is SCHEMAS.case:  # while the words to choose from are still those of the library
            _through_forms(root)
    for name in ("about.md", "guide/uncertain.md", HOSTILE_NAME):
        head = {key: poison.text("题", f"guide.{key}", 10_000) for key in ("title", "description")}
        text = f"---\n{yaml.safe_dump(head, allow_unicode=True)}---\n\n# 题\n\n见 [[RC-2026-0001]]。\n\n{CONTACT_PLACE}\n"
        (root / "docs" / name).write_text(text, encoding="utf-8")
    (root / "docs" / MARKUP_PAGE).write_text(f"# 题\n\n见 [[RC-2026-0001]]。\n\n{MARKUP}\n", encoding="utf-8")
    for edition in ("public", "internal"):
        build_site(root, root / edition, TODAY, silent, edition)
    return Hostile(root, poison.put)


def _through_forms(root: Path) -> None:
    """Write two of the cases into forms, import them and put the drafts in their place."""
    library = load_library(root).library
    plan = make_plan(SCHEMAS.case, library)
    for case_id, suffix in (("RC-2026-0001", ".docx"), ("RC-2026-0007", ".xlsx")):
        case = library.case_by_id[case_id]
        answers = answers_of(plan, case.data)
        form = root.parent / f"form{suffix}"
        form.write_bytes(
            word_form(plan, (), answers, {}) if suffix == ".docx" else sheet_form(plan, answers, {})
        )
        made = import_form(form, library, SCHEMAS)
        assert made.left_over == [] and made.notes == {}
        assert {key: _words(case.data[key]) for key in made.data} == {
            k: _words(v) for k, v in made.data.items()
        }
        text = draft_text(made, SCHEMAS.case, case_id, str(case.get("entered")), "表", "")
        assert _words(read_yaml(text.encode(), "").data["title"]) == _words(case.title)
        kept = [line for key in ("status", "changes") for line in compose(key, case.data[key])]
        drafted = re.sub(r"^(status: draft\n|changes:\n(?:  .*\n)*)", "", text, flags=re.MULTILINE)
        (root / case.path).write_text(drafted + "\n".join(kept) + "\n", encoding="utf-8")


def _words(value: Any) -> Any:
    """The texts of a value without blanks and breaks, of which a form keeps only some."""
    if isinstance(value, list | tuple):
        return [_words(child) for child in value]
    if isinstance(value, Mapping):
        return {key: _words(child) for key, child in value.items()}
    return re.sub(r"[\s\ufeff]+", "", value) if isinstance(value, str) else value


class Visitor:
    """A tab that remembers everything a hostile text must not bring about."""

    def __init__(self, context: BrowserContext) -> None:
        context.add_init_script(WATCH)
        self.page: Page = context.new_page()
        self.troubles: list[str] = []
        self.page.on("dialog", lambda d: (self.troubles.append(f"dialog {d.message}"), d.dismiss()))
        self.page.on("pageerror", lambda e: self.troubles.append(f"error {e} {self.page.url}"))
        self.page.on("popup", lambda p: self.troubles.append(f"popup {p.url}"))
        self.page.on("download", lambda d: self.troubles.append(f"download {d.url}"))
        self.page.on("console", self._heard)
        self.page.on("request", self._asked)

    def _heard(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.troubles.append(f"console {said.text} {self.page.url}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:image/svg", "blob:")):
            self.troubles.append(f"foreign {request.url} from {self.page.url}")

    def open(self, address: str) -> str:
        """The text that the page shows once everything on it has run."""
        self.page.goto("about:blank")
        self.page.goto(address)
        self.page.wait_for_timeout(20)
        return self.look()

    def look(self) -> str:
        found = self.page.evaluate(LOOK)
        self.troubles += found["pwned"]
        return str(found["text"])


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    yield Visitor(context)
    context.close()


def kinds(site: Path, enough: int, put: dict[str, Put]) -> list[Path]:
    """A page of each kind, then those that add most texts in places not seen before, until `enough` are there."""
    pages: list[Path] = sorted(site.glob("*.html"))
    for folder in sorted({path.parent for path in site.rglob("*.html")} - {site}):
        found = sorted(folder.glob("*.html"), key=lambda p: (p.name != "index.html", p.name))
        pages += found[: 12 if folder.name in ("practice", "lookback", "browse") else 2]
    names = ("cases/RC-2026-0034.html", "manual/fields.html", "manual/coverage.html", "manual/fill.html")
    named = [site / name for name in (*names, HOSTILE_NAME.replace(".md", ".html"), "guide/uncertain.html")]
    first = [p for p in dict.fromkeys([*pages, *named]) if p != site / MARKUP_PAGE.replace(".md", ".html")]
    texts = {path: NOT_TEXT.sub("", path.read_text("utf-8")) for path in site.rglob("*.html")}
    held = {path: {put[mark] for mark in MARKED.findall(text)} for path, text in texts.items()}
    seen = set().union(*(held[path] for path in first))
    while len(seen) < enough:
        best = max(held, key=lambda path: len(held[path] - seen))
        if not held[best] - seen:
            break
        first.append(best)
        seen |= held[best]
    return first


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def shown(text: str, put: dict[str, Put]) -> tuple[set[Put], list[str]]:
    """What stands in a page as it was written, and what stands there otherwise; blanks do not count."""
    text = squeezed(text)
    whole, spoiled = set(), []
    for match in MARKED.finditer(text):
        what = put.get(match[0])
        wanted = squeezed(what.payload) if what else ""
        before = text[max(0, match.start() - len(wanted)) : match.start()]
        if what and before == wanted:
            whole.add(what)
        else:
            spoiled.append(f"{what}: {before[-60:]}")
    return whole, spoiled


@pytest.mark.browser
def test_every_page_shows_hostile_text_and_runs_none(hostile: Hostile, visitor: Visitor) -> None:
    seen: set[Put] = set()
    fragments = iter(PAYLOADS * 3)
    for edition, enough in (("public", 1050), ("internal", 0)):
        site = hostile.site(edition)
        for path in kinds(site, enough, hostile.put):
            address = quote(next(fragments))
            text = visitor.open(f"{path.as_uri()}?q={address}&x={address}#{address}")
            whole, spoiled = shown(text, hostile.put)
            assert not spoiled, f"{path}: {spoiled[:3]}"
            seen |= whole
    assert visitor.troubles == []
    assert len(seen) >= 1000, len(seen)
    fields = {what.context for what in seen}
    assert {"case.title", "case.internal.notes", "rule.articles.text", "guide.title"} <= fields
    assert {name.partition(".")[0] for name in fields} >= {
        "case", "rule", "vocabulary", "toolkit", "negative-list", "lookback", "site", "guide", "selfcheck", "drill",
    }  # fmt: skip


def test_no_page_holds_anything_that_could_run(hostile: Hostile) -> None:
    """Every page of both editions, as a parser sees it."""
    for site in map(hostile.site, ("public", "internal")):
        pages = [p for p in site.rglob("*.html") if p != site / MARKUP_PAGE.replace(".md", ".html")]
        assert len(pages) > 300
        for path in pages:
            document = lxml.html.document_fromstring(path.read_bytes())
            for element in document.iter("*"):
                assert element.tag not in (
                    "iframe",
                    "object",
                    "embed",
                    "base",
                    "frame",
                    "template",
                    "math",
                ), path
                for name, value in element.items():
                    assert not name.startswith("on") and name not in ("style", "srcdoc"), (path, name, value)
                    if name in ("href", "src", "action", "formaction", "xlink:href"):
                        assert not re.match(r"(?i)[\s\x00-\x1f]*(javascript|vbscript|data):", value), (
                            path,
                            value,
                        )
            inline = [
                e for e in document.iter("script") if not e.get("src") and "json" not in e.get("type", "")
            ]
            assert not any("pwn" in (e.text or "") for e in inline), path
            for block in document.iter("script"):
                if "json" in block.get("type", ""):
                    json.loads(block.text or "")


@pytest.mark.browser
def test_markup_in_a_guide_is_held_by_the_policy(hostile: Hostile, visitor: Visitor) -> None:
    visitor.open((hostile.site("public") / MARKUP_PAGE.replace(".md", ".html")).as_uri())
    visitor.page.click("#pwn", no_wait_after=True)
    visitor.page.wait_for_timeout(50)
    visitor.look()
    assert not [t for t in visitor.troubles if t.startswith(("pwn", "foreign", "dialog", "popup"))]
    held = {t.split()[1] for t in visitor.troubles if t.startswith("policy")}
    assert held >= {"script-src-elem", "script-src-attr", "style-src-elem"}
    assert visitor.page.locator("h1").first.is_visible()


@pytest.mark.browser
def test_queries_and_fragments_are_only_looked_for(hostile: Hostile, visitor: Visitor) -> None:
    page, site = visitor.page, hostile.site("public")
    visitor.open(f"{(site / 'search.html').as_uri()}#q=x")
    page.wait_for_selector("#rc-search input")
    wrong = page.evaluate(
        """async (payloads) => {
             const wrong = [], wait = (ms) => new Promise((go) => setTimeout(go, ms));
             for (const text of payloads) {
               const one = encodeURIComponent(text);
               location.hash = "q=" + one + "&kind=" + one + "&field=" + one + "&part=" + one + "&type=" + one + "&from=" + one;
               await wait(25);
               const said = Array.from(document.querySelectorAll("#rc-search input"), (i) => i.value);
               if (!said.some((value) => value.trim() === text.trim())) wrong.push([text, said[0]]);
             }
             await wait(200);
             return wrong;
           }""",
        [p for p in PAYLOADS if p.splitlines() == [p] and "\t" not in p],
    )
    assert wrong == []
    for type_, word in (("case", "未批先占"), ("rule", "容错"), ("term", "审批"), ("guide", "题")):
        page.goto("about:blank")
        page.goto(f"{(site / 'search.html').as_uri()}#q={quote(word)}&type={type_}")
        page.locator(".rc-card").first.wait_for()
        whole, _ = shown(visitor.look(), hostile.put)
        assert whole or type_ == "guide"
    page.goto((site / "index.html").as_uri())
    for payload in PAYLOADS[::12]:
        page.fill(".rc-box__input", payload)
        page.wait_for_timeout(40)
    page.press(".rc-box__input", "Enter")
    page.wait_for_url("**/search.html*")
    visitor.look()
    page.get_by_role("button", name="粘贴案情").first.click()
    page.locator("#rc-search textarea").fill("。".join(PAYLOADS)[:2900] + "未批先占修车棚")
    page.get_by_role("button", name="找类案").click()
    page.locator(".rc-card").first.wait_for()
    visitor.look()
    assert visitor.troubles == []


@pytest.mark.browser
def test_boxes_and_exercises_show_hostile_text(hostile: Hostile, visitor: Visitor) -> None:
    page, site = visitor.page, hostile.site("public")
    visitor.open((site / "practice/verify.html").as_uri())
    lines = [line.replace("\u2028", "").replace("\u2029", "") for line in PAYLOADS]
    page.fill("#rc-cited", "\n".join(f"RC-2026-{9000 + i} 第1版 {text}" for i, text in enumerate(lines)))
    page.click("#rc-verify button")
    page.wait_for_selector(".rc-verified")
    said = squeezed(visitor.look())
    assert said.count("没有这个编号") >= len(lines)
    visitor.open((site / "practice/selfcheck.html").as_uri())
    seen: set[Put] = set()
    for _ in range(40):
        seen |= shown(visitor.look(), hostile.put)[0]
        if not page.locator("#rc-selfcheck input").count():
            break
        page.locator("#rc-selfcheck input").first.check()
        page.locator("#rc-selfcheck .rc-button--main").click()
    visitor.open((site / "practice/drill.html").as_uri())
    page.get_by_role("button", name="开始").click()
    for name in ("判断好了，看当年怎么处理", "跳过这一题"):
        seen |= shown(visitor.look(), hostile.put)[0]
        if page.get_by_role("button", name=name).count():
            page.get_by_role("button", name=name).click()
    assert {what.context.partition(".")[0] for what in seen} >= {"selfcheck", "drill"}
    assert len(seen) > 40
    assert visitor.troubles == []


@pytest.mark.browser
def test_what_stands_in_for_scripts_shows_hostile_text(hostile: Hostile, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((hostile.site("public") / "practice/selfcheck.html").as_uri())
    whole, spoiled = shown(page.locator("body").inner_text(), hostile.put)
    assert len(whole) > 100 and spoiled == []
    context.close()


@pytest.mark.browser
def test_a_hostile_file_is_read_into_the_entry_page_as_text(hostile: Hostile, visitor: Visitor) -> None:
    page, root = visitor.page, hostile.root
    case = load_library(root).library.case_by_id["RC-2026-0034"]
    text = "\n".join(
        line for key, value in case.data.items() if key != "internal" for line in compose(key, value)
    )
    visitor.open((hostile.site("public") / "manual/fill.html").as_uri())
    page.wait_for_selector("html[data-entry=ready]")
    box = page.locator("#rc-entry input[type=file]")
    box.set_input_files({"name": "<svg onload=pwn()>.yaml", "mimeType": "text/yaml", "buffer": text.encode()})
    page.get_by_text("已读入 <svg onload=pwn()>.yaml").wait_for()
    values = page.eval_on_selector_all(
        "#rc-entry input, #rc-entry textarea", "all => all.map((i) => i.value)"
    )
    assert case.title in values and sum(MARK in value for value in values) > 20
    page.get_by_role("button", name="检查并下载").click()
    visitor.look()
    for name in ("<img src=x onerror=pwn()>", "__proto__", "constructor"):
        file = {"name": "x.yaml", "mimeType": "text/yaml", "buffer": f'"{name}": x\n'.encode()}
        box.set_input_files(file)
        page.locator("#rc-entry").get_by_text(re.compile("没有读入|读不了")).first.wait_for()
    visitor.look()
    visitor.troubles = [
        t for t in visitor.troubles if not t.startswith("download blob:")
    ]  # the page's own file
    assert visitor.troubles == []


@pytest.mark.browser
def test_data_files_opened_in_the_browser_run_nothing(hostile: Hostile, visitor: Visitor) -> None:
    for edition in ("public", "internal"):
        site = hostile.site(edition)
        feeds = sorted((site / "feeds").glob("*.xml"))
        api = sorted((site / "api").rglob("*.json"), key=lambda p: -p.stat().st_size)
        for path in (*feeds[:3], site / "sitemap.xml", *api[:4], site / "manifest.json"):
            assert path.exists(), path
            text = visitor.open(path.as_uri())
            assert (
                path.suffix == ".json"
                or "e.invalid" in text
                or MARK in text
                or path.name == "sitemap.xml"
                or len(text) < 3000
            )
    assert visitor.troubles == []


def test_hostile_names_of_case_files_are_refused(tmp_path: Path) -> None:
    root = small_library(tmp_path / "库")
    for name in ("<svg onload=pwn()>.yaml", "\x1b[31m.yaml", "RC-2026-0001\u202e.yaml", "x\ny.yaml"):
        (root / "cases/2026" / name).write_bytes((root / "cases/2026/RC-2026-0007.yaml").read_bytes())
    found = [d for d in run_checks(load_library(root), SCHEMAS, TODAY) if d.severity == "error"]
    assert len({d.path for d in found}) >= 4
    assert not any(c in one_line(str(d)) for d in found for c in "\x1b\n\u202e")
