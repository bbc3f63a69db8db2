"""The moment that built files carry: from the environment or the data, never from the clock."""

from __future__ import annotations

import os
from datetime import UTC, datetime

# https://reproducible-builds.org/specs/source-date-epoch/: seconds since 1970-01-01 00:00 UTC.
VARIABLE = "SOURCE_DATE_EPOCH"


def source_date() -> datetime | None:
    """The moment that the environment sets for builds, or None; raises ValueError where it is no such number."""
    said = os.environ.get(VARIABLE)
    if said is None:
        return None
    try:
        return datetime.fromtimestamp(int(said), UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"环境变量 {VARIABLE} 应当是 1970 年以来的秒数，现在是“{said}”") from None


def moment_of(newest: str) -> datetime:
    """The environment's moment, or the start (UTC) of `newest`, the last day in the data; 1980 without any."""
    day = datetime.fromisoformat(newest or "1980-01-01").replace(tzinfo=UTC)
    return source_date() or day
