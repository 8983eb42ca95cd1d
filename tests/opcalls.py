"""What tests of operations share: a call read the plain way, the torch module of a recipe, and the comparison of both."""

from __future__ import annotations

import ast
import importlib
from typing import Any

import torch
from arithmetic import adds_up
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archdsl.diagnostics import Source, Span
from archdsl.language.calls import parse_call
from archdsl.language.items import MODIFIERS
from archdsl.language.nodes import Scalar
from archdsl.ops import BY_NAME, Op
from archdsl.ops.base import Recipe
from archdsl.ops.types import Kind
from archdsl.shapes import Batch, Shape

AXES = {"batch": 0, "channels": 1, "features": -1}
WORDS = {"true": True, "false": False, "none": None}


def value(text: str, kind: Kind) -> Any:
    """An argument without names in it."""
    if kind in (Kind.WORD, Kind.TEXT):
        return text
    if kind is Kind.AXIS or kind is Kind.AXES:
        text = str(AXES.get(text, text))
    if text in WORDS:
        return WORDS[text]
    sides = text.split("x")
    if len(sides) > 1 and all(side.isdigit() for side in sides):
        return tuple(int(side) for side in sides)
    try:
        found = ast.literal_eval(text)
    except ValueError:
        return text
    return tuple(found) if isinstance(found, list) else found


def operation(call: str) -> Op:
    """The operation that a one-line call means."""
    head, positional, keywords = parse_call(Scalar(call, Span(Source("call", call), 0, len(call))))
    kind = BY_NAME[head.text]
    kinds = kind.kinds()
    names = list(kinds)
    cut = names.index("arguments") if "arguments" in names else len(names)
    arguments = {name: value(text.text, kinds[name]) for name, text in zip(names[:cut], positional, strict=False)}
    if len(positional) > cut:
        arguments["arguments"] = tuple(value(text.text, Kind.LITERAL) for text in positional[cut:])
    named = [(key.text, text.text) for key, text in keywords if key.text not in MODIFIERS]
    arguments |= {key: value(text, kinds.get(key, kind.further or Kind.VALUE)) for key, text in named}
    return kind(**arguments)


def module(recipe: Recipe) -> nn.Module:
    """The torch module, made for real."""
    where, _, name = recipe.path.rpartition(".")
    made = getattr(importlib.import_module(where), name)(*recipe.args, **dict(recipe.kwargs))
    assert isinstance(made, nn.Module)
    return made


def tensor(shape: Shape, examples: int, whole: bool = False) -> torch.Tensor:
    """Numbers of this shape for a batch of examples."""
    sizes = [d.factor * examples if isinstance(d, Batch) else d for d in shape.dims]
    return torch.randint(0, 5, sizes) if whole else torch.randn(sizes)


def run(op: Op, made: nn.Module, inputs: tuple[Shape, ...], examples: int = 2) -> tuple[torch.Tensor, ...]:
    """The results of the call that a generated forward makes."""
    tensors = {f"x{i}": tensor(shape, examples, isinstance(made, nn.Embedding)) for i, shape in enumerate(inputs)}
    result = eval(op.forward(inputs), {"module": made, **tensors})
    return result if isinstance(result, tuple) else (result,)


def sizes(shapes: tuple[Shape, ...], examples: int) -> list[tuple[int, ...]]:
    return [tuple(d.factor * examples if isinstance(d, Batch) else d for d in shape.dims) for shape in shapes]


def compare(op: Op, *inputs: Shape) -> nn.Module:
    """Asserts that shapes, tensors and multiply-accumulates are those of torch."""
    outputs = op.results(inputs)
    made = module(op.module(inputs))
    for examples in (2, 3):
        for mode in (made.train(), made.eval()):
            assert [tuple(y.shape) for y in run(op, mode, inputs, examples)] == sizes(outputs, examples)
    declared = op.declared(inputs)
    state = made.state_dict()
    assert [(t.name, t.shape, t.dtype) for t in declared if t.persistent] == [
        (name, tuple(t.shape), str(t.dtype).removeprefix("torch.")) for name, t in state.items()
    ]
    assert {t.name for t in declared if not t.buffer} == {name for name, _ in made.named_parameters()}
    assert {t.name for t in declared if t.buffer} == {name for name, _ in made.named_buffers()}
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        run(op, made.train(), inputs, 2)
    assert op.multiplications(inputs, outputs) * 2 * 2 == counter.get_total_flops()
    adds_up(op.sums(inputs, outputs), outputs[0], op.multiplications(inputs, outputs))
    kept = [axis for axis in range(outputs[0].rank) if axis not in op.sums(inputs, outputs).sizes]
    assert all(isinstance(outputs[0].dims[axis], Batch) or inputs[0].dims[axis] == outputs[0].dims[axis] for axis in kept)
    return made
