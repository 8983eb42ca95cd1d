"""First values of layers that only torch knows: those that its own constructor gives."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from threading import Lock
from typing import Any

import torch
from torch import Generator, Tensor, nn

_ONE_AT_A_TIME = Lock()
"""constructors draw from torch's global generator, which threads share"""


def as_made(layer: str, call: str, tensor: str) -> Callable[[Tensor, Generator], Any]:
    """Draws a tensor as `torch.nn.<layer>` does. `call` is the literal of a pair, its positional and its named arguments."""
    args, kwargs = ast.literal_eval(call)

    def draw(target: Tensor, generator: Generator) -> None:
        with _ONE_AT_A_TIME, torch.random.fork_rng(devices=[]), warnings.catch_warnings(action="ignore"):
            torch.manual_seed(generator.initial_seed())
            made = getattr(nn, layer)(*args, **kwargs)
        target.copy_(dict([*made.named_parameters(), *made.named_buffers()])[tensor])

    return draw
