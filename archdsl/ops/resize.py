"""Operations that change an image's size without weights: pad, crop, upsample, and pixels traded for channels."""

from fractions import Fraction
from math import floor
from typing import Literal

from archdsl.diagnostics import Refused
from archdsl.ops.base import Example, Op, Reach, Recipe, UnaryOp, arity
from archdsl.ops.checks import (
    AGREE,
    CLASH,
    COUNT,
    WINDOW,
    batched,
    changed,
    divided,
    here,
    minus,
    one_of,
    options,
    per_axis,
    plane,
    short,
    sized_axis,
    sizes_text,
    spatial,
)
from archdsl.ops.sums import Sums, sized
from archdsl.ops.types import Count, Like, Offset, Positive, Size
from archdsl.ops.windows import padded_by_mode
from archdsl.shapes import Shape, spread

FARTHEST = 2.0**62
"""a size beyond every limit, in place of one that no whole number says"""


def _target(x: Shape, like: Shape | None, size: int | tuple[int, ...] | None, op: str) -> tuple[int, ...]:
    """Spatial sizes wanted: those of `like`, or `size`."""
    spatial(x, op)
    if like is None:
        return per_axis(size or 1, x, "size")
    if like.rank != x.rank or not like.batched:
        said = f"`like` is {like}, {x} needs another with {len(x.spatial)} spatial axes"
        raise Refused(AGREE, said, argument="like", at=((0, None), (1, None)))
    return like.spatial


class Rim(Op):
    """What pad and crop share: how much at each side is told by `amounts`, or follows from `size` or `like`, the image in the middle."""

    family = "shape"

    amounts: Offset | None = None
    """how much at each side: one number for all sides, or torch's order, the last axis first (left, right, top, bottom)"""

    def sides(self, x: Shape) -> tuple[int, ...]:
        """Both ends of each axis in torch's order, the last axis first."""
        batched(x, self.name)
        amounts = self.amounts if self.amounts is not None else 0
        if isinstance(amounts, int):
            return (amounts, amounts) * len(spatial(x, self.name))
        if len(amounts) % 2 == 0 and 0 < len(amounts) <= 2 * (x.rank - 1):
            return amounts
        raise Refused(
            COUNT,
            f"`amounts` has {len(amounts)} numbers, but needs 2 for each axis, at most {2 * (x.rank - 1)} for {x}",
            help="torch's order: left, right, top, bottom, …; one number is all sides",
            argument="amounts",
        )

    def both(self, axis: int) -> tuple[tuple[int, int], ...]:
        """An axis of what flows in, and of `like` where it is given."""
        return ((0, axis), (1, axis)) if dict(self).get("like") is not None else ((0, axis),)

    def grown(self, x: Shape, sign: int) -> Shape:
        """The image with `amounts` added to its sides, or taken off."""
        sides = self.sides(x)
        dims = list(x.dims)
        for i in range(0, len(sides), 2):
            found, size = sized_axis(-1 - i // 2, x)
            dims[found] = new = size + sign * (sides[i] + sides[i + 1])
            if new < 1:
                arithmetic = f"{size} − {sides[i]} − {sides[i + 1]} = {minus(new)}"
                help = "take off less"
                raise Refused(WINDOW, f"nothing is left of axis {found}: {arithmetic}", help=help, argument="amounts", at=((0, found),))
        return Shape(tuple(dims), x.order)

    def sums_of_sides(self, x: Shape, y: Shape, sign: str) -> Sums:
        """How the sizes come about: from amounts, or as `size` or `like` say."""
        if self.amounts is None:
            return Sums(sized("size", y.spatial))
        sides = self.sides(x)
        ends = {x.rank - 1 - i // 2: (sides[i], sides[i + 1]) for i in range(0, len(sides), 2) if sides[i] or sides[i + 1]}
        return Sums({found: f"{x.dims[found]} {sign} {a} {sign} {b}" for found, (a, b) in sorted(ends.items())})

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return here(inputs[0])

    def says(self, axes: int = 2) -> str:
        return self.name if self.amounts is None else f"{self.name} {sizes_text(self.amounts, 1).replace('×', ' ')}"


class Pad(Rim):
    """Values added around an image: `value`, or with another mode copies of its own."""

    name, source = "pad", "torch.nn.functional.pad"
    examples = (
        Example("pad 3", (8, 10, 10), (8, 16, 16)),
        Example("pad [1, 2, 0, 0] mode=reflect", (8, 10, 10), (8, 10, 13)),
        Example("pad size=16", (8, 11, 12), (8, 16, 16)),
    )

    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant"
    """what is added: `value`, the image mirrored at its rim, the rim repeated, or the opposite side"""
    value: float = 0.0
    """the number that mode `constant` adds"""
    size: Size | None = None
    """the size wanted, the image in its middle"""
    like: Like = None
    """a tensor whose size is wanted, the image in its middle"""

    def results(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        arity(inputs, self.name, 1 if self.like is None else 2)
        x = inputs[0]
        given = one_of(self.name, amounts=self.amounts, size=self.size, like=self.like)
        if self.value and self.mode != "constant":
            said = f"`value` belongs to mode `constant`, not to `{self.mode}`"
            raise Refused(CLASH, said, help="take it away, or choose another `mode`", argument="value")
        if given == "amounts":
            self._copies(x, self.sides(x))
            return (self.grown(x, 1),)
        sizes = _target(x, self.like, self.size, self.name)
        short_ = [(axis, have, want) for axis, (have, want) in enumerate(zip(x.spatial, sizes, strict=True), 2) if want < have]
        if short_:
            axis, have, want = short_[0]
            at = self.both(axis)
            raise Refused(AGREE, f"{have} cannot be padded to {want}, which is smaller", help="`crop` takes off", argument=given, at=at)
        missing = [want - have for have, want in zip(reversed(x.spatial), reversed(sizes), strict=True)]
        self._copies(x, tuple(n for m in missing for n in (m // 2, m - m // 2)))
        return (x.with_spatial(sizes),)

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        return self.sums_of_sides(inputs[0], outputs[0], "+")

    def _copies(self, x: Shape, sides: tuple[int, ...]) -> None:
        if self.mode == "constant":
            return
        count = len(spatial(x, self.name))
        if len(sides) != 2 * count:
            said = f"mode `{self.mode}` needs {2 * count} amounts for {x}, found {len(sides)}"
            raise Refused(COUNT, said, help="left, right, top, bottom: both ends of each axis, the last axis first", argument="amounts")
        for side in (0, 1):
            padded_by_mode(x, tuple(reversed(sides[side::2])), self.mode, "amounts")

    def module(self, inputs: tuple[Shape, ...]) -> Recipe:
        style = options(mode=(self.mode, "constant"), value=(self.value, 0.0))
        if self.amounts is not None:
            return Recipe("archdsl.runtime.pad.Pad", (self.sides(inputs[0]),), style)
        size = () if self.size is None else per_axis(self.size, inputs[0], "size")
        return Recipe("archdsl.runtime.pad_to.PadTo", (len(inputs[0].spatial),), (*options(size=(size, ())), *style))


class Crop(Rim):
    """Values taken off the sides of an image."""

    name, source = "crop", "torch.nn.functional.pad with negative amounts; Ronneberger et al. 2015, U-Net"
    examples = (Example("crop 2", (8, 10, 10), (8, 6, 6)), Example("crop size=7", (8, 10, 12), (8, 7, 7)))

    size: Size | None = None
    """the size wanted, cut from the middle"""
    like: Like = None
    """a tensor whose size is wanted, cut from the middle"""

    def results(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        arity(inputs, self.name, 1 if self.like is None else 2)
        x = inputs[0]
        given = one_of(self.name, amounts=self.amounts, size=self.size, like=self.like)
        if given == "amounts":
            return (self.grown(x, -1),)
        sizes = _target(x, self.like, self.size, self.name)
        over = [(axis, have, want) for axis, (have, want) in enumerate(zip(x.spatial, sizes, strict=True), 2) if want > have]
        if over:
            axis, have, want = over[0]
            at = self.both(axis)
            raise Refused(AGREE, f"{want} cannot be cropped from {have}, which is smaller", help="`pad` adds", argument=given, at=at)
        return (x.with_spatial(sizes),)

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        return self.sums_of_sides(inputs[0], outputs[0], "-")

    def module(self, inputs: tuple[Shape, ...]) -> Recipe:
        if self.amounts is not None:
            return Recipe("archdsl.runtime.crop.Crop", (self.sides(inputs[0]),))
        size = () if self.size is None else per_axis(self.size, inputs[0], "size")
        return Recipe("archdsl.runtime.crop_to.CropTo", (len(inputs[0].spatial),), options(size=(size, ())))


LINEAR = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
"""modes that belong to a number of spatial axes"""


class Upsample(Op):
    """An image resized by `scale`, to `size` or to the size of `like`: each size becomes `floor(n · scale)`."""

    name, family, source = "upsample", "shape", "torch.nn.Upsample"
    examples = (
        Example("upsample 2", (8, 7, 7), (8, 14, 14)),
        Example("upsample 1.5 mode=bilinear align_corners=true", (8, 8, 8), (8, 12, 12)),
        Example("upsample size=5x9", (8, 7, 7), (8, 5, 9)),
    )

    scale: int | Positive | tuple[int | Positive, ...] | None = None
    """factor for every axis, or one for each"""
    mode: Literal["nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact"] = "nearest"
    """how values between are found; `bilinear` and `bicubic` are for images, `linear` for lines, `trilinear` for volumes"""
    size: Size | None = None
    """the size wanted"""
    like: Like = None
    """a tensor whose size is wanted"""
    align_corners: bool = False
    """whether corner pixels keep their values; for the linear modes and `bicubic`"""

    def _scales(self, x: Shape) -> tuple[float, ...]:
        count = len(spatial(x, self.name))
        scales = self.scale if isinstance(self.scale, tuple) else (self.scale or 1,) * count
        if len(scales) == count:
            return scales
        raise Refused(COUNT, f"`scale` has {len(scales)} numbers where {x} has {count} sizes", argument="scale")

    def _sizes(self, x: Shape) -> tuple[int, ...]:
        if self.scale is None:
            return _target(x, self.like, self.size, self.name)
        scales = self._scales(x)
        sizes = tuple(floor(min(n * float(s), FARTHEST)) for n, s in zip(x.spatial, scales, strict=True))
        if min(sizes) > 0:
            return sizes
        at = ((0, 2 + sizes.index(min(sizes))),)
        raise Refused(WINDOW, f"nothing is left: {min(x.spatial)} · {min(scales)} is under 1", argument="scale", at=at)

    def results(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        arity(inputs, self.name, 1 if self.like is None else 2)
        x = inputs[0]
        one_of(self.name, scale=self.scale, size=self.size, like=self.like)
        sizes = self._sizes(x)
        axes = LINEAR.get(self.mode, len(sizes))
        if axes != len(sizes):
            fits = next(mode for mode, count in LINEAR.items() if count == len(sizes))
            said = f"mode `{self.mode}` is for {axes} size{'s' * (axes != 1)}, {x} has {len(sizes)}"
            raise Refused(CLASH, said, help=f"`{fits}` fits", argument="mode")
        if self.align_corners and self.mode not in LINEAR:
            said = f"`align_corners` belongs to {', '.join(LINEAR)}, not to `{self.mode}`"
            raise Refused(CLASH, said, help="take it away, or choose another `mode`", argument="align_corners")
        return (Shape((*x.dims[:2], *sizes)),)

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        x = inputs[0]
        if self.scale is None:
            return Sums(sized("size", outputs[0].spatial))
        pairs = enumerate(zip(x.spatial, self._scales(x), strict=True), 2)
        return Sums({found: f"{n}·{s}" if isinstance(s, int) else f"floor({n}·{s})" for found, (n, s) in pairs})

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        if self.mode == "area":
            return None
        seen = 4 if self.mode == "bicubic" else 2 if self.mode in LINEAR else 1
        return tuple((min(seen, n), Fraction(n, m)) for n, m in zip(inputs[0].spatial, self._sizes(inputs[0]), strict=True))

    def module(self, inputs: tuple[Shape, ...]) -> Recipe:
        kwargs = options(mode=(self.mode, "nearest"), align_corners=(self.align_corners or None, None))
        if self.like is not None:
            return Recipe("archdsl.runtime.upsample_like.UpsampleLike", (), kwargs)
        if self.scale is not None:
            return Recipe("torch.nn.Upsample", (), (("scale_factor", self.scale), *kwargs))
        size = spread(self.size or 1, len(inputs[0].spatial))
        return Recipe("torch.nn.Upsample", (), (("size", short(size)), *kwargs))

    def says(self, axes: int = 2) -> str:
        mode = "" if self.mode == "nearest" else f" {self.mode}"
        if self.like is not None:
            return f"upsample{mode}"
        return f"upsample ×{sizes_text(self.scale, 1)}{mode}" if self.scale else f"upsample {sizes_text(self.size or 1, axes)}{mode}"


class PixelShuffle(UnaryOp):
    """Channels traded for pixels: `[C · f², H, W]` becomes `[C, H · f, W · f]`."""

    name, family = "pixel_shuffle", "shape"
    source = "torch.nn.PixelShuffle; Shi et al. 2016, Efficient Sub-Pixel Convolutional Neural Network"
    examples = (Example("pixel_shuffle 2", (16, 8, 8), (4, 16, 16)),)

    factor: Count
    """how many times larger height and width become"""

    def infer(self, x: Shape) -> Shape:
        height, width = plane(x, self.name)
        f = self.factor
        channels = divided(x.channels, f * f, f"the channels must be divided by {f} · {f}", "factor")
        return Shape((x.dims[0], channels, height * f, width * f))

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        x, f = inputs[0], self.factor
        return Sums({1: f"{x.channels} // ({f}·{f})", 2: f"{x.spatial[0]}·{f}", 3: f"{x.spatial[1]}·{f}"})

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return ((1, Fraction(1, self.factor)),) * 2

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("torch.nn.PixelShuffle", (self.factor,))

    def says(self, axes: int = 2) -> str:
        return f"pixel_shuffle {self.factor}"


class PixelUnshuffle(UnaryOp):
    """Pixels traded for channels: `[C, H · f, W · f]` becomes `[C · f², H, W]`."""

    name, family, source = "pixel_unshuffle", "shape", "torch.nn.PixelUnshuffle"
    examples = (Example("pixel_unshuffle 2", (4, 16, 16), (16, 8, 8)),)

    factor: Count
    """how many times smaller height and width become"""

    def infer(self, x: Shape) -> Shape:
        height, width = plane(x, self.name)
        f = self.factor
        height = divided(height, f, "factor must divide the height", "factor", 2)
        width = divided(width, f, "factor must divide the width", "factor", 3)
        return Shape((x.dims[0], x.channels * f * f, height, width))

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        x, f = inputs[0], self.factor
        return Sums({1: f"{x.channels}·{f}·{f}", 2: f"{x.spatial[0]} // {f}", 3: f"{x.spatial[1]} // {f}"})

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return ((self.factor, self.factor),) * 2

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("torch.nn.PixelUnshuffle", (self.factor,))

    def says(self, axes: int = 2) -> str:
        return f"pixel_unshuffle {self.factor}"


class ChannelShuffle(UnaryOp):
    """The channels of `groups` groups dealt out in turn. Shape kept."""

    name, family = "channel_shuffle", "shape"
    source = "torch.nn.ChannelShuffle; Zhang et al. 2017, ShuffleNet"
    examples = (Example("channel_shuffle 2", (8, 4, 4), (8, 4, 4)),)

    groups: Count
    """groups whose channels are dealt out in turn"""

    def infer(self, x: Shape) -> Shape:
        spatial(x, self.name)
        divided(x.channels, self.groups, "groups must divide the channels", "groups")
        return x

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return here(inputs[0])

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("torch.nn.ChannelShuffle", (self.groups,), changed(self, "groups"))

    def says(self, axes: int = 2) -> str:
        return f"channel_shuffle {self.groups}"
