"""Work spread over processes: none of them outlives the one that started them."""

from __future__ import annotations

import subprocess
import sys

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
