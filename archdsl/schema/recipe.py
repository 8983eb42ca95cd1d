"""Schemas of the keys of a recipe. A text may be an expression, so it fits nearly anywhere; words are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archdsl.language.words import TRAIN
from archdsl.recipe import Recipe
from archdsl.recipe.kinds import TIME, Choice, Either, Kind, Number, Time, Truth
from archdsl.recipe.model import kind_of
from archdsl.recipe.tables import TRANSFORM
from archdsl.recipe.words import Table
from archdsl.schema.values import BOUNDS, TYPES, Schema, described, literal

LIMITS = {"low": "ge", "high": "le", "over": "gt", "under": "lt"}


def definition() -> Schema:
    """What stands under `train`, and in a recipe's file.

    >>> definition()["properties"]["batch_size"]
    {'type': ['integer', 'string'], 'minimum': 1, 'description': 'examples of one step of the optimiser, over all processes and all parts \
of `accumulate` (default: `128`)', 'default': 128}
    """
    return {"type": "object", "properties": {key: _key(key, told) for key, told in TRAIN.items()}, "additionalProperties": False}


def _key(key: str, told: str) -> Schema:
    kind, value = kind_of(key), getattr(Recipe(), key)
    default = "" if value is None or value == () else str(value).lower()
    if not isinstance(kind, Table):
        return described(_value(kind), told, default)
    if kind is not TRANSFORM:
        return described(_call(kind), told, default)
    return described({"if": {"type": "array"}, "then": {"items": _call(kind)}, "else": _call(kind, "none", "None")}, told)


def _call(table: Table, *others: str) -> Schema:
    """A word and its arguments in one line, or a mapping whose first key is the word."""
    alone = [name for name, word in table.words.items() if not word.required]
    words = "|".join(map(literal, (*table.words, *others)))
    return {
        "type": ["string", "object"],
        "anyOf": [{"enum": alone}, {"pattern": rf"^\s*(?:{words})(?:\s|$)"}],
        "minProperties": 1,
        "patternErrorMessage": f"there is no such {table.noun}",
    }


def _value(kind: Kind) -> Schema:
    return KINDS[type(kind)](kind)


def _number(kind: Number) -> Schema:
    bounds = {BOUNDS[name]: bound for field, name in LIMITS.items() if (bound := getattr(kind, field)) is not None}
    return {**TYPES["int" if kind.whole else "number"], **bounds}


def _time(kind: Time) -> Schema:
    return {"type": ["integer", "string"], "minimum": 1, "if": {"type": "string"}, "then": {"pattern": rf"^(?:{TIME.pattern}|[^a-zA-Z]*)$"}}


def _first(kind: Either) -> Schema:
    """A kind or none, whose text any other may be as well."""
    return _value(kind.kinds[0])


KINDS: dict[type, Callable[[Any], Schema]] = {
    Number: _number,
    Truth: lambda kind: TYPES["bool"],
    Choice: lambda kind: {"enum": list(kind.words)},
    Either: _first,
    Time: _time,
}
