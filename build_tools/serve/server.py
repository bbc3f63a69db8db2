"""Serves the previewed site to browsers on this machine, and news of it; builds nothing, changes no file.

Only the loopback address is bound. Pages of other origins get nothing: their names for this machine are refused
(DNS rebinding), and so is whatever they would load from here, because the data of a site is written as scripts.
"""

from __future__ import annotations

import json
import os
import re
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from build_tools.serve.news import News
from build_tools.serve.shelf import Shelf, media_type, name_of

HOST = "127.0.0.1"
OWN = "__rongcuo/"
EVENTS = f"{OWN}events"
CLIENT = Path(__file__).parent / "client"
WAITING, MISSING = "waiting.html", "missing.html"
HEARTBEAT = 15.0  # seconds; a browser that left is noticed when we write to it

ALWAYS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}
HEAD_END = re.compile(rb"</head\s*>", re.IGNORECASE)


class PreviewServer(ThreadingHTTPServer):
    """Bound to this machine alone; `port` 0 takes any free one. Raises OSError where the port is taken."""

    daemon_threads = True
    # On Windows the option would let two programs have the same port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, port: int, shelf: Shelf, news: News) -> None:
        super().__init__((HOST, port), Handler)
        self.shelf, self.news = shelf, news

    @property
    def address(self) -> str:
        """Where browsers find the site; ends with a slash."""
        return f"http://{HOST}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves in the middle of a file is no error, and others are none of the user's business."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "rongcuo", ""
    timeout = 60
    server: PreviewServer

    def do_GET(self) -> None:
        """A file, a page with the live script, or the stream of news."""
        if refused := self._refusal():
            self._send(HTTPStatus.FORBIDDEN, refused.encode(), "text/plain; charset=utf-8")
            return
        name = name_of(self.path)
        if name == EVENTS:
            self._stream()
        elif name and name.startswith(OWN):
            self._own(name.removeprefix(OWN))
        else:
            self._file(name)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Lines for every file would bury what the command says."""

    def _refusal(self) -> str:
        """Why this request gets nothing, or ""."""
        port = self.server.server_port
        own = {name + end for name in ("localhost", HOST) for end in ("", f":{port}")}
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0] not in own:
            return f"只接受 http://{HOST}:{port}/ 和 http://localhost:{port}/\n"
        opened = (self.headers.get("Sec-Fetch-Mode"), self.headers.get("Sec-Fetch-Dest"))
        foreign = self.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
        return "别的网站不能取用预览的内容\n" if foreign and opened != ("navigate", "document") else ""

    def _file(self, name: str | None) -> None:
        shelf = self.server.shelf
        good = (
            self.server.news.standing.good
        )  # before the file is read: it may be from the next build already
        found = shelf.take(name) if name else None
        if found:
            html = found.kind.startswith("text/html")
            self._send(HTTPStatus.OK, self._live(found.content, good) if html else found.content, found.kind)
        elif name and shelf.is_folder(name):
            self._send(HTTPStatus.MOVED_PERMANENTLY, b"", "text/plain", Location=f"/{quote(name)}/")
        elif not shelf.stands:
            self._page(WAITING, HTTPStatus.SERVICE_UNAVAILABLE, good)
        else:
            self._page(MISSING, HTTPStatus.NOT_FOUND, good)

    def _own(self, name: str) -> None:
        """A file of the preview's own."""
        path = CLIENT / name
        if name in {p.name for p in CLIENT.iterdir()} - {WAITING, MISSING}:
            self._send(HTTPStatus.OK, path.read_bytes(), media_type(name))
        else:
            self._send(HTTPStatus.NOT_FOUND, b"", "text/plain")

    def _page(self, name: str, status: HTTPStatus, good: int) -> None:
        """A page of our own; images and data that are missing get it too, which does no harm."""
        content = self._live((CLIENT / name).read_bytes(), good)
        policy = {"Content-Security-Policy": "default-src 'self'"}
        self._send(status, content, "text/html; charset=utf-8", **policy)

    def _live(self, html: bytes, good: int) -> bytes:
        """The page with the live script written in, which the page's own policy allows as a file of the site."""
        run = escape(self.server.news.run)
        script = f'<script src="/{OWN}live.js" data-run="{run}" data-good="{good}"></script>'.encode()
        end = HEAD_END.search(html)
        place = end.start() if end else len(html)
        return html[:place] + script + html[place:]

    def _stream(self) -> None:
        """News for as long as the browser listens: the standing at once, then after every change of it."""
        asked = parse_qs(urlsplit(self.path).query)
        run, number = asked.get("run", [""])[0], asked.get("good", [""])[0]
        good = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1
        self._head(HTTPStatus.OK, "text/event-stream; charset=utf-8", {"Connection": "close"})
        self.close_connection = True
        serial, news = -1, self.server.news
        self.wfile.write(b"retry: 1000\n\n")
        while self.command == "GET" and (newer := news.after(serial, HEARTBEAT)) is not None:
            told = {**news.told(run, good), "stands": self.server.shelf.stands}
            said = f"data: {json.dumps(told)}" if newer != serial else ": still here"
            self.wfile.write(f"{said}\n\n".encode())
            serial = newer

    def _send(self, status: HTTPStatus, content: bytes, kind: str, **headers: str) -> None:
        self._head(status, kind, {"Content-Length": str(len(content)), **headers})
        if self.command == "GET":
            self.wfile.write(content)

    def _head(self, status: HTTPStatus, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**ALWAYS, "Content-Type": kind, **headers}.items():
            self.send_header(key, value)
        self.end_headers()
