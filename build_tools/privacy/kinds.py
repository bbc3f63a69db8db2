"""The kinds of personal data by name, and what to write in their place; recognises nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its id, what people call it, and what stands for it once it is taken out."""

    id: str
    name: str
    stand_in: str


KINDS: Mapping[str, Kind] = {
    kind.id: kind
    for kind in (
        Kind("id_card", "身份证号码", "〔身份证号略〕"),
        Kind("mobile", "手机号码", "〔手机号略〕"),
        Kind("landline", "固定电话号码", "〔电话略〕"),
        Kind("bank_card", "银行卡号", "〔卡号略〕"),
        Kind("plate", "车牌号", "〔车牌略〕"),
        Kind("email", "电子邮箱", "〔邮箱略〕"),
        Kind("chat", "聊天账号", "〔账号略〕"),
        Kind("address", "门牌地址", "〔地址略〕"),
        Kind("name", "真实姓名", "某某"),
        Kind("identifiable", "能认出人的小地名", "某地"),
    )
}
_BELOW_COUNTY = re.compile(r"[^县市区旗镇乡道村社]{1,5}?(街道|社区|苏木|镇|乡|村|屯|寨)")


def proposal(kind: str, value: str, surname: int = 1) -> str:
    """What to write instead of `value`: 王某某 for a name, 某镇某村 for a place, a note for a number."""
    if kind == "name":
        return value[:surname] + "某" * min(max(len(value) - surname, 1), 2)
    if kind == "identifiable":
        head = re.match(r".*?[县市区旗](?=..)", value)
        kept = head[0] if head else ""
        return kept + (_BELOW_COUNTY.sub(r"某\1", value[len(kept) :]) or KINDS[kind].stand_in)
    return KINDS[kind].stand_in
