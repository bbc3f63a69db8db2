"""Recognises personal names next to a title or a label; knows nothing of files.

A name is believed only where a surname, characters common in given names and a context come together,
because running Chinese text is full of surnames that are ordinary words (高度、方案、常务).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁沈"
    "任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔"
    "汤向常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童"
    "凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连"
    "芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖"
    "巩明佘池查麻苑迟邝"
)
_COMPOUND = "欧阳|上官|司马|诸葛|皇甫|尉迟|公孙|慕容|令狐|东方|司徒|夏侯|端木|轩辕"
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文林峰春燕辉鹏飞波斌宇浩凯健俊帆雪荣"
    "琴云莲珍凤洁琳素锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁蓓仪荷丹蓉眉君琪晶莹媛莎蕾薇菊翠雅芝玲芬彩兴庆生金"
    "福贵才发武利清永宏少康光达安岩中茂进有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚裕河哲江亮政谦"
    "亨奇固之轮翰朗伯言若鸣朋梁栋维启克伦翔旭泽晨辰士以家致树炎德行时泰盛雄琛钧冠策腾楠榕风航弘义喜胜"
    "学祥毅世广海山仁顺信子东根新全良忠友大小晓爱美香月莺艺咏卿聪澜纯悦昭冰爽琬茗羽希宁欣飘育滢馥筠柔竹"
    "霭凝晗佳嘉惠勤贞莉阳龙虎彬富元昌成景坤培宝仲长水火土木铁柱洪涵轩睿昊天一三四二五"
    "远鑫帅兵勋瑜珠霖雯璐琦蔚森淼韬钢铭铮锋锐钊颂驰骏骥鸿麟禄祺禹秉秋竣紫绪耀臻舒芷茜菁萌萱蔓虹诗谨赫越跃迪逸钰锡隽雨雷霄霆靖韵骁魁萍丙丁卫付增喻尧岭峻崇州巍年庭延"
    "彤慧戈敖方昕显晋智曙朝本权杉柯桐榆樱民汉沛润淑渊湘源滨漫潇灿烈煜煌熙牧玮玫环珊珺理瑛瑞璇璟甜田益盈硕祖禧立童粉纪绢缘耘肖胤芸苏荔菲葵蕊蕙蝶衡西誉语谊贤赞路轲道重"
    "野铃门闻陆霓领馨骅高鹂黎"
)
# Two patterns instead of one with a choice at its head: a plain character class is scanned far quicker.
_NAMES = (f"[{_SURNAMES}][{_GIVEN}]{{1,2}}", f"(?:{_COMPOUND})[{_GIVEN}]{{1,2}}")
_AFTER = r"(?=同志|先生|女士|等|因|被|说|称|表示|反映|介绍|在|向|对|于|的|和|与|及|为|任|[，。、；：！？,.;）)”\s]|$)"
_TITLES = (
    "书记|主任|支书|镇长|乡长|县长|区长|市长|局长|副局长|科长|处长|所长|站长|校长|院长|经理|董事长|"
    "委员|队长|组长|社长|厂长|部长|秘书长"
)
_BEFORE = (
    "书记|主任|支书|镇长|乡长|县长|区长|市长|局长|科长|处长|所长|站长|校长|院长|经理|董事长|网格员|队长|组长|"
    "村民|居民|业主|干部|党员|职工|群众|举报人|当事人|负责人|申请人|户主|老板|民警|教师|医生|村官|社工|志愿者"
)
# Ordinary words and places that look like a surname and a given name, met in running official text.
_WORDS = frozenset(
    "管理 安全 安全时 安心 安康 安宁 安阳 安庆 安吉 和平 平安 文明 文化 文艺 成功 成立 成长 成效 明知 明星 全国 全家 全心 全长 全会 "
    "常年 常会 常有 应有 应当 应急 时有 时光 时代 时长 向上 向群 向阳 高中 高新 高大 高安 关心 关爱 农家 农民 林木 林家 江山 江水 "
    "江东 江宁 河长 路长 路中心 何以 何时 何人 查明 查清 牟利 国土 司法 单家 单元 华东 华中 华阳 简明 简政 商家 商会 师生 师德 水利 "
    "盛会 连心 温泉 卫生 卫士 左家 边家 成家 成员 成大 毛利 马上 万元 万家 万年 万宁 万安 甘心 周边 周一 周二 周三 周四 周五 严明 申明 "
    "武义 武安 武进 海宁 海山 金华 金元 金水 石山 宁波 宁德 宁海 温岭 温州 康定 康平 龙江 龙泉 阳光 阳江 阳山 白山 白云 连江 连云 连山".split()
)
# What a name may directly follow inside running text: words that join, and the ends of names of bodies.
_JOINTS = "和与及由对向给找是将把被请同为县市区镇乡村局委会厅部院校司任"
_BEFORE_WORD = tuple(re.compile(rf"({name})(?=(同志|先生|女士)|(?:{_TITLES}))") for name in _NAMES)
_AFTER_TITLE = re.compile(rf"(?:{_BEFORE})[“（(]?({'|'.join(_NAMES)}){_AFTER}")
_LABELS = ("姓名", "名叫", "本名", "真名")
_LABELLED = re.compile(r"(?:姓名\s?[:：为是]|名叫|本名|真名)\s?[:：为是]?\s?([\u4e00-\u9fff·]{2,4})")
_NO_NAME = re.compile(
    r"某|×|不详|略|未|隐|无|等|和|或|与|及|被|的|、|已|应|不|在|信息|一栏|以|用|均|处理|住址|职务|单位|栏"
)


def find_names(text: str) -> Iterator[str]:
    """Each personal name in `text`; 王某某 and other masked names are no names."""
    seen: set[str] = set()
    for name in (*_candidates(text), *_labelled(text)):
        if name not in seen and name not in _WORDS:
            seen.add(name)
            yield name


def _candidates(text: str) -> Iterator[str]:
    for pattern in _BEFORE_WORD:
        for found in pattern.finditer(text):
            before = text[found.start() - 1] if found.start() else " "
            if found[2] or before in _JOINTS or not "\u4e00" <= before <= "\u9fff":
                yield found[1]
    yield from (found[1] for found in _AFTER_TITLE.finditer(text))


def _labelled(text: str) -> Iterator[str]:
    if any(label in text for label in _LABELS):
        yield from (found[1] for found in _LABELLED.finditer(text) if not _NO_NAME.search(found[1]))
