"""What a pure function says of a record is worked out once for as long as the record lives, or once for its content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from build_tools.model import Record

R = TypeVar("R", bound=Record)
P = ParamSpec("P")
V = TypeVar("V")


def once_per_record(
    function: Callable[Concatenate[R, P], V],
) -> Callable[Concatenate[R, P], V]:
    """Remember, for each record, what the function said last; its result must follow from its arguments alone.

    Other arguments count as the same when they are the same object, equal texts, numbers or days, or tuples of such.
    """
    name = f"{function.__module__}.{function.__qualname__}"
    last: tuple[Any, ...] = ()

    @wraps(function)
    def remembered(record: R, *arguments: P.args, **named: P.kwargs) -> V:
        nonlocal last
        assert not named
        # At the record itself, which is much smaller than a table of weak keys.
        known: tuple[tuple[Any, ...], V] | None = vars(record).get(name)
        if known is None or not all(map(_same, known[0], arguments)):
            # Records that are asked with the same arguments share these.
            last = last if len(last) == len(arguments) and all(map(_same, last, arguments)) else arguments
            known = vars(record)[name] = (last, function(record, *arguments, **named))
        return known[1]

    return cast(Callable[Concatenate[R, P], V], remembered)


Pack = Callable[[V], Any]
Unpack = Callable[[R, Any], V]


def once_per_content(
    pack: Pack[V], unpack: Unpack[R, V]
) -> Callable[[Callable[Concatenate[R, P], V]], Callable[Concatenate[R, P], V]]:
    """As `once_per_record`, and for records with a memory also remembered on disk, by the digest of the content.

    `pack` makes the value plain data and `unpack` the value again, for the record that it is asked of. Arguments
    beside the record must be texts, or have a `digest` that stands for them.
    """

    def decorate(function: Callable[Concatenate[R, P], V]) -> Callable[Concatenate[R, P], V]:
        name = f"{function.__module__}.{function.__name__}"

        @wraps(function)
        def remembered(record: R, /, *arguments: P.args, **named: P.kwargs) -> V:
            notes = record.notes
            if notes is None:
                return function(record, *arguments, **named)
            stage = notes.stage(name, kept=True, held=False)
            key = " ".join([record.digest, *(str(getattr(one, "digest", one)) for one in arguments)])
            packed = stage.peek(key)
            if packed is not None:
                return unpack(record, packed)
            value = function(record, *arguments, **named)
            stage.put(key, pack(value))
            return value

        return once_per_record(remembered)

    return decorate


# Beside these only the very same object is the same.
_PLAIN = (str, int, date)


def _same(one: object, two: object) -> bool:
    if isinstance(one, tuple) and isinstance(two, tuple):
        return len(one) == len(two) and all(map(_same, one, two))
    return one is two or (type(one) in _PLAIN and one == two)
