"""Loops, labels and names: the small texts beside an item that hold variables or expressions."""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.diagnostics import Fault, Span
from archdsl.language.calls import CLOSING, QUOTES, part, replaced
from archdsl.language.expressions import parse_expression, parse_loop_clause
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.tree import Expression, Targets
from archdsl.limits import DEFAULT, Limits

NamePart = str | Expression
"""a literal part of a name, or an expression that is filled in"""


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """`for: i, (d, n) in enumerate(depths)`"""

    targets: Targets
    iterable: Expression
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """One entry of `as`: a name, `ys[i]` with its index, or `ys...`, which appends."""

    name: str
    span: Span
    index: Expression | None = None
    appends: bool = False


def parse_loop(scalar: Scalar, limits: Limits = DEFAULT) -> Loop:
    """The loop that `for` describes. Raises a `Fault` (AD1324) that shows the form where the text is no loop.

    >>> from archdsl.diagnostics import Source
    >>> text = "i, (d, n) in enumerate(depths)"
    >>> parse_loop(Scalar(text, Span(Source("", text), 0, len(text)))).targets
    ('i', ('d', 'n'))
    """
    if scalar.text.startswith("for "):
        bare = scalar.text[4:].strip()
        message = f"`{scalar.text[:80]}` is no loop: the key says `for` already"
        raise Fault("AD1324", scalar.span, message, help=f"write `{bare}`", edit=replaced(scalar.span, scalar.text, bare))
    try:
        targets, iterable = parse_loop_clause(scalar.text, scalar.span, limits)
    except Fault:
        if " in " in scalar.text:
            raise
        message = f"`{scalar.text[:80]}` is no loop: a loop is written `name in list`"
        count = scalar.text.strip()
        help = "write `i in range(4)`, or `i, n in enumerate(depths)`"
        if count.isdigit():
            help = f"write `repeat: {count}`, or `i in range({count})`"
        raise Fault("AD1324", scalar.span, message, help=help) from None
    return Loop(targets, iterable, scalar.span)


def parse_labels(node: Node, limits: Limits = DEFAULT) -> tuple[Label, ...]:
    """The labels that `as` gives: one text, or a list of them. Raises a `Fault` (AD1325) for another form."""
    if isinstance(node, Mapping):
        raise Fault("AD1325", node.span, "`as` takes a name or a list of names, found a mapping", help="write `as: name`, or `as: [a, b]`")
    if isinstance(node, Scalar):
        listed = _listed(node) if node.text.startswith("[") else (node,)
        return tuple(_label(part, limits) for part in listed)
    if not node.items:
        raise Fault("AD1325", node.span, "`as` holds no label", help="write `as: [a, b]`, or take it away")
    return tuple(_label(item, limits) for item in node.items)


def parse_name(scalar: Scalar, limits: Limits = DEFAULT) -> tuple[NamePart, ...]:
    """A name or free text in its literal parts and the expressions between braces; `{{` and `}}` are braces themselves.

    Raises a `Fault` (AD1326) for a brace without its partner.

    >>> from archdsl.diagnostics import Source
    >>> text = "layer{i+1}.conv"
    >>> [p if isinstance(p, str) else p.span.text for p in parse_name(Scalar(text, Span(Source("", text), 0, len(text))))]
    ['layer', 'i+1', '.conv']
    """
    text, found, literal, index = scalar.text, list[NamePart](), "", 0
    while index < len(text):
        character = text[index]
        if text[index : index + 2] in ("{{", "}}"):
            literal, index = literal + character, index + 2
            continue
        if character == "}":
            place = part(text, scalar.span, index, index + 1)
            raise Fault("AD1326", place, "this `}` closes a brace that was never opened", help="write `{expression}`, or `}}` for a brace")
        if character != "{":
            literal, index = literal + character, index + 1
            continue
        end = _closing(scalar, index)
        found += [literal] if literal else []
        found.append(parse_expression(text[index + 1 : end], part(text, scalar.span, index + 1, end), limits))
        literal, index = "", end + 1
    return (*found, literal) if literal or not found else tuple(found)


def _closing(scalar: Scalar, opening: int) -> int:
    """The offset of the brace that closes one; braces in quotes do not count."""
    text, quote = scalar.text, ""
    for index in range(opening + 1, len(text)):
        character = text[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in QUOTES:
            quote = character
        elif character == "}":
            return index
    place = part(text, scalar.span, opening, opening + 1)
    raise Fault("AD1326", place, "this `{` is never closed: expected `}` before the end of the text", help="write `{expression}`")


def _listed(scalar: Scalar) -> tuple[Scalar, ...]:
    """The labels of `[a, b]` written in quotes or in a one-line call."""
    text = scalar.text
    if not text.endswith("]"):
        raise Fault("AD1325", scalar.span, f"`{text[:80]}` is no label", help="write `as: name`, or `as: [a, b]`")
    parts, start, depth = [], 1, 0
    for index in range(1, len(text)):
        depth += (text[index] in CLOSING) - (text[index] in CLOSING.values())
        if (text[index] == "," and depth == 0) or index == len(text) - 1:
            left = start + len(text[start:index]) - len(text[start:index].lstrip())
            parts.append(Scalar(text[start:index].strip(), part(text, scalar.span, left, left + len(text[start:index].strip()))))
            start = index + 1
    return tuple(parts)


def _label(node: Node, limits: Limits) -> Label:
    if not isinstance(node, Scalar):
        found = "a list" if isinstance(node, Sequence) else "a mapping"
        raise Fault("AD1325", node.span, f"a label is a name, found {found}", help="labels stand side by side, as `as: [a, b]`")
    text, span = node.text.strip(), node.span
    name, bracket, rest = text.partition("[")
    appends = text.endswith("...")
    name = name[:-3] if appends and not bracket else name
    if not _is_label(name):
        message = f"`{text[:80]}` is no label" if text else "found no label"
        words = text.replace(",", " ").split()
        several = len(words) > 1 and all(map(_is_label, words))
        form = "a label is a name of letters, digits and underscores; `ys[i]` and `ys...` fill a list"
        raise Fault("AD1325", span, message, help=f"several labels are a list: `[{', '.join(words)}]`" if several else form)
    if not bracket:
        return Label(name, span, None, appends)
    if not rest.endswith("]"):
        raise Fault("AD1325", span, f"`{text[:80]}` is no label: expected `]` at its end", help="write `ys[i]`")
    if rest == "]":
        message = f"`{text[:80]}` is no label: the index is missing"
        raise Fault("AD1325", span, message, help=f"`{name}...` adds to a list", edit=replaced(span, node.text, f"{name}..."))
    start = node.text.index("[") + 1
    index = parse_expression(rest[:-1], part(node.text, span, start, start + len(rest) - 1), limits)
    return Label(name, span, index)


def _is_label(name: str) -> bool:
    """Letters, digits, underscores and dashes between dots, as names of children."""
    return all(word and word.isascii() and word.replace("-", "_").replace("_", "a").isalnum() for word in name.split("."))
