"""Statistics of what layers give: mean, spread, least and largest value, zeros, channels that are dead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, sqrt
from typing import Unpack

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from archdsl.inspect.layers import chosen, leaves
from archdsl.inspect.mosaic import DPI
from archdsl.inspect.view import Buildable, How, Picture, view
from archdsl.inspect.watch import watching

ROW, LEAST, AROUND, WIDTH = 0.17, 1.2, 1.0, 7.2
"""inches: a layer's row, all rows at least, titles and scales, the width"""
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
    """What each layer that runs gives, in the order in which they run. The arguments are those of `activations`."""
    seen = view(network, images, **how)
    return _statistics(seen.model, seen.x, layers)


def activations(
    network: Buildable | nn.Module, images: Picture | Iterable[Picture], layers: str | Iterable[str] | None = None, **how: Unpack[How]
) -> Figure:
    """A row for each layer: mean, standard deviation and range of what it gives, the share of zeros, and how many channels are dead.

    `layers` are names or patterns, as in `features`: all that have none inside unless told. `how` is as in `features`. Raises `SpecError`.
    """
    seen = view(network, images, **how)
    return drawn(seen.title, _statistics(seen.model, seen.x, layers))


def drawn(title: str, rows: tuple[Statistics, ...]) -> Figure:
    """The figure of some statistics."""
    figure = Figure(figsize=(WIDTH, max(LEAST, ROW * len(rows)) + AROUND), dpi=DPI, layout="constrained")
    figure.suptitle(title, fontsize=9, x=0.01, ha="left", parse_math=False)
    values, zeros = figure.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    places = range(len(rows))
    values.hlines(places, [r.min for r in rows], [r.max for r in rows], color="0.75", linewidth=1, label="least to largest")
    low, high = [r.mean - r.std for r in rows], [r.mean + r.std for r in rows]
    values.hlines(places, low, high, color="#3b528b", linewidth=4, label="mean ± standard deviation")
    values.plot([r.mean for r in rows], places, "o", color="white", markeredgecolor="#3b528b", markersize=3.5, label="mean")
    values.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=6.5, frameon=False)
    zeros.barh(places, [100 * r.zeros for r in rows], color="#21918c", height=0.6)
    for place, row in enumerate(rows):
        told = f"{row.dead} of {row.channels} dead" if row.dead else ""
        zeros.text(102, place, told, fontsize=6, va="center", color="#b2182b")
    zeros.set(xlim=(0, 100), xlabel="zeros, %")
    values.set(yticks=places, ylim=(len(rows) - 0.4, -0.6), xlabel="value")
    values.set_yticklabels([row.layer for row in rows], parse_math=False)
    for axes in (values, zeros):
        _plain(axes)
    return figure


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=6.5, length=2)
    axes.xaxis.label.set_size(7)
    axes.grid(axis="x", color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _statistics(model: nn.Module, x: Tensor, layers: str | Iterable[str] | None) -> tuple[Statistics, ...]:
    sums: dict[str, _Sums] = {}

    def see(layer: str, tensor: Tensor) -> None:
        if tensor.numel():
            sums.setdefault(layer, _Sums()).add(tensor)

    with torch.no_grad(), watching(model, leaves(model) if layers is None else chosen(model, layers), see):
        for part in torch.split(x, BATCH):
            model(part)
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
