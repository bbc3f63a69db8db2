"""Published files have keys: what has the same path and key has the same bytes, and an edit changes few of them."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from build_tools.export import api, feeds, sitemap, volumes
from build_tools.load import for_edition, load_library, load_schemas
from build_tools.memory import Memory
from build_tools.model import Case, Library, Record
from build_tools.site.contents import Contents, gather
from build_tools.site.data_pages import Published, said_size
from tests.check_support import ROOT
from tests.test_api import made

from .site.conftest import TODAY

Edit = Callable[[random.Random, Library], Library]
SCHEMAS = load_schemas(ROOT / "schema")
STEPS = 9


@pytest.fixture(scope="module")
def real() -> Library:
    """A dozen cases of the real library, all its rules and terms, and an address."""
    library = load_library(ROOT).library
    data = MappingProxyType({"site_url": "https://example.org/"})
    site = Record("schema/site.yaml", data, {}, {}, "", _digest(data))
    return replace(library, cases=library.cases[:24:2], site=site)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files so short that a dozen cases need several of each."""
    for module, name, value in (
        (volumes, "WHOLE", 8),
        (volumes, "MOST", 5),
        (api, "PAGE_SIZE", 4),
        (feeds, "ENTRIES", 3),
        (sitemap, "MOST", 9),
    ):
        monkeypatch.setattr(module, name, value)


def _digest(data: Any) -> str:
    """Stands for the digest of a file's bytes: it tells the order of keys too."""
    return hashlib.sha256(json.dumps(data, default=dict, ensure_ascii=False).encode()).hexdigest()


def _with(case: Case, **changed: Any) -> Case:
    data = MappingProxyType({**case.data, **changed})
    return Case(case.path, data, {}, {}, "", _digest(data))


def _replaced(library: Library, old: Case, *new: Case) -> Library:
    cases = [n for case in library.cases for n in (new if case is old else (case,))]
    return replace(library, cases=tuple(cases))


def _title(dice: random.Random, library: Library) -> Library:
    case = dice.choice(library.cases)
    return _replaced(library, case, _with(case, title=f"题目{dice.random()}"))


def _change(dice: random.Random, library: Library) -> Library:
    case = dice.choice(library.cases)
    entry = {
        "date": f"2026-11-{dice.randint(10, 30)}",
        "type": "correction",
        "what": "改正。",
        "by": "编辑组",
    }
    changes = (*(case.data.get("changes") or ()), MappingProxyType(entry))
    return _replaced(library, case, _with(case, changes=changes))


def _date(dice: random.Random, library: Library) -> Library:
    case = dice.choice(library.cases)
    date = MappingProxyType({**case.data["date"], "value": f"20{dice.randint(10, 25)}-01-02"})
    return _replaced(library, case, _with(case, date=date))


def _reorder(dice: random.Random, library: Library) -> Library:
    case = dice.choice(library.cases)
    items = list(case.data.items())
    dice.shuffle(items)
    data = MappingProxyType(dict(items))
    return _replaced(library, case, Case(case.path, data, {}, {}, "", _digest(data)))


def _relate(dice: random.Random, library: Library) -> Library:
    case, other = dice.sample(library.cases, 2)
    relation = MappingProxyType({"type": "same_matter", "target": other.id, "note": f"注{dice.random()}"})
    return _replaced(library, case, _with(case, relations=(relation,)))


def _remove(dice: random.Random, library: Library) -> Library:
    return _replaced(library, dice.choice(library.cases)) if len(library.cases) > 4 else library


def _add(dice: random.Random, library: Library) -> Library:
    case, number = dice.choice(library.cases), dice.randint(100, 130)
    name = f"RC-2027-{number:04d}"
    if name in library.case_by_id:
        return library
    return _replaced(library, case, case, _with(case, id=name))


def _withdraw(dice: random.Random, library: Library) -> Library:
    case = dice.choice(library.cases)
    record = MappingProxyType({"date": "2026-11-20", "reason": "来源撤稿", "authority": "编辑组"})
    return _replaced(library, case, _with(case, status="withdrawn", status_record=record))


def _word(dice: random.Random, library: Library) -> Library:
    """Another label for a field of business."""
    at, old = next((n, v) for n, v in enumerate(library.vocabularies) if v.name == "fields")
    terms = (replace(old.terms[0], label=f"领域{dice.random()}"), *old.terms[1:])
    data = MappingProxyType({**old.record.data, "x": terms[0].label})
    new = replace(old, terms=terms, record=Record(old.record.path, data, {}, {}, "", _digest(data)))
    lists = library.vocabularies
    return replace(library, vocabularies=(*lists[:at], new, *lists[at + 1 :]))


EDITS: tuple[Edit, ...] = (_title, _change, _date, _reorder, _relate, _remove, _add, _withdraw, _word)


def _published(library: Library, memory: Memory | None = None) -> Published:
    contents: Contents = gather(for_edition(library, SCHEMAS, memory=memory), SCHEMAS, TODAY, memory)
    return Published(contents, ["index.html", *(f"cases/{case.id}.html" for case in contents.cases)])


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_edits_what_is_kept_is_what_would_be_made(real: Library, seed: int) -> None:
    dice, memory, library = random.Random(seed), Memory(), real
    kept: dict[tuple[str, str], bytes] = {}
    for step in range(STEPS):
        library = dice.choice(EDITS)(dice, library) if step else library
        found = _published(library, memory)
        for output in found.files:
            if (output.path, output.key) not in kept:
                kept[output.path, output.key] = output.make()
        site = {output.path: kept[output.path, output.key] for output in found.files}
        assert len(site) == len(found.files)
        afresh = _published(library)
        whole = made(afresh.files)
        assert list(site) == list(whole)
        assert [path for path in site if site[path] != whole[path]] == []
        memory.save()
    sizes = {path: ("", len(content)) for path, content in site.items()}
    assert found.page(sizes).body == afresh.page().body


def _keys(published: Published) -> dict[str, str]:
    return {output.path: output.key for output in published.files}


@pytest.mark.usefixtures("narrow")
def test_an_edited_case_changes_few_files(real: Library) -> None:
    case = real.cases[3]
    before = _keys(_published(real))
    after = _keys(_published(_replaced(real, case, _with(case, title="改过的题目"))))
    assert before.keys() == after.keys()
    changed = {path for path in after if before[path] != after[path]}
    year, serial = case.id.split("-")[1:]
    place = (int(serial) - 1) // 5 * 5
    volume = f"{year}-{place + 1:04d}-{place + 5:04d}"
    assert {f"downloads/cases-{volume}.csv", f"downloads/cases-{volume}.xlsx"} <= changed
    assert {path for path in changed if path.startswith("downloads")} == {
        f"downloads/cases-{volume}.csv",
        f"downloads/cases-{volume}.xlsx",
        f"downloads/rongcuo-public-{volume}.zip",
        "downloads/rongcuo-public.zip",
    }
    assert {path for path in changed if path.startswith("api/v1/cases/")} == {f"api/v1/cases/{case.id}.json"}
    assert len([path for path in changed if path.startswith("api/v1/cases") and path.count("/") == 2]) == 1
    assert not [
        path for path in changed if path.startswith(("api/v1/rules", "api/v1/vocabulary", "api/v1/schema"))
    ]
    assert "sitemap.xml" not in changed and "api/v1/index.json" in changed


def test_the_order_of_keys_in_a_file_is_in_no_file(real: Library) -> None:
    dice = random.Random(3)
    shuffled = real
    for _ in range(20):
        shuffled = _reorder(dice, shuffled)
    one, two = _published(real), _published(shuffled)
    assert _keys(one) == _keys(two) and made(one.files) == made(two.files)


@pytest.mark.usefixtures("narrow")
def test_the_page_lists_every_volume_with_its_size(real: Library) -> None:
    found = _published(real)
    files = made(found.files)
    page = found.page({path: ("", len(content)) for path, content in files.items()}).body
    listed = [path for path in files if path.startswith("downloads/")]
    assert len(listed) > 10
    for path in listed:
        assert (
            f'<a href="{path}" download>{path.split("/")[1]}</a></th><td class="rc-num">{said_size(len(files[path]))}</td>'
            in page
        )
    assert page.count("件，按编号分卷，每卷") == 3
    assert json.loads(files["api/v1/index.json"])["data"]["downloads"] == listed


def _numbered(*numbers: str) -> Iterator[Case]:
    for number in numbers:
        yield Case("", MappingProxyType({"id": f"RC-{number}"}), {}, {}, "", "")


def test_volumes_are_cut_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "WHOLE", 3)
    cases = list(_numbered("2027-0001", "2026-0501", "2026-12001", "2026-0500", "2026-0001"))
    found = volumes.volumes(cases)
    assert [(v.name, [c.id for c in v.cases]) for v in found] == [
        ("2026-0001-0500", ["RC-2026-0500", "RC-2026-0001"]),
        ("2026-0501-1000", ["RC-2026-0501"]),
        ("2026-12001-12500", ["RC-2026-12001"]),
        ("2027-0001-0500", ["RC-2027-0001"]),
    ]
    assert found[0].file("cases", ".csv") == "cases-2026-0001-0500.csv"
    (whole,) = volumes.volumes(cases[:3])
    assert whole.file("cases", ".csv") == "cases.csv" and list(whole.cases) == cases[:3]
    assert [v.name for v in volumes.volumes([])] == [""]
