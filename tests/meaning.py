"""What a graph is, as data that can be compared: all but where and how its spec is written."""

from __future__ import annotations

from typing import Any

from archdsl.functions.base import Function
from archdsl.graph import Call, Graph, Level, Module, Output, Value


def meaning(graph: Graph) -> tuple[Any, ...]:
    """Equal for two graphs with the same levels, operations, keys, labels, tensors, first values and outputs, in the same order."""
    reading = _Reading()
    root = reading.level(graph.root)
    outputs = [reading.output(output) for output in (graph.eval, graph.train)]
    return graph.name, graph.description, graph.source, root, outputs, dict(graph.inits), list(graph.inits), graph.sized is None


class _Reading:
    """Numbers values and levels in the order in which they are met."""

    def __init__(self) -> None:
        self.values: dict[Value, int] = {}
        self.levels: dict[Level, int] = {}

    def level(self, level: Level) -> Any:
        if level in self.levels:
            return self.levels[level]
        self.levels[level] = len(self.levels)
        return (
            level.block,
            self.all(level.inputs),
            [(key, self.target(child)) for key, child in level.children.items()],
            [(key, d.spec, self.value(d.value), [self.call(call) for call in d.formula]) for key, d in level.tensors.items()],
            [self.call(call) for call in level.calls],
            self.all(level.outputs),
            {label: self.value(value) for label, value in level.labels.items()},
            {key: dict(inits) for key, inits in level.inits.items()},
        )

    def target(self, target: Module | Level | Function) -> Any:
        if isinstance(target, Level):
            return self.level(target)
        return (target.op, target.inputs, target.outputs) if isinstance(target, Module) else target

    def call(self, call: Call) -> Any:
        batch = None if call.batch is None else self.value(call.batch)
        return call.name, call.reused, self.target(call.target), self.all(call.inputs), self.all(call.outputs), batch

    def value(self, value: Value) -> Any:
        return self.values.setdefault(value, len(self.values)), value.shape

    def all(self, values: tuple[Value, ...]) -> list[Any]:
        return [self.value(value) for value in values]

    def output(self, output: Output) -> Any:
        named = output.items() if isinstance(output, dict) else enumerate((output,) if isinstance(output, Value) else output)
        return type(output), [(key, self.value(value)) for key, value in named]
