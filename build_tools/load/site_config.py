"""Gives schema/site.yaml as typed values: who publishes the site, how to reach them, where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from build_tools.model import Library


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """What the site says about itself; an empty text is not set. `site_url` ends with a slash."""

    organisation: str = "容错案例库编辑组"
    channel: str = "发布本库的机关已经公布的来信、来访、来电渠道"
    text: str = ""
    phone: str = ""
    email: str = ""
    site_url: str = ""

    @property
    def reachable(self) -> bool:
        """True where readers are told of an office to turn to."""
        return bool(self.text or self.phone or self.email)

    def address(self, path: str, root: str = "") -> str:
        """The full address of a file of the site, or its relative one where the site has no known address.

        `path` is relative to the site's root, `root` leads there from the file that holds the address.
        """
        return f"{self.site_url or root}{path}"


def site_of(library: Library) -> SiteConfig:
    """The settings of a library that passed the checks; what is not set keeps its default."""
    data: Mapping[str, Any] = library.site.data if library.site else {}
    contact: Mapping[str, Any] = data.get("contact") or {}
    given = {**{k: v for k, v in data.items() if k != "contact"}, **contact}
    return SiteConfig(**{key: str(value) for key, value in given.items()})
