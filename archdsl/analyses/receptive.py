"""The theoretical receptive field: how much of the input one position of a tensor can see.

A chain of windows adds up: after a window of k positions, `size += (k - 1) * step` and `step *= stride`, where `step` is the
input positions between two neighbours. Where branches meet, the larger counts. Source: Araujo, Norris and Sim, Computing Receptive
Fields of Convolutional Neural Networks, Distill 2019.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from archdsl.graph import Call, Graph, Level, Module, Value
from archdsl.ops.base import Reach


@dataclass(frozen=True, slots=True)
class Field:
    """What one position sees, for each spatial axis: `sizes` in input positions, and the `steps` between neighbours.

    `None` in place of a field is the whole input.
    """

    sizes: tuple[Fraction, ...]
    steps: tuple[Fraction, ...]

    def __str__(self) -> str:
        sizes = [ceil(size) for size in self.sizes]
        return str(sizes[0]) if len(set(sizes)) == 1 else "×".join(map(str, sizes))


class Receptive:
    """Fields of the tensors of levels, remembered by level and by what flows in."""

    def __init__(self) -> None:
        self._seen: dict[tuple[Level, tuple[Field | None, ...]], dict[Value, Field | None]] = {}

    def level(self, level: Level, inputs: tuple[Field | None, ...]) -> dict[Value, Field | None]:
        """The field of every tensor inside a level, of what its calls read too; `inputs` are the fields of its inputs."""
        if (level, inputs) not in self._seen:
            self._seen[level, inputs] = self._fields(level, inputs)
        return self._seen[level, inputs]

    def _fields(self, level: Level, inputs: tuple[Field | None, ...]) -> dict[Value, Field | None]:
        fields = dict(zip(level.inputs, inputs, strict=True))
        for call in level.calls:
            read = tuple(fields[value] for value in call.inputs if value in fields)
            if read:
                fields.update(zip(call.outputs, self._call(call, read), strict=True))
        return fields

    def _call(self, call: Call, inputs: tuple[Field | None, ...]) -> tuple[Field | None, ...]:
        target = call.target
        if not isinstance(target, Level):
            reach = target.op.reach(target.inputs) if isinstance(target, Module) else target.reach()
            return (_seen(reach, inputs),) * len(call.outputs)
        if len(inputs) != len(target.inputs):
            return (None,) * len(call.outputs)
        fields = self.level(target, inputs)
        return tuple(fields.get(value) for value in target.outputs)


def receptive(graph: Graph) -> dict[Value, Field | None]:
    """The receptive field of every tensor of the root level, in positions of the network's input; `None` is all of it.

    Tensors that no input reaches (declared parameters and what is made of them) have none and are left out.
    """
    return Receptive().level(graph.root, start(graph))


def start(graph: Graph) -> tuple[Field | None, ...]:
    """What each input sees of itself: one position."""
    return tuple(Field(*((Fraction(1),) * len(v.shape.spatial),) * 2) if v.shape.spatial else None for v in graph.root.inputs)


def _seen(reach: Reach | None, inputs: tuple[Field | None, ...]) -> Field | None:
    known = [field for field in inputs if field is not None]
    if reach is None or len(known) < len(inputs) or any(len(field.sizes) != len(reach) for field in known):
        return None
    sizes = tuple(max(column) for column in zip(*(field.sizes for field in known), strict=True))
    steps = tuple(max(column) for column in zip(*(field.steps for field in known), strict=True))
    return Field(
        tuple(size + (window - 1) * step for size, step, (window, _) in zip(sizes, steps, reach, strict=True)),
        tuple(step * stride for step, (_, stride) in zip(steps, reach, strict=True)),
    )
