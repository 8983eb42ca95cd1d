"""Functions that make tensors of numbers: for buffers, masks and tables of positions."""

from math import ceil

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function, dtype_of, widest
from archdsl.functions.rules import one_batch, size_of
from archdsl.ops.base import Dtype
from archdsl.ops.types import Count, Sizes, Tensor
from archdsl.shapes import Shape


class Arange(Function):
    """Numbers from `start` up to `end` (not included) in steps; with one argument from 0 up to it: `ceil((end - start) / step)` of them."""

    name = "arange"
    source = "torch.arange"
    code = "torch.arange(start, end=end, step=step)"
    example = "arange(-3, 4)"
    creates = True
    start: int | float
    end: int | float | None = None
    step: int | float = 1

    def dtype(self, given: tuple[Dtype, ...]) -> Dtype:
        return widest(*(dtype_of(n) for n in (self.start, self.end, self.step) if n is not None))

    def infer(self) -> Shape:
        start, end = (0, self.start) if self.end is None else (self.start, self.end)
        if self.step == 0:
            raise Refused("AD1455", "a step of 0 never arrives", argument="step")
        count = ceil((end - start) / self.step)
        if count < 1:
            raise Refused("AD3157", f"no numbers from {start} up to {end} in steps of {self.step}", argument="start")
        return Shape((count,))

    def python(self) -> str:
        lone = self.end is None and self.step != 1
        return "torch.arange(0, start, step)" if lone else super().python()


class Filled(Function):
    """Sizes in, a tensor of them out. The batch may be handed on. Raises AD1455 for a size below 1."""

    creates = True
    sizes: Sizes

    def infer(self) -> Shape:
        wrong = next((s for s in self.sizes if isinstance(s, int) and s < 1), None)
        if wrong is not None:
            raise Refused("AD1455", f"sizes are at least 1, found {wrong}", argument="sizes")
        return Shape(one_batch(self.sizes))


class Zeros(Filled):
    """Zeros of these sizes."""

    name = "zeros"
    source = "torch.zeros"
    code = "torch.zeros(sizes)"
    example = "zeros(4, 6)"
    gives = "float32"
    variadic = "sizes"


class Ones(Filled):
    """Ones of these sizes."""

    name = "ones"
    source = "torch.ones"
    code = "torch.ones(sizes)"
    example = "ones(4, 6)"
    gives = "float32"
    variadic = "sizes"


class Full(Filled):
    """One number everywhere, in a list of sizes."""

    name = "full"
    source = "torch.full"
    code = "torch.full(sizes, fill_value)"
    example = "full([4, 6], 0.5)"
    fill_value: int | float

    def dtype(self, given: tuple[Dtype, ...]) -> Dtype:
        return dtype_of(self.fill_value)


class Eye(Function):
    """Ones on the diagonal of an `n`×`m` matrix (`n`×`n` without `m`), zeros elsewhere."""

    name = "eye"
    source = "torch.eye"
    code = "torch.eye(n, m=m)"
    example = "eye(4)"
    gives = "float32"
    creates = True
    n: Count
    m: Count | None = None

    def infer(self) -> Shape:
        return Shape((self.n, self.m or self.n))


class RelPosIndex(Function):
    """For every pair of positions in an `h`×`w` window, the row of its offset in a table of (2h - 1)(2w - 1): h·w·h·w whole numbers.

    Row (yi - yj + h - 1) · (2w - 1) + (xi - xj + w - 1) for positions i and j, i the slower. Source: Liu et al., Swin Transformer, 2021;
    torchvision's `relative_position_index`.
    """

    name = "rel_pos_index"
    source = "torchvision.models.swin_transformer.ShiftedWindowAttention"
    code = (
        "(torch.add(torch.arange(h)[:, None] * (2 * w - 1), torch.arange(w)).reshape(-1, 1)"
        " + torch.add(torch.arange(h - 1, -1, -1)[:, None] * (2 * w - 1), torch.arange(w - 1, -1, -1)).flatten()).flatten()"
    )
    example = "rel_pos_index(3, 2)"
    gives = "int64"
    creates = True
    h: Count
    w: Count

    def infer(self) -> Shape:
        return Shape(((self.h * self.w) ** 2,))


class Triangle(Function):
    """A matrix in which one side of a diagonal is 0. Raises AD3151, AD3156."""

    x: Tensor
    diagonal: int = 0

    def infer(self) -> Shape:
        if self.x.rank < 2:
            raise Refused("AD3156", f"`{self.name}` takes matrices, found {self.x}", argument="x")
        size_of(self.x, -1, "x"), size_of(self.x, -2, "x")
        return self.x


class Tril(Triangle):
    """The matrix below and on a diagonal, 0 above."""

    name = "tril"
    source = "torch.tril"
    code = "torch.tril(x, diagonal=diagonal)"
    example = "tril(ones(4, 4))"


class Triu(Triangle):
    """The matrix above and on a diagonal, 0 below."""

    name = "triu"
    source = "torch.triu"
    code = "torch.triu(x, diagonal=diagonal)"
    example = "triu(ones(4, 4), 1)"


class OneHot(Function):
    """A new last axis with a 1 at the class that x names, a whole number below `num_classes`, and 0 elsewhere."""

    name = "one_hot"
    source = "torch.nn.functional.one_hot"
    code = "F.one_hot(x, num_classes)"
    example = "one_hot(arange(4), 6)"
    gives = "int64"
    x: Tensor
    num_classes: Count

    def infer(self) -> Shape:
        return self.x.with_dims((*self.x.dims, self.num_classes))
