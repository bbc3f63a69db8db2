"""Compares a copy of the site, a folder or a ZIP file, with its manifest; unpacks nothing and prints nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from stat import S_ISLNK
from typing import IO, Any

from build_tools.export.manifest import FILES, FORMAT, MANIFEST, folder_of, part_of

NAMESPACE = "rongcuo"  # what signatures are made for, so that one made for another purpose does not count
MAX_MANIFEST = 128 * 1024**2
MAX_ENTRIES = 500_000
MAX_FILE = 1024**3
MAX_TOTAL = 16 * 1024**3
MAX_GROWTH = 200  # times the size of the ZIP file; text packs to a tenth, bombs to a thousandth
MAX_PART = 8 * 1024**2  # bytes of a part of the manifest; it holds some hundred lines
CHUNK = 1 << 20  # bytes read at a time
HEX = re.compile(r"[0-9a-f]{64}")
LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<path>[^\n]+)\n")


class NotVerifiable(Exception):
    """There is nothing to compare with, or the copy is not to be trusted with reading; the text is Chinese."""


@dataclass(frozen=True)
class Copy:
    """A copy of a site as found: its manifest, the digest of each other file, and what was not read and why.

    `parts` has the content of those files that are parts of the manifest by their names.
    """

    manifest: bytes
    files: Mapping[str, str]
    refused: Mapping[str, str]
    parts: Mapping[str, bytes]


@dataclass(frozen=True)
class Verified:
    """How a copy differs from its manifest; all four are empty where it is as it was released."""

    library: Mapping[str, Any]
    total: int  # files in the manifest, its own parts left out
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    refused: Mapping[str, str]

    @property
    def whole(self) -> bool:
        return not (self.changed or self.missing or self.extra or self.refused)


def read_copy(place: Path) -> Copy:
    """Read a folder or a ZIP file; raises NotVerifiable where it holds no manifest or cannot be read."""
    try:
        if place.is_dir():
            return _read_folder(place)
        with zipfile.ZipFile(place) as archive:
            return _read_zip(archive, place.stat().st_size)
    except zipfile.BadZipFile:
        raise NotVerifiable(f"{place} 不是文件夹，也不是完好的 ZIP 文件；重新下载再试") from None
    except (OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise NotVerifiable(f"读不出来（{error}）；核对权限，或重新下载再试") from None


def compare(copy: Copy) -> Verified:
    """Compare what was found with what the manifest says; raises NotVerifiable where that cannot be read.

    A part counts only if it is what `manifest.json` says. The files of one that is not cannot be compared.
    """
    library, parts = _manifest(copy.manifest)
    sound = {name for name in parts if copy.files.get(name) == parts[name]}
    listed = dict(
        line for name in sorted(sound & copy.parts.keys()) for line in _lines(name, copy.parts[name])
    )
    expected, found = {**listed, **parts}, copy.files
    counts = Counter(PurePosixPath(name).parent.name for name in parts if name.startswith(FILES))
    unknown = [name for name in found if name not in expected]
    homes = {name: part_of(name, counts.__getitem__) for name in unknown if folder_of(name) in counts}
    unsure = {name: f"列出它的 {home} 不对" for name, home in homes.items() if home not in sound}
    refused = {**copy.refused, **unsure}
    return Verified(
        library,
        len(listed),
        tuple(sorted(n for n in expected if n in found and found[n] != expected[n])),
        tuple(sorted(n for n in expected if n not in found and n not in copy.refused)),
        tuple(sorted(n for n in unknown if n not in unsure)),
        refused,
    )


def _manifest(raw: bytes) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """What the manifest says of the library, and the digests of its parts."""
    try:
        data = json.loads(raw)
        number, library, parts = data["format"], data["library"], data.get("parts")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotVerifiable(f"{MANIFEST} 已损坏，读不出清单；从发布处重新取一份") from None
    if number != FORMAT:
        raise NotVerifiable(f"清单的格式是 {number!r}，这个程序只认格式 {FORMAT}；换用同一发布附带的程序")
    sound = isinstance(library, dict) and isinstance(parts, dict)
    if not sound or not all(isinstance(d, str) and HEX.fullmatch(d) for d in parts.values()):
        raise NotVerifiable(f"{MANIFEST} 已损坏，里面的摘要写法不对；从发布处重新取一份")
    return library, parts


def _lines(name: str, raw: bytes) -> Iterator[tuple[str, str]]:
    """Path and digest of each line of a part."""
    for line in raw.decode("utf-8", "replace").splitlines(keepends=True):
        found = LINE.fullmatch(line)
        if found is None:
            raise NotVerifiable(f"{name} 已损坏，里面的摘要写法不对；从发布处重新取一份")
        yield found["path"], found["digest"]


def _read_folder(folder: Path) -> Copy:
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        raise NotVerifiable(f"{folder} 里没有 {MANIFEST}；指定网站的顶层文件夹，或先用 rongcuo site 生成")
    if path.stat().st_size > MAX_MANIFEST:
        raise NotVerifiable(f"{MANIFEST} 大得不合理，没有读；从发布处重新取一份")
    files: dict[str, str] = {}
    refused: dict[str, str] = {}
    parts: dict[str, bytes] = {}
    for name, place in _site_files(folder):
        if place.is_symlink():
            refused[name] = "是符号链接，发布的网站里没有链接"
        elif not place.is_file():
            refused[name] = "不是普通文件"
        else:
            try:
                with place.open("rb") as stream:
                    files[name], _, part = _read(stream, name)
            except OSError as error:
                refused[name] = f"读不出来（{error.strerror}）"
            else:
                parts.update({name: part} if part is not None else {})
    return Copy(path.read_bytes(), files, refused, parts)


def _site_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder but the manifest at its top, by path with forward slashes; links as they are."""
    for base, folders, names in os.walk(folder):
        linked = [name for name in folders if os.path.islink(os.path.join(base, name))]
        for name in (*names, *linked):
            path = Path(base) / name
            shown = path.relative_to(folder).as_posix()
            if shown != MANIFEST:
                yield shown, path


def _read(stream: IO[bytes], name: str, most: int | None = None) -> tuple[str, int, bytes | None]:
    """SHA-256 and length of a file, and its content if it is a part of the manifest and not beyond all measure.

    Stops reading after more than `most` bytes.
    """
    digest, size, kept = hashlib.sha256(), 0, list[bytes]()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if name.startswith(FILES) and size <= MAX_PART:
            kept.append(chunk)
        if most is not None and size > most:
            break
    whole = name.startswith(FILES) and size <= MAX_PART
    return digest.hexdigest(), size, b"".join(kept) if whole else None


def _read_zip(archive: zipfile.ZipFile, size: int) -> Copy:
    """Nothing is unpacked; every entry is read as a stream, and no more of it than the limits allow."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_ENTRIES:
        raise NotVerifiable(f"压缩包里有 {len(entries)} 个文件，超过上限 {MAX_ENTRIES}，没有读")
    prefix = _prefix(entries)
    manifest = archive.getinfo(prefix + MANIFEST)
    if manifest.file_size > MAX_MANIFEST:
        raise NotVerifiable(f"{MANIFEST} 大得不合理，没有读；从发布处重新取一份")
    with archive.open(manifest) as stream:
        text = stream.read(MAX_MANIFEST + 1)
    files: dict[str, str] = {}
    refused: dict[str, str] = {}
    parts: dict[str, bytes] = {}
    left = min(MAX_TOTAL, size * MAX_GROWTH + MAX_MANIFEST)
    for entry, name in _named(entries, prefix):
        if why := _suspicious(entry, name, files):
            refused[name] = why
            continue
        with archive.open(entry) as stream:
            files[name], length, part = _read(stream, name, min(MAX_FILE, left))
        parts.update({name: part} if part is not None else {})
        left -= length
        if left < 0 or length > MAX_FILE:
            raise NotVerifiable(f"{name} 展开后大得不合理，可能是恶意压缩包，停止读取")
    return Copy(text, files, refused, parts)


def _prefix(entries: list[zipfile.ZipInfo]) -> str:
    """The folder at the top of a ZIP file that holds the site; empty where the site is at the top itself."""
    tops = [e.filename.removesuffix(MANIFEST) for e in entries if PurePosixPath(e.filename).name == MANIFEST]
    tops = [top for top in tops if top.count("/") <= 1 and top in ("", f"{top.strip('/')}/")]
    if "" in tops:
        return ""
    if len(tops) != 1:
        raise NotVerifiable(f"压缩包顶层没有 {MANIFEST}；要压缩的是整个网站文件夹")
    return tops[0]


def _named(entries: list[zipfile.ZipInfo], prefix: str) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    for entry in entries:
        inside = entry.filename.startswith(prefix)
        name = entry.filename.removeprefix(prefix) if inside else f"../{entry.filename}"
        if name != MANIFEST:
            yield entry, name


def _suspicious(entry: zipfile.ZipInfo, name: str, files: Mapping[str, str]) -> str:
    """Why an entry is not read; empty where it may be."""
    if name.startswith("/") or "\\" in name or ":" in name.split("/")[0] or ".." in name.split("/"):
        return "文件名指到了网站文件夹外面"
    if S_ISLNK(entry.external_attr >> 16):
        return "是符号链接，发布的网站里没有链接"
    if entry.flag_bits & 1:
        return "加了密，读不出来"
    if name in files:
        return "压缩包里有两个同名文件"
    return ""


def check_signature(manifest: bytes, signature: Path, signers: Path) -> str:
    """Who signed the manifest, by OpenSSH's `ssh-keygen -Y`; raises NotVerifiable where nobody trusted did."""
    program = shutil.which("ssh-keygen")
    if program is None:
        raise NotVerifiable("这台机器没有 ssh-keygen，不能核对签名；装上 OpenSSH 再试（摘要核对不受影响）")
    found = subprocess.run(
        [program, "-Y", "find-principals", "-s", str(signature), "-f", str(signers)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    names = found.stdout.decode("utf-8", "replace").split("\n")[0].split(",")
    if found.returncode or not names[0]:
        raise NotVerifiable("签名的密钥不在可信签名人名单里，或签名文件已损坏；核对 --signature 和 --signers")
    done = subprocess.run(
        [program, "-Y", "verify", "-n", NAMESPACE, "-I", names[0], "-s", str(signature), "-f", str(signers)],
        input=manifest,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise NotVerifiable(f"签名与 {MANIFEST} 对不上：清单在签名之后被改动过，或签名不是给这份清单的")
    return names[0]
