"""Random arguments of operations, from the fields that each declares: a new operation is drawn by existing."""

from __future__ import annotations

from math import prod
from random import Random
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from drawn_items import Text
from pydantic import ValidationError

from archdsl.diagnostics import Refused
from archdsl.ops import Op
from archdsl.ops.types import Kind
from archdsl.shapes import SPATIAL_NAMES, Shape

LARGEST = 3000
"""elements of a tensor for one example"""
TRIES = 12
RESERVED = {"init"}
"""arguments of torch's that are words of the language; they are positional only"""
FOREIGN = [
    ("GELU", (), {"approximate": Text("tanh")}),
    ("Hardtanh", (-2, 2), {}),
    ("Unfold", (), {"kernel_size": 2, "stride": 2}),
    ("CELU", (0.5,), {}),
    ("Conv2d", ("(x.channels)", 3, 2), {"kernel_size": None}),
    ("Linear", ("(x.features)", 5), {}),
    ("ZeroPad2d", (1,), {}),
    ("LSTM", ("(x.features)", 3), {"batch_first": True}),
    ("Softmax2d", (), {}),
    ("CircularPad1d", (1,), {}),
]
"""layers of torch that are no operations of their own: arguments, keywords"""
SMALL: dict[str, list[Any]] = {
    "out": [1, 2, 3, 4, 6, 8],
    "kernel": [1, 2, 3, 3, 3, 4],
    "stride": [1, 2],
    "padding": [0, 0, 1, 2],
    "dilation": [1, 2],
    "output_padding": [0, 1],
    "size": [1, 2, 3, 5],
    "amounts": [0, 1, 2],
    "scale": [2, 1.5, 0.5, 1],
    "eps": [1e-3, 1e-6],
    "lower": [0.1],
    "upper": [0.3],
    "factor": [2, 2, 3],
}
"""sensible values by the name of the argument; others follow from its type"""


def operation(
    rng: Random, kind: type[Op], inputs: tuple[Shape, ...], like: dict[str, Shape], defaults: dict[str, Any]
) -> tuple[Op, dict[str, Any], Shape | None]:
    """An operation on these inputs, its arguments as written, and the tensor that it is made like. Raises `Refused`."""
    values: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    chosen: Shape | None = None
    x = inputs[0]
    for name, field in kind.model_fields.items():
        if name in RESERVED or (not field.is_required() and rng.random() < 0.7 and not (name == "amounts" and not values)):
            continue
        if kind.kinds()[name] is Kind.TENSOR:
            fitting = [label for label, shape in like.items() if shape.rank == x.rank]
            if fitting and rng.random() < 0.6 and name == "like":
                for other in ("amounts", "size", "scale"):
                    values.pop(other, None)
                    texts.pop(other, None)
                label = rng.choice(fitting)
                values[name] = chosen = like[label]
                texts[name] = label
            continue
        if name == "size" and {"amounts", "scale"} & set(values):
            if rng.random() < 0.5:
                continue
            for other in ("amounts", "scale"):
                values.pop(other, None)
                texts.pop(other, None)
        values[name], texts[name] = argument(rng, kind, name, field.annotation, x)
    if kind.further is not None:
        further(rng, kind, values, texts, x)
    return kind(**{**defaults, **values}), texts, chosen


def drawn(
    rng: Random, kind: type[Op], inputs: tuple[Shape, ...], like: dict[str, Shape], defaults: dict[str, Any]
) -> tuple[Op, dict[str, Any], tuple[Shape, ...]]:
    """An operation, its arguments as written, what it gives. Raises `Refused` after some tries."""
    for _ in range(TRIES):
        try:
            op, texts, chosen = operation(rng, kind, inputs, like, defaults)
            found = op.results(inputs if chosen is None else (*inputs, chosen))
            op.module(inputs if chosen is None else (*inputs, chosen))
        except (Refused, ValidationError):
            continue
        if alone(op, inputs[0]):
            continue
        if all(shape.numel <= LARGEST and shape.rank > 1 for shape in found):
            return op, texts, found
    raise Refused("AD0000", f"{kind.name} does not take {inputs}")


def alone(op: Op, x: Shape) -> bool:
    """Whether a norm has one value to go by where there is one example, which torch refuses."""
    values = x.numel // getattr(op, "groups", x.channels) if x.rank > 1 and isinstance(x.dims[1], int) else 2
    return values == 1 and (op.name == "group_norm" or not getattr(op, "track_running_stats", True))


def argument(rng: Random, kind: type[Op], name: str, annotation: Any, x: Shape) -> tuple[Any, Any]:
    """A value and how it is written."""
    read = kind.kinds()[name]
    last = x.dims[-1] if isinstance(x.dims[-1], int) else 1
    channels = x.dims[1] if x.rank > 1 and isinstance(x.dims[1], int) else 1
    if read is Kind.AXIS:
        axis = rng.choice([-1, *range(1, x.rank)])
        return axis, axis_text(rng, axis, x)
    if read is Kind.AXES:
        axes = list(range(1, x.rank))
        rng.shuffle(axes)
        found = (0, *axes) if kind.name == "permute" else tuple(axes[: rng.randint(1, min(2, len(axes)))])
        return found, found
    if name == "groups":
        return _int(rng.choice(divisors(channels)))
    if name == "heads":
        return _int(rng.choice(divisors(last)))
    if name == "num_parameters":
        return _int(rng.choice([1, channels]))
    if name == "sizes":
        size = rng.choice([d for d in x.dims[1:] if isinstance(d, int)])
        part = rng.choice(divisors(size))
        return _same((part, rng.choice([-1, size // part])))
    if name == "parts":
        size = rng.choice([d for d in x.dims[1:] if isinstance(d, int)])
        cut = rng.randint(1, max(1, size - 1))
        return _same(rng.choice([2, 2, 3, (cut, size - cut)]))
    if name == "amounts" and rng.random() < 0.3:
        return _same(tuple(rng.randint(0, 2) for _ in range(2 * rng.randint(1, x.rank - 1))))
    if name == "pattern":
        return "", Text("")
    if name == "layer":
        return "", Text("")
    if name in SMALL:
        if isinstance(annotation, type) or rng.random() < 0.75 or len(x.spatial) < 1:
            return _same(rng.choice(SMALL[name] if name != "padding" or "same" not in str(annotation) else [*SMALL[name], "same"]))
        return _same(tuple(rng.choice(SMALL[name]) for _ in x.spatial))
    return _same(typed(rng, annotation))


def typed(rng: Random, annotation: Any) -> Any:
    """A value of a type."""
    origin = get_origin(annotation)
    if origin is Literal:
        return rng.choice(get_args(annotation))
    if origin is Annotated:
        return typed(rng, get_args(annotation)[0])
    if origin is tuple:
        return tuple(typed(rng, get_args(annotation)[0]) for _ in range(rng.randint(1, 3)))
    if origin is Union or origin is UnionType:
        return typed(rng, rng.choice([a for a in get_args(annotation) if a is not type(None)]))
    choices: dict[Any, list[Any]] = {int: [1, 2, 3, 4], float: [0.1, 0.25, 0.5], bool: [True, False], str: ["word"]}
    return rng.choice(choices.get(annotation, [1, 2]))


def further(rng: Random, kind: type[Op], values: dict[str, Any], texts: dict[str, Any], x: Shape) -> None:
    """Arguments beyond the declared ones: lengths of a pattern's axes, or what a layer of torch takes."""
    if "pattern" in values:
        pattern, lengths = rearrangement(rng, x)
        values |= {"pattern": pattern, **lengths}
        texts |= {"pattern": Text(pattern), **lengths}
    if "layer" in values:
        sizes = {"(x.channels)": x.dims[1], "(x.features)": x.dims[-1]}
        layer, arguments, keywords = rng.choice(FOREIGN)
        given = tuple(sizes.get(a, a) if isinstance(a, str) else a for a in arguments)
        keywords = {k: v for k, v in keywords.items() if v is not None}
        values.clear()
        texts.clear()
        values |= {"layer": layer, "arguments": given, **{k: v.text if isinstance(v, Text) else v for k, v in keywords.items()}}
        texts |= {"layer": Text(layer), **{f"*{i}": a for i, a in enumerate(arguments)}, **keywords}


def rearrangement(rng: Random, x: Shape) -> tuple[str, dict[str, int]]:
    """A pattern: axes are cut, reordered and joined."""
    left, names = [], []
    lengths: dict[str, int] = {}
    for letter, size in zip("chwdef", x.dims[1:], strict=False):
        parts = divisors(size) if isinstance(size, int) else [1]
        part = rng.choice(parts)
        if rng.random() < 0.3:
            lengths[f"{letter}2"] = part
            left.append(f"({letter} {letter}2)")
            names += [letter, f"{letter}2"]
        else:
            left.append(letter)
            names.append(letter)
    rng.shuffle(names)
    right: list[list[str]] = [["b"]]
    for name in names:
        if len(right) > 4 or (rng.random() < 0.3 and (len(right) > 1 or rng.random() < 0.2)):
            right[-1].append(name)
        else:
            right.append([name])
    groups = [g[0] if len(g) == 1 else f"({' '.join(g)})" for g in right]
    return f"b {' '.join(left)} -> {' '.join(groups)}", lengths


def axis_text(rng: Random, axis: int, x: Shape) -> Any:
    """An axis as its number or name."""
    names = {1: "channels", -1: "features"} | {i + 2: name for i, name in enumerate(SPATIAL_NAMES.get(x.rank - 2, ()))}
    return names[axis] if axis in names and rng.random() < 0.5 else axis


def divisors(size: Any) -> list[int]:
    return [d for d in range(1, size + 1) if size % d == 0] if isinstance(size, int) else [1]


def _same(value: Any) -> tuple[Any, Any]:
    """Words stand as they are."""
    return value, Text(value) if isinstance(value, str) else value


def _int(value: int) -> tuple[Any, Any]:
    return value, value


def numel(sizes: tuple[int, ...]) -> int:
    return prod(sizes)
