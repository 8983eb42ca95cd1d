"""Initial values: initialisers and constants, and what an item's own `init` says of its tensors."""

from __future__ import annotations

import re
from math import prod

from archdsl.diagnostics import Fault, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.parameters import describe
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context, Flow
from archdsl.elaborate.sizes import SizeReader
from archdsl.graph import Level, Module, keys
from archdsl.language.calls import parse_call, replaced
from archdsl.language.nodes import Mapping, Node, Scalar
from archdsl.language.shown import written
from archdsl.ops.base import Init

MODES = ("fan_in", "fan_out")
NONLINEARITIES = ("linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu")
KAIMING: dict[str, float | str] = {"mode": "fan_in", "nonlinearity": "relu", "a": 0.0}
INITIALISERS: dict[str, dict[str, float | str | None]] = {
    "normal": {"std": 1.0, "mean": 0.0},
    "trunc_normal": {"std": 1.0, "mean": 0.0, "a": -2.0, "b": 2.0},
    "uniform": {"a": None, "b": None},
    "kaiming_normal": dict(KAIMING),
    "kaiming_uniform": dict(KAIMING),
    "xavier_normal": {"gain": 1.0},
    "xavier_uniform": {"gain": 1.0},
    "orthogonal": {"gain": 1.0},
    "dirac": {},
    "zeros": {},
    "ones": {},
}
"""every initialiser with its arguments in order; those without a default are `None`. Source: torch.nn.init"""
WORDS = {"mode": MODES, "nonlinearity": NONLINEARITIES}
OTHER_NAMES = {
    "he_normal": "kaiming_normal",
    "he_uniform": "kaiming_uniform",
    "glorot_normal": "xavier_normal",
    "glorot_uniform": "xavier_uniform",
    "truncated_normal": "trunc_normal",
    "random_normal": "normal",
    "random_uniform": "uniform",
    "eye": "dirac",
}
"""what Keras and others call them"""
NUMBERS = ("constant", "const", "fill", "full")
"""what stands before a constant elsewhere; here the number stands alone"""
TORCH = re.compile(r"(torch\.)?(nn\.)?(init\.)?(?P<name>[a-z_]+?)_?")
"""an initialiser as PyTorch code writes it"""


def read_init(run: Run, node: Node, context: Context, x: Flow, shape: tuple[int, ...]) -> Init:
    """An initialiser call, or an expression for a constant; both see `fan_in`, `fan_out` and `shape`."""
    if not isinstance(node, Scalar):
        message = f"an initial value is an initialiser or a number; found {written(node)}"
        raise Fault("AD4001", node.span, message, help="write `trunc_normal 0.02`, or `0`")
    fan_in, fan_out = fans(shape)
    inner = context.bind(fan_in=fan_in, fan_out=fan_out, shape=list(shape))
    word = node.text.split(" ")[0]
    if word.startswith(("nn.", "torch.")):
        raise _unknown(word, node.span.part(0, len(word)))
    if not word.isidentifier() or (inner.scope.find(word) is not None and word not in INITIALISERS):
        value = SizeReader(run, inner, x).evaluate(run.expression(node))
        return Init("constant", (("value", _number(value, node.span)),))
    head, positional, keywords = parse_call(node)
    if head.text not in INITIALISERS:
        raise _unknown(head.text, head.span)
    return _call(run, head, positional, keywords, inner, x)


def _unknown(word: str, span: Span) -> Fault:
    """The fault of a word that is no initialiser: PyTorch's and Keras' names, a slip, or the list of all."""
    found = TORCH.fullmatch(word)
    plain = found["name"] if found else word
    message = f"unknown initialiser `{word}`"
    if plain in NUMBERS:
        return Fault("AD4002", span, message, help="a constant is the number alone, as `0.1`")
    ours = OTHER_NAMES.get(plain) or (plain if plain in INITIALISERS else None)
    if ours is not None:
        return Fault("AD4002", span, message, help=f"write `{ours}`", edit=replaced(span, word, ours, "maybe"))
    near = nearest(plain, INITIALISERS)
    help = f"did you mean `{near}`?" if near else f"the initialisers are {', '.join(INITIALISERS)}"
    return Fault("AD4002", span, message, help=help, edit=replaced(span, word, near, "maybe") if near else None)


def _number(value: object, span: Span) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault("AD4001", span, f"an initial value is a number, found {describe(value)}")
    return value


def _call(
    run: Run, head: Scalar, positional: tuple[Scalar, ...], keywords: tuple[tuple[Scalar, Scalar], ...], context: Context, x: Flow
) -> Init:
    takes = INITIALISERS[head.text]
    names = list(takes)
    signature = f"it is `{' '.join([head.text, *(_shown(name, value) for name, value in takes.items())])}`"
    if len(positional) > len(names):
        message = f"{len(positional)} arguments for {len(names)} of `{head.text}`"
        raise Fault("AD4004", positional[len(names)].span, message, help=signature)
    given = dict(zip(names, positional, strict=False))
    for key, node in keywords:
        if key.text not in takes:
            near = nearest(key.text, names)
            help, edit = (f"did you mean `{near}`?", replaced(key.span, key.text, near, "maybe")) if near else (signature, None)
            raise Fault("AD4004", key.span, f"`{head.text}` has no argument `{key.text}`", help=help, edit=edit)
        given[key.text] = node
    values: list[tuple[str, float | str]] = []
    for name, default in takes.items():
        if name in given:
            values.append((name, _argument(run, name, given[name], context, x, signature)))
        elif default is None:
            raise Fault("AD4004", head.span, f"`{head.text}` needs `{name}`", help=signature)
        else:
            values.append((name, default))
    return Init(head.text, tuple(values))


def _shown(name: str, default: float | str | None) -> str:
    if default is None:
        return name
    return f"{name}={default}" if isinstance(default, str) else f"{name}={default:g}"


def _argument(run: Run, name: str, node: Scalar, context: Context, x: Flow, signature: str) -> float | str:
    if name not in WORDS:
        return _number(SizeReader(run, context, x).evaluate(run.expression(node)), node.span)
    if node.text in WORDS[name]:
        return node.text
    near = nearest(node.text, WORDS[name])
    help, edit = (f"did you mean `{near}`?", replaced(node.span, node.text, near, "maybe")) if near else (signature, None)
    raise Fault("AD4004", node.span, f"`{name}` is one of {', '.join(WORDS[name])}; found `{node.text}`", help=help, edit=edit)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """fan_in and fan_out as torch.nn.init counts them; both the size for a vector.

    >>> fans((64, 3, 7, 7))
    (147, 3136)
    """
    if len(shape) < 2:
        return (prod(shape),) * 2
    field = prod(shape[2:])
    return shape[1] * field, shape[0] * field


def item_inits(run: Run, node: Node, child: Module | Level, context: Context, x: Flow) -> dict[str, Init]:
    """What an item's own `init` says, by tensor; in a level tensors have their paths, in which `*` stands for anything."""
    specs = {spec.name: spec for spec in child.tensors} if isinstance(child, Module) else dict(keys(child))
    owner = child.op.name if isinstance(child, Module) else child.block
    if not isinstance(node, Mapping):
        said = node.text if isinstance(node, Scalar) and node.text else "zeros"
        message = f"`init` of an item is a mapping of its tensors; found {written(node)}"
        raise Fault("AD4001", node.span, message, help=f"write `init: {{{next(iter(specs), 'weight')}: {said}}}`")
    found: dict[str, Init] = {}
    faults: list[Fault] = []
    for key, value in node.entries:
        matching = [name for name in specs if glob(key.text, name)]
        if not matching:
            faults.append(no_tensor(key, f"`{owner}`", list(specs)))
        try:
            found.update({name: read_init(run, value, context, x, specs[name].shape) for name in matching})
        except Fault as fault:
            faults.append(fault)
    run.refuse(faults, context)
    return found


def no_tensor(key: Scalar, owner: str, names: list[str]) -> Fault:
    """The fault of a tensor that is to begin in some way and is not there."""
    near = nearest(key.text, names)
    help = f"did you mean `{near}`?" if near else f"it has {', '.join(names[:8])}{', …' if len(names) > 8 else ''}" if names else None
    edit = replaced(key.span, key.text, near, "maybe") if near else None
    return Fault("AD4003", key.span, f"{owner} has no tensor `{key.text}`{'' if names else ', nor any other'}", help=help, edit=edit)


def glob(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern in which `*` stands for any characters, in linear steps per star.

    >>> glob("heads.*", "heads.0.1"), glob("*.weight", "bias")
    (True, False)
    """
    i = j = mark = 0
    star = -1
    while j < len(text):
        if i < len(pattern) and pattern[i] == "*":
            star, mark, i = i, j, i + 1
        elif i < len(pattern) and pattern[i] == text[j]:
            i, j = i + 1, j + 1
        elif star >= 0:
            i, mark = star + 1, mark + 1
            j = mark
        else:
            return False
    return all(c == "*" for c in pattern[i:])
