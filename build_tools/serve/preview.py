"""Puts the preview together: one watcher, one builder, one server; starts and ends them."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from build_tools.serve.news import News
from build_tools.serve.order import Order
from build_tools.serve.rounds import Build, Round, Rounds, build_whole
from build_tools.serve.server import PreviewServer
from build_tools.serve.shelf import Shelf
from build_tools.serve.watching import FOLDERS, SETTINGS, Watcher, places

# Why a port cannot be had, in words for users.
REASONS = {errno.EADDRINUSE: "别的程序占着", errno.EACCES: "没有权限，1024 以上的才可以随便用"}


class AlreadyRunning(Exception):
    """Another process previews the same edition of this library; the text is its address, if known."""


class PortTaken(Exception):
    """No server can be had at that port; the text says why."""


class Preview:
    """A running preview. `tell` is called after every build, from the thread that builds."""

    def __init__(self, order: Order, tell: Callable[[Round], None], build: Build = build_whole) -> None:
        self.order, self._tell, self._build = order, tell, build
        self.news, self.shelf = News(), Shelf(order.site)
        self.unwatched = ""  # why the system cannot watch, so that we look for changes ourselves
        self._lock: IO[str] | None = None
        self._server: PreviewServer | None = None
        self._watcher: Watcher | None = None
        self._builder: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where browsers find it, once started."""
        assert self._server
        return self._server.address

    @property
    def watched(self) -> tuple[Path, ...]:
        """Files and folders of the library whose changes are seen."""
        root = self.order.root
        return tuple(
            dict.fromkeys((*self.order.case_places, *(root / name for name in (*FOLDERS, SETTINGS))))
        )

    @property
    def building(self) -> bool:
        """True in the middle of a build."""
        return self.news.standing.building

    def start(self, port: int, tries: int = 1) -> None:
        """Serve at `port`, or at one of the `tries - 1` next ones; then build and watch in the background.

        Raises AlreadyRunning and PortTaken.
        """
        self._hold()
        self._server = self._bind(port, tries)
        if self._lock:
            self._lock.truncate(0)
            self._lock.write(self.address)
            self._lock.flush()
        order = self.order
        self._watcher = Watcher(
            places(order.root, order.case_places)
        )  # before the first build reads anything
        self.unwatched = self._watcher.start()
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        rounds = Rounds(order, self.news, self.shelf, self._tell, self._build)
        # A thread that does not hold up the end: a build may be cut off at any moment.
        self._builder = threading.Thread(target=rounds.run, args=(self._watcher.changes,), daemon=True)
        self._builder.start()

    def close(self, wait: bool = False) -> None:
        """End serving and watching; with `wait` also stay for the end of a build under way."""
        self.news.close()
        if self._watcher:
            self._watcher.close()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        if self._builder and wait:
            self._builder.join()
        if self._lock:
            self._lock.close()

    def _bind(self, port: int, tries: int) -> PreviewServer:
        for number in range(port, port + tries):
            try:
                return PreviewServer(number, self.shelf, self.news)
            except (OSError, OverflowError) as error:
                said = REASONS.get(getattr(error, "errno", 0), str(error))
        self.close()
        raise PortTaken(said)

    def _hold(self) -> None:
        """Be the only preview that writes to the site's folder; where the system has no such locks, nothing is held."""
        try:
            import fcntl
        except ImportError:
            return
        self.order.lock.parent.mkdir(parents=True, exist_ok=True)
        handle = open(self.order.lock, "a+", encoding="utf-8")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0, os.SEEK_SET)
            address = handle.read().strip()
            handle.close()
            raise AlreadyRunning(address) from None
        self._lock = handle
