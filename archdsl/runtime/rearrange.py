"""Rearrange as a module."""

from __future__ import annotations

import torch
from torch import nn


class Rearrange(nn.Module):
    """Cuts axes, permutes them, folds neighbours, each step from left to right; a size of -1 follows from the tensor.

    `b c (h p) -> b h (p c)` with p = 2: cuts=((2, (-1, 2)),), order=(0, 2, 3, 1), folds=((2, 3),).
    """

    def __init__(
        self,
        cuts: tuple[tuple[int, tuple[int, ...]], ...] = (),
        order: tuple[int, ...] | None = None,
        folds: tuple[tuple[int, int], ...] = (),
    ) -> None:
        super().__init__()
        self.cuts = cuts
        self.order = order
        self.folds = folds

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for axis, sizes in self.cuts:
            x = torch.unflatten(x, axis, sizes)
        if self.order is not None:
            x = x.permute(self.order)
        for first, last in self.folds:
            x = x.flatten(first, last)
        return x

    def extra_repr(self) -> str:
        return f"cuts={self.cuts}, order={self.order}, folds={self.folds}"
