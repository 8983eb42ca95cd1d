"""Why a path gave another shape than its author thought: the items in it whose condition is false."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.diagnostics import Fault, Label
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context, Flow, Silent
from archdsl.elaborate.values import truth
from archdsl.language.items import Item
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence


def absences(run: Run, item: Item, context: Context, x: Flow) -> tuple[Label, ...]:
    """The items inside an item that are absent, each at its condition. Conditions that only the inside can settle are left out."""
    found = []
    for node in (*item.positional, *(node for _, node in item.keywords)):
        for conditional in _conditional(node):
            when = conditional.get("when")
            assert isinstance(when, Scalar)
            if conditional.get("else") is None and _is_false(run, when, context, x):
                word = next(key.text for key, _ in conditional.entries if key.text != "when")
                found.append(Label(when.span, f"`{when.text}` is false and the `{word}` absent"))
    return tuple(found)


def _is_false(run: Run, when: Scalar, context: Context, x: Flow) -> bool:
    try:
        return not truth(run, when, context, x)
    except (Fault, Silent):
        return False


def _conditional(node: Node) -> Iterator[Mapping]:
    """The mappings below a node that have a `when`."""
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, Sequence):
            stack.extend(reversed(node.items))
        elif isinstance(node, Mapping):
            stack.extend(value for _, value in reversed(node.entries))
            if isinstance(node.get("when"), Scalar):
                yield node
