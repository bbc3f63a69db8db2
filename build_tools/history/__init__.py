"""What cases said before: their versions out of the Git log, field by field; changes no case, shows no page."""

from build_tools.history.told import Version
from build_tools.history.versions import History, edition_history
from build_tools.history.walk import Archive, read_archive

__all__ = ["Archive", "History", "Version", "edition_history", "read_archive"]
