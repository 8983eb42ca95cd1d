"""Which input sizes a network takes, and where it leaves pixels out: found by inferring the shapes at one size after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from archdsl.analyses.receptive import receptive
from archdsl.diagnostics import Diagnostic
from archdsl.elaborate.network import elaborate
from archdsl.graph import Graph, Module, keys, walk
from archdsl.pipeline import Outcome
from archdsl.request import input_of_values
from archdsl.shapes import SPATIAL_NAMES, Shape

FEWEST = 16
"""sizes beyond the smallest that are looked at, whatever the strides"""
PERIODS = 3
"""strides of the network that the sizes looked at span"""


@dataclass(frozen=True)
class Sized:
    """What came of one size: why it was refused, the first parameter whose shape is another, and positions that layers leave out."""

    refused: Diagnostic | None = None
    changed: str | None = None
    unread: Mapping[str, tuple[int, ...]] | None = None


@dataclass(frozen=True)
class Axes:
    """What came of the sizes 1 to `last` of some axes of the inputs, the others being as the spec says."""

    names: tuple[str, ...]
    own: int
    found: Mapping[int, Sized]

    @cached_property
    def last(self) -> int:
        return max(self.found)

    @cached_property
    def accepted(self) -> tuple[int, ...]:
        return tuple(n for n, said in self.found.items() if said.refused is None)

    @cached_property
    def same_weights(self) -> tuple[int, ...]:
        return tuple(n for n in self.accepted if self.found[n].changed is None)

    @cached_property
    def complete(self) -> tuple[int, ...]:
        """Accepted sizes at which every layer reads all positions that it could read."""
        return tuple(n for n in self.accepted if not self.found[n].unread)


def sizes(outcome: Outcome, last: int | None = None) -> Iterator[Axes]:
    """The sizes that a checked spec takes, up to `last` or a few strides of the network; axes of equal size, of all inputs, vary together.

    A spec that reads sizes in expressions is elaborated anew at each, as `archdsl check --input` would.
    """
    graph = outcome.graph
    assert graph is not None
    for own in dict.fromkeys(size for shape in graph.inputs.values() for size in shape.spatial):
        found: dict[int, Sized] = {}
        while len(found) < (last or _enough(graph, found, own)):
            size = len(found) + 1
            found[size] = _at(outcome, graph, {name: _with(shape, own, size) for name, shape in graph.inputs.items()})
        yield Axes(tuple(_named(graph, own)), own, found)


def _named(graph: Graph, own: int) -> Iterator[str]:
    for name, shape in graph.inputs.items():
        words = [word for word, size in zip(SPATIAL_NAMES[len(shape.spatial)], shape.spatial, strict=True) if size == own]
        yield from words if len(graph.inputs) == 1 else (f"{word} of {name}" for word in words)


def _enough(graph: Graph, found: Mapping[int, Sized], own: int) -> int:
    """How many sizes tell what the others do: some strides of the network beyond the smallest that it takes, and beyond its own where the
    parameters follow the size."""
    steps = [ceil(max(field.steps)) for field in receptive(graph).values() if field is not None and field.steps]
    taken = [n for n, said in found.items() if said.refused is None]
    smallest = own if not taken or any(found[n].changed for n in taken) else taken[0]
    return smallest + max(FEWEST, PERIODS * max(steps, default=1))


def _with(shape: Shape, own: int, size: int) -> list[int]:
    """The sizes of an input with another in place of each spatial size `own`."""
    return [*shape.sizes[: shape.rank - 1 - len(shape.spatial)], *(size if before == own else before for before in shape.spatial)]


def _at(outcome: Outcome, graph: Graph, inputs: Mapping[str, list[int]]) -> Sized:
    request, document = outcome.request, outcome.document
    assert request is not None
    assert document is not None
    input = input_of_values(inputs if len(inputs) > 1 else next(iter(inputs.values())))
    found: list[Diagnostic] = []
    there = elaborate(document, request.limits, found.append, settings=request.settings or {}, input=input)
    faults = [fault for fault in found if fault.severity == "error"]
    if there is None or faults:
        return Sized(refused=faults[0])
    return Sized(changed=_changed(graph, there), unread=dict(_unread(there)))


def _changed(one: Graph, other: Graph) -> str | None:
    before = {key: spec.shape for key, spec in keys(one.root) if not spec.buffer}
    after = {key: spec.shape for key, spec in keys(other.root) if not spec.buffer}
    return next((key for key in {**before, **after} if before.get(key) != after.get(key)), None)


def _unread(graph: Graph) -> Iterator[tuple[str, tuple[int, ...]]]:
    for path, module in walk(graph.root):
        if isinstance(module, Module) and any(left := module.op.unread(module.inputs, module.outputs)):
            yield path, left


def spelled(found: Collection[int], last: int) -> str:
    """Sizes between 1 and `last` in words, as they go on behind it if they do.

    >>> spelled(range(7, 65), 64), spelled(range(32, 129, 32), 128), spelled([1, 5, 9], 12), spelled([3, 4, 8], 20)
    ('7 and more', 'multiples of 32', '1, 5, 9, … in steps of 4', '3–4, 8')
    """
    if not found:
        return "none"
    first, *rest = sorted(found)
    step = rest[0] - first if rest else last
    if [*range(first, last + 1, step)] == [first, *rest] and rest:
        if step == 1:
            return "all" if first == 1 else f"{first} and more"
        if first % step == 0:
            return f"multiples of {step}" + (f" from {first}" if first > step else "")
        return f"{first}, {first + step}, {first + 2 * step}, … in steps of {step}"
    return ", ".join(f"{low}–{high}" if high > low else str(low) for low, high in _runs([first, *rest]))


def _runs(found: list[int]) -> Iterator[tuple[int, int]]:
    low = high = found[0]
    for size in found[1:]:
        if size > high + 1:
            yield low, high
            low = size
        high = size
    yield low, high
