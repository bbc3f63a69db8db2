"""Packs the whole library into zip files for other programs; the same library gives the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from build_tools.export.changes import newest
from build_tools.export.moment import moment_of
from build_tools.export.openapi import published_schemas
from build_tools.export.packing import packed
from build_tools.export.publication import LICENCE, LICENCE_URL, TITLE, Publication, compact
from build_tools.export.volumes import Volume
from build_tools.load import INTERNAL
from build_tools.memory import digest_of
from build_tools.output import Output

SUMS = "SHA256SUMS"
CASES = """\
cases.jsonl        每行一件案例（JSON，UTF-8），主日期新的在前；格式见 schema/case.schema.json，
                   已撤下、已并入的见 schema/tombstone.schema.json。
                   一行（不含换行）的 SHA-256 就是这一件的内容摘要
"""
ELSEWHERE = """\
案例按编号分卷，在 {first} 等 {count} 个压缩包里
"""
README = """{title}（{edition}）整库数据

案例 {cases} 件，最近变动 {newest}，内容摘要 {digest}
发布：{organisation}
许可：{licence} {licence_url}

{where}rules.jsonl        每行一部规则；格式见 schema/rule.schema.json
vocabulary.jsonl   每行一张词表；格式见 schema/vocabulary.schema.json
schema/            JSON Schema（2020-12）
{sums}         各文件的 SHA-256，用 sha256sum -c {sums} 核对

案例只说公开来源写明的内容；编者归纳均有标注。转载请注明库名、案例编号和版次。
"""
VOLUME = """{title}（{edition}）整库数据：分卷 {name}

案例 {cases} 件，最近变动 {newest}
发布：{organisation}
许可：{licence} {licence_url}

{where}{sums}         各文件的 SHA-256，用 sha256sum -c {sums} 核对

规则、词表、格式和内容摘要在 {main} 里。

案例只说公开来源写明的内容；编者归纳均有标注。转载请注明库名、案例编号和版次。
"""


def dump_stem(source: Publication) -> str:
    return f"rongcuo-{source.edition.name}"


def dump_files(source: Publication, held: Sequence[Volume]) -> Iterator[Output]:
    """The zip of the library, with its cases where there is one volume; else a further zip for each volume."""
    whole = held[0] if len(held) == 1 else Volume("", ())
    library, moment = source.library, source.moment.isoformat()
    rules = (rule.digest for rule in library.rules)
    key = digest_of(source.words, source.edition.digest, source.newest, moment, len(held), *rules)
    yield Output(f"{dump_stem(source)}.zip", key, partial(_main, source, held, whole))
    for volume in held if len(held) > 1 else ():
        # The last day follows from the cases; another moment may be set from outside.
        key = digest_of(source.head, moment_of("").isoformat(), *[case.digest for case in volume.cases])
        yield Output(volume.file(dump_stem(source), ".zip"), key, partial(_volume, source, volume))


def _main(source: Publication, held: Sequence[Volume], whole: Volume) -> bytes:
    library, edition = source.library, source.edition
    schemas = published_schemas(source.schemas, internal=edition.name == INTERNAL)
    first = held[0].file(dump_stem(source), ".zip")
    where = ELSEWHERE.format(first=first, count=len(held)) if len(held) > 1 else CASES
    said = README.format(
        **_named(source, where), cases=edition.cases, newest=source.newest or "无", digest=edition.digest
    )
    files = {
        "README.txt": said.encode(),
        **({} if len(held) > 1 else {"cases.jsonl": _lines(whole)}),
        "rules.jsonl": b"".join(compact(rule.data) for rule in library.rules),
        "vocabulary.jsonl": b"".join(compact(v.record.data) for v in library.vocabularies),
        **{f"schema/{name}": compact(document) for name, document in schemas.items()},
    }
    return packed(_summed(files), source.moment)


def _volume(source: Publication, volume: Volume) -> bytes:
    """Tells nothing of other volumes, so that their edits leave it as it is."""
    day = newest(volume.cases)
    said = VOLUME.format(
        **_named(source, CASES),
        name=volume.name,
        cases=len(volume.cases),
        newest=day or "无",
        main=f"{dump_stem(source)}.zip",
    )
    return packed(_summed({"README.txt": said.encode(), "cases.jsonl": _lines(volume)}), moment_of(day))


def _lines(volume: Volume) -> bytes:
    return b"".join(compact(case.data) for case in volume.cases)


def _summed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files by name, and their checksums."""
    files = dict(sorted(files.items()))
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    return {**files, SUMS: sums.encode()}


def _named(source: Publication, where: str) -> dict[str, str]:
    """What every note in a zip says."""
    return {
        "title": TITLE,
        "edition": "内部版，不得公开" if source.edition.name == INTERNAL else "公开版",
        "organisation": source.site.organisation,
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "where": where,
        "sums": SUMS,
    }
