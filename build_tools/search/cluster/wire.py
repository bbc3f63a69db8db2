"""How documents and queries look on the wire: columns, tokens, numbers; opens no connection.

Tokens are sent as lower-case ASCII words of 0–9 and a–z, which every server's default `charset_table` keeps whole.
So no server has to be taught Chinese, nothing that anybody types can be an operator of the query language, and
there is nothing to escape.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from build_tools.load import Schemas
from build_tools.search.documents import ID_WEIGHT, Document
from build_tools.search.index import CONCEPT, K1, LEVELS
from build_tools.search.query import SETTINGS
from build_tools.search.shapes import Shape, shape_of
from build_tools.search.text import tokens

FORMAT = (
    1  # raise when the same document would be sent otherwise than before; all documents are then sent again
)
TYPE = "case"  # rules, terms and guidance are few and in every copy of the library; they are searched locally
NOTES = 1000  # numbers below this are the shards' notes, not documents
CONCEPTS = "concepts"
_SCALE = 10  # the server takes whole weights only
_CONCEPT_UNIT = 2  # a concept of weight w stands 2·w times in its field
_LONGEST = 40  # characters; the server cuts words after 42
_PLAIN = frozenset("0123456789abcdefghijklmnopqrstuvw")
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_HAN_FROM, _HAN_TO = 0x3400, 0x3400 + 32**3 - 1


def word(token: str) -> str:
    """One of our tokens as the server sees it; different tokens give different words.

    Han characters: three digits to the base 32 each. Everything else: x, then 0–9 and a–w as they are and other
    characters as z and five hexadecimal digits; what would be too long is a y and a digest.
    """
    if all(_HAN_FROM <= ord(c) <= _HAN_TO for c in token):
        return "".join(map(_han, token))
    spelt = "x" + "".join(c if c in _PLAIN else f"z{ord(c):05x}" for c in token)
    return spelt if len(spelt) <= _LONGEST else "y" + blake2b(token.encode(), digest_size=19).hexdigest()


def _han(character: str) -> str:
    number = ord(character) - _HAN_FROM
    return _DIGITS[number >> 10] + _DIGITS[number >> 5 & 31] + _DIGITS[number & 31]


def number_of(text: str, least: int = NOTES) -> int:
    """A number below 2^63 for an id or a facet value; the same text has the same number for ever."""
    return max(least, int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1)


def facet_number(name: str, value: str) -> int:
    """The number by which a facet value is filtered."""
    return number_of(f"{name}={value}")


@dataclass(frozen=True)
class Form:
    """What of a case goes into the table: searchable fields with their weights, and the grades of confidence."""

    weights: Mapping[str, float]
    grades: tuple[str, ...]

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Full-text columns of the table."""
        return (*map(column, self.weights), CONCEPTS)

    @cached_property
    def mark(self) -> str:
        """Changes with the columns: client and table must agree on it."""
        return f"{number_of(' '.join((*self.texts, *ATTRIBUTES, str(FORMAT)))):x}"


def form_of(schemas: Schemas) -> Form:
    """The form of cases of any edition, in the schema's order."""
    shape = shape_of(schemas.case, internal=True)
    found = {name: _weight(child) for name, child in shape.keys.items()}
    weights = {"id": ID_WEIGHT, **{name: w for name, w in found.items() if w and name != "id"}}
    return Form(weights, tuple(c.value for c in schemas.case.choices(("confidence", "grade"))))


def _weight(shape: Shape) -> float:
    inner = [*shape.keys.values(), *([shape.item] if shape.item else [])]
    return shape.weight or next(filter(None, map(_weight, inner)), 0.0)


def column(field: str) -> str:
    """The column of a field; the prefix keeps clear of the query language's own words."""
    return f"f_{field}"


# Attributes of the table and their types: the id as text, a shard's note, what says whether a document changed,
# the order of equally good results, and every facet value by its number.
ATTRIBUTES: Mapping[str, str] = {
    "rc_id": "string",
    "note": "string",
    "digest": "bigint",
    "precedence": "bigint",
    "facets": "multi64",
}


def digest_of(document: Document, form: Form) -> int:
    """Changes whenever the document would be sent otherwise."""
    said = [
        form.mark,
        [[part.name, part.text] for part in document.fields],
        dict(document.concepts),
        dict(document.facets),
        precedence(document, form),
    ]
    return number_of(json.dumps(said, ensure_ascii=False, default=list))


def precedence(document: Document, form: Form) -> int:
    """Orders equally good results as `documents()` does: published, better vouched for, newer."""
    grade = next(iter(document.facets.get("confidence", ())), "")
    trust = len(form.grades) - form.grades.index(grade) if grade in form.grades else 0
    published = document.facets.get("status") == ("published",)
    dated = int("".join(c for c in document.date if c.isdigit())[:8].ljust(8, "0"))
    return (10 * published + min(trust, 9)) * 10**8 + dated


def row_of(document: Document, form: Form) -> dict[str, Any]:
    """Column → value of a document; `facets` is a list of numbers."""
    texts = {part.name: part.text for part in document.fields}
    row: dict[str, Any] = {"id": number_of(document.id), "rc_id": document.id, "note": ""}
    row["digest"], row["precedence"] = digest_of(document, form), precedence(document, form)
    row["facets"] = sorted(facet_number(name, v) for name, values in document.facets.items() for v in values)
    for name in form.weights:
        row[column(name)] = " ".join(map(word, tokens(texts.get(name, ""))))
    row[CONCEPTS] = " ".join(_concepts(document.concepts))
    return row


def _concepts(concepts: Mapping[str, float]) -> Iterator[str]:
    for concept, weight in concepts.items():
        yield from [word(CONCEPT + concept)] * max(1, round(_CONCEPT_UNIT * weight))


def match(terms: Mapping[str, int]) -> str:
    """A full-text query for any of the terms, each with its weight, in blocks: the server's time for a flat list of
    alternatives grows with the square of its length (1,000 words: 0.25 s flat, 0.03 s in blocks)."""
    words = [f"{word(term)}^{weight}" for term, weight in terms.items()]
    block = max(1, round(len(words) ** 0.5))
    return " | ".join(f"({' | '.join(words[at : at + block])})" for at in range(0, len(words), block))


def ranker(form: Form, cover: bool) -> str:
    """The server's ranking expression: BM25F with the schema's weights.

    b is 0: what counts lengths (`index_field_lengths`) divides by a mean of nought in real-time tables of
    Sphinx 2.2.11, which makes every score the same. Lengths count when the found documents are ranked again here.
    `cover` adds the reward for holding many words of a query (a k1 of nearly nought gives Σ weight · idf).
    """
    weights = {column(name): max(1, round(_SCALE * weight)) for name, weight in form.weights.items()}
    weights[CONCEPTS] = _SCALE // _CONCEPT_UNIT
    fields = ",".join(f"{name}={weight}" for name, weight in weights.items())
    bonus = f"+{SETTINGS['cover'] / LEVELS:.4f}*bm25f(0.001,0,{{{fields}}})" if cover else ""
    return f"1000*(bm25f({K1 * _SCALE:g},0,{{{fields}}}){bonus})"


def common_tokens(documents: Sequence[Document], forms: Iterable[str]) -> dict[str, int]:
    """Document frequency of the tokens a client has to know before it asks: very common ones (they are passed over
    in large libraries) and those of the vocabulary's forms. Counted on an even sample of a few thousand."""
    step = 1 + len(documents) // _SAMPLE
    counts: Counter[str] = Counter()
    for document in documents[::step]:
        counts.update({token for part in document.fields for token in tokens(part.text)})
    named = {token for form in forms for token in tokens(form)}
    least = len(documents) / SETTINGS["common_share_facts"]
    return {t: n * step for t, n in sorted(counts.items()) if t in named or n * step > least}


_SAMPLE = 4000
