"""The faults of names that mean nothing where they stand."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.diagnostics import Fault
from archdsl.diagnostics.suggest import nearest
from archdsl.language.calls import replaced
from archdsl.language.scalars import OLDER
from archdsl.language.tree import Call, Name

INSTEAD = {
    "pow": "write `2**3`",
    "str": "join texts with `+`, or write `{name}` in a text",
    "list": "write `[…]`",
    "tuple": "write `(…)`",
    "mean": "write `sum(values) / len(values)`",
    "prod": "write the product, as `a * b`",
    "view": "write `reshape(x, …)`",
    "concat": "write `cat([a, b], 1)`",
    "bmm": "write `a @ b`",
    "mm": "write `a @ b`",
    "size": "write `x.shape[1]`, or `x.channels`",
}
"""functions of Python that the language writes otherwise"""
MOST = 40
"""functions that a message lists"""


def unknown_name(node: Name, names: Iterable[str]) -> Fault:
    """The fault of a name that means nothing here, with the nearest of those that do."""
    known = tuple(names)
    if node.text in OLDER:
        ours = OLDER[node.text]
        message = f"`{node.text}` is text; older YAML reads {ours}"
        return Fault("AD2001", node.span, message, help=f"write `{ours}`", edit=replaced(node.span, node.text, ours))
    near = nearest(node.text, (*known, "true", "false", "none"))
    notes = (f"names in scope: {', '.join(known[:20])}{', …' if len(known) > 20 else ''}",) if known else ()
    help = f"did you mean `{near}`?" if near else None
    edit = replaced(node.span, node.text, near, "maybe") if near else None
    return Fault("AD2001", node.span, f"undefined name `{node.text[:80]}`", help=help, notes=notes, edit=edit)


def unknown_function(node: Call, names: Iterable[str]) -> Fault:
    """The fault of a call of no known function, with the nearest one and the list."""
    known, name = tuple(names), node.function.text
    near = None if name in INSTEAD else nearest(name, known)
    help = INSTEAD.get(name) or (f"did you mean `{near}`?" if near else None)
    edit = replaced(node.function.span, name, near, "maybe") if near else None
    notes = () if len(known) > MOST else (f"the functions there are: {', '.join(known)}",)
    return Fault("AD1410", node.function.span, f"unknown function `{name[:80]}`", help=help, notes=notes, edit=edit)
