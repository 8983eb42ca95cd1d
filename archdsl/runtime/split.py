"""Split as a module."""

from __future__ import annotations

import torch
from torch import nn


class Split(nn.Module):
    """An axis cut into equal parts, or into parts of the listed sizes."""

    def __init__(self, parts: int | tuple[int, ...], dim: int = 1) -> None:
        super().__init__()
        self.parts = parts
        self.dim = dim

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        if isinstance(self.parts, int):
            return torch.chunk(x, self.parts, self.dim)
        return torch.split_with_sizes(x, self.parts, self.dim)

    def extra_repr(self) -> str:
        return f"parts={self.parts}, dim={self.dim}"
