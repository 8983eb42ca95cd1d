"""Names in generated code: which words of a spec may stand in Python as they are, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Collection
from keyword import iskeyword, issoftkeyword

TORCH_NAMES = frozenset(
    {"torch", "nn", "F", "Tensor", "OrderedDict", "self", "super", "range", "getattr", "float", "int", "bool", "str", "tuple", "dict"}
)
"""what generated code uses itself, so no variable or class may be called so"""

MODULE_NAMES = frozenset(
    [
        "T_destination", "add_module", "append", "apply", "bfloat16", "buffers", "call_super_init", "children", "clear", "compile",
        "cpu", "cuda", "double", "dump_patches", "eval", "extend", "extra_repr", "float", "forward", "get_buffer",
        "get_extra_state", "get_parameter", "get_submodule", "half", "insert", "ipu", "items", "keys", "load_state_dict", "modules",
        "mtia", "named_buffers", "named_children", "named_modules", "named_parameters", "parameters", "pop",
        "register_backward_hook", "register_buffer", "register_forward_hook", "register_forward_pre_hook",
        "register_full_backward_hook", "register_full_backward_pre_hook", "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook", "register_module", "register_parameter", "register_state_dict_post_hook",
        "register_state_dict_pre_hook", "requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to",
        "to_empty", "train", "training", "type", "update", "values", "xpu", "zero_grad",
    ]
)
"""attributes of `nn.Module` and its containers, which a child or tensor of that name may not replace"""


def is_plain(name: str) -> bool:
    """Whether `self.name` is how Python reads and writes an attribute of this name.

    >>> [n for n in ("conv1", "3x3", "class", "a-b", "__x", "type", "_modules") if is_plain(n)]
    ['conv1']
    """
    return name.isascii() and name.isidentifier() and not iskeyword(name) and not name.startswith("_") and name not in MODULE_NAMES


def is_taken(name: str) -> bool:
    """Whether `nn.Module` has an attribute of this name, so that a child or tensor is registered past its guard."""
    return name in MODULE_NAMES or name.startswith("_")


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
