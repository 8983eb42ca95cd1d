"""Operators between a tensor and a tensor or number. Two numbers never come here: an expression computes them."""

from __future__ import annotations

from typing import ClassVar

from archdsl.functions.pointwise import Combination
from archdsl.ops.types import Operand


class Operator(Combination):
    """Two operands, element by element; sizes of 1 stretch. Raises AD3152."""

    x: Operand
    y: Operand


class Add(Operator):
    """x plus y."""

    name: ClassVar[str] = "+"
    source: ClassVar[str] = "torch.add"
    code: ClassVar[str] = "x + y"
    example: ClassVar[str] = "x + 1"


class Sub(Operator):
    """x minus y."""

    name: ClassVar[str] = "-"
    source: ClassVar[str] = "torch.sub"
    code: ClassVar[str] = "x - y"
    example: ClassVar[str] = "1 - x"


class Mul(Operator):
    """x times y."""

    name: ClassVar[str] = "*"
    source: ClassVar[str] = "torch.mul"
    code: ClassVar[str] = "x * y"
    example: ClassVar[str] = "x * 0.5"


class Div(Operator):
    """x over y."""

    name: ClassVar[str] = "/"
    source: ClassVar[str] = "torch.div"
    code: ClassVar[str] = "x / y"
    example: ClassVar[str] = "x / 2"


class FloorDiv(Operator):
    """x over y, rounded down."""

    name: ClassVar[str] = "//"
    source: ClassVar[str] = "torch.floor_divide"
    code: ClassVar[str] = "x // y"
    example: ClassVar[str] = "x // 2"


class Remainder(Operator):
    """What `//` leaves, with y's sign."""

    name: ClassVar[str] = "%"
    source: ClassVar[str] = "torch.remainder"
    code: ClassVar[str] = "x % y"
    example: ClassVar[str] = "x % 2"


class Pow(Operator):
    """x to the power of y."""

    name: ClassVar[str] = "**"
    source: ClassVar[str] = "torch.pow"
    code: ClassVar[str] = "x ** y"
    example: ClassVar[str] = "x ** 2"


class Less(Operator):
    """Whether x is below y."""

    name: ClassVar[str] = "<"
    source: ClassVar[str] = "torch.lt"
    code: ClassVar[str] = "x < y"
    example: ClassVar[str] = "x < 0"


class LessEqual(Operator):
    """Whether x is at most y."""

    name: ClassVar[str] = "<="
    source: ClassVar[str] = "torch.le"
    code: ClassVar[str] = "x <= y"
    example: ClassVar[str] = "x <= 0"


class Greater(Operator):
    """Whether x is above y."""

    name: ClassVar[str] = ">"
    source: ClassVar[str] = "torch.gt"
    code: ClassVar[str] = "x > y"
    example: ClassVar[str] = "x > 0"


class GreaterEqual(Operator):
    """Whether x is at least y."""

    name: ClassVar[str] = ">="
    source: ClassVar[str] = "torch.ge"
    code: ClassVar[str] = "x >= y"
    example: ClassVar[str] = "x >= 0"


class Equal(Operator):
    """Whether x is y."""

    name: ClassVar[str] = "=="
    source: ClassVar[str] = "torch.eq"
    code: ClassVar[str] = "x == y"
    example: ClassVar[str] = "x == 0"


class NotEqual(Operator):
    """Whether x is not y."""

    name: ClassVar[str] = "!="
    source: ClassVar[str] = "torch.ne"
    code: ClassVar[str] = "x != y"
    example: ClassVar[str] = "x != 0"
