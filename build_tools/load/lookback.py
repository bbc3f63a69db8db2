"""Gives the policy of looking back as typed values; trusts that its shape has been checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from build_tools.memory.weak import once_per_record
from build_tools.model import Record

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a line of the policy is as it is: the reason, whether a norm says so, and which."""

    reason: str
    origin: str  # a value of the policy schema's closed list: "source" or "editor"
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """Cases whose `field` (way to it) has this value are looked at every so many months."""

    id: str
    field: tuple[str, ...]
    value: str
    months: int
    spread: int  # days by which the first look-back after entry may come earlier
    basis: Basis


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the checklist; `shows` are the ways to what the case itself says about it."""

    id: str
    label: str
    question: str
    shows: tuple[tuple[str, ...], ...]
    findings: tuple[str, ...]  # what a failed item can lead to
    origin: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a finding means: its effect, the new status of the case ("" for none), what it obliges, when to look again."""

    term: str
    effect: str  # a value of the policy schema's closed list
    status: str
    obliges: tuple[str, ...]
    again: int  # months; 0 where the usual interval holds
    basis: Basis

    @property
    def changes(self) -> bool:
        """True where the original handling does not stand."""
        return self.effect == "change"


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of obligation: what it says by default and within how many days it is to be done."""

    kind: str
    text: str
    days: int
    deadline: str  # where the number of days comes from: "source" or "editor"
    basis: Basis


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a sample is drawn unless told otherwise: percent of each stratum, at least so many of each."""

    rate: int
    least: int
    strata: tuple[str, ...]
    basis: Basis


@dataclass(frozen=True)
class Policy:
    """The whole policy, in the file's order."""

    title: str
    lead: str
    disclaimer: str
    coverage: int  # months within which every case has been looked at once
    coverage_basis: Basis
    intervals: tuple[Interval, ...]
    exempt: Mapping[str, str]  # status -> why nothing is scheduled
    sampling: Sampling
    triggers: Mapping[str, Basis]  # trigger -> what holds for it
    reviewers: tuple[Basis, ...]  # who may not look
    checklist: tuple[Item, ...]
    findings: Mapping[str, Finding]
    duties: Mapping[str, Duty]

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """The checklist by id."""
        return {item.id: item for item in self.checklist}

    def obliged(self, findings: tuple[str, ...]) -> tuple[str, ...]:
        """The kinds of obligations that these findings open, in the policy's order; unknown ones open none."""
        wanted = {kind for term in findings if term in self.findings for kind in self.findings[term].obliges}
        return tuple(kind for kind in self.duties if kind in wanted)


@once_per_record
def policy_of(record: Record) -> Policy:
    """The policy in `schema/lookback.yaml`; raises KeyError where a key is missing."""
    data = record.data
    coverage, sampling = data["coverage"], data["sampling"]
    return Policy(
        title=data["title"],
        lead=data["lead"],
        disclaimer=data["disclaimer"],
        coverage=int(coverage["months"]),
        coverage_basis=_basis(coverage),
        intervals=tuple(map(_interval, data["intervals"])),
        exempt={entry["status"]: entry["reason"] for entry in data["exempt"]},
        sampling=Sampling(
            int(sampling["rate"]), int(sampling["least"]), tuple(sampling["strata"]), _basis(sampling)
        ),
        triggers={entry["term"]: _basis(entry, "text") for entry in data.get("triggers") or ()},
        reviewers=tuple(_basis(entry, "text") for entry in data["reviewers"]),
        checklist=tuple(map(_item, data["checklist"])),
        findings={entry["term"]: _finding(entry) for entry in data["findings"]},
        duties={entry["kind"]: _duty(entry) for entry in data["obligations"]},
    )


def sound_policy(record: Record | None) -> Policy | None:
    """The policy, or None where there is none or its shape is wrong (which the check reports)."""
    try:
        return policy_of(record) if record else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def item_label(policy: Policy | None, item: str) -> str:
    """How an item of the checklist is called, or the id itself where the policy does not know it."""
    return policy.items[item].label if policy and item in policy.items else item


def steps(path: str) -> tuple[str, ...]:
    """The way to a value of a case that the policy writes as `confidence.grade`."""
    return tuple(path.split("."))


def _basis(data: Node, key: str = "reason") -> Basis:
    return Basis(data[key], data["origin"], tuple(data.get("rules") or ()))


def _interval(data: Node) -> Interval:
    return Interval(
        data["id"],
        steps(data["field"]),
        data["value"],
        int(data["months"]),
        int(data["spread"]),
        _basis(data),
    )


def _item(data: Node) -> Item:
    return Item(
        data["id"],
        data["label"],
        data["question"],
        tuple(map(steps, data["shows"])),
        tuple(data["findings"]),
        data["origin"],
        tuple(data.get("rules") or ()),
    )


def _finding(data: Node) -> Finding:
    return Finding(
        data["term"],
        data["effect"],
        data.get("status") or "",
        tuple(data["obliges"] or ()),
        int(data.get("again") or 0),
        _basis(data),
    )


def _duty(data: Node) -> Duty:
    return Duty(data["kind"], data["text"], int(data["days"]), data["deadline"], _basis(data))
