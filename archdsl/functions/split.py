"""Functions that cut a tensor into several, and `stack`, which makes one of several."""

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.merge import unequal
from archdsl.functions.rules import axis_of, one_batch, size_of
from archdsl.ops.types import Axis, Count, Tensor, Tensors
from archdsl.shapes import Shape


class Chunk(Function):
    """So many parts of equal size along an axis, the last one smaller where it does not divide; fewer parts where that leaves none."""

    name = "chunk"
    source = "torch.chunk"
    code = "torch.chunk(x, chunks, dim)"
    example = "chunk(x, 2, 3)"
    x: Tensor
    chunks: Count
    dim: Axis = 0

    def infer(self) -> tuple[Shape, ...]:
        return _parts(self.x, self.dim, -(-size_of(self.x, self.dim) // self.chunks))


class Split(Function):
    """Parts of one size along an axis (the last may be smaller), or of the sizes listed. Raises AD3155 unless these add up to the axis."""

    name = "split"
    source = "torch.split"
    code = "torch.split(x, split_size_or_sections, dim)"
    example = "split(x, [1, 2], 1)"
    x: Tensor
    split_size_or_sections: Count | tuple[Count, ...]
    dim: Axis = 0

    def infer(self) -> tuple[Shape, ...]:
        parts, size = self.split_size_or_sections, size_of(self.x, self.dim)
        if isinstance(parts, int):
            return _parts(self.x, self.dim, parts)
        if sum(parts) != size:
            total = f"{' + '.join(map(str, parts))} = {sum(parts)}"
            axis = axis_of(self.x, self.dim)
            said = f"the parts are {total}, axis {axis} of {self.x} has {size}"
            raise Refused("AD3155", said, argument="split_size_or_sections", at=((0, axis),))
        return tuple(_resized(self.x, self.dim, part) for part in parts)


class Unbind(Function):
    """A tensor for each position along an axis, which is dropped."""

    name = "unbind"
    source = "torch.unbind"
    code = "torch.unbind(x, dim)"
    example = "unbind(x, 1)"
    x: Tensor
    dim: Axis = 0

    def infer(self) -> tuple[Shape, ...]:
        axis = axis_of(self.x, self.dim)
        return (self.x.with_dims((*self.x.dims[:axis], *self.x.dims[axis + 1 :])),) * size_of(self.x, axis)


class Stack(Function):
    """Tensors of equal shape joined along a new axis. Raises AD3155."""

    name = "stack"
    source = "torch.stack"
    code = "torch.stack(tensors, dim)"
    example = "stack([x, x], 1)"
    tensors: Tensors
    dim: Axis = 0

    def infer(self) -> Shape:
        if not self.tensors:
            raise Refused("AD1454", "`stack` needs a tensor, found an empty list", argument="tensors")
        first = self.tensors[0]
        other = next((i for i, t in enumerate(self.tensors) if t.dims != first.dims), None)
        if other is not None:
            said = f"`stack` needs equal shapes, found {first} and {self.tensors[other]}"
            raise Refused("AD3155", said, argument="tensors", at=unequal(self.tensors, 0, other))
        axis = axis_of(first, self.dim, new=1)
        return first.with_dims((*first.dims[:axis], len(self.tensors), *first.dims[axis:]))


class Meshgrid(Function):
    """From vectors, the coordinates of every point of their grid: one tensor each. torch's `indexing="ij"`."""

    name = "meshgrid"
    source = "torch.meshgrid"
    code = "torch.meshgrid(tensors, indexing='ij')"
    example = "meshgrid([arange(4), arange(6)])"
    tensors: Tensors

    def infer(self) -> tuple[Shape, ...]:
        wrong = next((t for t in self.tensors if t.rank != 1), None)
        if wrong is not None or not self.tensors:
            raise Refused("AD3156", f"`meshgrid` takes vectors, found {wrong or 'none'}", argument="tensors")
        return (Shape(one_batch([t.dims[0] for t in self.tensors])),) * len(self.tensors)


def _parts(x: Shape, dim: int, size: int) -> tuple[Shape, ...]:
    count, left = divmod(size_of(x, dim), size)
    return tuple(_resized(x, dim, part) for part in [size] * count + [left] * (left > 0))


def _resized(x: Shape, dim: int, size: int) -> Shape:
    axis = axis_of(x, dim)
    return x.with_dims((*x.dims[:axis], size, *x.dims[axis + 1 :]), x.order)
