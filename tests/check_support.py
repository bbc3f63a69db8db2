"""Builds small libraries for the tests of check, and reads the examples out of the manual's pages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from build_tools.check import run_checks
from build_tools.check.guards import run_guards
from build_tools.history.before import read_before
from build_tools.load import Schemas, load_library, load_schemas
from build_tools.model import Diagnostic
from tests.git_support import commit

ROOT = Path(__file__).parent.parent
FIXTURES = Path(__file__).parent / "fixtures"
TODAY = date(2026, 11, 22)
CASE = "cases/2026/RC-2026-0001.yaml"
SCHEMAS: Schemas = load_schemas(ROOT / "schema")

_TOP_KEY = re.compile(r"^([A-Za-z_][\w-]*|[\u4e00-\u9fff]+):", re.MULTILINE)
_DROPPED = re.compile(r"^# 没有 (\w+)$", re.MULTILINE)


def make_library(root: Path) -> Path:
    """A library of one valid case, one rule and one guide, with the real schemas and vocabularies."""
    shutil.copytree(ROOT / "schema" / "vocabulary", root / "schema" / "vocabulary")
    for schema in (ROOT / "schema").glob("*.schema.json"):
        shutil.copy(schema, root / "schema")
    for name, target in (("base-case", CASE), ("base-rule", "rules/N-90.yaml")):
        write(root, target, (FIXTURES / f"{name}.yaml").read_text(encoding="utf-8"))
    write(root, "docs/说明.md", "# 说明\n\n先看 [[RC-2026-0001]]。\n")
    return root


def write(root: Path, path: str, content: str | bytes) -> Path:
    """Write one file of a library, making its folders."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    return target


def against(root: Path, revision: str = "HEAD") -> tuple[Diagnostic, ...]:
    """What the guards find between a revision and the files at `root`."""
    loaded = load_library(root)
    return run_guards(read_before(root, revision, loaded.library), loaded, load_schemas(root / "schema"))


def check(root: Path, today: date = TODAY) -> tuple[Diagnostic, ...]:
    """All findings in the library at `root`; where a command has written its own date, `today` must be that."""
    return run_checks(load_library(root), load_schemas(root / "schema"), today)


def lines(root: Path, today: date = TODAY) -> list[str]:
    """The findings as the command prints them."""
    return [str(d) for d in check(root, today)]


def patched(base: str, fragment: str) -> str:
    """`base` with its top-level keys replaced by those of `fragment`; `# 没有 key` leaves a key out.

    Works on text, so that fragments may hold broken YAML.
    """
    header, blocks = _blocks(base)
    _, new = _blocks(_DROPPED.sub("", fragment))
    for key in _DROPPED.findall(fragment):
        blocks.pop(key)
    return header + "".join({**blocks, **new}.values())


def _blocks(text: str) -> tuple[str, dict[str, str]]:
    found = list(_TOP_KEY.finditer(text))
    ends = [m.start() for m in found[1:]] + [len(text)] * bool(found)
    blocks: dict[str, str] = {}
    for match, end in zip(found, ends, strict=True):
        blocks[match[1]] = blocks.get(match[1], "") + text[match.start() : end].rstrip("\n") + "\n"
    return text[: found[0].start()] if found else text, blocks


# What the note behind a file's name says happens to the file's text.
TRANSFORMS: dict[str, Callable[[str], bytes]] = {
    "": str.encode,
    "整个文件": str.encode,
    "空文件": lambda _: b"",
    "文件开头有 BOM": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "Windows 换行": lambda text: text.replace("\n", "\r\n").encode(),
    "另存为 GBK 编码": lambda text: text.encode("gbk"),
    "␇ 处是一个响铃字符": lambda text: text.replace("␇", "\x07").encode(),
    "改动之前": str.encode,
    "补注释到 300 KB": lambda text: (text + "# 补\n" * 60 * 1024).encode()[: 300 * 1024],
}
LINK = "符号链接，指向"
BEFORE = "改动之前"  # the note of files that an earlier commit holds; the others are put over them


@dataclass(frozen=True)
class ExampleFile:
    """One file of an example."""

    path: str
    note: str
    text: str

    def put(self, root: Path) -> None:
        """Write the file into the library: patched over what is there, or over the base of its folder."""
        target = root / self.path
        if self.note == "没有这个文件夹":
            shutil.rmtree(target)
        elif self.note.startswith(LINK):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(self.note.removeprefix(LINK).strip())
        elif self.note == "没有这个文件":
            target.unlink()
        else:
            write(root, self.path, TRANSFORMS[self.note](self._whole(target)))

    def _whole(self, target: Path) -> str:
        if self.note == "整个文件" or not self.path.endswith(".yaml"):
            return self.text
        if target.exists():
            base = target.read_text(encoding="utf-8")
        else:
            bases = {"rules": "base-rule", "schema": "base-lookback"}
            name = bases.get(self.path.partition("/")[0], "base-case")
            base = (FIXTURES / f"{name}.yaml").read_text(encoding="utf-8")
        return patched(base, self.text)


@dataclass(frozen=True)
class Example:
    """One section of a manual page: the files it shows and the lines it says are reported."""

    files: tuple[ExampleFile, ...]
    expected: tuple[str, ...]

    def findings(self, root: Path) -> tuple[Diagnostic, ...]:
        """All findings once the files are put into the library; with earlier files also those of the guards."""
        before = [file for file in self.files if file.note == BEFORE]
        for file in before:
            file.put(root)
        if before:
            commit(root)
        for file in self.files:
            if file not in before:
                file.put(root)
        return (*check(root), *(against(root) if before else ()))


_NAMED = re.compile(r"^`([^`]+)`(?:（(.+)）)?[：。]$")


def example(body: str, heading: str) -> Example:
    """Read the example under `## heading` of a manual page."""
    section = re.split(r"^## ", body, flags=re.MULTILINE)
    text = next(s for s in section if s.startswith(heading + "\n"))
    files: list[ExampleFile] = []
    expected: list[str] = []
    named: tuple[str, str] | None = None
    fence: list[str] | None = None
    for line in text.splitlines()[1:]:
        if fence is not None:
            if line == "```":
                content = "\n".join(fence[1:]) + "\n"
                if fence[0] == "text":
                    expected += fence[1:]
                else:
                    files.append(ExampleFile(*(named or (CASE, "")), content))
                fence, named = None, None
            else:
                fence.append(line)
        elif line.startswith("```"):
            fence = [line[3:]]
        elif match := _NAMED.match(line):
            named = (match[1], match[2] or "")
            if line.endswith("。"):  # a file that has no text to show
                files.append(ExampleFile(*named, ""))
                named = None
    return Example(tuple(files), tuple(expected))
