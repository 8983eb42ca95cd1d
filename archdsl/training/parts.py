"""Sets of examples: an image and a label each; and how one set becomes two parts."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from archdsl.diagnostics import Diagnostic
from archdsl.training.seeds import SPLIT, seed_of


class Dataset(Protocol):
    """Named by number: an image (a tensor C×H×W of bytes, or of floats from 0 to 1, or a PIL image) and a label (the number of a class, or
    a tensor of floats). Raises `Unreadable`, `OSError`, `SyntaxError` or `ValueError` for one that is damaged."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> tuple[Any, Any]: ...


class Unreadable(Exception):
    """An example that cannot be read: the name of its file, and the reason."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason


class Named:
    """A data set that can name its examples to a person."""

    def name(self, index: int) -> str:
        """The file of an example, or its number where it has none of its own."""
        return f"example {index}"


def name_of(dataset: Dataset, index: int) -> str:
    """What to call an example of any data set.

    >>> name_of([(0, 0)], 0)
    'example 0'
    """
    return dataset.name(index) if isinstance(dataset, Named) else Named().name(index)


def said_of(error: Exception) -> str:
    """An error of somebody else's code in a line, with the place where it was raised.

    >>> said_of(KeyError("size"))
    "KeyError: 'size'"
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent != Path(__file__).parent]
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}{place}"


@dataclass(frozen=True)
class Data:
    """What a network is trained with and tested on.

    `classes` names the classes in the order of their numbers; () where labels are no classes. `warnings` holds what should be known.
    """

    name: str
    train: Dataset
    test: Dataset
    classes: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, eq=False)
class Held(Named):
    """Images and labels that stand in memory: N×C×H×W of bytes, N of int64."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int, /) -> tuple[Tensor, int]:
        return self.images[index], int(self.labels[index])


@dataclass(frozen=True, eq=False)
class Part(Named):
    """Some examples of a data set, by their numbers there."""

    whole: Dataset
    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int, /) -> tuple[Any, Any]:
        return self.whole[self.numbers[index]]

    def name(self, index: int) -> str:
        return name_of(self.whole, self.numbers[index])


def divided(name: str, whole: Dataset, labels: Sequence[int], classes: tuple[str, ...], share: float) -> Data:
    """A set of examples in two parts: the same share of each class is held out for evaluation, always the same ones.

    >>> data = divided("small", "abcdefghij", [0, 1] * 5, ("even", "odd"), 0.2)
    >>> len(data.train), len(data.test)
    (8, 2)
    """
    train, test = held_out(labels, share)
    return Data(name, Part(whole, train), Part(whole, test), classes)


def held_out(labels: Sequence[int], share: float) -> tuple[list[int], list[int]]:
    """The numbers of the examples to train with and to test on, in order. A class of one example is trained on.

    >>> held_out([0, 1, 0, 1, 0, 0, 2], 0.5)[0][-1]
    6
    """
    generator = torch.Generator().manual_seed(seed_of(SPLIT))
    members: dict[int, list[int]] = {}
    for number in torch.randperm(len(labels), generator=generator).tolist():
        members.setdefault(labels[number], []).append(number)
    counts = {label: min(max(1, round(len(numbers) * share)), len(numbers) - 1) for label, numbers in members.items()}
    out = {number for label, numbers in members.items() for number in numbers[: counts[label]]}
    return [number for number in range(len(labels)) if number not in out], sorted(out)
