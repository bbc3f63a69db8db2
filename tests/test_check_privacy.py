"""Personal data: what must be found however it is hidden, and what must be left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_tools.check.rules.privacy import CODES
from build_tools.privacy import Finding, detect, exposing, masked
from build_tools.privacy.numbers import identity_card, luhn
from tests.check_support import lines, write

ZERO_WIDTH = "\u200b"
EXPOSED = [
    ("RC501", "身份证11010519491231002X"),
    ("RC501", "身份证11010519491231002x。"),
    ("RC501", "110105 19491231 002X"),
    ("RC501", "１１０１０５１９４９１２３１００２Ｘ"),
    ("RC501", "旧证110105491231002"),
    ("RC502", "13800138000"),
    ("RC502", "138 0013 8000"),
    ("RC502", "138-0013-8000"),
    ("RC502", "+86 13800138000"),
    ("RC502", "１３８００１３８０００"),
    ("RC502", ZERO_WIDTH.join("13800138000")),
    ("RC502", "8613800138000"),
    ("RC503", "0571-87654321"),
    ("RC503", "（0571）87654321"),
    ("RC503", "010 6655 4433"),
    ("RC503", "电话：87654321"),
    ("RC504", "浙A12345"),
    ("RC504", "浙A·12345"),
    ("RC504", "浙ＡＤ１２３４５"),
    ("RC504", "京A D12345"),
    ("RC505", "6222020000000000000"),
    ("RC505", "4111 1111 1111 1111"),
    ("RC507", "li.ming@example.com"),
    ("RC508", "QQ号：12345678"),
    ("RC508", "微信号：wx_abc123"),
    ("RC509", "文一西路969号"),
    ("RC509", "3栋2单元501室"),
    ("RC509", "12号楼302室"),
    ("RC509", "2单元501室"),
]
HARMLESS = [
    "共计13800138000元",
    "2016-05-14 至 2017-05-24",
    "浙政发〔2016〕12号",
    "（2019）浙02行终123号",
    "拨打12345热线",
    "拨打12388举报",
    "http://x.cn/20160514/13800138000.html",
    "面积1380.013平方米",
    "0.13800138000",
    "编号RC-2026-0001",
    "第110105194912310021个",
    "110105194912310021",
    "川A区域",
    "新GDP",
    "浙A牌照",
    "沪C8XXXX",
    "3号楼",
    "12号文件",
    "8号线路",
    "1号公告",
    "微信群里",
    "QQ群聊",
    "电话2016年接通",
    "电话访谈。8月23日晚19时31分",
    "330102********1234",
    "京A类",
    "7至9号楼",
]


def codes(text: str) -> set[str]:
    return {CODES[finding.kind][0] for finding in detect(text)}


@pytest.mark.parametrize(("code", "text"), EXPOSED)
def test_private_numbers_are_found(code: str, text: str) -> None:
    sentence = f"居民称{text}，已处理。"
    assert code in codes(sentence)
    assert exposing(sentence), "the quick look must not hide what the close look finds"


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_numbers_are_left_alone(text: str) -> None:
    assert detect(f"来源写明{text}，已处理。") == ()


def test_both_places_of_a_number_are_found() -> None:
    assert [f.text for f in detect("13800138000，又写138 0013 8000")] == ["13800138000", "138 0013 8000"]


@given(st.from_regex(r"[1-6]\d{16}", fullmatch=True))
def test_each_card_number_has_exactly_one_right_check_digit(digits: str) -> None:
    assert sum(identity_card(digits + last) for last in "0123456789X") == 1
    assert sum(luhn(digits + last) for last in "0123456789") == 1


def test_published_check_digits() -> None:
    assert identity_card("11010519491231002X")  # the example in GB 11643-1999
    assert luhn("4111111111111111")  # the usual test number of card schemes
    assert not luhn("4111111111111112")


@given(st.text(min_size=1, max_size=40))
def test_masking_hides_the_middle(value: str) -> None:
    shown = masked(Finding("mobile", 0, len(value), value, "error", ""))
    assert "*" in shown
    if len(value) > 8:
        assert shown[3:-3] == "*" * (len(value) - 6)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张建国书记说", "张建国"),
        ("村民李大强反映", "李大强"),
        ("书记王明同志", "王明"),
        ("（姓名：赵铁柱）", "赵铁柱"),
        ("某镇刘志远主任在会上", "刘志远"),
        ("欧阳建华主任", "欧阳建华"),
        ("居民陈秀英、黄某某", "陈秀英"),
        ("由周国华局长签字", "周国华"),
        ("举报人孙晓红先生", "孙晓红"),
        ("网格员周小兰说", "周小兰"),
    ],
)
def test_names_are_found(text: str, name: str) -> None:
    assert [finding.text for finding in detect(text)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "王某某书记",
        "李某同志",
        "村民张某反映",
        "社区书记高度重视",
        "党总支书记",
        "曾任村主任",
        "时任主任因故",
        "村民和睦相处",
        "党员和群众",
        "干部方向明确",
        "负责人安全意识",
        "姓名：不详",
        "姓名：王某",
        "姓名、住址等信息",
        "街道干部查明，问题在于",
        "没有看到干部牟利，但",
        "公路中心主任",
        "吉东村主任",
        "人民群众安全的",
        "村民于2013年",
        "何书记",
        "常务副主任",
        "居委会主任、书记",
        "党员应当",
        "金华市书记",
        "高新区主任",
    ],
)
def test_ordinary_words_are_no_names(text: str) -> None:
    assert detect(text) == ()


def test_cells_of_a_table_are_no_number(library: Path) -> None:
    """A stroke between cells is no one, though it stands for one elsewhere."""
    table = "| 读了 | 74 | 219 | 88 |\n|---|---|---|---|\n"
    write(library, "docs/说明.md", f"# 说明\n\n{table}\n先看 [[RC-2026-0001]]。\n")
    assert lines(library) == []
    write(library, "docs/说明.md", "# 说明\n\n| 电话 | 13800138000 |\n|---|---|\n")
    assert [line.split(" ")[1] for line in lines(library)] == ["RC510"]
