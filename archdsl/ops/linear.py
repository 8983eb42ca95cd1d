"""Layers that weigh every feature: linear maps and tables of vectors."""

from archdsl.diagnostics import Refused
from archdsl.ops.base import Example, Init, Reach, Recipe, TensorSpec, UnaryOp
from archdsl.ops.checks import IMAGE, batched, here, options, sized_axis
from archdsl.ops.conv import weight_and_bias
from archdsl.ops.sums import Sums, elements, sized
from archdsl.ops.types import Count
from archdsl.shapes import Shape


class Linear(UnaryOp):
    """`x Wᵀ + b` over the last axis: `[..., F]` becomes `[..., out]`. An image, channels first, is refused."""

    name = "linear"
    family = "linear"
    source = "torch.nn.Linear"
    examples = (Example("linear 10", (512,), (10,)), Example("linear 100 bias=false", (512,), (100,)))

    out: Count
    """features that flow out"""
    bias: bool = True

    def infer(self, x: Shape) -> Shape:
        if x.batched and x.rank > 2 and x.order is None:
            flat, pooled = x.numel // x.factor, x.channels
            raise Refused(
                IMAGE,
                f"{x} is an image, channels first, and `linear` acts on the last axis",
                help=f"write `flatten` ({flat} features), or `global_avg_pool` and `flatten` ({pooled}), first",
            )
        sized_axis(-1, x)
        return x.with_features(self.out)

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        return weight_and_bias((self.out, x.features), self.out, self.bias)

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return here(inputs[0])

    def macs(self, x: Shape, y: Shape) -> int:
        return x.numel * self.out

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        return Sums(sized("out", (self.out,), inputs[0].rank - 1), f"{elements(inputs[0])}·{self.out}")

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("torch.nn.Linear", (x.features, self.out), options(bias=(self.bias, True)))

    def says(self, axes: int = 2) -> str:
        return f"linear {self.out}"


class Embedding(UnaryOp):
    """A table of `count` vectors, looked up by whole numbers: `[...]` becomes `[..., dim]`."""

    name = "embedding"
    family = "linear"
    source = "torch.nn.Embedding"
    examples = (Example("embedding 1000 64", (16,), (16, 64)),)

    count: Count
    """vectors in the table: the numbers that flow in are from 0 to `count - 1`"""
    dim: Count
    """numbers in a vector"""

    def infer(self, x: Shape) -> Shape:
        batched(x, self.name)
        # Tokens come out as (batch, length, channels), which is torch's own order with the last two swapped.
        return x.with_dims((*x.dims, self.dim), (0, 2, 1) if x.rank == 2 else ())

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        return (TensorSpec("weight", (self.count, self.dim), Init("normal")),)

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        return Sums(sized("dim", (self.dim,), inputs[0].rank))

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("torch.nn.Embedding", (self.count, self.dim))

    def says(self, axes: int = 2) -> str:
        return f"embedding {self.count} {self.dim}"
