"""Work spread over processes: none of them outlives the one that started them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from build_tools.check import spread as module

SCRIPT = """
import time
from build_tools.check.spread import MANY, spread

def work(number):
    print("begun", flush=True)
    time.sleep(0.2)

spread(work, range(MANY), 2)
"""


def test_helpers_of_a_killed_process_end_too() -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"begun\n"
        process.kill()
        # They hold the other end of the pipe: it closes when the last of them has ended.
        process.communicate(timeout=10)


def test_results_come_in_order_whoever_made_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 700)
    found = module.spread(_with_process, range(2500), 2)
    assert [number for number, _ in found] == list(range(2500))
    makers = {process for _, process in found}
    assert os.getpid() not in makers
    assert 4 <= len(makers) <= 8  # four times fresh ones, though one of two may find nothing left to do


def _with_process(number: int) -> tuple[int, int]:
    return number, os.getpid()
