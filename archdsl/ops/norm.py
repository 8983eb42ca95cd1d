"""Norms: values brought to zero mean and unit variance over some axes, then scaled and shifted."""

from archdsl.diagnostics import Refused
from archdsl.ops.base import Example, Init, Reach, Recipe, TensorSpec, UnaryOp
from archdsl.ops.checks import RANK, axis, batched, changed, divided, here, options, sized_axis, spatial, tokens
from archdsl.ops.types import Axis, Count, Epsilon
from archdsl.shapes import Shape

ONES, ZEROS = Init("ones"), Init("zeros")


def scale_and_shift(size: int, bias: bool = True) -> tuple[TensorSpec, ...]:
    """A norm's parameters: `weight` of ones, `bias` of zeros."""
    weight = TensorSpec("weight", (size,), ONES)
    return (weight, TensorSpec("bias", (size,), ZEROS)) if bias else (weight,)


def running(size: int) -> tuple[TensorSpec, ...]:
    """The buffers of a norm that tracks its statistics."""
    return (
        TensorSpec("running_mean", (size,), ZEROS, buffer=True),
        TensorSpec("running_var", (size,), ONES, buffer=True),
        TensorSpec("num_batches_tracked", (), ZEROS, buffer=True, dtype="int64"),
    )


class ChannelNorm(UnaryOp):
    """What norms with statistics for each channel share."""

    family = "norm"

    eps: Epsilon = 1e-5
    momentum: float = 0.1
    """share of the newest batch in the running statistics"""

    def infer(self, x: Shape) -> Shape:
        batched(x, self.name)
        if not 2 <= x.rank <= 5:
            raise Refused(RANK, f"`{self.name}` takes features, or channels and one to three sizes; {x} has {x.rank} axes, batch counted")
        sized_axis(1, x)
        return x


class BatchNorm(ChannelNorm):
    """Each channel normalised over the batch and space; in evaluation with the running statistics. Shape kept."""

    name = "batch_norm"
    source = "torch.nn.BatchNorm1d, BatchNorm2d, BatchNorm3d"
    examples = (Example("batch_norm", (64, 56, 56), (64, 56, 56)), Example("batch_norm eps=0.001 momentum=0.01", (128,), (128,)))

    affine: bool = True
    track_running_stats: bool = True
    """whether running statistics are kept for evaluation"""

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return here(inputs[0]) if self.track_running_stats else None

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        own = scale_and_shift(x.channels) if self.affine else ()
        return (*own, *running(x.channels)) if self.track_running_stats else own

    def recipe(self, x: Shape) -> Recipe:
        return Recipe(f"torch.nn.BatchNorm{max(1, x.rank - 2)}d", (x.channels,), changed(self))


class InstanceNorm(ChannelNorm):
    """Each channel of each example normalised over space. Shape kept."""

    name = "instance_norm"
    source = "torch.nn.InstanceNorm1d, InstanceNorm2d, InstanceNorm3d"
    examples = (Example("instance_norm affine=true", (8, 16, 16), (8, 16, 16)),)

    affine: bool = False
    track_running_stats: bool = False
    """whether running statistics are kept for evaluation"""

    def infer(self, x: Shape) -> Shape:
        if all(size == 1 for size in spatial(x, self.name)):
            raise Refused(RANK, f"`instance_norm` normalises each channel over space, and {x} has one value for a channel")
        return super().infer(x)

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        own = scale_and_shift(x.channels) if self.affine else ()
        return (*own, *running(x.channels)) if self.track_running_stats else own

    def recipe(self, x: Shape) -> Recipe:
        return Recipe(f"torch.nn.InstanceNorm{len(x.spatial)}d", (x.channels,), changed(self))


class LayerNorm(UnaryOp):
    """The last axis normalised, or with `axis: channels` axis 1 at each place of an image. Shape kept."""

    name = "layer_norm"
    family = "norm"
    source = "torch.nn.LayerNorm; for channels Liu et al. 2022, A ConvNet for the 2020s"
    examples = (Example("layer_norm", (384,), (384,)), Example("layer_norm axis=channels eps=1e-6", (96, 56, 56), (96, 56, 56)))

    eps: Epsilon = 1e-5
    affine: bool = True
    bias: bool = True
    """whether a learned shift goes with the scale"""
    axis: Axis = -1
    """the axis that is normalised: the last, or `channels`"""

    def infer(self, x: Shape) -> Shape:
        found, _ = sized_axis(self.axis, x, "axis")
        if found not in (1, x.rank - 1):
            said = f"`layer_norm` acts on the last axis or on the channels (axis 1), not on axis {found} of {x}"
            raise Refused(RANK, said, argument="axis")
        return tokens(x) if found == 2 else x

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        x = inputs[0]
        over_space = x.rank > 2 and x.order is None and axis(self.axis, x) != 1
        return None if over_space else here(x)

    def _size(self, x: Shape) -> int:
        return sized_axis(self.axis, x, "axis")[1]

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        return scale_and_shift(self._size(x), self.bias) if self.affine else ()

    def recipe(self, x: Shape) -> Recipe:
        last = axis(self.axis, x) == x.rank - 1
        path = "torch.nn.LayerNorm" if last else "archdsl.runtime.channel_layer_norm.ChannelLayerNorm"
        return Recipe(path, (self._size(x),), options(eps=(self.eps, 1e-5), elementwise_affine=(self.affine, True), bias=(self.bias, True)))


class GroupNorm(UnaryOp):
    """Each group of channels of each example normalised over its channels and space. Shape kept."""

    name = "group_norm"
    family = "norm"
    source = "torch.nn.GroupNorm"
    examples = (Example("group_norm 32", (64, 8, 8), (64, 8, 8)),)

    groups: Count
    """parts that the channels are cut into, each normalised by itself"""
    eps: Epsilon = 1e-5
    affine: bool = True

    def infer(self, x: Shape) -> Shape:
        batched(x, self.name)
        _, channels = sized_axis(1, x)
        divided(channels, self.groups, "groups must divide the channels", "groups")
        return x

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        return scale_and_shift(x.channels) if self.affine else ()

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("torch.nn.GroupNorm", (self.groups, x.channels), changed(self, "groups"))

    def says(self, axes: int = 2) -> str:
        return f"group_norm {self.groups}"


class RmsNorm(UnaryOp):
    """The last axis divided by its root mean square. Shape kept."""

    name = "rms_norm"
    family = "norm"
    source = "torch.nn.RMSNorm; Zhang and Sennrich 2019, Root Mean Square Layer Normalization"
    examples = (Example("rms_norm eps=1e-6", (384,), (384,)),)

    eps: Epsilon | None = None
    """what is added to the mean square; the precision of the numbers unless told"""
    affine: bool = True

    def infer(self, x: Shape) -> Shape:
        sized_axis(-1, x)
        return x

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        return (TensorSpec("weight", (x.features,), ONES),) if self.affine else ()

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        x = inputs[0]
        return None if x.rank > 2 and x.order is None else here(x)

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("torch.nn.RMSNorm", (x.features,), options(eps=(self.eps, None), elementwise_affine=(self.affine, True)))


class LocalResponseNorm(UnaryOp):
    """Each value divided by `(k + alpha/size · Σ x²)^beta` over `size` neighbouring channels. Shape kept."""

    name = "local_response_norm"
    family = "norm"
    source = "torch.nn.LocalResponseNorm; Krizhevsky et al. 2012"
    examples = (Example("local_response_norm 5", (96, 27, 27), (96, 27, 27)),)

    size: Count
    """neighbouring channels that count"""
    alpha: float = 1e-4
    """weight of their squares"""
    beta: float = 0.75
    """the exponent"""
    k: float = 1.0
    """what is added to the weighted squares"""

    def infer(self, x: Shape) -> Shape:
        spatial(x, self.name)
        return x

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return here(inputs[0])

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("torch.nn.LocalResponseNorm", (self.size,), changed(self, "size"))

    def says(self, axes: int = 2) -> str:
        return f"local_response_norm {self.size}"
