"""How one layer or level comes about: its shapes, parameters and multiply-accumulates as sums, and the places that set them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archdsl.analyses.costs import Cost, costs
from archdsl.analyses.naming import says, title_of
from archdsl.analyses.paths import Found, Step, find
from archdsl.analyses.settings import settings
from archdsl.diagnostics import Label, Span
from archdsl.elaborate.trace import Trace
from archdsl.functions.base import Function
from archdsl.graph import Call, Graph, Level, Module, Value, live, values
from archdsl.language.nodes import Scalar
from archdsl.ops.base import TensorSpec
from archdsl.ops.sums import equation
from archdsl.shapes import SPATIAL_NAMES, Shape

TOKENS = (0, 2, 1)
"""the order of (batch, length, channels)"""


@dataclass(frozen=True, slots=True)
class Part:
    """One call of a level: its key (functions have none), what it says, what it gives and costs."""

    name: str
    operation: str
    gives: str
    cost: Cost


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is to say of a path. `sizes` are sums by the name of their axis, `tensors` those of a layer, `parts` the calls of a level.

    `macs` is the sum of the multiply-accumulates of a layer. `place` is where it is written, `labels` what else set its numbers.
    """

    path: str
    title: str
    takes: tuple[tuple[str, str], ...] = ()
    """each tensor that flows in, and what gives it"""
    gives: tuple[str, ...] = ()
    sizes: tuple[tuple[str, str], ...] = ()
    tensors: tuple[TensorSpec, ...] = ()
    macs: str = ""
    cost: Cost = field(default_factory=Cost)
    parts: tuple[Part, ...] = ()
    place: Span | None = None
    labels: tuple[Label, ...] = ()
    note: str = ""


def explain(graph: Graph, trace: Trace, path: str, variant: Scalar | None = None) -> Explanation:
    """What is to be said of a layer, a level or a label, by its path; of the whole network for "". `variant` is the one that was chosen.

    Raises `NotThere` with the nearest path for one that is none.
    """
    if not path:
        return _root(graph)
    found = find(graph.root, path)
    if isinstance(found.target, TensorSpec):
        return _tensor(found, found.target)
    if not found.runs:
        return _registered(found)
    call = found.steps[-1].call
    return Explanation(
        found.path,
        _says(call.target),
        tuple((str(value.shape), _giver(found.steps, value)) for value in dict.fromkeys(call.inputs)),
        tuple(str(value.shape) for value in call.outputs),
        tuple(_sizes(call)),
        call.target.tensors if isinstance(call.target, Module) else (),
        call.sums().macs,
        costs(graph).of(call),
        tuple(_parts(graph, call.target)) if isinstance(call.target, Level) else (),
        call.span,
        (*settings(found.steps, trace), *(() if variant is None else (Label(variant.span, "the variant"),))),
        _idle(graph, found.steps),
    )


def _root(graph: Graph) -> Explanation:
    takes = tuple((str(value.shape), "the network's input") for value in graph.root.inputs)
    gives = tuple(str(value.shape) for value in values(graph.eval))
    parts = tuple(_parts(graph, graph.root))
    return Explanation(graph.name, graph.description, takes, gives, cost=costs(graph).total, parts=parts)


def _registered(found: Found) -> Explanation:
    """A module that no call runs."""
    assert isinstance(found.target, Module | Level)
    tensors = found.target.tensors if isinstance(found.target, Module) else ()
    return Explanation(found.path, _says(found.target), tensors=tensors, cost=Cost(found.target.parameters), note="not run")


def _idle(graph: Graph, steps: tuple[Step, ...]) -> str:
    """Whether a call is left out: of eval, or of training too."""
    if all(step.call in _running(graph, step.level) for step in steps):
        return ""
    root = steps[0].call in live(graph.root.calls, values(graph.train))
    return "training only" if root and all(step.call in _running(graph, step.level) for step in steps[1:]) else "not run"


def _running(graph: Graph, level: Level) -> frozenset[Call]:
    """The calls of a level that its outputs need."""
    return costs(graph).running if level is graph.root else live(level.calls, level.outputs)


def _tensor(found: Found, spec: TensorSpec) -> Explanation:
    cost = Cost(0 if spec.buffer else Shape(spec.shape).numel)
    title = "a buffer" if spec.buffer else "a parameter"
    return Explanation(found.path, title, gives=(str(Shape(spec.shape)),), tensors=(spec,), cost=cost, place=found.place)


def _says(target: Module | Level | Function) -> str:
    if not isinstance(target, Level):
        return says(target)
    title, times = title_of(target)
    return f"{title} ×{times}" if times > 1 else title


def _sizes(call: Call) -> Iterator[tuple[str, str]]:
    """Each axis of the first result, its sum, or that it stays."""
    if isinstance(call.target, Level):
        return
    y = call.outputs[0].shape
    sums = call.sums().sizes
    for axis, name in axis_names(y).items():
        size = y.dims[axis]
        assert isinstance(size, int)
        if axis in sums:
            yield name, equation(sums[axis], size)
        elif call.inputs and call.inputs[0].shape.dims[axis : axis + 1] == (size,):
            yield name, f"{size}, as it flows in"


def axis_names(shape: Shape) -> dict[int, str]:
    """What the axes of a tensor are called, but for the batch; those of a row of tokens too.

    >>> axis_names(Shape.example(64, 56, 56))
    {1: 'channels', 2: 'height', 3: 'width'}
    """
    sized = [axis for axis, size in enumerate(shape.dims) if isinstance(size, int)]
    if shape.batched and shape.order == TOKENS:
        return dict(zip(sized, ("length", "features"), strict=True))
    if shape.batched and shape.rank in (3, 4, 5) and shape.order is None:
        return dict(zip(sized, ("channels", *SPATIAL_NAMES[shape.rank - 2]), strict=True))
    names = {axis: f"axis {axis}" for axis in sized}
    return {**names, shape.rank - 1: "features"} if shape.rank - 1 in names else names


def _parts(graph: Graph, level: Level) -> Iterator[Part]:
    table = costs(graph)
    for call in (call for call in level.calls if call in _running(graph, level)):
        gives = ", ".join(str(value.shape) for value in call.outputs)
        yield Part(call.name or "", _says(call.target), gives, table.of(call))


def _giver(steps: tuple[Step, ...], value: Value) -> str:
    """What gives a tensor that flows into the last step: a layer by its path, a function, an input of the network."""
    for depth in range(len(steps) - 1, -1, -1):
        step = steps[depth]
        call = next((call for call in step.level.calls if value in call.outputs), None)
        if call is not None:
            around = "".join(f"{outer.call.name}." for outer in steps[:depth])
            inside = f" in `{around[:-1]}`" if around else ""
            return f"from `{around}{call.name}`" if call.name else f"from `{_says(call.target)}`{inside}"
        if value not in step.level.inputs:
            return f"the tensor `{value.name}`"
        if depth:
            value = steps[depth - 1].call.inputs[step.level.inputs.index(value)]
    return "the network's input"
