"""Writes the index as small `.js` files that the browser loads on demand; layout and encoding live here only.

Every file calls one global function with its name, a checksum and its content as text, because neither `fetch`
nor ES modules work on `file://`. All files but `manifest.js` lie in a folder named after the content of the whole
index: a page asks for them by that folder, so that a cached file is never mixed with those of another build. The
files themselves do not say the folder, so that a file whose content stayed is the same file in the next build.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from build_tools.load import Choice
from build_tools.memory import Memory, PerObject, per_object
from build_tools.output import Output
from build_tools.search.digits import encode_number, gaps
from build_tools.search.documents import TYPES, Document
from build_tools.search.index import Index
from build_tools.search.neighbours import Neighbours
from build_tools.search.query import NOISE, SETTINGS, common_from
from build_tools.search.sections import section_fields
from build_tools.search.segment import Segment
from build_tools.search.shown import SHOWN, head, measured, passages
from build_tools.search.spreading import SHARD_BYTES
from build_tools.search.spreading import spread as spread
from build_tools.search.stored import differing
from build_tools.search.term_files import Group, groups_of
from build_tools.search.text import simplified

if TYPE_CHECKING:
    Numbers: TypeAlias = array[int]  # of documents, ascending

REGISTER = "rongcuoShard"  # the browser's function that files call
NEAR_BYTES = (
    1_000  # the same for neighbours: a pasted description needs those of a hundred cases from all over
)
_NEIGHBOUR_BYTES = 3  # about what one neighbour takes
FACETS_OF_TYPE = "case"
FOLDER = "search"


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A file to be: a digest of what its text depends on, and how the text is made."""

    key: str
    text: Callable[[], str]


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


def write_shards(index: Index, folder: Path, extra: Mapping[str, str | Piece] | None = None) -> list[Path]:
    """Write the browser's index into `folder` (created; its files are replaced) and return the paths written.

    `extra` files (name → content) lie beside the index and count as part of it. The same input gives the same
    bytes. Raises OSError where writing fails.
    """
    build, outputs = shard_outputs(index, extra)
    (folder / build).mkdir(parents=True, exist_ok=True)
    written = []
    for output in outputs:
        written.append(folder / output.path.removeprefix(f"{FOLDER}/"))
        written[-1].write_bytes(output.make())
    return written


def shard_outputs(
    index: Index, extra: Mapping[str, str | Piece] | None = None, memory: Memory | None = None
) -> tuple[str, list[Output]]:
    """The browser's index as files: the name of its folder below `search`, and the files, the manifest last.

    The folder is named after the content of all files. No file but the manifest says that name: a file of the same
    name and key in the folder of another build is the same file.
    """
    pieces = {name: _ready(made) if isinstance(made, str) else made for name, made in (extra or {}).items()}
    types = [_add_segment(index, segment, pieces, memory) for segment in index.segments.values()]
    pieces["simplified"] = _ready(_simplified())
    pieces["lexicon"] = _ready(_lexicon(index))
    facets = _facet_values(index, memory)
    pieces.update((f"facet-{name}", _facet_piece(values)) for name, values in facets.items())
    words = _words(index, facets)
    digest = hashlib.sha256(_program())
    digest.update("".join(f"{name}\0{pieces[name].key}\n" for name in sorted(pieces)).encode())
    digest.update(_json([types, words]).encode())
    build = digest.hexdigest()[:12]
    pieces["manifest"] = _ready(_json({"build": build, "types": types, **words}))
    # In the order in which they were put in: neighbouring files of terms are encoded together.
    paths = (f"{FOLDER}/{'' if name == 'manifest' else f'{build}/'}{name}.js" for name in pieces)
    return build, [
        Output(path, piece.key, _Call(path, piece.text))
        for path, piece in zip(paths, pieces.values(), strict=True)
    ]


@cache
def _program() -> bytes:
    """Digest of what makes the files out of what their keys say: another program gives the folder another name."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()


def numbers_piece(numbers: Numbers) -> Piece:
    """A file that says the numbers of some documents."""
    return Piece(hashlib.sha256(numbers).hexdigest(), partial(gaps, numbers))


def _ready(text: str) -> Piece:
    return Piece(hashlib.sha256(text.encode()).hexdigest(), lambda: text)


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """Makes a file in the form in which the browser's loader takes it; there are very many of these."""

    path: str
    text: Callable[[], str]

    def __call__(self) -> bytes:
        name, content = self.path.rpartition("/")[2].removesuffix(".js"), self.text()
        text = (
            json.dumps(content, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        )
        return f'{REGISTER}("{name}",{checksum(content)},{text});\n'.encode()


def _add_segment(
    index: Index, segment: Segment, pieces: dict[str, Piece], memory: Memory | None
) -> dict[str, Any]:
    """Put the files of one type of document into `pieces`; returns what the browser must know to use them."""
    members = index.documents[segment.first : segment.first + segment.count]
    shown: PerObject[Document, Shown] = per_object(memory, f"shown {segment.type}", "")
    known = [_read_shown(d.brief.shown) if d.brief else shown.get(d, _shown) for d in members]
    own = segment.type
    docs = _chunks(pieces, f"{own}-docs", members, [(k[0], k[1]) for k in known], head)
    text = _chunks(pieces, f"{own}-text", members, [(k[2], k[3]) for k in known], passages)
    counts = _add_terms(segment, pieces, memory)
    if "at" in counts:
        pieces["sections"] = _ready(_json({"count": counts.pop("at"), "fields": section_fields(index)}))
    pieces[f"{own}-common"] = _ready("\t".join(common_from(segment, True)))
    return {
        "type": own,
        "label": TYPES[own],
        "first": segment.first,
        "count": segment.count,
        **counts,
        "docs": docs,
        "text": text,
        "near": _add_near(segment, pieces),
        "common": common_from(segment, False),
    }


def _add_terms(segment: Segment, pieces: dict[str, Piece], memory: Memory | None) -> dict[str, int]:
    """Put in the files of terms; gives their number by group."""
    stage = memory.stage("term files") if memory else None
    known: _Files | None = stage.peek(segment.type) if stage else None
    if known is None or known[0] is not segment:
        groups = groups_of(segment, segment.type == FACETS_OF_TYPE)
        known = (segment, _keyed(segment, groups, known))
    if stage:
        stage.put(segment.type, known)
    for name, (group, keys) in known[1].items():
        text = group.text
        pieces.update(
            (f"{segment.type}-{name}-{file}", Piece(key, partial(text, file)))
            for file, key in enumerate(keys)
        )
    return {name: group.count for name, (group, _) in known[1].items()}


def _keyed(segment: Segment, groups: Mapping[str, Group], known: _Files | None) -> _Groups:
    """The groups with the keys of their files, which are taken from the round before where they cannot differ."""
    touched = (
        differing(known[0].postings, segment.postings) if known and known[0].size == segment.size else None
    )
    if touched is None or not known:
        return {name: (group, group.keys()) for name, group in groups.items()}
    hashes = [spread(term) for term in touched]
    found = {}
    for name, group in groups.items():
        before, keys = known[1][name]
        same = before.count == group.count
        found[name] = (group, group.keys_since(keys, hashes) if same else group.keys())
    return found


# Groups of terms and the keys of their files, by name; and the segment to which they belong.
_Groups = dict[str, tuple[Group, list[str]]]
_Files = tuple[Segment, _Groups]
# Digests and lengths of a document's head and of its text for passages.
Shown = tuple[bytes, int, bytes, int]


def _shown(document: Document) -> Shown:
    return (*measured(head(document)), *measured(passages(document)))


def _read_shown(raw: bytes) -> Shown:
    head_size, text_size = _SIZES.unpack_from(raw, 2 * SHOWN)
    return raw[:SHOWN], head_size, raw[SHOWN : 2 * SHOWN], text_size


_SIZES = Struct("II")


def _chunks(
    pieces: dict[str, Piece],
    prefix: str,
    members: Sequence[Document],
    facts: Sequence[tuple[bytes, int]],
    text_of: Callable[[Document], str],
) -> int:
    """Texts of documents in order, some to a file, with form feeds between them; gives how many to a file."""
    size = per_chunk(len(facts), sum(length for _, length in facts))

    def text(some: Sequence[Document]) -> str:
        return "\f".join(text_of(document.whole).replace("\f", " ") for document in some)

    for start in range(0, len(members), size):
        key = hashlib.sha256(b"".join(digest for digest, _ in facts[start : start + size])).hexdigest()
        pieces[f"{prefix}-{start // size}"] = Piece(key, partial(text, members[start : start + size]))
    return size


def per_chunk(count: int, total: int, aim: int = SHARD_BYTES) -> int:
    """How many of so many texts, together so long, go into one file."""
    return max(1, min(64, round(aim * count / max(1, total))))


def chunk_size(texts: Sequence[str], aim: int = SHARD_BYTES) -> int:
    """How many documents go into one file of heads or texts."""
    return per_chunk(len(texts), sum(len(text.encode()) for text in texts), aim)


def _add_near(segment: Segment, pieces: dict[str, Piece]) -> int:
    """Put in the files of neighbours; gives how many documents' are in one."""
    table = segment.table
    if not len(table.numbers):
        return 0
    held = int(np.count_nonzero(table.shares))
    size = per_chunk(segment.count, held * _NEIGHBOUR_BYTES, NEAR_BYTES)

    def text(start: int) -> str:
        return "\f".join(
            encode_neighbours(table.of(n), 0) for n in range(start, min(start + size, segment.count))
        )

    for start in range(0, segment.count, size):
        some = slice(start, start + size)
        digest = hashlib.sha256(table.numbers[some].tobytes())
        digest.update(table.shares[some].tobytes())
        pieces[f"{segment.type}-near-{start // size}"] = Piece(digest.hexdigest(), partial(text, start))
    return size


@cache
def _simplified() -> str:
    """Each traditional character as its distance from the one before, and what it is simplified to."""
    found = simplified()
    codes = pairwise((0, *sorted(found)))
    return "".join(chr(_BESIDE + code - before) + found[code] for before, code in codes)


# Most distances are below a hundred: as characters from here on they are single bytes.
_BESIDE = 0x20


def _lexicon(index: Index) -> str:
    """Labels of terms, then surface forms with the terms' places in that list: two lines of tab-separated text."""
    place = {term: i for i, term in enumerate(index.lexicon.labels)}
    labels = "\t".join(f"{term}={label}" for term, label in index.lexicon.labels.items())
    surfaces = "\t".join(
        form + "=" + ",".join(str(place[i]) for i in ids) for form, ids in index.lexicon.surfaces.items()
    )
    return f"{labels}\n{surfaces}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _facet_values(index: Index, memory: Memory | None) -> Mapping[str, Mapping[str, Numbers]]:
    """Facet name → value → document numbers, for the type of document that has facets."""
    segment = index.segments.get(FACETS_OF_TYPE)
    first, count = (segment.first, segment.count) if segment else (0, 0)
    members = index.documents[first : first + count]
    names = (*(f.name for f in index.facets), "year")
    said = (first, names, *(d.brief.facets if d.brief else d.facets for d in members))
    stage = memory.stage("facets") if memory else None
    known: tuple[tuple[Any, ...], dict[str, dict[str, Numbers]]] | None = stage.peek("") if stage else None
    if known is None or known[0] != said:
        known = (said, {name: {} for name in names})
        for number, document in enumerate(members, first):
            for name, values in document.facets.items():
                for value in values:
                    known[1][name].setdefault(value, array("I")).append(number)
    if stage:
        stage.put("", known)
    return known[1]


def _facet_piece(values: Mapping[str, Numbers]) -> Piece:
    """The file that says where each value of a facet stands."""
    digest = hashlib.sha256()
    for value, numbers in sorted(values.items()):
        digest.update(f"{value}\0{len(numbers)}\0".encode())
        digest.update(numbers)
    return Piece(digest.hexdigest(), partial(_facet_file, values))


def _facet_file(values: Mapping[str, Numbers]) -> str:
    """Each value with the gaps between the numbers of its documents."""
    return "\t".join(f"{value}\t{gaps(numbers)}" for value, numbers in sorted(values.items()))


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
    """Facets with the values that occur, in the schema's or the list's own order, and their labels.

    A value stands alone where the lexicon has its label, or else where it is its own.
    """
    out: list[dict[str, Any]] = []
    labels = index.lexicon.labels
    for facet in index.facets:
        known = {c.value: c.fact("short") or c.label for c in facet.choices} or labels
        values = [
            value if label == labels.get(value, value) else [value, label]
            for value, label in known.items()
            if value in present[facet.name]
        ]
        out.append({"name": facet.name, "title": facet.title, "values": values})
    out.append({"name": "year", "title": "年份", "values": sorted(present["year"], reverse=True)})
    return out
