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
import zipfile
from collections.abc import Callable, Mapping
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


def targets(folder: Path) -> Mapping[str, Callable[[], Target]]:
    """Name → maker of each target; `folder` is scratch space. Imports the project only when a target is made."""
    from datetime import date

    from build_tools.check import run_checks
    from build_tools.edit.layout import laid_out
    from build_tools.edit.redact import RefusedError, applied, draft
    from build_tools.forms.draft import draft_text
    from build_tools.forms.importing import import_form, numbered_yaml
    from build_tools.load import Loaded, load_library, load_schemas
    from build_tools.load.office import OfficeError
    from build_tools.load.yaml_reader import read_yaml
    from build_tools.model import Case
    from tests.check_support import make_library

    root = make_library(folder / "library")
    loaded, schemas = load_library(root), load_schemas(root / "schema")
    library = loaded.library
    cases = tuple(path.read_bytes() for path in sorted((ROOT / "cases").rglob("*.yaml"))[::40])

    def loader(raw: bytes) -> None:
        parsed = read_yaml(raw, "x.yaml")
        again = laid_out(raw, "x.yaml", schemas.case)
        assert (parsed.data is not None) or parsed.diagnostics or not raw.strip(), "refused without a reason"
        if again.text is not None:
            assert read_yaml(again.text.encode(), "").data == parsed.data, "the layout changed the data"

    def check(raw: bytes) -> None:
        parsed = read_yaml(raw, "cases/2026/RC-2026-0001.yaml")
        if isinstance(parsed.data, Mapping):
            case = Case(
                "cases/2026/RC-2026-0001.yaml", parsed.data, parsed.marks, parsed.key_marks, parsed.text
            )
            from dataclasses import replace

            changed = Loaded(replace(library, cases=(case,)), parsed.diagnostics)
            assert [str(d) for d in run_checks(changed, schemas, date(2026, 11, 22))] is not None

    def redact(raw: bytes) -> None:
        for name in ("x.yaml", "x.txt"):
            try:
                plan = draft(raw, name)
                applied(plan, plan.proposals)
            except RefusedError:
                pass

    def imported(suffix: str) -> Try:
        path = folder / f"form{suffix}"

        def attempt(raw: bytes) -> None:
            path.write_bytes(raw)
            try:
                made = import_form(path, library, schemas)
            except OfficeError:
                return
            text = draft_text(made, schemas.case, "RC-2026-0002", "2026-11-22", path.name, "")
            back = read_yaml(text.encode(), "")
            assert back.data is not None and not back.diagnostics, "a draft that cannot be read"
            assert {k: _plain(v) for k, v in back.data.items() if k in made.data} == _plain(made.data), (
                "a draft that says something else than the form"
            )

        return attempt

    def browser_file(raw: bytes) -> None:
        path = folder / "fill.yaml"
        path.write_bytes(raw)
        try:
            text = numbered_yaml(path, schemas, "RC-2026-0002", "2026-11-22")
        except OfficeError:
            return
        data = read_yaml(text.encode(), "").data
        assert data is not None and (data["id"], data["status"]) == ("RC-2026-0002", "draft"), (
            "a draft under a false name"
        )

    def form(suffix: str) -> tuple[bytes, ...]:
        return (_small_form(library, schemas, suffix, folder),)

    return {
        "loader": lambda: Target(loader, cases, _vary_yaml),
        "check": lambda: Target(check, cases, _vary_yaml),
        "redact": lambda: Target(redact, cases, _vary_yaml),
        "yaml": lambda: Target(browser_file, cases, _vary_yaml),
        "docx": lambda: Target(imported(".docx"), form(".docx"), _vary_package),
        "xlsx": lambda: Target(imported(".xlsx"), form(".xlsx"), _vary_package),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(child) for child in value]
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def _small_form(library: Any, schemas: Any, suffix: str, folder: Path) -> bytes:
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


def _vary_yaml(raw: bytes, dice: random.Random, mutate: Callable[[bytes], bytes]) -> bytes:
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


def _vary_package(raw: bytes, dice: random.Random, mutate: Callable[[bytes], bytes]) -> bytes:
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
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
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


def run_one(name: str, seconds: int, folder: Path) -> None:
    """Fuzz one target in this process; findings go to `folder/findings.json`."""
    import atheris

    with atheris.instrument_imports(include=["build_tools"]):
        target = targets(folder)[name]()
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(seed)
    found: dict[str, dict[str, str]] = {}

    def attempt(raw: bytes) -> None:
        try:
            target.attempt(raw)
        except Exception as error:  # whatever it is, it should not have come out
            frames = [f for f in traceback.extract_tb(error.__traceback__) if "build_tools" in f.filename]
            place = (
                f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
                if frames
                else str(error).split("\n")[0]
            )
            key = f"{type(error).__name__} {place}"
            if key not in found:
                kept = folder / f"finding-{len(found)}"
                kept.write_bytes(raw)
                found[key] = {"what": str(error)[:300], "input": str(kept)}
                (folder / "findings.json").write_text(json.dumps(found, ensure_ascii=False, indent=1))

    def vary(raw: bytes, most: int, seed: int) -> bytes:
        return target.vary(raw, random.Random(seed), lambda b: atheris.Mutate(b, max(len(b) + 64, 64)))[:most]

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
    parser.add_argument(
        "targets", nargs="*", help="loader check redact yaml docx xlsx (all when none is named)"
    )
    parser.add_argument("--seconds", type=int, default=100, help="for each target")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        run_one(given.targets[0], given.seconds, given.folder)
        return
    for name in given.targets or ("loader", "check", "redact", "yaml", "docx", "xlsx"):
        run(name, given.seconds)


if __name__ == "__main__":
    main()
