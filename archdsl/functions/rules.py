"""The arithmetic of axes that functions share: finding an axis, stretching sizes of 1, and solving for the size left open.

The batch is an axis like any other as long as nothing reads across it: it may be moved, kept and multiplied, never summed, cut or joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from archdsl.diagnostics import Refused
from archdsl.shapes import Batch, Dim, Shape


def axis_of(x: Shape, dim: int, argument: str = "dim", new: int = 0) -> int:
    """The axis that `dim` counts, not negative; `new` is how many axes are about to be added. Raises AD3150 where there is none.

    >>> axis_of(Shape.example(3, 8, 8), -1)
    3
    """
    rank = x.rank + new
    if not -rank <= dim < rank:
        counted = " with the batch" if x.batched else ""
        room = f"0 to {rank - 1} or {-rank} to -1" if rank else "none to name"
        raise Refused("AD3150", f"there is no axis {dim}: {x} has {x.rank} axes{counted}", help=f"axes here are {room}", argument=argument)
    return dim % rank


def axes_of(x: Shape, dims: int | Sequence[int], argument: str = "dim") -> tuple[int, ...]:
    """Several axes, not negative, in the order given. Raises AD2150 where one comes twice.

    >>> axes_of(Shape.example(3, 8, 8), (-2, -1))
    (2, 3)
    """
    axes = tuple(axis_of(x, dim, argument) for dim in ((dims,) if isinstance(dims, int) else dims))
    twice = next((a for i, a in enumerate(axes) if a in axes[:i]), None)
    if twice is not None:
        raise Refused("AD2150", f"axis {twice} is named twice", argument=argument)
    return axes


def size_of(x: Shape, dim: int, argument: str = "dim") -> int:
    """Size of an axis that must not be the batch. Raises AD3151 where it is.

    >>> size_of(Shape.example(3, 8, 8), 1)
    3
    """
    axis = axis_of(x, dim, argument)
    size = x.dims[axis]
    if isinstance(size, Batch):
        help_ = "torch counts the batch as axis 0: the channels are axis 1, the last axis is -1"
        raise Refused("AD3151", f"axis {axis} of {x} is the batch: an example cannot see the others", help=help_, argument=argument)
    return size


def sizes_of(x: Shape, dims: int | Sequence[int] | None, argument: str = "dim") -> dict[int, int]:
    """Sizes of several axes by axis; `None` means every one. Raises AD1454 for an empty list."""
    if dims == ():
        raise Refused("AD1454", "no axis is named", argument=argument)
    if dims is None and any(isinstance(d, Batch) for d in x.dims):
        help_ = f"name the axes: `{argument}={[a for a, d in enumerate(x.dims) if not isinstance(d, Batch)]}`"
        raise Refused("AD3151", f"every axis of {x} counts the batch too: an example cannot see the others", help=help_)
    axes = range(x.rank) if dims is None else axes_of(x, dims, argument)
    return {axis: size_of(x, axis, argument) for axis in axes}


def one_batch(dims: Sequence[Dim]) -> tuple[Dim, ...]:
    """The axes of a result, of which one at most may be the batch. Raises AD3154."""
    if sum(isinstance(d, Batch) for d in dims) > 1:
        raise Refused("AD3154", f"the result would have the batch twice: {Shape(tuple(dims))}")
    return tuple(dims)


def shape_of(operand: Shape | int | float) -> Shape:
    """The shape of a tensor; a number has no axes."""
    return operand if isinstance(operand, Shape) else Shape(())


def stretch(*shapes: Shape, numbers: Sequence[int] | None = None) -> Shape:
    """What tensors combine to, element by element: counted from the last axis, equal sizes or 1. Raises AD3152.

    `numbers` are those of the tensors among the operands, where they do not just count up.

    Source: torch's broadcasting semantics.

    >>> str(stretch(Shape.example(3, 8, 8), Shape((3, 1, 1))))
    '3×8×8'
    """
    rank = max(s.rank for s in shapes)
    dims = one_batch([_stretched(shapes, rank, axis, numbers or range(len(shapes))) for axis in range(rank)])
    return Shape(dims, common_order([s for s in shapes if s.rank == rank]))


def _stretched(shapes: Sequence[Shape], rank: int, axis: int, numbers: Sequence[int]) -> Dim:
    size: Dim = 1
    first, its = shapes[0], numbers[0]
    for number, shape in zip(numbers, shapes, strict=True):
        here = shape.dims[axis - rank] if axis >= rank - shape.rank else 1
        if here not in (1, size) and size != 1:
            said = f"{shape} does not stretch onto {first}: axis {axis} has {here} and {size}"
            at = ((its, axis - rank + first.rank), (number, axis - rank + shape.rank))
            raise Refused("AD3152", said, help="sizes must be equal or 1, counted from the last axis", at=at)
        if here != 1 and size == 1:
            size, first, its = here, shape, number
    return size


def common_order(shapes: Sequence[Shape]) -> tuple[int, ...] | None:
    """Where the axes of a result stand that is made of these element by element: a known order wins over an unknown one.

    Tensors without the batch (weights, masks) have a say only among themselves.
    """
    voters = [s for s in shapes if any(isinstance(d, Batch) for d in s.dims)] or list(shapes)
    orders = [s.order for s in voters if s.order != ()]
    return next((order for order in orders if order), None if orders else ())


def solve(count: int, batched: bool, sizes: Sequence[Dim], what: str) -> tuple[Dim, ...]:
    """The axes that `count` values an example are read as, the one `-1` solved for.

    If they hold the batch and no size is the batch's, `-1` is the batch. Raises AD1455, AD3153, AD3154.

    >>> solve(56 * 56 * 96, True, (-1, 49, 96), "56×56×96")
    (Batch(factor=64), 49, 96)
    """
    if sizes.count(-1) > 1 or any(isinstance(s, int) and s < 1 and s != -1 for s in sizes):
        raise Refused("AD1455", f"sizes are at least 1, and one may be -1; found {_listed(sizes)}", argument="sizes")
    given = sum(isinstance(s, Batch) for s in one_batch(sizes))
    if given and not batched:
        raise Refused("AD3154", f"{what} has no batch that could be handed on", argument="sizes")
    if batched and not given and -1 not in sizes:
        help_ = "write -1 or `x.shape[0]` where the batch goes"
        raise Refused("AD3154", f"{what} has the batch, for which {_listed(sizes)} leaves no place", help=help_, argument="sizes")
    known = prod(s.factor if isinstance(s, Batch) else s for s in sizes if s != -1)
    rest, left = divmod(count, known)
    if left or (rest != 1 and -1 not in sizes):
        product = " · ".join(str(s.factor if isinstance(s, Batch) else s) for s in sizes if s != -1)
        fits = f", and {count} / {known} leaves {left}" if -1 in sizes else ""
        raise Refused("AD3153", f"{what} is {count} values, the sizes ask for {product} = {known}{fits}", argument="sizes")
    open_size: Dim = Batch(rest) if batched and not given else rest
    return tuple(open_size if s == -1 else s for s in sizes)


def product(dims: Sequence[Dim]) -> Dim:
    """One axis in place of several: the batch if it is among them."""
    total = prod(d.factor if isinstance(d, Batch) else d for d in dims)
    return Batch(total) if any(isinstance(d, Batch) for d in dims) else total


def _listed(sizes: Sequence[Dim]) -> str:
    return ", ".join(map(str, sizes))
