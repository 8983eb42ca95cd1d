"""The receptive field of a layer on an image: what one position can see by theory, and what it does see, by its gradient.

Source of the measure: Luo et al. 2016, Understanding the effective receptive field, https://arxiv.org/abs/1701.04128.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Unpack

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor, nn

from archdsl.diagnostics import SpecError
from archdsl.graph import Graph
from archdsl.inspect.calls import field, straight
from archdsl.inspect.layers import chosen, fitting, idle, not_so
from archdsl.inspect.mosaic import Section, Tile, mosaic
from archdsl.inspect.view import Buildable, How, Picture, view
from archdsl.inspect.watch import linked, sizes

TILE = 2.8
"""inches"""
SHARE = 0.95
"""of the gradient, that the small box holds at least"""
THEORY, MEASURED, MOST = "#d95f02", "#0097a7", "#e7298a"
Box = tuple[int, int, int, int]
"""top, left, bottom, right in pixels, the last two not included"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the position in the middle of a layer depends on, for one image.

    `gradient` is height×width of the input: absolute values, added over the input's channels, of the sum of the layer's channels. `box`
    holds all that is not 0, `most` is a small box with 95 % of it. `theory` is the height
    and width of what it can see, where a graph tells.
    """

    layer: str
    gradient: Tensor
    box: Box
    most: Box
    theory: tuple[int, ...] | None


def receptive(network: Buildable | nn.Module, image: Picture, layers: str | Iterable[str], **how: Unpack[How]) -> Figure:
    """For each layer the image with boxes, what its middle position can see by theory and what it does see, and the gradient itself.

    The theory is known of networks of ours, not of other modules. `layers` and `how` are as in `features`. Raises `SpecError`.
    """
    seen = view(network, image, **how)
    picture, found, sections = seen.picture(), dict[str, Measured](), []

    def fault(layer: str) -> SpecError | None:
        try:
            found[layer] = measured(seen.model, seen.x[:1], layer, seen.graph)
        except SpecError as error:
            return error
        return None

    for layer in fitting(chosen(seen.model, layers), layers, fault):
        heat = (found[layer].gradient / found[layer].gradient.max()).sqrt().cpu().numpy()
        tiles = [Tile(picture), Tile(heat, colours="magma", low=0.0, high=1.0)]
        sections.append(Section(layer, "", tiles, 2, picture.shape[0] / picture.shape[1], _told(found[layer])))
    figure, axes = mosaic(seen.title, sections, 2 * TILE)
    for section, drawn in zip(sections, axes, strict=True):
        for one in drawn:
            _mark(one, found[section.title])
    return figure


@torch.enable_grad()
def measured(model: nn.Module, x: Tensor, layer: str, graph: Graph | None = None) -> Measured:
    """What the middle position of a layer depends on, for one image (1×channels×height×width). Raises `SpecError`."""
    _, pixels, runs = linked(model, x, [layer])
    if layer not in runs:
        raise idle(layer, model)
    maps = straight(graph, layer, runs[layer][-1])
    if maps.dim() != 4 or x.dim() != 4:
        raise not_so(layer, f"`{layer}` gives {sizes(maps)}: a receptive field is drawn of channels, height and width")
    row, column = maps.shape[2] // 2, maps.shape[3] // 2
    (slope,) = torch.autograd.grad(maps[0, :, row, column].sum(), pixels, allow_unused=True)
    gradient = torch.zeros_like(x[0, 0]) if slope is None else slope[0].abs().sum(0)
    if not bool(gradient.any()):
        raise not_so(layer, f"the middle of `{layer}` does not depend on this image: its gradient is 0 everywhere")
    reach = None if graph is None else theory(graph, layer, gradient.shape)
    return Measured(layer, gradient, _extent(gradient), _most(gradient), reach)


def theory(graph: Graph, layer: str, size: Sequence[int]) -> tuple[int, ...]:
    """Height and width that one position of a layer can see, in pixels; of an image of this `size` all, where it sees everything."""
    found = field(graph, layer)
    return tuple(size) if found is None else tuple(ceil(n) for n in found.sizes)


def placed(found: Measured, theory: Sequence[int]) -> Box:
    """Where the field of theory lies: around the middle of what was measured, but where the image's edge cuts that."""
    spans = [_span(found.box[i], found.box[i + 2], theory[i], found.gradient.shape[i]) for i in (0, 1)]
    return spans[0][0], spans[1][0], spans[0][1], spans[1][1]


def _span(start: int, end: int, size: int, whole: int) -> tuple[int, int]:
    if start > 0 and end == whole:
        return start, start + size
    if start == 0 and end < whole:
        return end - size, end
    first = (start + end - size) // 2
    return first, first + size


def _extent(gradient: Tensor) -> Box:
    """The smallest box that holds what is not 0."""
    rows, columns = gradient.any(1).nonzero().flatten(), gradient.any(0).nonzero().flatten()
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _most(gradient: Tensor) -> Box:
    """A small box that holds most of the gradient: the edge with the least on it is taken away, again and again, as long as it may be."""
    sums = F.pad(gradient.double().cumsum(0).cumsum(1), (1, 0, 1, 0)).cpu().numpy()

    def inside(top: int, left: int, bottom: int, right: int) -> float:
        return float(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])

    box = _extent(gradient)
    least = SHARE * inside(*box)
    while True:
        top, left, bottom, right = box
        shorter = ((top + 1, left, bottom, right), (top, left, bottom - 1, right))
        narrower = ((top, left + 1, bottom, right), (top, left, bottom, right - 1))
        best = max(*shorter, *narrower, key=lambda smaller: inside(*smaller))
        if not inside(*best) >= least:  # also where the gradient is no number
            return box
        box = best


def _told(found: Measured) -> list[tuple[str, str]]:
    """The sizes of the boxes, each in the colour of its lines."""
    theory = [] if found.theory is None else [(f"theory {found.theory[0]}×{found.theory[1]}", THEORY)]
    boxes = (("measured", found.box, MEASURED), (f"{SHARE:.0%} of it", found.most, MOST))
    return [*theory, *((f"{name} {box[2] - box[0]}×{box[3] - box[1]}", colour) for name, box, colour in boxes)]


def _mark(axes: Axes, found: Measured) -> None:
    theory = [] if found.theory is None else [(placed(found, found.theory), THEORY)]
    for (top, left, bottom, right), colour in ((found.box, MEASURED), (found.most, MOST), *theory):
        box = Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False, color=colour, linewidth=1.3)
        box.set_linestyle("--" if colour == THEORY else "-")
        axes.add_patch(box)
