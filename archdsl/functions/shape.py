"""Functions that move and regroup the axes of a tensor; no value changes."""

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.rules import axes_of, axis_of, one_batch, product, size_of, solve
from archdsl.ops.sums import Sums, times
from archdsl.ops.types import Axes, Axis, AxisOrAxes, Sizes, Tensor
from archdsl.shapes import Batch, Dim, Shape


class Reshape(Function):
    """The same values in order under other sizes, of which one may be -1; the batch takes up what is left over. Raises AD3153, AD3154.

    >>> str(Reshape(x=Shape.example(56, 56, 96), sizes=(-1, 49, 96)).infer())
    '64·B×49×96'
    """

    name = "reshape"
    source = "torch.reshape"
    code = "torch.reshape(x, sizes)"
    example = "reshape(x, -1, 4, 4, 3)"
    variadic = "sizes"
    x: Tensor
    sizes: Sizes

    def infer(self) -> Shape:
        batched = any(isinstance(d, Batch) for d in self.x.dims)
        return self.x.with_dims(solve(self.x.numel, batched, self.sizes, str(self.x)))


class Flatten(Function):
    """Axes `start_dim` to `end_dim` as one; torch counts the batch, so that `flatten(x, 1)` gives features."""

    name = "flatten"
    source = "torch.flatten"
    code = "torch.flatten(x, start_dim, end_dim=end_dim)"
    example = "flatten(x, 1)"
    x: Tensor
    start_dim: Axis = 0
    end_dim: Axis = -1

    def infer(self) -> Shape:
        x = self.x if self.x.rank else Shape((1,))
        start, end = axis_of(x, self.start_dim, "start_dim"), axis_of(x, self.end_dim, "end_dim")
        if start > end:
            raise Refused("AD1455", f"start_dim {start} comes after end_dim {end}", argument="start_dim")
        return x.with_dims((*x.dims[:start], product(x.dims[start : end + 1]), *x.dims[end + 1 :]))

    def sums(self, result: tuple[Shape, ...]) -> Sums:
        start, end = axis_of(self.x, self.start_dim), axis_of(self.x, self.end_dim)
        parts = [d for d in self.x.dims[start : end + 1] if isinstance(d, int)]
        return Sums({start: times(*parts)} if len(parts) == end + 1 - start else {})


class Unflatten(Function):
    """One axis as several, of whose sizes one may be -1; -1 at the batch stays the batch. Raises AD3153, AD3154."""

    name = "unflatten"
    source = "torch.unflatten"
    code = "torch.unflatten(x, dim, sizes)"
    example = "unflatten(x, 3, [2, -1])"
    variadic = "sizes"
    x: Tensor
    dim: Axis
    sizes: Sizes

    def infer(self) -> Shape:
        if not self.sizes:
            raise Refused("AD1454", "`unflatten` needs the sizes of the new axes", argument="sizes")
        axis = axis_of(self.x, self.dim)
        here = self.x.dims[axis]
        count = here.factor if isinstance(here, Batch) else here
        parts = solve(count, isinstance(here, Batch), self.sizes, f"axis {axis} of {self.x}")
        return self.x.with_dims((*self.x.dims[:axis], *parts, *self.x.dims[axis + 1 :]))


class Permute(Function):
    """All axes in another order. Raises AD3156 unless each is named once."""

    name = "permute"
    source = "torch.permute"
    code = "torch.permute(x, dims)"
    example = "permute(x, 0, 2, 3, 1)"
    variadic = "dims"
    x: Tensor
    dims: Axes

    def infer(self) -> Shape:
        axes = axes_of(self.x, self.dims, "dims")
        if len(axes) != self.x.rank:
            said = f"`permute` names {len(axes)} axes, {self.x} has {self.x.rank}, the batch counted"
            raise Refused("AD3156", said, argument="dims")
        return self.x.permuted(axes)


class Transpose(Function):
    """Two axes exchanged."""

    name = "transpose"
    source = "torch.transpose"
    code = "torch.transpose(x, dim0, dim1)"
    example = "transpose(x, 2, 3)"
    x: Tensor
    dim0: Axis
    dim1: Axis

    def infer(self) -> Shape:
        first, second = axis_of(self.x, self.dim0, "dim0"), axis_of(self.x, self.dim1, "dim1")
        axes = list(range(self.x.rank))
        axes[first], axes[second] = second, first
        return self.x.permuted(axes)


class Unsqueeze(Function):
    """A new axis of size 1 at `dim`."""

    name = "unsqueeze"
    source = "torch.unsqueeze"
    code = "torch.unsqueeze(x, dim)"
    example = "unsqueeze(x, 1)"
    x: Tensor
    dim: Axis

    def infer(self) -> Shape:
        axis = axis_of(self.x, self.dim, new=1)
        return self.x.with_dims((*self.x.dims[:axis], 1, *self.x.dims[axis:]))


class Squeeze(Function):
    """Axes of size 1 dropped: those named, or all of a tensor without batch. Stricter than torch, which passes over a larger axis."""

    name = "squeeze"
    source = "torch.squeeze"
    code = "torch.squeeze(x, dim=dim)"
    example = "squeeze(mean(x, 1, keepdim=true), 1)"
    x: Tensor
    dim: AxisOrAxes | None = None

    def infer(self) -> Shape:
        if self.dim is None:
            return self._all()
        gone = axes_of(self.x, self.dim)
        large = next((a for a in gone if size_of(self.x, a) != 1), None)
        if large is not None:
            said = f"axis {large} of {self.x} has {self.x.dims[large]}: only axes of size 1 can be dropped"
            raise Refused("AD3155", said, argument="dim")
        return self.x.with_dims([d for a, d in enumerate(self.x.dims) if a not in gone])

    def _all(self) -> Shape:
        if any(isinstance(d, Batch) for d in self.x.dims):
            said = f"without `dim` a batch of 1 would be dropped from {self.x} too"
            raise Refused("AD3151", said, help="name the axes to drop, as in `squeeze(x, 2)`", argument="dim")
        return self.x.with_dims([d for d in self.x.dims if d != 1])


class Expand(Function):
    """Axes of size 1 stretched to larger sizes; -1 keeps one, further sizes in front add axes. Raises AD3152, AD3156."""

    name = "expand"
    source = "torch.Tensor.expand"
    code = "x.expand(sizes)"
    example = "expand(zeros(1, 1, 5), x.shape[0], -1, -1)"
    variadic = "sizes"
    x: Tensor
    sizes: Sizes

    def infer(self) -> Shape:
        more = len(self.sizes) - self.x.rank
        if more < 0:
            said = f"`expand` needs a size for each axis: {len(self.sizes)} for the {self.x.rank} of {self.x}"
            raise Refused("AD3156", said, argument="sizes")
        old = (None,) * more + self.x.dims
        return self.x.with_dims(one_batch([self._wide(o, n) for o, n in zip(old, self.sizes, strict=True)]))

    def _wide(self, old: Dim | None, new: Dim) -> Dim:
        if new == -1 and old is not None:
            return old
        if isinstance(new, int) and new < 1:
            raise Refused("AD1455", f"sizes are at least 1, or -1 for an axis there is; found {new}", argument="sizes")
        if old not in (None, 1, new):
            raise Refused("AD3152", f"{self.x} does not expand to {Shape(self.sizes)}: {old} is neither 1 nor {new}", argument="sizes")
        return new


class Repeat(Function):
    """Copies side by side, so many along each axis; further numbers in front add axes. Raises AD1455, AD3156."""

    name = "repeat"
    source = "torch.Tensor.repeat"
    code = "x.repeat(sizes)"
    example = "repeat(x, 1, 2, 1, 1)"
    variadic = "sizes"
    x: Tensor
    sizes: Sizes

    def infer(self) -> Shape:
        more = len(self.sizes) - self.x.rank
        if more < 0:
            said = f"`repeat` needs a number for each axis: {len(self.sizes)} for the {self.x.rank} of {self.x}"
            raise Refused("AD3156", said, argument="sizes")
        if any(isinstance(s, int) and s < 1 for s in self.sizes):
            raise Refused("AD1455", f"copies are counted from 1, found {', '.join(map(str, self.sizes))}", argument="sizes")
        old = (1,) * more + self.x.dims
        pairs = zip(old, self.sizes, strict=True)
        return self.x.with_dims(one_batch([product(one_batch(pair)) for pair in pairs]), () if more else self.x.order)


class Roll(Function):
    """Values moved round along axes, those that leave at the end come in at the start. Raises AD1455 unless each axis has a shift."""

    name = "roll"
    source = "torch.roll"
    code = "torch.roll(x, shifts, dims)"
    example = "roll(x, [-3, -3], [2, 3])"
    x: Tensor
    shifts: int | tuple[int, ...]
    dims: AxisOrAxes

    def infer(self) -> Shape:
        shifts = (self.shifts,) if isinstance(self.shifts, int) else self.shifts
        axes = axes_of(self.x, self.dims, "dims")
        if len(shifts) != len(axes):
            raise Refused("AD1455", f"`roll` needs a shift for each axis: {len(shifts)} for {len(axes)}", argument="shifts")
        for axis in axes:
            size_of(self.x, axis, "dims")
        return self.x


class Flip(Function):
    """Values in the opposite order along axes."""

    name = "flip"
    source = "torch.flip"
    code = "torch.flip(x, dims)"
    example = "flip(x, [3])"
    variadic = "dims"
    x: Tensor
    dims: Axes

    def infer(self) -> Shape:
        for axis in axes_of(self.x, self.dims, "dims"):
            size_of(self.x, axis, "dims")
        return self.x
