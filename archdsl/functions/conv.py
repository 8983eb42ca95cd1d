"""Functions that slide over space with weights that a formula gives, and what resizes space."""

from fractions import Fraction
from math import floor, prod
from typing import Literal

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.rules import size_of
from archdsl.ops.base import Reach
from archdsl.ops.sums import Sums, elements, sized, times
from archdsl.ops.types import Count, Offset, Size, Tensor
from archdsl.ops.windows import sums_of_windows
from archdsl.shapes import Shape, spread, window

Factor = float | int
LETTERS = {1: "1d", 2: "2d", 3: "3d"}


class Conv(Function):
    """Convolution by a weight of out×(in / groups)×kernel, in one to three dimensions: `window` gives each size.

    Raises AD3155, AD3156, AD3158, AD3159.
    """

    name = "conv"
    source = "torch.nn.functional.conv1d, conv2d, conv3d"
    code = "F.conv(x, weight, bias=bias, stride=stride, padding=padding, dilation=dilation, groups=groups)"
    example = "conv(x, ones(6, 1, 3, 3), padding=1, groups=3)"
    x: Tensor
    weight: Tensor
    bias: Tensor | None = None
    stride: Size = 1
    padding: Offset | Literal["same", "valid"] = 0
    dilation: Size = 1
    groups: Count = 1

    def infer(self) -> Shape:
        out, inner, *kernel = self._weight()
        channels = size_of(self.x, 1, "x")
        if channels != inner * self.groups or out % self.groups:
            asked = f"the weight {self.weight} with groups={self.groups} takes {inner} · {self.groups} = {inner * self.groups} channels"
            more = f", and {out} / {self.groups} leaves {out % self.groups}" if out % self.groups else ""
            raise Refused("AD3155", f"{asked}, {self.x} has {channels}{more}", argument="weight", at=((0, 1), (1, 1)))
        if self.bias is not None and self.bias.dims != (out,):
            raise Refused("AD3155", f"the weight {self.weight} gives {out} channels, the bias has {self.bias}", at=((1, 0), (2, 0)))
        return self.x.with_channels(out).with_spatial(self._slide(kernel))

    def _weight(self) -> tuple[int, ...]:
        sizes = self.weight.sizes
        if not 3 <= len(sizes) <= 5 or len(sizes) != self.weight.rank or self.x.rank != self.weight.rank:
            said = f"a weight is out×in×kernel, with as many axes as x, the batch counted: found {self.weight} for {self.x}"
            raise Refused("AD3156", said, argument="weight")
        return sizes

    def _slide(self, kernel: list[int]) -> list[int]:
        count = len(kernel)
        stride, dilation = _each(self.stride, count, "stride"), _each(self.dilation, count, "dilation")
        if self.padding == "same" and set(stride) != {1}:
            help = "write numbers, as `padding=1`"
            raise Refused("AD2132", "padding `same` goes with stride 1 only", help=help, argument="padding")
        padding = (0,) * count if isinstance(self.padding, str) else _each(self.padding, count, "padding")
        sizes = [size_of(self.x, axis + 2, "x") for axis in range(count)]
        if self.padding == "same":
            return sizes
        return [_positions(*numbers) for numbers in zip(sizes, kernel, stride, padding, dilation, strict=True)]

    def macs(self, result: tuple[Shape, ...]) -> int:
        return result[0].numel * prod(self.weight.sizes[1:])

    def sums(self, result: tuple[Shape, ...]) -> Sums:
        out, inner, *kernel = self._weight()
        macs = f"{elements(result[0])} · {times(inner, *kernel)}"
        if self.padding == "same":
            return Sums({1: f"the weight's = {out}"}, macs)
        padding = 0 if isinstance(self.padding, str) else self.padding
        stride, rim, dilation = (spread(value, len(kernel)) for value in (self.stride, padding, self.dilation))
        return Sums({1: f"the weight's = {out}", **sums_of_windows(self.x, kernel, stride, rim, dilation)}, macs)

    def reach(self) -> Reach | None:
        kernel = self.weight.sizes[2:]
        stride, dilation = spread(self.stride, len(kernel)), spread(self.dilation, len(kernel))
        return tuple((d * (k - 1) + 1, s) for k, s, d in zip(kernel, stride, dilation, strict=True))

    def python(self) -> str:
        return super().python().replace("F.conv(", f"F.conv{LETTERS[self.weight.rank - 2]}(")


class Unfold(Function):
    """Every window of an image as a column: C·k·k values at each of the windows' positions. Raises AD3156, AD3159."""

    name = "unfold"
    source = "torch.nn.functional.unfold"
    code = "F.unfold(x, kernel_size, dilation=dilation, padding=padding, stride=stride)"
    example = "unfold(x, 3, padding=1)"
    x: Tensor
    kernel_size: Size
    dilation: Size = 1
    padding: Offset = 0
    stride: Size = 1

    def infer(self) -> Shape:
        if self.x.rank != 4:
            raise Refused("AD3156", f"`unfold` takes images, found {self.x}", argument="x")
        kernel, dilation = _each(self.kernel_size, 2, "kernel_size"), _each(self.dilation, 2, "dilation")
        stride, padding = _each(self.stride, 2, "stride"), _each(self.padding, 2, "padding")
        sizes = (size_of(self.x, 2, "x"), size_of(self.x, 3, "x"))
        places = [_positions(*numbers) for numbers in zip(sizes, kernel, stride, padding, dilation, strict=True)]
        return self.x.with_dims((self.x.dims[0], size_of(self.x, 1, "x") * prod(kernel), prod(places)))


class Pad(Function):
    """Values before and after each axis, in torch's order: the last first; negative ones crop. Raises AD1455, AD3156, AD3157, AD3159."""

    name = "pad"
    source = "torch.nn.functional.pad"
    code = "F.pad(x, pad, mode=mode, value=value)"
    example = "pad(x, [1, 1, 2, 2])"
    x: Tensor
    pad: tuple[int, ...]
    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant"
    value: Factor | None = None

    def infer(self) -> Shape:
        count = len(self.pad) // 2
        if len(self.pad) % 2 or count > self.x.rank:
            said = f"`pad` takes a pair for each axis from the last on: {len(self.pad)} numbers for {self.x}"
            raise Refused("AD1455", said, argument="pad")
        if self.mode != "constant" and (count != self.x.rank - 2 or not 1 <= count <= 3 or self.value is not None):
            said = f"padding '{self.mode}' takes a pair for each spatial axis of {self.x} and no value, found {len(self.pad)} numbers"
            raise Refused("AD3156", said, argument="pad")
        dims = list(self.x.dims)
        for i in range(count):
            dims[-1 - i] = self._padded(-1 - i, *self.pad[2 * i : 2 * i + 2])
        return self.x.with_dims(dims, self.x.order)

    def _padded(self, axis: int, before: int, after: int) -> int:
        if before == after == 0 and self.mode == "constant" and not isinstance(self.x.dims[axis], int):
            raise Refused("AD3151", f"`pad` reaches the batch of {self.x}", help="leave out the last pair of numbers", argument="pad")
        size = size_of(self.x, axis, "pad")
        most = {"reflect": size - 1, "circular": size}.get(self.mode)
        if most is not None and max(before, after) > most:
            said = f"padding '{self.mode}' is at most {most} for a size of {size}, found {max(before, after)}"
            raise Refused("AD3157", said, argument="pad")
        if size + before + after < 1:
            raise Refused("AD3159", f"{size} {before:+} {after:+} = {size + before + after}: nothing is left", argument="pad")
        return size + before + after

    def sums(self, result: tuple[Shape, ...]) -> Sums:
        last = self.x.rank - 1
        pairs = {last - i // 2: (self.pad[i], self.pad[i + 1]) for i in range(0, len(self.pad), 2)}
        return Sums({axis: f"{self.x.dims[axis]} {a:+} {b:+}" for axis, (a, b) in pairs.items() if a or b})

    def reach(self) -> Reach | None:
        return ((1, 1),) * len(self.x.spatial)


class Interpolate(Function):
    """Space at another size: `size`, or floor(n · `scale_factor`). Raises AD1454, AD2132, AD3156, AD3159."""

    name = "interpolate"
    source = "torch.nn.functional.interpolate"
    code = "F.interpolate(x, size=size, scale_factor=scale_factor, mode=mode, align_corners=align_corners)"
    example = "interpolate(x, [16, 12], mode='bilinear')"
    x: Tensor
    size: Size | None = None
    scale_factor: Factor | tuple[Factor, ...] | None = None
    mode: Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"] = "nearest"
    align_corners: bool | None = None

    def infer(self) -> Shape:
        count = self.x.rank - 2
        ranks = {"linear": {1}, "bilinear": {2}, "bicubic": {2}, "trilinear": {3}}.get(self.mode, {1, 2, 3})
        if count not in ranks:
            wanted = " or ".join(map(str, ranks))
            raise Refused("AD3156", f"mode '{self.mode}' takes {wanted} spatial axes, found {self.x}", argument="mode")
        if (self.size is None) == (self.scale_factor is None):
            found = "found both" if self.size is not None else "found none"
            raise Refused("AD2132", f"`interpolate` takes either `size` or `scale_factor`; {found}", argument="size")
        if self.align_corners is not None and self.mode in ("nearest", "nearest-exact", "area"):
            raise Refused("AD2132", f"`align_corners` has no meaning for mode `{self.mode}`", argument="align_corners")
        old = [size_of(self.x, axis + 2, "x") for axis in range(count)]
        size_of(self.x, 1, "x")
        return self.x.with_spatial(self._new(old))

    def _new(self, old: list[int]) -> list[int]:
        if self.size is not None:
            return list(_each(self.size, len(old), "size"))
        factors = (self.scale_factor,) * len(old) if isinstance(self.scale_factor, int | float) else self.scale_factor or ()
        if len(factors) != len(old):
            raise Refused("AD1455", f"found {len(factors)} factors for {len(old)} sizes", argument="scale_factor")
        new = [floor(n * f) for n, f in zip(old, factors, strict=True)]
        if min(new) < 1:
            raise Refused("AD3159", f"{old} · {list(factors)} leaves {new}", argument="scale_factor")
        return new

    def sums(self, result: tuple[Shape, ...]) -> Sums:
        if self.scale_factor is None:
            return Sums(sized("size", result[0].spatial))
        factors = self.scale_factor if isinstance(self.scale_factor, tuple) else (self.scale_factor,) * len(self.x.spatial)
        return Sums({axis: f"floor({n}·{f})" for axis, (n, f) in enumerate(zip(self.x.spatial, factors, strict=True), 2)})

    def reach(self) -> Reach | None:
        wide = {"nearest": 1, "nearest-exact": 1, "bicubic": 4}.get(self.mode, 2)
        pairs = zip(self.x.spatial, self.infer().spatial, strict=True)
        return tuple((max(wide, -(-old // new) + 1) if self.mode == "area" else wide, Fraction(old, new)) for old, new in pairs)


def _each(value: int | tuple[int, ...], count: int, argument: str) -> tuple[int, ...]:
    found = spread(value, count)
    if len(found) != count:
        raise Refused("AD1455", f"found {len(found)} numbers for {count} sizes", argument=argument)
    return found


def _positions(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    count = window(size, kernel, stride, padding, dilation)
    if count < 1:
        wide = dilation * (kernel - 1) + 1
        padded = size + 2 * padding
        said = f"a window of {wide} is larger than the padded {padded}: ({size} + {2 * padding} - {wide}) / {stride} + 1 = {count}"
        raise Refused("AD3159", said, argument="x")
    return count
