"""Operators between a tensor and a tensor or number. Two numbers never come here: an expression computes them."""

from archdsl.functions.pointwise import Combination
from archdsl.ops.types import Operand


class Operator(Combination):
    """Two operands, element by element; sizes of 1 stretch. Raises AD3152."""

    x: Operand
    y: Operand


class Add(Operator):
    """x plus y."""

    name = "+"
    source = "torch.add"
    code = "x + y"
    example = "x + 1"


class Sub(Operator):
    """x minus y."""

    name = "-"
    source = "torch.sub"
    code = "x - y"
    example = "1 - x"


class Mul(Operator):
    """x times y."""

    name = "*"
    source = "torch.mul"
    code = "x * y"
    example = "x * 0.5"


class Div(Operator):
    """x over y."""

    name = "/"
    source = "torch.div"
    code = "x / y"
    example = "x / 2"
    gives = "float32"


class FloorDiv(Operator):
    """x over y, rounded down."""

    name = "//"
    source = "torch.floor_divide"
    code = "x // y"
    example = "x // 2"


class Remainder(Operator):
    """What `//` leaves, with y's sign."""

    name = "%"
    source = "torch.remainder"
    code = "x % y"
    example = "x % 2"


class Pow(Operator):
    """x to the power of y."""

    name = "**"
    source = "torch.pow"
    code = "x ** y"
    example = "x ** 2"


class Less(Operator):
    """Whether x is below y."""

    name = "<"
    source = "torch.lt"
    code = "x < y"
    example = "x < 0"
    gives = "bool"


class LessEqual(Operator):
    """Whether x is at most y."""

    name = "<="
    source = "torch.le"
    code = "x <= y"
    example = "x <= 0"
    gives = "bool"


class Greater(Operator):
    """Whether x is above y."""

    name = ">"
    source = "torch.gt"
    code = "x > y"
    example = "x > 0"
    gives = "bool"


class GreaterEqual(Operator):
    """Whether x is at least y."""

    name = ">="
    source = "torch.ge"
    code = "x >= y"
    example = "x >= 0"
    gives = "bool"


class Equal(Operator):
    """Whether x is y."""

    name = "=="
    source = "torch.eq"
    code = "x == y"
    example = "x == 0"
    gives = "bool"


class NotEqual(Operator):
    """Whether x is not y."""

    name = "!="
    source = "torch.ne"
    code = "x != y"
    example = "x != 0"
    gives = "bool"
