"""Asks Git for lists and contents of old files, with fixed arguments and no shell; understands no case."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

COMMIT = b"commit "
# Nothing that a library's own configuration says may start another program or reach for the network.
SETTINGS = ("--no-pager", "--no-replace-objects", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=")
GONE = "0"  # Git writes a removed file's content as a row of zeros


class NoHistory(Exception):
    """Git cannot tell what was asked; the text says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One step of the history and the files it changed: path below the library -> blob id, "" where removed."""

    revision: str
    date: str  # year-month-day, of the commit
    files: tuple[tuple[str, str], ...]


def ask(root: Path, *arguments: str) -> bytes:
    """What Git prints for these arguments in `root`; raises NoHistory where Git is missing or refuses."""
    try:
        done = subprocess.run(
            ["git", *SETTINGS, "-C", str(root), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_environment(),
            check=False,
        )
    except OSError:
        raise NoHistory("这台机器没有装 Git，看不到修订历史") from None
    if done.returncode:
        raise NoHistory(_reason(done.stderr.decode("utf-8", "replace")))
    return done.stdout


def commit_of(root: Path, revision: str) -> str:
    """The full id of a commit that people name in any of Git's ways; raises NoHistory where there is none."""
    name = ask_or(root, "", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not name:
        ask(root, "rev-parse", "--git-dir")  # says so where the whole history is missing
        raise NoHistory(f"历史里没有 {revision}；浅克隆先用 git fetch --unshallow 取全")
    return name


def ask_or(root: Path, otherwise: str, *arguments: str) -> str:
    """As `ask`, one line of text; `otherwise` where Git fails for whatever reason."""
    try:
        return ask(root, *arguments).decode("utf-8", "replace").strip()
    except NoHistory:
        return otherwise


def is_shallow(root: Path) -> bool:
    """True where only the latest part of the history was fetched."""
    return ask_or(root, "false", "rev-parse", "--is-shallow-repository") == "true"


def head_of(root: Path) -> str:
    """What tells whether the history is the one of before: the last commit and whether all is there; or nothing."""
    return ask_or(root, "", "rev-parse", "HEAD", "--is-shallow-repository", "--show-prefix").replace(
        "\n", " "
    )


def walk(root: Path, folder: str, revision: str = "HEAD") -> Iterator[Commit]:
    """The commits of the main line that touched `folder`, oldest first; raises NoHistory.

    Of a merge only what it brought to the main line counts, so that the steps add up to the last state.
    """
    out = ask(
        root,
        "log",
        "--first-parent",
        "-m",
        "--reverse",
        "--relative",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--no-show-signature",
        "-z",
        "--format=commit %H %cs",
        revision,
        "--",
        folder,
    )
    head, files = "", list[tuple[str, str]]()
    tokens = iter(out.split(b"\0"))
    for token in tokens:
        token = token.lstrip(b"\n")
        if token.startswith(COMMIT):
            if head:
                yield _commit(head, files)
            head, files = token.decode(), []
        elif token.startswith(b":"):
            files.append((next(tokens).decode("utf-8", "replace"), token.split()[3].decode()))
    if head:
        yield _commit(head, files)


def _commit(head: str, files: Sequence[tuple[str, str]]) -> Commit:
    _, revision, date = head.split()
    return Commit(revision, date, tuple((path, blob if blob.strip(GONE) else "") for path, blob in files))


def tree(root: Path, revision: str, folder: str) -> dict[str, str]:
    """Path below the library -> blob id of every file in `folder` at a revision; raises NoHistory."""
    rows = ask(root, "ls-tree", "-r", "-z", revision, "--", folder).split(b"\0")
    parted = (row.partition(b"\t") for row in rows if row)
    return {path.decode("utf-8", "replace"): head.split()[2].decode() for head, _, path in parted}


def blobs(root: Path, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The content of every blob by id, in the order asked for, from one process; missing ones are left out."""
    if not names:
        return
    process = subprocess.Popen(
        ["git", *SETTINGS, "-C", str(root), "cat-file", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    with process:
        assert process.stdin and process.stdout
        # Written from a thread: Git stops reading while nobody takes its answers.
        threading.Thread(target=_feed, args=(process.stdin, names), daemon=True).start()
        while header := process.stdout.readline().split():
            if len(header) == 3:
                content = process.stdout.read(int(header[2]))
                process.stdout.read(1)
                yield header[0].decode(), content


def _feed(stream: object, names: Sequence[str]) -> None:
    try:
        with stream as pipe:  # type: ignore[attr-defined]
            pipe.writelines(f"{name}\n".encode() for name in names)
    except OSError:
        pass  # Git ended; the reader sees the end of its answers


def _environment() -> dict[str, str]:
    """Git as anybody would run it here: no language, no variables of a hook that runs us, no network."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {
        **kept,
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }


def _reason(said: str) -> str:
    if "not a git repository" in said:
        return "案例库不在 Git 仓库里（例如下载的压缩包），看不到修订历史"
    if "dubious ownership" in said:
        return "Git 因为文件夹属于别的账号而拒绝读取；用 git config --global --add safe.directory 允许它"
    if "unknown revision" in said or "bad revision" in said or "does not have any commits" in said:
        return "Git 仓库里还没有提交，看不到修订历史"
    return f"Git 读不出历史（{said.strip().splitlines()[-1] if said.strip() else '没有说明原因'}）"
