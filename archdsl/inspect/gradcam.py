"""Grad-CAM: where in an image a layer finds what speaks for a class. Source: Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib import colormaps
from matplotlib.figure import Figure
from torch import Tensor, nn

from archdsl.diagnostics import Diagnostic, Source, Span, SpecError
from archdsl.graph import Graph
from archdsl.inspect.calls import straight
from archdsl.inspect.layers import chosen, fitting, idle, leaves, not_so
from archdsl.inspect.mosaic import Section, Tile, mosaic
from archdsl.inspect.view import Buildable, How, Picture, Pixels, view
from archdsl.inspect.watch import linked, sizes, tensors

COLOURS = "jet"
"""what the paper's authors colour with"""
TILE, COLUMNS = 2.3, 3
"""inches, and tiles in a row"""
OVER = 0.45
"""how strongly the map covers the image"""


@dataclass(frozen=True, slots=True)
class Saliency:
    """Maps of one class by layer, height×width of the input, from 0, and why some layers have none.

    `score` is the class's output, before any softmax; `top` says whether no other is higher.
    """

    target: int
    score: float
    top: bool
    maps: Mapping[str, Tensor]
    faults: Mapping[str, SpecError]


def saliency(
    network: Buildable | nn.Module,
    image: Picture,
    layers: str | Iterable[str] | None = None,
    *,
    target: int | None = None,
    **how: Unpack[How],
) -> Figure:
    """The image, and over it where each layer finds what speaks for a class: `target`, else the one with the highest score.

    `layers` are names or patterns as in `features`: the last that gives maps unless told. `how` is as in `features`. Raises `SpecError`.
    """
    seen = view(network, image, **how)
    picture, names = seen.picture(), leaves(seen.model) if layers is None else chosen(seen.model, layers)
    found = grad_cam(seen.model, seen.x[:1], names, target, seen.graph)
    fine = tuple(found.maps)[-1:] if layers is None else fitting(names, layers, found.faults.get)
    if not fine:
        raise not_so("", "no layer of the network gives maps of height and width that its scores depend on")
    tiles = [Tile(picture, "image"), *(Tile(overlaid(picture, found.maps[layer]), _label(layer, found.maps[layer])) for layer in fine)]
    note = f"score {found.score:.4g}{', the highest' if found.top else ''}"
    section = Section(f"class {found.target}", note, tiles, min(COLUMNS, len(tiles)), picture.shape[0] / picture.shape[1])
    return mosaic(seen.title, [section], section.columns * TILE)[0]


@torch.enable_grad()
def grad_cam(model: nn.Module, x: Tensor, layers: Iterable[str], target: int | None = None, graph: Graph | None = None) -> Saliency:
    """The maps of some layers for one image, 1×channels×height×width, enlarged to its size, in the order in which they run.

    A layer's maps are added, each weighted with the mean over positions of what the class's score changes by it; what speaks against the
    class is cut off. Where the network gives a score for each position, the class's score is their mean. Raises `SpecError`.
    """
    names = tuple(layers)
    output, _, runs = linked(model, x, names)
    scores = _scores(output)
    top = int(scores.argmax())
    index = top if target is None else _known(target, len(scores))
    gradients = torch.autograd.grad(scores[index], [found[-1] for found in runs.values()], allow_unused=True) if runs else ()
    maps, faults = {}, {layer: idle(layer, model) for layer in names if layer not in runs}
    for (layer, found), gradient in zip(runs.items(), gradients, strict=True):
        values = straight(graph, layer, found[-1].detach())
        if values.dim() != 4 or values[0, 0].numel() < 2:
            needs = "Grad-CAM needs channels, height and width, and several positions"
            faults[layer] = not_so(layer, f"`{layer}` gives {sizes(values)}: {needs}")
        elif gradient is None:
            faults[layer] = not_so(layer, f"the score of class {index} does not depend on `{layer}`")
        else:
            maps[layer] = _map(values, straight(graph, layer, gradient), x)
    return Saliency(index, scores[index].item(), index == top, maps, faults)


def _map(values: Tensor, gradient: Tensor, x: Tensor) -> Tensor:
    """Channels weighted with the mean of their gradients and added, the positive part, enlarged to the image."""
    map = (values * gradient.mean((2, 3), keepdim=True)).sum(1, keepdim=True).relu()
    return F.interpolate(map, size=tuple(x.shape[2:]), mode="bilinear", align_corners=False)[0, 0]


def overlaid(picture: Pixels, map: Tensor) -> Pixels:
    """A map over an image, height×width×3: its largest value red, what is 0 the image itself, a little darker."""
    values = (map / map.max().clamp_min(1e-12)).double().cpu().numpy()
    mixed: Pixels = np.clip((1 - OVER) * picture + OVER * colormaps[COLOURS](values)[..., :3], 0, 1)
    return mixed


def _label(layer: str, map: Tensor) -> str:
    return layer if float(map.max()) > 0 else f"{layer}: nothing speaks for it"


def _scores(output: Any) -> Tensor:
    """A score for each class: of the first tensor that comes out, of one image, the mean over what positions it has."""
    first = tensors(output)[0]
    return first[0].flatten(1).mean(1) if first.dim() > 2 else first[0].flatten()


def _known(target: int, count: int) -> int:
    if 0 <= target < count:
        return target
    word = str(target)
    message = f"there is no class {target}: the network tells {count} apart, 0 to {count - 1}"
    raise SpecError((Diagnostic("AD6032", "error", message, Span(Source("--class", word), 0, len(word))),))
