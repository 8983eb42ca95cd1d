"""Regularisation: noise in training, nothing in evaluation."""

from typing import ClassVar, Literal

from archdsl.diagnostics import Refused
from archdsl.ops.base import Example, Recipe, UnaryOp
from archdsl.ops.checks import RANK, changed
from archdsl.ops.types import Probability
from archdsl.shapes import Shape


class Dropping(UnaryOp):
    """What dropouts share: the shape stays, `source` is the torch class."""

    family = "activation"
    pointwise = True
    rank: ClassVar[int | None] = None
    """axes that the input must have, batch counted"""

    p: Probability = 0.5
    """probability that a value becomes zero in training"""
    inplace: bool = False

    def infer(self, x: Shape) -> Shape:
        if self.rank in (None, x.rank):
            return x
        raise Refused(RANK, f"`{self.name}` takes {self.rank} axes, batch counted; {x} has {x.rank}", help="`dropout` takes any")

    def recipe(self, x: Shape) -> Recipe:
        return Recipe(self.source, (), changed(self))

    def says(self, axes: int = 2) -> str:
        return f"{self.name} {self.p:g}"


class Dropout(Dropping):
    """Zeroes each value with probability `p` and scales the others by `1 / (1 - p)`."""

    name, source = "dropout", "torch.nn.Dropout"
    examples = (Example("dropout 0.2", (512,), (512,)),)


class Dropout1d(Dropping):
    """Zeroes whole channels of `[C, L]`."""

    name, source, rank = "dropout1d", "torch.nn.Dropout1d", 3
    examples = (Example("dropout1d", (8, 32), (8, 32)),)


class Dropout2d(Dropping):
    """Zeroes whole channels of `[C, H, W]`."""

    name, source, rank = "dropout2d", "torch.nn.Dropout2d", 4
    examples = (Example("dropout2d", (8, 6, 6), (8, 6, 6)),)


class Dropout3d(Dropping):
    """Zeroes whole channels of `[C, D, H, W]`."""

    name, source, rank = "dropout3d", "torch.nn.Dropout3d", 5
    examples = (Example("dropout3d", (8, 4, 4, 4), (8, 4, 4, 4)),)


class AlphaDropout(Dropping):
    """Dropout that keeps mean and variance of `selu`'s activations."""

    name, source = "alpha_dropout", "torch.nn.AlphaDropout"
    examples = (Example("alpha_dropout 0.1", (512,), (512,)),)


class FeatureAlphaDropout(Dropping):
    """`alpha_dropout` of whole channels."""

    name, source = "feature_alpha_dropout", "torch.nn.FeatureAlphaDropout"
    examples = (Example("feature_alpha_dropout 0.1", (8, 6, 6), (8, 6, 6)),)


class StochasticDepth(UnaryOp):
    """Zeroes all of an example (`row`) or of the batch with probability `p`, and scales the others by `1 / (1 - p)`."""

    name, family = "stochastic_depth", "activation"
    source = "torchvision.ops.StochasticDepth; Huang et al. 2016, Deep Networks with Stochastic Depth"
    examples = (Example("stochastic_depth 0.1", (64, 8, 8), (64, 8, 8)),)
    pointwise = True

    p: Probability
    """probability that the values become zero in training"""
    mode: Literal["row", "batch"] = "row"
    """what becomes zero together: an example, or the whole batch"""

    def infer(self, x: Shape) -> Shape:
        return x

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("archdsl.runtime.stochastic_depth.StochasticDepth", (self.p,), changed(self, "p"))

    def says(self, axes: int = 2) -> str:
        return f"stochastic_depth {self.p:g}"
