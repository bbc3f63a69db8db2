"""`rongcuo verify`: compares a copy of the site with its manifest, offline; comparing is done in export."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from build_tools.cli.common import out

SHOWN = 50  # names of a list that are printed

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    "verify", help="核对网站的副本（文件夹或 ZIP）与发布清单是否一致，不连网。不写路径就核对 site/。"
)
@click.argument("place", metavar="[文件夹|ZIP]", default="site", type=click.Path(path_type=Path))
@click.option("--signature", type=_file, metavar="文件", help="清单的签名文件（manifest.json.sig）。")
@click.option(
    "--signers", type=_file, metavar="文件", help="可信签名人名单（OpenSSH 的 allowed_signers 格式）。"
)
def command(place: Path, signature: Path | None, signers: Path | None) -> None:
    """Print what differs; exit code 1 when anything does, or when the signature does not fit."""
    from build_tools.export.verify import NotVerifiable, check_signature, compare, read_copy

    if (signature is None) != (signers is None):
        raise click.UsageError("--signature 和 --signers 要一起写：一个是签名，一个是可信签名人名单")
    if not place.exists():
        raise click.BadParameter(f"没有 {place}；写出网站文件夹或 ZIP 文件的路径", param_hint="路径")
    try:
        copy = read_copy(place)
        found = compare(copy)
        signer = check_signature(copy.manifest, signature, signers) if signature and signers else ""
    except NotVerifiable as reason:
        raise click.ClickException(str(reason)) from None
    _list("内容被改动", found.changed)
    _list("缺少", found.missing)
    _list("清单里没有", found.extra)
    _list("没有读", tuple(f"{name}：{why}" for name, why in found.refused.items()))
    facts = found.library
    edition = {"public": "公开版", "internal": "内部版"}.get(str(facts.get("edition")), "")
    name = (
        f"{edition} {facts.get('version')}，{facts.get('cases')} 个案例，摘要 {str(facts.get('digest'))[:12]}"
    )
    if found.whole:
        out.print(f"与发布清单一致：{found.total} 个文件（{name}）。", markup=False)
    else:
        sums = f"改动 {len(found.changed)}，缺少 {len(found.missing)}，多出 {len(found.extra)}，没有读 {len(found.refused)}"
        out.print(f"与发布清单不一致：{sums}（{name}）。从发布处重新取一份。", markup=False)
    if signer:
        out.print(f"签名有效：{signer}。", markup=False)
    else:
        out.print("没有核对签名：清单本身是谁发布的，要靠签名或另外途径确认。", markup=False)
    sys.exit(0 if found.whole else 1)


def _list(label: str, names: tuple[str, ...]) -> None:
    for name in names[:SHOWN]:
        out.print(f"{label}：{name}", markup=False)
    if len(names) > SHOWN:
        out.print(f"{label}：还有 {len(names) - SHOWN} 个没有列出", markup=False)
