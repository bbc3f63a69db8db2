"""Packs the whole library into one zip for other programs; the same library gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import datetime

from build_tools.export.openapi import published_schemas
from build_tools.export.publication import LICENCE, LICENCE_URL, TITLE, Publication, compact
from build_tools.load import INTERNAL

EARLIEST = datetime(1980, 1, 1)  # the first moment that a zip can hold
SUMS = "SHA256SUMS"

README = """{title}（{edition}）整库数据

案例 {cases} 件，最近变动 {newest}，内容摘要 {digest}
发布：{organisation}
许可：{licence} {licence_url}

cases.jsonl        每行一件案例（JSON，UTF-8），主日期新的在前；格式见 schema/case.schema.json，
                   已撤下、已并入的见 schema/tombstone.schema.json
rules.jsonl        每行一部规则；格式见 schema/rule.schema.json
vocabulary.jsonl   每行一张词表；格式见 schema/vocabulary.schema.json
schema/            JSON Schema（2020-12）
{sums}         各文件的 SHA-256，用 sha256sum -c {sums} 核对

案例只说公开来源写明的内容；编者归纳均有标注。转载请注明库名、案例编号和版次。
"""


def dump_name(source: Publication) -> str:
    return f"rongcuo-{source.edition.name}.zip"


def dump(source: Publication) -> bytes:
    """The zip: records as JSON lines, schemas, a note and the files' checksums."""
    library, internal = source.library, source.edition.name == INTERNAL
    schemas = published_schemas(source.schemas, internal=internal)
    files = {
        "README.txt": _readme(source).encode(),
        "cases.jsonl": b"".join(compact(case.data) for case in source.cases),
        "rules.jsonl": b"".join(compact(rule.data) for rule in library.rules),
        "vocabulary.jsonl": b"".join(compact(v.record.data) for v in library.vocabularies),
        **{f"schema/{name}": compact(document) for name, document in schemas.items()},
    }
    files = dict(sorted(files.items()))
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    return packed({**files, SUMS: sums.encode()}, source.moment)


def packed(files: Mapping[str, bytes], moment: datetime) -> bytes:
    """A zip of `files` (name → content) in the order given, all with one time and the same attributes."""
    when = max(moment.replace(tzinfo=None), EARLIEST).timetuple()[:6]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in files.items():
            part = zipfile.ZipInfo(name, when)
            part.create_system = 3  # whatever the system: the library would write its own
            part.external_attr = 0o644 << 16
            package.writestr(part, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _readme(source: Publication) -> str:
    edition = source.edition
    return README.format(
        title=TITLE,
        edition="内部版，不得公开" if edition.name == INTERNAL else "公开版",
        cases=edition.cases,
        newest=source.newest or "无",
        digest=edition.digest,
        organisation=source.site.organisation,
        licence=LICENCE,
        licence_url=LICENCE_URL,
        sums=SUMS,
    )
