"""A loss that is not finite: which layer was the first to go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn


class NotFinite(Exception):
    """A step whose loss or result is NaN or infinite, with the layer where that began."""

    def __init__(self, step: int, where: str) -> None:
        super().__init__(f"step {step:,} is not finite: {where}")
        self.step, self.where = step, where


def first_fault(model: nn.Module, images: Tensor) -> str:
    """Where the first value that is not finite comes about when `images` flow through, in words."""
    if not torch.isfinite(images).all():
        return "the images themselves hold NaN or infinity"
    found: list[str] = []
    handles = [module.register_forward_hook(_watch(name, found)) for name, module in model.named_modules() if not any(module.children())]
    try:
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
    return found[0] if found else "every layer gives finite numbers; the loss itself overflows"


def _watch(name: str, found: list[str]) -> Any:
    def hook(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        if found or all(torch.isfinite(tensor).all() for tensor in _tensors(output)):
            return
        bad = [key for key, tensor in module.named_parameters() if not torch.isfinite(tensor).all()]
        before = all(torch.isfinite(tensor).all() for tensor in _tensors(inputs))
        kind = type(module).__name__
        if bad:
            found.append(f"`{bad[0]}` of `{name}` ({kind}) is not finite: the step before went too far")
        elif before:
            found.append(f"`{name}` ({kind}) is the first layer whose result is not finite")
        else:
            found.append(f"what flows into `{name}` ({kind}) is not finite, through a function between the layers before it")

    return hook


def _tensors(value: Any) -> Iterator[Tensor]:
    match value:
        case Tensor():
            yield value
        case tuple() | list():
            for part in value:
                yield from _tensors(part)
        case dict():
            yield from _tensors(list(value.values()))
