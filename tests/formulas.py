"""Runs formulas on shapes and on torch's numbers side by side: the oracle for what functions say of themselves.

A `Traced` tensor has a shape and one real tensor for each batch size; whatever a function infers is compared with all of them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from arithmetic import adds_up
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archdsl.functions import BY_NAME, OPERATORS, WIRING
from archdsl.functions.base import Function
from archdsl.functions.index import GetItem
from archdsl.ops.types import Kind
from archdsl.shapes import Batch, Shape

BATCHES = (2, 3)
"""two sizes of the batch, so that its factor shows"""


@dataclass(frozen=True)
class Traced:
    """A shape, and a tensor of it for each size of the batch."""

    said: Shape
    tensors: tuple[torch.Tensor, ...]

    @property
    def shape(self) -> tuple[Any, ...]:
        return self.said.dims


def traced(said: Shape, seed: int = 0) -> Traced:
    """Random numbers of a shape."""
    torch.manual_seed(seed)
    return Traced(said, tuple(torch.randn(concrete(said, batch)) for batch in BATCHES))


def given(tensor: torch.Tensor) -> Traced:
    """A tensor without batch."""
    return Traced(Shape(tuple(tensor.shape)), (tensor,) * len(BATCHES))


def concrete(said: Shape, batch: int) -> tuple[int, ...]:
    return tuple(d.factor * batch if isinstance(d, Batch) else d for d in said.dims)


def call(cls: type[Function], *args: Any, **kwargs: Any) -> Any:
    """Infers a function, runs its Python for each batch, and compares shapes and multiply-accumulates."""
    function = cls.model_validate(shapes_of(bound(cls, args, kwargs)))
    return run(function, bound(cls, args, kwargs))


def run(function: Function, values: dict[str, Any]) -> Any:
    inferred = function.infer()
    said = inferred if isinstance(inferred, tuple) else (inferred,)
    results = []
    given_types = tuple(_dtype(t.tensors[0]) for name in function.kinds() for t in _tensors(values.get(name)))
    for i, batch in enumerate(BATCHES):
        found, macs = computed(function, values, i, batch)
        assert [tuple(t.shape) for t in found] == [concrete(s, batch) for s in said], function
        assert macs == function.macs(said) * (batch if any(isinstance(d, Batch) for d in said[0].dims) else 1), function
        adds_up(function.sums(said), said[0], function.macs(said))
        assert {_dtype(t) for t in found} == {function.dtype(given_types)}, function
        results.append(found)
    parts = [Traced(s, tensors) for s, tensors in zip(said, zip(*results, strict=True), strict=True)]
    return parts if isinstance(inferred, tuple) else parts[0]


def _tensors(value: Any) -> list[Traced]:
    if isinstance(value, list | tuple):
        return [t for part in value for t in _tensors(part)]
    return [value] if isinstance(value, Traced) else []


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def computed(function: Function, values: dict[str, Any], i: int, batch: int) -> tuple[list[torch.Tensor], int]:
    names = {name: real(values.get(name, getattr(function, name)), i, batch) for name in type(function).model_fields}
    for name, kind in type(function).kinds().items():
        names |= {f"{name}{n}": t for n, t in enumerate(names[name])} if kind is Kind.TENSORS else {}
    names |= {"torch": torch, "F": F, "self": SimpleNamespace(training=False)}
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        result = eval(function.python(), names)
    return list(result) if isinstance(result, list | tuple) else [result], counter.get_total_flops() // 2


def bound(cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    fields = list(cls.model_fields)
    if cls.variadic in fields:
        at = fields.index(cls.variadic)
        single = len(args) == at + 1
        args = (*args[:at], args[at] if single else args[at:]) if len(args) > at else args
    return dict(zip(fields, args, strict=False)) | kwargs


def shapes_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: shapes_of(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return tuple(map(shapes_of, value))
    return value.said if isinstance(value, Traced) else value


def real(value: Any, i: int, batch: int) -> Any:
    if isinstance(value, list | tuple):
        return tuple(real(v, i, batch) for v in value)
    if isinstance(value, Traced):
        return value.tensors[i]
    return value.factor * batch if isinstance(value, Batch) else value


OPERATOR_TEXT: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


class Evaluator(ast.NodeTransformer):
    """Turns the operators of a formula into calls of `operate`, `negate` and `item`."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        return self._call("operate", ast.Constant(OPERATOR_TEXT[type(node.op)]), self.visit(node.left), self.visit(node.right))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        text = ast.Constant(OPERATOR_TEXT[type(node.ops[0])])
        return self._call("operate", text, self.visit(node.left), self.visit(node.comparators[0]))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return self._call("negate", self.visit(node.operand))

    def visit_Slice(self, node: ast.Slice) -> ast.AST:
        ends = (node.lower, node.upper, node.step)
        return self._call("slice", *(ast.Constant(None) if e is None else self.visit(e) for e in ends))

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return self._call("item", self.visit(node.value), self.visit(node.slice))

    def _call(self, name: str, *args: Any) -> ast.Call:
        return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def operate(text: str, x: Any, y: Any) -> Any:
    if isinstance(x, Traced) or isinstance(y, Traced):
        return call(OPERATORS[text], x, y)
    return eval(f"x {text} y", {"x": x, "y": y})


def negate(x: Any) -> Any:
    return call(OPERATORS["unary -"], x) if isinstance(x, Traced) else -x


def item(x: Any, index: Any) -> Any:
    if not isinstance(x, Traced):
        return x[index]
    entries = index if isinstance(index, tuple) else (index,)
    function = GetItem.of(x.said, shapes_of(entries))
    at = next((e for e in entries if isinstance(e, Traced)), None)
    return run(function, {"x": x} if at is None else {"x": x, "at": at})


def formula(text: str, **names: Any) -> Any:
    """The value of formulas `name = formula`, the last of which is the result."""
    scope: dict[str, Any] = {"true": True, "false": False, "none": None, "range": range, "max": max, "min": min, "len": len}
    scope |= {name: lambda *a, c=cls, **k: call(c, *a, **k) for name, cls in {**BY_NAME, **WIRING}.items()}
    scope |= {"operate": operate, "negate": negate, "item": item, "slice": slice} | names
    *steps, last = ast.parse(text.strip()).body
    for step in steps:
        exec(compile(ast.fix_missing_locations(ast.Module([Evaluator().visit(step)], [])), "<formula>", "exec"), scope)
    return eval(compile(ast.fix_missing_locations(ast.Expression(Evaluator().visit(last).value)), "<formula>", "eval"), scope)
