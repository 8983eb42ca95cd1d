"""Schemas of the values of arguments. A text is an expression, so it fits nearly anywhere; what is written out is held to its type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from archdsl.language.expressions import scalar_value
from archdsl.ops.types import Kind
from archdsl.reference.takes import Takes

Schema = dict[str, Any]

SCALAR: Schema = {"type": ["string", "number", "boolean"]}
"""any text, however YAML reads it"""
VALUE: Schema = {"type": ["string", "number", "boolean", "array"]}
"""an expression, or a list of them"""
CONDITION: Schema = {"type": ["boolean", "string", "number"]}
NUMBER = r"\d\S*"
CALL = rf"^(?!\s*{NUMBER}(?:\s+(?!(?:if|else|and|or|not|in)\s)[\w.]+(?:=[\w.]+)?)+\s*$)"
"""a main argument: a number with further arguments behind it is part of a call in one line"""
BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}

TYPES: dict[str, Schema] = {
    "int": {"type": ["integer", "string"]},
    "float": {"type": ["number", "string"]},
    "number": {"type": ["number", "string"]},
    "bool": {"type": ["boolean", "string"]},
    "size": {"type": ["integer", "string", "array"], "allOf": [{"items": {"type": ["integer", "string"]}}]},
    "text": SCALAR,
    "list": {"type": ["array", "string"]},
    "axis": {"type": ["integer", "string"]},
    "value": VALUE,
    "word": {},
}
"""by the type of a block's parameter, or by how its default is read; an item is one of the items of the file"""


def value(takes: Takes) -> Schema:
    """What an argument of an operation may be in YAML.

    >>> from archdsl.ops import BY_NAME
    >>> from archdsl.reference.takes import takes
    >>> value(takes(BY_NAME["dropout"], "p"))
    {'type': ['number', 'string'], 'minimum': 0, 'maximum': 1}
    """
    if takes.kind is Kind.LITERAL:
        return VALUE
    types = [takes.type] if takes.type else []
    found: Schema = {"type": [*types, "string", *(["array"] if takes.items is not None else [])]}
    found |= {BOUNDS[bound]: number for bound, number in takes.range}
    if takes.items is not None:
        found["allOf"] = [{"items": value(takes.items)}]  # with `items` at the top, completion would begin a list
    if takes.words:
        # A name of a text or an expression may stand there, too: the words are for completion.
        found["anyOf"] = [{"enum": list(takes.words)}, {}]
    return found


def literal(text: str) -> str:
    """A text in a pattern. Python's own `re.escape` escapes more than patterns of JSON Schema may.

    >>> literal("M+"), literal("R-1")
    ('M\\\\+', 'R-1')
    """
    return re.sub(r"[\\^$.|?*+()\[\]{}]", r"\\\g<0>", text)


def among(schema: Schema, names: Iterable[str]) -> Schema:
    """A value of which a text that is one word is among some names; any other text is an expression."""
    if "string" not in schema.get("type", ()):
        return schema
    pattern = rf"^(?!\s*(?!(?:{'|'.join(map(literal, names))})\s*$)[^\W\d]\w*\s*$)"
    return {**schema, "pattern": pattern, "patternErrorMessage": "nothing of that name is declared in this file"}


def keys(names: Iterable[str]) -> Schema:
    """A mapping that may have these keys and no others. A schema may hold no empty list of choices."""
    known = list(names)
    return {"propertyNames": {"enum": known}} if known else {"maxProperties": 0}


def described(schema: Schema, text: str, default: str = "") -> Schema:
    """A schema with the sentence that an editor shows, and the default."""
    found = {**schema, "description": f"{text} (default: `{default}`)" if default else text}
    return found if default in ("", "none") else {**found, "default": scalar_value(default)}
