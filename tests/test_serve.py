"""The live preview: what browsers get and do not get, what is watched, and how edits and errors reach a page."""

from __future__ import annotations

import http.client
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, Route, expect

from build_tools.cli import main
from build_tools.memory import Memory
from build_tools.model import Diagnostic, Mark
from build_tools.serve import AlreadyRunning, Order, PortTaken, Preview, Round
from build_tools.serve.news import News, Problem, as_problems
from build_tools.serve.server import PreviewServer
from build_tools.serve.shelf import Shelf
from build_tools.serve.watching import Watcher, places
from build_tools.site.build import Built, CheckFailed
from build_tools.site.frame import FrameError
from tests.check_support import CASE, make_library, write
from tests.git_support import commit
from tests.site.conftest import small_library

PATIENCE = 60  # seconds after which a test gives up
PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1>{1}</body></html>"


def plain_build(
    order: Order, _memory: Memory, report: Callable[[str], None], _ahead: Callable[[], None]
) -> Built:
    """A stand-in for the real build: a page for each file of cases, which shows its first line.

    A file that begins with 坏 is an error there, one that begins with 崩 a fault of the program.
    """
    report("读取")
    texts = {p.stem: p.read_text(encoding="utf-8") for p in sorted(order.root.glob("cases/*/*.yaml"))}
    bad = [(name, text) for name, text in texts.items() if text.startswith("坏")]
    if bad:
        found = [Diagnostic(f"cases/2026/{n}.yaml", Mark(3, 7), "RC303", t.strip(), "改") for n, t in bad]
        raise CheckFailed(tuple(found))
    if any(text.startswith("排") for text in texts.values()):
        raise FrameError("mkdocs.yml 里写错了")
    if any(text.startswith("崩") for text in texts.values()):
        raise RuntimeError("没有想到的事")
    folder = order.site / "cases"
    folder.mkdir(parents=True, exist_ok=True)
    for stale in set(folder.glob("*.html")) - {folder / f"{name}.html" for name in texts}:
        stale.unlink()
    for name, text in texts.items():
        rest = '<p style="height: 4000px">正文</p><textarea></textarea>'
        put(folder / f"{name}.html", PAGE.format(escape(text.splitlines()[0]), rest))
    put(order.site / "index.html", PAGE.format("首页", "<script src='data.js'></script>"))
    put(order.site / "data.js", f"window.cases = {len(texts)};")
    warned = [
        Diagnostic(f"cases/2026/{n}.yaml", Mark(1, 1), "RC501", "短", severity="warning") for n in texts
    ]
    return Built(len(texts), len(texts), 3, 0, 0.0, tuple(warned), ())


def put(path: Path, text: str) -> None:
    """Write at once, as builds do."""
    fresh = path.with_name(f".{path.name}")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)


class Running:
    """A preview, the rounds it told of, and short ways to ask it."""

    def __init__(self, preview: Preview, rounds: queue.Queue[Round]) -> None:
        self.preview, self.rounds, self.root = preview, rounds, preview.order.root

    def edit(self, text: str, name: str = "RC-2026-0001") -> Round:
        """Save a case and wait for the build."""
        write(self.root, f"cases/2026/{name}.yaml", text)
        return self.rounds.get(timeout=PATIENCE)

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        return ask(self.preview.address, path, method, **headers)

    def url(self, path: str) -> str:
        return self.preview.address + path


def ask(address: str, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """Status and text of an answer; the path goes out as it is written."""
    host = address.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(host, timeout=PATIENCE)
    connection.putrequest(method, path, skip_host="host" in {key.lower() for key in headers})
    for key, value in headers.items():
        connection.putheader(key.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8", "replace")


@contextmanager
def previewing(root: Path, build: Callable[..., Built] | None = plain_build) -> Iterator[Running]:
    """A running preview of the library at `root`, first build done."""
    rounds: queue.Queue[Round] = queue.Queue()
    order = Order(root, (root / "cases",))
    preview = Preview(order, rounds.put, build) if build else Preview(order, rounds.put)
    preview.start(0)
    try:
        first = rounds.get(timeout=PATIENCE)
        assert not first.failed, first.problems
        yield Running(preview, rounds)
    finally:
        preview.close(wait=True)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A preview of two cases by the stand-in."""
    root = make_library(tmp_path / "库")
    write(root, CASE, "甲\n")
    write(root, "cases/2026/RC-2026-0002.yaml", "乙\n")
    write(root, "mkdocs.yml", "site_name: 库\n")
    with previewing(root) as started:
        yield started


# ---- what browsers get --------------------------------------------------------------------------------------


def test_pages_carry_the_live_script_and_the_files_on_disk_do_not(running: Running) -> None:
    status, html = running.get("/cases/RC-2026-0001.html")
    assert status == 200 and '<script src="/__rongcuo/live.js"' in html.partition("</head>")[0]
    stored = (running.preview.order.site / "cases/RC-2026-0001.html").read_text(encoding="utf-8")
    assert "__rongcuo" not in stored and "__rongcuo" not in running.get("/data.js")[1]
    assert running.get("/__rongcuo/live.js")[0] == running.get("/__rongcuo/live.css")[0] == 200
    assert running.get("/")[1] == running.get("/index.html")[1]
    assert not (running.root / "site").exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Host": "127.0.0.1:1"},
        {"Host": "[::1]:{port}"},
        {"Host": ""},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "script"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/data.js", "/__rongcuo/events", "/__rongcuo/live.js"])
def test_pages_of_other_origins_get_nothing(tmp_path: Path, headers: dict[str, str], path: str) -> None:
    with shelf_server(tmp_path) as server:
        port = server.address.rpartition(":")[2].rstrip("/")
        status, text = ask(server.address, path, **{k: v.format(port=port) for k, v in headers.items()})
    assert status == 403 and "cases" not in text


@contextmanager
def shelf_server(folder: Path) -> Iterator[PreviewServer]:
    """The server alone over a folder `site` that holds two files, beside a secret."""
    write(folder, "site/index.html", PAGE.format("首页", ""))
    write(folder, "site/data.js", "window.cases = 1;")
    write(folder, "site/.journal", "写到一半")
    write(folder, "secret.txt", "秘密")
    server = PreviewServer(0, Shelf(folder / "site"), News())
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.news.close()
        server.shutdown()
        server.server_close()


def test_nothing_outside_the_folder_is_given_and_no_folder_is_listed(tmp_path: Path) -> None:
    (tmp_path / "site/sub").mkdir(parents=True)
    (tmp_path / "site/out.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "site/up").symlink_to(tmp_path)
    ways = [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/sub/../../secret.txt",
        f"/{tmp_path}/secret.txt",
        "//etc/passwd",
        "/out.txt",
        "/up/secret.txt",
        "/.journal",
        "/sub",
        "/sub/",
        "/index.html%00.txt",
        "/__rongcuo/../server.py",
        "/__rongcuo/..%2fserver.py",
        "/__rongcuo/waiting.html",
        "/" + "长" * 5000,
    ]
    with shelf_server(tmp_path) as server:
        answers = {
            way: ask(server.address, way.encode().decode("latin-1") if way.isascii() else "/%E9%95%BF" * 900)
            for way in ways
        }
    assert {way: status for way, (status, _) in answers.items() if status != 404} == {}
    assert not [way for way, (_, text) in answers.items() if "秘密" in text or "import" in text]


def test_only_reading_is_possible_and_only_from_this_machine(tmp_path: Path) -> None:
    with shelf_server(tmp_path) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"
        assert {ask(server.address, "/", method)[0] for method in ("POST", "PUT", "DELETE", "OPTIONS")} == {
            501
        }
        assert ask(server.address, "/", "HEAD") == (200, "")
        kinds = {name: Shelf(tmp_path / "site").take(name) for name in ("index.html", "data.js")}
        assert [found.kind for found in kinds.values() if found] == [
            "text/html; charset=utf-8",
            "text/javascript; charset=utf-8",
        ]


def test_before_the_first_site_there_is_a_page_that_waits(tmp_path: Path) -> None:
    server = PreviewServer(0, Shelf(tmp_path / "nothing"), News())
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    status, html = ask(server.address, "/cases/RC-2026-0001.html")
    server.shutdown()
    server.server_close()
    assert status == 503 and "正在生成网站" in html and "/__rongcuo/live.js" in html


# ---- news ---------------------------------------------------------------------------------------------------


def test_a_page_is_told_only_of_what_changed_since_it_was_served(running: Running) -> None:
    for name in ("index.html", "data.js", "cases/RC-2026-0001.html", "cases/RC-2026-0002.html"):
        running.get(f"/{name}")
    news = running.preview.news
    running.edit("甲二\n")
    assert news.told(news.run, 1)["changed"] == ["cases/RC-2026-0001.html"]
    running.edit("丙\n", "RC-2026-0003")
    assert news.told(news.run, 2)["changed"] == ["data.js"]
    assert news.told(news.run, 1)["changed"] == ["cases/RC-2026-0001.html", "data.js"]
    assert news.told(news.run, 3)["changed"] == []
    assert news.told("an earlier process", 3)["changed"] is None
    (running.root / "cases/2026/RC-2026-0002.yaml").unlink()
    assert running.rounds.get(timeout=PATIENCE).changed == ("cases/2026/RC-2026-0002.yaml",)
    assert "cases/RC-2026-0002.html" in news.told(news.run, 3)["changed"]
    assert running.get("/cases/RC-2026-0002.html")[0] == 404


def test_errors_come_first_and_then_what_was_just_edited() -> None:
    def found(path: str, severity: str = "error") -> Diagnostic:
        return Diagnostic(path, Mark(2, 5), "RC303", "错了", "改", severity)

    given = [found("a", "warning"), found("a"), found("b", "warning"), found("b"), found("c")]
    shown = as_problems(given, {"b", "c"})
    assert [(p.where[0], p.severity) for p in shown] == [
        ("b", "error"),
        ("c", "error"),
        ("a", "error"),
        ("b", "warning"),
    ]
    assert str(shown[0]) == str(found("b")) == "b:2:5: RC303 错了 — 改"


def test_a_failed_build_keeps_the_site_and_says_why(running: Running) -> None:
    before = running.get("/cases/RC-2026-0001.html")
    done = running.edit("坏了\n")
    assert done.failed and [str(p) for p in done.problems] == [
        "cases/2026/RC-2026-0001.yaml:3:7: RC303 坏了 — 改"
    ]
    assert running.get("/cases/RC-2026-0001.html") == before
    assert [str(p) for p in running.edit("排\n").problems] == ["排版时出错：mkdocs.yml 里写错了"]
    [fault] = running.edit("崩\n").problems
    assert fault.message == "程序出错（RuntimeError：没有想到的事）" and "Traceback" not in str(fault)
    record = running.root / "build/preview/public-error.txt"
    assert "build/preview/public-error.txt" in fault.hint and "没有想到的事" in record.read_text(
        encoding="utf-8"
    )
    done = running.edit("甲三\n")
    assert not done.failed and "甲三" in running.get("/cases/RC-2026-0001.html")[1]
    # Of the warnings those of the edited file alone.
    assert [p.where for p in done.problems] == ["cases/2026/RC-2026-0001.yaml:1:1"]


def test_broken_formats_are_named_as_such(running: Running) -> None:
    write(running.root, "schema/case.schema.json", "{")
    running.rounds.get(timeout=PATIENCE)
    [fault] = running.edit("崩\n").problems
    assert fault.message.startswith("schema 文件夹里的格式定义读不出来")


# ---- watching -----------------------------------------------------------------------------------------------


@pytest.fixture(params=["system", "looking"])
def watcher(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watcher]:
    """A watcher of a library with a history; once by the system's means, once without."""
    root = tmp_path / "库"
    write(root, CASE, "甲\n")
    write(root, "mkdocs.yml", "site_name: 库\n")
    write(tmp_path, "ours/2026/m.yaml", "m\n")
    commit(root)
    if request.param == "looking":
        monkeypatch.setattr("build_tools.serve.watching.Observer.start", refuse)
        monkeypatch.setattr("build_tools.serve.watching.POLL", 0.05)
    started = Watcher(places(root, (root / "cases", tmp_path / "ours")))
    assert started.start() == ("" if request.param == "system" else "No space left on device")
    yield started
    started.close()


def refuse(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_what_belongs_to_the_library_is_noticed_however_it_is_saved(watcher: Watcher, tmp_path: Path) -> None:
    root = tmp_path / "库"

    def after(action: Callable[[], object]) -> list[str]:
        action()
        return [Path(path).relative_to(tmp_path).as_posix() for path in watcher.changes()]

    def save_as_editors_do() -> None:
        write(root, "cases/2026/.RC-2026-0001.yaml.swp", "x")
        write(root, "cases/2026/4913", "").unlink()
        os.replace(write(root, "cases/2026/new.tmp", "甲二\n"), root / CASE)
        write(root, "cases/2026/RC-2026-0001.yaml~", "甲\n")
        write(root, "docs/guide/new.md", "# 新\n")

    assert after(save_as_editors_do) == ["库/cases/2026/RC-2026-0001.yaml", "库/docs/guide/new.md"]
    assert after(lambda: (root / CASE).unlink()) == ["库/cases/2026/RC-2026-0001.yaml"]
    assert after(lambda: write(root, "mkdocs.yml", "site_name: 新\n")) == ["库/mkdocs.yml"]
    assert after(lambda: write(tmp_path, "ours/2026/n.yaml", "n\n")) == ["ours/2026/n.yaml"]
    assert after(lambda: write(tmp_path, "ours/2026/n.yaml", "n2\n")) == ["ours/2026/n.yaml"]
    moved = after(lambda: commit(root))
    assert moved and all(path.startswith("库/.git/") for path in moved)


def test_what_the_build_writes_is_not_watched(watcher: Watcher, tmp_path: Path) -> None:
    write(tmp_path / "库", "build/preview/public/index.html", "x")
    write(tmp_path / "库", "site/index.html", "x")
    write(tmp_path / "库", "docs/a.md", "x")
    assert [Path(path).name for path in watcher.changes()] == ["a.md"]


def test_a_folder_that_was_removed_and_made_anew_is_watched_again(watcher: Watcher, tmp_path: Path) -> None:
    cases = tmp_path / "库/cases"
    cases.rename(tmp_path / "aside")
    assert len(watcher.changes()) == 1
    (tmp_path / "aside").rename(cases)
    assert len(watcher.changes()) == 1
    write(tmp_path / "库", CASE, "甲二\n")
    assert len(watcher.changes()) == 1


# ---- in the browser -----------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_page_follows_the_file(running: Running, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 900, "height": 700})
    page.goto(running.url("cases/RC-2026-0001.html"))
    other = browser.new_page()
    other.goto(running.url("cases/RC-2026-0002.html"))
    other.evaluate("window.here = true")
    page.evaluate("scrollTo(0, 1500)")
    running.edit("<script>window.planted = 1</script>新的\n")
    expect(page.locator("h1")).to_have_text("<script>window.planted = 1</script>新的")
    page.wait_for_function("scrollY === 1500")
    assert page.evaluate("window.planted") is None

    running.edit("坏 <img src=x onerror='window.planted = 1'>\n", "RC-2026-0004")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("cases/2026/RC-2026-0004.yaml:3:7")
    expect(alert).to_contain_text("坏 <img src=x onerror='window.planted = 1'> — 改")
    expect(alert.get_by_role("link", name="RC303")).to_have_attribute("href", "/manual/RC303.html")
    expect(page.locator("h1")).to_contain_text("新的")
    assert page.evaluate("window.planted") is None
    found = Axe().run(page, context="rongcuo-preview").response
    assert found["violations"] == [] and found["passes"], found["violations"]
    check_fold(running, page)

    (running.root / "cases/2026/RC-2026-0004.yaml").unlink()
    running.rounds.get(timeout=PATIENCE)
    expect(alert).to_have_count(0)
    assert other.evaluate("window.here"), "a page that did not change was loaded again"
    expect(other.get_by_role("button")).to_have_count(0)
    page.close()
    other.close()


def check_fold(running: Running, page: Page) -> None:
    """The panel can be put away, comes back when asked for, and by itself with the next failed build."""
    alert = page.get_by_role("alert")
    page.get_by_role("button", name="收起").click()
    expect(alert).to_have_count(0)
    page.get_by_role("button", name="1 个错误").click()
    expect(alert).to_be_visible()
    page.keyboard.press("Escape")
    expect(alert).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="1 个错误")).to_be_visible()
    expect(alert).to_have_count(0)
    running.edit("坏得更多\n", "RC-2026-0004")
    expect(alert).to_contain_text("坏得更多")


@pytest.mark.browser
def test_a_page_comes_goes_and_keeps_what_the_reader_wrote(running: Running, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(running.url("cases/RC-2026-0009.html"))
    expect(page.locator("h1")).to_have_text("没有这一页")
    running.edit("新案\n", "RC-2026-0009")
    expect(page.locator("h1")).to_have_text("新案")
    page.locator("textarea").fill("写了一半")
    running.edit("新案改了\n", "RC-2026-0009")
    button = page.get_by_role("button", name="刷新")
    expect(button).to_be_visible()
    assert page.locator("textarea").input_value() == "写了一半"
    button.click()
    expect(page.locator("h1")).to_have_text("新案改了")
    (running.root / "cases/2026/RC-2026-0009.yaml").unlink()
    expect(page.locator("h1")).to_have_text("没有这一页")
    page.close()


@pytest.mark.browser
def test_what_is_written_while_the_page_still_loads_is_kept(running: Running, browser: Browser) -> None:
    page = browser.new_page()

    def late(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    page.route("**/live.js", late)
    page.goto(running.url("cases/RC-2026-0001.html"), wait_until="commit")
    page.locator("textarea").fill("写了一半")
    running.edit("甲改了\n")
    expect(page.get_by_role("button", name="刷新")).to_be_visible()
    assert page.locator("textarea").input_value() == "写了一半"
    page.close()


@pytest.mark.browser
def test_the_waiting_page_tells_the_steps_and_becomes_the_site(tmp_path: Path, browser: Browser) -> None:
    write(tmp_path, CASE, "甲\n")
    go = threading.Event()

    def slowly(
        order: Order, memory: Memory, report: Callable[[str], None], ahead: Callable[[], None]
    ) -> Built:
        report("检查")
        go.wait(PATIENCE)
        return plain_build(order, memory, report, ahead)

    preview = Preview(Order(tmp_path, (tmp_path / "cases",)), lambda _: None, slowly)
    preview.start(0)
    page = browser.new_page()
    page.goto(f"{preview.address}cases/RC-2026-0001.html")
    expect(page.locator("li")).to_have_text(["检查"])
    go.set()
    expect(page.locator("h1")).to_have_text("甲")
    page.close()
    preview.close(wait=True)


@pytest.mark.browser
def test_the_real_site_shows_edits_and_errors(tmp_path: Path, browser: Browser) -> None:
    root = small_library(tmp_path / "库")
    path = root / CASE
    good = path.read_text(encoding="utf-8")
    with previewing(root, build=None) as running:
        page, refused = browser.new_page(), []
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(running.url("cases/RC-2026-0001.html"))
        done = running.edit(re.sub(r"^title: .*$", "title: 预览里看到的新标题", good, flags=re.MULTILINE))
        assert not done.failed, done.problems
        expect(page.locator("h1").first).to_contain_text("预览里看到的新标题")
        done = running.edit(re.sub(r"^kind: .*$", "kind: toleratd", good, flags=re.MULTILINE))
        assert done.failed
        line = good.splitlines().index(next(t for t in good.splitlines() if t.startswith("kind:"))) + 1
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text(f"{CASE}:{line}:7")
        code = alert.get_by_role("link").first
        assert running.get(code.get_attribute("href") or "")[0] == 200
        expect(page.locator("h1").first).to_contain_text("预览里看到的新标题")
        running.edit(good)
        expect(alert).to_have_count(0)
        expect(page.locator("h1").first).not_to_contain_text("预览里看到的新标题")
        page.close()
    assert refused == [] and {url.split("/")[2] for url in asked} == {running.preview.address.split("/")[2]}


# ---- the command --------------------------------------------------------------------------------------------


def test_one_preview_at_a_time_writes_to_the_folder(running: Running) -> None:
    with pytest.raises(AlreadyRunning) as raised:
        Preview(running.preview.order, print).start(0)
    assert str(raised.value) == running.preview.address
    said = CliRunner().invoke(main, ["serve", "--root", str(make_root(running.root))])
    assert said.exit_code == 1
    assert f"这个案例库的预览已经开着：{running.preview.address} — 直接在浏览器里打开" in said.output


def make_root(root: Path) -> Path:
    """Make a folder pass for a library."""
    write(root, "schema/case.schema.json", "{}")
    return root


def test_a_taken_port_is_said_when_it_was_asked_for_and_else_the_next_is_used(tmp_path: Path) -> None:
    root = make_root(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = CliRunner().invoke(main, ["serve", "--root", str(root), "--port", str(port)])
        assert said.exit_code == 2
        assert f"端口 {port} 用不了（别的程序占着）— 换一个，或不写 --port" in said.output
        preview = Preview(Order(root, (root / "cases",)), lambda _: None, plain_build)
        with pytest.raises(PortTaken):
            preview.start(port)
        preview.start(port, 20)
        assert preview.address != f"http://127.0.0.1:{port}/"
        preview.close(wait=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_at_once_in_the_middle_of_a_build(tmp_path: Path, number: int) -> None:
    root = make_root(tmp_path)
    command = [sys.executable, "-m", "build_tools", "serve", "--root", str(root), "--port", "0"]
    # In the middle: the first build waits for a lock that we hold.
    import fcntl

    (root / "build").mkdir()
    with open(root / "build/.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:
            assert process.stderr
            said = [process.stderr.readline()]
            address = said[0].split("：", 1)[1].split(" ", 1)[0]
            until = time.monotonic() + PATIENCE
            while "等它结束" not in first_news(address) and time.monotonic() < until:
                time.sleep(0.05)
            process.send_signal(number)
            rest = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 0
    assert "预览结束。正在做的更新没有做完" in rest and "Traceback" not in rest


def first_news(address: str) -> str:
    """The first message that a page is sent."""
    connection = http.client.HTTPConnection(address.removeprefix("http://").rstrip("/"), timeout=PATIENCE)
    connection.request("GET", "/__rongcuo/events?run=&good=0")
    answer = connection.getresponse()
    while not (line := answer.readline()).startswith(b"data: "):
        pass
    connection.close()
    return " ".join(json.loads(line.removeprefix(b"data: "))["steps"])


def test_problems_beyond_the_first_are_counted_not_sent() -> None:
    news = News()
    news.begin()
    news.fail([Problem(str(number)) for number in range(1000)])
    told = news.told(news.run, 0)
    assert told["errors"] == 1000 and len(told["problems"]) == 100
