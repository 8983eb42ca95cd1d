"""Random transforms of a whole batch, a choice for each example: what torchvision's give one by one for the same choices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Generator, Tensor
from torchvision.transforms.v2 import functional as F

from archdsl.diagnostics import Fault
from archdsl.training.reading import isolated
from archdsl.training.transforms import Step, floats

TRIES = 10
"""draws of a rectangle before there is none, as in torchvision"""


class Form(Protocol):
    """A random transform in two parts."""

    def draw(self, count: int, image: Tensor, generator: Generator) -> tuple[Tensor, ...]:
        """What is chosen for each of `count` examples; `image` is one of them, 1×C×H×W."""
        ...

    def apply(self, images: Tensor, *choices: Tensor) -> Tensor:
        """Images N×C×H×W changed as chosen."""
        ...


def form_of(step: Step) -> Form:
    """The batched form of a random transform. Raises `Fault` where there is none."""
    known = FORMS.get(step.called.name)
    if known is None:
        message = f"`{step.called.name}` has no form for batches, which `cache: device` needs"
        help = f"write `cache: none`; those that have one are {', '.join(FORMS)}"
        raise Fault("AD4408", step.called.span, message, help=help)
    return known(step)


@dataclass(frozen=True)
class Chance:
    """A transform without choices but whether: its `module` does the same to all images."""

    module: Any

    @classmethod
    def of(cls, step: Step) -> Chance:
        return cls(step.module)

    def draw(self, count: int, image: Tensor, generator: Generator) -> tuple[Tensor, ...]:
        return (torch.rand(count, generator=generator) < self.module.p,)

    def apply(self, images: Tensor, *choices: Tensor) -> Tensor:
        changed = self.module.transform(images, self.module.make_params([images]))
        return torch.where(choices[0][:, None, None, None], changed, images)


@dataclass(frozen=True)
class Crop:
    """A window of one size at a random place, out of a border."""

    step: Step

    def draw(self, count: int, image: Tensor, generator: Generator) -> tuple[Tensor, ...]:
        height, width = self._bordered(image).shape[-2:]
        rows, columns = self._size
        return (
            torch.randint(0, height - rows + 1, (count,), generator=generator),
            torch.randint(0, width - columns + 1, (count,), generator=generator),
        )

    def apply(self, images: Tensor, *choices: Tensor) -> Tensor:
        rows, columns = self._size
        windows = self._bordered(images).unfold(2, rows, 1).unfold(3, columns, 1)
        return windows[torch.arange(len(images), device=images.device), :, choices[0], choices[1]]

    @property
    def _size(self) -> tuple[int, int]:
        module: Any = self.step.module
        rows, columns = module.size
        return rows, columns

    def _bordered(self, images: Tensor) -> Tensor:
        module: Any = self.step.module
        with isolated():
            params = module.make_params([images])
        found: Tensor = F.pad(images, params["padding"], module.fill, module.padding_mode) if params["needs_pad"] else images
        return found


@dataclass(frozen=True)
class Erase:
    """A rectangle set to a value, by chance."""

    module: Any

    @classmethod
    def of(cls, step: Step) -> Erase:
        return cls(step.module)

    def draw(self, count: int, image: Tensor, generator: Generator) -> tuple[Tensor, ...]:
        erased = torch.rand(count, generator=generator) < self.module.p
        boxes = _boxes(count, image, self.module.scale, self.module.ratio, generator, whole=False)
        return (erased, *boxes)

    def apply(self, images: Tensor, *choices: Tensor) -> Tensor:
        erased, top, left, height, width = (part[:, None, None] for part in choices)
        rows = torch.arange(images.shape[-2], device=images.device)[:, None]
        columns = torch.arange(images.shape[-1], device=images.device)
        inside = (rows >= top) & (rows < top + height) & (columns >= left) & (columns < left + width) & erased
        value = torch.tensor(self.module.value, dtype=images.dtype, device=images.device)[:, None, None]
        return torch.where(inside[:, None], value, images)


@dataclass(frozen=True)
class ResizedCrop:
    """A rectangle of random area and shape, resized as two products with matrices. Bytes become floats."""

    step: Step

    @classmethod
    def of(cls, step: Step) -> ResizedCrop:
        if step.called.arguments.get("interpolation", "bilinear") != "bilinear" or not step.called.arguments.get("antialias", True):
            message = f"`{step.called}` has no form for batches, which `cache: device` needs"
            help = "leave `interpolation` and `antialias` as they are, or write `cache: none`"
            raise Fault("AD4408", step.called.span, message, help=help)
        return cls(step)

    def draw(self, count: int, image: Tensor, generator: Generator) -> tuple[Tensor, ...]:
        module: Any = self.step.module
        return _boxes(count, image, module.scale, module.ratio, generator, whole=True)

    def apply(self, images: Tensor, *choices: Tensor) -> Tensor:
        module: Any = self.step.module
        top, left, height, width = choices
        rows = _weights(top, height, images.shape[-2], module.size[0])
        columns = _weights(left, width, images.shape[-1], module.size[1])
        return rows[:, None] @ floats(images) @ columns[:, None].mT


def _weights(start: Tensor, length: Tensor, size: int, wanted: int) -> Tensor:
    """For each example the matrix `wanted`×`size` that resizes its part of an axis: triangles as wide as torch's antialiasing has them."""
    scale = (length / wanted)[:, None, None]
    centres = (torch.arange(wanted, device=start.device)[:, None] + 0.5) * scale
    places = torch.arange(size, device=start.device) - start[:, None, None]
    weights = (1 - (places + 0.5 - centres).abs() / scale.clamp(min=1)).clamp(min=0)
    weights = weights * ((places >= 0) & (places < length[:, None, None]))
    return weights / weights.sum(-1, keepdim=True)


def _boxes(count: int, image: Tensor, scale: Any, ratio: Any, generator: Generator, *, whole: bool) -> tuple[Tensor, ...]:
    """Rectangles of random area and shape as torchvision draws them: tops, lefts, heights, widths.

    The first of `TRIES` that fits is taken. Where none does, it is the greatest in the middle (`whole`), or one without area.
    """
    rows, columns = image.shape[-2:]
    area = rows * columns * torch.empty(TRIES, count).uniform_(*scale, generator=generator)
    shape = torch.empty(TRIES, count).uniform_(*torch.tensor(ratio).log().tolist(), generator=generator).exp()
    if whole:  # of `random_resized_crop` the ratio is width to height, and all of the image may be taken
        shape = 1 / shape
    heights, widths = (area * shape).sqrt().round().long(), (area / shape).sqrt().round().long()
    fits = (heights > 0) & (heights <= rows) & (widths > 0) & (widths <= columns) if whole else (heights < rows) & (widths < columns)
    first = fits.int().argmax(0, keepdim=True)
    some = fits.any(0)
    height, width = heights.gather(0, first)[0], widths.gather(0, first)[0]
    least, most = ratio
    rest = (min(rows, round(columns / least)), min(columns, round(rows * most))) if whole else (0, 0)
    height, width = torch.where(some, height, rest[0]), torch.where(some, width, rest[1])
    top, left = (
        (torch.rand(count, generator=generator) * (size - part + 1)).long().clamp(max=size - part)
        for size, part in ((rows, height), (columns, width))
    )
    if whole:
        top, left = torch.where(some, top, (rows - height) // 2), torch.where(some, left, (columns - width) // 2)
    return top, left, height, width


FORMS: dict[str, Callable[[Step], Form]] = {
    **dict.fromkeys(
        (
            "random_horizontal_flip", "random_vertical_flip", "random_grayscale", "random_invert", "random_posterize", "random_solarize",
            "random_adjust_sharpness", "random_autocontrast", "random_equalize",
        ),
        Chance.of,
    ),
    "random_crop": Crop,
    "random_resized_crop": ResizedCrop.of,
    "random_erasing": Erase.of,
}  # fmt: skip
