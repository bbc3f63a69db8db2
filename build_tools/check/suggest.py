"""Did-you-mean: the known word nearest to what somebody wrote, by spelling or by Chinese name."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

# (id, (names…)) for every word that would have been right.
Known = tuple[tuple[str, tuple[str, ...]], ...]


def nearest_of(word: str, known: list[str]) -> str | None:
    """The nearest of plain words without other names, or None."""
    return nearest(word, tuple((k, ()) for k in known))


@lru_cache(maxsize=2048)
def nearest(word: str, known: Known) -> str | None:
    """The id somebody probably meant, or None where nothing is near.

    A name (label or synonym) that equals, contains or is contained in the word wins over likeness of letters.
    """
    word = word.strip()
    if not word:
        return None
    folded = word.casefold()
    for key, names in known:
        if key.casefold() == folded or word in names:
            return key
    by_name = _by_name(word, known)
    if by_name:
        return by_name
    close = get_close_matches(folded, [key.casefold() for key, _ in known], n=1, cutoff=0.7)
    if close:
        return next(key for key, _ in known if key.casefold() == close[0])
    return _by_likeness(word, known)


def _by_name(word: str, known: Known) -> str | None:
    """The word with the longest name that contains the word or lies in it."""
    if len(word) < 2 or word.isascii():
        return None
    found = [
        (len(name) if name in word else len(word), key)
        for key, names in known
        for name in names
        if len(name) > 1 and (name in word or word in name)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _by_likeness(word: str, known: Known) -> str | None:
    by_name = {name: key for key, names in reversed(known) for name in names}
    close = get_close_matches(word, list(by_name), n=1, cutoff=0.6) if not word.isascii() else []
    return by_name[close[0]] if close else None
