"""Cropping to a size."""

from __future__ import annotations

import torch
from torch import nn


class CropTo(nn.Module):
    """The middle of an image: of `size`, or of the size of the second tensor. `axes` is the number of spatial axes."""

    def __init__(self, axes: int, size: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.axes = axes
        self.size = size

    def forward(self, x: torch.Tensor, like: torch.Tensor | None = None) -> torch.Tensor:
        wanted = self.size if self.size or like is None else like.shape
        for axis in range(-1, -1 - self.axes, -1):
            x = x.narrow(axis, (x.shape[axis] - wanted[axis]) // 2, wanted[axis])
        return x

    def extra_repr(self) -> str:
        return f"size={self.size}"
