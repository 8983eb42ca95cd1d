"""Names in generated code: which words of a spec may stand in Python as they are, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Collection
from keyword import iskeyword, issoftkeyword

TORCH_NAMES = frozenset(
    {"torch", "nn", "F", "Tensor", "OrderedDict", "self", "super", "range", "getattr", "float", "int", "bool", "str", "tuple", "dict"}
)
"""what generated code uses itself, so no variable or class may be called so"""

SEQUENTIAL_NAMES = frozenset({"append", "extend", "insert", "pop"})
"""attributes that `nn.Sequential` has beyond those of `nn.Module`, which no child can have"""


def is_plain(name: str) -> bool:
    """Whether `self.name` is how Python reads and writes an attribute of this name.

    >>> [n for n in ("conv1", "_x", "3x3", "class", "a-b", "__x") if is_plain(n)]
    ['conv1', '_x']
    """
    return name.isidentifier() and not iskeyword(name) and not name.startswith("__")


def camel(words: str, fallback: str = "Net") -> str:
    """A class name.

    >>> camel("squeeze_excite"), camel("resnext50_32x4d"), camel("3x3"), camel("")
    ('SqueezeExcite', 'Resnext50_32x4d', 'Net3x3', 'Net')
    """
    parts = _ascii(words).split("_")
    joined = ""
    for part in parts:
        bridge = "_" if joined[-1:].isdigit() and part[:1].isdigit() else ""
        joined += bridge + part[:1].upper() + part[1:]
    return joined if joined[:1].isalpha() else f"{fallback}{joined}"


def variable(word: str, fallback: str = "out") -> str:
    """A name for a local variable or argument.

    >>> variable("c3"), variable("ys[2]"), variable("3x3"), variable("lambda"), variable("x.1")
    ('c3', 'ys_2', 'out', 'lambda_', 'x_1')
    """
    name = "_".join(part for part in _ascii(word).split("_") if part)
    if not name or name[0].isdigit():
        return fallback
    return f"{name}_" if iskeyword(name) or issoftkeyword(name) or name in TORCH_NAMES else name


def unique(name: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken.

    >>> unique("out", {"out", "out2"})
    'out3'
    """
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}" if name[-1:].isdigit() else f"{name}{number}"
    return found


def _ascii(word: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in word)
