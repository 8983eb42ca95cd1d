"""What a network costs for one example: parameters, multiply-accumulates, and bytes of the activations it makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from archdsl.functions.base import Function
from archdsl.graph import Call, Graph, Level, Module, Value, live, values

BYTES = 4
"""of one element, a float32"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Parameters (each once), multiply-accumulates and activation bytes (of every call that runs) for one example."""

    parameters: int = 0
    macs: int = 0
    activation_bytes: int = 0


class Costs:
    """The costs of a graph. Equal levels are one object, whose cost is added up once.

    `total` is what eval runs; its parameters are those of the whole network, also of parts that run in training only.
    """

    def __init__(self, graph: Graph) -> None:
        self._levels: dict[Level, Cost] = {}
        self.running = live(graph.root.calls, values(graph.eval))
        """the calls of the root that eval needs"""
        ran = _added(self.of(call) for call in graph.root.calls if call in self.running)
        self.total = Cost(graph.parameters, ran.macs, ran.activation_bytes)

    def of(self, call: Call) -> Cost:
        """Cost of one call. A module that runs again counts its parameters no second time."""
        cost = self._target(call.target, call.outputs)
        return Cost(0, cost.macs, cost.activation_bytes) if call.reused else cost

    def _target(self, target: Module | Level | Function, outputs: tuple[Value, ...]) -> Cost:
        made = BYTES * sum(value.shape.numel for value in outputs)
        if isinstance(target, Module):
            return Cost(target.parameters, target.macs, made)
        if isinstance(target, Function):
            return Cost(0, target.macs(tuple(value.shape for value in outputs)), made)
        if target not in self._levels:
            self._levels[target] = self._level(target)
        return self._levels[target]

    def _level(self, level: Level) -> Cost:
        running = live(level.calls, level.outputs)
        ran = _added(self.of(call) for call in level.calls if call in running)
        return Cost(level.parameters, ran.macs, ran.activation_bytes)


_known: WeakKeyDictionary[Graph, Costs] = WeakKeyDictionary()
"""costs of the graphs that are alive: `expect`, table and drawing all ask for them"""


def costs(graph: Graph) -> Costs:
    """What the network and each of its calls cost.

    Operations and functions count their own multiply-accumulates; sums, activations and norms count none, as in torch's FlopCounterMode.
    """
    found = _known.get(graph)
    if found is None:
        found = _known[graph] = Costs(graph)
    return found


def _added(parts: Iterable[Cost]) -> Cost:
    found = list(parts)
    return Cost(sum(c.parameters for c in found), sum(c.macs for c in found), sum(c.activation_bytes for c in found))
