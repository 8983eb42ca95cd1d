"""Arguments that an operation refuses, in the user's words: what was found, what was expected, what the author may have meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic_core import ErrorDetails

from archdsl.diagnostics import Fault, Label, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.parameters import TYPES, describe, unknown_type
from archdsl.elaborate.scope import Flow, Word
from archdsl.elaborate.signatures import words_of
from archdsl.language.items import Item
from archdsl.language.nodes import Scalar
from archdsl.ops.base import Op


def invalid(kind: type[Op], found: Sequence[ErrorDetails], values: dict[str, Any], places: dict[str, Span], span: Span) -> Fault:
    """What pydantic refused, in the user's words, at the argument."""
    name = str(found[0]["loc"][0]) if found[0]["loc"] else ""
    own = [e for e in found if e["loc"] and e["loc"][0] == name]
    bounds = [e for e in own if e["type"] in BOUNDS]
    reasons = list(dict.fromkeys(expected(e) for e in bounds or own))
    value = values.get(name)
    place = places.get(name, span)
    if name not in kind.model_fields:
        return Fault("AD2110", span, f"`{kind.name}`: {found[0]['msg']}")
    help = None
    if isinstance(value, float) and value.is_integer():
        help = f"write `{int(value)}`, divide with `//`, or use `int(…)`"
    if isinstance(value, int | float) and 1 < value <= 100 and any(e["type"] == "less_than_equal" for e in found):
        help = f"did you mean {value / 100:g}?"
    if isinstance(value, tuple) and re.fullmatch(r"0x\d+", place.text):
        help = f"numbers are decimal, and `{place.text}` is a pair: write `{int(place.text, 0)}`"
    wanted = " or ".join(reasons[:3])
    if isinstance(value, Word):
        return _word(kind, name, value, wanted, place)
    words = words_of(kind, name)
    if isinstance(value, str) and words:
        near = nearest(value, words)
        help = f"did you mean `{near}`?" if near else help
    code = "AD2118" if isinstance(value, str) and words else "AD2110"
    return Fault(code, place, f"`{name}` of `{kind.name}`: expected {wanted}; found {describe(value)}", help=help)


BOUNDS = ("greater_than_equal", "greater_than", "less_than_equal", "less_than")
"""what pydantic says of a value of the right kind that is out of range"""
_WORDS = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "one number for each axis",
    "string_type": "a text",
    "is_instance_of": "a tensor",
}


def expected(error: Any) -> str:
    """What pydantic would have taken, in words."""
    context = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return f"at least {context['ge']}"
        case "greater_than":
            return f"more than {context['gt']}"
        case "less_than_equal":
            return "a probability within 0 and 1" if context["le"] == 1 else f"at most {context['le']}"
        case "less_than":
            return f"less than {context['lt']}"
        case "literal_error":
            return str(context["expected"]).replace("'", "`")
        case other:
            return _WORDS.get(other, str(error["msg"]).lower())


def _word(kind: type[Op], name: str, word: Word, expected: str, place: Span) -> Fault:
    """A parameter that holds a word where a number is needed: a misspelled type, or a default that was to be computed."""
    message = f"`{name}` of `{kind.name}`: expected {expected}; found the word `{word}`"
    written = word.closure.node.span
    labels: tuple[Label, ...] = (Label(written, f"the word `{word}` is written here"),)
    near = unknown_type(word)
    if near is not None:
        help = f"there is no type `{word}`, did you mean `{near}`? the types are {', '.join(TYPES)}"
        return Fault("AD2110", place, message, labels=labels, help=help)
    scope = word.closure.scope
    document = scope.file.document
    declared = next((block.params[word] for block in (document.main, *document.blocks.values()) if word in block.params), None)
    help = f"a default that is computed names its type, as `int = {word}`"
    if declared is not None and declared[0].span.start > written.start:
        labels = (*labels, Label(declared[0].span, f"`{word}` stands below"))
        help += f", and sees the parameters above it: `{word}` stands below, put it first"
    return Fault("AD2110", place, message, labels=labels, help=help)


def with_reading(fault: Fault, kind: type[Op], item: Item, inputs: Flow) -> Fault:
    """The fault, with how the numbers of the call were read where they look like PyTorch's, which begin with an input size."""
    numbers = [node.text for node in item.positional if isinstance(node, Scalar) and re.fullmatch("[0-9]{1,19}", node.text)]
    if not numbers or len(numbers) < len(item.positional) or not _begins_with_input(fault, kind, [int(n) for n in numbers], inputs):
        return fault
    found = fault.diagnostic
    read = ", ".join(f"{name}={number}" for name, number in zip(kind.model_fields, numbers, strict=False))
    call = " ".join([kind.name, *numbers[1:]])
    help = f"input sizes are never written: `{call}`"
    return Fault(found.code, found.span, found.message, labels=found.labels, notes=(*found.notes, f"read as {read}"), help=help)


def _begins_with_input(fault: Fault, kind: type[Op], numbers: list[int], inputs: Flow) -> bool:
    """Whether the first number is likely the size of the input: it equals it, or it cannot be what its place says."""
    first, count = numbers[0], len(numbers)
    if not inputs or fault.diagnostic.code not in ("AD2110", "AD2131", "AD2102"):
        return False
    fields = list(kind.model_fields)
    if fields[0] != "out":
        return kind.family == "norm" and first > 1 and f"`{fields[0]}`" in fault.diagnostic.message
    likely = count > 1 and (fault.diagnostic.code != "AD2131" or numbers[1] >= first)
    return likely and (first in inputs[0].shape.sizes[:1] or "`bias`" in fault.diagnostic.message)
