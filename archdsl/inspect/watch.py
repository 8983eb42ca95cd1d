"""What flows through a network while it runs: the tensors that its layers give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from archdsl.graph import Graph
from archdsl.inspect.calls import straight

See = Callable[[str, Tensor], Tensor | None]
"""is handed a layer's name and each tensor that it gives; a tensor that comes back takes its place, where it was the only one"""


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """The network in eval mode; each of its modules has the mode that it had before, afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def watching(model: nn.Module, layers: Iterable[str], see: See) -> Iterator[None]:
    """Show `see` what the layers give, whenever they run, in eval mode."""
    modules = dict(model.named_modules())
    with ExitStack() as stack:
        stack.enter_context(evaluating(model))
        for layer in layers:
            stack.enter_context(modules[layer].register_forward_hook(partial(_shown, see, layer)))
        yield


def outputs(model: nn.Module, x: Tensor, layers: Iterable[str], graph: Graph | None = None) -> dict[str, Tensor]:
    """What each of some layers gives for a batch, in the order in which they run; of one that runs again, the last. Without gradients.

    Axes stand in torch's order, where the `graph` tells how.
    """
    found: dict[str, Tensor] = {}
    with torch.no_grad(), watching(model, layers, lambda layer, tensor: found.update({layer: tensor.clone()})):
        model(x)
    return {layer: straight(graph, layer, tensor) for layer, tensor in found.items()}


def linked(model: nn.Module, x: Tensor, layers: Iterable[str]) -> tuple[Any, Tensor, dict[str, list[Tensor]]]:
    """The network's output, its input, and what the layers give in each of their runs, all of one graph of autograd, which is on.

    A layer that is written over in place by the next keeps its value: what flows on is a copy.
    """
    found: dict[str, list[Tensor]] = {}

    def see(layer: str, tensor: Tensor) -> Tensor:
        found.setdefault(layer, []).append(tensor)
        return tensor.clone()

    with watching(model, layers, see):
        start = x.detach().requires_grad_()
        return model(start.clone()), start, found


def sizes(tensor: Tensor) -> str:
    """What a layer gives for one image.

    >>> sizes(torch.ones(1, 3, 8)), sizes(torch.ones(1))
    ('3×8', 'one number')
    """
    return "×".join(map(str, tensor.shape[1:])) or "one number"


def tensors(output: Any) -> tuple[Tensor, ...]:
    """The tensors in what a module gives, in order.

    >>> len(tensors({"a": torch.ones(1), "b": (torch.ones(2), torch.ones(3))}))
    3
    """
    match output:
        case Tensor():
            return (output,)
        case tuple() | list():
            return tuple(tensor for part in output for tensor in tensors(part))
        case dict():
            return tensors(tuple(output.values()))
        case _:
            return ()


def _shown(see: See, layer: str, module: nn.Module, inputs: Any, output: Any) -> Tensor | None:
    instead = [see(layer, tensor) for tensor in tensors(output)]
    return instead[0] if isinstance(output, Tensor) else None
