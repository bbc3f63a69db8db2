"""`python -m benchmarks.fuzz [TARGET …] --seconds N`: coverage-guided fuzzing of the loader and the importers.

Needs atheris (libFuzzer for Python), which the project itself does not depend on; install it beside the project's
packages. Each target runs in a process of its own; what it must never do is raise, hang, or write a draft that says
something else than what was read. Findings are collected by the place they come from and printed with their input.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SECONDS_A_RUN = 20  # a single input that takes longer counts as a hang
TRAPS = (
    "", "~", "null", "010", "12:30", "2026-13-40", "0000-00-00", "RC-2026-0001", "N-03#17", "=1+1", "{{x}}", "\u2028",
    "\u202e", "\ufeff", "\U0001f600", "张三", "13800138000", "110101199003077758", "&a", "*a", "!!x", "<<", "|", "- x",
    "a: b", "# x", "\t", "\x00", "\x85", "字" * 3000, "9" * 400, "(" * 200,
)  # fmt: skip

Try = Callable[[bytes], None]


class Target(NamedTuple):
    """What is fuzzed: the trial of one input, the first inputs, how an input is changed beside libFuzzer's ways."""

    attempt: Try
    seeds: tuple[bytes, ...]
    vary: Callable[[bytes, random.Random, Callable[[bytes], bytes]], bytes]


# ---- the targets -------------------------------------------------------------------------------------------------
# Each maker imports what it tries only when it is called, so that the fuzzer can watch that code.


class Ground(NamedTuple):
    """A small library to try inputs on, and scratch space."""

    folder: Path
    library: Any
    schemas: Any


def ground(folder: Path) -> Ground:
    """Make the library in `folder`."""
    from build_tools.load import load_library, load_schemas
    from tests.check_support import make_library

    root = make_library(folder / "library")
    return Ground(folder, load_library(root).library, load_schemas(root / "schema"))


def loader(on: Ground) -> Try:
    """Reading a file and laying it out."""
    from build_tools.edit.layout import laid_out
    from build_tools.load.yaml_reader import read_yaml

    def attempt(raw: bytes) -> None:
        parsed = read_yaml(raw, "x.yaml")
        again = laid_out(raw, "x.yaml", on.schemas.case)
        assert (parsed.data is not None) or parsed.diagnostics or not raw.strip(), "refused without a reason"
        if again.text is not None:
            assert read_yaml(again.text.encode(), "").data == parsed.data, "the layout changed the data"

    return attempt


def check(on: Ground) -> Try:
    """All rules of `check` over a library that holds the file as its only case."""
    from dataclasses import replace
    from datetime import date

    from build_tools.check import run_checks
    from build_tools.load import Loaded
    from build_tools.load.yaml_reader import read_yaml
    from build_tools.model import Case

    path = "cases/2026/RC-2026-0001.yaml"

    def attempt(raw: bytes) -> None:
        parsed = read_yaml(raw, path)
        if isinstance(parsed.data, Mapping):
            case = Case(path, parsed.data, parsed.marks, parsed.key_marks, parsed.text)
            changed = Loaded(replace(on.library, cases=(case,)), parsed.diagnostics)
            assert all(map(str, run_checks(changed, on.schemas, date(2026, 11, 22))))

    return attempt


def redact(_on: Ground) -> Try:
    """Finding and replacing personal data, in YAML and in running text."""
    from build_tools.edit.redact import RefusedError, applied, draft

    def attempt(raw: bytes) -> None:
        for name in ("x.yaml", "x.txt"):
            try:
                plan = draft(raw, name)
                applied(plan, plan.proposals)
            except RefusedError:
                pass

    return attempt


def imported(on: Ground, suffix: str) -> Try:
    """Importing a Word or Excel form; the draft has to say what was read."""
    from build_tools.forms.draft import draft_text
    from build_tools.forms.importing import import_form
    from build_tools.load.office import OfficeError
    from build_tools.load.yaml_reader import read_yaml
    from build_tools.model import thawed

    path = on.folder / f"form{suffix}"

    def attempt(raw: bytes) -> None:
        path.write_bytes(raw)
        try:
            made = import_form(path, on.library, on.schemas)
        except OfficeError:
            return
        text = draft_text(made, on.schemas.case, "RC-2026-0002", "2026-11-22", path.name, "")
        back = read_yaml(text.encode(), "")
        assert back.data is not None and not back.diagnostics, "a draft that cannot be read"
        said = {key: thawed(value) for key, value in back.data.items() if key in made.data}
        assert said == thawed(made.data), "a draft that says something else than the form"

    return attempt


def browser_file(on: Ground) -> Try:
    """Importing the YAML file of the page 案例填报."""
    from build_tools.forms.importing import numbered_yaml
    from build_tools.load.office import OfficeError
    from build_tools.load.yaml_reader import read_yaml

    path = on.folder / "fill.yaml"

    def attempt(raw: bytes) -> None:
        path.write_bytes(raw)
        try:
            text = numbered_yaml(path, on.schemas, "RC-2026-0002", "2026-11-22")
        except OfficeError:
            return
        data = read_yaml(text.encode(), "").data
        assert data is not None, "a draft that cannot be read"
        assert (data["id"], data["status"]) == ("RC-2026-0002", "draft"), "a draft under a false name"

    return attempt


TARGETS: Mapping[str, Callable[[Ground], Try]] = {
    "loader": loader,
    "check": check,
    "redact": redact,
    "yaml": browser_file,
    "docx": partial(imported, suffix=".docx"),
    "xlsx": partial(imported, suffix=".xlsx"),
}


def target(name: str, folder: Path) -> Target:
    """Everything that is needed to fuzz the named target."""
    on = ground(folder)
    attempt = TARGETS[name](on)
    if name in ("docx", "xlsx"):
        return Target(attempt, (small_form(on.library, on.schemas, f".{name}", folder),), vary_package)
    cases = tuple(path.read_bytes() for path in sorted((ROOT / "cases").rglob("*.yaml"))[::40])
    return Target(attempt, cases, vary_yaml)


def small_form(library: Any, schemas: Any, suffix: str, folder: Path) -> bytes:
    """A filled form reduced to its rows of text, so that an input is tried in milliseconds."""
    import docx
    import openpyxl

    from build_tools.forms.blank_forms import case_form
    from build_tools.forms.grid import read_grid
    from build_tools.forms.sheet_form import FORM

    whole = folder / f"whole{suffix}"
    whole.write_bytes(case_form(library, schemas, suffix, library.cases[0]))
    rows = [[(c.column, c.text) for c in line.cells] for line in read_grid(whole) if not line.loose][:90]
    out = io.BytesIO()
    if suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active.title = FORM
        for number, row in enumerate(rows, 1):
            for column, text in row:
                book.active.cell(number, column + 1).value = text
        book.save(out)
    else:
        document = docx.Document()
        width = 1 + max(column for row in rows for column, _ in row)
        table = document.add_table(len(rows), width)._tbl
        for cells, row in zip(table.tr_lst, rows, strict=True):
            for column, text in row:
                cells.tc_lst[column].p_lst[0].add_r().text = text
        document.save(out)
    return out.getvalue()


# ---- changing inputs ---------------------------------------------------------------------------------------------


def vary_yaml(raw: bytes, dice: random.Random, mutate: Callable[[bytes], bytes]) -> bytes:
    """Sometimes libFuzzer's change of bytes; else a line of the file gets another value, place or depth."""
    if dice.random() < 0.4:
        return mutate(raw)
    lines = raw.decode("utf-8", "replace").split("\n")
    at = dice.randrange(len(lines))
    way = dice.randrange(6)
    if way == 0:
        lines[at] = lines[at].partition(":")[0] + ": " + dice.choice(TRAPS)
    elif way == 1:
        lines.insert(dice.randrange(len(lines)), lines[at])
    elif way == 2:
        del lines[at]
    elif way == 3:
        lines[at] = " " * dice.randrange(9) + lines[at].lstrip()
    elif way == 4:
        place = dice.randrange(len(lines[at]) + 1)
        lines[at] = lines[at][:place] + dice.choice(TRAPS) + lines[at][place:]
    else:
        lines[at] = lines[at].replace(
            ": ", dice.choice((": - ", ": [", ": {a: ", ": |\n  ", ": >-\n", ":")), 1
        )
    return "\n".join(lines).encode("utf-8", "surrogatepass")


TEXT = re.compile(rb">([^<]+)<")
TAG = re.compile(rb"<[^>]*>")


def vary_package(raw: bytes, dice: random.Random, mutate: Callable[[bytes], bytes]) -> bytes:
    """Change one part of a Word or Excel file and pack it anew; now and then the packing itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            parts = [(info.filename, package.read(info)) for info in package.infolist()]
    except Exception:  # what was changed before is no package any more
        return mutate(raw)
    if dice.random() < 0.05 or not parts:
        return mutate(raw)
    weights = [1 + len(content) ** 0.5 for _, content in parts]
    at = dice.choices(range(len(parts)), weights)[0]
    name, content = parts[at]
    way = dice.random()
    if way < 0.05:
        parts.append((dice.choice(("../x.xml", "/etc/x.xml", name, "xl/a/../b.xml", "x" * 300)), content))
    elif way < 0.08:
        del parts[at]
    else:
        parts[at] = (name, _vary_xml(content, dice, mutate))
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as package:
        warnings.simplefilter("ignore")  # of two parts of one name
        for each, held in parts:
            package.writestr(zipfile.ZipInfo(each), held, zipfile.ZIP_DEFLATED, 1)
    return out.getvalue()


def _vary_xml(content: bytes, dice: random.Random, mutate: Callable[[bytes], bytes]) -> bytes:
    """Another text between two tags, a tag gone or doubled, a number changed, or libFuzzer's change of bytes."""
    way = dice.random()
    pattern = TEXT if way < 0.4 else TAG
    found = list(pattern.finditer(content))
    if way > 0.85 or not found:
        return mutate(content)
    match = dice.choice(found)
    if pattern is TEXT:
        new = dice.choice(TRAPS).replace("&", "&amp;").replace("<", "&lt;").encode()
        return content[: match.start(1)] + new + content[match.end(1) :]
    if way < 0.6:
        new = re.sub(rb'"\d+"', b'"%d"' % dice.choice((0, -1, 7, 99999, 2**31, 10**30)), match[0])
    else:
        new = dice.choice((b"", match[0] * 2, dice.choice(found)[0]))
    return content[: match.start()] + new + content[match.end() :]


# ---- running -----------------------------------------------------------------------------------------------------


def recording(attempt: Try, folder: Path) -> Try:
    """The trial with whatever it raises written to `folder/findings.json`, once for each place it comes from."""
    found: dict[str, dict[str, str]] = {}

    def recorded(raw: bytes) -> None:
        try:
            attempt(raw)
        except Exception as error:  # whatever it is, it should not have come out
            frames = [f for f in traceback.extract_tb(error.__traceback__) if "build_tools" in f.filename]
            said = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else str(error)
            key = f"{type(error).__name__} {said.splitlines()[0] if said else ''}"
            if key not in found:
                kept = folder / f"finding-{len(found)}"
                kept.write_bytes(raw)
                found[key] = {"what": str(error)[:300], "input": str(kept)}
                (folder / "findings.json").write_text(json.dumps(found, ensure_ascii=False, indent=1))

    return recorded


def run_one(name: str, seconds: int, folder: Path) -> None:
    """Fuzz one target in this process; findings go to `folder/findings.json`."""
    import atheris

    with atheris.instrument_imports(include=["build_tools"]):
        chosen = target(name, folder)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(chosen.seeds):
        (corpus / str(number)).write_bytes(seed)
    attempt = recording(chosen.attempt, folder)

    def vary(raw: bytes, most: int, seed: int) -> bytes:
        return chosen.vary(raw, random.Random(seed), lambda b: atheris.Mutate(b, max(len(b) + 64, 64)))[:most]

    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS_A_RUN}",
        "-max_len=400000",
        "-rss_limit_mb=3000",
    ]
    options += ["-print_final_stats=1", "-len_control=0", f"-artifact_prefix={folder}/", "-seed=1"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], attempt, custom_mutator=vary)
    atheris.Fuzz()


def run(name: str, seconds: int) -> None:
    """Fuzz one target in a process of its own and print one line, and what was found."""
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    command = [
        sys.executable,
        "-m",
        "benchmarks.fuzz",
        name,
        "--seconds",
        str(seconds),
        "--folder",
        str(folder),
    ]
    before, started = os.times(), time.monotonic()
    with (folder / "log").open("wb") as log:
        subprocess.run(command, stdout=log, stderr=log, cwd=ROOT, check=False)
    after = os.times()
    said = (folder / "log").read_text(errors="replace")
    covered = re.findall(r"cov: (\d+)", said) or ["?"]
    runs = re.findall(r"number_of_executed_units: (\d+)", said) or re.findall(r"^#(\d+)", said, re.M) or ["?"]
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    print(
        f"{name:<8}{time.monotonic() - started:7.0f} s{cpu:7.0f} CPU-s{runs[-1]:>9} runs"
        f"   edges {covered[0]} → {covered[-1]}   {folder}",
        flush=True,
    )
    listed = folder / "findings.json"
    for key, facts in (json.loads(listed.read_text()) if listed.exists() else {}).items():
        print(f"   {key}: {facts['what']}  [{facts['input']}]", flush=True)
    for kept in sorted(p for p in folder.iterdir() if re.match("crash|timeout|oom|slow", p.name)):
        print(f"   {kept}", flush=True)


def main() -> None:
    """Run the targets named, or all, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help=f"{' '.join(TARGETS)} (all when none is named)")
    parser.add_argument("--seconds", type=int, default=100, help="for each target")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        run_one(given.targets[0], given.seconds, given.folder)
        return
    for name in given.targets or TARGETS:
        run(name, given.seconds)


if __name__ == "__main__":
    main()
