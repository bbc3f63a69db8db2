"""Lets `python -m build_tools` stand in for the `rongcuo` command; holds nothing else."""

from build_tools.cli import main

if __name__ == "__main__":
    main()
