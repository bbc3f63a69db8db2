"""Says in which fields of a case each word stands, in files that only a search limited to one field loads."""

from __future__ import annotations

import json
import math

from build_tools.search.digits import encode_masks
from build_tools.search.index import CONCEPT, Index
from build_tools.search.shards import SHARD_BYTES, spread

TYPE = "case"
_DIGITS = 4  # six bits each: as many as a posting's field mask holds
_IMPACT_BITS = 8


def section_files(index: Index) -> dict[str, str]:
    """File name → content: `sections` names the fields by their bit and the number of the `case-at-N` files.

    Those hold a term and the field masks of its postings, in the order of the postings, alternately.
    """
    segment = index.segments[TYPE]
    terms = [term for term in sorted(segment.postings) if term[0] != CONCEPT]
    masks = encode_masks([segment.postings[term] for term in terms], _DIGITS, _IMPACT_BITS)
    entries = {term: f"{term}\t{text}" for term, text in zip(terms, masks, strict=True)}
    count = max(1, math.ceil(sum(map(len, entries.values())) / SHARD_BYTES))
    shards: list[list[str]] = [[] for _ in range(count)]
    for term, entry in entries.items():
        shards[spread(term) % count].append(entry)
    titles = {part.name: part.title for d in index.documents if d.type == TYPE for part in d.fields}
    fields = [[bit, name, titles[name]] for bit, name in enumerate(segment.fields) if name != "id"]
    files = {f"{TYPE}-at-{number}": "\t".join(held) for number, held in enumerate(shards)}
    return {"sections": json.dumps({"count": count, "fields": fields}, ensure_ascii=False), **files}
