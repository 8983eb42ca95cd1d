"""Pools: one value for each window, or for a given number of windows."""

from fractions import Fraction
from typing import ClassVar

from archdsl.ops.base import Example, Reach, Recipe, UnaryOp
from archdsl.ops.checks import options, per_axis, short, sizes_text, spatial
from archdsl.ops.sums import Sums, sized
from archdsl.ops.types import Offset, Positive, Size
from archdsl.ops.windows import Windows, half_padding, slid, sliding, strided, sums_of_windows, unread, volume_holds
from archdsl.shapes import Shape


class WindowPool(UnaryOp):
    """What pools over sliding windows share. Sizes follow a convolution's formula; with `ceil_mode` they are rounded up."""

    family = "pool"

    kernel: Size
    """size of the windows"""
    stride: Size | None = None
    """step from one window to the next; the kernel's size unless told"""

    def given(self, x: Shape) -> tuple[Windows, bool]:
        """The windows, and whether sizes are rounded up; not every pool has all of these arguments."""
        more = dict(self)
        kernel = per_axis(self.kernel, x, "kernel")
        padding, dilation = (per_axis(more.get(name, usual), x, name) for name, usual in (("padding", 0), ("dilation", 1)))
        return (kernel, strided(self.stride, kernel, x), padding, dilation), bool(more.get("ceil_mode"))

    def infer(self, x: Shape) -> Shape:
        spatial(x, self.name)
        windows, ceil_mode = self.given(x)
        kernel, _, padding, _ = windows
        half_padding(kernel, padding)
        return Shape((*x.dims[:2], *slid(x, *windows, ceil_mode)))

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        windows, ceil_mode = self.given(inputs[0])
        return Sums(sums_of_windows(inputs[0], *windows, ceil_mode))

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        kernel, stride, _, dilation = self.given(inputs[0])[0]
        return sliding(inputs[0], kernel, stride, dilation)

    def unread(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> tuple[int, ...]:
        return unread(inputs[0], outputs[0], *self.given(inputs[0])[0])

    def windows(self, x: Shape) -> tuple[int | tuple[int, ...], tuple[tuple[str, int | tuple[int, ...]], ...]]:
        """The kernel as torch takes it, and the stride where it differs."""
        kernel = per_axis(self.kernel, x, "kernel")
        return short(kernel), options(stride=(short(strided(self.stride, kernel, x)), short(kernel)))

    def says(self, axes: int = 2) -> str:
        stride = "" if self.stride in (None, self.kernel) else f" /{sizes_text(self.stride or 1, 1)}"
        return f"{self.name} {sizes_text(self.kernel, axes)}{stride}"


class MaxPool(WindowPool):
    """The largest value of each window; padding never wins."""

    name = "max_pool"
    source = "torch.nn.MaxPool1d, MaxPool2d, MaxPool3d"
    examples = (
        Example("max_pool 2", (64, 32, 32), (64, 16, 16)),
        Example("max_pool 3 stride=2 padding=1", (64, 112, 112), (64, 56, 56)),
        Example("max_pool 3 2 ceil_mode=true", (8, 12), (8, 6)),
    )

    padding: Offset = 0
    """places added at both ends of each axis, at most half the kernel; they never win"""
    ceil_mode: bool = False
    dilation: Size = 1

    def recipe(self, x: Shape) -> Recipe:
        kernel, stride = self.windows(x)
        kwargs = options(
            padding=(short(per_axis(self.padding, x, "padding")), 0),
            dilation=(short(per_axis(self.dilation, x, "dilation")), 1),
            ceil_mode=(self.ceil_mode, False),
        )
        return Recipe(f"torch.nn.MaxPool{len(x.spatial)}d", (), (("kernel_size", kernel), *stride, *kwargs))


class AvgPool(WindowPool):
    """The mean of each window, padding counted as zeros unless `count_include_pad` is false."""

    name = "avg_pool"
    source = "torch.nn.AvgPool1d, AvgPool2d, AvgPool3d"
    examples = (
        Example("avg_pool 2", (64, 32, 32), (64, 16, 16)),
        Example("avg_pool 3 1 padding=1 count_include_pad=false", (4, 9, 9, 9), (4, 9, 9, 9)),
    )

    padding: Offset = 0
    """zeros added at both ends of each axis, at most half the kernel"""
    ceil_mode: bool = False
    count_include_pad: bool = True
    """whether the zeros of the padding count in the mean"""

    def infer(self, x: Shape) -> Shape:
        found = super().infer(x)
        volume_holds(x, per_axis(self.kernel, x, "kernel"))
        return found

    def recipe(self, x: Shape) -> Recipe:
        kernel, stride = self.windows(x)
        kwargs = options(
            padding=(short(per_axis(self.padding, x, "padding")), 0),
            ceil_mode=(self.ceil_mode, False),
            count_include_pad=(self.count_include_pad, True),
        )
        return Recipe(f"torch.nn.AvgPool{len(x.spatial)}d", (), (("kernel_size", kernel), *stride, *kwargs))


class LpPool(WindowPool):
    """`(Σ xᵖ)^(1/p)` of each window, `p` being `norm_type`: 1 is the sum, towards infinity the largest value."""

    name = "lp_pool"
    source = "torch.nn.LPPool1d, LPPool2d, LPPool3d"
    examples = (Example("lp_pool 2 norm_type=3", (8, 16, 16), (8, 8, 8)),)

    norm_type: Positive = 2.0
    """the exponent p: 1 gives the sum, 2 the root of the sum of squares"""
    ceil_mode: bool = False

    def infer(self, x: Shape) -> Shape:
        found = super().infer(x)
        volume_holds(x, per_axis(self.kernel, x, "kernel"))
        return found

    def recipe(self, x: Shape) -> Recipe:
        kernel, stride = self.windows(x)
        kwargs = options(ceil_mode=(self.ceil_mode, False))
        return Recipe(f"torch.nn.LPPool{len(x.spatial)}d", (self.norm_type,), (("kernel_size", kernel), *stride, *kwargs))


class StochasticPool(WindowPool):
    """In training a value of each window, drawn with probability proportional to it; in evaluation their mean weighted by the same.

    Negative values count as zero; a window without positive values gives zero.
    """

    name = "stochastic_pool"
    source = "Zeiler and Fergus 2013, Stochastic Pooling for Regularization of Deep Convolutional Neural Networks"
    examples = (Example("stochastic_pool 3 stride=2", (16, 33, 33), (16, 16, 16)),)

    padding: Offset = 0
    """zeros added at both ends of each axis, at most half the kernel; they are never drawn"""
    ceil_mode: bool = False

    def recipe(self, x: Shape) -> Recipe:
        kernel, stride, padding, _ = self.given(x)[0]
        kwargs = options(
            stride=(stride, kernel),
            padding=(padding, (0,) * len(kernel)),
            ceil_mode=(self.ceil_mode, False),
        )
        return Recipe("archdsl.runtime.stochastic_pool.StochasticPool", (kernel,), kwargs)


class AdaptivePool(UnaryOp):
    """What pools that cut an image into a given number of windows share."""

    family = "pool"
    torch: ClassVar[str]

    size: Size
    """the size that flows out, one number for every axis or one for each"""

    def infer(self, x: Shape) -> Shape:
        spatial(x, self.name)
        return Shape((*x.dims[:2], *per_axis(self.size, x, "size")))

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        return Sums(sized("size", outputs[0].spatial))

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        # Window i of m runs from floor(i n / m) to ceil((i + 1) n / m): up to ceil(n / m) + 1 wide where m does not divide n.
        pairs = zip(inputs[0].spatial, per_axis(self.size, inputs[0], "size"), strict=True)
        return tuple((min(n, -(-n // m) + (n % m > 0)), Fraction(n, m)) for n, m in pairs)

    def recipe(self, x: Shape) -> Recipe:
        return Recipe(f"torch.nn.{self.torch}{len(x.spatial)}d", (short(per_axis(self.size, x, "size")),))

    def says(self, axes: int = 2) -> str:
        return f"{self.name} {sizes_text(self.size, axes)}"


class AdaptiveAvgPool(AdaptivePool):
    """The means of `size` windows along each axis."""

    name, torch = "adaptive_avg_pool", "AdaptiveAvgPool"
    source = "torch.nn.AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d"
    examples = (Example("adaptive_avg_pool 7", (512, 14, 14), (512, 7, 7)),)


class AdaptiveMaxPool(AdaptivePool):
    """The largest values of `size` windows along each axis."""

    name, torch = "adaptive_max_pool", "AdaptiveMaxPool"
    source = "torch.nn.AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d"
    examples = (Example("adaptive_max_pool [2, 3]", (8, 9, 9), (8, 2, 3)),)


class GlobalPool(UnaryOp):
    """What pools over the whole image share: `[C, *space]` becomes `[C, 1, …]`."""

    family = "pool"
    torch: ClassVar[str]

    def infer(self, x: Shape) -> Shape:
        sizes = spatial(x, self.name)
        return Shape((*x.dims[:2], *(1 for _ in sizes)))

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        return Sums(sized("one value", outputs[0].spatial))

    def recipe(self, x: Shape) -> Recipe:
        return Recipe(f"torch.nn.{self.torch}{len(x.spatial)}d", (1,))


class GlobalAvgPool(GlobalPool):
    """The mean of each channel."""

    name, torch = "global_avg_pool", "AdaptiveAvgPool"
    source = "torch.nn.AdaptiveAvgPool2d(1); Lin et al. 2013, Network In Network"
    examples = (Example("global_avg_pool", (512, 7, 7), (512, 1, 1)),)


class GlobalMaxPool(GlobalPool):
    """The largest value of each channel."""

    name, torch = "global_max_pool", "AdaptiveMaxPool"
    source = "torch.nn.AdaptiveMaxPool2d(1)"
    examples = (Example("global_max_pool", (512, 50), (512, 1)),)
