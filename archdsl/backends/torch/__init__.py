"""The network as an `nn.Module`: generated classes compiled, made without drawing a number, each tensor given its first values once."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch
from torch import nn

from archdsl.backends.torch.blank import blank
from archdsl.backends.torch.initial import initialise
from archdsl.backends.torch.source import load
from archdsl.codegen import Entry, generate
from archdsl.codegen.printer import print_module
from archdsl.graph import Graph

__all__ = ["build"]

_made: WeakKeyDictionary[Graph, tuple[type[nn.Module], tuple[Entry, ...]]] = WeakKeyDictionary()


def build(
    graph: Graph, *, device: str | torch.device | None = None, dtype: torch.dtype | None = None, seed: int | None = None
) -> nn.Module:
    """The network with fresh parameters, in training mode.

    With `seed` the same numbers come every time and torch's global generator is left alone; without, that generator gives the seed.
    On `device="meta"` nothing is allocated or drawn. `dtype` is what floating point tensors become.
    """
    root, entries = _compiled(graph)
    with blank(device):
        model = root()
    initialise(model, entries, seed)
    return model if dtype is None else model.to(dtype)


def _compiled(graph: Graph) -> tuple[type[nn.Module], tuple[Entry, ...]]:
    """The network's class; compiled once for each graph."""
    found = _made.get(graph)
    if found is None:
        program = generate(graph)
        text = print_module(program, [f"# {graph.name}, made by archdsl"])
        found = _made[graph] = (load(text, program.module)[program.root], program.manifest)
    return found
