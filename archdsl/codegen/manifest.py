"""Every tensor of a network by its key, with its first values: what a built module must hold, and how it gets it."""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.graph import Graph, Level, keys, walk
from archdsl.ops.base import Init, TensorSpec


@dataclass(frozen=True, slots=True)
class Entry:
    """One parameter or buffer. `init` is `None` for a buffer that its module computes."""

    key: str
    spec: TensorSpec
    init: Init | None


def manifest(graph: Graph) -> tuple[Entry, ...]:
    """The tensors in torch's order."""
    levels = [graph.root, *(module for _, module in walk(graph.root) if isinstance(module, Level))]
    computed = {id(d.spec) for level in dict.fromkeys(levels) for d in level.tensors.values() if d.formula}
    entries = ((key, spec) for key, spec in keys(graph.root))
    return tuple(Entry(key, spec, None if id(spec) in computed else graph.inits.get(key, spec.init)) for key, spec in entries)
