"""What operations take, as their classes declare it."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, get_args, get_origin

from archdsl.elaborate.arguments import Signature
from archdsl.ops.base import Op


@cache
def signature_of(kind: type[Op]) -> Signature:
    """What an operation takes."""
    fields = kind.model_fields
    required = tuple(name for name, field in fields.items() if field.is_required())
    parts = [part for name, part in shown(kind).items() if name not in NAMED_ONLY]
    text = " ".join([kind.name, *parts])
    return Signature(f"`{kind.name}`", tuple(fields), required, text, open=kind.further is not None, most=len(parts))


@cache
def shown(kind: type[Op]) -> dict[str, str]:
    """Each argument as a signature shows it, `out` or `stride=1`."""
    fields = kind.model_fields.items()
    return {name: name if field.is_required() else f"{name}={_default(field.default)}" for name, field in fields}


NAMED_ONLY = frozenset(("inplace",))
"""switches of torch without an effect on the result, which no call gives by position"""


def _default(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@cache
def words_of(kind: type[Op], name: str) -> tuple[str, ...]:
    """The words that an argument may be, as its annotation lists them."""
    return tuple(dict.fromkeys(word for word in _literals(kind.model_fields[name].annotation) if isinstance(word, str)))


def _literals(annotation: Any) -> list[object]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [word for option in get_args(annotation) for word in _literals(option)]
