"""What is to be previewed and where it lies; builds and serves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from build_tools.load import PUBLIC
from build_tools.site.engines import DEFAULT

FOLDER = "preview"


@dataclass(frozen=True, slots=True)
class Order:
    """A library and the edition of it to be shown; `case_places` are all folders of cases."""

    root: Path
    case_places: tuple[Path, ...]
    edition: str = PUBLIC
    engine: str = DEFAULT

    @property
    def work(self) -> Path:
        """Where builds keep what they remember."""
        return self.root / "build"

    @property
    def site(self) -> Path:
        """Where the previewed site lies: never `site/`, and apart by edition, so that none shows up in the other."""
        return self.work / FOLDER / self.edition

    @property
    def lock(self) -> Path:
        """Held by the one preview of this edition; says its address."""
        return self.work / FOLDER / f"{self.edition}.lock"

    @property
    def record(self) -> Path:
        """What a fault of the program itself leaves for those who mend it."""
        return self.work / FOLDER / f"{self.edition}-error.txt"
