"""Permute as a module."""

from __future__ import annotations

import torch
from torch import nn


class Permute(nn.Module):
    """The axes in another order, batch counted. Source: torchvision.ops.Permute."""

    def __init__(self, axes: tuple[int, ...]) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(self.axes)

    def extra_repr(self) -> str:
        return f"axes={self.axes}"
