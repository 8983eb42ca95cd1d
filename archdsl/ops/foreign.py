"""Any other layer of torch.nn, by its own name and arguments."""

import re
from collections.abc import Iterable
from functools import lru_cache
from types import ModuleType
from typing import Any, NoReturn, cast

from pydantic import ConfigDict

from archdsl.diagnostics import Refused
from archdsl.diagnostics.suggest import nearest
from archdsl.ops.base import Example, Init, Op, Recipe, TensorSpec, arity
from archdsl.ops.checks import PROBE, TORCH, axes_text
from archdsl.ops.sums import Sums
from archdsl.ops.types import Count, Kind, Literals, LiteralValue, Pattern
from archdsl.shapes import Batch, Dim, Shape

RECURRENT = ("RNN", "LSTM", "GRU")
"""layers that give their output and a state"""
REAL = "if it needs real numbers to run, give `shape=` without the batch"
WITHHELD = ("device", "dtype")

Arguments = tuple[tuple[str, LiteralValue], ...]


class Torch(Op):
    """A layer of torch.nn that has no operation of its own. Its shape is found by running it on the meta device, or is given as `shape`.

    Layers of several tensors (`Bilinear`, `CosineSimilarity`) take them in torch's order. Of recurrent layers the output flows on, the
    state is dropped.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, LiteralValue]

    name, family, source = "torch", "formula", "torch.nn"
    further = Kind.LITERAL
    probes = True
    examples = (
        Example("torch GELU approximate=tanh", (8, 4, 4), (8, 4, 4)),
        Example("torch Hardtanh -2 2", (8,), (8,)),
        Example("torch Unfold kernel_size=2 stride=2", (3, 8, 8), (12, 16)),
    )

    layer: Pattern
    """name of the class in torch.nn"""
    arguments: Literals = ()
    """its positional arguments, in torch's order; named ones stand under torch's names"""
    shape: tuple[Count, ...] | None = None
    """what it gives for one example, where torch is not installed or cannot tell without running on real numbers"""

    def _keywords(self) -> Arguments:
        return tuple((self.model_extra or {}).items())

    def _checked(self) -> None:
        """Refuses what is no plain name of a class, or an argument that is torch's own business."""
        if not (self.layer.isascii() and self.layer.isidentifier()):
            raise Refused(TORCH, f"`torch` takes the plain name of a layer class of torch.nn, found `{self.layer[:40]}`", argument="layer")
        withheld = next((name for name, _ in self._keywords() if name in WITHHELD or name.startswith("_")), None)
        if withheld is not None:
            raise Refused(TORCH, f"`{withheld}` is no argument of a spec", argument=withheld)

    def results(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        if not inputs:
            arity(inputs, self.name, 1)
        self._checked()
        x = inputs[0]
        if self.layer in RECURRENT and x.batched and (x.rank != 3 or not dict(self._keywords()).get("batch_first")):
            said = f"`{self.layer}` would read {axes_text(x)} with the batch as its steps"
            raise Refused(TORCH, said, help="give it steps and features, and write `batch_first=true`", argument="layer")
        if self.shape is not None:
            return (_result(x, (x.dims[0], *self.shape) if x.batched else self.shape),)
        return (_result(x, _ran(self.layer, self.arguments, self._keywords(), tuple(i.dims for i in inputs))[0]),)

    def declared(self, inputs: tuple[Shape, ...]) -> tuple[TensorSpec, ...]:
        self._checked()
        return _tensors(self.layer, self.arguments, self._keywords(), needed=self.shape is None)

    def multiplications(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        given = tuple(i.dims for i in inputs)
        return 0 if self.shape is not None else _ran(self.layer, self.arguments, self._keywords(), given)[1]

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        said = "torch gives" if self.shape is None else "shape"
        sizes = {axis: f"{said} = {size}" for axis, size in enumerate(outputs[0].dims) if isinstance(size, int)}
        macs = self.multiplications(inputs, outputs)
        return Sums(sizes if outputs[0].dims != inputs[0].dims else {}, f"torch counts = {macs}" if macs else "")

    def module(self, inputs: tuple[Shape, ...]) -> Recipe:
        self._checked()
        return Recipe(f"torch.nn.{self.layer}", self.arguments, self._keywords())

    def forward(self, inputs: tuple[Shape, ...]) -> str:
        call = super().forward(inputs)
        return f"{call}[0]" if self.layer in RECURRENT else call

    def says(self, axes: int = 2) -> str:
        return " ".join(("torch", self.layer, *map(str, self.arguments), *(f"{n}={v}" for n, v in self._keywords())))


def _result(x: Shape, dims: tuple[Dim, ...]) -> Shape:
    return Shape(dims, x.order if dims == x.dims else None if len(dims) <= 2 else ())


def _probe() -> ModuleType | None:
    """What asks torch, where torch is installed; it is loaded at the first layer that needs it."""
    try:
        from archdsl.runtime import probe
    except ImportError:
        return None
    return probe


@lru_cache(maxsize=256)
def _made(layer: str, args: tuple[LiteralValue, ...], kwargs: Arguments) -> Any:
    probe = _probe()
    if probe is None:
        raise Refused(PROBE, f"only torch knows the shape that `{layer}` gives", help="install torch, or give `shape=` without the batch")
    try:
        return probe.make(layer, args, dict(kwargs))
    except probe.NotMade as error:
        _refuse(str(error), layer, error.names, [name for name, _ in kwargs])


def _refuse(message: str, layer: str, names: tuple[str, ...], keywords: Iterable[str]) -> NoReturn:
    wrong = next((word for word in keywords if word not in names), None)
    found = nearest(layer if layer not in names and wrong is None else wrong or layer, names)
    hint = f"did you mean `{found}`?" if found and found != layer else None
    said = f"it has no argument `{wrong}`" if wrong and layer not in names else re.sub(r"^\w+\.__init__\(\) ", "", message)
    raise Refused(TORCH, f"torch.nn.{layer}: {said}", help=hint or (wrong and f"it takes {', '.join(names)}"), argument=wrong or "layer")


def _tensors(layer: str, args: tuple[LiteralValue, ...], kwargs: Arguments, needed: bool) -> tuple[TensorSpec, ...]:
    probe = _probe()
    if probe is None and not needed:
        return ()
    module = _made(layer, args, kwargs)
    found = cast(ModuleType, probe).tensors(module)
    call = repr((args, dict(kwargs)))
    return tuple(TensorSpec(t.name, t.shape, _as_made(layer, call, t.name), t.buffer, t.dtype, t.persistent) for t in found)


def _as_made(layer: str, call: str, tensor: str) -> Init:
    """The first values that torch's own constructor gives, since no initialiser is known."""
    return Init("as_made", (("layer", layer), ("call", call), ("tensor", tensor)))


@lru_cache(maxsize=1024)
def _ran(
    layer: str, args: tuple[LiteralValue, ...], kwargs: Arguments, inputs: tuple[tuple[Dim, ...], ...]
) -> tuple[tuple[Dim, ...], int]:
    """Axes of the result and multiply-accumulates for one example: two batches are tried, and the axis that differs is the batch."""
    module = _made(layer, args, kwargs)
    (few, cost), (more, higher) = (_tried(layer, module, inputs, examples) for examples in (2, 3))
    if any(a != b and 3 * a != 2 * b for a, b in zip(few, more, strict=True)):
        raise Refused(PROBE, f"torch.nn.{layer} adds to the batch: 2 examples give {list(few)}, 3 give {list(more)}", argument="layer")
    batched = any(isinstance(d, Batch) for dims in inputs for d in dims)
    sizes = tuple(Batch(b - a) if a != b else a for a, b in zip(few, more, strict=True))
    return sizes, (higher - cost if batched else cost) // 2


def _tried(layer: str, module: Any, inputs: tuple[tuple[Dim, ...], ...], examples: int) -> tuple[tuple[int, ...], int]:
    probe = cast(ModuleType, _probe())
    sizes = [tuple(d.factor * examples if isinstance(d, Batch) else d for d in dims) for dims in inputs]
    try:
        return cast(tuple[tuple[int, ...], int], probe.run(module, *sizes))
    except probe.NotMade as error:
        shown = " and ".join(str(list(size)) for size in sizes)
        said = f"torch.nn.{layer} does not take {shown}, a batch of {examples}: {error}"
        raise Refused(PROBE, said, help=REAL, argument="layer") from error
