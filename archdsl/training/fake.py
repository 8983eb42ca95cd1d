"""Images that nobody took: noise over a pattern of a few large squares for each class, so that there is something to learn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from archdsl.training.parts import Data, Named, divided
from archdsl.training.seeds import seed_of
from archdsl.training.shapes import classes_of, input_of
from archdsl.training.source import Wanted

SQUARES = 4
"""squares of a pattern along an axis"""
PATTERN, NOISE = 100, 101
"""what the seeds are for"""


@dataclass(frozen=True, eq=False)
class Fake(Named):
    """`count` examples of a shape; the example `i` is of the class `i % classes`. Each is made when asked for, always the same."""

    count: int
    classes: int
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int, /) -> tuple[Tensor, int]:
        label = index % self.classes
        noise = _bytes(self.shape, NOISE, index)
        return self._pattern(label) // 2 + noise // 2, label

    def _pattern(self, label: int) -> Tensor:
        pattern = _bytes(tuple(min(SQUARES, size) for size in self.shape), PATTERN, label)
        for axis, size in enumerate(self.shape):
            pattern = pattern.index_select(axis, torch.arange(size) * pattern.shape[axis] // size)
        return pattern


def fake(wanted: Wanted) -> Data:
    """Made images of the network's input and classes, or of those that are told. Raises `Fault`."""
    shape, classes = wanted["shape"] or input_of(wanted.graph), wanted["classes"] or classes_of(wanted.graph)
    if shape is None or classes is None:
        missing = "shape" if shape is None else "classes"
        raise wanted.fault("AD4401", f"`fake` cannot tell its {missing} from this network", f"say `fake {missing}=…`")
    whole = Fake(wanted["count"], classes, tuple(shape))
    alike = [0] * whole.count  # held out of all together: there may be more classes than images
    return divided("fake", whole, alike, tuple(map(str, range(classes))), wanted["held_out"])


def _bytes(shape: tuple[int, ...], *purpose: int) -> Tensor:
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(seed_of(*purpose)), dtype=torch.uint8)
