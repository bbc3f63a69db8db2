"""Opens a filled-in Word or Excel file only when it is safe and small; knows nothing about what it should hold.

Such files come from many hands: macros, bombs and declared entities are refused before a library parses them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import openpyxl
from docx.document import Document as WordDocument
from openpyxl.workbook import Workbook

MAX_BYTES = 8 * 2**20
MAX_PARTS = 1000
MAX_UNPACKED = 64 * 2**20
# Form text packs to a tenth or so; a part that packs far better than any text is a bomb.
MAX_RATIO, RATIO_FROM = 200, 2**20
MAX_ROWS, MAX_COLUMNS = 20_000, 500
PACKAGE, OLD_FORMAT = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MACRO_SUFFIXES = frozenset({".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".xlam"})
# Names of parts (lower case) that hold programs: VBA, Excel 4 macro sheets, ActiveX controls.
MACRO_PARTS = ("vbaproject", "vbadata", "macrosheets/", "activex/")
TYPES = "[Content_Types].xml"


class OfficeError(Exception):
    """Why a file was not opened and what to do, in Chinese; holds nothing of the file's content."""


def open_docx(path: Path) -> WordDocument:
    """The Word file at `path`; raises OfficeError."""
    document: WordDocument = _opened(path, ".docx", "Word 文档", "word/document.xml", docx.Document)
    return document


def open_xlsx(path: Path) -> Workbook:
    """The workbook at `path`, formulas replaced by the values last seen; raises OfficeError."""
    book: Workbook = _opened(
        path,
        ".xlsx",
        "Excel 工作簿",
        "xl/workbook.xml",
        lambda raw: openpyxl.load_workbook(raw, data_only=True, keep_links=False),
    )
    for sheet in book.worksheets:
        if sheet.max_row > MAX_ROWS or sheet.max_column > MAX_COLUMNS:
            raise OfficeError(
                f"{path.name} 的工作表“{sheet.title}”太大（超过 {MAX_ROWS} 行或 {MAX_COLUMNS} 列）"
                " — 删去表格以外的内容再试"
            )
    return book


def _opened(path: Path, suffix: str, kind: str, main: str, read: Callable[[io.BytesIO], Any]) -> Any:
    raw = _bytes(path, suffix, kind)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            _guard(package, path.name, kind, main)
    except OfficeError:
        raise
    except Exception:  # each way of packing trips over spoiled data with an error of its own
        raise _broken(path, kind) from None
    try:
        return read(io.BytesIO(raw))
    except Exception:  # the parsers raise whatever they trip over
        raise _broken(path, kind) from None


def _bytes(path: Path, suffix: str, kind: str) -> bytes:
    """The file's bytes, when its name, size and first bytes are those of a package."""
    if path.suffix.lower() in MACRO_SUFFIXES:
        raise _macros(path.name, suffix)
    if path.suffix.lower() != suffix:
        raise OfficeError(f"{path.name} 不是 {suffix} 文件 — 在软件里另存为“{kind}（{suffix}）”再试")
    try:
        if not path.is_file():
            raise OfficeError(f"没有文件 {path.name} — 核对路径")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise OfficeError(
            f"读不出 {path.name}（{error.strerror}）— 核对文件权限，关掉正在打开它的软件"
        ) from None
    if len(raw) > MAX_BYTES:
        raise OfficeError(f"{path.name} 超过 {MAX_BYTES // 2**20} MB — 删去图片等附件，只留填写的文字")
    if raw.startswith(OLD_FORMAT):
        raise OfficeError(f"{path.name} 是旧格式或加了密码 — 去掉密码，另存为“{kind}（{suffix}）”再试")
    if not raw.startswith(PACKAGE):
        raise _broken(path, kind)
    return raw


def _guard(package: zipfile.ZipFile, name: str, kind: str, main: str) -> None:
    """Refuse programs, bombs and entities; reads each part once, never beyond the size it declares."""
    parts = package.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise _bomb(name)
    names = {part.filename for part in parts}
    if len({name.lower() for name in names}) < len(parts):  # which of two a program opens is its own affair
        raise OfficeError(f"{name} 里有两个同名的部分 — 用软件打开，另存一份再试")
    if any(word in part.lower() for part in names for word in MACRO_PARTS):
        raise _macros(name, Path(name).suffix)
    if TYPES not in names or main not in names:
        raise OfficeError(f"{name} 里没有{kind}的内容 — 用软件打开，另存一份再试")
    for part in parts:
        if part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(part.compress_size, 1):
            raise _bomb(name)
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            content = package.read(part).replace(b"\0", b"")  # so that UTF-16 hides nothing
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                raise OfficeError(f"{name} 里有不该有的声明（DOCTYPE）— 用软件打开，另存一份再试")
            if part.filename == TYPES and b"macroEnabled" in content:
                raise _macros(name, Path(name).suffix)


def _macros(name: str, suffix: str) -> OfficeError:
    return OfficeError(f"{name} 带有宏，不打开 — 另存为不带宏的 {suffix} 文件再试")


def _bomb(name: str) -> OfficeError:
    return OfficeError(f"{name} 解压后大得不正常，不打开 — 重新领一份表填写")


def _broken(path: Path, kind: str) -> OfficeError:
    return OfficeError(f"{path.name} 打不开，不是完好的{kind} — 用软件打开看看，另存一份再试")
