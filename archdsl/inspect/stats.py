"""Statistics of what layers give: mean, spread, least and largest value, zeros, channels that are dead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, sqrt
from typing import Unpack

import numpy as np
import torch
from torch import Tensor, nn

from archdsl.inspect.calls import straight
from archdsl.inspect.layers import chosen, leaves
from archdsl.inspect.view import Buildable, How, Picture, View, view
from archdsl.inspect.watch import watching

BATCH = 16
"""images that are run at once"""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of all numbers that a layer gave, for all images, in each of its runs: `zeros` is a share, from 0 to 1.

    A channel is dead if it is zero at every position for every image. `output` has the sizes for one image.
    """

    layer: str
    output: tuple[int, ...]
    mean: float
    std: float
    min: float
    max: float
    zeros: float
    channels: int
    dead: int


def statistics(
    network: Buildable | nn.Module, images: Picture | Iterable[Picture], layers: str | Iterable[str] | None = None, **how: Unpack[How]
) -> tuple[Statistics, ...]:
    """What each layer that runs gives, in the order in which they run: the numbers that `activations` draws.

    `layers` are names or patterns, as in `features`: all that have none inside unless told. `how` is as in `features`. Raises `SpecError`.
    """
    return gathered(network, images, layers, **how)[1]


def gathered(
    network: Buildable | nn.Module, images: Picture | Iterable[Picture], layers: str | Iterable[str] | None = None, **how: Unpack[How]
) -> tuple[str, tuple[Statistics, ...]]:
    """What the network and its images are called, and the statistics. Raises `SpecError`."""
    seen = view(network, images, **how)
    return seen.title, _statistics(seen, layers)


def _statistics(seen: View, layers: str | Iterable[str] | None) -> tuple[Statistics, ...]:
    sums: dict[str, _Sums] = {}

    def see(layer: str, tensor: Tensor) -> None:
        if tensor.numel():
            sums.setdefault(layer, _Sums()).add(straight(seen.graph, layer, tensor))

    names = leaves(seen.model) if layers is None else chosen(seen.model, layers)
    with torch.no_grad(), watching(seen.model, names, see):
        for part in torch.split(seen.x, BATCH):
            seen.model(part)
    return tuple(found.told(layer) for layer, found in sums.items())


class _Sums:
    """What is added up over images and runs, in double precision."""

    def __init__(self) -> None:
        self.count, self.zeros, self.sum, self.squares = 0, 0, 0.0, 0.0
        self.low, self.high = inf, -inf
        self.output: tuple[int, ...] = ()
        self.alive = torch.zeros(0, dtype=torch.bool)

    def add(self, tensor: Tensor) -> None:
        values = tensor.double()
        other = values != 0
        self.output = tuple(tensor.shape[1:])
        self.count += values.numel()
        self.zeros += values.numel() - int(other.sum())
        self.sum += float(values.sum())
        self.squares += float(values.square().sum())
        # NaN is told, as `min` and `max` of Python would not.
        self.low, self.high = float(np.minimum(self.low, float(values.min()))), float(np.maximum(self.high, float(values.max())))
        alive = (other.transpose(0, 1).flatten(1) if other.dim() > 1 else other.view(1, -1)).any(1).cpu()
        self.alive = alive if len(self.alive) != len(alive) else self.alive | alive

    def told(self, layer: str) -> Statistics:
        mean = self.sum / self.count
        std = sqrt(max(0.0, self.squares / self.count - mean * mean))
        dead = len(self.alive) - int(self.alive.sum())
        return Statistics(layer, self.output, mean, std, self.low, self.high, self.zeros / self.count, len(self.alive), dead)
