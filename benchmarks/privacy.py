"""`python -m benchmarks.privacy`: precision and recall of the detection of personal data, by kind.

A finding is right where its kind is the labelled one and the two places share at least half of what they cover
together. Half A was open while the rules were written; half B was written before them and measured afterwards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from build_tools.privacy import KINDS, Finding, detect

SNIPPETS = Path(__file__).resolve().parents[1] / "tests/fixtures/privacy_snippets.yaml"
MARKED = re.compile(r"⟦(\w+)\|([^⟧]*)⟧")
LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Label:
    """What should be found in a snippet."""

    kind: str
    start: int
    end: int


@dataclass
class Score:
    """Counts by kind."""

    right: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def precision(self, kind: str = "") -> float:
        """Right findings among all findings, of one kind or of all."""
        right, wrong = self._sum(self.right, kind), self._sum(self.wrong, kind)
        return right / (right + wrong) if right + wrong else 1.0

    def recall(self, kind: str = "") -> float:
        """Labels found among all labels, of one kind or of all."""
        right, missed = self._sum(self.right, kind), self._sum(self.missed, kind)
        return right / (right + missed) if right + missed else 1.0

    @staticmethod
    def _sum(counts: Counter[str], kind: str) -> int:
        return counts[kind] if kind else counts.total()


def read(marked: str) -> tuple[str, tuple[Label, ...]]:
    """The snippet without its marks, and the labels they made."""
    text, labels, end = "", [], 0
    for found in MARKED.finditer(marked):
        text += marked[end : found.start()]
        labels.append(Label(found[1], len(text), len(text) + len(found[2])))
        text += found[2]
        end = found.end()
    return text + marked[end:], tuple(labels)


def snippets() -> Mapping[str, Mapping[str, list[str]]]:
    """Half → kind → marked snippets."""
    content: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(SNIPPETS.read_text(encoding="utf-8"))
    return content


def scored(half: Mapping[str, list[str]]) -> Score:
    """The counts over one half."""
    score = Score()
    for marked in (line for lines in half.values() for line in lines):
        text, labels = read(marked)
        open_labels = list(labels)
        for finding in detect(text):
            label = next((label for label in open_labels if _same(label, finding)), None)
            if label is None:
                score.wrong[finding.kind] += 1
                score.faults.append(f"多报 {finding.kind}（{finding.text}）：{marked}")
            else:
                open_labels.remove(label)
                score.right[finding.kind] += 1
        for label in open_labels:
            score.missed[label.kind] += 1
            score.faults.append(f"漏报 {label.kind}：{marked}")
    return score


def _same(label: Label, finding: Finding) -> bool:
    shared = min(label.end, finding.end) - max(label.start, finding.start)
    whole = max(label.end, finding.end) - min(label.start, finding.start)
    return label.kind == finding.kind and shared >= LEAST_SHARE * whole


def main() -> None:
    """Print one table a half; what went wrong comes after it."""
    for name, half in snippets().items():
        score = scored(half)
        print(f"{name}: {sum(map(len, half.values()))} snippets, {len(half['harmless'])} of them harmless")
        print(f"{'kind':<14}{'labels':>8}{'precision':>11}{'recall':>9}")
        for kind in (*KINDS, ""):
            labels = sum(c[kind] if kind else c.total() for c in (score.right, score.missed))
            print(f"{kind or 'all':<14}{labels:>8}{score.precision(kind):>11.3f}{score.recall(kind):>9.3f}")
        print(*score.faults, "", sep="\n")


if __name__ == "__main__":
    main()
