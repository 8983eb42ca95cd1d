"""Calls of functions and modules as Python expressions over the variables of a level."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from archdsl.codegen.holes import Hole
from archdsl.codegen.templates import expression
from archdsl.codegen.tree import item, method
from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Module, Value
from archdsl.ops.types import Kind
from archdsl.shapes import Batch, Shape

Read = Callable[[Value], ast.expr]
"""a value of the level as an expression"""


def call_module(call: Call, module: ast.expr, read: Read) -> ast.expr:
    """A child run on values."""
    inputs = [read(value) for value in call.inputs]
    if isinstance(call.target, Level):
        return ast.Call(module, inputs, [])
    assert isinstance(call.target, Module)
    names = {"module": module, **{f"x{i}": x for i, x in enumerate(inputs)}}
    return expression(call.target.op.forward(call.target.inputs), names, call.target.op.name)


def call_function(call: Call, read: Read, device: ast.expr | None = None) -> ast.expr:
    """A function run on values and literals. A tensor that it makes out of numbers is moved to `device` where there is one."""
    function = call.target
    assert isinstance(function, Function)
    inputs = iter(call.inputs)
    names: dict[str, ast.expr] = {}
    for field, kind in function.kinds().items():
        value = getattr(function, field)
        if kind is Kind.TENSORS:
            members = [read(next(inputs)) for _ in value]
            names |= {f"{field}{i}": member for i, member in enumerate(members)}
            names[field] = ast.List(members, ast.Load())
        else:
            names[field] = read(next(inputs)) if isinstance(value, Shape) else _argument(value, field, function.name, call.batch, read)
    found = expression(function.python(), names, function.name)
    return method(found, "to", device) if function.creates and device is not None else found


def gives_tuple(call: Call) -> bool:
    """Whether the call's Python gives a tuple, also one of a single tensor."""
    return len(call.outputs) > 1 or (isinstance(call.target, Function) and isinstance(call.target.infer(), tuple))


def _argument(value: Any, field: str, owner: str, batch: Value | None, read: Read) -> ast.expr:
    if isinstance(value, Batch):
        return _batch(value, batch, read)
    if isinstance(value, tuple) and any(isinstance(v, Batch) for v in value):
        return ast.Tuple([_argument(v, "size", owner, batch, read) for v in value], ast.Load())
    return Hole(value, field, owner)


def _batch(wanted: Batch, batch: Value | None, read: Read) -> ast.expr:
    """The batch as a size: -1 where torch may find it itself, else what a tensor has, times or over what space folded into it."""
    if batch is None:
        return ast.UnaryOp(ast.USub(), ast.Constant(1))
    axis, found = next((a, d.factor) for a, d in enumerate(batch.shape.dims) if isinstance(d, Batch))
    size: ast.expr = item(ast.Attribute(read(batch), "shape", ast.Load()), ast.Constant(axis))
    if wanted.factor % found and found % wanted.factor:
        size, found = ast.BinOp(size, ast.FloorDiv(), Hole(found, "windows")), 1
    if wanted.factor > found:
        return ast.BinOp(size, ast.Mult(), Hole(wanted.factor // found, "windows"))
    return ast.BinOp(size, ast.FloorDiv(), Hole(found // wanted.factor, "windows")) if wanted.factor < found else size


