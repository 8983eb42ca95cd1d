"""Tokens of cfg lists: what the legend of a file says an integer or a word means."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archdsl.diagnostics import Fault, Span
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context, Scope
from archdsl.language.nodes import Node, Scalar, Sequence
from archdsl.language.scalars import value


@dataclass(frozen=True, slots=True, eq=False)
class Spliced:
    """The items that a token stands for, and where they are read."""

    nodes: tuple[Node, ...]
    context: Context


BUILT_IN = {"int": ("conv it", "relu"), "M": ("max_pool 2",), "A": ("avg_pool 2",)}
"""the legend of every file: a number is `[conv it, relu]`, `M` is `max_pool 2`, `A` is `avg_pool 2`"""


def built_in(token: str, place: Span) -> tuple[Node, ...]:
    """The items that the built-in legend gives a token, at the place of the token."""
    return tuple(Scalar(text, place) for text in BUILT_IN.get(token, ()))


def token_nodes(run: Run, node: Scalar, context: Context) -> Spliced | None:
    """What a word of a list stands for; `None` when it is no token. Raises a Fault for a number that is no count, or too large."""
    text = node.text
    whole = text.isdigit() and text.isascii()
    number = value(Scalar(text, node.span), run.limits) if whole else 0
    if text[:1] in "-.0123456789" and text[:1] and _is_number(text) and not number:
        raise Fault("AD2019", node.span, f"a bare number is a layer of that many channels, a whole number above zero; found {text}")
    file = context.scope.file
    key = "int" if whole else text
    entry = file.document.legend.get(key)
    nodes = built_in(key, node.span) if entry is None else _listed(entry[1])
    if not nodes:
        return None
    if run.tokens >= run.limits.block_depth:
        message = f"the token `{text}` leads to itself, {run.tokens} times; the limit `block_depth` is {run.limits.block_depth}"
        raise Fault("AD5011", node.span, message, help="write the layers that are meant instead of the token, as `conv 8`")
    names: dict[str, object] = {"it": number} if whole else {}
    scope = Scope(file, context.scope.labels, names, file.scope)
    return Spliced(nodes, replace(context, scope=scope))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _listed(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)
