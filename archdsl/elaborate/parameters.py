"""Parameters of blocks and files: what type one declares, and how a value for it is read and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from archdsl.diagnostics import Fault, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.scope import Closure, Held, Use, Word
from archdsl.graph import Value
from archdsl.language.document import Entries
from archdsl.language.expressions import scalar_value
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence

NONES = frozenset(("none", "None", "null", "Null", "NULL", "~"))
"""how `none` may be written"""
OTHER_TYPES = {"integer": "int", "str": "text", "string": "text", "boolean": "bool", "double": "float", "module": "item"}
"""what other languages call them"""
TYPES = ("int", "float", "number", "bool", "size", "text", "list", "item", "axis")


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """One declared parameter. `type` is checked; `reading` says how text for it is read, from the type or the default."""

    name: str
    key: Scalar
    type: str | None
    reading: str
    default: Node | None


@lru_cache(maxsize=1024)  # a server reads the same text again and again, and must forget what it was
def _parameter(key: Scalar, node: Node) -> Parameter:
    name = key.text
    if isinstance(node, Sequence):
        return Parameter(name, key, None, "list", node)
    if isinstance(node, Mapping):
        return Parameter(name, key, None, "item", node)
    kind, equals, default = node.text.partition("=")
    if kind.strip() in TYPES and (equals or not node.quoted):
        given = default.strip()
        if not equals:
            return Parameter(name, key, kind.strip(), kind.strip(), None)
        start = node.text.index(given, len(kind) + 1) if given else len(node.text)
        span = node.span.part(start, start + len(given)) if len(node.text) == node.span.end - node.span.start else node.span
        return Parameter(name, key, kind.strip(), kind.strip(), Scalar(given, span))
    if node.quoted:
        return Parameter(name, key, None, "word", node)
    if is_none(node):
        return Parameter(name, key, None, "value", node)
    word = isinstance(scalar_value(node.text, node.span), str) and not is_pair(node.text)
    return Parameter(name, key, None, "word" if word else "value", node)


def parameters(entries: Entries) -> tuple[Parameter, ...]:
    """What `params` declares, in order."""
    return tuple(_parameter(key, node) for key, node in entries.values())


def is_pair(text: str) -> bool:
    """Whether a text is written like `3x5`.

    >>> is_pair("1x7"), is_pair("max")
    (True, False)
    """
    return re.fullmatch("[0-9]+(x[0-9]+)+", text) is not None


def is_none(node: Node) -> bool:
    """Whether a text says `none`."""
    return isinstance(node, Scalar) and not node.quoted and node.text in NONES


def describe(value: object) -> str:
    """A value as a message shows it, with its kind.

    >>> describe(2.5), describe(True), describe([1, 2])
    ('the float 2.5', 'true', 'the list [1, 2]')
    """
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int():
            return f"the number {value}"
        case float():
            return f"the float {value}"
        case Word():
            return f"the word `{value}`"
        case str():
            return f"the text {value!r}"
        case list() | tuple() if any(isinstance(part, Value) for part in value):
            return "a list of tensors"
        case list():
            return f"the list {show(value)}"
        case tuple():
            return f"the pair {show(value)}" if len(value) == 2 else f"the list {show(list(value))}"
        case Closure():
            return "an item"
        case Value():
            return "a tensor"
        case _:
            return f"a {type(value).__name__.lower()}"


def show(value: object) -> str:
    """A value as a spec would write it.

    >>> show([1, (3, 5), None, True])
    '[1, 3x5, none, true]'
    """
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case list():
            text = ", ".join(show(v) for v in value[:8])
            return f"[{text}, …]" if len(value) > 8 else f"[{text}]"
        case tuple():
            return "x".join(str(v) for v in value)
        case Closure():
            return _node_text(value.node)
        case Word():
            return _meant(value)
        case float():
            text = f"{value:.4g}"
            return f"{text}.0" if text.lstrip("-").isdigit() else text
        case _:
            return str(value)


def note(use: Use) -> str:
    """What a message says at the use of a block or the turn of a loop, with the values that it set."""
    values = ", ".join(f"{name} = {show(value)}" for name, value in use.values.items() if not isinstance(value, Held | Value))
    where = "in this use" if use.title else "in this turn"
    return f"{where}: {values}" if values else where


def _meant(word: Word) -> str:
    """A word that a parameter holds by another's name is shown as what that one holds."""
    scope = word.closure.scope.find(word)
    value = None if scope is None else scope.names[word]
    return _meant(value) if isinstance(value, Word) and value != word else str(word)


def _node_text(node: Node) -> str:
    text = " ".join(node.span.text.split())
    return text if len(text) <= 24 else text[:23] + "…"


def check(value: object, parameter: Parameter, span: Span, owner: str) -> object:
    """The value as the declared type has it; a Fault where it does not fit. `None` fits any type."""
    if value is None or parameter.type is None:
        return value
    fits, wanted = _FITS[parameter.type]
    if fits(value):
        return list(value) if parameter.type == "list" and isinstance(value, tuple) else value
    hint = whole_hint(value) if parameter.type == "int" else None
    raise Fault("AD2110", span, f"`{parameter.name}` of {owner} takes {wanted}, found {describe(value)}", help=hint)


def whole_hint(value: object) -> str | None:
    """What to write for a float where a whole number is wanted."""
    whole = isinstance(value, float) and value.is_integer()
    return f"write `{value:.0f}`, divide with `//`, or use `int(…)`" if whole else None


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _size(value: object) -> bool:
    return _int(value) or value == "same" or (isinstance(value, list | tuple) and all(map(_int, value)))


_FITS = {
    "int": (_int, "a whole number"),
    "float": (_number, "a number"),
    "number": (_number, "a number"),
    "bool": (lambda v: isinstance(v, bool), "true or false"),
    "size": (_size, "a whole number, one for each axis, or `same`"),
    "text": (lambda v: isinstance(v, str), "a text"),
    "list": (lambda v: isinstance(v, list | tuple), "a list"),
    "item": (lambda v: isinstance(v, Word | Closure), "an item"),
    "axis": (_int, "an axis"),
}


def unknown_type(word: str) -> str | None:
    """The type that a word given as a default looks like, for the message when it is used as a number."""
    return OTHER_TYPES.get(word) or nearest(word, TYPES)
