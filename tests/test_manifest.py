"""The release manifest and `rongcuo verify`: every way a copy can differ is named, hostile archives do no harm."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build_tools.cli import main
from build_tools.export import verify
from build_tools.export.manifest import MANIFEST, MOST, manifest_outputs
from build_tools.load import for_edition, load_library
from build_tools.model import Library
from tests.check_support import CASE, SCHEMAS, make_library, patched, write

FILES = {"index.html": "<h1>首页</h1>", "cases/RC-2026-0001.html": "<p>案例</p>", "data/空.js": ""}


def write_manifest(folder: Path, library: Library) -> None:
    """Write the manifest of everything below a folder."""
    found = ((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    digests = {name: (hashlib.sha256(path.read_bytes()).hexdigest(), 0) for name, path in found}
    for output in manifest_outputs(digests, library, SCHEMAS):
        path = folder / output.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(output.make())


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A finished site of three files with its manifest."""
    library = for_edition(load_library(make_library(tmp_path / "库")).library, SCHEMAS)
    out = tmp_path / "网站"
    for name, text in FILES.items():
        write(out, name, text)
    write_manifest(out, library)
    return out


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


def packed(site: Path, inside: str = "") -> Path:
    out = site.parent / "网站.zip"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in site.rglob("*") if p.is_file()):
            archive.write(path, inside + path.relative_to(site).as_posix())
    return out


def test_manifest_lists_every_file_and_every_record(site: Path) -> None:
    found = json.loads((site / MANIFEST).read_text(encoding="utf-8"))
    parts = [f"manifest/files/{name}/00.txt" for name in ("_top", "cases", "data")]
    assert list(found["parts"]) == [*parts, "manifest/cases.txt"]
    lines = [
        line.split("  ") for name in parts for line in (site / name).read_text(encoding="utf-8").splitlines()
    ]
    assert [name for _, name in lines] == ["index.html", "cases/RC-2026-0001.html", "data/空.js"]
    assert (site / "manifest/cases.txt").read_text(encoding="utf-8").endswith("  RC-2026-0001\n")
    assert list(found["rules"]) == ["N-90"]
    assert {"case", "rule"} <= found["schema"].keys() and "outcomes" in found["vocabulary"]
    assert found["library"]["cases"] == 1 and found["format"] == 2


def test_digests_of_cases_tell_nothing_of_what_is_left_out(tmp_path: Path) -> None:
    found = []
    for name, notes in (("甲", "猜得到的备注"), ("乙", "另一句备注")):
        root = make_library(tmp_path / name)
        text = (root / CASE).read_text(encoding="utf-8")
        write(root, CASE, patched(text, f"internal:\n  notes: {notes}"))
        (root / "site").mkdir()
        write_manifest(root / "site", for_edition(load_library(root).library, SCHEMAS))
        written = sorted(path for path in (root / "site").rglob("*") if path.is_file())
        found.append([(path.name, path.read_bytes()) for path in written])
    assert found[0] == found[1]


def test_an_untouched_copy_passes_as_folder_and_as_zip(site: Path) -> None:
    for place in (site, packed(site), packed(site, "site/")):
        done = run(place)
        assert done.exit_code == 0 and "与发布清单一致：3 个文件" in done.output


def _change(site: Path) -> None:
    write(site, "index.html", "<h1>首頁</h1>")


def _remove(site: Path) -> None:
    (site / "cases/RC-2026-0001.html").unlink()


def _add(site: Path) -> None:
    write(site, "cases/.隐藏.js", "alert(1)")


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        (_change, "内容被改动：index.html"),
        (_remove, "缺少：cases/RC-2026-0001.html"),
        (_add, "清单里没有：cases/.隐藏.js"),
    ],
)
def test_each_difference_is_named(site: Path, tamper: Callable[[Path], None], line: str) -> None:
    tamper(site)
    for place in (site, packed(site)):
        done = run(place)
        assert done.exit_code == 1
        assert next(row for row in done.output.splitlines() if "：" in row) == line


PART = "manifest/files/cases/00.txt"


def _change_part(site: Path) -> None:
    write(site, PART, (site / PART).read_text(encoding="utf-8").replace("0001", "0002"))


def _remove_part(site: Path) -> None:
    (site / PART).unlink()


def _swap_parts(site: Path) -> None:
    other = site / "manifest/files/data/00.txt"
    text = other.read_text(encoding="utf-8")
    other.write_text((site / PART).read_text(encoding="utf-8"), encoding="utf-8")
    write(site, PART, text)


def _add_part(site: Path) -> None:
    write(site, "manifest/files/cases/01.txt", f"{'0' * 64}  cases/x.html\n")


UNSURE = f"没有读：cases/RC-2026-0001.html：列出它的 {PART} 不对"


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (_change_part, [f"内容被改动：{PART}", UNSURE]),
        (_remove_part, [f"缺少：{PART}", UNSURE]),
        (
            _swap_parts,
            [
                f"内容被改动：{PART}",
                "内容被改动：manifest/files/data/00.txt",
                UNSURE,
                "没有读：data/空.js：列出它的 manifest/files/data/00.txt 不对",
            ],
        ),
        (_add_part, ["清单里没有：manifest/files/cases/01.txt"]),
    ],
)
def test_a_part_counts_only_as_the_manifest_has_it(
    site: Path, tamper: Callable[[Path], None], said: list[str]
) -> None:
    tamper(site)
    for place in (site, packed(site)):
        done = run(place)
        rows = done.output.replace("\n", " ")
        assert done.exit_code == 1
        assert all(line in rows for line in said)
        assert rows.count("：cases/") + rows.count("：data/") + rows.count("：manifest/") == len(said)


def test_a_file_changed_together_with_its_part_is_found(site: Path) -> None:
    _change(site)
    part = site / "manifest/files/_top/00.txt"
    part.write_text(f"{hashlib.sha256('<h1>首頁</h1>'.encode()).hexdigest()}  index.html\n", encoding="utf-8")
    done = run(site)
    assert done.exit_code == 1 and "内容被改动：manifest/files/_top/00.txt" in done.output


def test_a_broken_part_is_no_crash(site: Path) -> None:
    write(site, PART, "不是摘要\n")
    data = json.loads((site / MANIFEST).read_text(encoding="utf-8"))
    data["parts"][PART] = hashlib.sha256((site / PART).read_bytes()).hexdigest()
    write(site, MANIFEST, json.dumps(data))
    done = run(site)
    assert done.exit_code == 1 and f"{PART} 已损坏" in done.output


def test_parts_are_as_sha256sum_writes_them(site: Path) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("no coreutils here")
    parts = sorted(path.relative_to(site).as_posix() for path in site.glob("manifest/files/*/*.txt"))
    done = subprocess.run(["sha256sum", "-c", *parts], cwd=site, capture_output=True, check=False)
    assert done.returncode == 0 and done.stdout.count(b"OK") == len(FILES)


def test_an_edit_changes_few_parts_and_files_stay_in_theirs(site: Path) -> None:
    library = for_edition(load_library(site.parent / "库").library, SCHEMAS)
    many = {f"cases/RC-2026-{n:04d}.html": (f"{n:064x}", n) for n in range(1, 5 * MOST)}
    before = {o.path: o.make() for o in manifest_outputs(many, library, SCHEMAS)}
    edited = {
        o.path: o.make()
        for o in manifest_outputs({**many, "cases/RC-2026-0007.html": ("f" * 64, 7)}, library, SCHEMAS)
    }
    assert len(before) == 1 + 8 + 1 and before.keys() == edited.keys()
    changed = [path for path in before if before[path] != edited[path]]
    assert len(changed) == 2 and MANIFEST in changed
    more = {o.path: o.make() for o in manifest_outputs({**many, "a/x.html": ("0" * 64, 1)}, library, SCHEMAS)}
    assert [path for path in more if more[path] != before.get(path)] == [MANIFEST, "manifest/files/a/00.txt"]
    backwards = dict(reversed(many.items()))
    assert before == {o.path: o.make() for o in manifest_outputs(backwards, library, SCHEMAS)}


def test_a_link_is_not_followed(site: Path, tmp_path: Path) -> None:
    secret = write(tmp_path, "秘密.txt", FILES["index.html"])
    (site / "index.html").unlink()
    (site / "index.html").symlink_to(secret)
    done = run(site)
    assert done.exit_code == 1 and "没有读：index.html：是符号链接" in done.output


def test_a_place_without_manifest_is_explained(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    done = run(tmp_path / "空")
    assert done.exit_code == 1 and MANIFEST in done.output
    assert run(write(tmp_path, "不是.zip", "不是")).exit_code == 1
    assert run(tmp_path / "没有").exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"format":2}',
        '{"format":2,"library":{}}',
        '{"format":2,"library":{},"parts":{"a":"1"}}',
        "[" * 99_999,
    ],
)
def test_a_broken_manifest_is_no_crash(site: Path, text: str) -> None:
    write(site, MANIFEST, text)
    done = run(site)
    assert done.exit_code == 1 and "已损坏" in done.output


def test_a_manifest_of_a_later_format_is_not_guessed_at(site: Path) -> None:
    data = json.loads((site / MANIFEST).read_text(encoding="utf-8"))
    write(site, MANIFEST, json.dumps({**data, "format": 3}))
    assert "格式是 3" in run(site).output


# ---- hostile archives --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../外.html", "/etc/x", "a/../../x", "C:\\x", "c:/x"])
def test_a_name_that_leads_outside_is_refused_and_nothing_written(site: Path, name: str) -> None:
    place = packed(site)
    with zipfile.ZipFile(place, "a") as archive:
        archive.writestr(name, "x")
    before = sorted(site.parent.rglob("*"))
    done = run(place)
    assert done.exit_code == 1 and "指到了网站文件夹外面" in done.output
    assert sorted(site.parent.rglob("*")) == before


def test_a_link_in_a_zip_is_refused(site: Path) -> None:
    place = packed(site)
    entry = zipfile.ZipInfo("链接.html")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(place, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert "是符号链接" in run(place).output


def test_a_name_that_comes_twice_is_refused(site: Path) -> None:
    place = packed(site)
    with zipfile.ZipFile(place, "a") as archive, pytest.warns(UserWarning):
        archive.writestr("index.html", "另一份")
    assert "两个同名文件" in run(place).output


def test_a_bomb_is_not_read_to_its_end(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(site, "大.js", b"\0" * 4_000_000)
    monkeypatch.setattr(verify, "MAX_MANIFEST", 100_000)
    done = run(packed(site))
    assert done.exit_code == 1 and "恶意压缩包" in done.output


def test_a_zip_cut_short_is_explained(site: Path) -> None:
    place = packed(site)
    content = place.read_bytes()
    place.write_bytes(content[: len(content) // 2])
    assert "不是完好的 ZIP" in run(place).output


# ---- signatures --------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(site: Path) -> tuple[Path, Path, Path]:
    """The site, the signature of its manifest and the list of trusted signers."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("no OpenSSH here")
    key = site.parent / "钥匙"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    sign = ["ssh-keygen", "-q", "-Y", "sign", "-n", verify.NAMESPACE, "-f", str(key), str(site / MANIFEST)]
    subprocess.run(sign, check=True, capture_output=True)
    signature = site.parent / "manifest.sig"
    shutil.move(site / f"{MANIFEST}.sig", signature)
    public = key.with_suffix(".pub").read_text(encoding="utf-8")
    signers = write(site.parent, "signers", f"发布人@库 {public}")
    return site, signature, signers


def test_a_signature_is_checked(signed: tuple[Path, Path, Path]) -> None:
    site, signature, signers = signed
    good = run(site, "--signature", signature, "--signers", signers)
    assert good.exit_code == 0 and "签名有效：发布人@库" in good.output
    write(site, MANIFEST, (site / MANIFEST).read_text(encoding="utf-8") + "\n")
    changed = run(site, "--signature", signature, "--signers", signers)
    assert changed.exit_code == 1 and "对不上" in changed.output


def test_a_signature_of_nobody_trusted_does_not_count(signed: tuple[Path, Path, Path]) -> None:
    site, signature, signers = signed
    signers.write_text("", encoding="utf-8")
    done = run(site, "--signature", signature, "--signers", signers)
    assert done.exit_code == 1 and "不在可信签名人名单里" in done.output
    assert run(site, "--signature", signature).exit_code == 2


def test_without_the_program_it_is_said(
    signed: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, signature, signers = signed
    monkeypatch.setenv("PATH", "")
    done = run(site, "--signature", signature, "--signers", signers)
    assert done.exit_code == 1 and "没有 ssh-keygen" in done.output
