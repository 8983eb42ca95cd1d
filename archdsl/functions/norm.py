"""Normalisation with statistics, weights and biases that a formula gives."""

from math import prod

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.rules import size_of
from archdsl.ops.types import Count, Tensor
from archdsl.shapes import Shape


class BatchNorm(Function):
    """Every channel (axis 1) minus its mean, over its deviation, times a weight, plus a bias; the statistics are given,
    or with `training` its own.

    Source: Ioffe and Szegedy, Batch normalization, 2015.
    """

    name = "batch_norm"
    source = "torch.nn.functional.batch_norm"
    code = "F.batch_norm(x, running_mean, running_var, weight=weight, bias=bias, training=training, momentum=momentum, eps=eps)"
    example = "batch_norm(x, zeros(3), ones(3))"
    x: Tensor
    running_mean: Tensor | None
    running_var: Tensor | None
    weight: Tensor | None = None
    bias: Tensor | None = None
    training: bool = False
    momentum: float = 0.1
    eps: float = 1e-5

    def infer(self) -> Shape:
        channels = size_of(self.x, 1, "x")
        if not self.training and (self.running_mean is None or self.running_var is None):
            help_ = "give both, or `training=true` for the tensor's own"
            raise Refused("AD1454", "`batch_norm` needs `running_mean` and `running_var`", help=help_, argument="running_mean")
        for name in ("running_mean", "running_var", "weight", "bias"):
            _vector(getattr(self, name), (channels,), name, self.x)
        return self.x


class LayerNorm(Function):
    """Over the last axes, whose sizes are `normalized_shape`: minus the mean, over the deviation, times a weight, plus a bias.

    Source: Ba et al., Layer normalization, 2016.
    """

    name = "layer_norm"
    source = "torch.nn.functional.layer_norm"
    code = "F.layer_norm(x, normalized_shape, weight=weight, bias=bias, eps=eps)"
    example = "layer_norm(x, [8])"
    x: Tensor
    normalized_shape: tuple[Count, ...]
    weight: Tensor | None = None
    bias: Tensor | None = None
    eps: float = 1e-5

    def infer(self) -> Shape:
        _last(self.x, self.normalized_shape)
        for name in ("weight", "bias"):
            _vector(getattr(self, name), self.normalized_shape, name, self.x)
        return self.x


class RmsNorm(Function):
    """Over the last axes, whose sizes are `normalized_shape`: over the root of the mean square, times a weight.

    Source: Zhang and Sennrich, Root mean square layer normalization, 2019.
    """

    name = "rms_norm"
    source = "torch.nn.functional.rms_norm"
    code = "F.rms_norm(x, normalized_shape, weight=weight, eps=eps)"
    example = "rms_norm(x, [8])"
    x: Tensor
    normalized_shape: tuple[Count, ...]
    weight: Tensor | None = None
    eps: float | None = None

    def infer(self) -> Shape:
        _last(self.x, self.normalized_shape)
        _vector(self.weight, self.normalized_shape, "weight", self.x)
        return self.x


class GroupNorm(Function):
    """Channels in `num_groups` groups, each with its space minus the mean, over the deviation; then by channel a weight and a bias.

    Source: Wu and He, Group normalization, 2018. Raises AD3158.
    """

    name = "group_norm"
    source = "torch.nn.functional.group_norm"
    code = "F.group_norm(x, num_groups, weight=weight, bias=bias, eps=eps)"
    example = "group_norm(x, 3)"
    x: Tensor
    num_groups: Count
    weight: Tensor | None = None
    bias: Tensor | None = None
    eps: float = 1e-5

    def infer(self) -> Shape:
        channels = size_of(self.x, 1, "x")
        if channels % self.num_groups:
            said = f"channels {channels} / groups {self.num_groups} leaves {channels % self.num_groups}"
            raise Refused("AD3158", said, argument="num_groups")
        for name in ("weight", "bias"):
            _vector(getattr(self, name), (channels,), name, self.x)
        if channels // self.num_groups * prod(self.x.spatial) == 1:
            raise Refused("AD3158", f"a group of {self.x} holds 1 value, whose deviation is 0", argument="num_groups")
        return self.x


def _last(x: Shape, sizes: tuple[int, ...]) -> None:
    if not sizes or x.dims[-len(sizes) :] != sizes:
        raise Refused("AD3155", f"{x} does not end in {Shape(sizes)}", argument="normalized_shape")


def _vector(found: Shape | None, wanted: tuple[int, ...], name: str, x: Shape) -> None:
    if found is not None and found.dims != wanted:
        raise Refused("AD3155", f"`{name}` is {found}, {x} needs {Shape(wanted)}", argument=name)
