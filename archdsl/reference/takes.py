"""What an argument takes, out of its annotation: as data, from which the schema is made, and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from archdsl.ops.base import Declared
from archdsl.ops.types import Kind

Type = Literal["integer", "number", "boolean", ""]
NUMBERS: dict[Any, Type] = {int: "integer", float: "number", bool: "boolean"}
BOUNDS = {"ge": "at least", "gt": "over", "le": "at most", "lt": "under"}
NOUNS = {"integer": "whole number", "number": "number"}


@dataclass(frozen=True, slots=True)
class Takes:
    """What a place takes: values of one JSON type in a range, words, a list of `items`; `kind` says how its text is read."""

    type: Type = ""
    range: tuple[tuple[str, float], ...] = ()
    """bounds, `ge` `gt` `le` `lt`"""
    words: tuple[str, ...] = ()
    items: Takes | None = None
    kind: Kind = Kind.VALUE


@cache
def takes(kind: type[Declared], name: str) -> Takes:
    """What an argument of an operation or function takes.

    >>> from archdsl.ops import BY_NAME
    >>> takes(BY_NAME["conv"], "padding").words, in_words(takes(BY_NAME["conv"], "padding"))
    (('same',), 'a whole number, at least 0, or a list of them, or `same`')
    """
    field = kind.model_fields[name]
    return _of(field.annotation, field.metadata, kind.kinds()[name])


def in_words(found: Takes) -> str:
    """What a place takes as a sentence says it."""
    if found.kind in _KINDS:
        return _KINDS[found.kind](found)
    parts = [_number(found)] if found.type else []
    if found.items is not None:
        parts.append("a list of them" if found.type else f"a list of {_plural(_number(found.items))}")
    parts += [f"`{word}`" for word in found.words]
    return ", or ".join(parts) if found.type or found.items else listed(parts) or "a text"


def listed(parts: list[str]) -> str:
    """Some choices in a row.

    >>> listed(["`a`", "`b`", "`c`"])
    '`a`, `b` or `c`'
    """
    return f"{', '.join(parts[:-1])} or {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _axes(found: Takes) -> str:
    one = "an axis" if found.type else ""
    return ", or ".join(filter(None, (one, "a list of axes" if found.items else "")))


_KINDS: dict[Kind, Callable[[Takes], str]] = {
    Kind.AXIS: _axes,
    Kind.AXES: _axes,
    Kind.TENSOR: lambda found: "a tensor, or a number" if found.type else "a tensor",
    Kind.TENSORS: lambda found: "a list of tensors",
    Kind.TEXT: lambda found: "a text",
    Kind.LITERAL: lambda found: "numbers and words as they stand",
    Kind.SIZES: lambda found: "sizes: a list, or the arguments that are left",
}


def _number(found: Takes) -> str:
    if found.type == "boolean":
        return "true or false"
    noun, range = f"a {NOUNS[found.type]}", dict(found.range)
    if range.keys() == {"ge", "le"}:
        return f"{noun} from {range['ge']:g} to {range['le']:g}"
    bounds = [f"{word} {range[bound]:g}" for bound, word in BOUNDS.items() if bound in range]
    return f"{noun} {bounds[0]}" if range.keys() == {"gt"} else ", ".join([noun, *bounds])


def _plural(noun: str) -> str:
    return noun.removeprefix("a ").replace("number", "numbers")


def _of(annotation: Any, metadata: list[Any], kind: Kind) -> Takes:
    """Unions are merged into one description: of whole numbers and others the others count."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _of(inner, [*metadata, *more], kind)
    if origin is Literal:
        return Takes(words=tuple(word for word in get_args(annotation) if isinstance(word, str)), kind=kind)
    if origin is tuple:
        return Takes(items=_of(get_args(annotation)[0], [], Kind.VALUE), kind=kind)
    if annotation in NUMBERS:
        return Takes(NUMBERS[annotation], _range(metadata), kind=kind)
    options = [_of(option, [], kind) for option in get_args(annotation)]
    typed = sorted((o for o in options if o.type), key=lambda option: option.type == "integer")
    return Takes(
        typed[0].type if typed else "",
        typed[0].range if typed else (),
        tuple(dict.fromkeys(word for option in options for word in option.words)),
        next((option.items for option in options if option.items), None),
        kind,
    )


def _range(metadata: list[Any]) -> tuple[tuple[str, float], ...]:
    flat = [part for found in metadata for part in (found.metadata if isinstance(found, FieldInfo) else [found])]
    return tuple((bound, getattr(part, bound)) for part in flat for bound in BOUNDS if bound in getattr(part, "__slots__", ()))
