"""Where a layer stands in the graph of its network: what the module alone does not tell."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from archdsl.analyses.receptive import Field, Receptive, start
from archdsl.graph import Call, Graph, Level


def straight(graph: Graph | None, layer: str, tensor: Tensor) -> Tensor:
    """What a layer gives with its axes in torch's order, batch, channels, space, where the graph knows of another (as in Swin)."""
    steps = [] if graph is None else list(_way(graph.root, layer))
    order = steps[-1][1].outputs[0].shape.order if steps else None
    if not order or len(order) != tensor.dim():
        return tensor
    return tensor.permute([order.index(axis) for axis in range(len(order))])


def field(graph: Graph, layer: str) -> Field | None:
    """What one position of a layer can see, as the layer runs last; `None` is the whole input."""
    walker, inputs, found = Receptive(), start(graph), None
    for level, call in _way(graph.root, layer):
        fields = walker.level(level, inputs) if len(inputs) == len(level.inputs) else {}
        inputs, found = tuple(fields.get(value) for value in call.inputs), fields.get(call.outputs[0])
    return found


def _way(level: Level, path: str) -> Iterator[tuple[Level, Call]]:
    """The levels and calls that lead to a layer, of each child the last call; nothing behind what the graph does not open."""
    rest: str | None = path
    while rest is not None:
        step = _last(level, rest)
        if step is None:
            return
        call, rest = step
        yield level, call
        if not isinstance(call.target, Level):
            return
        level = call.target


def _last(level: Level, path: str) -> tuple[Call, str | None] | None:
    """The last call of the child that a path begins with, the longest name first, and what is left of the path."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        call = next((call for call in reversed(level.calls) if call.name == name), None)
        if call is not None:
            return call, ".".join(parts[count:]) or None
    return None
