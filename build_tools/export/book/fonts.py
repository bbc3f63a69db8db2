"""Picks the Chinese fonts of the book from those of the computer; installs nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import typst

# Families by preference: free ones first, because they look the same everywhere, then what the systems bring.
SONG = (
    "Noto Serif CJK SC", "Source Han Serif SC", "Source Han Serif CN", "Noto Serif SC", "Songti SC", "STSong",
    "SimSun", "NSimSun", "FandolSong", "AR PL UMing CN", "FangSong",
)  # fmt: skip
HEI = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC", "PingFang SC", "Heiti SC",
    "STHeiti", "Microsoft YaHei", "SimHei", "DengXian", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "FandolHei",
    "Droid Sans Fallback",
)  # fmt: skip


class NoChineseFont(Exception):
    """No family in which Chinese can be set; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """Song for headings and running text, Hei for labels and tables."""

    song: str
    hei: str


def choose_fonts(families: Collection[str]) -> Fonts:
    """The best of what is there; one kind stands in for a missing other. Raises NoChineseFont without either."""
    song = next((name for name in SONG if name in families), "")
    hei = next((name for name in HEI if name in families), "")
    if not song and not hei:
        raise NoChineseFont(
            "这台电脑上没有能排书的中文字体 — Debian、Ubuntu 用 apt install fonts-noto-cjk 安装；其他系统安装"
            "思源宋体和思源黑体（或宋体、黑体）；也可以先做 EPUB（-o 书名.epub），它不需要字体"
        )
    return Fonts(song or hei, hei or song)


def system_fonts() -> Fonts:
    """The fonts of this computer; raises NoChineseFont."""
    return choose_fonts(set(typst.Fonts(include_embedded_fonts=False).families()))
