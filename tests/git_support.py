"""Scratch Git repositories for tests: nobody's settings, fixed dates, nobody's name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def git(root: Path, *arguments: str, day: str = "2026-11-22") -> str:
    """Run Git in `root` without any settings of this machine; gives what it prints, raises where it fails."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        **{f"GIT_{who}_DATE": f"{day}T12:00:00+08:00" for who in ("AUTHOR", "COMMITTER")},
    }
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], env=env, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(root: Path, day: str = "2026-11-22", message: str = "一步") -> str:
    """Commit everything below `root`, beginning a repository where there is none; gives the revision."""
    if not (root / ".git").exists():
        git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "-m", message, day=day)
    return git(root, "rev-parse", "HEAD")
