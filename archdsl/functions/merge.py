"""What the wiring words become: `add`, `residual`, `mul`, `gate`, `concat`. Stricter than formulas, which stretch as torch does."""

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.rules import axis_of, common_order, size_of, stretch
from archdsl.ops.base import Reach
from archdsl.ops.sums import Sums
from archdsl.ops.types import Axis, Tensor, Tensors
from archdsl.shapes import Shape, window


class Add(Function):
    """The sum of tensors of equal shape, from left to right. Raises AD3155."""

    name = "add"
    source = "He et al., Deep residual learning, 2015"
    code = "tensors0 + tensors1"
    example = "add(x, relu(x))"
    variadic = "tensors"
    pointwise = True
    tensors: Tensors

    def infer(self) -> Shape:
        first = _first(self.name, self.tensors)
        other = next((i for i, t in enumerate(self.tensors) if t.dims != first.dims), None)
        if other is not None:
            shape = self.tensors[other]
            said = f"`add` needs equal shapes, found {first} and {shape}"
            raise Refused("AD3155", said, help=_mend(first, shape), argument="tensors", at=unequal(self.tensors, 0, other))
        return first.with_dims(first.dims, common_order(self.tensors))

    def python(self) -> str:
        return " + ".join(f"tensors{i}" for i in range(len(self.tensors)))


class Multiply(Function):
    """The product of tensors of equal rank, from left to right; sizes of 1 stretch. Raises AD3152, AD3156."""

    name = "mul"
    source = "torch.mul"
    code = "tensors0 * tensors1"
    example = "mul(x, sigmoid(x))"
    variadic = "tensors"
    pointwise = True
    tensors: Tensors

    def infer(self) -> Shape:
        _first(self.name, self.tensors)
        return _stretched(self.name, self.tensors)

    def python(self) -> str:
        return " * ".join(f"tensors{i}" for i in range(len(self.tensors)))


class Gate(Function):
    """A body's output `x` times what flows in, `other`, of equal rank; sizes of 1 stretch. Raises AD3152, AD3156."""

    name = "gate"
    source = "Hu et al., Squeeze-and-excitation networks, 2017"
    code = "x * other"
    example = "gate(mean(x, [2, 3], keepdim=true), x)"
    pointwise = True
    x: Tensor
    other: Tensor

    def infer(self) -> Shape:
        return _stretched(self.name, (self.x, self.other))


class Cat(Function):
    """Tensors joined along an axis, in which alone they may differ. Raises AD3150, AD3151, AD3155, AD3156."""

    name = "cat"
    source = "torch.cat"
    code = "torch.cat(tensors, dim)"
    example = "cat([x, x], 1)"
    tensors: Tensors
    dim: Axis = 0

    def infer(self) -> Shape:
        first = _first(self.name, self.tensors)
        _same_rank(self.name, self.tensors)
        axis = axis_of(first, self.dim)
        total = sum(size_of(t, axis) for t in self.tensors)
        _agree(self.name, self.tensors, axis)
        return first.with_dims((*first.dims[:axis], total, *first.dims[axis + 1 :]), common_order(self.tensors))

    def sums(self, result: tuple[Shape, ...]) -> Sums:
        axis = axis_of(self.tensors[0], self.dim)
        return Sums({axis: " + ".join(str(t.dims[axis]) for t in self.tensors)})

    def reach(self) -> Reach | None:
        return ((1, 1),) * len(self.infer().spatial) if axis_of(self.tensors[0], self.dim) == 1 else None


class Concat(Cat):
    """Tensors joined along the channels or another axis, in which alone they may differ."""

    name = "concat"
    source = "Huang et al., Densely connected convolutional networks, 2016"
    example = "concat([x, x])"
    dim: Axis = 1


def _first(name: str, tensors: tuple[Shape, ...]) -> Shape:
    if not tensors:
        raise Refused("AD1454", f"`{name}` needs a tensor, found an empty list", argument="tensors")
    return tensors[0]


def _stretched(name: str, tensors: tuple[Shape, ...]) -> Shape:
    _same_rank(name, tensors, "give the smaller one axes of size 1")
    return stretch(*tensors)


def _same_rank(name: str, tensors: tuple[Shape, ...], help: str | None = None) -> None:
    first = tensors[0]
    other = next((i for i, t in enumerate(tensors) if t.rank != first.rank), None)
    if other is not None:
        shape = tensors[other]
        ranks = f"{first} and {shape}: {first.rank} axes and {shape.rank}, the batch counted"
        raise Refused("AD3156", f"`{name}` needs equally many axes, found {ranks}", help=help, at=((0, None), (other, None)))


def unequal(tensors: tuple[Shape, ...], one: int, other: int) -> tuple[tuple[int, int | None], ...]:
    """The axes in which two tensors differ, of both; both as a whole where they have not equally many."""
    a, b = tensors[one], tensors[other]
    if a.rank != b.rank:
        return (one, None), (other, None)
    return tuple((i, axis) for axis in range(a.rank) if a.dims[axis] != b.dims[axis] for i in (one, other))


def _agree(name: str, tensors: tuple[Shape, ...], axis: int) -> None:
    first = tensors[0]
    for i, tensor in enumerate(tensors):
        pairs = enumerate(zip(first.dims, tensor.dims, strict=True))
        wrong = next(((a, m, n) for a, (m, n) in pairs if m != n and a != axis), None)
        if wrong is not None:
            sizes = f"{first} and {tensor} have {wrong[1]} and {wrong[2]} at axis {wrong[0]}"
            at = ((0, wrong[0]), (i, wrong[0]))
            raise Refused("AD3155", f"all but axis {axis} must agree for `{name}`: {sizes}", help=_bridge(first, tensor), at=at)


def _bridge(first: Shape, other: Shape) -> str | None:
    """What gives one path the height and width of the other."""
    if first.rank not in (3, 4, 5) or not first.batched:
        return None
    pairs = [(max(a, b), min(a, b)) for a, b in zip(first.spatial, other.spatial, strict=True)]
    small, large = sorted((first, other), key=lambda shape: shape.spatial)
    ratios = {a // b if a % b == 0 else 0 for a, b in pairs}
    ratio = ratios.pop() if len(ratios) == 1 else 0
    if ratio > 1:
        return f"end the path of {small} with  upsample {ratio}  or that of {large} with  max_pool {ratio}"
    return f"end the path of {small} with  upsample size={'x'.join(map(str, large.spatial))}"


def _mend(first: Shape, other: Shape) -> str:
    """The layer that gives one path the shape of the other."""
    if first.rank == other.rank and first.dims[:-1] == other.dims[:-1] and (first.rank == 2 or first.order is not None):
        return f"end the path of {other} with  linear {first.features}"
    if first.rank != other.rank or not first.batched or first.rank not in (3, 4, 5):
        return "the operands must agree in every axis"
    large, small = (first, other) if first.spatial > other.spatial else (other, first)
    pairs = list(zip(large.spatial, small.spatial, strict=True))
    strides = [-(-a // b) for a, b in pairs]
    if any(window(a, 1, stride) != b for (a, b), stride in zip(pairs, strides, strict=True)):
        return "the paths need the same strides, so that height and width agree"
    numbers = strides[:1] if len(set(strides)) == 1 else strides
    stride = "" if set(strides) == {1} else f" stride={'x'.join(map(str, numbers))}"
    return f"end the path of {large} with  conv {small.channels} 1{stride}"
