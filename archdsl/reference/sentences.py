"""The sentence that says what a field is: the string under it in its class, read from the source when someone asks."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from textwrap import dedent

from archdsl.ops.base import Declared

SHARED = {
    "stride": "step from one window to the next",
    "dilation": "distance between neighbouring values of a window",
    "ceil_mode": "whether sizes are rounded up, so that a last window may reach over the rim",
    "bias": "whether a learned number is added to each output",
    "eps": "what is added to the variance, so that nothing is divided by zero",
    "affine": "whether the result is scaled and shifted by learned numbers",
    "inplace": "whether the result is written over the input, which saves memory",
}
"""what arguments are that mean the same in many operations; the string under a field comes before it"""


@cache
def sentences(kind: type) -> dict[str, str]:
    """The strings under the fields of a class, those of its bases too.

    >>> from archdsl.limits import Limits
    >>> sentences(Limits)["file_bytes"]
    'bytes of one file'
    """
    found: dict[str, str] = {}
    for owner in reversed(kind.__mro__[:-1]):
        found |= _own(owner)
    return found


def sentence(kind: type[Declared], name: str) -> str:
    """What an argument of an operation or function is; "" where nothing says so.

    >>> from archdsl.ops import BY_NAME
    >>> sentence(BY_NAME["max_pool"], "kernel"), sentence(BY_NAME["linear"], "bias")
    ('size of the windows', 'whether a learned number is added to each output')
    """
    return sentences(kind).get(name) or SHARED.get(name, "")


def _own(kind: type) -> dict[str, str]:
    if not kind.__module__.startswith("archdsl."):
        return {}
    try:
        source = dedent(inspect.getsource(kind))
    except OSError:  # a package without its source
        return {}
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.ClassDef)
    pairs = zip(definition.body, definition.body[1:], strict=False)
    return {name: text for field, below in pairs if (name := _name(field)) and (text := _text(below))}


def _name(node: ast.stmt) -> str:
    return node.target.id if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else ""


def _text(node: ast.stmt) -> str:
    value = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else ""
    return " ".join(value.split()) if isinstance(value, str) else ""
