"""What is looked at: a network built and loaded, the images that it is shown, and how both are called."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypedDict, Unpack

import numpy as np
import torch
from torch import Tensor, nn

from archdsl.graph import Graph
from archdsl.inspect.image import normalisation, read_image
from archdsl.inspect.layers import not_so

Picture = str | os.PathLike[str] | Tensor
"""an image's file, or a tensor of what flows in: one example, or a batch; for a module of which no shape is known, a batch"""
Pixels = np.ndarray[tuple[int, ...], np.dtype[Any]]
"""an image as it is drawn: height×width of any numbers, or height×width×3 of 0 to 1"""
SEED = 0


class Buildable(Protocol):
    """A checked network, `archdsl.Network`."""

    @property
    def graph(self) -> Graph:
        """Its layers and shapes."""

    @property
    def name(self) -> str:
        """What it is called."""

    def build(self, *, weights: str | os.PathLike[str] | None, seed: int | None, partial: bool) -> nn.Module:
        """The network as a module."""


class How(TypedDict, total=False):
    """How a network comes to its numbers: weights from a file (else those of a seed), and what images are normalised with."""

    weights: str | os.PathLike[str] | None
    partial: bool
    seed: int
    mean: Sequence[float] | None
    std: Sequence[float] | None


@dataclass(frozen=True, eq=False)
class View:
    """A network, and the batch of images that it is shown. `graph` is only known of a network of ours, `pictures` only of images."""

    model: nn.Module
    title: str
    graph: Graph | None
    x: Tensor
    pictures: tuple[Pixels, ...]

    def picture(self) -> Pixels:
        """The first image, as it is drawn. Raises `SpecError` where no image flows in."""
        if not self.pictures:
            sizes = "×".join(map(str, self.x.shape[1:]))
            help = "of a module that is not archdsl's, the first axis of a tensor is the batch" if self.graph is None else None
            raise not_so("", f"this draws on an image, and what flows in is {sizes}", help)
        return self.pictures[0]


def built(network: Buildable | nn.Module, **how: Unpack[How]) -> tuple[nn.Module, str, Graph | None]:
    """The module to look into, what to call it, and its graph. Raises `SpecError` as `Network.build` does."""
    if isinstance(network, nn.Module):
        return network, type(network).__name__, None
    weights, seed = how.get("weights"), how.get("seed", SEED)
    model = network.build(weights=weights, seed=seed, partial=how.get("partial", False))
    numbers = f"untrained, seed {seed}" if weights is None else f"weights {Path(weights).name}"
    return model, f"{network.name}, {numbers}", network.graph


def view(network: Buildable | nn.Module, images: Picture | Iterable[Picture], **how: Unpack[How]) -> View:
    """A network and its images, all of one size. Raises `SpecError`, and `ValueError` for tensors that do not fit."""
    listed = [images] if isinstance(images, (str, os.PathLike, Tensor)) else list(images)
    if not listed:
        raise ValueError("no images were given")
    # What is wrong with an image is said before a network is built.
    graph = None if isinstance(network, nn.Module) else network.graph
    shape = None if graph is None else _shape(graph)
    batch = torch.cat([_batch(image, shape, how) for image in listed])
    model, title, _ = built(network, **how)
    like = next((p for p in model.parameters() if p.is_floating_point()), torch.empty(0))
    names = [Path(image).name for image in listed if not isinstance(image, Tensor)]
    called = f"{title} · {names[0]}" + (f" and {len(listed) - 1} more" if len(listed) > 1 else "") if names else title
    return View(model, called, graph, batch.to(like), _pictures(batch, listed, how))


def _shape(graph: Graph) -> tuple[int, ...]:
    """What flows in, if it is one tensor. Raises `SpecError`."""
    if len(graph.inputs) != 1:
        raise not_so("", f"`{graph.name}` takes {len(graph.inputs)} tensors ({', '.join(graph.inputs)}), and one image is given")
    return next(iter(graph.inputs.values())).sizes


def _batch(image: Picture, shape: tuple[int, ...] | None, how: How) -> Tensor:
    """An image as a batch of the shape that flows in."""
    if not isinstance(image, Tensor):
        if shape is None:
            raise ValueError(f"a module does not say its input: give a tensor, as `read_image({os.fspath(image)!r}, (3, 224, 224))`")
        return read_image(image, shape, how.get("mean"), how.get("std"))[None]
    if shape is None:
        return image.detach().cpu()
    found = image if image.dim() == len(shape) + 1 else image[None]
    if tuple(found.shape[1:]) != shape:
        sizes = "×".join(map(str, image.shape))
        raise ValueError(f"the tensor is {sizes}; {'×'.join(map(str, shape))} flows in, or a batch of it")
    return found.detach().cpu()


def _pictures(batch: Tensor, listed: Sequence[Picture], how: How) -> tuple[Pixels, ...]:
    """The images to draw on: those of files as they were, tensors from their least to their largest value."""
    if batch.dim() != 4:
        return ()
    values = batch.float()
    if any(isinstance(image, Tensor) for image in listed):
        low, high = values.amin((1, 2, 3), True), values.amax((1, 2, 3), True)
        values = (values - low) / (high - low).clamp_min(1e-12)
    else:
        centre, spread = normalisation(batch.shape[1], how.get("mean"), how.get("std"))
        values = (values * spread + centre).clamp(0, 1)
    rgb = values if values.shape[1] == 3 else values.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    return tuple(rgb.permute(0, 2, 3, 1).numpy())
