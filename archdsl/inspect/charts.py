"""The figure of statistics: a row for each layer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from archdsl.inspect.mosaic import DPI
from archdsl.inspect.stats import Statistics, gathered
from archdsl.inspect.view import Buildable, How, Picture

ROW, LEAST, AROUND, WIDTH = 0.17, 1.2, 1.0, 7.2
"""inches: a layer's row, all rows at least, titles and scales, the width"""


def activations(
    network: Buildable | nn.Module, images: Picture | Iterable[Picture], layers: str | Iterable[str] | None = None, **how: Unpack[How]
) -> Figure:
    """A row for each layer: mean, standard deviation and range of what it gives, the share of zeros, and how many channels are dead.

    `layers` are names or patterns, as in `features`: all that have none inside unless told. `how` is as in `features`. Raises `SpecError`.
    """
    return chart(*gathered(network, images, layers, **how))


def chart(title: str, rows: tuple[Statistics, ...]) -> Figure:
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
    axes.xaxis.label.set_fontsize(7)
    axes.grid(axis="x", color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
