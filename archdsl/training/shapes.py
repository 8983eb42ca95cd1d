"""What flows into a network and out of it, for one example."""

from __future__ import annotations

from archdsl.graph import Graph, values


def input_of(graph: Graph) -> tuple[int, ...] | None:
    """The shape of an example that a network takes, `None` where it takes several."""
    shapes = list(graph.inputs.values())
    return shapes[0].sizes if len(shapes) == 1 else None


def classes_of(graph: Graph) -> int | None:
    """The numbers that a network gives for an example, `None` where its first output is no row of numbers."""
    first = values(graph.train)[0].shape.sizes
    return first[0] if len(first) == 1 else None
