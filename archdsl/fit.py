"""The search for settings of a spec's own parameters that meet a budget, by the cost model alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from archdsl.analyses.costs import Cost, costs
from archdsl.diagnostics import Diagnostic
from archdsl.elaborate.network import elaborate
from archdsl.elaborate.parameters import parameters
from archdsl.graph import Graph, values
from archdsl.language import nodes
from archdsl.language.expressions import scalar_value
from archdsl.language.merge import settings_in_order
from archdsl.language.nodes import Node, Scalar
from archdsl.pipeline import Outcome
from archdsl.request import settings_of_values

Number = int | float
Setting = Number | list[int]
SPREAD = 8
"""how much larger or smaller than the spec's own value a knob may become, unless its range is given"""
NEAR = 0.95
"""part of the budget from which a candidate counts as meeting it"""


@dataclass(frozen=True)
class Knob:
    """A parameter and the values that are tried, from small to large; `own` is the spec's."""

    name: str
    own: Setting
    values: tuple[Setting, ...]


@dataclass(frozen=True)
class Candidate:
    """Settings, what their network costs for one example, and how far they are from the spec's own: the root of the sum of squares of each
    knob's ratio, in octaves."""

    settings: Mapping[str, Setting]
    cost: Cost
    distance: float


@dataclass(frozen=True)
class Budget:
    """What a network may cost at most: multiply-accumulates of one example, parameters, and bytes of both parameters and activations of one
    example in float32."""

    macs: int | None = None
    params: int | None = None
    memory: int | None = None

    def share(self, cost: Cost) -> float:
        """How much of the budget a cost takes; over 1 is too much."""
        memory = 4 * cost.parameters + cost.activation_bytes
        pairs = ((cost.macs, self.macs), (cost.parameters, self.params), (memory, self.memory))
        return max(found / most for found, most in pairs if most is not None)


@dataclass
class Search:
    """A search over the grid of all knobs' values. `tried` counts the networks that were elaborated, `grid` the candidates they stand for.

    Along the finest knob costs are taken to grow with its value, so that a bisection finds the largest within the budget; whatever is
    returned was itself elaborated and counted.
    """

    outcome: Outcome
    budget: Budget
    knobs: tuple[Knob, ...]
    tried: int = 0
    known: dict[tuple[int, ...], Cost | None] = field(default_factory=dict)

    @property
    def grid(self) -> int:
        return math.prod(len(knob.values) for knob in self.knobs)

    def candidates(self) -> list[Candidate]:
        """The largest within the budget for every choice of the other knobs: those near the budget first, then by distance."""
        *others, _ = self.knobs
        found = [best for choice in product(*(range(len(knob.values)) for knob in others)) if (best := self._largest(choice)) is not None]
        distinct = {tuple(map(str, c.settings.values())): c for c in found}
        return sorted(distinct.values(), key=lambda c: (self._miss(c), c.distance))

    def _miss(self, candidate: Candidate) -> float:
        share = self.budget.share(candidate.cost)
        return 0.0 if share >= NEAR else 1 - share

    def _largest(self, choice: tuple[int, ...]) -> Candidate | None:
        low, high, best = 0, len(self.knobs[-1].values) - 1, None
        while low <= high:
            at, cost = self._next(choice, low, (low + high) // 2)
            if cost is None:
                low = (low + high) // 2 + 1
            elif self.budget.share(cost) <= 1:
                best, low = self._candidate((*choice, at), cost), (low + high) // 2 + 1
            else:
                high = at - 1
        return best

    def _next(self, choice: tuple[int, ...], low: int, at: int) -> tuple[int, Cost | None]:
        """The first of the values at and below a place that makes a network."""
        for i in range(at, low - 1, -1):
            cost = self.cost((*choice, i))
            if cost is not None:
                return i, cost
        return low, None

    def _candidate(self, places: tuple[int, ...], cost: Cost) -> Candidate:
        chosen = {knob.name: knob.values[i] for knob, i in zip(self.knobs, places, strict=True)}
        steps = (math.log2(_size(chosen[knob.name]) / _size(knob.own)) for knob in self.knobs)
        return Candidate(chosen, cost, math.sqrt(sum(step * step for step in steps)))

    def cost(self, places: tuple[int, ...]) -> Cost | None:
        """What the network of a candidate costs, `None` where its spec has errors."""
        if places not in self.known:
            self.tried += 1
            graph = _graph(self.outcome, {knob.name: knob.values[i] for knob, i in zip(self.knobs, places, strict=True)})
            self.known[places] = None if graph is None else costs(graph).total
        return self.known[places]


def search(outcome: Outcome, budget: Budget, ranges: Mapping[str, tuple[Number, Number] | None], candidates: int) -> Search:
    """A search over the knobs of a checked spec: those of `ranges`, or all that change the cost and nothing of what flows in and out.

    Raises `ValueError` for a parameter that is none or holds no number, and where no knob is left.
    """
    own = dict(_numbers(outcome))
    for name in ranges:
        if name not in own:
            there = f"those with numbers are {', '.join(own)}" if own else "none of them holds a number"
            raise ValueError(f"`{name}` is no parameter that can be varied: {there}")
    wanted = ranges or dict.fromkeys(own)
    kept = [name for name in wanted if ranges or _matters(outcome, name, own[name])]
    if not kept:
        raise ValueError("no parameter of this spec changes what its network costs and leaves its outputs as they are")
    each = max(3, int(candidates ** (1 / len(kept))))
    grids = [Knob(name, own[name], tuple(_values(own[name], wanted[name], each))) for name in kept]
    return Search(outcome, budget, tuple(sorted(grids, key=lambda knob: len(knob.values))))


def _numbers(outcome: Outcome) -> Iterator[tuple[str, Setting]]:
    """The parameters that hold a number or a list of whole numbers, with their values."""
    assert outcome.document is not None
    assert outcome.request is not None
    given = settings_in_order(outcome.document, outcome.request.settings)
    for parameter in parameters(outcome.document.main.params):
        node = given[parameter.name][1] if parameter.name in given else parameter.default
        found = _number(node)
        if found is not None:
            yield parameter.name, found


def _number(node: Node | None) -> Setting | None:
    if isinstance(node, nodes.Sequence):
        items = [_number(item) for item in node.items]
        return [item for item in items if isinstance(item, int)] if items and all(isinstance(item, int) for item in items) else None
    if not isinstance(node, Scalar) or node.quoted:
        return None
    found = scalar_value(node.text)
    return found if isinstance(found, int | float) and not isinstance(found, bool) and found > 0 else None


def _matters(outcome: Outcome, name: str, own: Setting) -> bool:
    """Whether a parameter changes the cost of the network, and not the shapes of its inputs and outputs."""
    assert outcome.graph is not None
    before = costs(outcome.graph).total
    for value in _values(own, None, 5):
        graph = None if value == own else _graph(outcome, {name: value})
        if graph is not None:
            return _outside(graph) == _outside(outcome.graph) and costs(graph).total != before
    return False


def _outside(graph: Graph) -> list[object]:
    return [*graph.inputs.values(), *(value.shape for value in values(graph.eval))]


def _graph(outcome: Outcome, settings: Mapping[str, object]) -> Graph | None:
    request, document = outcome.request, outcome.document
    assert request is not None
    assert document is not None
    found: list[Diagnostic] = []
    given = {**(request.settings or {}), **settings_of_values(settings)}
    graph = elaborate(document, request.limits, found.append, settings=given, input=request.input)
    return None if any(fault.severity == "error" for fault in found) else graph


def _values(own: Setting, limits: tuple[Number, Number] | None, count: int) -> Iterator[Setting]:
    """Values around the spec's own, in equal ratios, from small to large; whole numbers keep the power of two, up to 8, that they hold."""
    if isinstance(own, list):
        factors = _ratios(1.0, limits or (1 / 4, 4), count)
        seen = {tuple(max(1, round(item * factor)) for item in own): None for factor in factors}
        yield from (list(items) for items in seen)
        return
    low, high = limits or (own / SPREAD, own * SPREAD)
    if isinstance(own, float):
        yield from sorted({float(f"{value:.3g}") for value in _ratios(own, (low, high), count)})
        return
    unit = math.gcd(own, 8)
    yield from sorted({max(unit if low >= unit else 1, round(value / unit) * unit) for value in _ratios(own, (low, high), count)})


def _ratios(own: float, limits: tuple[Number, Number], count: int) -> list[float]:
    low, high = limits
    steps = max(2, count)
    inner = [low * (high / low) ** (i / (steps - 1)) for i in range(steps)]
    return sorted({*inner, own} if low <= own <= high else inner)


def _size(setting: Setting) -> float:
    return sum(setting) if isinstance(setting, list) else setting
