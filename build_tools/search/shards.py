"""Writes the index as small `.js` files that the browser loads on demand; layout and encoding live here only.

Every file calls one global function with its name, a checksum and its content as text, because neither `fetch`
nor ES modules work on `file://`. All files but `manifest.js` lie in a folder named after the content of the whole
index: a page asks for them by that folder, so that a cached file is never mixed with those of another build. The
files themselves do not say the folder, so that a file whose content stayed is the same file in the next build.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from build_tools.load import Choice
from build_tools.search.digits import encode_number, encode_postings
from build_tools.search.documents import TYPES, Document
from build_tools.search.index import Index, Segment
from build_tools.search.neighbours import Neighbours
from build_tools.search.query import NOISE, SETTINGS, is_common
from build_tools.search.snippets import lines
from build_tools.search.text import simplified

REGISTER = "rongcuoShard"  # the browser's function that files call
# Size of a file that is aimed at. Small, because a query needs one file a term, from all over the index: at 10,000
# cases bigger files would make a pasted description load megabytes.
SHARD_BYTES = 4_000
NEAR_BYTES = (
    1_000  # the same for neighbours: a pasted description needs those of a hundred cases from all over
)
FACETS_OF_TYPE = "case"


def encode_neighbours(pairs: Neighbours, first: int) -> str:
    """Gaps between the neighbours' numbers (from the segment's first) and their shares, alternately."""
    befores = (first, *(number for number, _ in pairs))
    return "".join(
        encode_number(n - before) + encode_number(share)
        for (n, share), before in zip(pairs, befores, strict=False)
    )


def checksum(text: str) -> int:
    """CRC-32 of the text in UTF-8; guards against damage, not against malice."""
    return zlib.crc32(text.encode())


@cache
def spread(term: str) -> int:
    """FNV-1a, 32 bits, over UTF-16 code units as a browser sees them: says in which file a term lies."""
    value = 0x811C9DC5
    for unit in memoryview(term.encode("utf-16-le")).cast("H"):
        value = (value ^ unit) * 0x01000193 & 0xFFFFFFFF
    return value


def write_shards(index: Index, folder: Path, extra: Mapping[str, str] | None = None) -> list[Path]:
    """Write the browser's index into `folder` (created; its files are replaced) and return the paths written.

    `extra` files (name → content) lie beside the index and count as part of it. The same input gives the same
    bytes. Raises OSError where writing fails.
    """
    files: dict[str, str] = dict(extra or {})
    types = [_add_segment(index, segment, files) for segment in index.segments.values()]
    files["simplified"] = "".join(chr(a) + b for a, b in sorted(simplified().items()))
    files["lexicon"] = _lexicon(index)
    facets = _facet_values(index)
    files.update((f"facet-{name}", _facet_file(values)) for name, values in facets.items())
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{content}\0".encode())
    build = digest.hexdigest()[:12]
    manifest = _json({"build": build, "types": types, **_words(index, facets)})
    (folder / build).mkdir(parents=True, exist_ok=True)
    written = [_write(folder / build, name, content) for name, content in sorted(files.items())]
    return [*written, _write(folder, "manifest", manifest)]


def _write(folder: Path, name: str, content: str) -> Path:
    """Write one file, in the form in which the browser's loader takes it."""
    path = folder / f"{name}.js"
    text = json.dumps(content, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    path.write_text(f'{REGISTER}("{name}",{checksum(content)},{text});\n', encoding="utf-8", newline="\n")
    return path


def _add_segment(index: Index, segment: Segment, files: dict[str, str]) -> dict[str, Any]:
    """Put the files of one type of document into `files`; returns what the browser must know to use them."""
    members = index.documents[segment.first : segment.first + segment.count]
    heads, texts = [_head(d) for d in members], ["\n".join(lines(d)) for d in members]
    near = [encode_neighbours(pairs, segment.first) for _, pairs in sorted(segment.near.items())]
    entries = _entries(segment)
    for group, terms in entries.items():
        files.update(_term_shards(f"{segment.type}-{group}", terms))
    files.update(_chunks(f"{segment.type}-docs", heads))
    files.update(_chunks(f"{segment.type}-text", texts))
    files[f"{segment.type}-common"] = "\t".join(
        sorted(t for t in segment.postings if is_common(segment, t, True))
    )
    files.update(_chunks(f"{segment.type}-near", near, NEAR_BYTES))
    files[f"{segment.type}-dates"] = "\t".join(d.date for d in members)
    return {
        "type": segment.type,
        "label": TYPES[segment.type],
        "first": segment.first,
        "count": segment.count,
        **{group: shard_count(terms) for group, terms in entries.items()},
        "docs": chunk_size(heads),
        "text": chunk_size(texts),
        "near": chunk_size(near, NEAR_BYTES) if near else 0,
        "common": sorted(term for term in segment.postings if is_common(segment, term, False)),
    }


def _lexicon(index: Index) -> str:
    """Labels of terms, then surface forms with the terms' places in that list: two lines of tab-separated text."""
    place = {term: i for i, term in enumerate(index.lexicon.labels)}
    labels = "\t".join(f"{term}={label}" for term, label in index.lexicon.labels.items())
    surfaces = "\t".join(
        form + "=" + ",".join(str(place[i]) for i in ids) for form, ids in index.lexicon.surfaces.items()
    )
    return f"{labels}\n{surfaces}"


def _entries(segment: Segment) -> dict[str, dict[str, str]]:
    """Encoded terms: single characters (few, long lists) apart from all others (many, short lists)."""
    groups: dict[str, dict[str, str]] = {"u": {}, "b": {}}
    terms = sorted(segment.postings)
    encoded = encode_postings([segment.postings[term] for term in terms], segment.first)
    for term, text in zip(terms, encoded, strict=True):
        groups["u" if len(term) == 1 else "b"][term] = f"{term}\t{segment.idf(term)}\t{text}"
    return groups


def shard_count(entries: Mapping[str, str]) -> int:
    """How many files the terms of a group are spread over."""
    return max(1, math.ceil(sum(map(len, entries.values())) / SHARD_BYTES))


def _term_shards(prefix: str, entries: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    shards: list[list[str]] = [[] for _ in range(shard_count(entries))]
    count = len(shards)
    for term, entry in entries.items():
        shards[spread(term) % count].append(entry)
    for number, entries_of_one in enumerate(shards):
        yield f"{prefix}-{number}", "\t".join(entries_of_one)


def _head(document: Document) -> str:
    """What a result card shows, as one line of JSON."""
    facets = document.facets
    return _json(
        [
            document.id,
            document.title,
            document.url,
            (facets.get("kind") or [""])[0],
            (facets.get("status") or [""])[0],
            document.place,
            document.date,
            document.summary,
        ]
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def chunk_size(texts: Sequence[str], aim: int = SHARD_BYTES) -> int:
    """How many documents go into one file of heads or texts."""
    total = sum(len(text.encode()) for text in texts)
    return max(1, min(64, round(aim * len(texts) / max(1, total))))


def _chunks(prefix: str, texts: Sequence[str], aim: int = SHARD_BYTES) -> Iterator[tuple[str, str]]:
    """Texts in order, some to a file, with form feeds between them."""
    size = chunk_size(texts, aim)
    for start in range(0, len(texts), size):
        yield (
            f"{prefix}-{start // size}",
            "\f".join(text.replace("\f", " ") for text in texts[start : start + size]),
        )


def _facet_values(index: Index) -> Mapping[str, Mapping[str, list[int]]]:
    """Facet name → value → document numbers, for the type of document that has facets."""
    found: dict[str, dict[str, list[int]]] = {name: {} for name in (*(f.name for f in index.facets), "year")}
    for number, document in enumerate(index.documents):
        if document.type == FACETS_OF_TYPE:
            for name, values in document.facets.items():
                for value in values:
                    found[name].setdefault(value, []).append(number)
    return found


def _facet_file(values: Mapping[str, Sequence[int]]) -> str:
    """Each value with the gaps between the numbers of its documents."""
    out = []
    for value, numbers in sorted(values.items()):
        gaps = (b - a for a, b in zip([0, *numbers], numbers, strict=False))
        out.append(f"{value}\t{''.join(map(encode_number, gaps))}")
    return "\t".join(out)


def _words(index: Index, facets: Mapping[str, Mapping[str, Sequence[int]]]) -> dict[str, Any]:
    """Settings and words for display: what the browser would otherwise have to repeat."""
    return {
        "settings": SETTINGS,
        "noise": NOISE,
        "bridge": _ranges(sorted(index.bridge)),
        "matter": [index.documents[number].id for number in sorted(index.bridge)],
        "facets": _facet_labels(index, facets),
        "kinds": [_choice(c) for c in index.kinds],
        "statuses": [_choice(c) for c in index.statuses],
    }


def _choice(choice: Choice) -> dict[str, str]:
    return {
        "value": choice.value,
        "label": choice.fact("short") or choice.label,
        "title": choice.label,
        "shape": choice.fact("shape"),
        "adverse": choice.fact("adverse"),
    }


def _ranges(numbers: Sequence[int]) -> list[list[int]]:
    """Runs of consecutive numbers as [first, last]."""
    out: list[list[int]] = []
    for number in numbers:
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return out


def _facet_labels(index: Index, present: Mapping[str, Mapping[str, Sequence[int]]]) -> list[dict[str, Any]]:
    """Facets with the values that occur, in the schema's or the list's own order, and their labels."""
    out: list[dict[str, Any]] = []
    for facet in index.facets:
        known = {c.value: c.fact("short") or c.label for c in facet.choices} or dict(index.lexicon.labels)
        values = [[value, label] for value, label in known.items() if value in present[facet.name]]
        out.append({"name": facet.name, "title": facet.title, "values": values})
    years = sorted(present["year"], reverse=True)
    out.append({"name": "year", "title": "年份", "values": [[year, year] for year in years]})
    return out
