"""The transforms of a recipe as functions of one image, or of a batch of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.v2 import AutoAugmentPolicy
from torchvision.transforms.v2 import functional as F

from archdsl.diagnostics import Fault
from archdsl.recipe import Called
from archdsl.recipe.transforms import TRANSFORMS
from archdsl.training.called import made

REFUSALS = (ValueError, RuntimeError, TypeError, IndexError, AssertionError, NotImplementedError)
"""what a transform raises for an image that it cannot take"""
ENUMERATIONS = {"policy": AutoAugmentPolicy}
"""arguments whose words torchvision does not take as texts"""
GREYS = ("L", "I", "I;16", "I;16B", "I;16L", "F")
"""modes of PIL with one channel, of bytes and other numbers"""


class Unfit(Exception):
    """An image that a transform cannot take."""


@dataclass(frozen=True)
class Step:
    """A transform: `random` draws numbers, `floats` takes images of floats from 0 to 1 and keeps their shape."""

    called: Called
    module: Callable[[Tensor], Tensor]
    random: bool
    floats: bool

    def __call__(self, images: Tensor) -> Tensor:
        """Images after the transform. Raises `Unfit`."""
        given = floats(images) if self.floats else images
        try:
            found = self.module(given)
        except REFUSALS as error:
            raise Unfit(f"`{self.called}` cannot take an image of {sizes(images)}: {_first_line(error)}") from None
        if self.floats and found.shape != given.shape:  # numbers for three channels would make three of one, silently
            raise Unfit(f"`{self.called}` has numbers for other channels than those of an image of {sizes(images)}")
        return found


@dataclass(frozen=True)
class Pipeline:
    """Transforms one after another. Images of integers become floats from 0 to 1 before the first that needs them."""

    steps: tuple[Step, ...]

    @classmethod
    def of(cls, transforms: Sequence[Called]) -> Pipeline:
        """The transforms that a recipe calls. Raises `Fault` where torchvision refuses their arguments."""
        return cls(tuple(_step(called) for called in transforms))

    def __call__(self, images: Tensor) -> Tensor:
        """Images after all transforms. Raises `Unfit`."""
        for step in self.steps:
            images = step(images)
        return images

    def walk(self, image: Tensor) -> Iterator[tuple[Step, Tensor]]:
        """Each transform with the image before it."""
        for step in self.steps:
            yield step, image
            image = step(image)

    def divided(self) -> tuple[Pipeline, Pipeline]:
        """The transforms up to the first random one, and the rest."""
        count = sum(1 for _ in takewhile(lambda step: not step.random, self.steps))
        return Pipeline(self.steps[:count]), Pipeline(self.steps[count:])


def _step(called: Called) -> Step:
    word = TRANSFORMS[called.name]
    arguments = {key: ENUMERATIONS[key](value) if key in ENUMERATIONS else value for key, value in called.arguments.items()}
    try:
        return Step(called, made(replace(called, arguments=arguments)), word.random, word.floats)
    except Fault:
        raise
    except REFUSALS as error:
        raise Fault("AD4303", called.span, f"`{called.name}` refuses this: {error}") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def tensor_of(image: Any) -> Tensor:
    """An image as a tensor C×H×W: a grey one of PIL's with one channel, a coloured one with three. Raises what PIL raises."""
    if isinstance(image, Image.Image) and image.mode not in ("RGB", *GREYS):
        image = image.convert("L" if image.mode in ("1", "LA", "La") else "RGB")
    if isinstance(image, Tensor):
        return image.as_subclass(Tensor)
    found: Tensor = F.to_image(image).as_subclass(Tensor)
    return found


def floats(images: Tensor) -> Tensor:
    """Images as floats: integers from 0 to their greatest become 0 to 1."""
    if images.dtype == torch.float32:
        return images
    found: Tensor = F.to_dtype(images, torch.float32, scale=True)
    return found


def sizes(images: Tensor | Sequence[int]) -> str:
    """The shape of an image as a message says it.

    >>> sizes((3, 32, 32))
    '3×32×32'
    """
    return "×".join(map(str, images.shape if isinstance(images, Tensor) else images)) or "a number"


def is_random(called: Called) -> bool:
    """Whether a transform draws numbers."""
    return TRANSFORMS[called.name].random
