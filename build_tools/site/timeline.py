"""One list of everything that happened to a case: in the matter, in the library, in the wording; draws nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from build_tools.export.changes import LOOKBACK, Change
from build_tools.history import Version
from build_tools.history.wording import Said, Speaker
from build_tools.load import Schemas
from build_tools.model import STATUS_CHANGE, Case, Library

# Kinds of events with their labels, in the order in which events of one day are told.
KINDS = {
    "matter": "事项",
    "entry": "入库",
    "review": "回头看",
    "change": "变更",
    "status": "状态",
    "edit": "修订",
}
_PLACE = {kind: place for place, kind in enumerate(KINDS)}
DECISION = "decision"  # basis of a date: the day of the handling itself
OPEN = 1200  # characters of differences that a case page itself shows, the newest; more has a page of its own
STATUS = ("status", "status_record")
LATER = "9"  # sorts what is not committed yet after every date


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; an empty date means that it is not committed yet."""

    date: str
    kind: str  # a key of KINDS
    title: str
    text: str = ""
    note: str = ""
    url: str = ""  # where on the site more is said, from the site's top
    details: tuple[Said, ...] = ()

    @property
    def label(self) -> str:
        return KINDS[self.kind]


@dataclass(frozen=True)
class Teller:
    """Tells the events of the cases of one edition."""

    library: Library
    schemas: Schemas

    def events(self, case: Case, versions: Sequence[Version], changes: Sequence[Change]) -> tuple[Event, ...]:
        """Oldest first; `changes` are the entries of changes and look-backs of this case."""
        edits = reversed(list(self._edits(case, versions)))
        found = [*self._matter(case), *self._library(case, changes), *edits]
        return tuple(sorted(found, key=lambda e: (e.date or LATER, _PLACE[e.kind])))

    def _matter(self, case: Case) -> Iterator[Event]:
        schema = self.schemas.case
        value, basis = str(case.get("date", "value") or ""), str(case.get("date", "basis") or "")
        decided = str(case.get("outcome", "date") or "")
        if value and value != decided:
            choice = schema.choice(("date", "basis"), basis)
            measures = str(case.get("outcome", "measures") or "") if basis == DECISION else ""
            yield Event(value, "matter", choice.label, measures or choice.definition)
        for step in case.data.get("procedure") or ():
            if step.get("date"):
                yield Event(step["date"], "matter", self.library.label(step["stage"]), step["text"])
        if decided:
            measures = str(case.get("outcome", "measures") or "")
            yield Event(decided, "matter", schema.title(("outcome",)), measures)

    def _library(self, case: Case, changes: Sequence[Change]) -> Iterator[Event]:
        url, schema = f"cases/{case.id}.html", self.schemas.case
        if not any(change.type == "created" for change in changes):
            yield Event(str(case.data["entered"]), "entry", schema.title(("entered",)))
        for change in changes:
            note = "；".join(filter(None, (_reason(case, change), change.by, change.basis)))
            if change.type == LOOKBACK:
                review = f"{url}#review-{change.number + 1}"
                yield Event(change.date, "review", change.label, change.what, note, review)
            else:
                kind = "entry" if change.type == "created" else "change"
                yield Event(change.date, kind, change.label, change.what, note)
        record = case.data.get("status_record")
        if record and (record["date"], STATUS_CHANGE) not in {(c.date, c.type) for c in changes}:
            label = schema.choice(("status",), case.status).label
            yield Event(record["date"], "status", label, record["reason"], record["authority"])

    def _edits(self, case: Case, versions: Sequence[Version]) -> Iterator[Event]:
        """Revisions of the wording, newest first; entries of the record are events of their own and left out."""
        speaker = Speaker(self.library, self.schemas.case)
        fields = self.schemas.case.properties
        readable = [(v, v.case) for v in versions if v.case]
        room = OPEN
        for number in range(len(readable), 1, -1):
            (_, before), (version, after) = readable[number - 2 : number]
            changes = [
                c
                for c in version.changes
                if fields.get(str(c.path[0]), {}).get("x-section") != "history"
                and not (c.path[0] in STATUS and after.get("status_record"))  # told as a change of status
            ]
            if changes:
                said = speaker.say(changes, before.data, after.data)
                room -= sum(item.size for item in said)
                text = "、".join(speaker.fields(changes))
                url = f"{version_path(case)}#v{number}"
                shown = said if room >= 0 else ()
                yield Event(version.date, "edit", f"修改文字（{len(said)} 处）", text, "", url, shown)


def _reason(case: Case, change: Change) -> str:
    """Why the status changed, where this entry is the one that changed it."""
    record = case.data.get("status_record") or {}
    own = change.type == STATUS_CHANGE and record.get("date") == change.date
    reason = str(record.get("reason") or "").removesuffix("。") if own else ""
    return f"原因：{reason}" if reason else ""


def version_path(case: Case) -> str:
    """Where the versions of a case are told."""
    return f"versions/{case.id}.html"
