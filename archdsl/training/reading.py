"""Examples out of a data set. What is random in one follows from the seed, the epoch and its number, whoever reads it and when."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

import torch
from torch import Tensor

from archdsl.diagnostics import Fault, Source, Span
from archdsl.training.parts import Dataset, Named, Unreadable, name_of, said_of
from archdsl.training.seeds import EXAMPLE, seed_of
from archdsl.training.transforms import Pipeline, Unfit, floats, sizes, tensor_of

DAMAGE = (OSError, SyntaxError, ValueError, EOFError, Unfit, Unreadable)
"""what is raised for an example that cannot be read"""
NOBODY = Span(Source("<data>", ""), 0, 0)


@dataclass(frozen=True)
class Read:
    """Examples of one size: images N×…, labels, their numbers in the data set; the names of those that are unreadable, with reasons."""

    images: Tensor
    labels: Tensor
    indices: list[int]
    unreadable: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Reads examples of a data set. Those of another `shape` than this, or than the first of them, count as unreadable.

    `classes` is the number of classes, `None` where labels are no classes; `span` the place that faults name.
    """

    dataset: Dataset
    pipeline: Pipeline
    seed: int
    shape: tuple[int, ...] | None = None
    classes: int | None = None
    span: Span = NOBODY

    @cached_property
    def _foreign(self) -> bool:
        """Whether the data set is none of ours, and may draw from whatever it likes."""
        return not isinstance(self.dataset, Named)

    @cached_property
    def _draws(self) -> bool:
        return self._foreign or any(step.random for step in self.pipeline.steps)

    def read(self, epoch: int, indices: Sequence[int]) -> Read:
        """Examples by their numbers. Raises `Fault` where none can be read, or a label is no class."""
        found: list[tuple[int, Tensor, Any]] = []
        unreadable: dict[str, str] = {}
        shape = self.shape
        with isolated():
            for index in indices:
                try:
                    image, label = self._one(epoch, index, shape)
                except Unreadable as fault:
                    unreadable[fault.name] = fault.reason
                    continue
                shape = tuple(image.shape)
                found.append((index, image, label))
        if not found:
            self.nothing(indices, unreadable)
        return Read(_stacked([image for _, image, _ in found]), _labels([label for *_, label in found]), [i for i, *_ in found], unreadable)

    def one(self, epoch: int, index: int) -> Read:
        """An example by its number. Raises `Unreadable`, and `Fault` where its label is no class."""
        with isolated():
            image, label = self._one(epoch, index, self.shape)
        return Read(image[None], _labels([label]), [index])

    def nothing(self, indices: Sequence[int], unreadable: Mapping[str, str]) -> NoReturn:
        """Raise the `Fault` of a batch of which nothing can be read."""
        name, reason = next(iter(unreadable.items()))
        message = f"none of {len(indices)} examples together can be read; {name}: {reason}"
        raise Fault("AD4407", self.span, message, help="mend the files, or take them away")

    def _one(self, epoch: int, index: int, shape: tuple[int, ...] | None) -> tuple[Tensor, Any]:
        if self._draws:
            torch.default_generator.manual_seed(seed_of(self.seed, EXAMPLE, epoch, index))
        if self._foreign:
            reseed_others(seed_of(self.seed, EXAMPLE, epoch, index))
        try:
            image, label = self._given(index)
            image = self.pipeline(tensor_of(image))
        except Unreadable:
            raise
        except DAMAGE as error:
            raise Unreadable(name_of(self.dataset, index), str(error).partition("\n")[0] or type(error).__name__) from None
        if shape is not None and tuple(image.shape) != shape:
            raise Unreadable(name_of(self.dataset, index), f"is {sizes(image)} after the transforms, and not {sizes(shape)}")
        return image if image.dtype == torch.uint8 else floats(image), self._checked(index, label)

    def _given(self, index: int) -> tuple[Any, Any]:
        """What the data set gives. Raises `Fault` where it is none of ours and fails otherwise than by what cannot be read."""
        try:
            image, label = self.dataset[index]
        except Exception as error:
            if not self._foreign or isinstance(error, DAMAGE):
                raise
            raise Fault("AD4403", self.span, f"the data set cannot give {name_of(self.dataset, index)}: {said_of(error)}") from None
        return image, label

    def _checked(self, index: int, label: Any) -> Any:
        """The label as it is. Raises `Fault` where it should be the number of a class and is none."""
        numbers = isinstance(label, float) or (isinstance(label, Tensor) and label.is_floating_point())
        if self.classes is None or numbers or 0 <= int(label) < self.classes:
            return label
        last = self.classes - 1
        message = f"{name_of(self.dataset, index)} has the label {int(label)}; there are {self.classes} classes, numbered 0 to {last}"
        raise Fault("AD4406", self.span, message, help="let the data set count its classes from 0")


def _stacked(images: list[Tensor]) -> Tensor:
    """Images in a tensor; bytes become floats where some are floats."""
    alike = len({image.dtype for image in images}) == 1
    return torch.stack(images if alike else [floats(image) for image in images])


def _labels(labels: list[Any]) -> Tensor:
    if isinstance(labels[0], Tensor) and labels[0].is_floating_point():
        return torch.stack(labels).float()
    return torch.tensor([float(label) if isinstance(label, float) else int(label) for label in labels])


def reseed_others(seed: int) -> None:
    """Set what draws random numbers beside torch: Python, and NumPy where it is loaded."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)


@contextmanager
def isolated() -> Iterator[None]:
    """Leave the random state as it was found."""
    numpy = sys.modules.get("numpy")
    torchs, pythons = torch.default_generator.get_state(), random.getstate()
    numpys = None if numpy is None else numpy.random.get_state()
    try:
        yield
    finally:
        torch.default_generator.set_state(torchs)
        random.setstate(pythons)
        if numpy is not None:
            numpy.random.set_state(numpys)
