"""Operations that move or fold axes and change no value."""

from collections.abc import Iterable
from math import prod
from typing import Literal

from archdsl.diagnostics import Refused
from archdsl.ops.base import Example, Op, Reach, Recipe, UnaryOp, arity
from archdsl.ops.checks import AGREE, AXIS, CLASH, axis, changed, divided, here, product, sized_axis
from archdsl.ops.sums import Sums, times
from archdsl.ops.types import Axes, Axis, AxisOrAxes, Count
from archdsl.shapes import Batch, Dim, Shape


class Identity(UnaryOp):
    """Gives what it takes."""

    name, family, source = "identity", "shape", "torch.nn.Identity"
    examples = (Example("identity", (8, 4, 4), (8, 4, 4)),)
    pointwise = True

    def infer(self, x: Shape) -> Shape:
        return x

    def recipe(self, x: Shape) -> Recipe:
        return Recipe(self.source)


class Flatten(UnaryOp):
    """The axes `start` to `end` folded into one: `[C, H, W]` becomes `[C · H · W]`."""

    name, family, source = "flatten", "shape", "torch.nn.Flatten"
    examples = (Example("flatten", (512, 7, 7), (25088,)), Example("flatten 2", (64, 8, 8), (64, 64)))

    start: Axis = 1
    """the first axis that is folded"""
    end: Axis = -1
    """the last axis that is folded"""

    def infer(self, x: Shape) -> Shape:
        start, end = axis(self.start, x, "start"), axis(self.end, x, "end")
        if start > end:
            said = f"`start` is axis {start}, after `end`, axis {end}"
            raise Refused(CLASH, said, help="axes are folded from the first to the last", argument="start")
        dims = (*x.dims[:start], product(x.dims[start : end + 1]), *x.dims[end + 1 :])
        natural = x.order is None and start >= 2
        order = x.order if start == end else None if natural or len(dims) <= 2 else ()
        return Shape(dims, order)

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        x = inputs[0]
        start, end = axis(self.start, x, "start"), axis(self.end, x, "end")
        parts = [d for d in x.dims[start : end + 1] if isinstance(d, int)]
        joint = {start: times(*parts)} if len(parts) == end + 1 - start else {}
        return Sums({**joint, **_moved(x, range(end + 1, x.rank), start + 1)})

    def recipe(self, x: Shape) -> Recipe:
        kwargs = dict(changed(self))
        return Recipe(self.source, (), tuple((f"{name}_dim", value) for name, value in kwargs.items()))


class Unflatten(UnaryOp):
    """The axis `dim` cut into `sizes`, of which one may be −1."""

    name, family, source = "unflatten", "shape", "torch.nn.Unflatten"
    examples = (Example("unflatten 1 [8, 8, 8]", (512,), (8, 8, 8)), Example("unflatten channels [2, -1]", (6, 4, 4), (2, 3, 4, 4)))

    dim: Axis
    """the axis that is cut"""
    sizes: tuple[int, ...]
    """what it becomes; one number may be -1, which stands for what is left"""

    def infer(self, x: Shape) -> Shape:
        found = axis(self.dim, x)
        return x.with_dims((*x.dims[:found], *self._parts(x.dims[found], found), *x.dims[found + 1 :]))

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        x = inputs[0]
        found = axis(self.dim, x)
        whole = x.dims[found]
        parts = {i: str(s) if s != -1 else self._rest(whole) for i, s in enumerate(self.sizes, found) if s != -1 or isinstance(whole, int)}
        return Sums({**parts, **_moved(x, range(found + 1, x.rank), found + len(self.sizes))})

    def _rest(self, whole: Dim) -> str:
        known = times(*(s for s in self.sizes if s != -1))
        return f"{whole} // ({known})"

    def _parts(self, size: Dim, found: int) -> tuple[Dim, ...]:
        if not self.sizes or self.sizes.count(-1) > 1 or any(s < 1 and s != -1 for s in self.sizes):
            raise Refused(CLASH, f"`sizes` are numbers of at least 1, one may be −1; found {list(self.sizes)}", argument="sizes")
        known = prod(s for s in self.sizes if s != -1)
        whole = size.factor if isinstance(size, Batch) else size
        if (-1 not in self.sizes and known != whole) or (isinstance(size, Batch) and -1 not in self.sizes):
            text = " · ".join(str(s) for s in self.sizes)
            help = "write -1 for one of the sizes, which follows from the others"
            raise Refused(AGREE, f"{text} = {known}, but the axis has {size}", help=help, argument="sizes", at=((0, found),))
        rest = divided(whole, known, "the sizes must divide the axis", "sizes", found)
        return tuple(s if s != -1 else Batch(rest) if isinstance(size, Batch) else rest for s in self.sizes)

    def recipe(self, x: Shape) -> Recipe:
        return Recipe(self.source, (self.dim, self.sizes))


class Permute(UnaryOp):
    """The axes in another order, the batch counted as axis 0: `permute [0, 2, 3, 1]` puts the channels last."""

    name, family, source = "permute", "shape", "torch.permute, torchvision.ops.Permute"
    examples = (Example("permute [0, 2, 3, 1]", (96, 56, 48), (56, 48, 96)),)

    axes: Axes
    """the axes in their new order, the batch counted as 0"""

    def infer(self, x: Shape) -> Shape:
        found = [axis(a, x, "axes") for a in self.axes]
        if sorted(found) == list(range(x.rank)):
            return x.permuted(found)
        missing = [a for a in range(x.rank) if a not in found]
        said = f"{missing} is missing" if missing else "one stands twice"
        raise Refused(AXIS, f"`axes` must name each of the {x.rank} axes of {x} once, batch counted: {said}", argument="axes")

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        return Sums(_moved(inputs[0], [axis(a, inputs[0], "axes") for a in self.axes], 0))

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return here(inputs[0])

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("archdsl.runtime.permute.Permute", (self.axes,))

    def says(self, axes: int = 2) -> str:
        return f"permute {' '.join(map(str, self.axes))}"


class Split(Op):
    """An axis cut into `parts` equal parts, or into parts of the listed sizes; as many results."""

    name, family, source = "split", "shape", "torch.chunk, torch.split"
    examples = (Example("split 2", (8, 4, 4), (4, 4, 4)), Example("split [3, 5]", (8, 4, 4), (3, 4, 4)))

    parts: Count | tuple[Count, ...]
    """how many equal parts, or the size of each part"""
    dim: Axis = 1
    """the axis that is cut"""

    def results(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        arity(inputs, self.name, 1)
        x = inputs[0]
        found, size = sized_axis(self.dim, x)
        return tuple(x.with_dims((*x.dims[:found], part, *x.dims[found + 1 :]), x.order) for part in self._sizes(size, found))

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        found, size = sized_axis(self.dim, inputs[0])
        return Sums({found: f"{size} // {self.parts}" if isinstance(self.parts, int) else f"part = {self.parts[0]}"})

    def _sizes(self, size: int, found: int) -> tuple[int, ...]:
        if isinstance(self.parts, int):
            return (divided(size, self.parts, "equal parts must divide the axis", "parts", found),) * self.parts
        if sum(self.parts) == size:
            return self.parts
        said = f"{' + '.join(map(str, self.parts))} = {sum(self.parts)}, the axis has {size}"
        raise Refused(AGREE, said, help=_last_part(self.parts, size), argument="parts", at=((0, found),))

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return here(inputs[0]) if axis(self.dim, inputs[0]) == 1 else None

    def module(self, inputs: tuple[Shape, ...]) -> Recipe:
        return Recipe("archdsl.runtime.split.Split", (self.parts,), changed(self, "parts"))

    def forward(self, inputs: tuple[Shape, ...]) -> str:
        # The module gives a tuple, also of one part.
        return "module(x0)[0]" if len(self.results(inputs)) == 1 else "module(x0)"

    def says(self, axes: int = 2) -> str:
        return f"split {self.parts}" if isinstance(self.parts, int) else f"split {'+'.join(map(str, self.parts))}"


def _last_part(parts: tuple[int, ...], size: int) -> str | None:
    """The parts with another last one, which makes the sum come out."""
    rest = size - sum(parts[:-1])
    return f"the last part may be {rest}: `[{', '.join(map(str, (*parts[:-1], rest)))}]`" if rest > 0 else None


class Reduce(UnaryOp):
    """The mean, sum, largest or smallest value over `axes`, which vanish unless kept with size 1."""

    name, family, source = "reduce", "shape", "torch.mean, torch.sum, torch.amax, torch.amin"
    examples = (Example("reduce mean [2, 3]", (512, 7, 7), (512,)), Example("reduce max channels keep=true", (64, 8, 8), (1, 8, 8)))

    how: Literal["mean", "sum", "max", "min"]
    """what is computed"""
    axes: AxisOrAxes
    """the axes that are reduced"""
    keep: bool = False
    """whether they stay, with size 1"""

    def _axes(self, x: Shape) -> list[int]:
        numbers = (self.axes,) if isinstance(self.axes, int) else self.axes
        found = [sized_axis(a, x, "axes")[0] for a in numbers]
        if found and len(set(found)) == len(found):
            return found
        raise Refused(AXIS, f"`axes` are {list(numbers)}: each axis once, at least one", argument="axes")

    def infer(self, x: Shape) -> Shape:
        gone = self._axes(x)
        if self.keep:
            return x.with_dims(tuple(1 if i in gone else d for i, d in enumerate(x.dims)), x.order)
        left = [i for i in range(x.rank) if i not in gone]
        return Shape(tuple(x.dims[i] for i in left), _order_left(x, left))

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        x, gone = inputs[0], self._axes(inputs[0])
        if self.keep:
            return Sums(dict.fromkeys(gone, "one value = 1"))
        return Sums(_moved(x, [i for i in range(x.rank) if i not in gone], 0))

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return here(inputs[0]) if self._axes(inputs[0]) == [1] else None

    def recipe(self, x: Shape) -> Recipe:
        return Recipe("archdsl.runtime.reduce.Reduce", (self.how, self.axes), changed(self, "how", "axes"))

    def says(self, axes: int = 2) -> str:
        over = (self.axes,) if isinstance(self.axes, int) else self.axes
        return f"reduce {self.how} {' '.join(map(str, over))}"


def _moved(x: Shape, axes: Iterable[int], first: int) -> dict[int, str]:
    """Axes of a tensor that stand in a row from `first` on, those that stay in their place left out."""
    return {i: f"axis {a} = {x.dims[a]}" for i, a in enumerate(axes, first) if i != a and isinstance(x.dims[a], int)}


def _order_left(x: Shape, left: list[int]) -> tuple[int, ...] | None:
    """Where the axes that are left stand: unknown once the batch or the channels are gone."""
    before = tuple(range(x.rank)) if x.order is None else x.order
    kept = [before[i] for i in left] if before else []
    if len(left) <= 2:
        return None
    if 0 not in kept or 1 not in kept:
        return ()
    order = tuple(sorted(kept).index(a) for a in kept)
    return None if order == tuple(range(len(left))) else order
