"""Stochastic depth."""

from __future__ import annotations

import torch
from torch import nn


class StochasticDepth(nn.Module):
    """In training zeroes each example (`row`) or the whole batch (`batch`) with probability `p` and scales the rest by `1 / (1 - p)`.

    Source: torchvision.ops.StochasticDepth; Huang et al. 2016, Deep Networks with Stochastic Depth.
    """

    def __init__(self, p: float, mode: str = "row") -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0.0:
            return x
        keep = 1.0 - self.p
        rows = x.shape[0] if self.mode == "row" else 1
        noise = x.new_empty([rows] + [1] * (x.ndim - 1)).bernoulli_(keep)
        return x * (noise / keep if keep > 0.0 else noise)

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode!r}"
