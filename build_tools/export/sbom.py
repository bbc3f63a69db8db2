"""Lists what the program is made of as a CycloneDX document, from the lock and the installed packages; writes no files."""

from __future__ import annotations

import re
import tomllib
import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

LOCK, PROJECT = "requirements.lock", "pyproject.toml"
NOTICES = Path(__file__).resolve().parents[1] / "site/assets/THIRD-PARTY.txt"
UNKNOWN = "NOASSERTION"  # SPDX: nothing is claimed
# The serial number is a name of the content, so that equal parts give an equal document.
SPACE = uuid.UUID("6f1d6a52-5c1b-4d0e-9f5e-1f0f4a3d2b61")
RUNTIME, OPTIONAL, TESTS = "required", "optional", "excluded"  # CycloneDX: `component.scope`

_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_NOTICE = re.compile(r"^(\S+) +([0-9][\w.]*|-) +(\S+) +(.+)$", re.MULTILINE)


class NotListable(Exception):
    """The lock or the project file is missing or says nothing; the text is Chinese."""


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the lock: its digests, the packages that want it, its licence, what it is for."""

    name: str
    version: str
    digests: tuple[str, ...]
    wanted_by: frozenset[str]
    licence: str
    scope: str


def packages(root: Path) -> tuple[Package, ...]:
    """The packages of the lock by name; raises NotListable. Licences are those that the packages state."""
    try:
        lock = (root / LOCK).read_text(encoding="utf-8")
        project = tomllib.loads((root / PROJECT).read_text(encoding="utf-8"))["project"]
    except (OSError, KeyError, ValueError) as error:
        raise NotListable(f"读不出 {LOCK} 或 {PROJECT}（{error}）— 在程序的源码文件夹里运行") from None
    read = {name: (version, digests, wanted) for name, version, digests, wanted in _entries(lock)}
    if not read:
        raise NotListable(f"{LOCK} 里没有依赖 — 从版本库恢复它")
    scopes = _scopes(project, {name: wanted for name, (_, _, wanted) in read.items()})
    return tuple(
        Package(name, version, digests, wanted, licence_of(name), scopes.get(name, TESTS))
        for name, (version, digests, wanted) in sorted(read.items())
    )


def _entries(lock: str) -> Iterator[tuple[str, str, tuple[str, ...], frozenset[str]]]:
    """(name, version, digests, names of the packages that want it) of each entry of a lock written by uv."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    for block in blocks:
        if entry := _ENTRY.match(block):
            _, _, reasons = block.partition("# via")
            wanted = (_NAME.search(line.strip(" #")) for line in reasons.splitlines())
            names = frozenset(_normal(found[0]) for found in wanted if found)
            yield _normal(entry[1]), entry[2], tuple(_HASH.findall(block)), names


def _normal(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def direct(project: Mapping[str, Any], extra: str = "") -> frozenset[str]:
    """The packages that the project names itself, of the program or of one of its extras."""
    listed = project.get("optional-dependencies", {}).get(extra, ()) if extra else project["dependencies"]
    return frozenset(_normal(_NAME.match(line)[0]) for line in listed if _NAME.match(line))  # type: ignore[index]


def _scopes(project: Mapping[str, Any], wanted_by: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Package → scope; what the program needs comes before what an extra needs."""
    found: dict[str, str] = {}
    extras = [(OPTIONAL, direct(project, "engines")), (TESTS, direct(project, "test"))]
    for scope, start in ((RUNTIME, direct(project)), *extras):
        open_ = set(start)
        while open_:
            name = open_.pop()
            if name in wanted_by and name not in found:
                found[name] = scope
                open_ |= {other for other, parents in wanted_by.items() if name in parents}
    return found


# Words of packages that can only mean one licence; "BSD License" can mean several and stays as it is.
SPDX_OF = {
    "MIT License": "MIT",
    "MIT Licence": "MIT",
    "MIT license": "MIT",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Two-clause BSD license": "BSD-2-Clause",
}


def licence_of(name: str) -> str:
    """The licence that an installed package states: an SPDX expression, its own short words, or a classifier."""
    stated = _stated(name)
    return SPDX_OF.get(stated, stated)


def _stated(name: str) -> str:
    try:
        facts = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return UNKNOWN
    if "License-Expression" in facts:
        return facts["License-Expression"]
    classifiers = [
        c.rpartition(":: ")[2] for c in facts.get_all("Classifier") or () if c.startswith("License")
    ]
    own = facts["License"].strip() if "License" in facts else ""
    if own and own != "UNKNOWN" and len(own) <= 40 and "\n" not in own:
        return own
    return " / ".join(classifiers) or UNKNOWN


@dataclass(frozen=True, slots=True)
class Shipped:
    """Work of others that is part of a built site, from the notices that lie in the site itself."""

    name: str
    version: str
    licence: str
    what: str


def shipped() -> tuple[Shipped, ...]:
    """The lines of the notices: name, version (`-` where it goes with the theme), licence, holder and use."""
    return tuple(Shipped(*found) for found in _NOTICE.findall(NOTICES.read_text(encoding="utf-8")))


def sbom(root: Path, version: str) -> dict[str, Any]:
    """CycloneDX 1.6 as plain data: the same lock and licences give the same document; names no address."""
    found = packages(root)
    refs = {package.name: f"pkg:pypi/{package.name}@{package.version}" for package in found}
    own = f"rongcuo@{version}"
    wanted = {name: [refs[p.name] for p in found if name in p.wanted_by] for name in ("rongcuo", *refs)}
    assets = [_asset(item) for item in shipped()]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(SPACE, repr((own, found, shipped())))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "rongcuo",
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
            }
        },
        "components": [*(_component(package, refs) for package in found), *assets],
        "dependencies": [
            {"ref": own, "dependsOn": wanted["rongcuo"] + [asset["bom-ref"] for asset in assets]},
            *({"ref": ref, "dependsOn": wanted[name]} for name, ref in refs.items()),
        ],
    }


def _component(package: Package, refs: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": refs[package.name],
        "name": package.name,
        "version": package.version,
        "scope": package.scope,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.digests],
        "licenses": [_licence(package.licence)],
        "purl": refs[package.name],
    }


def _asset(item: Shipped) -> dict[str, Any]:
    version = {} if item.version == "-" else {"version": item.version}
    return {
        "type": "library",
        "bom-ref": f"site-asset:{item.name}",
        "name": item.name,
        **version,
        "scope": RUNTIME,
        "description": item.what,
        "licenses": [_licence(item.licence)],
    }


# What packages write that is an SPDX identifier already; other words are kept as the name of a licence.
_SPDX = re.compile(
    r"(MIT|Apache-2\.0|BSD-[23]-Clause|MPL-2\.0|PSF-2\.0|0BSD|ISC|Zlib|CC0-1\.0|OFL-1\.1|W3C-20150513)"
)


def _licence(words: str) -> dict[str, Any]:
    parts = re.split(r" (?:AND|OR|WITH) ", words)
    if all(_SPDX.fullmatch(part) for part in parts):
        return {"expression": words} if len(parts) > 1 else {"license": {"id": words}}
    return {"license": {"name": words}}
