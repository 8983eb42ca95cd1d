"""Functions that work on each element alone."""

from typing import ClassVar

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.rules import shape_of, stretch
from archdsl.ops.base import Dtype
from archdsl.ops.types import Kind, Operand, Tensor
from archdsl.shapes import Shape


class Pointwise(Function):
    """One tensor in, one of its shape out."""

    pointwise = True
    gives: ClassVar[Dtype | None] = "float32"
    x: Tensor

    def infer(self) -> Shape:
        return self.x


class Neg(Pointwise):
    """x with the other sign: `-x`."""

    name = "neg"
    source = "torch.neg"
    code = "-x"
    example = "-x"
    gives = None


class Abs(Pointwise):
    """The value without its sign."""

    name = "abs"
    source = "torch.abs"
    code = "torch.abs(x)"
    example = "abs(x)"
    gives = None


class Sign(Pointwise):
    """-1, 0 or 1."""

    name = "sign"
    source = "torch.sign"
    code = "torch.sign(x)"
    example = "sign(x)"
    gives = None


class Floor(Pointwise):
    """The next whole number below."""

    name = "floor"
    source = "torch.floor"
    code = "torch.floor(x)"
    example = "floor(x)"
    gives = None


class Ceil(Pointwise):
    """The next whole number above."""

    name = "ceil"
    source = "torch.ceil"
    code = "torch.ceil(x)"
    example = "ceil(x)"
    gives = None


class Round(Pointwise):
    """The nearest whole number, halves to even."""

    name = "round"
    source = "torch.round"
    code = "torch.round(x)"
    example = "round(x)"
    gives = None


class Exp(Pointwise):
    """e to the power of x."""

    name = "exp"
    source = "torch.exp"
    code = "torch.exp(x)"
    example = "exp(x)"


class Log(Pointwise):
    """The natural logarithm."""

    name = "log"
    source = "torch.log"
    code = "torch.log(x)"
    example = "log(abs(x) + 1)"


class Log2(Pointwise):
    """The logarithm to base 2."""

    name = "log2"
    source = "torch.log2"
    code = "torch.log2(x)"
    example = "log2(abs(x) + 1)"


class Log1p(Pointwise):
    """The natural logarithm of 1 + x."""

    name = "log1p"
    source = "torch.log1p"
    code = "torch.log1p(x)"
    example = "log1p(abs(x))"


class Sqrt(Pointwise):
    """The square root."""

    name = "sqrt"
    source = "torch.sqrt"
    code = "torch.sqrt(x)"
    example = "sqrt(abs(x))"


class Rsqrt(Pointwise):
    """One over the square root."""

    name = "rsqrt"
    source = "torch.rsqrt"
    code = "torch.rsqrt(x)"
    example = "rsqrt(abs(x) + 1)"


class Square(Pointwise):
    """x times x."""

    name = "square"
    source = "torch.square"
    code = "torch.square(x)"
    example = "square(x)"
    gives = None


class Reciprocal(Pointwise):
    """One over x."""

    name = "reciprocal"
    source = "torch.reciprocal"
    code = "torch.reciprocal(x)"
    example = "reciprocal(abs(x) + 1)"


class Sin(Pointwise):
    """The sine."""

    name = "sin"
    source = "torch.sin"
    code = "torch.sin(x)"
    example = "sin(x)"


class Cos(Pointwise):
    """The cosine."""

    name = "cos"
    source = "torch.cos"
    code = "torch.cos(x)"
    example = "cos(x)"


class Erf(Pointwise):
    """The error function."""

    name = "erf"
    source = "torch.erf"
    code = "torch.erf(x)"
    example = "erf(x)"


class Clamp(Pointwise):
    """x kept between `min` and `max`, of which one may be left out. Raises AD1454 without both."""

    name = "clamp"
    source = "torch.clamp"
    code = "torch.clamp(x, min=min, max=max)"
    example = "clamp(x, max=4.6)"
    gives = None
    min: float | None = None
    max: float | None = None

    def infer(self) -> Shape:
        if self.min is None and self.max is None:
            raise Refused("AD1454", "clamp needs `min`, `max` or both", argument="min")
        return self.x


class Combination(Function):
    """Several tensors or numbers, element by element; sizes of 1 stretch. Raises AD3152."""

    pointwise = True

    def infer(self) -> Shape:
        kinds = type(self).kinds()
        return stretch(*(shape_of(getattr(self, name)) for name, kind in kinds.items() if kind is Kind.TENSOR))


class Maximum(Combination):
    """The larger of two tensors."""

    name = "maximum"
    source = "torch.maximum"
    code = "torch.maximum(x, y)"
    example = "maximum(x, -x)"
    x: Tensor
    y: Tensor


class Minimum(Combination):
    """The smaller of two tensors."""

    name = "minimum"
    source = "torch.minimum"
    code = "torch.minimum(x, y)"
    example = "minimum(x, -x)"
    x: Tensor
    y: Tensor


class Where(Combination):
    """x where the condition holds, else y."""

    name = "where"
    source = "torch.where"
    code = "torch.where(condition, x, y)"
    example = "where(x > 0, x, 0.0)"
    condition: Tensor
    x: Operand
    y: Operand

    def dtype(self, given: tuple[Dtype, ...]) -> Dtype:
        return super().dtype(given[1:])


class MaskedFill(Combination):
    """A number where the mask holds, else x."""

    name = "masked_fill"
    source = "torch.masked_fill"
    code = "torch.masked_fill(x, mask, value)"
    example = "masked_fill(x, x < 0, -100.0)"
    x: Tensor
    mask: Tensor
    value: float | int

    def dtype(self, given: tuple[Dtype, ...]) -> Dtype:
        return given[0]


class Addcmul(Combination):
    """x + `value` · tensor1 · tensor2."""

    name = "addcmul"
    source = "torch.addcmul"
    code = "torch.addcmul(x, tensor1, tensor2, value=value)"
    example = "addcmul(x, x, x, value=2)"
    x: Tensor
    tensor1: Tensor
    tensor2: Tensor
    value: float | int = 1
