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
from archdsl.inspect.layers import chosen, leaves, not_so, some
from archdsl.inspect.mosaic import Section, Tile, mosaic
from archdsl.inspect.view import Buildable, How, Picture, Pixels, view
from archdsl.inspect.watch import linked, outputs, tensors

COLOURS = "jet"
"""what the paper's authors colour with"""
TILE, COLUMNS = 2.3, 3
"""inches, and tiles in a row"""
OVER = 0.45
"""how strongly the map covers the image"""


@dataclass(frozen=True, slots=True)
class Saliency:
    """Maps of one class by layer, height×width of the input, from 0; `score` is the class's output, before any softmax."""

    target: int
    score: float
    top: bool
    maps: Mapping[str, Tensor]


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
    picture = seen.picture()
    found = grad_cam(seen.model, seen.x[:1], _chosen(seen.model, seen.x[:1], layers), target)
    tiles = [Tile(picture, "image"), *(Tile(overlaid(picture, map), _label(layer, map)) for layer, map in found.maps.items())]
    note = f"score {found.score:.4g}{', the highest' if found.top else ''}"
    section = Section(f"class {found.target}", note, tiles, min(COLUMNS, len(tiles)), picture.shape[0] / picture.shape[1])
    return mosaic(seen.title, [section], section.columns * TILE)[0]


@torch.enable_grad()
def grad_cam(model: nn.Module, x: Tensor, layers: Iterable[str], target: int | None = None) -> Saliency:
    """The maps of some layers for one image, 1×channels×height×width, enlarged to its size.

    A layer's maps are added, each weighted with the mean over positions of what the class's score changes by it; what speaks against the
    class is cut off. Where the network gives a score for each position, the class's score is their mean. Raises `SpecError`.
    """
    names = tuple(layers)
    output, _, runs = linked(model, x, names)
    scores = _scores(output)
    top = int(scores.argmax())
    index = top if target is None else _known(target, len(scores))
    last = [_last(layer, runs) for layer in names]
    gradients = torch.autograd.grad(scores[index], last, allow_unused=True)
    maps = {}
    for layer, values, gradient in zip(names, last, gradients, strict=True):
        if gradient is None:
            raise not_so(layer, f"the score of class {index} does not depend on `{layer}`")
        map = (values * gradient.mean((2, 3), keepdim=True)).sum(1, keepdim=True).relu()
        maps[layer] = F.interpolate(map.detach(), size=tuple(x.shape[2:]), mode="bilinear", align_corners=False)[0, 0]
    return Saliency(index, scores[index].item(), index == top, maps)


def overlaid(picture: Pixels, map: Tensor) -> Pixels:
    """A map over an image, height×width×3: its largest value red, what is 0 the image itself, a little darker."""
    values = (map / map.max().clamp_min(1e-12)).double().cpu().numpy()
    mixed: Pixels = np.clip((1 - OVER) * picture + OVER * colormaps[COLOURS](values)[..., :3], 0, 1)
    return mixed


def _label(layer: str, map: Tensor) -> str:
    return layer if float(map.max()) > 0 else f"{layer}: nothing speaks for it"


def _chosen(model: nn.Module, x: Tensor, layers: str | Iterable[str] | None) -> tuple[str, ...]:
    """The layers that are named, or the last that gives maps of more than one position."""
    if layers is not None:
        return chosen(model, layers)
    maps = [name for name, tensor in outputs(model, x, leaves(model)).items() if tensor.dim() == 4 and tensor[0, 0].numel() > 1]
    if not maps:
        raise not_so("", "no layer of the network gives maps of height and width")
    return (maps[-1],)


def _scores(output: Any) -> Tensor:
    """A score for each class: of the first tensor that comes out, of one image, the mean over what positions it has."""
    first = tensors(output)[0]
    return first[0].flatten(1).mean(1) if first.dim() > 2 else first[0].flatten()


def _last(layer: str, runs: Mapping[str, list[Tensor]]) -> Tensor:
    if layer not in runs:
        raise not_so(layer, f"`{layer}` does not run")
    found = runs[layer][-1]
    if found.dim() == 4:
        return found
    sizes = "×".join(map(str, found.shape[1:])) or "one number"
    maps = [name for name, (tensor, *_) in runs.items() if tensor.dim() == 4]
    raise not_so(layer, f"`{layer}` gives {sizes}: Grad-CAM needs channels, height and width", f"as {some(maps)}" if maps else None)


def _known(target: int, count: int) -> int:
    if 0 <= target < count:
        return target
    word = str(target)
    message = f"there is no class {target}: the network tells {count} apart, 0 to {count - 1}"
    raise SpecError((Diagnostic("AD6032", "error", message, Span(Source("--class", word), 0, len(word))),))
