"""RC407–RC410, RC412: a case's status, red lines, history and wording keep the library's promises."""

from __future__ import annotations

import re
from collections.abc import Iterator

from build_tools.check.context import Context, Subject, text_in
from build_tools.check.mark import record_rule
from build_tools.check.rules.dates import possible
from build_tools.model import Diagnostic

# What a status demands of `status_record` beyond being there.
DEMANDS = {"superseded": (), "overturned": ("before", "after"), "withdrawn": (), "merged": ("successor",)}
PLAIN = ("draft", "published")

PROMISE = re.compile(
    r"(?:一定|必然|必定|肯定|绝对|保证|确保|包)(?:就)?(?:可以|能够|能|会|将|给予|予以)?"
    r"(?:免责|免予处分|免予问责|免除责任|不追责|不问责|不处分|不受处分|得到容错|获得容错|容错)"
)
# Words before a promise that turn it into the warning it should be.
DENIAL = re.compile(r"(?:不|非|未|没有|别|勿|≠|并不|难以)[^，。；！？]{0,8}$")


@record_rule("case")
def boundaries_answered(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC407: a published case answers every red line."""
    vocabulary = context.library.vocabulary.get("boundaries")
    if subject.text("status") != "published" or vocabulary is None:
        return
    answered = {text_in(item, "term") for _, item in subject.items("boundaries")}
    missing = [t for t in vocabulary.terms if not t.broader and t.id not in answered]
    if missing:
        names = "、".join(context.term(t.id) for t in missing)
        mark = ("boundaries",) if "boundaries" in subject.record.data else ("status",)
        yield subject.at_key(
            mark,
            "RC407",
            f"三条边界没有答全，缺 {names}",
            "逐条写 verdict：kept（未触碰）、crossed（触碰）或 unclear（不明）",
        )


@record_rule("case")
def status_recorded(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC408 and RC409: a changed status says when, why, by whom; an unchanged one says nothing."""
    status, record = subject.text("status"), subject.record.get("status_record")
    label = subject.schema.choice(("status",), status).label
    if status in PLAIN and record is not None:
        yield subject.at_key(
            ("status_record",),
            "RC409",
            f"状态是“{label}”，不应有 status_record",
            "删去它，或把 status 改成它说的状态",
        )
    if status not in DEMANDS:
        return
    if record is None and "status_record" not in subject.record.data:
        yield subject.at(
            ("status",),
            "RC408",
            f"状态是“{label}”，却没有 status_record（状态说明）",
            "写明 date、reason、authority：何时、为何、谁批准",
        )
    for key in DEMANDS[status]:
        if record is not None and not subject.text("status_record", key).strip():
            title = subject.schema.title(("status_record", key))
            yield subject.at_key(
                ("status_record",),
                "RC408",
                f"状态是“{label}”，status_record 里缺 {key}（{title}）",
                "补上这个键",
            )


@record_rule("case")
def history_starts_with_entry(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC410: the first change is the entry, on the day of entry."""
    first = next(subject.items("changes"), None)
    entered = next((s for s in subject.spots if s.pointer == ("entered",)), None)
    if first is None or entered is None or subject.text("status") == "draft":
        return
    if not entered.well_formed or not possible(entered.value):
        return
    pointer, item = first
    if text_in(item, "type") != "created" or text_in(item, "date") != entered.value:
        yield subject.at(
            pointer,
            "RC410",
            "变更记录的第一条不是入库当天的“入库”",
            f"第一条写 type: created，date 与 entered（{entered.value}）相同",
        )


@record_rule("case", "rule")
def no_promise(subject: Subject, context: Context) -> Iterator[Diagnostic]:
    """RC412: nothing promises exemption."""
    if not PROMISE.search(subject.prose):
        return
    for pointer, text in subject.texts:
        for _, message, hint in promises(text):
            yield subject.at(pointer, "RC412", message, hint)


def promises(text: str) -> Iterator[tuple[int, str, str]]:
    """Where a promise of exemption starts that nothing before it turns round, what to say of it, what to do."""
    for found in PROMISE.finditer(text):
        if not DENIAL.search(text[: found.start()]):
            hint = "改成具备什么条件、由谁认定；先例只供参考，不保证同样处理"
            yield found.start(), f"“{found[0]}”像是承诺免责", hint
