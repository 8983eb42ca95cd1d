"""What tests of sums share: a small reader that works them out."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from math import ceil, floor
from typing import Any

from archdsl.ops.sums import Sums, result
from archdsl.shapes import Shape

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
FUNCTIONS: dict[str, Callable[[Any], int]] = {"ceil": ceil, "floor": floor}


def adds_up(sums: Sums, y: Shape, macs: int) -> None:
    """Asserts that the sums of a call give its sizes and multiply-accumulates."""
    assert {axis: worked(sum) for axis, sum in sums.sizes.items()} == {axis: y.dims[axis] for axis in sums.sizes}
    assert (worked(sums.macs) if sums.macs else 0) == macs


def worked(sum: str) -> Any:
    """What a sum gives."""
    return _value(ast.parse(result(sum).replace("·", "*").replace(",", ""), mode="eval").body)


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(number):
            return number
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand)
        case ast.BinOp(left, sign, right):
            return OPERATORS[type(sign)](_value(left), _value(right))
        case ast.Call(ast.Name(name), [argument]):
            return FUNCTIONS[name](_value(argument))
    raise AssertionError(ast.dump(node))
