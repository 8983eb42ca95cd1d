"""A batch, as the loop takes it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Images of floats N×…, labels, both on the device; their numbers in the data set; `total` examples of the step over all processes.

    `total` counts unreadable examples too, so that every process has the same number.
    """

    images: Tensor
    labels: Tensor
    indices: list[int]
    total: int
