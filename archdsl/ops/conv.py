"""Convolutions: one class for one, two and three spatial axes, by what flows in."""

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, prod, sqrt
from typing import Literal

from archdsl.diagnostics import Refused
from archdsl.ops.base import Example, Init, Reach, Recipe, TensorSpec, UnaryOp
from archdsl.ops.checks import DIVIDES, PADDING, WINDOW, divisors_text, minus, options, per_axis, short, sizes_text, spatial
from archdsl.ops.sums import Sums, elements, times
from archdsl.ops.types import Count, Offset, Padding, Size
from archdsl.ops.windows import Windows, padded_by_mode, same_padding, slid, sliding, sums_of_windows, unread
from archdsl.shapes import Shape, window_transposed

KAIMING = Init("kaiming_uniform", (("a", sqrt(5)), ("nonlinearity", "leaky_relu")))
"""torch's default for weights of convolutions and linear layers"""


def weight_and_bias(shape: tuple[int, ...], out: int, bias: bool) -> tuple[TensorSpec, ...]:
    """The tensors of a convolution or linear layer with torch's default init, where fan_in is a weight's size but for axis 0."""
    bound = 1 / sqrt(prod(shape[1:]))
    weight = TensorSpec("weight", shape, KAIMING)
    return (weight, TensorSpec("bias", (out,), Init("uniform", (("a", -bound), ("b", bound))))) if bias else (weight,)


def _grouped(channels: int, out: int, groups: int) -> None:
    in_, out_ = ((0, 1),), ()
    for what, size, at in (("channels that flow in", channels, in_), ("channels that flow out", out, out_)):
        if size % groups:
            raise Refused(
                DIVIDES,
                f"groups must divide the {what}: {size} / {groups} leaves {size % groups}",
                help=f"groups may be {divisors_text(channels, out)}, which divide {channels} and {out}"
                if gcd(channels, out) > 1
                else f"{channels} and {out} have no common divisor but 1",
                argument="groups",
                at=at,
            )


class Conv(UnaryOp):
    """An image `[C, *space]` correlated with `out` kernels: `[out, *space']`, each size `floor((n + 2p - d(k - 1) - 1) / s) + 1`."""

    name = "conv"
    family = "conv"
    source = "torch.nn.Conv1d, Conv2d, Conv3d"
    examples = (
        Example("conv 64 7 stride=2", (3, 224, 224), (64, 112, 112)),
        Example("conv 16 1x7", (8, 32, 32), (16, 32, 32)),
        Example("conv 8 5 dilation=2 groups=4 bias=false", (4, 100), (8, 100)),
    )

    out: Count
    """channels that flow out: one kernel for each"""
    kernel: Size = 3
    """size of the window that slides over the image"""
    stride: Size = 1
    padding: Padding = "same"
    """values added at both ends of each axis; `same` is what keeps the size at stride 1"""
    dilation: Size = 1
    groups: Count = 1
    """parts that the channels are cut into, each convolved by itself; `groups=x.channels` is depthwise"""
    bias: bool = True
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"
    """what stands in the padding: zeros, the image mirrored at its rim, the rim repeated, or the opposite side"""

    def _padding(self, kernel: Sequence[int], dilation: Sequence[int], stride: Sequence[int], x: Shape) -> tuple[int, ...]:
        return same_padding(kernel, dilation, stride) if self.padding == "same" else per_axis(self.padding, x, "padding")

    def _windows(self, x: Shape) -> Windows:
        kernel, stride, dilation = (
            per_axis(v, x, name) for v, name in ((self.kernel, "kernel"), (self.stride, "stride"), (self.dilation, "dilation"))
        )
        return kernel, stride, self._padding(kernel, dilation, stride, x), dilation

    def infer(self, x: Shape) -> Shape:
        spatial(x, self.name, f"fully connected is `linear`: write `linear {self.out}`")
        _grouped(x.channels, self.out, self.groups)
        kernel, stride, padding, dilation = self._windows(x)
        padded_by_mode(x, padding, self.padding_mode)
        return Shape((x.dims[0], self.out, *slid(x, kernel, stride, padding, dilation)))

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        return weight_and_bias((self.out, x.channels // self.groups, *per_axis(self.kernel, x, "kernel")), self.out, self.bias)

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return sliding(inputs[0], self.kernel, self.stride, self.dilation)

    def unread(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> tuple[int, ...]:
        return unread(inputs[0], outputs[0], *self._windows(inputs[0]))

    def macs(self, x: Shape, y: Shape) -> int:
        return y.numel * (x.channels // self.groups) * prod(per_axis(self.kernel, x, "kernel"))

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        x, windows = inputs[0], self._windows(inputs[0])
        taps = f"{_share(x.channels, self.groups)}·{times(*windows[0])}"
        return Sums({1: f"out = {self.out}", **sums_of_windows(x, *windows)}, f"{elements(outputs[0])} · {taps}")

    def recipe(self, x: Shape) -> Recipe:
        kernel, stride, padding, dilation = (short(numbers) for numbers in self._windows(x))
        kwargs = options(
            stride=(stride, 1),
            padding=(padding, 0),
            dilation=(dilation, 1),
            groups=(self.groups, 1),
            bias=(self.bias, True),
            padding_mode=(self.padding_mode, "zeros"),
        )
        return Recipe(f"torch.nn.Conv{len(x.spatial)}d", (x.channels, self.out), (("kernel_size", kernel), *kwargs))

    def says(self, axes: int = 2) -> str:
        padding = f" p={sizes_text(self.padding, 1)}" if self.padding != "same" else ""
        return f"conv {self.out} {_window(self.kernel, self.stride, self.dilation, self.groups, axes)}{padding}"


class ConvTranspose(UnaryOp):
    """The gradient of a convolution as a layer, which enlarges: each size becomes `(n - 1)s - 2p + d(k - 1) + o + 1`."""

    name = "conv_transpose"
    family = "conv"
    source = "torch.nn.ConvTranspose1d, ConvTranspose2d, ConvTranspose3d"
    examples = (
        Example("conv_transpose 32 2 stride=2", (64, 7, 7), (32, 14, 14)),
        Example("conv_transpose 4 3 stride=2 padding=1 output_padding=1 groups=2", (6, 10), (4, 20)),
    )

    out: Count
    """channels that flow out"""
    kernel: Size
    """size of the window that each value is spread over"""
    stride: Size = 1
    """step from one window to the next: how many times larger the image becomes"""
    padding: Offset = 0
    """values taken off both ends of each axis"""
    output_padding: Offset = 0
    """values added at one end of each axis, for sizes that the stride alone does not reach; under the stride or the dilation"""
    groups: Count = 1
    """parts that the channels are cut into, each convolved by itself"""
    bias: bool = True
    dilation: Size = 1

    def _windows(self, x: Shape) -> tuple[tuple[int, ...], ...]:
        return (
            per_axis(self.kernel, x, "kernel"),
            per_axis(self.stride, x, "stride"),
            per_axis(self.padding, x, "padding"),
            per_axis(self.output_padding, x, "output_padding"),
            per_axis(self.dilation, x, "dilation"),
        )

    def infer(self, x: Shape) -> Shape:
        spatial(x, self.name, f"fully connected is `linear`: write `linear {self.out}`")
        _grouped(x.channels, self.out, self.groups)
        numbers = enumerate(zip(x.spatial, *self._windows(x), strict=True), 2)
        sizes = [self._size(axis, *given) for axis, given in numbers]
        return Shape((x.dims[0], self.out, *sizes))

    @staticmethod
    def _size(axis: int, n: int, k: int, s: int, p: int, o: int, d: int) -> int:
        if o >= max(s, d):
            larger = "stride" if s >= d else "dilation"
            said = f"output padding is {o}, but must be under {max(s, d)}, the {larger}"
            raise Refused(PADDING, said, help=f"write `output_padding={max(s, d) - 1}`, or leave it out", argument="output_padding")
        size = window_transposed(n, k, s, p, o, d)
        if size < 1:
            output = f" + {o}" if o else ""
            arithmetic = f"({n} − 1) · {s} − {2 * p} + {d * (k - 1)}{output} + 1"
            said = f"padding {p} leaves nothing: {arithmetic} = {minus(size)}"
            most = (size - 1 + 2 * p) // 2
            help = f"write `padding={most}` or less" if most >= 0 else "take a larger kernel"
            raise Refused(WINDOW, said, help=help, argument="padding", at=((0, axis),))
        return size

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        return weight_and_bias((x.channels, self.out // self.groups, *per_axis(self.kernel, x, "kernel")), self.out, self.bias)

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        kernel, stride, _, _, dilation = self._windows(inputs[0])
        # The kernel lies on a grid with s - 1 zeros between pixels: it meets at most one pixel in s.
        return tuple((-(-(d * (k - 1) + 1) // s), Fraction(1, s)) for k, s, d in zip(kernel, stride, dilation, strict=True))

    def macs(self, x: Shape, y: Shape) -> int:
        return x.numel * (self.out // self.groups) * prod(per_axis(self.kernel, x, "kernel"))

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        x, windows = inputs[0], self._windows(inputs[0])
        numbers = enumerate(zip(x.spatial, *windows, strict=True), 2)
        sizes = {axis: f"({n} - 1)·{s} - 2·{p} + {d}·({k} - 1) + {o} + 1" for axis, (n, k, s, p, o, d) in numbers}
        return Sums({1: f"out = {self.out}", **sizes}, f"{elements(x)} · {_share(self.out, self.groups)}·{times(*windows[0])}")

    def recipe(self, x: Shape) -> Recipe:
        kernel, stride, padding, output_padding, dilation = (short(numbers) for numbers in self._windows(x))
        kwargs = options(
            stride=(stride, 1),
            padding=(padding, 0),
            output_padding=(output_padding, 0),
            groups=(self.groups, 1),
            bias=(self.bias, True),
            dilation=(dilation, 1),
        )
        return Recipe(f"torch.nn.ConvTranspose{len(x.spatial)}d", (x.channels, self.out), (("kernel_size", kernel), *kwargs))

    def says(self, axes: int = 2) -> str:
        return f"conv_transpose {self.out} {_window(self.kernel, self.stride, self.dilation, self.groups, axes)}"


def _share(channels: int, groups: int) -> str:
    """The channels that one group has."""
    return str(channels) if groups == 1 else f"({channels} // {groups})"


def _window(kernel: Size, stride: Size, dilation: Size, groups: int, axes: int) -> str:
    parts = [sizes_text(kernel, axes)]
    parts += [f"/{sizes_text(stride, 1)}"] if stride != 1 else []
    parts += [f"d={sizes_text(dilation, 1)}"] if dilation != 1 else []
    parts += [f"g={groups}"] if groups != 1 else []
    return " ".join(parts)
