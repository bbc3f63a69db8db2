"""Recognises personal names next to a title, a role or a label; knows nothing of files.

A name is believed only where a surname and a context come together, because running Chinese text is full of
surnames that are ordinary words (高度、方案、常务). It is sure where the rest are characters common in names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from build_tools.privacy.name_words import (
    COMPOUND_SURNAMES,
    CRIMES,
    GIVEN,
    NOT_GIVEN,
    ROLES,
    SURNAMES,
    TITLES,
    WORDLIKE,
    WORDS,
)

# (start, end, whether it is sure)
Place = tuple[int, int, bool]

_HAN = r"[\u4e00-\u9fff]"
_AFTER = (
    r"(?=同志|先生|女士|等|因|被|说|称|表示|反映|介绍|在|向|对|于|的|和|与|及|为|任|是|将|已|曾|到|经手|签|不|未|没|擅|违|多次|主动|拒|利用|组织|带|虚|隐瞒|先|又|还|也|都|就|再|只|会|应|作|做|提|从|以|把|给|受|收|漏|"
    rf"{CRIMES}|[^\u4e00-\u9fff]|$)"
)
# What a name may directly follow inside running text: words that join, and the ends of names of bodies.
_JOINTS = "和与及由对向给找是将把被请同为县市区镇乡村局委会厅部院校司任经"
# What makes a name of the two or three characters before it, in whatever they stand.
_CALLED = "同志|先生|女士"


def _beginnings(*choices: str) -> str:
    """Two character classes that every choice begins with, tried far quicker than the choices one by one."""
    words = "|".join(choices).split("|")
    return "".join(f"[{''.join(sorted({word[i] for word in words}))}]" for i in range(2))


# Two patterns instead of one with a choice at its head: a plain character class is scanned far quicker.
_BEFORE_TITLE = tuple(
    re.compile(
        rf"({surname}{_HAN}{{1,2}}?)(?={_beginnings(_CALLED, TITLES, CRIMES)})(?=({_CALLED})|{TITLES}|{CRIMES})"
    )
    for surname in (f"[{SURNAMES}]", f"(?:{COMPOUND_SURNAMES})")
)
# Three characters behind a role, common in names, are a name whatever follows.
_INTRODUCED = "(?:叫|名叫|是|为)?[“（( :：]?"
_NAMED = rf"((?:{COMPOUND_SURNAMES}|[{SURNAMES}]){_HAN}{{1,2}}?{_AFTER}|[{SURNAMES}][{GIVEN}]{{2}})"
_AFTER_ROLE = re.compile(rf"(?:{ROLES}){_INTRODUCED}{_NAMED}")


def _ends(choices: str) -> str:
    """A character that one of the choices ends with, behind the rest of that choice; scanned by the character."""
    words = sorted(choices.split("|"), key=len)
    behind = "|".join(f"(?<={'|'.join(group)})" for _, group in groupby(words, len))
    return rf"[{''.join(sorted({word[-1] for word in words}))}](?:{behind})"


# Stands wherever the pattern above finds something, and is found far quicker.
_ROLE_NAMED = re.compile(_ends(ROLES) + _INTRODUCED + _NAMED)
_SEX = r"[,，(（]\s?[男女][,，。)）]"
_SEX_SAID = re.compile(_SEX)
# Patterns for rare use stay text: `re` compiles them when they are first needed.
_NEXT = rf"[、和与及]((?:{COMPOUND_SURNAMES}|[{SURNAMES}]){_HAN}{{1,2}}?)(?={_AFTER[3:-1]}|、)"
_SEXED = (
    rf"([{SURNAMES}](?:(?<!{_HAN}.)|(?<=[人员民长记任].)){_HAN}{{1,2}}){_SEX}",
    rf"((?:{COMPOUND_SURNAMES})(?:(?<!{_HAN}..)|(?<=[人员民长记任]..)){_HAN}{{1,2}}){_SEX}",
)
_LABEL = re.compile("名(?<=[姓本真签]名)|叫(?<=[名人]叫)")
_LABELLED = r"(?:姓名\s?[:：为是]|签名\s?[:：]|名叫|本名|真名|人叫)\s?[:：为是]?\s?([\u4e00-\u9fff·]{2,4})"
_LEADING = rf"(?:(?:{COMPOUND_SURNAMES})|[{SURNAMES}]){_HAN}{{1,2}}(?=的|[^\u4e00-\u9fff]|$)"
_NO_NAME = re.compile(
    r"某|×|不详|略|未|隐|无|等|和|或|与|及|被|的|、|已|应|不|在|信息|一栏|以|用|均|处理|住址|职务|单位|栏"
)
_SURNAME = re.compile(rf"{COMPOUND_SURNAMES}|.")
# In headings: nothing but a surname and two characters between two marks, or a compound surname and one or two.
_ALONE = (
    rf"[{SURNAMES}](?<!{_HAN}.)[{GIVEN}]{{2}}(?!{_HAN})",
    rf"(?:{COMPOUND_SURNAMES})(?<!{_HAN}..)[{GIVEN}]{{1,2}}(?!{_HAN})",
)
# A blank beside a single character: it may be a name that was spread out.
SPREAD = re.compile(rf"[ \u3000·](?<={_HAN}.)(?={_HAN}[ \u3000·\W]|{_HAN}$)")


def surname_length(name: str) -> int:
    """How many characters of a name are its surname."""
    found = _SURNAME.match(name)
    return len(found[0]) if found else 1


def find_names(text: str) -> Iterator[Place]:
    """The places of personal names in `text`, which should be plain; 王某某 and other masked names are no names."""
    for start, end in _candidates(text):
        if (sure := _sureness(text[start:end])) is not None:
            yield start, end, sure
            yield from _continued(text, end)
    for start, end in (*_sexed(text), *_labelled(text)):
        yield start, end, True


def names_in_heading(text: str) -> Iterator[Place]:
    """The places in a title of what is nothing but a name between two marks; never sure."""
    for pattern in _ALONE:
        for found in re.finditer(pattern, text):
            if _sureness(found[0]):
                yield *found.span(), False


def _sureness(name: str) -> bool | None:
    """True for a name, False for what may be one, None for an ordinary word."""
    given = name[surname_length(name) :]
    if name in WORDS or name[:2] in WORDS or "某" in given:
        return None
    if all(character in GIVEN for character in given):
        return True
    return None if name[0] in WORDLIKE or any(character in NOT_GIVEN for character in given) else False


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    for pattern in _BEFORE_TITLE:
        for found in pattern.finditer(text):
            if found[2] or _begins(text, found.start()):
                yield found.span(1)
    if _ROLE_NAMED.search(text):
        yield from (found.span(1) for found in _AFTER_ROLE.finditer(text))


def _begins(text: str, at: int) -> bool:
    """True where a name can begin: nothing stands before it, or a word that joins."""
    before = text[at - 1] if at else " "
    return before in _JOINTS or not "\u4e00" <= before <= "\u9fff"


def _continued(text: str, end: int) -> Iterator[Place]:
    """The names that follow another in a row: 诸葛明、方志勇和范小丽."""
    while found := re.compile(_NEXT).match(text, end):
        if (sure := _sureness(found[1])) is None:
            return
        yield *found.span(1), sure
        end = found.end(1)


def _sexed(text: str) -> Iterator[tuple[int, int]]:
    """Names before 男 or 女."""
    for pattern in _SEXED if ("男" in text or "女" in text) and _SEX_SAID.search(text) else ():
        yield from (found.span(1) for found in re.finditer(pattern, text) if not _NO_NAME.search(found[1]))


def _labelled(text: str) -> Iterator[tuple[int, int]]:
    """Names behind 姓名 and the like."""
    if not _LABEL.search(text):
        return
    for found in re.finditer(_LABELLED, text):
        name = re.match(_LEADING, found[1])
        end = found.start(1) + (len(name[0]) if name else len(found[1]))
        if not _NO_NAME.search(text[found.start(1) : end]):
            yield found.start(1), end
