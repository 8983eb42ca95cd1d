"""Reductions as a module."""

from __future__ import annotations

import torch
from torch import nn


class Reduce(nn.Module):
    """The `mean`, `sum`, `max` or `min` over axes, which vanish unless kept with size 1."""

    def __init__(self, how: str, axes: int | tuple[int, ...], keep: bool = False) -> None:
        super().__init__()
        self.how = how
        self.axes = axes
        self.keep = keep

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.how == "max":
            return x.amax(self.axes, self.keep)
        if self.how == "min":
            return x.amin(self.axes, self.keep)
        return x.mean(self.axes, self.keep) if self.how == "mean" else x.sum(self.axes, self.keep)

    def extra_repr(self) -> str:
        return f"{self.how!r}, axes={self.axes}, keep={self.keep}"
