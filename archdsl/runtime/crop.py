"""Cropping as a module."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class Crop(nn.Module):
    """Values taken off the ends of a tensor's axes, both ends of the last axis first."""

    def __init__(self, amounts: tuple[int, ...]) -> None:
        super().__init__()
        self.amounts = amounts

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.pad(x, [-amount for amount in self.amounts])

    def extra_repr(self) -> str:
        return f"{self.amounts}"
