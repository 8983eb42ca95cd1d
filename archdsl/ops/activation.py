"""Activations: every one of torch.nn that takes one tensor, with torch's arguments and defaults."""

from typing import Annotated, Literal

from pydantic import Field

from archdsl.diagnostics import Refused
from archdsl.ops.base import Example, Init, Reach, Recipe, TensorSpec, UnaryOp
from archdsl.ops.checks import CLASH, axis, changed, divided, here, sized_axis
from archdsl.ops.sums import Sums
from archdsl.ops.types import Axis, Count
from archdsl.shapes import Shape


class Activation(UnaryOp):
    """What activations share: the shape stays, `source` is the torch class, the fields are its arguments."""

    family = "activation"
    pointwise = True

    def infer(self, x: Shape) -> Shape:
        return x

    def recipe(self, x: Shape) -> Recipe:
        return Recipe(self.source, (), changed(self))

    def says(self, axes: int = 2) -> str:
        first = next(iter(type(self).model_fields), "")
        said = (str(value) if name == first else f"{name}={value}" for name, value in changed(self, "inplace"))
        return " ".join((self.name, *said))


def _kept(*calls: str) -> tuple[Example, ...]:
    return tuple(Example(call, (8, 4, 4), (8, 4, 4)) for call in calls)


class Relu(Activation):
    """`max(0, x)`."""

    name, source, examples = "relu", "torch.nn.ReLU", _kept("relu", "relu inplace=true")
    inplace: bool = False


class Relu6(Activation):
    """`min(max(0, x), 6)`."""

    name, source, examples = "relu6", "torch.nn.ReLU6", _kept("relu6")
    inplace: bool = False


class LeakyRelu(Activation):
    """`x` where positive, else `negative_slope · x`."""

    name, source, examples = "leaky_relu", "torch.nn.LeakyReLU", _kept("leaky_relu 0.1")
    negative_slope: float = 0.01
    """slope where `x` is negative"""
    inplace: bool = False


class Prelu(Activation):
    """`x` where positive, else `a · x` with a learned `a`: one for all, or with `num_parameters: x.channels` one for each channel."""

    name, source, examples = "prelu", "torch.nn.PReLU", _kept("prelu", "prelu 8 0.1")
    num_parameters: Count = 1
    """learned slopes: 1 for all channels, or one for each"""
    init: float = 0.25
    """value that the slopes start with"""

    def infer(self, x: Shape) -> Shape:
        if self.num_parameters == 1 or (x.rank > 1 and x.dims[1] == self.num_parameters):
            return x
        raise Refused(
            CLASH,
            f"`num_parameters` is {self.num_parameters}, but must be 1, or one for each of the {x.dims[1] if x.rank > 1 else 1} channels",
            help="write `prelu`, or `prelu x.channels`",
            argument="num_parameters",
        )

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        return (TensorSpec("weight", (self.num_parameters,), Init("constant", (("value", self.init),))),)


class Elu(Activation):
    """`x` where positive, else `alpha · (eˣ - 1)`."""

    name, source, examples = "elu", "torch.nn.ELU", _kept("elu")
    alpha: float = 1.0
    """what large negative values approach, negated"""
    inplace: bool = False


class Selu(Activation):
    """`elu` scaled so that activations normalise themselves."""

    name, source, examples = "selu", "torch.nn.SELU", _kept("selu")
    inplace: bool = False


class Celu(Activation):
    """`max(0, x) + min(0, alpha · (e^(x/alpha) - 1))`."""

    name, source, examples = "celu", "torch.nn.CELU", _kept("celu 0.5")
    alpha: float = 1.0
    """what large negative values approach, negated"""
    inplace: bool = False

    def infer(self, x: Shape) -> Shape:
        if self.alpha == 0:
            raise Refused(CLASH, "`celu` divides by `alpha`, which must not be 0", argument="alpha")
        return x


class Gelu(Activation):
    """`x · Φ(x)`, Φ being the normal distribution, exactly or by tanh."""

    name, source, examples = "gelu", "torch.nn.GELU", _kept("gelu", "gelu tanh")
    approximate: Literal["none", "tanh"] = "none"
    """the exact function, or its approximation by tanh"""


class Silu(Activation):
    """`x · sigmoid(x)`, also called swish."""

    name, source, examples = "silu", "torch.nn.SiLU", _kept("silu")
    inplace: bool = False


class Mish(Activation):
    """`x · tanh(softplus(x))`."""

    name, source, examples = "mish", "torch.nn.Mish", _kept("mish")
    inplace: bool = False


class Sigmoid(Activation):
    """`1 / (1 + e⁻ˣ)`."""

    name, source, examples = "sigmoid", "torch.nn.Sigmoid", _kept("sigmoid")


class LogSigmoid(Activation):
    """`log(sigmoid(x))`."""

    name, source, examples = "logsigmoid", "torch.nn.LogSigmoid", _kept("logsigmoid")


class Tanh(Activation):
    """The hyperbolic tangent."""

    name, source, examples = "tanh", "torch.nn.Tanh", _kept("tanh")


class Tanhshrink(Activation):
    """`x - tanh(x)`."""

    name, source, examples = "tanhshrink", "torch.nn.Tanhshrink", _kept("tanhshrink")


class Hardswish(Activation):
    """`x · relu6(x + 3) / 6`."""

    name, source, examples = "hardswish", "torch.nn.Hardswish", _kept("hardswish")
    inplace: bool = False


class Hardsigmoid(Activation):
    """`relu6(x + 3) / 6`."""

    name, source, examples = "hardsigmoid", "torch.nn.Hardsigmoid", _kept("hardsigmoid")
    inplace: bool = False


class Hardtanh(Activation):
    """`x` kept within `min_val` and `max_val`."""

    name, source, examples = "hardtanh", "torch.nn.Hardtanh", _kept("hardtanh", "hardtanh -2 2")
    min_val: float = -1.0
    """the smallest result"""
    max_val: float = 1.0
    """the largest result"""
    inplace: bool = False

    def infer(self, x: Shape) -> Shape:
        if self.min_val >= self.max_val:
            raise Refused(CLASH, f"`min_val` {self.min_val} must be under `max_val` {self.max_val}", argument="min_val")
        return x


class Hardshrink(Activation):
    """`x` where its size is over `lambd`, else 0."""

    name, source, examples = "hardshrink", "torch.nn.Hardshrink", _kept("hardshrink")
    lambd: float = 0.5
    """values up to this size become 0"""


class Softshrink(Activation):
    """`x` moved towards 0 by `lambd`, and 0 between."""

    name, source, examples = "softshrink", "torch.nn.Softshrink", _kept("softshrink")
    lambd: Annotated[float, Field(ge=0)] = 0.5
    """how far values move towards 0"""


class Softplus(Activation):
    """`log(1 + e^(beta · x)) / beta`, and `x` where `beta · x` is over `threshold`."""

    name, source, examples = "softplus", "torch.nn.Softplus", _kept("softplus")
    beta: float = 1.0
    """sharpness of the bend"""
    threshold: float = 20.0
    """where `beta · x` is over this, the result is `x`"""


class Softsign(Activation):
    """`x / (1 + |x|)`."""

    name, source, examples = "softsign", "torch.nn.Softsign", _kept("softsign")


class Threshold(Activation):
    """`x` where it is over `threshold`, else `value`."""

    name, source, examples = "threshold", "torch.nn.Threshold", _kept("threshold 0.1 0")
    threshold: float
    """values up to this are replaced"""
    value: float
    """what they are replaced by"""
    inplace: bool = False


class Rrelu(Activation):
    """`x` where positive, else `a · x` with `a` drawn between `lower` and `upper` in training, their mean in evaluation."""

    name, source, examples = "rrelu", "torch.nn.RReLU", _kept("rrelu")
    lower: float = 1 / 8
    """the smallest slope"""
    upper: float = 1 / 3
    """the largest slope"""
    inplace: bool = False

    def infer(self, x: Shape) -> Shape:
        if self.lower > self.upper:
            raise Refused(CLASH, f"`lower` {self.lower} must not be over `upper` {self.upper}", argument="lower")
        return x


class Normalising(Activation):
    """What softmax and its kin share: they act along an axis, which is 1 for features and for images with height and width."""

    pointwise = False

    dim: Axis | None = None
    """the axis along which the results add up to 1; axis 1 unless told, where that is plain"""

    def _axis(self, x: Shape) -> int:
        if self.dim is not None:
            return sized_axis(self.dim, x)[0]
        if x.rank != 3:
            return sized_axis(1, x)[0]
        # torch's own default is axis 0 here, the batch: hardly what anyone wants.
        hint = "write `dim=channels` or `dim=-1`"
        raise Refused(CLASH, f"`{self.name}` needs to know along which axis of {x} it acts", help=hint, argument="dim")

    def infer(self, x: Shape) -> Shape:
        self._axis(x)
        return x

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return here(inputs[0]) if self._axis(inputs[0]) == 1 else None

    def recipe(self, x: Shape) -> Recipe:
        return Recipe(self.source, (), (("dim", self._axis(x) if self.dim is None else self.dim),))


class Softmax(Normalising):
    """`eˣ / Σ eˣ` along `dim`."""

    name, source, examples = "softmax", "torch.nn.Softmax", _kept("softmax", "softmax dim=-1")


class Softmin(Normalising):
    """`softmax(-x)` along `dim`."""

    name, source, examples = "softmin", "torch.nn.Softmin", _kept("softmin dim=-1")


class LogSoftmax(Normalising):
    """`log(softmax(x))` along `dim`."""

    name, source, examples = "log_softmax", "torch.nn.LogSoftmax", _kept("log_softmax")


class Glu(UnaryOp):
    """The first half of an axis times the sigmoid of the second, so that its size is halved."""

    name, family, source = "glu", "activation", "torch.nn.GLU"
    examples = (Example("glu", (64,), (32,)), Example("glu channels", (64, 8, 8), (32, 8, 8)))

    dim: Axis = -1
    """the axis that is halved"""

    def infer(self, x: Shape) -> Shape:
        found, size = sized_axis(self.dim, x)
        half = divided(size, 2, f"`glu` halves axis {found}", "dim", found)
        return x.with_dims((*x.dims[:found], half, *x.dims[found + 1 :]), x.order)

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        found, size = sized_axis(self.dim, inputs[0])
        return Sums({found: f"{size} // 2"})

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return here(inputs[0]) if axis(self.dim, inputs[0]) == 1 else None

    def recipe(self, x: Shape) -> Recipe:
        return Recipe(self.source, (), changed(self))
