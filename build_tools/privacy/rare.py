"""Recognises what identifies people by its rarity: a place below the county, a grave event and an exact day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from build_tools.privacy.plain import URL

# Characters that lead to a place's name, or stand in verbs and pronouns that come before 镇 and 村.
_NO_PLACE_CHARACTERS = (
    "某各本该全此的在于到自是为和与及由被向把将从写称日夜晨往至里县市区旗乡镇村时任副一社责令审查检指控委托邀请能因但载有"
    "只见看说问经对要求反映报组织召告认发现分管包联职负处核调研究署排督促导协给予补助所名户们它他她这那哪每些何还都也就才再"
    "又很最更并则且或若如即等案件部干党政机领级多几数两个已未不没无你我其间进入驻返回下派赴去来拿用让叫使令批复撤销改起接受"
)
_HAN = rf"(?:(?![{_NO_PLACE_CHARACTERS}])[\u4e00-\u9fff])"
_BEGIN = r"(?:(?<![\u4e00-\u9fff])|(?<=[在于到自至称写省州日夜晨]))"
_ABOVE = rf"(?:{_HAN}{{2,5}}(?:自治县|县|市|区|旗|镇|乡|街道|苏木)){{0,2}}"
# Patterns for rare use stay text: `re` compiles them when they are first needed.
_PLACE = (
    rf"{_BEGIN}{_ABOVE}{_HAN}{{2,4}}(?:镇|乡|街道|苏木|村|社区|屯|寨)(?!民|长|干部|级|庄|政府|党|两委|规)"
)
_NO_PLACE = (
    r"(?:示范|贫困|行政|自然|中心|城中|空心|文明|先进|智慧|和谐|老旧|全国|全省|全市|全县|有关|相关|所在|其他|这个|一个|多个|"
    r"几个|每个|两个|三个|部分|所有|当地|邻近|附近|农家|返乡|下乡|回乡|家乡|城乡|水乡|进村|驻村|到村|同村|邻村|外村|乡村|农村|新农村|"
    r"城镇|集镇|小城镇|建制|重点|特色|移民|新型|网格|党建)(?:镇|乡|街道|村|社区|屯|寨)$"
)
_EVENT = re.compile(
    r"死亡|身亡|溺亡|溺水|落水|坠亡|坠楼|坠河|跳楼|自杀|自缢|服毒|猝死|遇难|失踪|命案|杀害|性侵|强奸|拐卖|绑架|火灾|山火|爆炸|"
    r"中毒|触电|雷击|车祸|侧翻|沉没|坍塌|垮塌|塌方|透水|踩踏|冲走|重伤|流产|首例|唯一|双胞胎|三胞胎|百岁|孤儿|罕见病|艾滋|感染者"
)
_NUMERAL = r"[\d〇零○一二三四五六七八九十]"
_DAY = rf"{_NUMERAL}{{4}}年{_NUMERAL}{{1,2}}月{_NUMERAL}{{1,3}}日|(?<!\d)(?:19|20)\d\d[-./]\d{{1,2}}[-./]\d{{1,2}}(?!\d)"
_BARE_DAY = r"\d{4}-\d\d-\d\d"
MAIN_DATE = ("date", "value")


def eventful(text: str) -> bool:
    """True where a grave or rare event is named; quick."""
    return not text.isascii() and _EVENT.search(text) is not None


def dated(text: str) -> bool:
    """True where an exact day is named, other than in a web address."""
    return re.search(_DAY, URL.sub("", text)) is not None


def day_told(texts: Iterable[tuple[Sequence[str | int], str]]) -> bool:
    """True where the texts of a case, each with its pointer, tell an exact day besides those of keeping records."""
    for pointer, text in texts:
        bare = re.fullmatch(_BARE_DAY, text) is not None
        if dated(text) and pointer[:1] != ("changes",) and (not bare or tuple(pointer) == MAIN_DATE):
            return True
    return False


def rare_places(text: str) -> Iterator[tuple[int, int]]:
    """The places of named localities below the county in `text`, whatever else it says."""
    for found in re.finditer(_PLACE, text):
        if not re.search(_NO_PLACE, found[0]):
            yield found.span()
