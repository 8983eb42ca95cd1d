"""Functions that make tensors of numbers: for buffers, masks and tables of positions."""

from __future__ import annotations

from math import ceil
from typing import ClassVar

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.rules import one_batch, size_of
from archdsl.ops.types import Count, Sizes, Tensor
from archdsl.shapes import Shape


class Arange(Function):
    """Numbers from `start` up to `end` (not included) in steps; with one argument from 0 up to it: `ceil((end - start) / step)` of them."""

    name: ClassVar[str] = "arange"
    source: ClassVar[str] = "torch.arange"
    code: ClassVar[str] = "torch.arange(start, end=end, step=step)"
    example: ClassVar[str] = "arange(-3, 4)"
    creates: ClassVar[bool] = True
    start: int | float
    end: int | float | None = None
    step: int | float = 1

    def infer(self) -> Shape:
        start, end = (0, self.start) if self.end is None else (self.start, self.end)
        if self.step == 0:
            raise Refused("AD2151", "a step of 0 never arrives", argument="step")
        count = ceil((end - start) / self.step)
        if count < 1:
            raise Refused("AD3157", f"no numbers from {start} up to {end} in steps of {self.step}", argument="start")
        return Shape((count,))

    def python(self) -> str:
        lone = self.end is None and self.step != 1
        return "torch.arange(0, start, step)" if lone else super().python()


class Filled(Function):
    """Sizes in, a tensor of them out. The batch may be handed on. Raises AD2151 for a size below 1."""

    creates: ClassVar[bool] = True
    sizes: Sizes

    def infer(self) -> Shape:
        wrong = next((s for s in self.sizes if isinstance(s, int) and s < 1), None)
        if wrong is not None:
            raise Refused("AD2151", f"sizes are at least 1, found {wrong}", argument="sizes")
        return Shape(one_batch(self.sizes))


class Zeros(Filled):
    """Zeros of these sizes."""

    name: ClassVar[str] = "zeros"
    source: ClassVar[str] = "torch.zeros"
    code: ClassVar[str] = "torch.zeros(sizes)"
    example: ClassVar[str] = "zeros(4, 6)"
    variadic: ClassVar[str] = "sizes"


class Ones(Filled):
    """Ones of these sizes."""

    name: ClassVar[str] = "ones"
    source: ClassVar[str] = "torch.ones"
    code: ClassVar[str] = "torch.ones(sizes)"
    example: ClassVar[str] = "ones(4, 6)"
    variadic: ClassVar[str] = "sizes"


class Full(Filled):
    """One number everywhere, in a list of sizes."""

    name: ClassVar[str] = "full"
    source: ClassVar[str] = "torch.full"
    code: ClassVar[str] = "torch.full(sizes, fill_value)"
    example: ClassVar[str] = "full([4, 6], 0.5)"
    fill_value: int | float


class Eye(Function):
    """Ones on the diagonal of an `n`×`m` matrix (`n`×`n` without `m`), zeros elsewhere."""

    name: ClassVar[str] = "eye"
    source: ClassVar[str] = "torch.eye"
    code: ClassVar[str] = "torch.eye(n, m=m)"
    example: ClassVar[str] = "eye(4)"
    creates: ClassVar[bool] = True
    n: Count
    m: Count | None = None

    def infer(self) -> Shape:
        return Shape((self.n, self.m or self.n))


class RelPosIndex(Function):
    """For every pair of positions in an `h`×`w` window, the row of its offset in a table of (2h - 1)(2w - 1): h·w·h·w whole numbers.

    Row (yi - yj + h - 1) · (2w - 1) + (xi - xj + w - 1) for positions i and j, i the slower. Source: Liu et al., Swin Transformer, 2021;
    torchvision's `relative_position_index`.
    """

    name: ClassVar[str] = "rel_pos_index"
    source: ClassVar[str] = "torchvision.models.swin_transformer.ShiftedWindowAttention"
    code: ClassVar[str] = (
        "(torch.add(torch.arange(h)[:, None] * (2 * w - 1), torch.arange(w)).reshape(-1, 1)"
        " + torch.add(torch.arange(h - 1, -1, -1)[:, None] * (2 * w - 1), torch.arange(w - 1, -1, -1)).flatten()).flatten()"
    )
    example: ClassVar[str] = "rel_pos_index(3, 2)"
    creates: ClassVar[bool] = True
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

    name: ClassVar[str] = "tril"
    source: ClassVar[str] = "torch.tril"
    code: ClassVar[str] = "torch.tril(x, diagonal=diagonal)"
    example: ClassVar[str] = "tril(ones(4, 4))"


class Triu(Triangle):
    """The matrix above and on a diagonal, 0 below."""

    name: ClassVar[str] = "triu"
    source: ClassVar[str] = "torch.triu"
    code: ClassVar[str] = "torch.triu(x, diagonal=diagonal)"
    example: ClassVar[str] = "triu(ones(4, 4), 1)"


class OneHot(Function):
    """A new last axis with a 1 at the class that x names, a whole number below `num_classes`, and 0 elsewhere."""

    name: ClassVar[str] = "one_hot"
    source: ClassVar[str] = "torch.nn.functional.one_hot"
    code: ClassVar[str] = "F.one_hot(x, num_classes)"
    example: ClassVar[str] = "one_hot(arange(4), 6)"
    x: Tensor
    num_classes: Count

    def infer(self) -> Shape:
        return self.x.with_dims((*self.x.dims, self.num_classes))
