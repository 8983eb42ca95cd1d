"""Functions that work on each element alone."""

from __future__ import annotations

from typing import ClassVar, Literal

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.rules import shape_of, stretch
from archdsl.ops.types import Kind, Operand, Probability, Tensor
from archdsl.shapes import Shape


class Pointwise(Function):
    """One tensor in, one of its shape out."""

    pointwise: ClassVar[bool] = True
    x: Tensor

    def infer(self) -> Shape:
        return self.x


class Neg(Pointwise):
    """x with the other sign: `-x`."""

    name: ClassVar[str] = "neg"
    source: ClassVar[str] = "torch.neg"
    code: ClassVar[str] = "-x"
    example: ClassVar[str] = "-x"


class Abs(Pointwise):
    """The value without its sign."""

    name: ClassVar[str] = "abs"
    source: ClassVar[str] = "torch.abs"
    code: ClassVar[str] = "torch.abs(x)"
    example: ClassVar[str] = "abs(x)"


class Sign(Pointwise):
    """-1, 0 or 1."""

    name: ClassVar[str] = "sign"
    source: ClassVar[str] = "torch.sign"
    code: ClassVar[str] = "torch.sign(x)"
    example: ClassVar[str] = "sign(x)"


class Floor(Pointwise):
    """The next whole number below."""

    name: ClassVar[str] = "floor"
    source: ClassVar[str] = "torch.floor"
    code: ClassVar[str] = "torch.floor(x)"
    example: ClassVar[str] = "floor(x)"


class Ceil(Pointwise):
    """The next whole number above."""

    name: ClassVar[str] = "ceil"
    source: ClassVar[str] = "torch.ceil"
    code: ClassVar[str] = "torch.ceil(x)"
    example: ClassVar[str] = "ceil(x)"


class Round(Pointwise):
    """The nearest whole number, halves to even."""

    name: ClassVar[str] = "round"
    source: ClassVar[str] = "torch.round"
    code: ClassVar[str] = "torch.round(x)"
    example: ClassVar[str] = "round(x)"


class Exp(Pointwise):
    """e to the power of x."""

    name: ClassVar[str] = "exp"
    source: ClassVar[str] = "torch.exp"
    code: ClassVar[str] = "torch.exp(x)"
    example: ClassVar[str] = "exp(x)"


class Log(Pointwise):
    """The natural logarithm."""

    name: ClassVar[str] = "log"
    source: ClassVar[str] = "torch.log"
    code: ClassVar[str] = "torch.log(x)"
    example: ClassVar[str] = "log(abs(x) + 1)"


class Log2(Pointwise):
    """The logarithm to base 2."""

    name: ClassVar[str] = "log2"
    source: ClassVar[str] = "torch.log2"
    code: ClassVar[str] = "torch.log2(x)"
    example: ClassVar[str] = "log2(abs(x) + 1)"


class Log1p(Pointwise):
    """The natural logarithm of 1 + x."""

    name: ClassVar[str] = "log1p"
    source: ClassVar[str] = "torch.log1p"
    code: ClassVar[str] = "torch.log1p(x)"
    example: ClassVar[str] = "log1p(abs(x))"


class Sqrt(Pointwise):
    """The square root."""

    name: ClassVar[str] = "sqrt"
    source: ClassVar[str] = "torch.sqrt"
    code: ClassVar[str] = "torch.sqrt(x)"
    example: ClassVar[str] = "sqrt(abs(x))"


class Rsqrt(Pointwise):
    """One over the square root."""

    name: ClassVar[str] = "rsqrt"
    source: ClassVar[str] = "torch.rsqrt"
    code: ClassVar[str] = "torch.rsqrt(x)"
    example: ClassVar[str] = "rsqrt(abs(x) + 1)"


class Square(Pointwise):
    """x times x."""

    name: ClassVar[str] = "square"
    source: ClassVar[str] = "torch.square"
    code: ClassVar[str] = "torch.square(x)"
    example: ClassVar[str] = "square(x)"


class Reciprocal(Pointwise):
    """One over x."""

    name: ClassVar[str] = "reciprocal"
    source: ClassVar[str] = "torch.reciprocal"
    code: ClassVar[str] = "torch.reciprocal(x)"
    example: ClassVar[str] = "reciprocal(abs(x) + 1)"


class Sin(Pointwise):
    """The sine."""

    name: ClassVar[str] = "sin"
    source: ClassVar[str] = "torch.sin"
    code: ClassVar[str] = "torch.sin(x)"
    example: ClassVar[str] = "sin(x)"


class Cos(Pointwise):
    """The cosine."""

    name: ClassVar[str] = "cos"
    source: ClassVar[str] = "torch.cos"
    code: ClassVar[str] = "torch.cos(x)"
    example: ClassVar[str] = "cos(x)"


class Erf(Pointwise):
    """The error function."""

    name: ClassVar[str] = "erf"
    source: ClassVar[str] = "torch.erf"
    code: ClassVar[str] = "torch.erf(x)"
    example: ClassVar[str] = "erf(x)"


class Sigmoid(Pointwise):
    """1 / (1 + exp(-x))."""

    name: ClassVar[str] = "sigmoid"
    source: ClassVar[str] = "torch.sigmoid"
    code: ClassVar[str] = "torch.sigmoid(x)"
    example: ClassVar[str] = "sigmoid(x)"


class Tanh(Pointwise):
    """The hyperbolic tangent."""

    name: ClassVar[str] = "tanh"
    source: ClassVar[str] = "torch.tanh"
    code: ClassVar[str] = "torch.tanh(x)"
    example: ClassVar[str] = "tanh(x)"


class Relu(Pointwise):
    """max(x, 0)."""

    name: ClassVar[str] = "relu"
    source: ClassVar[str] = "torch.nn.functional.relu"
    code: ClassVar[str] = "F.relu(x)"
    example: ClassVar[str] = "relu(x)"


class Relu6(Pointwise):
    """min(max(x, 0), 6)."""

    name: ClassVar[str] = "relu6"
    source: ClassVar[str] = "torch.nn.functional.relu6"
    code: ClassVar[str] = "F.relu6(x)"
    example: ClassVar[str] = "relu6(x)"


class Silu(Pointwise):
    """x · sigmoid(x)."""

    name: ClassVar[str] = "silu"
    source: ClassVar[str] = "torch.nn.functional.silu"
    code: ClassVar[str] = "F.silu(x)"
    example: ClassVar[str] = "silu(x)"


class Mish(Pointwise):
    """x · tanh(softplus(x))."""

    name: ClassVar[str] = "mish"
    source: ClassVar[str] = "torch.nn.functional.mish"
    code: ClassVar[str] = "F.mish(x)"
    example: ClassVar[str] = "mish(x)"


class Hardsigmoid(Pointwise):
    """relu6(x + 3) / 6."""

    name: ClassVar[str] = "hardsigmoid"
    source: ClassVar[str] = "torch.nn.functional.hardsigmoid"
    code: ClassVar[str] = "F.hardsigmoid(x)"
    example: ClassVar[str] = "hardsigmoid(x)"


class Hardswish(Pointwise):
    """x · relu6(x + 3) / 6."""

    name: ClassVar[str] = "hardswish"
    source: ClassVar[str] = "torch.nn.functional.hardswish"
    code: ClassVar[str] = "F.hardswish(x)"
    example: ClassVar[str] = "hardswish(x)"


class Logsigmoid(Pointwise):
    """log(sigmoid(x))."""

    name: ClassVar[str] = "logsigmoid"
    source: ClassVar[str] = "torch.nn.functional.logsigmoid"
    code: ClassVar[str] = "F.logsigmoid(x)"
    example: ClassVar[str] = "logsigmoid(x)"


class Gelu(Pointwise):
    """x · Φ(x), by the error function or approximated by `tanh`."""

    name: ClassVar[str] = "gelu"
    source: ClassVar[str] = "torch.nn.functional.gelu"
    code: ClassVar[str] = "F.gelu(x, approximate=approximate)"
    example: ClassVar[str] = "gelu(x, approximate='tanh')"
    approximate: Literal["none", "tanh"] = "none"


class LeakyRelu(Pointwise):
    """x above 0, `negative_slope` times x below."""

    name: ClassVar[str] = "leaky_relu"
    source: ClassVar[str] = "torch.nn.functional.leaky_relu"
    code: ClassVar[str] = "F.leaky_relu(x, negative_slope=negative_slope)"
    example: ClassVar[str] = "leaky_relu(x, 0.1)"
    negative_slope: float = 0.01


class Elu(Pointwise):
    """x above 0, `alpha` · (exp(x) - 1) below."""

    name: ClassVar[str] = "elu"
    source: ClassVar[str] = "torch.nn.functional.elu"
    code: ClassVar[str] = "F.elu(x, alpha=alpha)"
    example: ClassVar[str] = "elu(x)"
    alpha: float = 1.0


class Softplus(Pointwise):
    """log(1 + exp(`beta` · x)) / `beta`, linear above `threshold`."""

    name: ClassVar[str] = "softplus"
    source: ClassVar[str] = "torch.nn.functional.softplus"
    code: ClassVar[str] = "F.softplus(x, beta=beta, threshold=threshold)"
    example: ClassVar[str] = "softplus(x)"
    beta: float = 1.0
    threshold: float = 20.0


class Clamp(Pointwise):
    """x kept between `min` and `max`, of which one may be left out. Raises AD2152 without both."""

    name: ClassVar[str] = "clamp"
    source: ClassVar[str] = "torch.clamp"
    code: ClassVar[str] = "torch.clamp(x, min=min, max=max)"
    example: ClassVar[str] = "clamp(x, max=4.6)"
    min: float | None = None
    max: float | None = None

    def infer(self) -> Shape:
        if self.min is None and self.max is None:
            raise Refused("AD2152", "clamp needs `min`, `max` or both", argument="min")
        return self.x


class Dropout(Pointwise):
    """While training, zeros with probability `p` and the rest divided by 1 - `p`."""

    name: ClassVar[str] = "dropout"
    source: ClassVar[str] = "torch.nn.functional.dropout"
    code: ClassVar[str] = "F.dropout(x, p, self.training)"
    example: ClassVar[str] = "dropout(x, 0.1)"
    p: Probability = 0.5


class Combination(Function):
    """Several tensors or numbers, element by element; sizes of 1 stretch. Raises AD3152."""

    pointwise: ClassVar[bool] = True

    def infer(self) -> Shape:
        kinds = type(self).kinds()
        return stretch(*(shape_of(getattr(self, name)) for name, kind in kinds.items() if kind is Kind.TENSOR))


class Maximum(Combination):
    """The larger of two tensors."""

    name: ClassVar[str] = "maximum"
    source: ClassVar[str] = "torch.maximum"
    code: ClassVar[str] = "torch.maximum(x, y)"
    example: ClassVar[str] = "maximum(x, -x)"
    x: Tensor
    y: Tensor


class Minimum(Combination):
    """The smaller of two tensors."""

    name: ClassVar[str] = "minimum"
    source: ClassVar[str] = "torch.minimum"
    code: ClassVar[str] = "torch.minimum(x, y)"
    example: ClassVar[str] = "minimum(x, -x)"
    x: Tensor
    y: Tensor


class Where(Combination):
    """x where the condition holds, else y."""

    name: ClassVar[str] = "where"
    source: ClassVar[str] = "torch.where"
    code: ClassVar[str] = "torch.where(condition, x, y)"
    example: ClassVar[str] = "where(x > 0, x, 0.0)"
    condition: Tensor
    x: Operand
    y: Operand


class MaskedFill(Combination):
    """A number where the mask holds, else x."""

    name: ClassVar[str] = "masked_fill"
    source: ClassVar[str] = "torch.masked_fill"
    code: ClassVar[str] = "torch.masked_fill(x, mask, value)"
    example: ClassVar[str] = "masked_fill(x, x < 0, -100.0)"
    x: Tensor
    mask: Tensor
    value: float | int


class Addcmul(Combination):
    """x + `value` · tensor1 · tensor2."""

    name: ClassVar[str] = "addcmul"
    source: ClassVar[str] = "torch.addcmul"
    code: ClassVar[str] = "torch.addcmul(x, tensor1, tensor2, value=value)"
    example: ClassVar[str] = "addcmul(x, x, x, value=2)"
    x: Tensor
    tensor1: Tensor
    tensor2: Tensor
    value: float | int = 1
