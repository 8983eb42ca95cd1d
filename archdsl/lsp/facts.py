"""What is known of each line of a checked spec: for every time that it runs, the shapes in and out, parameters, multiply-accumulates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archdsl.analyses.costs import Costs
from archdsl.diagnostics import Source
from archdsl.functions.base import Function
from archdsl.graph import Graph, Level
from archdsl.shapes import Shape

Facts = dict[tuple[int, int], list["Use"]]
"""by the start and end of what is written, in the order of the network"""


@dataclass(frozen=True, slots=True)
class Use:
    """One layer or function that came of a text, in one variant of the spec. `path` is its key, "" for a function; `times` tells how often
    equal ones run, `level` and `step` where it stands in the network."""

    path: str
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    parameters: int
    macs: int
    times: int
    variant: str = ""
    level: int = 0
    step: int = 0


def facts(graph: Graph, source: Source, variant: str = "") -> Facts:
    """The uses of each text of a source. Equal levels are one object, which counts as often as it runs."""
    costs = Costs(graph)
    found: Facts = {}
    for order, level, prefix, times in _levels(graph):
        for step, call in enumerate(level.calls):
            if call.span.source is not source:
                continue
            cost = costs.of(call)
            path = f"{prefix}{call.name}" if call.name is not None and not isinstance(call.target, Function) else ""
            inputs, outputs = (tuple(value.shape for value in values) for values in (call.inputs, call.outputs))
            use = Use(path, inputs, outputs, cost.parameters, cost.macs, times, variant, order, step)
            found.setdefault((call.span.start, call.span.end), []).append(use)
    return {span: sorted(uses, key=lambda use: use.level) for span, uses in found.items()}


def results(found: Facts, start: int, end: int) -> list[Use]:
    """What a formula between two places gives, each time that it is computed: the last function of each level."""
    last: dict[int, Use] = {}
    for (first, stop), uses in found.items():
        for use in uses if start <= first and stop <= end else ():
            if use.level not in last or use.step > last[use.level].step:
                last[use.level] = use
    return [last[level] for level in sorted(last)]


def _levels(graph: Graph) -> Iterator[tuple[int, Level, str, int]]:
    """Every level once, those around before those within: its place in the order of the network, its first path, how often it runs."""
    order: dict[Level, int] = {}
    paths: dict[Level, str] = {graph.root: ""}
    done: list[Level] = []
    stack: list[tuple[Level, bool]] = [(graph.root, False)]
    while stack:
        level, finished = stack.pop()
        if finished:
            done.append(level)
            continue
        if level in order:
            continue
        order[level] = len(order)
        stack.append((level, True))
        for call in reversed(level.calls):
            if isinstance(call.target, Level) and call.target not in order:
                paths[call.target] = f"{paths[level]}{call.name}."
                stack.append((call.target, False))
    times = dict.fromkeys(order, 0) | {graph.root: 1}
    for level in reversed(done):
        yield order[level], level, paths[level], times[level]
        for call in level.calls:
            if isinstance(call.target, Level):
                times[call.target] += times[level]
