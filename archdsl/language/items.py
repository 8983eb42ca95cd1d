"""Items: what stands in a body. Every way to write one becomes the same `Item`.

    conv 64 7 stride=2                  head conv, positional 64 7, keyword stride
    {conv: 64, kernel: 7, when: deep}   head conv, positional 64, keyword kernel, modifier when
    {residual: [...], shortcut: [...]}  head residual, positional [...], keyword shortcut
    64                                  head 64: a token of the legend
    [conv 8, relu]                      head seq, positional [conv 8, relu]
"""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.diagnostics import Span
from archdsl.language.nodes import Node, Scalar

BODIES = ("seq", "do", "residual", "gate")
MERGES = ("add", "mul", "concat")
WIRING = (*BODIES, *MERGES, "math")
CALLS = ("use", "reuse")
MODIFIERS = ("name", "from", "as", "when", "else", "for", "repeat", "inline", "outputs", "init")
INLINE_MODIFIERS = ("name", "from", "as", "when", "repeat", "inline")
"""those that may stand in a one-line call"""
RESERVED = frozenset((*WIRING, *CALLS, *MODIFIERS))


@dataclass(frozen=True, eq=False, slots=True)
class Modifiers:
    """What stands beside an item's call. Each is the node after its key; `None` where it is not written."""

    name: Scalar | None = None
    from_: Node | None = None
    as_: Node | None = None
    when: Scalar | None = None
    otherwise: Node | None = None
    loop: Scalar | None = None
    repeat: Scalar | None = None
    inline: Scalar | None = None
    outputs: Node | None = None
    init: Node | None = None


NO_MODIFIERS = Modifiers()


@dataclass(frozen=True, eq=False, slots=True)
class Item:
    """One item. `head` is a wiring word, `use`, `reuse`, or the word of a token, block, parameter or operation.

    `bare` tells that the item is one word without arguments and modifiers, so that it may be a token or a body's text.
    For `use` and `reuse`, `positional[0]` is what they name. A main argument written as a list is one positional node, a Sequence.
    """

    head: Scalar
    span: Span
    positional: tuple[Node, ...] = ()
    keywords: tuple[tuple[Scalar, Node], ...] = ()
    modifiers: Modifiers = NO_MODIFIERS
    bare: bool = False
