"""Indexing: `x[:, 0]`, `x[..., 0::2, :]`, `x[:, None]`, `table[index]`."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.rules import one_batch
from archdsl.ops.base import Dtype
from archdsl.ops.types import Instance, Tensor
from archdsl.shapes import Batch, Dim, Shape


@dataclass(frozen=True, slots=True)
class Slice:
    """`start:stop:step`; all of an axis where nothing is written."""

    start: int | None = None
    stop: int | None = None
    step: int | None = None

    def __str__(self) -> str:
        ends = f"{'' if self.start is None else self.start}:{'' if self.stop is None else self.stop}"
        return ends if self.step is None else f"{ends}:{self.step}"


class GetItem(Function):
    """Part of a tensor. `index` has an entry for each thing between the brackets: a number, a `Slice`, `None` for a new axis, "..." for the
    axes not named, or "at" for the whole numbers of the tensor `at`, whose axes take the place of the one looked up.
    Raises AD3156 for too many entries, AD3157 outside the axis, AD3151 for a part of the batch.

    >>> str(GetItem(x=Shape.example(3, 8, 8), index=("...", Slice(0, None, 2))).infer())
    '3×8×4'
    """

    name = "[]"
    source = "torch.Tensor.__getitem__"
    code = "x[index]"
    example = "x[:, None, 0, ..., 1:8:2]"
    x: Tensor
    index: tuple[int | Annotated[Slice, Instance] | Literal["...", "at"] | None, ...]
    at: Tensor | None = None

    def dtype(self, given: tuple[Dtype, ...]) -> Dtype:
        return given[0]

    @classmethod
    def of(cls, x: Shape, index: Any) -> Self:
        """From what stands between the brackets: numbers, slices (Python's too), `None`, `...` and at most one tensor. Raises AD1455."""
        entries, tensors = index if isinstance(index, tuple) else (index,), []
        found: list[int | Slice | str | None] = []
        for entry in entries:
            if isinstance(entry, Shape):
                tensors.append(entry)
            found.append(_entry(entry))
        if len(tensors) > 1:
            raise Refused("AD1455", f"an index holds one tensor at most, found {len(tensors)}", argument="index")
        return cls.model_validate({"x": x, "index": tuple(found), "at": tensors[0] if tensors else None})

    def infer(self) -> Shape:
        x, entries = self.x, self._full()
        dims: list[Dim] = []
        axis = 0
        for entry in entries:
            dims += (1,) if entry is None else self._read(axis, entry)
            axis += entry is not None
        plain = all(isinstance(e, Slice) for e in entries)
        return x.with_dims(one_batch(dims), x.order if plain else ())

    def _full(self) -> list[int | Slice | str | None]:
        """The entries with "..." and what is left out at the end written as slices."""
        named = sum(e not in (None, "...") for e in self.index)
        if self.index.count("...") > 1:
            raise Refused("AD1455", "an index holds one `...` at most", argument="index")
        if named > self.x.rank:
            said = f"{self.x} has {self.x.rank} axes, the batch counted; the index names {named}"
            raise Refused("AD3156", said, argument="index")
        rest = [Slice()] * (self.x.rank - named)
        at = self.index.index("...") if "..." in self.index else len(self.index)
        return [*self.index[:at], *rest, *self.index[at + 1 :]]

    def _read(self, axis: int, entry: int | Slice | str) -> tuple[Dim, ...]:
        size = self.x.dims[axis]
        if entry == Slice():
            return (size,)
        if isinstance(size, Batch):
            said = f"axis {axis} of {self.x} is the batch: an example cannot see the others"
            raise Refused("AD3151", said, help="write `:` for the batch, as in `x[:, 0]`", argument="index")
        if isinstance(entry, Slice):
            return (_length(entry, axis, size),)
        if isinstance(entry, int) and not -size <= entry < size:
            raise Refused("AD3157", f"axis {axis} of {self.x} has {size} positions, no {entry}", argument="index")
        return self.at.dims if entry == "at" and self.at is not None else ()

    def says(self) -> str:
        return self._brackets()

    def python(self) -> str:
        return f"x{self._brackets()}"

    def _brackets(self) -> str:
        return f"[{', '.join(map(str, self.index))}]"


def _entry(entry: Any) -> int | Slice | str | None:
    if isinstance(entry, Shape):
        return "at"
    if isinstance(entry, slice):
        return Slice(entry.start, entry.stop, entry.step)
    if entry is Ellipsis:
        return "..."
    if entry is None or isinstance(entry, Slice) or (isinstance(entry, int) and not isinstance(entry, bool)):
        return entry
    raise Refused("AD1455", f"an index holds whole numbers, slices, `none`, `...` or a tensor; found {entry!r}", argument="index")


def _length(part: Slice, axis: int, size: int) -> int:
    ends = (part.start, part.stop, part.step)
    if not all(e is None or isinstance(e, int) for e in ends) or (part.step is not None and part.step < 1):
        raise Refused("AD1455", f"`{part}`: a slice has whole numbers, and a step of at least 1", argument="index")
    length = len(range(*slice(*ends).indices(size)))
    if length < 1:
        raise Refused("AD3157", f"`{part}` leaves nothing of axis {axis}, which has {size}", argument="index")
    return length
