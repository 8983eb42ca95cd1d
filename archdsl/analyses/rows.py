"""The lines of a table of layers: what runs, in order, with its shape, costs and receptive field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archdsl.analyses.alike import Alike
from archdsl.analyses.costs import Cost, Costs, costs
from archdsl.analyses.naming import says, span_of_names, title_of
from archdsl.analyses.receptive import Field, Receptive, start
from archdsl.functions.base import Function
from archdsl.graph import Call, Graph, Level, Module, Value, live, values

Fields = dict[Value, Field | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One call, or several as one. Functions have no path; `depth` counts the levels around; a `field` of `all` is the whole input."""

    path: str
    name: str
    depth: int
    operation: str
    output: str
    cost: Cost
    field: str
    times: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """A table: the lines, and the totals of what eval runs."""

    graph: Graph
    lines: tuple[Line, ...]
    total: Cost


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    depth: int
    idle: bool
    """whether eval does not run it"""

    def child(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def summary(graph: Graph, depth: int | None = None, *, fold: bool = True) -> Summary:
    """The lines of a graph. Levels at `depth` are one line (1: those of the root); `None` shows all.

    With `fold`, alike levels that follow each other are one line behind the first, and so are functions in a row.
    """
    table = costs(graph)
    walk = _Walk(table, depth, fold)
    lines = walk.level(graph.root, _Place("", 0, False), start(graph), table.running, live(graph.root.calls, values(graph.train)))
    return Summary(graph, tuple(lines), table.total)


class _Walk:
    def __init__(self, table: Costs, depth: int | None, fold: bool) -> None:
        self.table, self.depth, self.fold = table, depth, fold
        self.alike, self.receptive = Alike(), Receptive()

    def level(
        self,
        level: Level,
        place: _Place,
        inputs: tuple[Field | None, ...],
        running: frozenset[Call],
        learning: frozenset[Call] = frozenset(),
    ) -> Iterator[Line]:
        """The lines of a level's calls: those that run, those that training alone runs, then children that nothing runs."""
        fields = self.receptive.level(level, inputs) if len(inputs) == len(level.inputs) else {}
        yield from self.calls([c for c in level.calls if c in running], place, fields)
        yield from self.calls([c for c in level.calls if c in learning and c not in running], replace(place, idle=True), fields)
        reached = {call.name for call in level.calls if call in running or call in learning}
        for name, child in level.children.items():
            if name not in reached:
                operation = says(child) if isinstance(child, Module) else title_of(child)[0]
                yield Line(place.child(name), name, place.depth, operation, "", Cost(child.parameters), "", note="not run")

    def calls(self, calls: Sequence[Call], place: _Place, fields: Fields) -> Iterator[Line]:
        for group in self.groups(calls):
            first, target = group[0], group[0].target
            if not isinstance(target, Level) or self.folded(place):
                yield self.line(group, place, fields)
                continue
            yield self.line(group[:1], place, fields)
            inner = _Place(place.child(str(first.name)), place.depth + 1, place.idle)
            inputs = tuple(fields.get(value) for value in first.inputs)
            yield from self.level(target, inner, inputs, live(target.calls, target.outputs))
            if len(group) > 1:
                yield self.line(group[1:], place, fields)

    def folded(self, place: _Place) -> bool:
        return self.depth is not None and place.depth + 1 >= self.depth

    def groups(self, calls: Sequence[Call]) -> Iterator[list[Call]]:
        """Calls one by one, but alike levels together, and functions."""
        group: list[Call] = []
        for call in calls:
            if group and not (self.fold and self.together(group[-1], call)):
                yield group
                group = []
            group.append(call)
        if group:
            yield group

    def together(self, one: Call, other: Call) -> bool:
        a, b = one.target, other.target
        if isinstance(a, Level) and isinstance(b, Level):
            return one.reused == other.reused and self.alike.number(a) == self.alike.number(b)
        return isinstance(a, Function) and isinstance(b, Function)

    def line(self, group: Sequence[Call], place: _Place, fields: Fields) -> Line:
        first, last = group[0], group[-1]
        name = span_of_names(first.name, last.name) if first.name and last.name else ""
        output = ", ".join(str(value.shape) for value in last.outputs)
        field = fields.get(last.outputs[0]) if last.outputs[0] in fields else ""
        cost = _total([self.cost(call, place) for call in group])
        shown = "all" if field is None else str(field)
        note = "training only" if place.idle else "again" if first.reused else ""
        operation, times = _operation(group)
        return Line(place.child(name) if name else "", name, place.depth, operation, output, cost, shown, times, note)

    def cost(self, call: Call, place: _Place) -> Cost:
        cost = self.table.of(call)
        return Cost(cost.parameters) if place.idle else cost


def _operation(group: Sequence[Call]) -> tuple[str, int]:
    """What a line says, and how many times it stands for that."""
    first = group[0].target
    if isinstance(first, Level):
        title, times = title_of(first)
        return title, times * len(group)
    names = [says(call.target) for call in group if not isinstance(call.target, Level)]
    return ", ".join(names), 1


def _total(parts: Sequence[Cost]) -> Cost:
    return Cost(sum(c.parameters for c in parts), sum(c.macs for c in parts), sum(c.activation_bytes for c in parts))
