"""One forward pass of a built network, held against what was inferred without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from archdsl.graph import Graph, Output
from archdsl.shapes import Batch, Shape

EXAMPLES = 2
"""in the batch that is run: two, so that a size that should be the batch's cannot pass for 1"""


def examples(graph: Graph, model: nn.Module) -> tuple[Tensor, ...]:
    """Random inputs of the inferred shapes, on the model's device and of its type."""
    like = next((p for p in model.parameters() if p.is_floating_point()), torch.empty(0))
    return tuple(torch.rand(_sizes(shape), device=like.device, dtype=like.dtype) for shape in graph.inputs.values())


def disagreements(graph: Graph, model: nn.Module) -> tuple[str, ...]:
    """Run the network once in eval mode and say where real shapes or the number of parameters are not the inferred ones."""
    counted = sum(p.numel() for p in model.parameters())
    faults = [] if counted == graph.parameters else [f"{counted:,} parameters were built, {graph.parameters:,} inferred"]
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            result = model(*examples(graph, model))
    finally:
        model.train(training)
    faults += _differences(graph.eval, result)
    return tuple(faults)


def export(graph: Graph, model: nn.Module, path: Path) -> None:
    """Save the network in eval mode as an exported program (`.pt2`), whose batch may have any size."""
    training = model.training
    model.eval()
    try:
        inputs = examples(graph, model)
        batch = torch.export.Dim("batch")
        program = torch.export.export(model, inputs, dynamic_shapes=[{0: batch} for _ in inputs])
        torch.export.save(program, path)
    finally:
        model.train(training)


def _differences(inferred: Output, result: object) -> Iterator[str]:
    expected, found = _named(inferred), _named(result)
    if set(found) != set(expected):
        yield f"{', '.join(map(str, found))} came out, {', '.join(expected)} were inferred"
        return
    for name, value in expected.items():
        if tuple(found[name].shape) != _sizes(value.shape):
            yield f"{name} is {'×'.join(map(str, found[name].shape))}, {'×'.join(map(str, _sizes(value.shape)))} was inferred"


def _named(outputs: Any) -> dict[str, Any]:
    match outputs:
        case dict():
            return outputs
        case tuple():
            return {f"output {i}": value for i, value in enumerate(outputs)}
        case _:
            return {"the output": outputs}


def _sizes(shape: Shape) -> tuple[int, ...]:
    return tuple(dim.factor * EXAMPLES if isinstance(dim, Batch) else dim for dim in shape.dims)
