"""Padding to a size."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class PadTo(nn.Module):
    """An image in the middle of a larger one: of `size`, or of the size of the second tensor. `axes` is the number of spatial axes."""

    def __init__(self, axes: int, size: tuple[int, ...] = (), mode: str = "constant", value: float = 0.0) -> None:
        super().__init__()
        self.axes = axes
        self.size = size
        self.mode = mode
        self.value = value

    def forward(self, x: torch.Tensor, like: torch.Tensor | None = None) -> torch.Tensor:
        amounts: list[int] = []
        wanted = self.size if self.size or like is None else like.shape
        for axis in range(-1, -1 - self.axes, -1):
            missing = wanted[axis] - x.shape[axis]
            amounts += [missing // 2, missing - missing // 2]
        return F.pad(x, amounts, self.mode, self.value if self.mode == "constant" else None)

    def extra_repr(self) -> str:
        return f"size={self.size}, mode={self.mode!r}, value={self.value}"
