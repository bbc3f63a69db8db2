"""Runs one command and measures its whole process tree: CPU, wall clock, memory; knows nothing of what it runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_OFTEN = 0.1  # seconds between two looks at the memory
_KB = re.compile(r"^(?:Pss|VmHWM):\s*(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """What a command cost; `failed` says why there is no figure."""

    cpu: float  # seconds, user and system, of the command and everything it started
    wall: float
    memory: float  # MB at the highest, shared pages counted once; 0 where the system does not say
    output: str = ""
    failed: str = ""

    def __add__(self, other: Run) -> Run:
        """Two commands one after the other."""
        return Run(
            self.cpu + other.cpu,
            self.wall + other.wall,
            max(self.memory, other.memory),
            self.output + other.output,
            self.failed or other.failed,
        )


def run(
    command: Sequence[str | Path], folder: Path, limit: float, env: Mapping[str, str] | None = None
) -> Run:
    """Run to the end, or to `limit` seconds, when the command and everything it started is ended."""
    with tempfile.TemporaryFile() as said:
        started = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        watch = _Watch(process.pid, started + limit)
        watch.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl+C does not reach what runs in a session of its own
            os.killpg(process.pid, signal.SIGKILL)
            raise
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.done.set()
        watch.join()
        said.seek(0)
        output = said.read().decode(errors="replace")
    failed = ""
    if watch.late:
        failed = f"超过 {limit:.0f} 秒"
    elif process.returncode:
        failed = f"退出码 {process.returncode}：{' '.join(output.split())[-200:]}"
    return Run(usage.ru_utime + usage.ru_stime, wall, watch.peak / 1024, output, failed)


def own_cpu() -> float:
    """Seconds of this process and of those it has seen end."""
    times = time.process_time()
    try:
        import resource
    except ImportError:
        return times
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return times + ended.ru_utime + ended.ru_stime


class _Watch(threading.Thread):
    """Notes the highest memory of a session's processes together, and ends them when they are late."""

    def __init__(self, session: int, deadline: float) -> None:
        super().__init__(daemon=True)
        self.session, self.deadline = session, deadline
        self.done, self.late, self.peak = threading.Event(), False, 0

    def run(self) -> None:
        while not self.done.wait(_OFTEN):
            self.peak = max(self.peak, self._memory())
            if not self.late and time.monotonic() > self.deadline:
                self.late = True
                os.killpg(self.session, signal.SIGKILL)

    def _memory(self) -> int:
        """Kilobytes: the shares of all processes in memory, at least the highest mark of any one."""
        shares, highest = 0, 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if os.getsid(int(folder.name)) != self.session:
                    continue
                shares += sum(map(int, _KB.findall((folder / "smaps_rollup").read_text())))
                highest = max(highest, *map(int, _KB.findall((folder / "status").read_text())), 0)
            except (OSError, ValueError):  # it has just ended
                continue
        return max(shares, highest)
